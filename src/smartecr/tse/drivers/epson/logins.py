"""Who is logged in at the host: users by the caller's will, clients and the administrator as the wire wants it."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.epson.errors import HostError
from smartecr.tse.drivers.epson.session import ADMINISTRATOR, TIME_ADMIN, Session
from smartecr.tse.errors import TseError, TseNotAuthorized

PinOf = Callable[[Role], Secret | None]
T = TypeVar("T")

_USERS = {Role.ADMIN: ADMINISTRATOR, Role.TIME_ADMIN: TIME_ADMIN}
_ADMIN_MISSING = frozenset(
    (
        "OTHER_ERROR_UNAUTHENTICATED_ADMIN_USER",
        "OTHER_ERROR_UNAUTHENTICATED_USER",
        "TSE1_ERROR_NOT_AUTHORIZED",
        "TSE1_ERROR_USER_NOT_LOGGED_IN",
    )
)


class Logins:
    """Log-ins of one session. ``pin_of`` gives entrusted PINs; one that was wrong is not tried again."""

    def __init__(self, session: Session, pin_of: PinOf) -> None:
        self._session = session
        self._pin_of = pin_of
        self._wrong: set[Secret] = set()
        self._users: set[Role] = set()
        self._ours: set[str] = set()

    def log_in(self, role: Role, pin: Secret) -> None:
        """Log a user in, as the caller wants."""
        self._session.log_in(_USERS[role], pin)
        self._users.add(role)

    def log_out(self, role: Role) -> None:
        """Log a user out; harmless when not logged in."""
        known = role in self._users or _USERS[role] in self._ours
        self._users.discard(role)
        self._ours.discard(_USERS[role])
        if known:
            with suppress(HostError):
                self._session.log_out(_USERS[role])

    def require_admin(self) -> None:
        """Raise TseNotAuthorized unless the caller has logged the administrator in."""
        if Role.ADMIN not in self._users:
            raise TseNotAuthorized(role=Role.ADMIN)

    def time_user(self) -> str:
        """Tell in whose name the time is set: the administrator's if only he is logged in."""
        only_admin = Role.ADMIN in self._users and Role.TIME_ADMIN not in self._users
        return ADMINISTRATOR if only_admin else TIME_ADMIN

    def signing(self, client_id: str) -> None:
        """See that a client is logged in."""
        if client_id not in self._ours:
            self._enter(client_id, Role.TIME_ADMIN)

    def prepare(self, client_id: str) -> None:
        """Log a new client in already, so that its first sale does not wait for that; it may as well fail."""
        with suppress(TseNotAuthorized, HostError):
            self.signing(client_id)

    def forget(self, client_id: str) -> None:
        """Take note that a client is logged in no more."""
        self._ours.discard(client_id)

    def read(self, call: Callable[[], T]) -> T:
        """Run what the host lets only an administrator do; he stays logged in, so that reading writes no log."""
        if Role.ADMIN not in self._users and ADMINISTRATOR not in self._ours:
            self._enter(ADMINISTRATOR, Role.ADMIN)
        try:
            return call()
        except HostError as error:
            if error.name not in _ADMIN_MISSING:
                raise
        self._users.discard(Role.ADMIN)
        self._ours.discard(ADMINISTRATOR)
        self._enter(ADMINISTRATOR, Role.ADMIN)
        return call()

    def end(self) -> None:
        """Log out everybody we logged in."""
        for user in sorted(self._ours | {_USERS[role] for role in self._users}):
            with suppress(HostError, TseError, ValueError):
                self._session.log_out(user)
        self._ours.clear()
        self._users.clear()

    def _enter(self, user: str, role: Role) -> None:
        pin = self._pin_of(role)
        if pin is None or pin in self._wrong:
            raise TseNotAuthorized(f"{user}: no PIN entrusted", role)
        try:
            self._session.log_in(user, pin)
        except HostError as error:
            if "AUTHENTICATION_FAILED" in error.name:
                self._wrong.add(pin)
            raise
        self._ours.add(user)
