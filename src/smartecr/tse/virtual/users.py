"""PINs and PUKs of a virtual TSE's users: salted digests and the tries left, never the digits."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import pbkdf2_hmac
from hmac import compare_digest
from typing import Literal, cast

from smartecr.core.records import dataclass
from smartecr.tse.credentials import NewCredentials, Role, Secret
from smartecr.tse.errors import TseDamaged

#: a PIN has five digits and lies beside the key it protects: the digest hides it from a glance, no more
_ROUNDS = 1000

Which = Literal["pin", "puk"]

#: of demo devices, and of devices made before there were users; no secret
DEMO_CREDENTIALS = NewCredentials(
    admin_pin=Secret("12345"),
    admin_puk=Secret("123456"),
    time_admin_pin=Secret("98765"),
    time_admin_puk=Secret("654321"),
)


@dataclass(frozen=True, slots=True)
class Code:
    """One PIN or PUK: its digest and the tries left."""

    salt: bytes
    digest: bytes
    tries: int

    @classmethod
    def of(cls, secret: Secret, tries: int) -> "Code":
        """Make it from the digits."""
        salt = secrets.token_bytes(16)
        return cls(salt, _digest(secret, salt), tries)

    def matches(self, secret: Secret) -> bool:
        """Compare; the tries are the caller's."""
        return compare_digest(self.digest, _digest(secret, self.salt))


@dataclass(frozen=True, slots=True)
class Users:
    """All four codes. Immutable: a change gives a new table, stored before it counts."""

    codes: Mapping[tuple[Role, Which], Code]

    @classmethod
    def of(cls, credentials: NewCredentials, pin_tries: int, puk_tries: int) -> "Users":
        """Make the table when the device is put into operation."""
        return cls(
            {
                (Role.ADMIN, "pin"): Code.of(credentials.admin_pin, pin_tries),
                (Role.ADMIN, "puk"): Code.of(credentials.admin_puk, puk_tries),
                (Role.TIME_ADMIN, "pin"): Code.of(credentials.time_admin_pin, pin_tries),
                (Role.TIME_ADMIN, "puk"): Code.of(credentials.time_admin_puk, puk_tries),
            }
        )

    def code(self, role: Role, which: Which) -> Code:
        """Give one code."""
        return self.codes[role, which]

    def with_code(self, role: Role, which: Which, code: Code) -> "Users":
        """Give the table with one code changed."""
        return Users({**self.codes, (role, which): code})

    def with_tries(self, role: Role, which: Which, tries: int) -> "Users":
        """Give the table with the tries of one code changed."""
        return self.with_code(role, which, replace(self.code(role, which), tries=tries))

    def dump(self) -> object:
        """Make the JSON form."""
        return [
            [role.value, which, code.salt.hex(), code.digest.hex(), code.tries]
            for (role, which), code in self.codes.items()
        ]

    @classmethod
    def load(cls, content: object) -> "Users":
        """Read the JSON form. Raises TseDamaged when it has another shape."""
        try:
            entries = cast(list[tuple[str, Which, str, str, int]], content)
            codes = {
                (Role(role), which): Code(bytes.fromhex(salt), bytes.fromhex(digest), int(tries))
                for role, which, salt, digest, tries in entries
            }
        except (TypeError, ValueError) as error:
            raise TseDamaged(f"users: {error!r}") from None
        if len(codes) != 2 * len(Role):
            raise TseDamaged("users: some are missing")
        return cls(codes)


def _digest(secret: Secret, salt: bytes) -> bytes:
    return pbkdf2_hmac("sha256", secret.reveal(), salt, _ROUNDS)
