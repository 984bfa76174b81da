"""PINs: what a good one is, and their hashes (argon2id, about 50 ms on a till's processor)."""

from __future__ import annotations

import re

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from django.utils.translation import gettext as _

from smartecr.staff.errors import StaffError

# 32 MiB and two passes are above OWASP's floor for argon2id (19 MiB, two passes); one lane, as a till has few cores.
_HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_SHAPE = re.compile(r"[0-9]{4,8}", re.ASCII)
_RUNS = "01234567890123456789"
_PAD_WALKS = ("2580", "0852", "1470", "0741", "3690", "0963", "1379", "9731", "1793")

NOBODY = "$argon2id$v=19$m=32768,t=2,p=1$c21hcnRFQ1Itbm9ib2R5IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""A hash no PIN has: looking at an unknown person's PIN must take as long as at a known one's."""


def check(pin: str) -> None:
    """Raise StaffError unless `pin` is 4 to 8 digits and not one that a stranger tries first."""
    if not _SHAPE.fullmatch(pin):
        raise StaffError("pin_shape", _("Eine PIN hat 4 bis 8 Ziffern."), "pin")
    if is_trivial(pin):
        raise StaffError("pin_trivial", _("Diese PIN errät man leicht. Bitte eine andere wählen."), "pin")


def is_trivial(pin: str) -> bool:
    """Return whether `pin` is one digit or one pattern repeated, a run up or down, or a walk over the number pad."""
    halves = [size for size in range(1, len(pin) // 2 + 1) if len(pin) % size == 0]
    repeated = any(pin == pin[:size] * (len(pin) // size) for size in halves)
    return repeated or pin in _RUNS or pin in _RUNS[::-1] or pin in _PAD_WALKS


def hash_pin(pin: str) -> str:
    """Return the salted argon2id hash of `pin`. Raises StaffError when it is not 4 to 8 digits."""
    if not _SHAPE.fullmatch(pin):
        raise StaffError("pin_shape", _("Eine PIN hat 4 bis 8 Ziffern."), "pin")
    return _HASHER.hash(pin)


def matches(pin_hash: str, pin: str) -> bool:
    """Return whether `pin` has this hash; takes as long for a right PIN as for a wrong one."""
    try:
        return _HASHER.verify(pin_hash, pin[:64])
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(pin_hash: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(pin_hash)
