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
from itertools import chain, groupby
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
_PARTS: Final = 64


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
    """Rows of one table in a block, as columns, with their numbers in the file."""

    table: Table
    columns: list[Sequence[str]]
    numbers: Sequence[int]

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """Return the columns as rows."""
        return list(zip(*self.columns, strict=True))

    def column(self, name: str) -> Sequence[str]:
        """Return one column by its name."""
        return self.columns[self.table.place(name)]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.numbers)


def no_rows(table: Table) -> Rows:
    """Return a table without rows."""
    return Rows(table, [()] * len(table.columns), ())


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
            return no_rows(self.table)
        key, first, columns = self._next
        pieces = [columns]
        count = len(columns[0])
        while (following := next(self._groups, None)) is not None and following[0] == key:
            pieces.append(following[2])
            count += len(following[2][0])
            if count > most:
                raise OutOfOrderError
        self._next = following
        if len(pieces) > 1:
            columns = [list(chain.from_iterable(parts)) for parts in zip(*pieces, strict=True)]
        return Rows(self.table, columns, range(first, first + count))


def _groups(reader: TableReader) -> Iterator[tuple[ClosingKey, int, list[Sequence[str]]]]:
    """Yield the rows of one closing after another: key, number of the first row, columns."""
    for number, batch in reader.batches():
        columns: list[Sequence[str]] = list(zip(*batch, strict=True))
        count = len(batch)
        if all(column.count(column[0]) == count for column in columns[:3]):
            yield (columns[0][0], columns[1][0], columns[2][0]), number, columns
            continue
        begin = 0
        for key, group in groupby(zip(*columns[:3], strict=True)):
            end = begin + sum(1 for _ in group)
            yield key, number + begin, [column[begin:end] for column in columns]
            begin = end


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
        found = {table: no_rows(table) for table in TABLES}
        total = 0
        for cursor in cursors:
            _skip_orphans(cursor, order, place, findings)
            if cursor.key == key:
                rows = found[cursor.table] = cursor.take()
                total += len(rows)
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
        _orphans(cursor.table, key, rows.numbers[0], len(rows), findings)


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
        self._master: dict[int, dict[Table, list[tuple[int, Row]]]] = {}
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
        self._master.setdefault(place, {}).setdefault(table, []).append((number, row))

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks; those of one closing are not neighbours. Raises TooLargeError."""
        for part in range(_PARTS):
            for place, found in sorted(self._load(part).items()):
                yield self._block(place, found)
        for place in range(len(self._keys)):
            yield self._block(place, {})

    def _block(self, place: int, found: dict[Table, list[tuple[int, Row]]]) -> Block:
        master = self._master.get(place, {})
        closing = {table: _rows(table, master.get(table, [])) for table in TABLES if table.level is Level.CLOSING}
        return Block(
            self._keys[place], closing, {table: _rows(table, found.get(table, [])) for table in _RECEIPT_TABLES}
        )

    def _load(self, part: int) -> dict[int, dict[Table, list[tuple[int, Row]]]]:
        found: dict[int, dict[Table, list[tuple[int, Row]]]] = {}
        total = 0
        with (self._folder / str(part)).open("rb") as file:
            while file.peek(1):
                for place, number, row_number, row in marshal.load(file):  # noqa: S302 written by ourselves above
                    found.setdefault(place, {}).setdefault(self._tables[number], []).append((row_number, row))
                    total += 1
                if total > MOST_ROWS * 2:
                    raise TooLargeError("Vorgang", self._tables[number].file)
        return found


def _rows(table: Table, found: list[tuple[int, Row]]) -> Rows:
    if not found:
        return no_rows(table)
    return Rows(table, list(zip(*(row for _, row in found), strict=True)), [number for number, _ in found])
