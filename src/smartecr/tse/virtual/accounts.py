"""Log-ins of a virtual TSE: tries are stored before the answer, so that no restart gives any back."""

from collections.abc import Callable

from smartecr.tse.credentials import Role, Secret
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseInvalidParameter,
    TseNotAuthorized,
    TsePinBlocked,
    TsePukBlocked,
)
from smartecr.tse.virtual import events
from smartecr.tse.virtual.events import Event
from smartecr.tse.virtual.limits import Limits
from smartecr.tse.virtual.recorder import Recorder
from smartecr.tse.virtual.users import DEMO_CREDENTIALS, Code, Users, Which


class Accounts:
    """Who is logged in, and the rules of PIN and PUK. Not thread-safe: the device holds its lock around it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._logged_in: dict[Role, int] = {}

    @property
    def users(self) -> Users:
        """The codes; a device made before there were users has those of the demo."""
        known = self._recorder.state.users
        if known is None:
            limits = self._recorder.limits
            known = Users.of(DEMO_CREDENTIALS, limits.pin_tries, limits.puk_tries)
            self._recorder.state.users = known
        return known

    def require(self, *roles: Role) -> Role:
        """Tell which of the roles is logged in; raise TseNotAuthorized for the last of them otherwise."""
        now = self._recorder.now
        for role in roles:
            since = self._logged_in.get(role)
            if since is None:
                continue
            if 0 <= now - since <= self._recorder.limits.login_lasts:
                self._logged_in[role] = now
                return role
            del self._logged_in[role]
            self._recorder.system(events.log_out(role, timeout=True), at=self._recorder.log_time)
        raise TseNotAuthorized(role=roles[-1])

    def log_in(self, role: Role, pin: Secret) -> None:
        """Check the PIN and log in."""
        self._present(role, "pin", pin, lambda right: events.authenticate_user(role, right=right))
        self._logged_in[role] = self._recorder.now

    def log_out(self, role: Role) -> None:
        """Log out, if logged in."""
        if self._logged_in.pop(role, None) is not None:
            self._recorder.system(events.log_out(role), at=self._recorder.log_time)

    def forget(self) -> None:
        """Log everybody out without a word: the device is switched off."""
        self._logged_in.clear()

    def unblock(self, role: Role, puk: Secret, new_pin: Secret) -> None:
        """Set a new PIN by the PUK."""
        _check("PIN", new_pin, self._recorder.limits.pin_length)
        code = Code.of(new_pin, self._recorder.limits.pin_tries)
        self._present(role, "puk", puk, lambda right: events.unblock_user(role, right=right), ("pin", code))

    def change_pin(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PIN by the old one."""
        _check("PIN", new, self._recorder.limits.pin_length)
        code = Code.of(new, self._recorder.limits.pin_tries)
        self._present(role, "pin", old, lambda right: events.change(role, "changePin", right=right), ("pin", code))

    def change_puk(self, role: Role, old: Secret, new: Secret) -> None:
        """Change a PUK by the old one."""
        _check("PUK", new, self._recorder.limits.puk_length)
        code = Code.of(new, self._recorder.limits.puk_tries)
        self._present(role, "puk", old, lambda right: events.change(role, "changePuk", right=right), ("puk", code))

    def _present(
        self,
        role: Role,
        which: Which,
        secret: Secret,
        event: Callable[[bool], Event],
        sets: tuple[Which, Code] | None = None,
    ) -> None:
        """Check a code, store what follows, tell the tries left when it was wrong."""
        users = self.users
        limits = self._recorder.limits
        code = users.code(role, which)
        if code.tries == 0:
            raise (TsePinBlocked if which == "pin" else TsePukBlocked)(role)
        right = code.matches(secret) and not self._recorder.faults.strikes("wrong_pin")
        most = limits.pin_tries if which == "pin" else limits.puk_tries
        changed = users.with_tries(role, which, most if right else code.tries - 1)
        if right and sets is not None:
            changed = changed.with_code(role, *sets)
        keep = {"users": changed.dump()} if changed != users else None
        self._recorder.system(event(right), at=self._recorder.log_time, keep=keep)
        if not right:
            raise TseAuthenticationFailed(role, remaining=code.tries - 1)


def check_new(pin: Secret, puk: Secret, limits: Limits) -> None:
    """Raise TseInvalidParameter unless both have the right form."""
    _check("PIN", pin, limits.pin_length)
    _check("PUK", puk, limits.puk_length)


def _check(name: str, secret: Secret, length: int) -> None:
    if len(secret.reveal()) != length or not secret.reveal().isdigit():
        raise TseInvalidParameter(f"a {name} has {length} digits")
