"""A twin before it is put into operation: PINs and PUKs set one by one, kept in memory until it is initialised.

The virtual TSE takes them all at once; a twin switched off before that begins anew.
"""

from smartecr.tse.api import Lifecycle, Tse
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.drivers.cryptovision.errors import CardError

_ORDER = ((Role.ADMIN, "pin"), (Role.ADMIN, "puk"), (Role.TIME_ADMIN, "pin"), (Role.TIME_ADMIN, "puk"))
_NOT_LOGGED_IN = 0x8008
_NOT_YET = 0x8007


class Factory:
    """The state of a factory-new card. ``secrets`` maps (role, "pin" or "puk") to what was set."""

    def __init__(self, core: Tse) -> None:
        self._core = core
        self.secrets: dict[tuple[Role, str], Secret] = {}
        self.logged_in: set[Role] = set()

    @property
    def new(self) -> bool:
        """Whether the card has not been put into operation yet."""
        return self._core.info().state is Lifecycle.UNINITIALIZED

    def pin_states(self) -> bytes:
        """Tell which secrets are still the maker's."""
        new = self.new
        return bytes(new and entry not in self.secrets for entry in _ORDER)

    def initialize(self) -> None:
        """Put the virtual TSE into operation; who is logged in stays so. Raises CardError."""
        if Role.ADMIN not in self.logged_in:
            raise CardError(_NOT_LOGGED_IN)
        if any(self.pin_states()):
            raise CardError(_NOT_YET)
        admin_pin, admin_puk, time_pin, time_puk = (self.secrets[entry] for entry in _ORDER)
        credentials = NewCredentials(
            admin_pin=admin_pin, admin_puk=admin_puk, time_admin_pin=time_pin, time_admin_puk=time_puk
        )
        self._core.initialize(credentials, "")
        for role in self.logged_in:
            self._core.authenticate_user(role, credentials.pin(role))
