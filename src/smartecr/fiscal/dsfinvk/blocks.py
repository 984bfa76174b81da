"""An export cut into blocks: complete Vorgänge of one closing with all their rows, so that rules see them together.

Makers write the closings one after another in every file; then all files are read in step and a block is a closing.
Where a file is not in the order of cashpointclosing.csv, or a closing weighs more than MOST_ROWS, everything is
first spread over files on disk by a hash of the Vorgang (`Spread`), and a block is what one of them holds of a closing.
Memory: at most MOST_ROWS of one block, plus one batch a file. What rows weigh is told by `weight`: they may be long.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Final

from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk.csvtable import Row, TableReader
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.schema import Level, Table
from smartecr.fiscal.dsfinvk.tables import CASHPOINTCLOSING, TABLES

MOST_ROWS: Final = 100_000
MOST_CLOSINGS: Final = 100_000

ClosingKey = tuple[str, str, str]
"""Z_KASSE_ID, Z_ERSTELLUNG, Z_NR as written."""

_CLOSING_KEY = itemgetter(0, 1, 2)
_MASTER_TABLES = tuple(table for table in TABLES if table.level is Level.CLOSING)
_RECEIPT_TABLES = tuple(table for table in TABLES if table.level is not Level.CLOSING)
_PARTS: Final = 64


def weight(rows: int, size: int) -> int:
    """Return how much rows of `size` bytes weigh: one each, and one more a kilobyte."""
    return rows + (size >> 10)


class OutOfOrderError(Exception):
    """The files cannot be read in step; spread them first."""


class TooLargeError(Exception):
    """Even spread, a block would not fit; `what` is Abschluss or Vorgang, `file` the table."""

    def __init__(self, what: str, file: str) -> None:
        self.what = what
        self.file = file
        super().__init__(what, file)


@dataclass()
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


def alike(column: Sequence[str]) -> bool:
    """Whether all values of a column of at least one row are the same, as in most columns of a closing."""
    first = column[0]
    return first == column[-1] and column.count(first) == len(column)


def no_rows(table: Table) -> Rows:
    """Return a table without rows."""
    return Rows(table, [()] * len(table.columns), ())


@dataclass(frozen=True)
class Block:
    """A closing's Vorgänge, or some of them; `master` has tables 1 to 10, `rows` tables 11 to 20.

    `size` is how many bytes were read for it; what was read along with an earlier block counts there.
    """

    key: ClosingKey
    master: dict[Table, Rows]
    rows: dict[Table, Rows]
    size: int = 0

    def __getitem__(self, table: Table) -> Rows:
        """Return the rows of a table in this block."""
        return (self.master if table.level is Level.CLOSING else self.rows)[table]

    def __len__(self) -> int:
        """Return how many rows there are in all tables."""
        return sum(map(len, (*self.master.values(), *self.rows.values())))


class Cursor:
    """Goes through one table closing by closing."""

    def __init__(self, reader: TableReader) -> None:
        self.table = reader.table
        self._reader = reader
        self._groups = _groups(reader)
        self._next = next(self._groups, None)

    @property
    def key(self) -> ClosingKey | None:
        """Return the closing the next rows belong to, or None at the end."""
        return self._next[0] if self._next else None

    @property
    def taken(self) -> int:
        """Return how many bytes of the table were read so far."""
        return self._reader.taken

    def take(self) -> Rows:
        """Return all rows of the next closing that follow one another. Raises OutOfOrderError beyond MOST_ROWS."""
        if self._next is None:
            return no_rows(self.table)
        key, first, columns = self._next
        pieces = [columns]
        count = len(columns[0])
        begun = self.taken
        while (following := next(self._groups, None)) is not None and following[0] == key:
            pieces.append(following[2])
            count += len(following[2][0])
            if weight(count, self.taken - begun) > MOST_ROWS:
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
            columns[:3] = [(column[0],) * count for column in columns[:3]]
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
    size = 0
    for place, key in enumerate(closings):
        found: dict[Table, Rows] = {}
        total, begun = 0, size
        for cursor in cursors:
            _skip_orphans(cursor, order, place, findings)
            if cursor.key == key:
                rows = found[cursor.table] = cursor.take()
                total += len(rows)
            if weight(total, sum(one.taken for one in cursors) - begun) > MOST_ROWS:
                raise OutOfOrderError
        size = sum(one.taken for one in cursors)
        yield block_of(key, found, size - begun)
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


def block_of(key: ClosingKey, found: dict[Table, Rows], size: int = 0) -> Block:
    """Return a block of what was found in `size` bytes; a table not named has no rows."""
    master, receipts = (
        {table: found.get(table) or no_rows(table) for table in part} for part in (_MASTER_TABLES, _RECEIPT_TABLES)
    )
    return Block(key, master, receipts, size)


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
            if weight(total, reader.taken if total else 0) > MOST_ROWS * 10:
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
        rows = self._master.get(place, {}) | found
        return block_of(self._keys[place], {table: _rows(table, numbered) for table, numbered in rows.items()})

    def _load(self, part: int) -> dict[int, dict[Table, list[tuple[int, Row]]]]:
        found: dict[int, dict[Table, list[tuple[int, Row]]]] = {}
        total = 0
        with (self._folder / str(part)).open("rb") as file:
            while file.peek(1):
                for place, number, row_number, row in marshal.load(file):  # noqa: S302 written by ourselves above
                    found.setdefault(place, {}).setdefault(self._tables[number], []).append((row_number, row))
                    total += 1
                if weight(total, file.tell()) > MOST_ROWS * 3:
                    raise TooLargeError("Vorgang", self._tables[number].file)
        return found


def _rows(table: Table, found: list[tuple[int, Row]]) -> Rows:
    return Rows(table, list(zip(*(row for _, row in found), strict=True)), [number for number, _ in found])
