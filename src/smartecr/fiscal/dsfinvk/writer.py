"""Writes an export: closings and their receipts stream through once, memory stays the same for a day and ten years.

The ZIP appears under its name only when it is whole; an export that fails leaves nothing behind.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from smartecr.fiscal.dsfinvk import build, dtd, index_xml
from smartecr.fiscal.dsfinvk.archive import Archive
from smartecr.fiscal.dsfinvk.clock import LocalClock
from smartecr.fiscal.dsfinvk.dialect import END, Dialect, Value, header, join, refused
from smartecr.fiscal.dsfinvk.records import Closing, Receipt
from smartecr.fiscal.dsfinvk.schema import Level, Table
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.fiscal.dsfinvk.tables import TABLES, TRANSACTIONS

ZONE = ZoneInfo("Europe/Berlin")
_FLUSH_RECEIPTS = 256


class ExportError(Exception):
    """The export could not be written; nothing was left behind. The text is German and says what to do."""


@dataclass(slots=True)
class Written:
    """What an export contains: closings, receipts, rows by file."""

    closings: int = 0
    receipts: int = 0
    rows: dict[str, int] = field(default_factory=lambda: {table.file: 0 for table in TABLES})


Books = Iterable[tuple[Closing, Iterable[Receipt]]]
"""Closings in their order, each with its receipts in the order of their numbers."""


def write(
    target: Path,
    books: Books,
    *,
    at: datetime,
    supplier: str = "",
    location: str = "",
    comment: str = "",
    zone: ZoneInfo = ZONE,
    progress: Callable[[Written], None] | None = None,
) -> Written:
    """Write the export to `target` (a ZIP, replaced if it exists) and return what is in it.

    `at` is the time the ZIP's entries carry; `progress` is called after each closing. Raises ExportError when the disk
    is full or cannot be written, and ValueRefusedError when a value does not fit its column.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            archive = Archive(Path(scratch), at)
            try:
                archive.append(index_xml.FILE, index_xml.text(supplier, location, comment).encode())
                archive.append(dtd.FILE, dtd.text().encode())
                rows = _Rows(archive, zone)
                for closing, receipts in books:
                    rows.add(closing, receipts)
                    if progress is not None:
                        progress(rows.written)
                rows.flush()
                _save(archive, Path(scratch) / "export.zip", target)
            finally:
                archive.close()
    except OSError as error:
        raise ExportError(_reason(error, target)) from error
    return rows.written


def _save(archive: Archive, draft: Path, target: Path) -> None:
    with draft.open("wb") as file:
        archive.save(file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _reason(error: OSError, target: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Für den Export nach {target} reicht der Platz nicht. Platz schaffen oder ein anderes Ziel wählen."
    return f"Der Export nach {target} ist nicht möglich ({error.strerror}). Ein anderes Ziel wählen."


class _Rows:
    """Formats rows into one buffer a table and hands the buffers to the archive."""

    def __init__(self, archive: Archive, zone: ZoneInfo) -> None:
        self.written = Written()
        self._clock = LocalClock(zone)
        dialect = Dialect()
        self._sheets = {table: _Sheet(archive, table, dialect) for table in TABLES}
        self._id = _Key(TRANSACTIONS, dialect)

    def add(self, closing: Closing, receipts: Iterable[Receipt]) -> None:
        """Write a closing: its receipts as they come, then its sums."""
        master = closing.master
        sums = ClosingSums(master.currency)
        key = self._id.text((master.register.id, self._clock.text(closing.created), closing.number))
        sheets = self._sheets
        for receipt in receipts:
            sums.add(receipt)
            of_receipt = key + self._id.text((receipt.id,), Level.CLOSING.value)
            for table, values in build.receipt_rows(receipt, self._clock, master.currency):
                sheets[table].append(of_receipt, values)
            if not (self.written.receipts + sums.receipts) % _FLUSH_RECEIPTS:
                self.flush()
        for table, values in build.closing_rows(closing, sums):
            sheets[table].append(key, values)
        self.written.closings += 1
        self.written.receipts += sums.receipts

    def flush(self) -> None:
        """Hand over what waits in the buffers."""
        for table, sheet in self._sheets.items():
            self.written.rows[table.file] += sheet.hand_over()


class _Key:
    """Formats the key columns rows begin with."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._table = table
        self._formats = dialect.formats(table)

    def text(self, values: tuple[Value, ...], begin: int = 0) -> str:
        """Return the key columns from `begin` on, each followed by a semicolon. Raises ValueRefusedError."""
        end = begin + len(values)
        try:
            return join(self._formats[begin:end], values) + ";"
        except ValueError:
            raise refused(self._table, self._table.columns[begin:end], self._formats[begin:end], values) from None


class _Sheet:
    """The rows of one table that have not been handed over yet."""

    def __init__(self, archive: Archive, table: Table, dialect: Dialect) -> None:
        skipped = min(table.level.value, Level.RECEIPT.value)
        self._archive = archive
        self._table = table
        self._columns = table.columns[skipped:]
        self._formats = dialect.formats(table)[skipped:]
        self._rows: list[str] = []
        archive.append(table.file, header(table).encode())

    def append(self, key: str, values: tuple[Value, ...]) -> None:
        """Add a row: its key and the values behind it. Raises ValueRefusedError."""
        try:
            self._rows.append(f"{key}{join(self._formats, values)}{END}")
        except ValueError:
            raise refused(self._table, self._columns, self._formats, values) from None

    def hand_over(self) -> int:
        """Give the rows to the archive and return how many there were."""
        rows = len(self._rows)
        if rows:
            self._archive.append(self._table.file, "".join(self._rows).encode())
            self._rows.clear()
        return rows
