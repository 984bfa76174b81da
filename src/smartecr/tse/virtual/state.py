"""What a virtual TSE knows besides its stored messages: small, and derived from them alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from smartecr.tse import der, log_message
from smartecr.tse.errors import TseDamaged
from smartecr.tse.virtual.store import KIND_FINISH, KIND_START, Record


@dataclass(slots=True)
class OpenTransaction:
    """A started transaction: who started it and where its start message lies."""

    client_id: str
    offset: int


@dataclass(slots=True)
class State:
    """Counters and tables after the last message.

    ``log_time`` is the last message's time; time never runs backwards except by ``updateTime``.
    """

    signature_counter: int = 0
    transaction_number: int = 0
    log_time: int = 0
    clients: dict[str, None] = field(default_factory=dict)
    open: dict[int, OpenTransaction] = field(default_factory=dict)

    def apply(self, offset: int, record: Record, note_finished: Callable[[int, int, int], None]) -> None:
        """Take in one stored record. ``note_finished(number, start offset, finish offset)`` keeps the index.

        Raises TseDamaged when the record does not follow from the state.
        """
        if record.signature_counter != self.signature_counter + 1:
            raise TseDamaged(f"signature counter {record.signature_counter} after {self.signature_counter}")
        self.signature_counter = record.signature_counter
        self.log_time = record.log_time
        number = record.transaction_number
        if record.kind == KIND_START:
            self.transaction_number = number
            client_id = log_message.parse(record.message).client_id
            self.open[number] = OpenTransaction(client_id, offset)
        elif record.kind == KIND_FINISH:
            started = self.open.pop(number, None)
            if started is None:
                raise TseDamaged(f"finish of transaction {number} without start")
            note_finished(number, started.offset, offset)
        else:
            message = log_message.parse(record.message)
            if message.operation == "registerClient":
                _, start, stop = der.read_header(message.system_data, 0, len(message.system_data))
                self.clients[message.system_data[start:stop].decode()] = None

    def dump(self) -> object:
        """Make the JSON form for a checkpoint."""
        return {
            "signature_counter": self.signature_counter,
            "transaction_number": self.transaction_number,
            "log_time": self.log_time,
            "clients": list(self.clients),
            "open": [[number, entry.client_id, entry.offset] for number, entry in self.open.items()],
        }

    def load(self, content: object) -> None:
        """Take over a checkpoint. Raises TseDamaged when it has another shape."""
        try:
            fields = cast(dict[str, object], content)
            self.signature_counter, self.transaction_number, self.log_time = (
                int(cast(int, fields[name])) for name in ("signature_counter", "transaction_number", "log_time")
            )
            self.clients = dict.fromkeys(cast(list[str], fields["clients"]))
            entries = cast(list[tuple[int, str, int]], fields["open"])
            self.open = {number: OpenTransaction(client_id, offset) for number, client_id, offset in entries}
        except (TypeError, KeyError, ValueError) as error:
            raise TseDamaged(f"checkpoint: {error!r}") from None
