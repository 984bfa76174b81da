"""The codes on vouchers and customer cards: a prefix, 8 characters of number, 12 of secret, one to check. Pure.

Characters are Crockford's 32 (no I, L, O, U). The number is public and stands on receipts and in exports; the 60 bits
behind it are on the voucher or card alone, so that nobody who reads the books can redeem. The last character is
ISO/IEC 7064 in its hybrid form for 32 characters (MOD 33,32): every single wrong character is found.
"""

from __future__ import annotations

from hmac import compare_digest

from smartecr.customers.errors import CardError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VOUCHER, CUSTOMER = "GS:", "KD:"
NUMBER, SECRET = 8, 12
RANDOM_BYTES = NUMBER + SECRET
"""What `fresh` wants: one random byte a character."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LIKE = str.maketrans("ILO", "110", "- ")


def fresh(random: bytes) -> tuple[str, str]:
    """Return a new number and secret from 20 random bytes."""
    body = "".join(ALPHABET[byte & 31] for byte in random)
    return body[:NUMBER], body[NUMBER:RANDOM_BYTES]


def code(prefix: str, number: str, secret: str) -> str:
    """Return the text of the QR code: "GS:7K3MQ9XP4TZ8WVH2B6NRK"; it fits the dense alphanumeric mode of QR."""
    body = number + secret
    return f"{prefix}{body}{check(body)}"


def check(body: str) -> str:
    """Return the check character of `body`."""
    rest = len(ALPHABET)
    for character in body:
        rest = ((rest + _VALUES[character]) % 32 or 32) * 2 % 33
    return ALPHABET[(33 - rest) % 32]


def read(text: str, prefix: str) -> tuple[str, str]:
    """Return number and secret of a scanned or typed code, with or without prefix, hyphens, blanks, small letters.

    Raises CardError("code") for anything else, most often a wrong check character.
    """
    body = text.strip().upper().removeprefix(prefix).translate(_LIKE)
    if len(body) != RANDOM_BYTES + 1 or not _VALUES.keys() >= set(body) or check(body[:-1]) != body[-1]:
        raise CardError("code", "Der Code ist unvollständig oder vertippt.", "Noch einmal scannen oder eintippen.")
    return body[:NUMBER], body[NUMBER:-1]


def number_of(text: str, prefix: str) -> str:
    """Return the number in a code or typed alone ("7k3m-q9xp"). Raises CardError("code")."""
    body = text.strip().upper().removeprefix(prefix).translate(_LIKE)
    if len(body) == NUMBER and _VALUES.keys() >= set(body):
        return body
    return read(text, prefix)[0]


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by time where they differ."""
    return compare_digest(one.encode(), other.encode())
