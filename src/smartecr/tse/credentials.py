"""Who may do what at a TSE, and secrets that show themselves nowhere: PINs and PUKs of its users."""

from collections.abc import Callable
from enum import StrEnum
from hmac import compare_digest

from smartecr.core.records import dataclass


class Role(StrEnum):
    """Users of a device (TR-03151): the values are their user ids in log messages.

    ``ADMIN`` configures, registers clients, deletes and decommissions; ``TIME_ADMIN`` sets the time only.
    """

    ADMIN = "admin"
    TIME_ADMIN = "timeAdmin"


class Secret:
    """A PIN, PUK or key that no text, log, traceback or pickle shows; ``reveal`` gives its bytes."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """Give the bytes, to the device and to the page that shows them once."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRules:
    """What PINs and PUKs a device takes: their lengths in digits; PINs only where ``puk_length`` is 0.

    ``given_pins``/``given_puks``: they come with the device from its maker and are asked of the person; all others are
    made anew. ``time_admin``: there is a user for the time besides the administrator; ``two_puks``: each of both has
    a PUK of its own.
    """

    pin_length: int
    puk_length: int
    given_pins: bool = False
    given_puks: bool = False
    time_admin: bool = True
    two_puks: bool = False

    @property
    def used(self) -> tuple[str, ...]:
        """Name the fields of ``NewCredentials`` that the device takes."""
        puks = ("admin_puk", "time_admin_puk") if self.two_puks else ("admin_puk",) if self.puk_length else ()
        return ("admin_pin", *puks[:1], *(("time_admin_pin",) if self.time_admin else ()), *puks[1:])

    @property
    def given(self) -> tuple[str, ...]:
        """Name those that come with the device from its maker."""
        return tuple(name for name in self.used if (self.given_pins if name.endswith("pin") else self.given_puks))

    def length(self, name: str) -> int:
        """Tell how many digits the secret ``name`` has."""
        return self.pin_length if name.endswith("pin") else self.puk_length


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredentials:
    """The secrets a device gets when it is put into operation.

    A device with one PUK for both users takes ``admin_puk`` and leaves ``time_admin_puk`` aside; one
    whose maker hands the PUK out gets it in ``admin_puk``.
    """

    admin_pin: Secret
    admin_puk: Secret
    time_admin_pin: Secret
    time_admin_puk: Secret

    @classmethod
    def generate(cls, rules: CredentialRules, random_below: Callable[[int], int]) -> "NewCredentials":
        """Make digits by ``random_below(n)`` (0…n-1, e.g. ``secrets.randbelow``); no two secrets are equal."""
        made: list[Secret] = []
        for length in (rules.pin_length, rules.puk_length, rules.pin_length, rules.puk_length):
            secret = _digits(length, random_below)
            while length and secret in made:
                secret = _digits(length, random_below)
            made.append(secret)
        return cls(admin_pin=made[0], admin_puk=made[1], time_admin_pin=made[2], time_admin_puk=made[3])

    def pin(self, role: Role) -> Secret:
        """Give the PIN of a user."""
        return self.admin_pin if role is Role.ADMIN else self.time_admin_pin


def _digits(length: int, random_below: Callable[[int], int]) -> Secret:
    return Secret("".join(str(random_below(10)) for _ in range(length)))
