"""Application data units: ``CLASS INSTR LEN DATA``, built, and cut out of a stream at any border (PA00P016).

LEN is one byte 00..FE, or ``FF`` and two bytes, the low one first, up to 65535.
"""

from smartecr.terminal.zvt.errors import ZvtFormatError

__all__ = ["ACK", "ACK_ALSO", "ApduReader", "build", "command_of", "data_of", "refusal"]

#: the positive answer, and the other spelling some terminals use for it
ACK = b"\x80\x00\x00"
ACK_ALSO = b"\x84\x00\x00"

_LONGEST = 0xFFFF


def build(command: int, data: bytes = b"") -> bytes:
    """Build the unit of a command such as ``0x0601``. Raises ZvtFormatError beyond 65535 bytes."""
    size = len(data)
    if size < 0xFF:
        return command.to_bytes(2, "big") + bytes((size,)) + data
    if size > _LONGEST:
        raise ZvtFormatError(f"{size} bytes do not fit into one unit")
    return command.to_bytes(2, "big") + b"\xff" + size.to_bytes(2, "little") + data


def refusal(code: int) -> bytes:
    """Build a negative answer ``84 xx 00``."""
    return build(0x8400 | code)


def command_of(frame: bytes) -> int:
    """Return class and instruction as one number."""
    return frame[0] << 8 | frame[1]


def data_of(frame: bytes) -> bytes:
    """Return the data of one whole unit. Raises ZvtFormatError when its length is not what it announces."""
    if len(frame) < 3:
        raise ZvtFormatError(f"{len(frame)} bytes are too few for a unit")
    head, size = _head(frame)
    if len(frame) - head != size:
        raise ZvtFormatError(f"{size} bytes announced, {len(frame) - head} present")
    return frame[head:]


class ApduReader:
    """Cuts units out of a stream of bytes, however it arrives. One reader a connection."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def partial(self) -> bool:
        """Whether a unit has begun and its end has not come yet."""
        return bool(self._held)

    def feed(self, received: bytes) -> list[bytes]:
        """Take bytes and return the units they complete, in order."""
        held = self._held
        held += received
        units = []
        place = 0
        while len(held) - place >= 3:
            if held[place + 2] == 0xFF and len(held) - place < 5:
                break
            head, size = _head(held, place)
            end = place + head + size
            if end > len(held):
                break
            units.append(bytes(held[place:end]))
            place = end
        del held[:place]
        return units


def _head(unit: bytes | bytearray, place: int = 0) -> tuple[int, int]:
    """Return the lengths of the head and of the data announced."""
    size = unit[place + 2]
    if size != 0xFF:
        return 3, size
    if len(unit) - place < 5:
        raise ZvtFormatError("the extended length is cut off")
    return 5, unit[place + 3] | unit[place + 4] << 8
