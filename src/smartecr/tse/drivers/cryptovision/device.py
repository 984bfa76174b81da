"""The driver of cryptovision's TSE, sold also by D-Trust and Bundesdruckerei (microSD, SD, USB)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self

from smartecr.tse import selection
from smartecr.tse.api import (
    ALL,
    Capability,
    ExportReceipt,
    Finished,
    Found,
    Selection,
    Started,
    TseInfo,
    Updated,
)
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.drivers import archive, limits
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.cryptovision import answers, commands, commissioning, errors, exports, frames
from smartecr.tse.drivers.cryptovision.answers import Signed
from smartecr.tse.drivers.cryptovision.commands import Code, Short, Status
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.identity import Identity, clients, describe, learn
from smartecr.tse.drivers.cryptovision.session import PIN_LENGTH, PUK_LENGTH, Session, speaking
from smartecr.tse.drivers.cryptovision.transport import Transport
from smartecr.tse.errors import (
    TseError,
    TseForeign,
    TseInternalError,
    TseNotAuthorized,
    TseNotSupported,
    TseSelfTestFailed,
    TseTooManyClients,
    TseTooManyTransactions,
    TseUnexportedData,
    TseUnfinishedTransactions,
)

#: a command has room for this much besides its other values
MOST_DATA = 7 * 1024
#: how far back the last transaction of a client is looked for at first
_LOOK_BACK = 64


class CryptovisionTse:
    """A card behind ``TSE-IO.bin``; implements ``smartecr.tse.api.Tse``.

    ``clock`` (unix seconds UTC) gives the time the card needs while it is put into operation.
    """

    kind = "cryptovision"
    capabilities = (
        Capability.INITIALIZE
        | Capability.PIN_MANAGEMENT
        | Capability.SELF_TEST
        | Capability.SET_TIME
        | Capability.DEREGISTER
        | Capability.UPDATE
        | Capability.FILTER
        | Capability.LAST_TRANSACTION
        | Capability.DELETE
        | Capability.DECOMMISSION
    )
    credential_rules = CredentialRules(pin_length=PIN_LENGTH, puk_length=PUK_LENGTH, two_puks=True)

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._session = Session(transport)
        self._identity: Identity | None = None
        self._exported: ExportReceipt | None = None
        try:
            with speaking():
                self._session.wake()
        except BaseException:
            self._session.release()
            raise

    @classmethod
    def at(cls, folder: Path, *, direct: bool = True, clock: Callable[[], float] = time.time) -> Self:
        """Open the card whose volume is mounted at ``folder``; no other program gets it meanwhile."""
        return cls(Transport(DirectFile(folder / frames.FILE_NAME, direct=direct, lock=True, padded=True)), clock)

    def close(self) -> None:
        """Let the card sleep and release it."""
        self._session.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        with speaking():
            return describe(self._session, self._identify())

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new card into operation."""
        limits.check_client_id(client_id)
        with speaking():
            commissioning.initialize(self._session, credentials, client_id, int(self._clock()))
        self._identity = None

    def decommission(self) -> None:
        """End the card's life for good."""
        self._refuse_open()
        with speaking():
            self._session.ask(Code.DISABLE)

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in."""
        with speaking(role):
            self._session.log_in(role, pin)

    def log_out(self, role: Role) -> None:
        """Log a user out."""
        try:
            with speaking(role):
                self._session.log_out(role)
        except TseNotAuthorized:
            return

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK."""
        with speaking(role):
            self._session.unblock(role, puk, new_pin)

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not on this card: a new PIN is set by the PUK."""
        raise TseNotSupported("a new PIN is set by the PUK")

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not on this card."""
        raise TseNotSupported("the PUK is set once")

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:  # noqa: ARG002 - this card tests itself whoever asks
        """Start the card anew; it tests itself then."""
        with speaking():
            try:
                self._session.wake()
            except CardError as error:
                raise TseSelfTestFailed(str(error)) from None

    def update_time(self, unix: int) -> None:
        """Set the card's clock."""
        limits.check_time(unix)
        with speaking(Role.TIME_ADMIN):
            self._session.ask(Code.UPDATE_TIME, commands.number(unix))

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Map a client to the card's key."""
        limits.check_client_id(client_id)
        with speaking(meanings={errors.NO_STORAGE: TseTooManyClients}):
            serial = self._known().serial
            if client_id not in clients(self._session, serial):
                self._session.ask(Code.MAP_ERS_TO_KEY, client_id, serial)

    def deregister_client(self, client_id: str) -> None:
        """Take a client's mapping away."""
        limits.check_client_id(client_id)
        with speaking(meanings={errors.PARAMETER_MISMATCH: TseUnfinishedTransactions}):
            self._session.ask(Code.MAP_ERS_TO_KEY, client_id, b"")

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction."""
        limits.check_process(process_data, process_type, MOST_DATA)
        try:
            with speaking():
                answer = self._session.ask(Code.START_TRANSACTION, client_id, process_data, process_type, b"")
                number = answers.number(answer)
                signed = self._own(answers.signed(answer, 1))
        except TseTooManyTransactions as error:
            self._ensure_too_many(error)
            raise
        return Started(
            transaction_number=number,
            log_time=signed.log_time,
            signature_counter=signed.signature_counter,
            signature=signed.signature,
        )

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Add data to an open transaction."""
        limits.check_number(transaction_number)
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking():
            answer = self._session.ask(
                Code.UPDATE_TRANSACTION, commands.number(transaction_number), client_id, process_data, process_type
            )
            if not answer:
                return None
            signed = self._own(answers.signed(answer))
        return Updated(log_time=signed.log_time, signature_counter=signed.signature_counter, signature=signed.signature)

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        limits.check_number(transaction_number)
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking():
            answer = self._session.ask(
                Code.FINISH_TRANSACTION,
                commands.number(transaction_number),
                client_id,
                process_data,
                process_type,
                b"",
            )
            signed = self._own(answers.signed(answer))
        return Finished(
            log_time=signed.log_time, signature_counter=signed.signature_counter, signature=signed.signature
        )

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the card stored, by an export of this one transaction."""
        if not 0 < transaction_number <= self._highest():
            return Found(state="unknown")
        chosen = Selection(transactions=(transaction_number, transaction_number))
        with speaking(), exports.fetch(self._session, self._known().serial, chosen, self._sleep) as content:
            return selection.find(content, transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number."""
        highest = self._highest()
        if not client_id:
            return self.find_transaction(highest)
        span = _LOOK_BACK
        while highest > 0:
            chosen = Selection(transactions=(max(1, highest - span + 1), highest), client_id=client_id)
            with speaking(), exports.fetch(self._session, self._known().serial, chosen, self._sleep) as content:
                found = selection.last(content, client_id)
            if found.state != "unknown":
                return found
            highest -= span
            span *= 8
        return Found(state="unknown")

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        with speaking():
            count = self._session.status(Status.OPEN_COUNT)
            behind = self._session.transport.call_raw(Code.GET_STATUS, Short(Status.OPEN_TRANSACTIONS))
            return sorted(answers.open_transactions(behind, count))

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv."""
        self._exported = None
        with speaking(), exports.fetch(self._session, self._known().serial, selection, self._sleep) as content:
            receipt = archive.deliver(content, sink, selection, int(self._clock()))
        if selection == ALL:
            self._exported = receipt
        return receipt

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete the messages of the last full export."""
        if receipt != self._exported:
            raise TseUnexportedData("not the receipt of the last full export")
        with speaking(meanings={errors.PARAMETER_MISMATCH: TseUnfinishedTransactions}):
            self._session.ask(Code.DELETE_DATA_UP_TO, self._known().serial, commands.number(receipt.last_counter))
        self._exported = None

    # ---- inside

    def _identify(self) -> Identity | None:
        if self._identity is None:
            self._identity = learn(self._session)
        return self._identity

    def _known(self) -> Identity:
        identity = self._identify()
        if identity is None:
            raise CardError(errors.NOT_INITIALIZED)
        return identity

    def _highest(self) -> int:
        with speaking():
            return self._session.status(Status.TRANSACTION_COUNTER)

    def _own(self, signed: Signed) -> Signed:
        """See that the signature is this card's."""
        if self._identity is not None and signed.serial != self._identity.serial:
            raise TseForeign(f"serial {signed.serial.hex()}")
        return signed

    def _refuse_open(self) -> None:
        count = len(self.open_transactions())
        if count:
            raise TseUnfinishedTransactions(f"{count} are open")

    def _ensure_too_many(self, error: TseError) -> None:
        """The card has one code for every failed start; raise TseInternalError unless its limit is reached."""
        with speaking():
            if self._session.status(Status.OPEN_COUNT) < self._known().max_transactions:
                raise TseInternalError(error.detail)
