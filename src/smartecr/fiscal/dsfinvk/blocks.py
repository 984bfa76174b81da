"""An export cut into blocks: complete Vorgänge of one closing with all their rows, so that rules see them together.

Makers write the closings one after another in every file; then all files are read in step and a block is a closing.
Where a file is not in the order of cashpointclosing.csv, or a closing has more than MOST_ROWS rows, everything is
first spread over files on disk by a hash of the Vorgang (`Spread`), and a block is what one of them holds of a closing.
Memory: at most MOST_ROWS rows of one block, plus one batch a file.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from smartecr.fiscal.dsfinvk.csvtable import Row, TableReader
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.schema import Level, Table
from smartecr.fiscal.dsfinvk.tables import CASHPOINTCLOSING, TABLES

MOST_ROWS: Final = 100_000
MOST_CLOSINGS: Final = 100_000

ClosingKey = tuple[str, str, str]
"""Z_KASSE_ID, Z_ERSTELLUNG, Z_NR as written."""

_CLOSING_KEY = itemgetter(0, 1, 2)
_RECEIPT_TABLES = tuple(table for table in TABLES if table.level is not Level.CLOSING)
_PARTS: Final = 128


class OutOfOrderError(Exception):
    """The files cannot be read in step; spread them first."""


class TooLargeError(Exception):
    """Even spread, a block would not fit; `what` is Abschluss or Vorgang, `file` the table."""

    def __init__(self, what: str, file: str) -> None:
        self.what = what
        self.file = file
        super().__init__(what, file)


@dataclass
class Rows:
    """Rows of one table in a block with their numbers in the file."""

    table: Table
    rows: list[Row]
    numbers: Sequence[int]

    @cached_property
    def columns(self) -> list[tuple[str, ...]]:
        """Return the rows as columns."""
        return list(zip(*self.rows, strict=True)) if self.rows else [()] * len(self.table.columns)

    def column(self, name: str) -> tuple[str, ...]:
        """Return one column by its name."""
        return self.columns[self.table.place(name)]


@dataclass(frozen=True)
class Block:
    """A closing's Vorgänge, or some of them; `master` has tables 1 to 10, `rows` tables 11 to 20."""

    key: ClosingKey
    master: dict[Table, Rows]
    rows: dict[Table, Rows]

    def __getitem__(self, table: Table) -> Rows:
        """Return the rows of a table in this block."""
        return (self.master if table.level is Level.CLOSING else self.rows)[table]


class Cursor:
    """Goes through one table closing by closing."""

    def __init__(self, reader: TableReader) -> None:
        self.table = reader.table
        self._groups = _groups(reader)
        self._next = next(self._groups, None)

    @property
    def key(self) -> ClosingKey | None:
        """Return the closing the next rows belong to, or None at the end."""
        return self._next[0] if self._next else None

    def take(self, most: int = MOST_ROWS) -> Rows:
        """Return all rows of the next closing that follow one another. Raises OutOfOrderError beyond `most`."""
        if self._next is None:
            return Rows(self.table, [], ())
        key, first, rows = self._next
        begin = first
        while (following := next(self._groups, None)) is not None and following[0] == key:
            rows += following[2]
            if len(rows) > most:
                raise OutOfOrderError
        self._next = following
        return Rows(self.table, rows, range(begin, begin + len(rows)))


def _groups(reader: TableReader) -> Iterator[tuple[ClosingKey, int, list[Row]]]:
    for number, batch in reader.batches():
        if _CLOSING_KEY(batch[0]) == _CLOSING_KEY(batch[-1]) and len(set(map(_CLOSING_KEY, batch))) == 1:
            yield _CLOSING_KEY(batch[0]), number, batch
            continue
        for key, group in groupby(batch, _CLOSING_KEY):
            rows = list(group)
            yield key, number, rows
            number += len(rows)


def closing_keys(reader: TableReader, findings: Findings) -> dict[ClosingKey, int]:
    """Return the closings in the order of cashpointclosing.csv with their row. Raises TooLargeError."""
    keys: dict[ClosingKey, int] = {}
    for number, batch in reader.batches():
        for place, row in enumerate(batch):
            key = _CLOSING_KEY(row)
            if key in keys:
                findings.add("key.closing_twice", CASHPOINTCLOSING.file, number + place)
            keys.setdefault(key, number + place)
        if len(keys) > MOST_CLOSINGS:
            raise TooLargeError("Export", CASHPOINTCLOSING.file)
    return keys


def in_step(readers: dict[Table, TableReader], closings: dict[ClosingKey, int], findings: Findings) -> Iterator[Block]:
    """Yield a block a closing, reading all tables side by side. Raises OutOfOrderError."""
    order = {key: place for place, key in enumerate(closings)}
    cursors = [Cursor(reader) for reader in readers.values()]
    for place, key in enumerate(closings):
        found = {table: Rows(table, [], ()) for table in TABLES}
        total = 0
        for cursor in cursors:
            _skip_orphans(cursor, order, place, findings)
            if cursor.key == key:
                rows = found[cursor.table] = cursor.take()
                total += len(rows.rows)
        if total > MOST_ROWS:
            raise OutOfOrderError
        yield _block(key, found)
    for cursor in cursors:
        _skip_orphans(cursor, order, len(order), findings)


def _skip_orphans(cursor: Cursor, order: dict[ClosingKey, int], place: int, findings: Findings) -> None:
    while (key := cursor.key) is not None:
        if key in order:
            if order[key] < place:
                raise OutOfOrderError
            return
        rows = cursor.take()
        _orphans(cursor.table, key, rows.numbers[0], len(rows.rows), findings)


def _orphans(table: Table, key: ClosingKey, row: int, count: int, findings: Findings) -> None:
    findings.add("key.closing", table.file, row, rows=count, register=key[0], number=key[2])


def _block(key: ClosingKey, found: dict[Table, Rows]) -> Block:
    master = {table: rows for table, rows in found.items() if table.level is Level.CLOSING}
    return Block(key, master, {table: found[table] for table in _RECEIPT_TABLES})


class Spread:
    """All rows of an export by closing and Vorgang, spread over files in a folder."""

    def __init__(
        self, folder: Path, readers: dict[Table, TableReader], closings: dict[ClosingKey, int], findings: Findings
    ) -> None:
        self._folder = folder
        self._keys = list(closings)
        self._places = {key: place for place, key in enumerate(closings)}
        self._findings = findings
        self._master: dict[int, dict[Table, Rows]] = {}
        self._orphans: dict[tuple[Table, ClosingKey], list[int]] = {}
        files = [(folder / str(part)).open("wb") for part in range(_PARTS)]
        try:
            for place, (table, reader) in enumerate(readers.items()):
                self._spread(place, table, reader, files)
        finally:
            for file in files:
                file.close()
        self._tables = list(readers)
        for (table, key), (row, count) in self._orphans.items():
            _orphans(table, key, row, count, findings)

    def _spread(self, number: int, table: Table, reader: TableReader, files: Sequence[BinaryIO]) -> None:
        total = 0
        for first, batch in reader.batches():
            pieces: dict[int, list[tuple[int, int, int, list[str]]]] = {}
            for row_number, row in enumerate(batch, first):
                place = self._places.get(_CLOSING_KEY(row))
                if place is None:
                    if len(self._orphans) < MOST_CLOSINGS:
                        self._orphans.setdefault((table, _CLOSING_KEY(row)), [row_number, 0])[1] += 1
                elif table.level is Level.CLOSING:
                    total += 1
                    self._keep(place, table, row, row_number)
                else:
                    piece = pieces.setdefault(hash((place, row[3])) % _PARTS, [])
                    piece.append((place, number, row_number, list(row)))
            if total > MOST_ROWS * 10:
                raise TooLargeError("Export", table.file)
            for part, piece in pieces.items():
                marshal.dump(piece, files[part])

    def _keep(self, place: int, table: Table, row: Row, number: int) -> None:
        tables = self._master.setdefault(place, {})
        rows = tables.setdefault(table, Rows(table, [], []))
        rows.rows.append(row)
        assert isinstance(rows.numbers, list)
        rows.numbers.append(number)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks; those of one closing are not neighbours. Raises TooLargeError."""
        for part in range(_PARTS):
            for place, rows in sorted(self._load(part).items()):
                yield Block(self._keys[place], self._full(place), rows)
        for place, key in enumerate(self._keys):
            yield Block(key, self._full(place), {table: Rows(table, [], ()) for table in _RECEIPT_TABLES})

    def _full(self, place: int) -> dict[Table, Rows]:
        found = self._master.get(place, {})
        return {table: found.get(table) or Rows(table, [], ()) for table in TABLES if table.level is Level.CLOSING}

    def _load(self, part: int) -> dict[int, dict[Table, Rows]]:
        found: dict[int, dict[Table, Rows]] = {}
        total = 0
        with (self._folder / str(part)).open("rb") as file:
            while file.peek(1):
                for place, number, row_number, row in marshal.load(file):  # noqa: S302 written by ourselves above
                    tables = found.get(place)
                    if tables is None:
                        tables = found[place] = {table: Rows(table, [], []) for table in _RECEIPT_TABLES}
                    rows = tables[self._tables[number]]
                    rows.rows.append(row)
                    rows.numbers.append(row_number)  # type: ignore[attr-defined]
                    total += 1
                if total > MOST_ROWS * 2:
                    raise TooLargeError("Vorgang", self._tables[number].file)
        return found
