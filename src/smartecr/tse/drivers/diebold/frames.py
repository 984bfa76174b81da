"""The native frames of Diebold Nixdorf's TSE, by serial line or TCP; pure.

::

    request     1B 90 ddd   (1B 92 parameter)*   1B 99 request-id   1B 9D            1B 9F
                                                                    1B 9E buffer
    response    1B 91 ddd   (1B 92 parameter)*   1B 99 request-id                    1B 9F
    status      1B 6B …                                             unasked, passed over

``ddd`` is the command in digits. Parameters are ASCII. ``1B 9D`` wants the answer at once, ``1B 9E`` wants it kept in
a buffer to be fetched in packets by command 004. There is no checksum and nothing is escaped: the data of a packet may
hold any byte, so they are taken by their size.
"""

from collections.abc import Sequence
from typing import NamedTuple

_ESC = b"\x1b"
_REQUEST = b"\x1b\x90"
_RESPONSE = b"\x1b\x91"
_PARAMETER = b"\x1b\x92"
_ID = b"\x1b\x99"
_DIRECT = b"\x1b\x9d"
_BUFFERED = b"\x1b\x9e"
_END = b"\x1b\x9f"
_STATUS = b"\x1b\x6b"

PACKET = 4
LARGEST = 1 << 20
#: packet number, size and the like have few digits
_SHORT = 32


class FrameError(ValueError):
    """The bytes are no frame of this protocol; the text says why."""


class Response(NamedTuple):
    """A response: which command it answers, its values, the id of the request."""

    command: int
    parameters: list[bytes]
    request_id: bytes


def request(command: int, parameters: Sequence[str], request_id: str, buffer: int | None = None) -> bytes:
    """Make a request; with ``buffer`` its answer is kept there. Raises FrameError for text that is not ASCII."""
    text = "".join((*parameters, request_id))
    if not text.isascii() or "\x1b" in text:
        raise FrameError("a parameter is not ASCII")
    values = b"".join(_PARAMETER + value.encode() for value in parameters)
    mode = _DIRECT if buffer is None else _BUFFERED + str(buffer).encode()
    return _REQUEST + f"{command:03d}".encode() + values + _ID + request_id.encode() + mode + _END


class Reader:
    """Takes responses out of a stream of bytes: one may come in many pieces, many in one piece."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes off the line."""
        self._buffer += data

    def next(self) -> Response | None:
        """Give the next whole response, if there is one. Raises FrameError."""
        self._pass_over_status()
        found = _parse(self._buffer)
        if found is None:
            if len(self._buffer) > 2 * LARGEST:
                raise FrameError("a response without an end")
            return None
        response, end = found
        del self._buffer[:end]
        return response

    def _pass_over_status(self) -> None:
        """Drop a status frame: its length is not told, so it ends where the next response begins."""
        if self._buffer.startswith(_STATUS):
            start = self._buffer.find(_RESPONSE)
            if start < 0:
                start = len(self._buffer) - self._buffer.endswith(_ESC)
                del self._buffer[2:start]
            else:
                del self._buffer[:start]


def parse(content: bytes) -> Response:
    """Read one whole response, as it comes out of a buffer. Raises FrameError."""
    found = _parse(content)
    if found is None or found[1] != len(content):
        raise FrameError("no whole response")
    return found[0]


def _parse(content: bytes | bytearray) -> tuple[Response, int] | None:
    """Read the response at the beginning; return it with its end, or None while it is not whole."""
    if not _begins(content):
        raise FrameError(f"not the beginning of a response: {bytes(content[:8]).hex()}")
    if len(content) < 5 or content.startswith(_STATUS):
        return None
    digits = bytes(content[2:5])
    if not digits.isdigit():
        raise FrameError(f"no command: {digits.hex()}")
    command = int(digits)
    if command == PACKET and content[5:7] == _PARAMETER:
        return _parse_packet(content)
    end = content.find(_END, 5)
    if end < 0:
        return None
    values, mark, request_id = bytes(content[5:end]).rpartition(_ID)
    before, *parameters = values.split(_PARAMETER)
    if not mark or before:
        raise FrameError("a response without request id, or with something before its values")
    return Response(command, parameters, request_id), end + 2


def _begins(content: bytes | bytearray) -> bool:
    """Tell whether a response, or a status frame, may still come of these first bytes."""
    return any(mark.startswith(bytes(content[:2])) for mark in (_RESPONSE, _STATUS))


def _parse_packet(content: bytes | bytearray) -> tuple[Response, int] | None:
    """Read a packet: buffer, packet number, status, size, and so many bytes whatever they are."""
    parameters: list[bytes] = []
    position = 7
    while len(parameters) < 4:
        end = content.find(_PARAMETER, position, position + _SHORT)
        if end < 0:
            if len(content) - position >= _SHORT or _ID in content[position:]:
                raise FrameError("a packet without its size")
            return None
        parameters.append(bytes(content[position:end]))
        position = end + 2
    size = number(parameters[3])
    if size > LARGEST:
        raise FrameError(f"a packet of {size} bytes")
    end = position + size
    if len(content) < end + 2:
        return None
    stop = content.find(_END, end)
    if stop < 0:
        return None
    if content[end : end + 2] != _ID:
        raise FrameError("a packet that does not end behind its size")
    parameters.append(bytes(content[position:end]))
    return Response(PACKET, parameters, bytes(content[end + 2 : stop])), stop + 2


def number(value: bytes) -> int:
    """Read a number in digits. Raises FrameError."""
    if not value.isdigit() or len(value) > 20:
        raise FrameError(f"no number: {value[:20].hex()}")
    return int(value)


def hexadecimal(value: bytes) -> int:
    """Read a number in hexadecimal digits. Raises FrameError."""
    if not value.isalnum() or len(value) > 8:
        raise FrameError(f"no hexadecimal number: {value[:20].hex()}")
    try:
        return int(value, 16)
    except ValueError:
        raise FrameError(f"no hexadecimal number: {value.hex()}") from None
