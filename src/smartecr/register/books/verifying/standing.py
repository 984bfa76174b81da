"""The rows that may change, as the whole journal leaves them.

The books themselves stand for every row that is in them as the journal had it so far; only others are held, until a
later fact makes them what the books say. What never comes to that is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import orjson

from smartecr.register import journalnames
from smartecr.register.books.verifying import words
from smartecr.register.books.verifying.reading import (
    BASKETS,
    BLOCK,
    STREAMED,
    Fact,
    Held,
    Key,
    Read,
    Step,
    columns_of,
    digest,
    rows_at,
)
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.journal import Entry
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Operation, Row, tables
from smartecr.sql import select


class Standing:
    """Holds rows of the tables that are not streamed; the facts of open baskets are held back until they matter."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._made: Counter[str] = Counter()
        self._put: dict[str, set[bytes]] = {}
        self._held: dict[str, dict[Key, Row | None]] = {}
        self._room: dict[str, int] = {}
        self._kept: dict[str, dict[Key, Row]] = {name: {} for name in BASKETS}
        self._baskets: dict[str, list[Fact]] = {}

    def take(self, read: Read) -> None:
        """Take in what a stretch left; a step that does not fit what came before is named."""
        self._made.update(read.made)
        for name, keys in read.put.items():
            self._put.setdefault(name, set()).update(keys)
            held = self._held.get(name, {})
            for key in [key for key in held if digest(key) in keys]:
                del held[key]  # put again: as the books say, or among the steps
        for step in read.steps:
            try:
                self._step(step)
            except (LookupError, TypeError, ValueError) as error:
                self._verdict.findings.append(f"{journalnames.entry(*step.place)}: unlesbar ({type(error).__name__})")
        for name, held in self._held.items():
            if len(held) > self._room.get(name, BLOCK):
                self._settle(name)
                self._room[name] = BLOCK + 2 * len(held)

    def compare(self) -> Iterator[tuple[str, int]]:
        """Compare what is left of the journal with the books; yield tables with how many rows they ought to have."""
        for basket_id in list(self._baskets):
            try:
                self._unfold(basket_id)
            except (LookupError, TypeError, ValueError) as error:
                self._verdict.findings.append(f"Vorgang {basket_id}: unlesbar ({type(error).__name__})")
        for name in BASKETS:
            self._open(name)
        for name in tables():
            if name not in (*STREAMED, *BASKETS):
                yield name, self._made[name] + len(self._put.get(name, ())) + self._wrong(name)

    def _step(self, step: Step) -> None:
        if isinstance(step.what, Held):
            self._baskets.setdefault(step.what.basket_id, []).extend(step.what.facts)
        elif step.what.table in BASKETS:
            self._basket(step.what)
        else:
            self._other(step.what)

    def _other(self, operation: Operation) -> None:
        name = operation.table
        held = self._held.setdefault(name, {})
        if isinstance(operation, Delete):
            held[operation.value,] = None
            self._put.get(name, set()).discard(digest((operation.value,)))
        elif isinstance(operation, Change):
            row = held[operation.key] if operation.key in held else self._in_books(name, operation.key)
            if row is None:
                raise KeyError(operation.key)
            held[operation.key] = {**row, **operation.columns}
        else:
            held[tuple([operation.columns[part] for part in tables()[name].key])] = operation.columns

    @staticmethod
    def _in_books(name: str, key: Key) -> Row:
        return dict(zip(columns_of(name), rows_at(name, [key])[key], strict=True))

    def _settle(self, name: str) -> None:
        """Let go of the rows that have become what the books say."""
        held = self._held.get(name, {})
        keys = list(held)
        for start in range(0, len(keys), BLOCK):
            part = keys[start : start + BLOCK]
            books = rows_at(name, part)
            for key in part:
                row = held[key]
                if books.get(key) == (None if row is None else tuple(row.values())):
                    del held[key]

    def _wrong(self, name: str) -> int:
        """Name the rows that did not become what the books say; return how many more the books have of them."""
        self._settle(name)
        more = 0
        for key, row in self._held.get(name, {}).items():
            found = rows_at(name, [key]).get(key)
            if found is None:
                more -= 1
                self._verdict.findings.append(words.missing(name, key, None if row is None else tuple(row.values())))
            elif row is None:
                more += 1
                self._verdict.findings.append(words.stranger(name, key, found))
            else:
                self._verdict.findings.append(words.changed(name, key, tuple(row.values()), found))
        return more

    def _basket(self, operation: Operation) -> None:
        name = operation.table
        kept = self._kept[name]
        if isinstance(operation, Delete):
            if name == "register_basket":
                self._baskets.pop(operation.value, None)
            for key in [key for key, row in kept.items() if row[operation.column] == operation.value]:
                del kept[key]
        elif isinstance(operation, Change):
            if name == "register_basket":
                self._unfold(operation.key[0])
            kept[operation.key].update(operation.columns)
        else:
            kept[tuple(operation.columns[part] for part in tables()[name].key)] = dict(operation.columns)

    def _unfold(self, basket_id: str) -> None:
        """Make the rows of a basket from the facts held back."""
        for row in self._baskets.pop(basket_id, ()):
            for operation in project(Entry._make(row), orjson.loads(row[9])):
                self._basket(operation)

    def _open(self, name: str) -> None:
        """Compare all rows of open baskets: they are few."""
        expected = {key: tuple(row.values()) for key, row in self._kept[name].items()}
        places = [columns_of(name).index(part) for part in tables()[name].key]
        for row in select(f"SELECT {', '.join(columns_of(name))} FROM {name}"):  # noqa: S608 models' names
            self._verdict.rows += 1
            key = tuple(row[place] for place in places)
            wanted = expected.pop(key, None)
            if wanted is None:
                self._verdict.findings.append(words.stranger(name, key, row))
            elif wanted != row:
                self._verdict.findings.append(words.changed(name, key, wanted, row))
        self._verdict.findings += [words.missing(name, key, wanted) for key, wanted in expected.items()]
