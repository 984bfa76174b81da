"""The journal read once from its beginning: chain, time, and every row of the books made anew and compared.

Rows that never change are compared in blocks while the journal goes by; what changes (open baskets, master data) is
kept until the end. The facts of a basket are only looked at when it is still open then: a finished one leaves none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from smartecr.register import chainend
from smartecr.register.journal import GENESIS, Entry
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, Row, tables
from smartecr.register.verifying.verdict import Progress, Verdict
from smartecr.sql import select

Key = tuple[Any, ...]
Values = tuple[Any, ...]

BLOCK = 500
"""Receipts compared at once."""

STREAMED = (
    "register_receipt", "register_receipt_line", "register_receipt_vat", "register_receipt_payment",
    "register_receipt_signature", "register_receipt_print", "register_drawer_opening",
)  # fmt: skip
"""Tables whose rows are written once and never changed, found by the first column of their key."""

_BASKET_FACTS = frozenset({"basket_opened", "basket_changed", "line_added", "line_changed", "line_voided"})
_PAGE = 2000
_ENTRIES = (
    "SELECT register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, previous, hash "
    "FROM register_journal WHERE register_id = %s AND seq > %s ORDER BY seq LIMIT %s"
)


class Walk:
    """One walk; `checked` is called with the columns' names and rows of each block of receipts that was compared."""

    def __init__(self, verdict: Verdict, progress: Progress, checked: Callable[[Sequence[str]], None]) -> None:
        self._verdict = verdict
        self._progress = progress
        self._checked = checked
        self._kept: dict[str, dict[Any, dict[Key, Row]]] = {name: {} for name in tables() if name not in STREAMED}
        self._waiting: dict[str, dict[Key, Values]] = {name: {} for name in STREAMED}
        self._seen = dict.fromkeys(STREAMED, 0)
        self._baskets: dict[str, list[tuple[tuple[Any, ...], Row]]] = {}
        self._ends: dict[str, tuple[int, str]] = {}

    def run(self) -> None:
        """Walk through the journal of every register, then compare what is left."""
        total = int(select("SELECT count(*) FROM register_journal")[0][0])
        for (register_id,) in select("SELECT DISTINCT register_id FROM register_journal ORDER BY register_id"):
            self._register(register_id, total)
        self._verdict.findings += chainend.wrong(self._ends)
        self._verdict.explained += chainend.foreign()
        self._flush(force=True)
        for basket_id in list(self._baskets):
            self._unfold(basket_id)
        for name in STREAMED:
            self._strangers(name)
        for name in self._kept:
            self._compare(name)

    def _register(self, register_id: str, total: int) -> None:
        seq, head, at = 0, GENESIS, ""
        verdict = self._verdict
        for row in _entries(register_id):
            verdict.facts += 1
            place = f"Journal {register_id[-6:]}/{row[1]} ({row[4]})"
            if row[1] != seq + 1:
                verdict.findings.append(f"{place}: nach Eintrag {seq} fehlen Einträge")
            if row[10] != head:
                verdict.findings.append(f"{place}: die Kette ist hier gebrochen")
            if hashlib.sha256(orjson.dumps((row[10], *row[:10]))).hexdigest() != row[11]:
                verdict.findings.append(f"{place}: der Eintrag wurde verändert")
            if row[6] < at:
                verdict.explained.append(f"{place}: die Uhr wurde zurückgestellt ({at} → {row[6]})")
            if row[4] == "chain_cut":
                verdict.findings.append(f"{place}: davor fehlten am Ende des Journals Einträge")
            seq, head, at = row[1], row[11], row[6]
            try:
                self._fact(row)
            except (KeyError, TypeError, ValueError) as error:
                verdict.findings.append(f"{place}: unlesbar ({type(error).__name__})")
            if verdict.facts % _PAGE == 0:
                self._progress(verdict.facts, total, f"{verdict.receipts} Belege, {verdict.facts} Einträge")
        self._ends[register_id] = (seq, head)

    def _fact(self, row: tuple[Any, ...]) -> None:
        body = orjson.loads(row[9])
        if row[4] in _BASKET_FACTS:
            self._baskets.setdefault(body["basket"], []).append((row, body))
            return
        entry = _entry(row)
        for operation in project(entry, body):
            self._take(operation)
        if len(self._waiting["register_receipt"]) >= BLOCK:
            self._flush()

    def _take(self, operation: Operation) -> None:
        name = operation.table
        if name in STREAMED:
            if not isinstance(operation, Insert | Put):
                raise ValueError(f"{name} never changes")
            values = tuple(operation.columns.values())
            self._waiting[name][tuple(operation.columns[part] for part in tables()[name].key)] = values
            return
        if isinstance(operation, Delete):
            self._delete(operation)
            return
        kept = self._kept[name]
        if isinstance(operation, Change):
            if name == "register_basket":
                self._unfold(operation.key[0])
            kept[operation.key[0]][operation.key].update(operation.columns)
            return
        key = tuple(operation.columns[part] for part in tables()[name].key)
        kept.setdefault(key[0], {})[key] = dict(operation.columns)

    def _delete(self, operation: Delete) -> None:
        name, value = operation.table, operation.value
        if name == "register_basket":
            self._baskets.pop(value, None)
        if operation.column == tables()[name].key[0]:
            self._kept[name].pop(value, None)
            return
        for group in self._kept[name].values():
            for key in [key for key, row in group.items() if row[operation.column] == value]:
                del group[key]

    def _unfold(self, basket_id: str) -> None:
        """Make the rows of a basket from the facts held back."""
        for row, body in self._baskets.pop(basket_id, ()):
            for operation in project(_entry(row), body):
                self._take(operation)

    def _flush(self, *, force: bool = False) -> None:
        """Compare the rows that wait, a block at a time, and have the receipts among them checked."""
        receipts = [key[0] for key in self._waiting["register_receipt"]]
        for name in STREAMED:
            self._compare_block(name)
        if receipts or force:
            for start in range(0, len(receipts), BLOCK):
                self._checked(receipts[start : start + BLOCK])

    def _compare_block(self, name: str) -> None:
        waiting, self._waiting[name] = self._waiting[name], {}
        table = tables()[name]
        columns = tuple(table.defaults)
        places = [columns.index(part) for part in table.key]
        first = sorted({key[0] for key in waiting})
        for start in range(0, len(first), BLOCK):
            part = first[start : start + BLOCK]
            marks = ", ".join(["%s"] * len(part))
            sql = f"SELECT {', '.join(columns)} FROM {name} WHERE {table.key[0]} IN ({marks})"  # noqa: S608 models' names
            for row in select(sql, part):
                self._verdict.rows += 1
                self._seen[name] += 1
                key = tuple(row[place] for place in places)
                wanted = waiting.pop(key, None)
                if wanted is None:
                    self._report(name, key, "steht nicht im Journal")
                elif wanted != tuple(row):
                    self._differs(name, key, columns, wanted, row)
        for key in waiting:
            self._report(name, key, "fehlt")

    def _strangers(self, name: str) -> None:
        """Name rows that no fact has made: there are some when more lie there than were met."""
        (count,) = select(f"SELECT count(*) FROM {name}")[0]  # noqa: S608 models' names
        if count != self._seen[name]:
            self._verdict.findings += [
                f"{name} {'/'.join(str(part) for part in key)}: steht nicht im Journal" for key in _unknown(name)
            ]

    def _compare(self, name: str) -> None:
        table = tables()[name]
        expected = {key: row for group in self._kept[name].values() for key, row in group.items()}
        columns = tuple(table.defaults)
        places = [columns.index(part) for part in table.key]
        for row in select(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608 models' names
            self._verdict.rows += 1
            key = tuple(row[place] for place in places)
            wanted = expected.pop(key, None)
            if wanted is None:
                self._report(name, key, "steht nicht im Journal")
                continue
            values = tuple(wanted[column] for column in columns)
            if values != tuple(row):
                self._differs(name, key, columns, values, row)
        for key in expected:
            self._report(name, key, "fehlt")

    def _differs(self, name: str, key: Key, columns: Sequence[str], wanted: Values, row: Sequence[Any]) -> None:
        wrong = [column for column, want, have in zip(columns, wanted, row, strict=True) if want != have]
        self._report(name, key, f"{', '.join(wrong)} weicht vom Journal ab")

    def _report(self, name: str, key: Key, what: str) -> None:
        self._verdict.findings.append(f"{name} {'/'.join(str(part) for part in key)}: {what}")


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(
        register_id=row[0], seq=row[1], id=row[2], shop_id=row[3], kind=row[4], business_day=row[5], at=row[6],
        actor_id=row[7], actor_name=row[8], body=row[9], previous=row[10], hash=row[11],
    )  # fmt: skip


def _entries(register_id: str) -> Iterator[tuple[Any, ...]]:
    seq = -1
    while page := select(_ENTRIES, [register_id, seq, _PAGE]):
        yield from page
        seq = page[-1][1]


def _unknown(name: str) -> Iterator[Key]:
    """Yield the keys of a streamed table that no fact of the journal makes (a second walk, when there are some)."""
    table = tables()[name]
    known: set[Key] = set()
    for (register_id,) in select("SELECT DISTINCT register_id FROM register_journal"):
        for row in _entries(register_id):
            if row[4] not in _BASKET_FACTS:
                known.update(_made(name, row))
    for row in select(f"SELECT {', '.join(table.key)} FROM {name}"):  # noqa: S608 models' names
        if tuple(row) not in known:
            yield tuple(row)


def _made(name: str, row: tuple[Any, ...]) -> Iterator[Key]:
    try:
        operations = project(_entry(row), orjson.loads(row[9]))
    except (KeyError, TypeError, ValueError):
        return
    for operation in operations:
        if operation.table == name and isinstance(operation, Insert | Put):
            yield tuple(operation.columns[part] for part in tables()[name].key)
