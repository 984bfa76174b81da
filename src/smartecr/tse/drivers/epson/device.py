"""The driver of Epson's TSE in a fiscal printer or a TSE server, reached by TCP."""

import time
from collections.abc import Callable
from typing import BinaryIO, Self

from smartecr.tse import selection as selections
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
from smartecr.tse.drivers.epson import commissioning, description, errors, exports, messages
from smartecr.tse.drivers.epson.description import Identity
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.logins import Logins, PinOf
from smartecr.tse.drivers.epson.messages import Fields
from smartecr.tse.drivers.epson.session import Session, speaking
from smartecr.tse.drivers.line import Line, TcpLine
from smartecr.tse.errors import (
    TseNotSupported,
    TsePinBlocked,
    TsePukBlocked,
    TseTransactionUnknown,
    TseUnexportedData,
)

PORT = 8009
DEVICE_ID = "local_TSE"
#: shared with every host as it leaves the maker
SECRET = Secret("EPSONKEY")
#: a request has 64 KiB; base64 and the rest of it leave this much for process data
MOST_DATA = 32 * 1024
#: no device of this kind holds more
_LARGEST_EXPORT = 16 << 30
_SELF_TEST = 90.0


class EpsonTse:
    """A TSE behind ePOS-Device XML; implements ``smartecr.tse.api.Tse``.

    ``pin_of`` gives the PINs entrusted to this program, or None: the host wants every client logged in as
    time administrator before it signs, and an administrator before it exports or lists. Each is used for nothing
    else, and never again after it was wrong. ``timeout`` is seconds for one function of the TSE.
    """

    kind = "epson"
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
    credential_rules = CredentialRules(pin_length=5, puk_length=6)

    def __init__(
        self,
        line: Line,
        pin_of: PinOf = lambda _: None,
        *,
        device_id: str = DEVICE_ID,
        secret: Secret = SECRET,
        timeout: float = 10.0,
        largest_export: int = _LARGEST_EXPORT,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._largest_export = largest_export
        self._identity: Identity | None = None
        try:
            self._session = Session(line, device_id, secret, timeout, monotonic)
            with speaking():
                description.lifecycle(self._session.storage_info())
        except BaseException:
            line.close()
            raise
        self._logins = Logins(self._session, pin_of)

    @classmethod
    def at(cls, host: str, pin_of: PinOf, *, port: int = PORT, device_id: str = DEVICE_ID) -> Self:
        """Open the TSE of a printer or TSE server in the shop's network."""
        return cls(TcpLine(host, port), pin_of, device_id=device_id)

    def close(self) -> None:
        """Log out who was logged in for signing and reading, give the device back, hang up."""
        self._logins.end()
        self._session.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        with speaking():
            told = self._session.storage_info()
            if self._identity is None or not self._identity.serial:
                self._identity = description.learn(self._session, told)
            return description.describe(told, self._identity)

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new device into operation; both users have one PUK, ``admin_puk``."""
        limits.check_client_id(client_id)
        with speaking():
            commissioning.initialize(self._session, credentials, client_id, int(self._clock()))

    def decommission(self) -> None:
        """End the device's life for good."""
        self._logins.require_admin()
        with speaking():
            self._session.ask("DisableSecureElement")

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in."""
        with speaking(role):
            self._logins.log_in(role, pin)

    def log_out(self, role: Role) -> None:
        """Log a user out."""
        with speaking(role):
            self._logins.log_out(role)

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK."""
        try:
            with speaking(role):
                self._session.unblock(role, puk, new_pin)
        except TsePinBlocked as error:
            raise TsePukBlocked(error.detail) from None

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this driver: how the host wants it told is not public."""
        raise TseNotSupported("a new PIN is set by the PUK")

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this driver: how the host wants it told is not public."""
        raise TseNotSupported("the PUK is set once")

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:  # noqa: ARG002 - the host tests under its own id
        """Test the device; a host it does not know yet is made known, if the administrator's PIN is entrusted."""
        with speaking():
            try:
                self._session.ask("RunTSESelfTest", timeout=_SELF_TEST)
            except HostError as error:
                if error.name != errors.CLIENT_NOT_REGISTERED:
                    raise
                self._logins.read(lambda: self._session.ask("SetUpForPrinter", timeout=_SELF_TEST))
                self._session.ask("RunTSESelfTest", timeout=_SELF_TEST)

    def update_time(self, unix: int) -> None:
        """Set the device's clock."""
        with speaking(Role.TIME_ADMIN):
            fields: Fields = {"userId": self._logins.time_user(), "newDateTime": messages.moment(unix)}
            self._session.ask("UpdateTime", {**fields, "useTimeSync": False})

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        limits.check_client_id(client_id)
        self._logins.require_admin()
        with speaking():
            self._session.ask("RegisterClient", {"clientId": client_id})
            self._logins.prepare(client_id)

    def deregister_client(self, client_id: str) -> None:
        """Remove a client."""
        limits.check_client_id(client_id)
        self._logins.require_admin()
        with speaking():
            self._session.ask("DeregisterClient", {"clientId": client_id})
        self._logins.forget(client_id)

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction."""
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking(Role.TIME_ADMIN):
            answer = self._sign("StartTransaction", client_id, {}, process_data, process_type)
            return Started(
                transaction_number=messages.number(answer, "transactionNumber"),
                log_time=messages.unix(answer, "logTime"),
                signature_counter=messages.number(answer, "signatureCounter"),
                signature=messages.signature(answer),
            )

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Add data to an open transaction; always signed at once."""
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking(Role.TIME_ADMIN):
            number: Fields = {"transactionNumber": transaction_number}
            answer = self._sign("UpdateTransaction", client_id, number, process_data, process_type)
            return Updated(
                log_time=messages.unix(answer, "logTime"),
                signature_counter=messages.number(answer, "signatureCounter"),
                signature=messages.signature(answer),
            )

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        limits.check_process(process_data, process_type, MOST_DATA)
        with speaking(Role.TIME_ADMIN):
            number: Fields = {"transactionNumber": transaction_number}
            answer = self._sign("FinishTransaction", client_id, number, process_data, process_type)
            return Finished(
                log_time=messages.unix(answer, "logTime"),
                signature_counter=messages.number(answer, "signatureCounter"),
                signature=messages.signature(answer),
            )

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored, by an export of this one transaction."""
        if transaction_number < 1:
            return Found(state="unknown")
        chosen = Selection(transactions=(transaction_number, transaction_number))
        with speaking():
            return self._logins.read(lambda: self._find(chosen))

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number."""
        with speaking():
            clients = [client_id] if client_id else self._logins.read(self._clients)
            highest = max((self._last_number(client) for client in clients), default=0)
        return self.find_transaction(highest)

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        with speaking(Role.TIME_ADMIN):
            answer = self._session.ask("GetStartedTransactionList", {"clientId": ""})
            entries = messages.entries(answer, "startedTransactionNumberList")
            return sorted(messages.number({"number": entry}, "number") for entry in entries)

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv."""
        with speaking():
            return self._logins.read(lambda: self._export(sink, selection))

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete what that export contained: the device deletes only at the end of an export, so it is made again."""
        self._logins.require_admin()
        with (
            speaking(),
            archive.spool() as copy,
            exports.fetch(self._session, ALL, self._largest_export) as (content, running),
        ):
            again = archive.deliver(content, copy, ALL, int(self._clock()))
            if (again.messages, again.first_counter, again.last_counter) != (
                receipt.messages,
                receipt.first_counter,
                receipt.last_counter,
            ):
                raise TseUnexportedData("the device holds other messages than that export")
            running.finalize(delete=True)

    # ---- inside

    def _sign(self, function: str, client_id: str, number: Fields, process_data: bytes, process_type: str) -> Fields:
        """Have it signed, the client logged in; once more when its log-in had run out and nothing was signed."""
        content = messages.process(process_data, process_type)
        fields: Fields = {"clientId": client_id, **number, **content, "additionalData": ""}
        self._logins.signing(client_id)
        try:
            return self._session.ask(function, fields)
        except HostError as error:
            if error.name != errors.TIME_ADMIN_MISSING:
                raise
            self._logins.forget(client_id)
            self._logins.signing(client_id)
            return self._session.ask(function, fields)

    def _find(self, chosen: Selection) -> Found:
        assert chosen.transactions is not None
        with exports.fetch(self._session, chosen, self._largest_export) as (content, _):
            return selections.find(content, chosen.transactions[0])

    def _export(self, sink: BinaryIO, selection: Selection) -> ExportReceipt:
        with exports.fetch(self._session, selection, self._largest_export) as (content, _):
            return archive.deliver(content, sink, selection, int(self._clock()))

    def _clients(self) -> list[str]:
        answer = self._session.ask("GetRegisteredClientList")
        return [entry for entry in messages.entries(answer, "registeredClientIdList") if isinstance(entry, str)]

    def _last_number(self, client_id: str) -> int:
        try:
            with speaking(Role.TIME_ADMIN):
                answer = self._session.ask("GetLastTransactionResponse", {"clientId": client_id})
        except TseTransactionUnknown:
            return 0
        return messages.number(answer, "transactionNumber")
