"""What stands in the parameters: times, base64, archives as long as they may be; pure."""

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from smartecr.tse.drivers.diebold.frames import FrameError, number

_TIME = "%d.%m.%Y %H:%M:%S"
_MARK = re.compile(rb"\x1b([\x91\x92\x99\x9f])")
_CHUNK = 64 << 10


class Signed(NamedTuple):
    """What comes with every signature."""

    log_time: int
    signature_counter: int
    signature: bytes


def moment(unix: int) -> str:
    """Write a time (UTC). Raises FrameError for one no calendar has."""
    try:
        return datetime.fromtimestamp(unix, UTC).strftime(_TIME)
    except (ValueError, OverflowError, OSError) as error:
        raise FrameError(str(error)) from None


def unix(value: bytes) -> int:
    """Read a time (UTC). Raises FrameError."""
    try:
        return int(datetime.strptime(value.decode("ascii"), _TIME).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise FrameError(f"no time: {value[:24].hex()}") from None


def binary(value: bytes) -> bytes:
    """Read base64. Raises FrameError."""
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise FrameError("no base64") from None


def text(value: bytes) -> str:
    """Read text, whatever it holds."""
    return value.decode("ascii", "replace").strip()


def at(parameters: Sequence[bytes], index: int) -> bytes:
    """Take a value out of an answer. Raises FrameError when there are too few."""
    if index >= len(parameters):
        raise FrameError(f"an answer of {len(parameters)} values")
    return parameters[index]


def optional(parameters: Sequence[bytes], index: int) -> int | None:
    """Take a number older devices leave out or empty."""
    value = parameters[index] if index < len(parameters) else b""
    return number(value) if value.isdigit() else None


def signed(parameters: Sequence[bytes]) -> Signed:
    """Take log time, signature counter and signature from the ends of an answer (between them a start tells more)."""
    signature = binary(at(parameters, len(parameters) - 1)) if parameters else b""
    if not signature or len(parameters) < 3:
        raise FrameError("the answer has no signature")
    return Signed(unix(parameters[0]), number(parameters[-2]), signature)


def write_archive(source: BinaryIO, sink: BinaryIO) -> None:
    """Decode the base64 values of a long response (at its beginning) one behind the other. Raises FrameError."""
    if source.read(2) != b"\x1b\x91" or not source.read(3).isdigit():
        raise FrameError("no response")
    value: bytes | None = None
    rest = b""
    while chunk := source.read(_CHUNK):
        data = rest + chunk
        cut = len(data) - data.endswith(b"\x1b")
        rest = data[cut:]
        content, *marked = _MARK.split(data[:cut])
        value = _decode(value, content, sink)
        for mark, content in zip(marked[::2], marked[1::2], strict=True):
            if value:
                raise FrameError("base64 cut off")
            if mark == b"\x99":
                return
            value = _decode(b"" if mark == b"\x92" else None, content, sink)
    raise FrameError("a response without an end")


def _decode(begun: bytes | None, content: bytes, sink: BinaryIO) -> bytes | None:
    """Decode as much as is whole; return what is left of the value, None outside of one."""
    if begun is None:
        if content:
            raise FrameError("bytes between the values")
        return None
    encoded = begun + content
    whole = len(encoded) - len(encoded) % 4
    sink.write(binary(encoded[:whole]))
    return encoded[whole:]
