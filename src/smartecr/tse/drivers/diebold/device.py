"""The driver of Diebold Nixdorf's TSE: one at a USB port, or several in a ConnectBox in the network."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Self
from uuid import uuid4

from smartecr.tse import selection as selections
from smartecr.tse.api import (
    ALL,
    Capability,
    ExportReceipt,
    Finished,
    Found,
    Lifecycle,
    Selection,
    Started,
    TseInfo,
    Updated,
)
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.drivers import archive, limits
from smartecr.tse.drivers.diebold import description, errors, exports, frames, values
from smartecr.tse.drivers.diebold.commands import Command, State
from smartecr.tse.drivers.diebold.description import Identity
from smartecr.tse.drivers.diebold.errors import DeviceError
from smartecr.tse.drivers.diebold.session import Session, speaking
from smartecr.tse.drivers.line import Line, SerialLine, TcpLine
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseClientUnknown,
    TseDecommissioned,
    TseError,
    TseInvalidParameter,
    TseNotSupported,
    TseSelfTestFailed,
    TseTimeout,
    TseUnexportedData,
)

PORT = 5001
#: every device knows this client from the maker on, for what is asked before there is another
MAKERS_CLIENT = "DN TSEProduction ef82abcedf"
MOST_DATA = 32 * 1024
_PIECE = 512
_USERS = {Role.ADMIN: "1", Role.TIME_ADMIN: "2"}
_LARGEST_EXPORT = 16 << 30
#: seconds: signing, and testing itself
_SIGNING = 5.0
_SELF_TEST = 120.0


class DieboldTse:
    """A TSE that speaks Diebold Nixdorf's native protocol; implements ``smartecr.tse.api.Tse``.

    Its PINs are the maker's: how to change them is not public. ``clock`` gives unix seconds UTC.
    """

    kind = "diebold"
    capabilities = (
        Capability.INITIALIZE
        | Capability.SELF_TEST
        | Capability.SET_TIME
        | Capability.DEREGISTER
        | Capability.UPDATE
        | Capability.FILTER
        | Capability.DELETE
        | Capability.DECOMMISSION
    )
    credential_rules = CredentialRules(pin_length=5, puk_length=0, given_pins=True)

    def __init__(
        self,
        line: Line,
        *,
        slot: int = 1,
        largest_export: int = _LARGEST_EXPORT,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._clock = clock
        self._largest_export = largest_export
        self._session = Session(line, slot, monotonic=monotonic, new_id=new_id)
        self._identity: Identity | None = None
        self._exported: ExportReceipt | None = None
        try:
            with speaking():
                self._session.ask(Command.GET_COUNTRY_INFO)
                self._session.ask(Command.SET_ASB, "0")
                self._ensure_client()
                exports.reset(self._session)
        except BaseException:
            self._session.close()
            raise

    @classmethod
    def at_port(cls, path: str) -> Self:
        """Open the TSE at a serial port (``/dev/ttyACM0``)."""
        return cls(SerialLine(path))

    @classmethod
    def at_host(cls, host: str, port: int = PORT, slot: int = 1) -> Self:
        """Open the TSE in a slot of a ConnectBox."""
        return cls(TcpLine(host, port), slot=slot)

    def close(self) -> None:
        """Release the line."""
        self._session.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        with speaking():
            self._ensure_client()
            slot_info = self._session.ask(Command.GET_SLOT_INFO, self._session.slot)
            if self._identity is None or not self._identity.serial:
                self._identity = description.learn(self._session, description.lifecycle(slot_info))
            return description.describe(self._session, slot_info, self._identity)

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new device into operation; the administrator's PIN is the maker's and stays."""
        limits.check_client_id(client_id)
        session = self._session
        with speaking():
            self._ensure_client()
            state = description.lifecycle(session.ask(Command.GET_SLOT_INFO, session.slot))
            if state is Lifecycle.DECOMMISSIONED:
                raise TseDecommissioned("slot status")
            if state is Lifecycle.INITIALIZED:
                raise TseAlreadyInitialized("slot status")
            self.authenticate_user(Role.ADMIN, credentials.admin_pin)
            try:
                session.select(client_id)
                session.ask(Command.REGISTER_CLIENT, session.slot)
                self._test()
                session.ask(Command.INITIALIZE, session.slot, "", timeout=_SELF_TEST)
                session.ask(Command.UPDATE_TIME, values.moment(int(self._clock())))
            finally:
                with suppress(TseError):
                    self.log_out(Role.ADMIN)

    def decommission(self) -> None:
        """End the device's life for good."""
        with speaking():
            self._ensure_client()
            self._session.ask(Command.DISABLE, self._session.slot, timeout=_SIGNING)

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in; the device does not tell how many tries are left."""
        with speaking(role):
            self._ensure_client()
            if not pin.reveal().isdigit():
                raise TseInvalidParameter("a PIN of this device has digits only")
            with _although_expired():
                answer = self._session.ask(
                    Command.LOG_IN, self._session.slot, _USERS[role], pin.reveal().decode(), timeout=_SIGNING
                )
                if frames.number(values.at(answer, 0)) > 1:
                    raise TseAuthenticationFailed(f"result {answer[0].decode()}")

    def log_out(self, role: Role) -> None:
        """Log a user out; harmless when not logged in."""
        with speaking(role), suppress(DeviceError):
            self._ensure_client()
            self._session.ask(Command.LOG_OUT, self._session.slot, _USERS[role])

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:  # noqa: ARG002
        """Not by this driver: how the device wants it told is not public."""
        raise TseNotSupported("by the maker's tool only")

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this driver: how the device wants it told is not public."""
        raise TseNotSupported("by the maker's tool only")

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this driver: how the device wants it told is not public."""
        raise TseNotSupported("by the maker's tool only")

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:
        """Test the device."""
        with speaking():
            self._session.select(client_id or MAKERS_CLIENT)
            self._test()

    def update_time(self, unix: int) -> None:
        """Set the device's clock; an expired certificate does not hinder that."""
        with speaking(Role.TIME_ADMIN):
            self._ensure_client()
            with _although_expired():
                self._session.ask(Command.UPDATE_TIME, values.moment(unix), timeout=_SIGNING)

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        limits.check_client_id(client_id)
        with speaking():
            self._session.select(client_id)
            self._session.ask(Command.REGISTER_CLIENT, self._session.slot, timeout=_SIGNING)

    def deregister_client(self, client_id: str) -> None:
        """Remove a client."""
        limits.check_client_id(client_id)
        with speaking():
            self._session.select(client_id)
            self._session.ask(Command.DEREGISTER_CLIENT, self._session.slot, timeout=_SIGNING)

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction."""
        with speaking():
            commands = (Command.START_INIT, Command.START_END)
            answer = self._sign(commands, client_id, (), process_data, process_type)
            signed = values.signed(answer)
            return Started(
                transaction_number=frames.number(values.at(answer, 1)),
                log_time=signed.log_time,
                signature_counter=signed.signature_counter,
                signature=signed.signature,
            )

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated | None:
        """Add data to an open transaction; signed at once."""
        with speaking():
            commands = (Command.UPDATE_INIT, Command.UPDATE_END)
            answer = self._sign(commands, client_id, (str(transaction_number),), process_data, process_type)
            signed = values.signed(answer)
            return Updated(**signed._asdict())

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        with speaking():
            commands = (Command.FINISH_INIT, Command.FINISH_END)
            answer = self._sign(commands, client_id, (str(transaction_number),), process_data, process_type)
            signed = values.signed(answer)
            return Finished(**signed._asdict())

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored, by an export of this one transaction."""
        if transaction_number < 1:
            return Found(state="unknown")
        chosen = Selection(transactions=(transaction_number, transaction_number))
        with speaking():
            self._ensure_client()
            with exports.fetch(self._session, chosen, self._largest_export) as content:
                return selections.find(content, transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:  # noqa: ARG002
        """Not on this device: it does not tell the highest number."""
        raise TseNotSupported("the device does not tell its last transaction")

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions of all clients, ascending."""
        with speaking():
            self._ensure_client()
            return sorted(frames.number(value) for value in self._session.values(Command.GET_STARTED_TRANSACTIONS))

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv."""
        self._exported = None
        with speaking():
            self._ensure_client()
            with exports.fetch(self._session, selection, self._largest_export) as content:
                receipt = archive.deliver(content, sink, selection, int(self._clock()))
        if selection == ALL:
            self._exported = receipt
        return receipt

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete the messages of the last full export."""
        if receipt != self._exported:
            raise TseUnexportedData("not the receipt of the last full export")
        with speaking():
            size = str(receipt.size - len(archive.END_BLOCKS))
            answer = self._session.ask(Command.DELETE_EXPORTED_DATA, self._session.slot, size, timeout=_SELF_TEST)
            if frames.number(values.at(answer, 0)) == 2:
                raise TseUnexportedData("not completely exported")
        self._exported = None

    # ---- inside

    def _ensure_client(self) -> None:
        """Have some client selected; a device without any refuses nearly everything."""
        if not self._session.client:
            self._session.select(MAKERS_CLIENT)

    def _test(self) -> None:
        answer = self._session.ask(Command.RUN_SELF_TEST, self._session.slot, timeout=_SELF_TEST)
        result = frames.number(values.at(answer, 0))
        if result == 3:
            raise TseClientUnknown(self._session.client)
        if result != 1:
            raise TseSelfTestFailed(f"result {result}")

    def _sign(
        self,
        commands: tuple[Command, Command],
        client_id: str,
        head: tuple[str, ...],
        process_data: bytes,
        process_type: str,
    ) -> list[bytes]:
        """Have it signed in three steps: announce, hand the data over, sign."""
        limits.check_process(process_data, process_type, MOST_DATA)
        session = self._session
        begin, end = commands
        session.select(client_id)
        try:
            session.ask(begin, *head, str(len(process_data)), process_type, "0")
            for packet, start in enumerate(range(0, len(process_data), _PIECE)):
                piece = b64encode(process_data[start : start + _PIECE]).decode()
                session.ask(Command.TRANSACTION_DATA, str(packet), piece)
            return session.ask(end, timeout=_SIGNING)
        except (DeviceError, TseTimeout):
            self._void()
            raise

    def _void(self) -> None:
        """Take back a transaction command that was begun and not carried out."""
        with suppress(DeviceError, TseError, frames.FrameError):
            _, state = self._session.status()
            if state & State.COMMAND_OPEN:
                self._session.ask(Command.TRANSACTION_VOID)


@contextmanager
def _although_expired() -> Iterator[None]:
    """Pass over an expired certificate, of which the device only warns here."""
    try:
        yield
    except DeviceError as error:
        if error.code != errors.CERTIFICATE_EXPIRED:
            raise
