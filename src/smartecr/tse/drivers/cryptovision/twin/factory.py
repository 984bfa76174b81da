"""A twin before it is put into operation: secrets set one by one, initialised, then bound to a first client.

The virtual TSE does all this in one step; what comes before the last step is kept here, in memory.
"""

from collections.abc import Callable

from smartecr.tse.api import Lifecycle, Tse
from smartecr.tse.credentials import NewCredentials, Role, Secret

_NEW = Secret(b"")


class Factory:
    """The state of a factory-new card. ``secrets`` maps (role, "pin" or "puk") to what was set."""

    def __init__(self, core: Tse, clock: Callable[[], float]) -> None:
        self._core = core
        self._clock = clock
        self.secrets: dict[tuple[Role, str], Secret] = {}
        self.initialized = False
        self.logged_in: set[Role] = set()
        self._time_set: int | None = None

    @property
    def new(self) -> bool:
        """Whether the core has not been put into operation yet."""
        return self._core.info().state is Lifecycle.UNINITIALIZED

    def pin_states(self) -> bytes:
        """Tell which secrets are still the maker's."""
        order = ((Role.ADMIN, "pin"), (Role.ADMIN, "puk"), (Role.TIME_ADMIN, "pin"), (Role.TIME_ADMIN, "puk"))
        return bytes(self.new and entry not in self.secrets for entry in order)

    def set_time(self, unix: int) -> None:
        """Take note of the time set; the core gets it with its first client."""
        self._time_set = unix

    @property
    def has_time(self) -> bool:
        """Whether the time was set."""
        return self._time_set is not None

    def finish(self, client_id: str) -> None:
        """Put the core into operation with all that was set."""
        secret = self.secrets
        credentials = NewCredentials(
            admin_pin=secret.get((Role.ADMIN, "pin"), _NEW),
            admin_puk=secret.get((Role.ADMIN, "puk"), _NEW),
            time_admin_pin=secret.get((Role.TIME_ADMIN, "pin"), _NEW),
            time_admin_puk=secret.get((Role.TIME_ADMIN, "puk"), _NEW),
        )
        logged_in = Role.ADMIN in self.logged_in
        self._core.initialize(credentials, client_id)
        self._core.authenticate_user(Role.ADMIN, credentials.admin_pin)
        self._core.update_time(int(self._clock()))
        if not logged_in:
            self._core.log_out(Role.ADMIN)
