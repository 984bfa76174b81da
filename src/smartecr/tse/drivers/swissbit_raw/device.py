"""The experimental driver of Swissbit's TSE by its raw files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from smartecr.tse import logtime, selection
from smartecr.tse.api import (
    ALL,
    Capability,
    ExportReceipt,
    Finished,
    Found,
    Lifecycle,
    PinState,
    Selection,
    Started,
    TseInfo,
    Updated,
)
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.drivers import archive, certificates, limits
from smartecr.tse.drivers.blockfile import DirectFile
from smartecr.tse.drivers.swissbit import errors
from smartecr.tse.drivers.swissbit_raw import commissioning, mailbox, opcodes
from smartecr.tse.drivers.swissbit_raw.commissioning import PIN_LENGTH, PUK_LENGTH
from smartecr.tse.drivers.swissbit_raw.infoblock import InfoBlock
from smartecr.tse.drivers.swissbit_raw.opcodes import Event, Opcode, PayloadError, Signed, open_log, text, u32, u64
from smartecr.tse.drivers.swissbit_raw.transport import SELF_TEST_TIMEOUT, Refusal, Transport
from smartecr.tse.drivers.swissbit_raw.volume import Volume
from smartecr.tse.errors import (
    TseConnectionLost,
    TseExportFailed,
    TseForeign,
    TseInvalidParameter,
    TseNotAuthorized,
    TseNotInitialized,
    TseNotSupported,
    TseProtocolError,
)

T = TypeVar("T")

#: the seed of devices sold by Swissbit and most dealers; a dealer may set another
SEED = b"SwissbitSwissbit"
MOST_DATA = 32 * 1024
_STATES = {
    "uninitialized": Lifecycle.UNINITIALIZED,
    "initialized": Lifecycle.INITIALIZED,
    "decommissioned": Lifecycle.DECOMMISSIONED,
    "unknown": Lifecycle.DEACTIVATED,
}
_ALGORITHMS = {65: "ecdsa-plain-SHA256", 97: "ecdsa-plain-SHA384"}
#: how often the device is asked to sign data that have not all arrived yet
_COMMITS = 50
_MOST_CERTIFICATES = 1 << 18
_MOST_PAGES = 1000


class SwissbitRawTse:
    """A device on a mounted volume, without the maker's library; implements ``smartecr.tse.api.Tse``.

    The wire knows no log-out: this driver forgets a log-in by itself and lets nothing pass that needs it,
    until the next one. Only pulling the device logs its users out in truth.
    """

    kind = "swissbit_raw"
    capabilities = (
        Capability.INITIALIZE | Capability.SELF_TEST | Capability.SET_TIME | Capability.DEREGISTER | Capability.UPDATE
    )
    credential_rules = CredentialRules(pin_length=PIN_LENGTH, puk_length=PUK_LENGTH)

    def __init__(
        self, transport: Transport, volume: Volume, *, seed: bytes = SEED, clock: Callable[[], float] = time.time
    ) -> None:
        self._transport = transport
        self._volume = volume
        self._seed = seed
        self._clock = clock
        self._logged_in: set[Role] = set()
        self._certificates: tuple[bytes, ...] = ()
        try:
            self._serial = bytes.fromhex(volume.info().serial)
            self._reach()
        except BaseException:
            self.close()
            raise

    @classmethod
    def at(
        cls, folder: Path, *, seed: bytes = SEED, direct: bool = True, clock: Callable[[], float] = time.time
    ) -> Self:
        """Open the device whose volume is mounted at ``folder``; no other program gets it meanwhile."""
        box = DirectFile(folder / mailbox.FILE_NAME, direct=direct, lock=True)
        volume = Volume(lambda name: DirectFile(folder / name, direct=direct))
        return cls(Transport(box), volume, seed=seed, clock=clock)

    def close(self) -> None:
        """Release the files."""
        self._transport.close()
        self._volume.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        told = self._volume.info()
        chain = self._chain(told)
        return TseInfo(
            serial=told.serial,
            algorithm=_ALGORITHMS.get(len(told.public_key), ""),
            time_format=logtime.UNIX,
            public_key=told.public_key,
            certificates=chain,
            description="Swissbit TSE",
            is_test=certificates.is_test(chain),
            state=_STATES[told.state],
            certificate_expires=told.certificate_expires,
            certification_id=told.description or None,
            firmware=told.software,
            signature_counter=told.signatures,
            clients=self._clients(),
            max_clients=told.max_clients,
            open_transactions=told.open_transactions,
            max_open_transactions=told.max_open_transactions,
            signatures_remaining=max(0, told.max_signatures - told.signatures),
            max_signatures=told.max_signatures,
            storage_used=told.used_bytes,
            has_valid_time=told.has_valid_time,
            has_passed_self_test=told.has_passed_self_test,
            self_test_in=told.seconds_to_self_test,
            time_sync_in=told.seconds_to_time_sync,
            pins={
                Role.ADMIN: PinState(initial=not told.has_changed_admin_pin),
                Role.TIME_ADMIN: PinState(initial=not told.has_changed_time_admin_pin),
            },
        )

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new device into operation; devices before firmware 2.0.0 are refused."""
        limits.check_client_id(client_id)
        info = self._volume.info()
        commissioning.initialize(self._transport, info, self._seed, credentials, client_id, lambda: int(self._clock()))
        self._logged_in.clear()

    def decommission(self) -> None:
        """Not by this way."""
        raise TseNotSupported("the maker's tool ends the life of the device")

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in."""
        if len(pin.reveal()) != PIN_LENGTH:
            raise TseInvalidParameter(f"{PIN_LENGTH} characters are needed")
        commissioning.log_in(self._transport, role, pin)
        self._logged_in.add(role)

    def log_out(self, role: Role) -> None:
        """Forget the log-in."""
        self._logged_in.discard(role)

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:  # noqa: ARG002
        """Not by this way."""
        raise TseNotSupported("the maker's tool unblocks a PIN")

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this way."""
        raise TseNotSupported("the maker's tool changes a PIN")

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002
        """Not by this way."""
        raise TseNotSupported("the maker's tool changes the PUK")

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:
        """Test the device; it takes up to a minute, and the time is unknown afterwards."""
        try:
            self._transport.ask(Opcode.SELF_TEST, text(client_id), SELF_TEST_TIMEOUT)
        except Refusal as refusal:
            info = self._volume.info()
            passed = info.state == "uninitialized" or info.has_passed_self_test
            if refusal.status != errors.CLIENT_NOT_REGISTERED or not passed:
                raise errors.error("self test", refusal.status) from None

    def update_time(self, unix: int) -> None:
        """Set the device's clock."""
        limits.check_time(unix)
        self._need(Role.TIME_ADMIN, Role.ADMIN)
        self._transport.run(Opcode.UPDATE_TIME, u64(unix), Role.TIME_ADMIN)

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        limits.check_client_id(client_id)
        if client_id not in (self._clients() or ()):
            self._need(Role.ADMIN)
            self._transport.run(Opcode.REGISTER_CLIENT, text(client_id))

    def deregister_client(self, client_id: str) -> None:
        """Remove a client."""
        limits.check_client_id(client_id)
        self._need(Role.ADMIN)
        self._transport.run(Opcode.DEREGISTER_CLIENT, text(client_id))

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction."""
        answer = self._sign(Event.START, client_id, 0, process_data, process_type)
        return Started(
            transaction_number=answer.transaction_number,
            log_time=answer.log_time,
            signature_counter=answer.signature_counter,
            signature=answer.signature,
        )

    def update_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Updated:
        """Add data to an open transaction."""
        answer = self._sign(Event.UPDATE, client_id, transaction_number, process_data, process_type)
        return Updated(log_time=answer.log_time, signature_counter=answer.signature_counter, signature=answer.signature)

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        answer = self._sign(Event.FINISH, client_id, transaction_number, process_data, process_type)
        return Finished(
            log_time=answer.log_time, signature_counter=answer.signature_counter, signature=answer.signature
        )

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored, out of its whole export."""
        with archive.spool() as content:
            self._collect(content)
            return selection.find(content, transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:  # noqa: ARG002
        """Not by this way."""
        raise TseNotSupported("the device is not asked for its last transaction")

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        numbers: list[int] = []
        for _ in range(_MOST_PAGES):
            payload = self._transport.run(Opcode.LIST_OPEN, u32(len(numbers)) + text(""))
            page = _read(opcodes.open_transactions, payload)
            numbers += page
            if len(page) < opcodes.TRANSACTIONS_A_PAGE:
                return sorted(numbers)
        raise TseProtocolError("the list of open transactions has no end")

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv; the host selects."""
        with archive.spool() as content:
            self._collect(content)
            return archive.deliver(content, sink, selection, int(self._clock()))

    def delete_stored_data(self, receipt: ExportReceipt) -> None:  # noqa: ARG002
        """Not by this way."""
        raise TseNotSupported("the maker's tool deletes stored data")

    # ---- inside

    def _reach(self) -> None:
        """See that the device answers, whatever it says."""
        try:
            self._transport.ask(Opcode.LIST_OPEN, u32(0) + text(""))
        except Refusal:
            return

    def _need(self, *roles: Role) -> None:
        """Raise TseNotAuthorized unless one of the roles logged in through this driver."""
        if not self._logged_in.intersection(roles):
            raise TseNotAuthorized(role=roles[0])

    def _sign(self, event: Event, client_id: str, number: int, data: bytes, process_type: str) -> Signed:
        """Announce, write the data, have it signed; asked again only while data are on their way."""
        if event is not Event.START:
            limits.check_number(number)
        limits.check_process(data, process_type, MOST_DATA)
        arguments = open_log(event, client_id, number, len(data), process_type)
        block = _read(opcodes.number, self._transport.run(Opcode.OPEN_LOG, arguments))
        if data:
            self._volume.write(block, data)
        for _ in range(_COMMITS):
            try:
                signed = _read(opcodes.signed, self._transport.ask(Opcode.COMMIT))
            except Refusal as refusal:
                if refusal.status != errors.NOT_ENOUGH_DATA_WRITTEN:
                    raise errors.error(event.name, refusal.status) from None
            else:
                if signed.serial != self._serial:
                    raise TseForeign(f"serial {signed.serial.hex()}")
                return signed
        raise TseConnectionLost("the device did not get all the data")

    def _collect(self, content: BinaryIO) -> None:
        """Copy the device's archive, closed as an archive should be."""
        size = self._volume.info().export_bytes
        try:
            self._volume.copy(size, content)
            archive.close(content)
        except OSError as error:
            raise TseExportFailed(str(error)) from None

    def _chain(self, told: InfoBlock) -> tuple[bytes, ...]:
        """Read the certificates once; none before the device is in operation."""
        if not self._certificates and told.state != "uninitialized":
            content = b""
            while len(content) <= _MOST_CERTIFICATES:
                try:
                    piece = _read(opcodes.piece, self._transport.run(Opcode.CERTIFICATE, u32(len(content))))
                except (TseInvalidParameter, TseNotInitialized):
                    break
                if not piece:
                    break
                content += piece
            self._certificates = certificates.chain([content], told.serial)
        return self._certificates

    def _clients(self) -> tuple[str, ...] | None:
        """List the clients; None where the device tells them to a logged-in user alone."""
        registered = self._volume.info().clients
        found: list[str] = []
        while len(found) < registered:
            try:
                page = _read(opcodes.clients, self._transport.run(Opcode.LIST_CLIENTS, u32(len(found))))
            except (TseNotAuthorized, TseNotInitialized):
                return None
            if not page:
                break
            found += page
        return tuple(found)


def _read(read: Callable[[bytes], T], payload: bytes) -> T:
    """Read a payload. Raises TseProtocolError when it has another form."""
    try:
        return read(payload)
    except PayloadError as error:
        raise TseProtocolError(str(error)) from None
