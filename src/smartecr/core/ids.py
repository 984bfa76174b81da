"""Identifiers: 32 lower-case hexadecimal characters, laid out as UUID version 7 (RFC 9562, section 5.7) without dashes.

They sort by the time they were made, so that an index grows at its end. Clients make them too, before the first
request, so that a repeated request is recognised.
"""

from __future__ import annotations

import re

from smartecr.core.errors import IdError

RANDOM_BYTES = 10
_MAX_CLOCK_MS = (1 << 48) - 1
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_id(clock_ms: int, random_bytes: bytes) -> str:
    """An identifier for the instant ``clock_ms`` (milliseconds since 1970, UTC) and ten fresh random bytes.

    Raises IdError when the clock does not fit 48 bits or the random bytes are not ten.
    """
    if not 0 <= clock_ms <= _MAX_CLOCK_MS:
        raise IdError("clock_out_of_range", "Die Uhr der Kasse ist verstellt. Bitte Datum und Uhrzeit prüfen.")
    if len(random_bytes) != RANDOM_BYTES:
        raise IdError("random_bytes", "Für eine Kennung fehlen Zufallszahlen.")
    tail = int.from_bytes(random_bytes, "big")
    version = 0x7000 | (tail >> 64 & 0x0FFF)
    variant = 0x8000_0000_0000_0000 | (tail & 0x3FFF_FFFF_FFFF_FFFF)
    return f"{clock_ms:012x}{version:04x}{variant:016x}"


def is_id(text: str) -> bool:
    """Whether ``text`` has the shape of an identifier; any 32 lower-case hexadecimal characters do."""
    return _ID.fullmatch(text) is not None
