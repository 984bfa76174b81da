"""A stretch of one register's journal read once: chain, time, and the rows its facts make compared with the books.

Rows that never change are compared here, in blocks; what may change (master data, cards) as the stretch leaves it (see
`settling`), and what is not in the books yet is handed on. The facts of a basket are only handed on when it is still
open at the end of the stretch: a finished one leaves none. Stretches know nothing of each other, so several processes
may read them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import orjson

from smartecr.core.records import new_tuple
from smartecr.register.books.verifying import words
from smartecr.register.books.verifying.reading import (
    BASKETS,
    BLOCK,
    STREAMED,
    Fact,
    Held,
    Read,
    Rows,
    Step,
    Stretch,
    Values,
    entries,
    named,
    pages,
    place,
)
from smartecr.register.books.verifying.settling import Settling
from smartecr.register.books.verifying.shapes import Shape
from smartecr.register.journal import Entry
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, tables
from smartecr.sql import select

_BASKET_FACTS = frozenset({"basket_opened", "basket_changed", "line_added", "line_changed", "line_voided"})
_BASKET = '{"basket":"'


class Walk:
    """Reads one stretch; `checked` is called with the books' rows of each block of receipts that was compared."""

    def __init__(self, checked: Callable[[Rows], None], read: Read) -> None:
        self._read = read
        self._checked = checked
        self._waiting: dict[str, dict[Any, list[Values]]] = {name: {} for name in STREAMED}
        self._shapes = {name: Shape(name) for name in STREAMED}
        self._baskets: dict[str, list[Fact]] = {}
        self._settling = Settling(read)

    def run(self, stretch: Stretch, before: tuple[int, str, str]) -> None:
        """Read the stretch; `before` are seq, hash and instant of the entry before its first."""
        findings = self._read.verdict.findings
        self._read.last = before
        for page in pages(stretch):
            self._chain(page)
            for row in page:
                try:
                    if row[4] in _BASKET_FACTS:
                        self._baskets.setdefault(_basket_of(row[9]), []).append(row)
                    else:
                        self._fact(row)
                except (KeyError, TypeError, ValueError) as error:
                    findings.append(f"{named(row)}: unlesbar ({type(error).__name__})")
        self._flush()
        self._settling.end()
        self._read.steps += [Step(place(held[1][-1]), Held(*held)) for held in self._baskets.items()]

    def _chain(self, page: list[Fact]) -> None:
        """Check that each entry follows the one before it, in number, hash and time."""
        seq, head, at = self._read.last
        verdict = self._read.verdict
        findings, sha256, dumps = verdict.findings, hashlib.sha256, orjson.dumps
        for row in page:
            if row[1] != seq + 1:
                findings.append(f"{named(row)}: nach Eintrag {seq} fehlen Einträge")
            if row[10] != head:
                findings.append(f"{named(row)}: die Kette ist hier gebrochen")
            if sha256(dumps((row[10], *row[:10]))).hexdigest() != row[11]:
                findings.append(f"{named(row)}: der Eintrag wurde verändert")
            if row[6] < at:
                verdict.explained.append(f"{named(row)}: die Uhr wurde zurückgestellt ({at} → {row[6]})")
            if row[4] == "day_closed":
                self._read.closed.append(row[2])
            elif row[4] == "chain_cut":
                findings.append(f"{named(row)}: davor fehlten am Ende des Journals Einträge")
            seq, head, at = row[1], row[11], row[6]
        verdict.facts += len(page)
        self._read.last = seq, head, at

    def _fact(self, row: Fact) -> None:
        waiting = self._waiting
        for operation in project(new_tuple(Entry, row), orjson.loads(row[9])):
            name = operation.table
            if name in waiting:
                if not isinstance(operation, Insert):
                    raise ValueError(f"{name} never changes")
                values = tuple(operation.columns.values())
                waiting[name].setdefault(values[0], []).append(values)
            elif name in BASKETS:
                self._hand_on(row, operation)
            else:
                self._settling.take(row, operation)
        if len(self._waiting["register_receipt"]) >= BLOCK:
            self._flush()

    def _hand_on(self, row: Fact, operation: Operation) -> None:
        """Leave a step to be done in order, unless it ends a basket that began in this stretch and left nothing."""
        name = operation.table
        if isinstance(operation, Delete):
            held = self._baskets.get(operation.value)
            if held and held[0][4] == "basket_opened":
                if name == "register_basket":
                    del self._baskets[operation.value]
                return
            if name == "register_basket":
                self._baskets.pop(operation.value, None)
        elif isinstance(operation, Change) and name == "register_basket":
            held = self._baskets.pop(operation.key[0], None)
            if held:
                self._read.steps.append(Step(place(row), Held(operation.key[0], held)))
        self._read.steps.append(Step(place(row), operation))

    def _flush(self) -> None:
        """Compare the rows that wait, a block at a time, and have the receipts among them checked."""
        rows = {name: self._compared(name) for name in STREAMED}
        if rows["register_receipt"]:
            self._checked(rows)

    def _compared(self, name: str) -> list[Values]:
        """Return the rows of the books in the place of those that wait, after the two were compared."""
        waiting, self._waiting[name] = self._waiting[name], {}
        shape, first, rows = self._shapes[name], sorted(waiting), list[Values]()
        for start in range(0, len(first), BLOCK):
            part = first[start : start + BLOCK]
            wanted = sorted(chain.from_iterable([waiting[one] for one in part]), key=shape.key)
            books = wanted if shape.hold(part, wanted) else shape.rows(part)
            if books is not wanted:
                self._read.verdict.findings += _differences(name, _by(shape.key, wanted), _by(shape.key, books))
            rows += books
        self._read.verdict.rows += len(rows)
        self._read.seen[name] += len(rows)
        return rows


def _by(key: Callable[[Values], Any], rows: list[Values]) -> dict[Any, Values]:
    return dict(zip(map(key, rows), rows, strict=True))


def _differences(name: str, wanted: dict[Any, Values], books: dict[Any, Values]) -> Iterator[str]:
    for key, row in books.items():
        if key not in wanted:
            yield words.stranger(name, key, row)
        elif wanted[key] != row:
            yield words.changed(name, key, wanted[key], row)
    yield from (words.missing(name, key, row) for key, row in wanted.items() if key not in books)


def _basket_of(body: str) -> str:
    """Return the basket of a fact; canonical JSON has it in front in all kinds known so far."""
    if body.startswith(_BASKET):
        return body[len(_BASKET) : body.index('"', len(_BASKET))]
    return str(orjson.loads(body)["basket"])


def unknown(name: str) -> Iterator[tuple[Any, ...]]:
    """Yield the keys of a streamed table that no fact of the journal makes (a second walk, when there are some)."""
    table = tables()[name]
    known: set[tuple[Any, ...]] = set()
    for register_id, last in select("SELECT register_id, max(seq) FROM register_journal GROUP BY register_id"):
        for row in entries(Stretch(register_id, -1, last)):
            if row[4] not in _BASKET_FACTS:
                known.update(_made(name, row))
    for row in select(f"SELECT {', '.join(table.key)} FROM {name}"):  # noqa: S608 models' names
        if tuple(row) not in known:
            yield tuple(row)


def _made(name: str, row: Fact) -> Iterator[tuple[Any, ...]]:
    try:
        operations = project(Entry._make(row), orjson.loads(row[9]))
    except (KeyError, TypeError, ValueError):
        return
    for operation in operations:
        if operation.table == name and isinstance(operation, Insert | Put):
            yield tuple(operation.columns[part] for part in tables()[name].key)
