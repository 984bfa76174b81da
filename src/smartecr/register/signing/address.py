"""The public address of a receipt: its id, so that it is found by it, and 144 bits nobody can guess."""

from __future__ import annotations

import base64
from collections.abc import Callable

_SECRET_BYTES = 18


def made(receipt_id: str, random_bytes: Callable[[int], bytes]) -> str:
    """Return a new address of a receipt; `random_bytes(n)` is fresh randomness."""
    return base64.urlsafe_b64encode(bytes.fromhex(receipt_id) + random_bytes(_SECRET_BYTES)).decode().rstrip("=")


def receipt_of(public: str) -> str:
    """Return the id in a public address, "" when it is none. Whether the rest is right, the receipt's row knows."""
    try:
        return base64.urlsafe_b64decode(public + "=" * (-len(public) % 4))[:16].hex()
    except ValueError:
        return ""
