"""Getting log messages out of the card: one transaction, a range, everything, also when that takes long."""

import time
from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse import log_message, tar
from smartecr.tse.api import ALL, Selection
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.cryptovision import answers, commands, errors
from smartecr.tse.drivers.cryptovision.commands import Code, KeyData, Parameter
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.session import Session
from smartecr.tse.errors import TseExportFailed, TseProtocolError, TseTimeout
from smartecr.tse.log_message import LogMessageError
from smartecr.tse.tar import TarError

#: seconds for the first piece of an archive
_PATIENCE = 60.0
#: seconds after which a card that was asked for too much listens again
_RECOVERY = 65.0
#: messages asked for at a time then
_PART = 10_000
_NONE = b"\xff\xff\xff\xff"
_FIRST = b"\x00\x00\x00\x00"


def parameters(selection: Selection) -> tuple[Parameter, ...]:
    """Make the parameters of EXPORT_DATA: one condition the card filters by (the host sees to the rest)."""
    numbers, times = (_FIRST, _NONE), (_FIRST, _NONE)
    client = ""
    if selection.transactions is not None:
        numbers = _range(*selection.transactions)
    elif selection.begin is not None or selection.end is not None:
        times = _range(selection.begin or 0, 0xFFFFFFFF if selection.end is None else selection.end)
    elif selection.client_id is not None:
        client = selection.client_id
    return (client, _NONE, *numbers, *times, _FIRST)


def _range(first: int, last: int) -> tuple[bytes, bytes]:
    return commands.number(max(0, first)), commands.number(max(0, last))


def fetch(
    session: Session, serial: bytes, selection: Selection, sleep: Callable[[float], None] = time.sleep
) -> BinaryIO:
    """Get the archive of (at least) the selection, with its end blocks, ready to be read; empty if there is none.

    Raises TseExportFailed besides the errors of the transport.
    """
    spool = archive.spool()
    try:
        try:
            _fetch_whole(session, spool, selection)
        except TseTimeout:
            if selection != ALL:
                raise
            sleep(_RECOVERY - _PATIENCE)
            spool.seek(0)
            spool.truncate()
            session.wake()
            _fetch_in_parts(session, serial, spool)
    except OSError as error:
        spool.close()
        raise TseExportFailed(str(error)) from None
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _fetch_whole(session: Session, spool: BinaryIO, selection: Selection) -> None:
    """Get the archive in one go; nothing stored is an empty archive."""
    try:
        session.transport.stream(spool, Code.EXPORT_DATA, *parameters(selection), timeout=_PATIENCE)
    except CardError as error:
        if error.code not in errors.EMPTY:
            raise
    spool.write(archive.END_BLOCKS)


def _fetch_in_parts(session: Session, serial: bytes, spool: BinaryIO) -> None:
    """Get everything in parts the card can make in time, and make one archive of them."""
    total = answers.number(session.key_data(KeyData.SIGNATURE_COUNTER, serial))
    writer = tar.ExportWriter(spool, 0)
    seen: set[str] = set()
    last = 0
    while last < total:
        with archive.spool() as part:
            try:
                session.transport.stream(
                    part,
                    Code.EXPORT_MORE_DATA,
                    serial,
                    commands.number(last),
                    commands.number(_PART),
                    timeout=_PATIENCE,
                )
            except CardError as error:
                if error.code not in errors.EMPTY:
                    raise
                last += _PART
                continue
            reached = _merge(part, writer, seen)
        if reached <= last:
            raise TseProtocolError(f"the export does not go on after counter {last}")
        last = reached
    writer.close()


def _merge(part: BinaryIO, writer: tar.ExportWriter, seen: set[str]) -> int:
    """Take over a part; certificates and info.csv once. Return the greatest counter in it."""
    part.seek(0)
    greatest = 0
    try:
        for member in tar.ExportReader(part):
            if member.name.endswith(".log"):
                greatest = max(greatest, log_message.parse(member.data).signature_counter)
            elif member.name in seen:
                continue
            else:
                seen.add(member.name)
            writer.add(member.name, member.data)
    except (TarError, LogMessageError) as error:
        raise TseProtocolError(str(error)) from None
    return greatest
