"""What a virtual TSE knows besides its stored messages: small, and derived from its records alone."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import field
from typing import Any, cast

from smartecr.core.records import dataclass
from smartecr.tse import der, log_message
from smartecr.tse.api import Lifecycle
from smartecr.tse.errors import TseDamaged
from smartecr.tse.virtual.store import (
    KIND_FINISH,
    KIND_PRIVATE,
    KIND_START,
    KIND_UPDATE,
    Record,
)
from smartecr.tse.virtual.users import Users


@dataclass(slots=True)
class OpenTransaction:
    """A started transaction: who started it, where its start message lies, and updates not signed yet.

    ``pending_since`` is unix seconds, 0 without pending data.
    """

    client_id: str
    offset: int
    pending: bytes = b""
    pending_type: str = ""
    pending_since: int = 0


@dataclass(slots=True)
class State:
    """Counters and tables after the last record.

    ``log_time`` is the last message's time; time never runs backwards except by ``updateTime``, whose last
    time is ``time_set``. ``users`` is None until the device is put into operation, and on devices made
    before there were users.
    """

    signature_counter: int = 0
    transaction_number: int = 0
    log_time: int = 0
    time_set: int = 0
    lifecycle: Lifecycle = Lifecycle.UNINITIALIZED
    clients: dict[str, None] = field(default_factory=dict)
    users: Users | None = None
    open: dict[int, OpenTransaction] = field(default_factory=dict)

    def apply(self, offset: int, record: Record, note_finished: Callable[[int, int, int], None]) -> None:
        """Take in one stored record. ``note_finished(number, start offset, finish offset)`` keeps the index.

        Raises TseDamaged when the record does not follow from the state.
        """
        if record.kind == KIND_PRIVATE:
            self._apply_private(record)
            return
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
            note_finished(number, self._opened(number).offset, offset)
            del self.open[number]
        elif record.kind == KIND_UPDATE:
            self.note_pending(number, b"", "", 0)
        else:
            self._apply_system(log_message.parse(record.message))

    def note_pending(self, number: int, data: bytes, process_type: str, since: int) -> None:
        """Take note of all data of an open transaction that no message has signed yet."""
        opened = self._opened(number)
        opened.pending, opened.pending_type, opened.pending_since = data, process_type, since

    def _opened(self, number: int) -> OpenTransaction:
        try:
            return self.open[number]
        except KeyError:
            raise TseDamaged(f"message of transaction {number} without start") from None

    def _apply_system(self, message: log_message.LogMessage) -> None:
        match message.operation:
            case "registerClient":
                self.clients[_first_value(message.system_data)] = None
            case "deregisterClient":
                self.clients.pop(_first_value(message.system_data), None)
            case "updateTime":
                self.time_set = message.log_time
            case "initialize" | "unlockTransactionLogging":
                self.lifecycle = Lifecycle.INITIALIZED
            case "lockTransactionLogging":
                self.lifecycle = Lifecycle.DEACTIVATED
            case "disableSecureElement":
                self.lifecycle = Lifecycle.DECOMMISSIONED

    def _apply_private(self, record: Record) -> None:
        try:
            content = cast(dict[str, Any], json.loads(record.message))
            if "state" in content:
                self.load(content["state"])
            elif "users" in content:
                self.users = Users.load(content["users"])
            elif "pending" in content:
                number, data, process_type, since = content["pending"]
                self.note_pending(number, b64decode(data), process_type, since)
        except (ValueError, TypeError) as error:
            raise TseDamaged(f"private record: {error!r}") from None
        if record.signature_counter != self.signature_counter:
            raise TseDamaged(f"private record of {record.signature_counter} after {self.signature_counter}")

    def dump(self) -> dict[str, object]:
        """Make the JSON form for a checkpoint."""
        return {
            "signature_counter": self.signature_counter,
            "transaction_number": self.transaction_number,
            "log_time": self.log_time,
            "time_set": self.time_set,
            "lifecycle": self.lifecycle.value,
            "clients": list(self.clients),
            "users": self.users.dump() if self.users else None,
            "open": [
                [
                    number,
                    entry.client_id,
                    entry.offset,
                    b64encode(entry.pending).decode(),
                    entry.pending_type,
                    entry.pending_since,
                ]
                for number, entry in self.open.items()
            ],
        }

    def load(self, content: object) -> None:
        """Take over a checkpoint, also one from before there were users. Raises TseDamaged when it is none."""
        try:
            fields = cast(dict[str, Any], content)
            self.signature_counter, self.transaction_number, self.log_time = (
                int(fields[name]) for name in ("signature_counter", "transaction_number", "log_time")
            )
            self.time_set = int(fields.get("time_set", self.log_time))
            self.lifecycle = Lifecycle(fields.get("lifecycle", Lifecycle.INITIALIZED.value))
            self.clients = dict.fromkeys(fields["clients"])
            users = fields.get("users")
            self.users = None if users is None else Users.load(users)
            self.open = {}
            for number, client_id, offset, *pending in fields["open"]:
                self.open[number] = OpenTransaction(client_id, offset)
                if pending:
                    self.note_pending(number, b64decode(pending[0]), pending[1], pending[2])
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise TseDamaged(f"checkpoint: {error!r}") from None


def private(content: object, counter: int, log_time: int) -> Record:
    """Make the record that keeps what no log message says."""
    return Record(KIND_PRIVATE, counter, 0, log_time, json.dumps(content).encode())


def _first_value(system_data: bytes) -> str:
    _, start, stop = der.read_header(system_data, 0, len(system_data))
    return system_data[start:stop].decode()
