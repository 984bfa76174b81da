"""The driver of Swissbit's TSE over libWormAPI."""

import ctypes
import time
from collections.abc import Callable
from contextlib import suppress
from ctypes import byref, c_int, c_uint64, c_void_p
from pathlib import Path
from typing import BinaryIO, Self

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
from smartecr.tse.drivers.swissbit import log, status
from smartecr.tse.drivers.swissbit.library import Library
from smartecr.tse.drivers.swissbit.prototypes import (
    TRANSACTIONS_A_PAGE,
    ExportCallback,
)
from smartecr.tse.drivers.swissbit.session import Session, Signed
from smartecr.tse.drivers.swissbit_raw import infoblock
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseClientUnknown,
    TseDecommissioned,
    TseError,
    TseExportFailed,
    TseForeign,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TseProtocolError,
    TsePukBlocked,
    TseUnexportedData,
)

#: the seed of devices sold by Swissbit and most dealers; a dealer may set another
SEED = b"SwissbitSwissbit"
PIN_LENGTH = 5
PUK_LENGTH = 6
MOST_DATA = 32 * 1024
_MOST_OPEN = 100_000
_USERS = {Role.ADMIN: 1, Role.TIME_ADMIN: 2}


class SwissbitTse:
    """A device on a mounted volume; implements ``smartecr.tse.api.Tse``.

    ``presence`` is the open ``TSE_INFO.DAT`` (locked, so that no other program gets the device); it tells a
    device that was pulled from one that fails. ``seed`` is the dealer's, needed once to put the device into
    operation: a wrong one costs tries of the PUK.
    """

    kind = "swissbit"
    capabilities = (
        Capability.INITIALIZE
        | Capability.PIN_MANAGEMENT
        | Capability.SELF_TEST
        | Capability.SET_TIME
        | Capability.DEREGISTER
        | Capability.UPDATE
        | Capability.LAST_TRANSACTION
        | Capability.DELETE
        | Capability.DECOMMISSION
    )
    credential_rules = CredentialRules(pin_length=PIN_LENGTH, puk_length=PUK_LENGTH)

    def __init__(
        self,
        library: Library,
        folder: Path,
        presence: DirectFile,
        *,
        seed: bytes = SEED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._seed = seed
        self._clock = clock
        self._certificates: tuple[bytes, ...] = ()
        self._exported: ExportReceipt | None = None
        self._session = Session(library, folder, presence)
        try:
            self._serial = status.serial(self._session)
        except BaseException:
            self._session.close()
            raise

    @classmethod
    def at(cls, folder: Path, library: Path, *, seed: bytes = SEED, clock: Callable[[], float] = time.time) -> Self:
        """Open the device whose volume is mounted at ``folder`` with the maker's library file ``library``."""
        loaded = Library.load(library)
        presence = DirectFile(folder / infoblock.FILE_NAME, direct=False, writable=False, lock=True)
        return cls(loaded, folder, presence, seed=seed, clock=clock)

    def close(self) -> None:
        """End the library's context and release the device."""
        self._session.close()

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        session = self._session
        self._certificates = self._certificates or status.chain(session, self._serial)
        clients = status.clients(session)
        return session.info(lambda info: status.describe(session.library, info, self._certificates, clients))

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put a factory-new device into operation; may be repeated with the same values after a cut."""
        limits.check_client_id(client_id)
        _check_lengths(PIN_LENGTH, credentials.admin_pin, credentials.time_admin_pin)
        _check_lengths(PUK_LENGTH, credentials.admin_puk)
        state = self._session.info(lambda info: self._session.library.call("worm_info_initializationState", info))
        if state == 1:
            raise TseAlreadyInitialized(self._serial.hex())
        if state != 0:
            raise TseDecommissioned(self._serial.hex())
        secrets = (credentials.admin_puk, credentials.admin_pin, credentials.time_admin_pin)
        values = [value for secret in secrets for value in (secret.reveal(), len(secret.reveal()))]
        self._session.run("worm_tse_setup", self._seed, len(self._seed), *values, client_id.encode("ascii"))
        for role in Role:
            self.log_out(role)

    def decommission(self) -> None:
        """End the device's life for good."""
        self._session.run("worm_tse_decommission")

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in."""
        _check_lengths(PIN_LENGTH, pin)
        self._session.present("worm_user_login", _USERS[role], *_counted(pin))

    def log_out(self, role: Role) -> None:
        """Log a user out."""
        try:
            self._session.run("worm_user_logout", _USERS[role])
        except TseNotAuthorized:
            return

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK."""
        _check_lengths(PUK_LENGTH, puk)
        _check_lengths(PIN_LENGTH, new_pin)
        self._session.present(
            "worm_user_unblock", _USERS[role], *_counted(puk), *_counted(new_pin), blocked=TsePukBlocked
        )

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PIN."""
        _check_lengths(PIN_LENGTH, old, new)
        self._session.present("worm_user_change_pin", _USERS[role], *_counted(old), *_counted(new))

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:  # noqa: ARG002 - one PUK for both users
        """Change the device's PUK."""
        _check_lengths(PUK_LENGTH, old, new)
        self._session.present("worm_user_change_puk", *_counted(old), *_counted(new), blocked=TsePukBlocked)

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:
        """Test the device; it takes up to a minute, and the time is unknown afterwards."""
        try:
            self._session.run("worm_tse_runSelfTest", client_id.encode("ascii", "replace"))
        except TseClientUnknown:
            if not self._session.info(self._passed_or_new):
                raise

    def update_time(self, unix: int) -> None:
        """Set the device's clock."""
        limits.check_time(unix)
        self._session.run("worm_tse_updateTime", unix, role=Role.TIME_ADMIN)

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        limits.check_client_id(client_id)
        if client_id not in (status.clients(self._session) or ()):
            self._session.run("worm_tse_registerClient", client_id.encode("ascii"))

    def deregister_client(self, client_id: str) -> None:
        """Remove a client."""
        limits.check_client_id(client_id)
        self._session.run("worm_tse_deregisterClient", client_id.encode("ascii"))

    # ---- transactions

    def start_transaction(self, client_id: str, process_data: bytes = b"", process_type: str = "") -> Started:
        """Open a transaction."""
        answer = self._sign("worm_transaction_start", client_id, None, process_data, process_type)
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
        answer = self._sign("worm_transaction_update", client_id, transaction_number, process_data, process_type)
        return Updated(log_time=answer.log_time, signature_counter=answer.signature_counter, signature=answer.signature)

    def finish_transaction(
        self, client_id: str, transaction_number: int, process_data: bytes, process_type: str
    ) -> Finished:
        """Sign the transaction's content and close it."""
        answer = self._sign("worm_transaction_finish", client_id, transaction_number, process_data, process_type)
        return Finished(
            log_time=answer.log_time, signature_counter=answer.signature_counter, signature=answer.signature
        )

    def find_transaction(self, transaction_number: int) -> Found:
        """Read back what the device stored, from the end of its log."""
        self._session.ensure_there()
        return log.find(log.backwards(self._session.library, self._session.context), transaction_number)

    def last_transaction(self, client_id: str = "") -> Found:
        """Read back the transaction (of a client) with the highest number."""
        self._session.ensure_there()
        return self.find_transaction(log.last(log.backwards(self._session.library, self._session.context), client_id))

    def open_transactions(self) -> list[int]:
        """Tell the numbers of the open transactions, ascending."""
        numbers: list[int] = []
        while len(numbers) <= _MOST_OPEN:
            page, stored = (c_uint64 * TRANSACTIONS_A_PAGE)(), c_int()
            self._session.run(
                "worm_transaction_listStartedTransactions",
                None,
                len(numbers),
                page,
                TRANSACTIONS_A_PAGE,
                byref(stored),
            )
            numbers += page[: max(0, stored.value)]
            if stored.value < TRANSACTIONS_A_PAGE:
                return sorted(numbers)
        raise TseProtocolError("the list of open transactions has no end")

    # ---- export

    def export(self, sink: BinaryIO, selection: Selection = ALL) -> ExportReceipt:
        """Write stored log messages, all certificates and info.csv; the host selects."""
        self._exported = None
        with archive.spool() as content:
            with suppress(TseNoData):
                self._collect(content)
            archive.close(content)
            receipt = archive.deliver(content, sink, selection, int(self._clock()))
        if selection == ALL:
            self._exported = receipt
        return receipt

    def delete_stored_data(self, receipt: ExportReceipt) -> None:
        """Delete the messages of the last full export."""
        if receipt != self._exported:
            raise TseUnexportedData("not the receipt of the last full export")
        self._session.run("worm_export_deleteStoredData")
        self._exported = None

    # ---- inside

    def _sign(self, name: str, client_id: str, number: int | None, process_data: bytes, process_type: str) -> Signed:
        if number is not None:
            limits.check_number(number)
        limits.check_process(process_data, process_type, MOST_DATA)
        signed = self._session.sign(name, client_id, number, process_data, process_type)
        if signed.serial != self._serial:
            raise TseForeign(f"serial {signed.serial.hex()}")
        return signed

    def _passed_or_new(self, info: c_void_p) -> bool:
        library = self._session.library
        new = library.call("worm_info_initializationState", info) == 0
        return new or bool(library.call("worm_info_hasPassedSelfTest", info))

    def _collect(self, content: BinaryIO) -> None:
        """Have the device write its archive. What the callback raises is raised here, after the library's return."""
        failure: list[OSError] = []

        def take(data: int, size: int, _: int) -> int:
            try:
                content.write(ctypes.string_at(data, size))
            except OSError as error:
                failure.append(error)
                return 1
            return 0

        callback = ExportCallback(take)
        try:
            self._session.run("worm_export_tar", callback, None)
        except TseError:
            if failure:
                raise TseExportFailed(str(failure[0])) from None
            raise


def _counted(secret: Secret) -> tuple[bytes, int]:
    return secret.reveal(), len(secret.reveal())


def _check_lengths(length: int, *secrets: Secret) -> None:
    if any(len(secret.reveal()) != length for secret in secrets):
        raise TseInvalidParameter(f"{length} characters are needed")
