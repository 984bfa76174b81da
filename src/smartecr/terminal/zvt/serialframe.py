"""Frames on a serial line: ``DLE STX`` | unit with DLE doubled | ``DLE ETX`` | checksum, low byte first (PA00P016).

The checksum is CRC-16/KERMIT over the unit as it was before doubling, followed by ``03``.
"""

import binascii
from enum import Enum
from typing import Final

from smartecr.terminal.zvt.errors import ZvtFormatError

__all__ = ["ACK_BYTE", "NAK_BYTE", "Broken", "FrameReader", "checksum", "unwrap", "wrap"]

ACK_BYTE: Final = b"\x06"
NAK_BYTE: Final = b"\x15"

_DLE, _STX, _ETX = 0x10, 0x02, 0x03
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))
_LONGEST = 5 + 0xFFFF


def checksum(unit: bytes) -> bytes:
    """Return the two checksum bytes of a unit, as sent."""
    # the mirror image of the polynomial the standard library has in C, hence mirrored in and out
    crc = binascii.crc_hqx((unit + b"\x03").translate(_REVERSED), 0)
    return bytes((_REVERSED[crc >> 8], _REVERSED[crc & 0xFF]))


def wrap(unit: bytes) -> bytes:
    """Wrap a unit for the line."""
    return b"\x10\x02" + unit.replace(b"\x10", b"\x10\x10") + b"\x10\x03" + checksum(unit)


def unwrap(frame: bytes) -> bytes:
    """Return the unit in one whole frame. Raises ZvtFormatError when it is cut, doubled wrongly or damaged."""
    reader = FrameReader()
    found = reader.feed(frame)
    if len(found) != 1 or reader.partial or len(frame) < 9:
        raise ZvtFormatError("no complete serial frame")
    if isinstance(found[0], Broken):
        raise ZvtFormatError("the checksum of the serial frame is wrong")
    return found[0]


class Broken(Enum):
    """A frame that arrived damaged; the receiver answers NAK."""

    FRAME = "broken"


class _State(Enum):
    OUTSIDE = 0
    OPENING = 1  # DLE seen outside
    INSIDE = 2
    ESCAPE = 3  # DLE seen inside
    CRC_LOW = 4
    CRC_HIGH = 5


class FrameReader:
    """Cuts frames and link bytes out of what a line delivers. One reader a line.

    ``feed`` returns, in order: units (bytes, three or more), ``ACK_BYTE`` or ``NAK_BYTE`` (bytes, one),
    or ``Broken.FRAME``. Noise between frames is dropped.
    """

    def __init__(self) -> None:
        self._state = _State.OUTSIDE
        self._unit = bytearray()
        self._crc_low = 0

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and its end has not come yet."""
        return self._state is not _State.OUTSIDE

    def reset(self) -> None:
        """Forget a frame that was left off."""
        self._state = _State.OUTSIDE
        self._unit.clear()

    def feed(self, received: bytes) -> list[bytes | Broken]:
        """Take bytes and return what they complete."""
        found = (self._step(byte) for byte in received)
        return [item for item in found if item is not None]

    def _step(self, byte: int) -> bytes | Broken | None:
        match self._state:
            case _State.OUTSIDE:
                if byte == _DLE:
                    self._state = _State.OPENING
                elif byte in (ACK_BYTE[0], NAK_BYTE[0]):
                    return bytes((byte,))
            case _State.OPENING:
                self._unit.clear()
                self._state = _State.INSIDE if byte == _STX else _State.OPENING if byte == _DLE else _State.OUTSIDE
            case _State.INSIDE:
                if byte == _DLE:
                    self._state = _State.ESCAPE
                else:
                    return self._keep(byte)
            case _State.ESCAPE:
                return self._escaped(byte)
            case _State.CRC_LOW:
                self._crc_low = byte
                self._state = _State.CRC_HIGH
            case _State.CRC_HIGH:
                unit = bytes(self._unit)
                self.reset()
                whole = len(unit) >= 3 and bytes((self._crc_low, byte)) == checksum(unit)
                return unit if whole else Broken.FRAME
        return None

    def _escaped(self, byte: int) -> Broken | None:
        if byte == _DLE:
            self._state = _State.INSIDE
            return self._keep(_DLE)
        if byte == _ETX:
            self._state = _State.CRC_LOW
        elif byte == _STX:  # the sender began anew
            self._unit.clear()
            self._state = _State.INSIDE
        else:
            self.reset()
            return Broken.FRAME
        return None

    def _keep(self, byte: int) -> Broken | None:
        self._unit.append(byte)
        if len(self._unit) > _LONGEST:
            self.reset()
            return Broken.FRAME
        return None
