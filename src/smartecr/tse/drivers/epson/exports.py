"""Getting log messages off the TSE: one export at a time, in chunks, ended or cancelled in any case."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from smartecr.tse.api import Selection
from smartecr.tse.drivers import archive
from smartecr.tse.drivers.epson import messages
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.messages import Fields, MessageError
from smartecr.tse.drivers.epson.session import Session
from smartecr.tse.errors import TseError, TseExportFailed

_COMPLETE = "EXPORT_COMPLETE"
_NOTHING = frozenset(("TSE1_ERROR_EXPORT_NO_DATA", "TSE1_ERROR_EXPORT_NO_DATA_AVAILABLE"))
_LAST_SECOND = 0xFFFFFFFF


def function(selection: Selection) -> tuple[str, Fields]:
    """Choose the export that holds (at least) the selection; the host sees to the rest."""
    client = selection.client_id or ""
    if selection.transactions is not None:
        first, last = selection.transactions
        if first == last:
            return "ExportFilteredByTransactionNumber", {"clientId": client, "transactionNumber": first}
        numbers: Fields = {"startTransactionNumber": first, "endTransactionNumber": last}
        return "ExportFilteredByTransactionNumberInterval", {"clientId": client, **numbers}
    if selection.begin is not None or selection.end is not None:
        begin = messages.moment(max(0, selection.begin or 0))
        end = messages.moment(_LAST_SECOND if selection.end is None else max(0, selection.end))
        return "ExportFilteredByPeriodOfTime", {"clientId": client, "startDate": begin, "endDate": end}
    return "ArchiveExport", {"clientId": client} if client else {}


@contextmanager
def fetch(session: Session, selection: Selection, largest: int) -> Iterator[tuple[BinaryIO, "Export"]]:
    """Get the archive of (at least) the selection, ready to be read; empty if there is none.

    While the block runs the export is under way; it is finalised behind it, or cancelled when it fails.
    ``largest`` is the most bytes taken. Raises TseExportFailed besides the errors of the line.
    """
    with archive.spool() as content:
        export = Export(session)
        try:
            if export.begin(selection):
                export.collect(content, largest)
            content.write(archive.END_BLOCKS)
            content.seek(0)
            yield content, export
            export.finalize(delete=False)
        except BaseException:
            export.cancel()
            raise


class Export:
    """An export under way on the device."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._running = False

    def begin(self, selection: Selection) -> bool:
        """Start it; false when the device has nothing to give."""
        name, fields = function(selection)
        try:
            self._session.ask(name, fields)
        except HostError as error:
            if error.name not in _NOTHING:
                raise
            return False
        self._running = True
        return True

    def collect(self, content: BinaryIO, largest: int) -> None:
        """Get all chunks. They are decoded one by one, or joined when a chunk ends within four characters."""
        rest = ""
        size = 0
        while True:
            chunk = self._session.ask("GetExportData")
            complete = messages.text(chunk, "exportStatus") == _COMPLETE
            encoded = rest + messages.text(chunk, "exportData")
            if not complete and not encoded:
                raise TseExportFailed("the export does not go on")
            whole = len(encoded) if complete else len(encoded) - len(encoded) % 4
            rest = encoded[whole:]
            size += content.write(_decoded(encoded[:whole]))
            if size > largest:
                raise TseExportFailed(f"more than {largest} bytes")
            if complete:
                return

    def finalize(self, *, delete: bool) -> None:
        """End it; ``delete`` removes from the device what was exported."""
        if self._running:
            self._session.ask("FinalizeExport", {"deleteData": delete})
            self._running = False

    def cancel(self) -> None:
        """End it without success, so that the next one may begin."""
        if self._running:
            self._running = False
            with suppress(HostError, TseError, MessageError):
                self._session.ask("CancelExport")


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        raise MessageError("exportData is no base64") from None
