"""Getting log messages off the device: everything, or a part the host cuts down further."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from smartecr.tse.api import Selection
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.diebold import values
from smartecr.tse.drivers.diebold.commands import Command
from smartecr.tse.drivers.diebold.errors import DeviceError
from smartecr.tse.drivers.diebold.session import Session
from smartecr.tse.errors import TseTimeout

_NO_DATA = frozenset((0x0108, 0x010B, 0x010D))
_LAST_SECOND = 0xFFFFFFFF


def command(selection: Selection, slot: str) -> tuple[Command, tuple[str, ...]]:
    """Choose the export that holds (at least) the selection; the host sees to the rest."""
    client = selection.client_id or ""
    if selection.transactions is not None:
        first, last = (f"{max(0, number):010d}" for number in selection.transactions)
        if first == last:
            return Command.EXPORT_TRANSACTION, (slot, first, client)
        return Command.EXPORT_INTERVAL, (slot, first, last, client)
    if selection.begin is not None or selection.end is not None:
        begin = values.moment(max(0, selection.begin or 0))
        end = values.moment(_LAST_SECOND if selection.end is None else max(0, selection.end))
        return Command.EXPORT_PERIOD, (slot, begin, end, client)
    return Command.EXPORT_ALL, (slot,)


@contextmanager
def fetch(session: Session, selection: Selection, largest: int) -> Iterator[BinaryIO]:
    """Get the archive of (at least) the selection, ready to be read; empty if there is none.

    ``largest`` is the most bytes taken. The device's export is reset behind it in any case.
    """
    name, parameters = command(selection, session.slot)
    with archive.spool() as encoded, archive.spool() as content:
        try:
            session.fetch(encoded, name, *parameters, largest=2 * largest)
        except DeviceError as error:
            if error.code not in _NO_DATA:
                raise
        else:
            encoded.seek(0)
            values.write_archive(encoded, content)
        finally:
            reset(session)
        content.write(archive.END_BLOCKS)
        content.seek(0)
        yield content


def reset(session: Session) -> None:
    """Free the device's export, which a cut may have left half done; it does not matter whether it says anything."""
    with suppress(DeviceError, TseTimeout):
        session.ask(Command.RESET_EXPORT, session.slot)
