"""The two frames of ``TSE-IO.bin``: what is written to the card and what is read back, bytes only.

::

    request    header 28 · token 4 · u16 length · u16 mode · command
    response   header 28 · token 4, not the request's · u16 length or status · data

All numbers big endian. A response that still carries the token of the request has not been made yet.
"""

import struct
from typing import Literal

from smartecr.core.records import dataclass

#: length of the file and of every transfer
FILE_NAME = "TSE-IO.bin"
SIZE = 8192
HEADER = b"AdVancED SeCuRe SD/MMC CArd\x01"
TOKEN = b"\xde\xad\xbe\xef"

NORMAL = 0x0000
SUSPEND_OFF = 0x5344
SUSPEND_ON = 0x5345
MODES = (NORMAL, SUSPEND_OFF, SUSPEND_ON)

_REQUEST = struct.Struct(">28s4sHH")
_RESPONSE = struct.Struct(">28s4sH")
#: where the data of an answer begin
DATA_AT = _RESPONSE.size
LARGEST_COMMAND = SIZE - _REQUEST.size - 1
LARGEST_DATA = SIZE - _RESPONSE.size

_BUSY = 0xFFFF
_TIMEOUT = 0xFF45
_CONTROLLER = 0xFF00

#: the commands of one byte: go on with, or give up, an answer that came in pieces
CONTINUE = b"\xc5"
CANCEL = b"\xc4"
#: what is sent with a suspend mode
IDLE = b"\x00\x00"


class FrameError(ValueError):
    """The bytes are no frame of this protocol; the text says why."""


@dataclass(frozen=True, slots=True)
class Response:
    """A frame read back.

    ``pending``: not made yet, the card works (keep reading). ``timeout``: the card's own inside gave no
    answer. ``controller``: the flash controller failed, ``code`` is FFxx. ``data``: ``data`` is the answer.
    """

    state: Literal["pending", "data", "timeout", "controller"]
    data: bytes = b""
    code: int = 0


_PENDING = Response("pending")


def request(command: bytes, mode: int = NORMAL, token: bytes = TOKEN) -> bytes:
    """Make the frame for a command. Raises FrameError when the command does not fit."""
    if len(command) > LARGEST_COMMAND:
        raise FrameError(f"a command of {len(command)} bytes does not fit")
    return (_REQUEST.pack(HEADER, token, len(command), mode) + command).ljust(SIZE, b"\x00")


def read_request(frame: bytes) -> tuple[bytes, int, bytes]:
    """Take command, mode and token out of a request. Raises FrameError."""
    if len(frame) < _REQUEST.size:
        raise FrameError("frame cut off")
    header, token, size, mode = _REQUEST.unpack_from(frame)
    if header != HEADER:
        raise FrameError("not the header of a request")
    if mode not in MODES:
        raise FrameError(f"mode {mode:04x}")
    if size > len(frame) - _REQUEST.size:
        raise FrameError(f"a command of {size} bytes does not fit")
    return frame[_REQUEST.size : _REQUEST.size + size], mode, token


def response(data: bytes, token: bytes) -> bytes:
    """Make the frame of an answer. Raises FrameError when the data do not fit."""
    if len(data) > LARGEST_DATA:
        raise FrameError(f"an answer of {len(data)} bytes does not fit")
    return (_RESPONSE.pack(HEADER, token, len(data)) + data).ljust(SIZE, b"\x00")


def status(code: int, token: bytes) -> bytes:
    """Make the frame of a status (busy FFFF, time-out FF45, controller FFxx)."""
    return _RESPONSE.pack(HEADER, token, code).ljust(SIZE, b"\x00")


def read_response(frame: bytes, token: bytes = TOKEN) -> Response:
    """Read a frame found after a request with ``token``. Raises FrameError when it is none.

    A header of zeros is met for a moment with some cards and counts as pending.
    """
    if len(frame) < _RESPONSE.size:
        raise FrameError("frame cut off")
    header, answer_token, size = _RESPONSE.unpack_from(frame)
    if header == bytes(28):
        return _PENDING
    if header != HEADER:
        raise FrameError(f"header {header[:8].hex()}…")
    if answer_token == token or size == _BUSY:
        return _PENDING
    if size == _TIMEOUT:
        return Response("timeout", code=size)
    if size >= _CONTROLLER:
        return Response("controller", code=size)
    if size > min(LARGEST_DATA, len(frame) - _RESPONSE.size):
        raise FrameError(f"an answer of {size} bytes does not fit")
    return Response("data", frame[_RESPONSE.size : _RESPONSE.size + size])
