"""The virtual TSE itself: the operations of TR-03151 as ``smartecr.tse.api.Tse`` names them."""

import re
from typing import BinaryIO

from smartecr.tse import log_message
from smartecr.tse.api import (
    ALL,
    ExportReceipt,
    Finished,
    Found,
    Selection,
    Started,
    Updated,
)
from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseClientUnknown,
    TseInvalidParameter,
    TseStorageFull,
    TseTooManyTransactions,
    TseTransactionUnknown,
    TseUnexportedData,
)
from smartecr.tse.virtual import events, exporting
from smartecr.tse.virtual.administration import Administration, refuse_open
from smartecr.tse.virtual.state import OpenTransaction, private
from smartecr.tse.virtual.store import KIND_FINISH, KIND_START, KIND_UPDATE

_PROCESS_TYPE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]{0,100}")
_MOST_DATA = 32 * 1024


class VirtualTse(Administration):
    """A software TSE in a folder, factory-new at the first opening; implements ``smartecr.tse.api.Tse``.

    Arguments and errors of opening are those of ``Administration``.
    """

    _exported: ExportReceipt | None = None

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction and sign its start."""
        with self._mutex:
            self._reach()
            if client_id not in self._state.clients:
                self._recorder.alive()
                raise TseClientUnknown(client_id)
            _check_content(process_data, process_type)
            if len(self._state.open) >= self.limits.max_open:
                raise TseTooManyTransactions(f"{self.limits.max_open} are open")
            if not self._recorder.storage_left:
                self._recorder.alive()
                raise TseStorageFull("no room for new transactions")
            number = self._state.transaction_number + 1
            offset, record, signature = self._recorder.transaction(
                KIND_START, log_message.START, client_id, number, process_data, process_type
            )
            self._state.transaction_number = number
            self._state.open[number] = OpenTransaction(client_id, offset)
            self._recorder.answer()
            return Started(
                transaction_number=number,
                log_time=record.log_time,
                signature_counter=record.signature_counter,
                signature=signature,
            )

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Sign more data of an open transaction, or keep them until they are signed with the finish."""
        with self._mutex:
            self._reach()
            opened = self._opened(client_id, transaction_number)
            _check_content(opened.pending + process_data, process_type)
            if not self.limits.gathers_updates:
                answer = self._update(transaction_number, process_data, process_type, gathered=False)
                self._recorder.answer()
                return answer
            at = self._recorder.ready_time()
            pending = (opened.pending + process_data, process_type, opened.pending_since or at)
            self._recorder.keep_pending(transaction_number, *pending)
            return None

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        with self._mutex:
            self._reach()
            started = self._opened(client_id, transaction_number)
            data = started.pending + process_data
            _check_content(data, process_type)
            offset, record, signature = self._recorder.transaction(
                KIND_FINISH,
                log_message.FINISH,
                client_id,
                transaction_number,
                data,
                process_type,
                gathered=bool(started.pending),
            )
            del self._state.open[transaction_number]
            self._recorder.store.note_finished(transaction_number, started.offset, offset)
            self._recorder.answer()
            return Finished(log_time=record.log_time, signature_counter=record.signature_counter, signature=signature)

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what is stored about a transaction."""
        with self._mutex:
            self._reach()
            return self._find(transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number."""
        with self._mutex:
            self._reach()
            for number in range(self._state.transaction_number, 0, -1):
                found = self._find(number)
                if found.state == "unknown":
                    break
                if found.client_id == client_id or not client_id:
                    return found
            return Found(state="unknown")

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        with self._mutex:
            self._reach()
            return sorted(self._state.open)

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write info.csv, certificates, then the messages in counter order."""
        with self._mutex:
            self._reach()
            receipt = exporting.export(self._recorder, sink, selection)
            if selection == ALL:
                self._exported = receipt
            return receipt

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete what the last export of everything contained; log-ins since then stay."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            role = self._accounts.require(Role.ADMIN)
            refuse_open(self._state.open)
            if receipt != self._exported:
                raise TseUnexportedData("no receipt of the last export of everything")
            later = exporting.system_records_after(self._recorder, receipt.last_counter)
            state = private(
                {"state": self._state.dump() | {"signature_counter": receipt.last_counter}},
                receipt.last_counter,
                self._state.log_time,
            )
            self._recorder.rewrite([state, *later], events.delete_stored_data(role))
            self._exported = None

    def read_log_message(self) -> bytes:
        """Give the last log message, as stored."""
        with self._mutex:
            self._reach()
            return exporting.last_message(self._recorder)

    def export_serial_numbers(self) -> bytes:
        """Give the device's serial number and what it signs, as TR-03151 encodes it."""
        with self._mutex:
            self._reach()
            return exporting.serial_numbers(self._recorder.identity.serial)

    # ---- inside

    def _reach(self) -> None:
        """Everything begins here; updates that must not wait any longer are signed in passing."""
        self._recorder.reach()
        if self.limits.gathers_updates:
            for number in self._recorder.overdue_updates():
                opened = self._state.open[number]
                self._update(number, opened.pending, opened.pending_type, gathered=True)

    def _update(self, number: int, data: bytes, process_type: str, *, gathered: bool) -> Updated:
        client_id = self._state.open[number].client_id
        _, record, signature = self._recorder.transaction(
            KIND_UPDATE, log_message.UPDATE, client_id, number, data, process_type, gathered=gathered
        )
        self._state.note_pending(number, b"", "", 0)
        return Updated(log_time=record.log_time, signature_counter=record.signature_counter, signature=signature)

    def _opened(self, client_id: str, number: int) -> OpenTransaction:
        opened = self._state.open.get(number)
        if opened is None or opened.client_id != client_id:
            self._recorder.alive()
            raise TseTransactionUnknown(f"number {number} of {client_id!r} is not open")
        return opened

    def _find(self, number: int) -> Found:
        opened = self._state.open.get(number)
        if opened is not None:
            return exporting.found_open(self._recorder, opened.offset)
        if not 1 <= number <= self._state.transaction_number:
            return Found(state="unknown")
        return exporting.found_finished(self._recorder, number)


def _check_content(process_data: bytes, process_type: str) -> None:
    if len(process_data) > _MOST_DATA:
        raise TseInvalidParameter(f"processData of {len(process_data)} bytes")
    if not _PROCESS_TYPE.fullmatch(process_type):
        raise TseInvalidParameter(f"processType {process_type!r}")
