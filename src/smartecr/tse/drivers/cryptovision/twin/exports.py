"""What the twin exports: archives framed as the card sends them, without end blocks."""

import io
from collections.abc import Sequence
from typing import BinaryIO

from smartecr.tse import tar
from smartecr.tse.api import ExportReceipt, Selection, Tse
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.cryptovision import answers, commands
from smartecr.tse.drivers.cryptovision.commands import Parameter
from smartecr.tse.errors import TseError

_NOTHING = 0xFFFFFFFF
_HEAD = len(commands.archive_head(0))


def selection(parameters: Sequence[Parameter]) -> Selection:
    """Read what EXPORT_DATA asks for."""
    client = answers.text(parameters)
    single, first, last, begin, end, most = (_limit(parameters, index) for index in range(1, 7))
    numbers = (first or 0, last) if last is not None else None
    return Selection(
        transactions=(single, single) if single is not None else numbers,
        begin=begin or None,
        end=end,
        client_id=client or None,
        most=most or None,
    )


def _limit(parameters: Sequence[Parameter], index: int) -> int | None:
    """Read one limit; empty and FFFFFFFF are none."""
    value = answers.data(parameters, index)
    number = int.from_bytes(value, "big")
    return None if not value or number == _NOTHING else number


def export(core: Tse, chosen: Selection) -> tuple[BinaryIO, ExportReceipt]:
    """Make the whole answer to EXPORT_DATA."""
    spool = _begin()
    try:
        receipt = core.export(spool, chosen)
    except TseError:
        spool.close()
        raise
    return _end(spool), receipt


def export_more(core: Tse, after: int, most: int) -> BinaryIO:
    """Make the whole answer to EXPORT_MORE_DATA: the next messages behind a counter, at most so many."""
    with archive.spool() as everything:
        core.export(everything, Selection(after_counter=after))
        everything.seek(0)
        spool = _begin()
        writer = tar.ExportWriter(spool, 0)
        count = 0
        for member in tar.ExportReader(everything):
            count += member.name.endswith(".log")
            if count <= most or not member.name.endswith(".log"):
                writer.add(member.name, member.data)
        writer.close()
    return _end(spool)


def certificates(core: Tse) -> bytes:
    """Make the archive of the certificates."""
    sink = io.BytesIO()
    writer = tar.ExportWriter(sink, 0)
    for certificate in core.info().certificates:
        writer.add_certificate(certificate)
    writer.close()
    return sink.getvalue()[: -len(archive.END_BLOCKS)]


def last_message(core: Tse) -> bytes:
    """Give the last log message."""
    sink = io.BytesIO()
    core.export(sink, Selection(after_counter=(core.info().signature_counter or 1) - 1))
    sink.seek(0)
    return next(member.data for member in tar.ExportReader(sink) if member.name.endswith(".log"))


def _begin() -> BinaryIO:
    """Make a place for an answer, with room for its head."""
    spool = archive.spool()
    spool.write(bytes(_HEAD))
    return spool


def _end(spool: BinaryIO) -> BinaryIO:
    """Take the end blocks off and write the head."""
    size = spool.seek(0, io.SEEK_END) - len(archive.END_BLOCKS)
    spool.truncate(size)
    spool.seek(0)
    spool.write(commands.archive_head(size - _HEAD))
    spool.seek(0)
    return spool
