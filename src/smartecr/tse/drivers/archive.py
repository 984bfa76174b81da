"""Exports of devices: the archive as the device made it, or what the host selects from it."""

import os
import shutil
import tempfile
from hashlib import sha256
from typing import BinaryIO, cast

from smartecr.tse import log_message, selection
from smartecr.tse.api import ALL, ExportReceipt, Selection
from smartecr.tse.errors import TseExportFailed
from smartecr.tse.log_message import LogMessageError
from smartecr.tse.tar import ExportReader, TarError

#: closes a TAR archive (POSIX.1-1988)
END_BLOCKS = bytes(1024)
_IN_MEMORY = 4 << 20
_CHUNK = 1 << 20


def spool() -> BinaryIO:
    """Make a place for an archive on its way: in memory while it is small, else in a temporary file."""
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))


def close(archive: BinaryIO) -> None:
    """Add the end blocks where the device wrote none, and rewind."""
    size = archive.seek(0, os.SEEK_END)
    archive.seek(max(0, size - len(END_BLOCKS)))
    if archive.read() != END_BLOCKS:
        archive.write(END_BLOCKS)
    archive.seek(0)


def deliver(archive: BinaryIO, sink: BinaryIO, chosen: Selection, mtime: int) -> ExportReceipt:
    """Write what was chosen from a whole archive into ``sink``; everything goes as the device made it.

    Raises TseNoData, TseTooManyRecords, TseExportFailed; what the sink raises is passed on.
    """
    try:
        if chosen != ALL:
            return selection.select(archive, sink, chosen, mtime)
        receipt = _examine(archive)
        archive.seek(0)
        shutil.copyfileobj(archive, sink, _CHUNK)
    except (TarError, LogMessageError) as error:
        raise TseExportFailed(str(error)) from None
    return receipt


def _examine(archive: BinaryIO) -> ExportReceipt:
    """Count the messages of an archive and hash it."""
    archive.seek(0)
    messages = first = last = size = 0
    for member in ExportReader(archive):
        if member.name.endswith(".log"):
            counter = log_message.parse(member.data).signature_counter
            messages += 1
            first = min(first or counter, counter)
            last = max(last, counter)
    archive.seek(0)
    digest = sha256()
    while chunk := archive.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return ExportReceipt(
        messages=messages, first_counter=first, last_counter=last, size=size, sha256=digest.hexdigest()
    )
