"""What the till and the camera's process say to each other.

To the process (standard input): a letter, a length of four bytes, the content. ``J`` a frame as JPEG or PNG, ``G`` a
grey plane behind width and height, ``P`` pause, ``R`` resume, ``K`` the symbols to take for known (JSON), ``S`` show
the next frame, for whoever sets the camera up.
From the process (standard output): one JSON object a line, see `worker`.
"""

from __future__ import annotations

import base64
import io
import json
import os
import struct
from collections.abc import Iterable
from typing import Any

from PIL import Image

from smartecr.scanner.symbols import Symbol

ENCODED, GREY, PAUSE, RESUME, KNOWN, SHOW = b"J", b"G", b"P", b"R", b"K", b"S"
MOST_MESSAGE = 16_000_000
SHOWN = 640
_HEAD = struct.Struct("<cI")
_SIZE = struct.Struct("<II")


class WireError(ValueError):
    """The other side does not speak this language."""


def message(kind: bytes, content: bytes = b"") -> bytes:
    """Return a message to the process."""
    return _HEAD.pack(kind, len(content)) + content


def plane(data: bytes, width: int, height: int) -> bytes:
    """Return the content of a ``G`` message."""
    return _SIZE.pack(width, height) + data


def split_plane(content: bytes) -> tuple[bytes, int, int]:
    """Return data, width and height of a ``G`` message. Raises WireError."""
    if len(content) < _SIZE.size:
        raise WireError("a plane without size")
    width, height = _SIZE.unpack_from(content)
    return content[_SIZE.size :], width, height


def receive(handle: int) -> tuple[bytes, bytes] | None:
    """Read one message from a file descriptor; None at its end. Raises WireError."""
    head = _exactly(handle, _HEAD.size)
    if head is None:
        return None
    kind, length = _HEAD.unpack(head)
    if kind not in (ENCODED, GREY, PAUSE, RESUME, KNOWN, SHOW) or length > MOST_MESSAGE:
        raise WireError(f"message {kind!r} of {length} bytes")
    content = _exactly(handle, length)
    return None if content is None else (kind, content)


def small_jpeg(picture: Image.Image) -> str:
    """Return a frame as the base64 of a JPEG no wider than SHOWN pixels."""
    small = picture.copy()
    small.thumbnail((SHOWN, SHOWN))
    out = io.BytesIO()
    small.convert("L").save(out, "JPEG", quality=80)
    return base64.b64encode(out.getvalue()).decode()


def symbols_to_json(symbols: Iterable[Symbol]) -> bytes:
    """Write symbols for a ``K`` message."""
    return json.dumps([symbol_data(symbol) for symbol in symbols]).encode()


def symbols_from_json(content: bytes) -> list[Symbol]:
    """Read a ``K`` message. Raises WireError."""
    try:
        return [symbol_from(data) for data in json.loads(content)]
    except (ValueError, TypeError, KeyError) as error:
        raise WireError(str(error)) from error


def symbol_data(symbol: Symbol) -> dict[str, Any]:
    """Return a symbol as JSON can carry it."""
    return {"symbology": symbol.symbology, "aim": symbol.aim, "text": symbol.text, "corners": symbol.corners}


def symbol_from(data: dict[str, Any]) -> Symbol:
    """Read a symbol back. Raises KeyError, TypeError, ValueError."""
    a, b, c, d = ((float(x), float(y)) for x, y in data["corners"])
    return Symbol(str(data["symbology"]), str(data["aim"]), str(data["text"]), (a, b, c, d))


def _exactly(handle: int, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = os.read(handle, min(count - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
