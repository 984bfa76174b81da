"""The languages of line displays as byte tables: how to begin, clear, write both lines, set the brightness.

Sources: Epson ESC/POS for DM-D displays; CD5220, DSP-800 and Logic Controls manuals as collected by LCDproc and others.
A whole picture is always written, never a part: the way is one-way, and a display that was off must come right again.
"""

from __future__ import annotations

from typing import Protocol

from smartecr.core.records import dataclass
from smartecr.printer.charset import UnwritableError, encode
from smartecr.printer.linedisplay.lines import Line
from smartecr.printer.wrap import SOFT_HYPHEN

COLUMNS, ROWS = 20, 2


class Language(Protocol):
    """How one kind of display is spoken to. Lines come with exactly `COLUMNS` letters in its code page."""

    @property
    def key(self) -> str:
        """The word for it in settings."""
        ...

    @property
    def name(self) -> str:
        """The word for it among people."""
        ...

    @property
    def codec(self) -> str:
        """Its code page as Python codec."""
        ...

    def begin(self) -> bytes:
        """Reset it and choose the code page."""
        ...

    def clear(self) -> bytes:
        """Empty both lines."""
        ...

    def write(self, upper: bytes, lower: bytes) -> bytes:
        """Write both lines from their beginnings."""
        ...

    def brightness(self, level: int) -> bytes:
        """Set the brightness, 1 (dim) to 4."""
        ...


@dataclass(frozen=True, slots=True)
class EscPos:
    """Epson DM-D: US $ sets the cursor, ESC t 19 is CP858."""

    key: str = "escpos"
    name: str = "Epson DM-D und ähnliche (ESC/POS)"
    codec: str = "cp858"

    def begin(self) -> bytes:
        """ESC @, ESC t 19, US MD1 (letters write over what stands there)."""
        return b"\x1b@\x1bt\x13\x1f\x01"

    def clear(self) -> bytes:
        """CLR."""
        return b"\x0c"

    def write(self, upper: bytes, lower: bytes) -> bytes:
        """US $ x y before each line."""
        return b"\x1f$\x01\x01" + upper + b"\x1f$\x01\x02" + lower

    def brightness(self, level: int) -> bytes:
        """US X n."""
        return b"\x1fX" + bytes([level])


@dataclass(frozen=True, slots=True)
class Cd5220:
    """CD5220 in string mode: a line ends with CR, and no cursor commands in between."""

    key: str = "cd5220"
    name: str = "CD5220"
    codec: str = "cp437"

    def begin(self) -> bytes:
        """ESC @."""
        return b"\x1b@"

    def clear(self) -> bytes:
        """CLR."""
        return b"\x0c"

    def write(self, upper: bytes, lower: bytes) -> bytes:
        """ESC Q A for the upper, ESC Q B for the lower line."""
        return b"\x1bQA" + upper + b"\r\x1bQB" + lower + b"\r"

    def brightness(self, level: int) -> bytes:
        """ESC * n."""
        return b"\x1b*" + bytes([level])


@dataclass(frozen=True, slots=True)
class Dsp800:
    """DSP-800: commands between EOT SOH and ETB, places counted from 31h (upper) and 45h (lower line)."""

    key: str = "dsp800"
    name: str = "DSP-800"
    codec: str = "cp437"

    def begin(self) -> bytes:
        """EOT SOH % ETB."""
        return b"\x04\x01%\x17"

    def clear(self) -> bytes:
        """C from the first place to the last."""
        return b"\x04\x01C\x31\x58\x17"

    def write(self, upper: bytes, lower: bytes) -> bytes:
        """P and the place before each line."""
        return b"\x04\x01P\x31\x17" + upper + b"\x04\x01P\x45\x17" + lower

    def brightness(self, level: int) -> bytes:
        """A and the level from 31h."""
        return b"\x04\x01A" + bytes([0x30 + level]) + b"\x17"


@dataclass(frozen=True, slots=True)
class LogicControls:
    """Logic Controls (ICD): DLE and the place 0 to 39."""

    key: str = "logic"
    name: str = "Logic Controls"
    codec: str = "cp437"

    def begin(self) -> bytes:
        """US resets and clears."""
        return b"\x1f"

    def clear(self) -> bytes:
        """US as well."""
        return b"\x1f"

    def write(self, upper: bytes, lower: bytes) -> bytes:
        """DLE 0 and DLE 20 before the lines."""
        return b"\x10\x00" + upper + b"\x10\x14" + lower

    def brightness(self, level: int) -> bytes:
        """EOT and a quarter of full brightness a level."""
        return b"\x04" + bytes([(0x20, 0x40, 0x60, 0xFF)[level - 1]])


LANGUAGES: dict[str, Language] = {one.key: one for one in (EscPos(), Cd5220(), Dsp800(), LogicControls())}


def letters(line: Line, codec: str) -> bytes:
    """Return exactly `COLUMNS` letters: the amount whole, the words cut; what the page cannot write is left out."""
    right = _encoded(line.right, codec)[:COLUMNS]
    room = COLUMNS - len(right) - bool(right)
    left = _encoded(line.left, codec)[: max(0, room)]
    left = left.center(room) if line.centred and not right else left
    return left.ljust(COLUMNS - len(right)) + right


def _encoded(text: str, codec: str) -> bytes:
    text = text.replace(SOFT_HYPHEN, "")
    try:
        data = encode(text, codec)
    except UnwritableError:
        data = b"".join(_letter(letter, codec) for letter in text)
    return bytes(byte for byte in data if byte >= 0x20 and byte != 0x7F)


def _letter(letter: str, codec: str) -> bytes:
    try:
        return encode(letter, codec)
    except UnwritableError:
        return b""
