"""Opening a virtual TSE and running it: information, life, users, time, self test, clients."""

import re
import threading
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

from smartecr.tse import logtime
from smartecr.tse.api import (
    Capability,
    Lifecycle,
    PinState,
    TseInfo,
)
from smartecr.tse.credentials import CredentialRules, NewCredentials, Role, Secret
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseBusy,
    TseClientUnknown,
    TseInvalidParameter,
    TseSelfTestFailed,
    TseTooManyClients,
    TseUnfinishedTransactions,
    TseUnplugged,
)
from smartecr.tse.virtual import accounts, events, exporting
from smartecr.tse.virtual import identity as identities
from smartecr.tse.virtual.faults import ControlFile, Faults
from smartecr.tse.virtual.limits import Limits
from smartecr.tse.virtual.recorder import Recorder
from smartecr.tse.virtual.state import State
from smartecr.tse.virtual.store import Store
from smartecr.tse.virtual.users import Users

#: characters and length every known device accepts (the Diebold Nixdorf web service is the strictest)
_CLIENT_ID = re.compile(r"[A-Za-z0-9 ()+,\-.:?]{1,30}")


class Administration:
    """The part of a virtual TSE that runs it; ``VirtualTse`` adds transactions and exports.

    The folder is that of the device, made factory-new at the first opening.

    ``clock`` gives unix seconds UTC. ``curve`` counts only when the device is made: secp256r1,
    secp384r1, brainpoolP256r1 or brainpoolP384r1. ``synced`` waits for the disk at every operation, so that
    a power cut loses nothing either. Raises TseBusy when another process or another instance has the folder
    open, TseDamaged when its files contradict themselves.
    """

    kind = "virtual"

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        curve: str = "secp256r1",
        faults: Faults | None = None,
        limits: Limits | None = None,
        *,
        synced: bool = False,
    ) -> None:
        folder = Path(folder)
        self.faults = faults or Faults()
        self.limits = limits or Limits()
        ControlFile(folder).refresh(self.faults)
        if self.faults.unplugged or self.faults.busy:
            raise (TseUnplugged if self.faults.unplugged else TseBusy)("fault on command")
        self._mutex = threading.Lock()
        store = Store(folder, synced=synced)
        weakref.finalize(self, store.close)
        try:
            new = not store.exists
            content = identities.create(curve, clock()) if new else store.identity()
            self._recorder = Recorder(identities.load(content), store, self.faults, self.limits, clock)
            if new:
                store.create(content, self._recorder.first_records(events.start_audit(), at=int(clock())))
            self._recorder.replay()
        except BaseException:
            store.close()
            raise
        self._accounts = accounts.Accounts(self._recorder)

    @property
    def capabilities(self) -> Capability:
        """Everything; signed updates are gathered if the limits say so."""
        can = ~Capability(0)
        return can if self.limits.gathers_updates else can & ~Capability.UNSIGNED_UPDATE

    @property
    def credential_rules(self) -> CredentialRules:
        """How many digits PINs and PUKs have."""
        return CredentialRules(pin_length=self.limits.pin_length, puk_length=self.limits.puk_length, two_puks=True)

    @property
    def lifecycle(self) -> Lifecycle:
        """Where the device stands in its life, told without asking the device (no fault gets in the way)."""
        return self._state.lifecycle

    @property
    def _state(self) -> State:
        return self._recorder.state

    def info(self) -> TseInfo:
        """Tell state, identity, certificates, limits and stocks."""
        with self._mutex:
            self._reach()
            recorder, state, limits = self._recorder, self._state, self.limits
            return TseInfo(
                serial=recorder.serial,
                algorithm=recorder.identity.algorithm.name,
                time_format=logtime.UNIX,
                public_key=recorder.identity.point,
                certificates=recorder.identity.certificates,
                description=exporting.DESCRIPTION,
                is_test=True,
                state=state.lifecycle,
                certificate_expires=0 if self.faults.certificate_expired else recorder.identity.expires,
                firmware=exporting.VERSION,
                signature_counter=state.signature_counter,
                clients=tuple(state.clients),
                max_clients=limits.max_clients,
                open_transactions=len(state.open),
                max_open_transactions=limits.max_open,
                signatures_remaining=max(0, recorder.signatures_left),
                max_signatures=limits.max_signatures,
                storage_used=limits.storage - recorder.storage_left,
                storage_total=limits.storage,
                has_valid_time=recorder.has_valid_time,
                has_passed_self_test=recorder.self_test_in != 0,
                self_test_in=recorder.self_test_in,
                time_sync_in=recorder.time_sync_in,
                time_sync_interval=limits.time_sync_interval,
                pins=self._pins(),
            )

    def close(self) -> None:
        """Save the state and release the folder."""
        with self._mutex:
            self._recorder.close()

    # ---- life

    def initialize(self, credentials: NewCredentials, client_id: str) -> None:
        """Put the device into operation; without ``client_id`` no client is registered yet."""
        with self._mutex:
            self._reach()
            if self._state.lifecycle is not Lifecycle.UNINITIALIZED:
                raise TseAlreadyInitialized(self._recorder.serial)
            for role_pin, role_puk in (
                (credentials.admin_pin, credentials.admin_puk),
                (credentials.time_admin_pin, credentials.time_admin_puk),
            ):
                accounts.check_new(role_pin, role_puk, self.limits)
            users = Users.of(credentials, self.limits.pin_tries, self.limits.puk_tries)
            registration = [events.register_client(_checked(client_id))] if client_id else []
            self._recorder.system(
                events.authenticate_user(Role.ADMIN, right=True),
                events.initialize(exporting.DESCRIPTION),
                *registration,
                events.log_out(Role.ADMIN),
                at=self._recorder.log_time,
                keep={"users": users.dump()},
            )

    def decommission(self) -> None:
        """End the device's life for good; one audit log is its last message."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            self._accounts.require(Role.ADMIN)
            refuse_open(self._state.open)
            at = self._recorder.log_time
            audit = events.audit(at, 2, exporting.VERSION)
            self._recorder.system(events.disable_secure_element(at), at=at, audit=audit)
            self._accounts.forget()

    def lock_transaction_logging(self) -> None:
        """Sign no transactions until further notice. Needs ADMIN and no open transaction."""
        self._set_locked(locked=True)

    def unlock_transaction_logging(self) -> None:
        """Sign transactions again. Needs ADMIN."""
        self._set_locked(locked=False)

    # ---- users

    def authenticate_user(self, role: Role, pin: Secret) -> None:
        """Log a user in, until it logs out, idles too long or the device is closed."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            self._accounts.log_in(role, pin)

    def log_out(self, role: Role) -> None:
        """Log a user out; does nothing when not logged in."""
        with self._mutex:
            self._reach()
            self._accounts.log_out(role)

    def unblock_user(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            self._accounts.unblock(role, puk, new_pin)

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PIN."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            self._accounts.change_pin(role, old, new)

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PUK."""
        with self._mutex:
            self._reach()
            self._recorder.alive()
            self._accounts.change_puk(role, old, new)

    # ---- housekeeping

    def run_self_test(self, client_id: str) -> None:
        """Read the own log back and tell the result in it; any client will do."""
        del client_id
        with self._mutex:
            self._reach()
            at = self._recorder.log_time
            if self.faults.self_test_fails:
                self._recorder.system(events.self_test_failed("storage", "fault on command", at), at=at)
                raise TseSelfTestFailed("fault on command")
            self._recorder.system(at=at, audit=events.audit(at, 1, exporting.VERSION))
            self._recorder.tested_now()

    def update_time(self, unix: int) -> None:
        """Set the clock; forwards or backwards, the message carries both times."""
        with self._mutex:
            self._reach()
            self._recorder.able()
            self._accounts.require(Role.ADMIN, Role.TIME_ADMIN)
            self._recorder.system(events.update_time(self._recorder.log_time, unix), at=unix)
            self._recorder.set_clock(unix)

    # ---- clients

    def register_client(self, client_id: str) -> None:
        """Register a client."""
        with self._mutex:
            self._reach()
            if client_id in self._state.clients:
                return
            at = self._recorder.ready_time()
            self._accounts.require(Role.ADMIN)
            _checked(client_id)
            if len(self._state.clients) >= self.limits.max_clients:
                raise TseTooManyClients(f"{self.limits.max_clients} are registered")
            self._recorder.system(events.register_client(client_id), at=at)

    def deregister_client(self, client_id: str) -> None:
        """Remove a client."""
        with self._mutex:
            self._reach()
            at = self._recorder.ready_time()
            self._accounts.require(Role.ADMIN)
            if client_id not in self._state.clients:
                raise TseClientUnknown(client_id)
            refuse_open([number for number, one in self._state.open.items() if one.client_id == client_id])
            self._recorder.system(events.deregister_client(client_id), at=at)

    # ---- inside

    def _reach(self) -> None:
        """Everything begins here."""
        self._recorder.reach()

    def _set_locked(self, *, locked: bool) -> None:
        with self._mutex:
            self._reach()
            self._recorder.able()
            self._accounts.require(Role.ADMIN)
            refuse_open(self._state.open)
            self._recorder.system(events.lock(locked=locked), at=self._recorder.log_time)

    def _pins(self) -> dict[Role, PinState]:
        if self._state.lifecycle is Lifecycle.UNINITIALIZED:
            return {role: PinState(initial=True) for role in Role}
        users = self._accounts.users
        return {
            role: PinState(initial=False, tries=users.code(role, "pin").tries, puk_tries=users.code(role, "puk").tries)
            for role in Role
        }


def refuse_open(numbers: Iterable[int]) -> None:
    """Raise TseUnfinishedTransactions when there are any."""
    if still_open := sorted(numbers):
        raise TseUnfinishedTransactions(f"open: {still_open}")


def _checked(client_id: str) -> str:
    if not _CLIENT_ID.fullmatch(client_id):
        raise TseInvalidParameter(f"client id {client_id!r}")
    return client_id
