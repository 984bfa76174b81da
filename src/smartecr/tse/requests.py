"""What a register may ask of its TSE: each request gives a future at once. How they are carried out: ``service``."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import BinaryIO, Literal, TypeVar

from smartecr.tse.api import ALL, ExportReceipt, Finished, Found, Selection, Started, Tse
from smartecr.tse.connection import Connection
from smartecr.tse.housekeeping import Task
from smartecr.tse.resolution import Stranger, find_strangers

T = TypeVar("T")

Kind = Literal["start", "finish", "other", "operation"]

_EXPORT_TIMEOUT = 3600.0
#: a self test takes up to a minute
CARE_TIMEOUT = 120.0


class Requests(ABC):
    """The requests of one register; ``_submit`` brings them to the device."""

    _clients: Sequence[str]
    _connection: Connection

    @abstractmethod
    def _submit(
        self,
        call: Callable[[Tse], T],
        *,
        kind: Kind = "other",
        reference: str = "",
        client_id: str = "",
        number: int = 0,
        timeout: float | None = None,
    ) -> "Future[T]":
        """Have ``call`` made within ``timeout`` seconds (None: the usual limit); ``kind`` says what may follow."""

    def start(self, client_id: str, reference: str = "") -> "Future[Started]":
        """Open a transaction with empty data and type (DSFinV-K Anhang I)."""
        return self._submit(
            lambda device: device.start_transaction(client_id), kind="start", reference=reference, client_id=client_id
        )

    def finish(
        self,
        client_id: str,
        transaction_number: int,
        process_data: bytes | str,
        process_type: str,
        reference: str = "",
    ) -> "Future[Finished]":
        """Sign a transaction's content; text is sent as UTF-8."""
        data = process_data.encode() if isinstance(process_data, str) else process_data
        return self._submit(
            lambda device: device.finish_transaction(client_id, transaction_number, data, process_type),
            kind="finish",
            reference=reference,
            client_id=client_id,
            number=transaction_number,
        )

    def find(self, transaction_number: int) -> "Future[Found]":
        """Look up what the device stored about a transaction."""
        return self._submit(lambda device: device.find_transaction(transaction_number))

    def open_transactions(self) -> "Future[list[int]]":
        """Ask for the numbers of all open transactions."""
        return self._submit(lambda device: device.open_transactions())

    def strangers(self, known: Collection[int]) -> "Future[list[Stranger]]":
        """Ask for this register's open transactions that its books do not know, to be closed as AVBelegabbruch."""
        return self._submit(lambda device: find_strangers(device, known, self._clients))

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> "Future[ExportReceipt]":
        """Write the export, also of a device that signs no more; signing waits meanwhile: outside business hours."""
        return self._submit(
            lambda device: self._connection.export(device, sink, selection), kind="operation", timeout=_EXPORT_TIMEOUT
        )

    def operate(self, call: Callable[[Tse], T]) -> "Future[T]":
        """Have a person's request done (commissioning, PIN, deletion), also at a device that is out of order.

        It goes before waiting calls and may take two minutes; the device is looked at anew afterwards.
        """
        return self._submit(call, kind="operation", timeout=CARE_TIMEOUT)

    def care(self, task: Task) -> "Future[None]":
        """Have a self test made or the time set now, because a person asks for it."""
        return self.operate(lambda device: self._connection.care(device, task))
