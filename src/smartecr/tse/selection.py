"""Filtered exports and looking a transaction up, for devices that can do neither: on the host, from an archive.

The rules are those of exportData (TR-03151): a selection by transaction numbers also takes along all
system and audit messages between its smallest and its greatest signature counter.
"""

from collections.abc import Callable
from typing import BinaryIO

from smartecr.tse import log_message
from smartecr.tse.api import ALL, ExportReceipt, Finished, Found, Selection, Started
from smartecr.tse.errors import TseExportFailed, TseNoData, TseTooManyRecords
from smartecr.tse.log_message import LogMessage, LogMessageError
from smartecr.tse.tar import ExportReader, ExportWriter, TarError


class Sieve:
    """Decides which messages belong to a selection. Feed every message to ``look``, then ask ``admits``."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._least = self._greatest = 0
        self._count = 0

    def look(self, message: LogMessage) -> None:
        """Take note of a message of the first pass."""
        if message.kind == "transaction" and self._chosen(message):
            counter = message.signature_counter
            self._least = min(self._least or counter, counter)
            self._greatest = max(self._greatest, counter)

    def admits(self, message: LogMessage) -> bool:
        """Tell whether the message belongs to the export. Raises TseTooManyRecords beyond ``most``."""
        chosen = self._chosen(message)
        if chosen and message.kind != "transaction" and self._selection.transactions is not None:
            chosen = self._least <= message.signature_counter <= self._greatest
        self._count += chosen
        most = self._selection.most
        if most and self._count > most:
            raise TseTooManyRecords(f"more than {most}")
        return chosen

    def _chosen(self, message: LogMessage) -> bool:
        chosen = self._selection
        if chosen.after_counter is not None and message.signature_counter <= chosen.after_counter:
            return False
        if chosen.begin is not None and message.log_time < chosen.begin:
            return False
        if chosen.end is not None and message.log_time > chosen.end:
            return False
        if message.kind != "transaction":
            return chosen.transactions is not None or chosen.client_id is None
        if chosen.client_id is not None and message.client_id != chosen.client_id:
            return False
        first, last = chosen.transactions or (0, message.transaction_number)
        return first <= message.transaction_number <= last


def select(archive: BinaryIO, sink: BinaryIO, selection: Selection, mtime: int) -> ExportReceipt:
    """Write the selected part of a whole export (seekable) into ``sink``; certificates and info.csv go along.

    ``mtime`` (unix seconds) is written into the members. Raises TseNoData, TseTooManyRecords, TseExportFailed.
    """
    sieve = Sieve(selection)
    try:
        for member in _members(archive):
            if member.name.endswith(".log"):
                sieve.look(log_message.parse(member.data))
        writer = ExportWriter(sink, mtime)
        for member in _members(archive):
            if not member.name.endswith(".log"):
                writer.add(member.name, member.data)
            elif sieve.admits(log_message.parse(member.data)):
                writer.add_message(member.data)
    except (TarError, LogMessageError) as error:
        raise TseExportFailed(str(error)) from None
    receipt = writer.close()
    if not receipt.messages and selection != ALL:
        raise TseNoData(str(selection))
    return receipt


def find(archive: BinaryIO, transaction_number: int) -> Found:
    """Look a transaction up in an export. Raises TseExportFailed when the archive is unreadable."""
    start, finish = _ends(archive, lambda message, _: message.transaction_number == transaction_number)
    return found(start, finish)


def last(archive: BinaryIO, client_id: str = "") -> Found:
    """Look up the transaction (of a client) with the highest number. Raises TseExportFailed."""
    start, finish = _ends(
        archive,
        lambda message, best: client_id in ("", message.client_id) and message.transaction_number >= best,
    )
    return found(start, finish)


def _ends(archive: BinaryIO, fits: Callable[[LogMessage, int], bool]) -> tuple[LogMessage | None, LogMessage | None]:
    """Find start and finish of the one transaction that fits best; ``fits`` gets the number found so far."""
    start = finish = None
    number = 0
    try:
        for member in _members(archive):
            if not member.name.endswith(".log"):
                continue
            message = log_message.parse(member.data)
            if message.kind != "transaction" or not fits(message, number):
                continue
            if message.transaction_number != number:
                number, start, finish = message.transaction_number, None, None
            operation = message.operation.lower()
            start = message if operation.startswith("start") else start
            finish = message if operation.startswith("finish") else finish
    except (TarError, LogMessageError) as error:
        raise TseExportFailed(str(error)) from None
    return start, finish


def found(start: LogMessage | None, finish: LogMessage | None) -> Found:
    """Make the answer from the log messages of start and finish."""
    if start is None:
        return Found(state="unknown")
    started = Started(
        transaction_number=start.transaction_number,
        log_time=start.log_time,
        signature_counter=start.signature_counter,
        signature=start.signature,
    )
    if finish is None:
        return Found(state="open", start=started, client_id=start.client_id)
    return Found(
        state="finished",
        start=started,
        finish=Finished(
            log_time=finish.log_time, signature_counter=finish.signature_counter, signature=finish.signature
        ),
        client_id=finish.client_id,
        process_data=finish.process_data,
        process_type=finish.process_type or "",
    )


def _members(archive: BinaryIO) -> ExportReader:
    archive.seek(0)
    return ExportReader(archive)
