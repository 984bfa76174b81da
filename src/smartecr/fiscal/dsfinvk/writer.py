"""Writes an export: closings and their receipts stream through once, memory stays the same for a day and ten years.

The ZIP appears under its name only when it is whole; an export that fails leaves nothing behind.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from smartecr.core import oswords
from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk import dtd, index_xml
from smartecr.fiscal.dsfinvk.archive import Archive
from smartecr.fiscal.dsfinvk.dialect import header
from smartecr.fiscal.dsfinvk.parts import ZONE, Books, Part, parts
from smartecr.fiscal.dsfinvk.tables import TABLES


class ExportError(Exception):
    """The export could not be written; nothing was left behind. The text is German and says what to do."""


@dataclass(slots=True)
class Written:
    """What an export contains: closings, receipts, rows by file."""

    closings: int = 0
    receipts: int = 0
    rows: dict[str, int] = field(default_factory=lambda: {table.file: 0 for table in TABLES})


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

    `at` is the time the ZIP's entries carry; `progress` is called after each part. Raises ExportError when the disk
    is full or cannot be written, and ValueRefusedError when a value does not fit its column.
    """
    heading = index_xml.text(supplier, location, comment)
    return write_parts(target, parts(books, zone), at=at, heading=heading, progress=progress)


def write_parts(
    target: Path,
    made: Iterable[Part],
    *,
    at: datetime,
    heading: str = "",
    progress: Callable[[Written], None] | None = None,
) -> Written:
    """Write an export of parts made elsewhere, as `write` does; `heading` is its index.xml."""
    written = Written()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            archive = Archive(Path(scratch), at)
            try:
                archive.append(index_xml.FILE, (heading or index_xml.text()).encode())
                archive.append(dtd.FILE, dtd.text().encode())
                for table in TABLES:
                    archive.append(table.file, header(table).encode())
                for part in made:
                    for file, rows, data in part.rows:
                        archive.append(file, data)
                        written.rows[file] += rows
                    written.closings += part.closings
                    written.receipts += part.receipts
                    if progress is not None:
                        progress(written)
                _save(archive, Path(scratch) / "export.zip", target)
            finally:
                archive.close()
    except OSError as error:
        raise ExportError(_reason(error, target)) from error
    return written


def _save(archive: Archive, draft: Path, target: Path) -> None:
    with draft.open("wb") as file:
        archive.save(file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _reason(error: OSError, target: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Für den Export nach {target} reicht der Platz nicht. Platz schaffen oder ein anderes Ziel wählen."
    return f"Der Export nach {target} ist nicht möglich ({oswords.reason(error)}). Ein anderes Ziel wählen."
