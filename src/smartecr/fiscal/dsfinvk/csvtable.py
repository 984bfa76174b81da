"""Rows of one table of an export, whatever its separator, encoding and order of columns, in bounded memory.

A row comes out as the prescribed columns in the prescribed order, numbers with a decimal comma. A row's number is what
a table program shows: the header is 1. Lines and files are bounded by their bytes, never trusted.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import IO, Final

from smartecr.fiscal.dsfinvk import reasons
from smartecr.fiscal.dsfinvk.declaration import Declaration
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.source import BROKEN, Source

BATCH: Final = 256
_BATCH_BYTES: Final = 1 << 20
_STEP: Final = 32
_CHUNK: Final = 1 << 16
_MOST_LINE: Final = 1 << 20
_MOST_SYNTAX_ERRORS: Final = 1000

Row = Sequence[str]


class _Guard(io.BufferedIOBase):
    """The bytes of a file on their way to the decoder: broken, endless or misencoded ones end here as a finding.

    `line_ends` counts CR LF for `file.line_end` (in encodings of one byte a character and in UTF-8).
    """

    def __init__(self, file: IO[bytes], declaration: Declaration, findings: Findings) -> None:
        self.line_ends = 0
        self.taken = 0
        self._file = file
        self._name = declaration.table.file
        self._encoding = declaration.encoding
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(declaration.encoding)()
        self._findings = findings
        self._since_line_end = 0
        self._last = b""

    def readable(self) -> bool:
        return True

    def read1(self, _size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""
        try:
            data = self._file.read(_CHUNK)
        except BROKEN as error:
            self._findings.add("file.unreadable", self._name, problem=reasons.of_reading(error))
            return b""
        self.taken += len(data)
        end = data.rfind(b"\n")
        self._since_line_end = len(data) - end - 1 if end >= 0 else self._since_line_end + len(data)
        if self._since_line_end > _MOST_LINE:
            self._findings.add("file.line_too_long", self._name, limit=_MOST_LINE)
            return b""
        self.line_ends += data.count(b"\r\n") + (self._last == b"\r" and data[:1] == b"\n")
        self._last = data[-1:]
        self._judge(data)
        return data

    def _judge(self, data: bytes) -> None:
        if self._decoder is None:
            return
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeError:
            self._decoder = None
            self._findings.add("file.encoding", self._name, encoding=self._encoding)


class TableReader:
    """Reads one table; iterate `batches`, then `rows` says how many rows there were, `taken` how many bytes so far."""

    def __init__(self, source: Source, declaration: Declaration, findings: Findings) -> None:
        self.table = declaration.table
        self.rows = 0
        self._source = source
        self._declaration = declaration
        self._findings = findings
        self._syntax_errors = 0
        self._guard: _Guard | None = None

    @property
    def taken(self) -> int:
        """Return how many bytes of the file were read so far, a little more than the rows yielded have."""
        return self._guard.taken if self._guard else 0

    def batches(self) -> Iterator[tuple[int, list[Row]]]:
        """Yield (number of the first row, rows) in pieces of at most BATCH rows, or of fewer when they are long."""
        declaration = self._declaration
        try:
            file = self._source.open(declaration.file)
        except BROKEN as error:
            self._findings.add("file.unreadable", self.table.file, problem=reasons.of_reading(error))
            return
        with file:
            self._skip(file)
            guard = self._guard = _Guard(file, declaration, self._findings)
            text = io.TextIOWrapper(guard, declaration.encoding, errors="replace", newline="")  # type: ignore[type-var]
            records = csv.reader(text, delimiter=declaration.delimiter, quotechar=declaration.quote, strict=True)
            columns = self._header(records)
            number = 2 if declaration.header else 1
            arrange = self._arrange(columns)
            while True:
                batch = self._batch(records, number)
                if batch is None:
                    break
                if batch:
                    self.rows += len(batch)
                    yield number, self._checked(batch, len(columns), number, arrange)
                    number += len(batch)
            expected = self.rows + declaration.header
            if guard.line_ends < expected and not self._syntax_errors:
                self._findings.add("file.line_end", self.table.file, count=expected - guard.line_ends)

    def _skip(self, file: IO[bytes]) -> None:
        left = self._declaration.skipped_bytes
        while left > 0 and (data := file.read(min(left, _CHUNK))):
            left -= len(data)

    def _header(self, records: Iterator[list[str]]) -> tuple[str, ...]:
        """Return the names of the columns in the file: those of its first line, else those declared."""
        declared = self._declaration.columns
        if not self._declaration.header:
            return declared
        first = self._batch(islice(records, 1), 1)
        names = tuple(name.strip() for name in first[0]) if first else ()
        if names and names[0].startswith("\ufeff"):
            self._findings.add("file.bom", self.table.file)
            names = (names[0].lstrip("\ufeff").strip('"'), *names[1:])
        if names == declared:
            return declared
        self._findings.add("file.header", self.table.file, 1)
        known = {column.name for column in self.table.columns}
        return names if known & set(names) else declared

    def _batch(self, records: Iterator[list[str]], number: int) -> list[list[str]] | None:
        """Return up to BATCH records, fewer when they are long; None at the end of the file."""
        batch: list[list[str]] = []
        most = self.taken + _BATCH_BYTES
        try:
            while self.taken <= most and (wanted := min(_STEP, BATCH - len(batch))):
                found = len(batch)
                batch.extend(islice(records, wanted))
                if len(batch) < found + wanted:
                    break
        except csv.Error as error:
            self._syntax_errors += 1
            self._findings.add("file.syntax", self.table.file, number + len(batch), problem=reasons.of_syntax(error))
            if self._syntax_errors > _MOST_SYNTAX_ERRORS:
                return batch or None
            return batch
        except UnicodeError:  # no encoding at all, such as UTF-16 without its mark; the guard has said so
            return batch or None
        return batch or None

    def _arrange(self, columns: tuple[str, ...]) -> Callable[[Row], Row] | None:
        """Return what brings a row into the prescribed order, or None when it is so already."""
        wanted = [column.name for column in self.table.columns]
        if list(columns) == wanted and self._declaration.decimal == ",":
            return None
        places = [columns.index(name) if name in columns else len(columns) for name in wanted]
        pick = itemgetter(*places)
        if self._declaration.decimal == ",":
            return lambda row: pick([*row, ""])
        numbers = {place for place, column in enumerate(self.table.columns) if column.kind.numeric}
        swap = str.maketrans({self._declaration.decimal: ",", ",": self._declaration.decimal})

        def arranged(row: Row) -> Row:
            picked = pick([*row, ""])
            return [text.translate(swap) if place in numbers else text for place, text in enumerate(picked)]

        return arranged

    def _checked(
        self, batch: list[list[str]], width: int, number: int, arrange: Callable[[Row], Row] | None
    ) -> list[Row]:
        """Return the rows with exactly their columns; what is too short or too long is a finding."""
        if set(map(len, batch)) != {width}:
            for place, row in enumerate(batch):
                if len(row) != width:
                    self._findings.add("file.width", self.table.file, number + place, found=len(row), wanted=width)
                    row[:] = (row + [""] * width)[:width]
        return list(map(arrange, batch)) if arrange is not None else list(batch)
