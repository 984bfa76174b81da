"""Commands of the card and the lists of parameters they carry, both ways; bytes only.

::

    command     5C54 · u16 code · u16 length of parameters · parameters
    parameter   u8 type · u16 length · content
    answer      u16 result · …     result < 8000: bytes of the parameter list behind it
                                   8xxx: error;  9000: u64 size, then a TAR archive

Numbers travel as byte arrays, big endian, of any length; a missing value is an empty byte array.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

_HEAD = struct.Struct(">2sHH")
_MAGIC = b"\x5c\x54"
_PARAMETER = struct.Struct(">BH")
_LARGEST_STRING = 0x200
_ARCHIVE = 0x9000
_ERROR = 0x8000


class Code(IntEnum):
    """Command codes."""

    START = 0
    GET_PIN_STATES = 1
    INITIALIZE_PINS = 2
    AUTHENTICATE_USER = 3
    UNBLOCK_USER = 4
    LOG_OUT = 5
    INITIALIZE = 6
    UPDATE_TIME = 7
    GET_SERIAL_NUMBERS = 8
    MAP_ERS_TO_KEY = 9
    START_TRANSACTION = 10
    UPDATE_TRANSACTION = 11
    FINISH_TRANSACTION = 12
    EXPORT_DATA = 13
    GET_CERTIFICATES = 14
    READ_LOG_MESSAGE = 15
    ERASE = 16
    GET_CONFIG_DATA = 17
    GET_STATUS = 18
    DEACTIVATE = 19
    ACTIVATE = 20
    DISABLE = 21
    EXPORT_MORE_DATA = 22
    GET_ERS_MAPPINGS = 23
    GET_KEY_DATA = 24
    GET_WEAR_INDICATOR = 25
    DELETE_DATA_UP_TO = 27
    SHUTDOWN = 255


class Config(IntEnum):
    """What GET_CONFIG_DATA is asked for."""

    VERSION = 0
    SIGNATURE_ALGORITHMS = 1
    UPDATE_VARIANTS = 2
    MAX_KEYS = 3
    MAX_CLIENTS = 4
    MAX_TRANSACTIONS = 5
    TIME_SYNC_INTERVAL = 6
    TIME_FORMAT = 7
    CERTIFICATION_ID = 8


class Status(IntEnum):
    """What GET_STATUS is asked for."""

    CLIENTS = 0
    OPEN_COUNT = 1
    OPEN_TRANSACTIONS = 2
    TRANSACTION_COUNTER = 3
    LIFE_CYCLE = 4
    TOTAL_MEMORY = 5
    FREE_MEMORY = 6


class KeyData(IntEnum):
    """What GET_KEY_DATA is asked for."""

    SIGNATURE_COUNTER = 0
    CERTIFICATE_EXPIRY = 1
    PUBLIC_KEY = 2


class LifeCycle(IntEnum):
    """Answers of ``Status.LIFE_CYCLE``."""

    UNKNOWN = 0
    NOT_INITIALIZED = 1
    NO_TIME = 2
    ACTIVE = 3
    DEACTIVATED = 4
    DISABLED = 5


class CommandError(ValueError):
    """The bytes are no command or no answer of this protocol; the text says why."""


class Byte(int):
    """A parameter of one byte (type 1)."""


class Short(int):
    """A parameter of two bytes (type 3)."""


#: bytes travel as type 2, text as type 4 (ASCII), lists of numbers as type 5
Parameter = Byte | Short | bytes | str | tuple[int, ...]


def number(value: int) -> bytes:
    """Encode a number in as few bytes as it needs, four at least."""
    return value.to_bytes(max(4, (value.bit_length() + 7) // 8), "big")


def encode(code: int, *parameters: Parameter) -> bytes:
    """Make a command. Raises CommandError for text the card cannot hold."""
    content = encode_parameters(parameters)
    if len(content) > 0xFFFF:
        raise CommandError(f"{len(content)} bytes of parameters do not fit")
    return _HEAD.pack(_MAGIC, code, len(content)) + content


def decode(command: bytes) -> tuple[int, list[Parameter]]:
    """Take a command apart. Raises CommandError."""
    if len(command) < _HEAD.size:
        raise CommandError("command cut off")
    magic, code, size = _HEAD.unpack_from(command)
    if magic != _MAGIC or size != len(command) - _HEAD.size:
        raise CommandError("not the head of a command")
    return code, decode_parameters(command[_HEAD.size :])


def encode_parameters(parameters: Sequence[Parameter]) -> bytes:
    """Make a list of parameters."""
    parts = []
    for value in parameters:
        kind, content = _encode(value)
        if len(content) > 0xFFFF:
            raise CommandError(f"a parameter of {len(content)} bytes does not fit")
        parts.append(_PARAMETER.pack(kind, len(content)) + content)
    return b"".join(parts)


def _encode(value: Parameter) -> tuple[int, bytes]:
    if isinstance(value, Byte):
        return 1, value.to_bytes(1, "big")
    if isinstance(value, Short):
        return 3, value.to_bytes(2, "big")
    if isinstance(value, bytes):
        return 2, value
    if isinstance(value, str):
        if not value.isascii() or len(value) > _LARGEST_STRING:
            raise CommandError(f"text {value[:40]!r} is not ASCII or too long")
        return 4, value.encode("ascii")
    return 5, b"".join(entry.to_bytes(4, "big") for entry in value)


def decode_parameters(data: bytes) -> list[Parameter]:
    """Take a list of parameters apart. Raises CommandError."""
    parameters: list[Parameter] = []
    position = 0
    while position < len(data):
        if position + _PARAMETER.size > len(data):
            raise CommandError(f"parameter at byte {position} is cut off")
        kind, size = _PARAMETER.unpack_from(data, position)
        start = position + _PARAMETER.size
        position = start + size
        if position > len(data):
            raise CommandError(f"parameter of {size} bytes reaches beyond its list")
        parameters.append(_decode(kind, data[start:position]))
    return parameters


def _decode(kind: int, content: bytes) -> Parameter:
    if kind == 2:
        return content
    if kind == 1 and len(content) == 1:
        return Byte(content[0])
    if kind == 3 and len(content) == 2:
        return Short(int.from_bytes(content, "big"))
    if kind == 4 and content.isascii():
        return content.decode("ascii")
    if kind == 5 and len(content) % 4 == 0:
        return numbers(content)
    raise CommandError(f"parameter of type {kind} with {len(content)} bytes")


def numbers(content: bytes) -> tuple[int, ...]:
    """Read numbers of four bytes each."""
    return tuple(int.from_bytes(content[at : at + 4], "big") for at in range(0, len(content), 4))


class Head(NamedTuple):
    """How an answer begins.

    ``error`` is the card's code or 0. Otherwise ``size`` bytes follow in all (more may come in further
    pieces), beginning at ``start``: a TAR archive if ``archive``, else a list of parameters.
    """

    error: int
    archive: bool
    start: int
    size: int


def read_head(answer: bytes) -> Head:
    """Read the result word of an answer. Raises CommandError when it makes no sense."""
    if len(answer) < 2:
        raise CommandError("answer without a result")
    result = int.from_bytes(answer[:2], "big")
    if result < _ERROR:
        return Head(0, False, 2, result)
    if result == _ARCHIVE:
        if len(answer) < 10 or answer[2] & 0x80:
            raise CommandError("archive without a size")
        return Head(0, True, 10, int.from_bytes(answer[2:10], "big"))
    if result & 0xFF00 == _ERROR or result >> 8 == 0x81:
        return Head(result, False, 2, 0)
    raise CommandError(f"result {result:04x}")


def answer(parameters: Sequence[Parameter] = ()) -> bytes:
    """Make a whole answer of parameters."""
    content = encode_parameters(parameters)
    return len(content).to_bytes(2, "big") + content


def archive_head(size: int) -> bytes:
    """Make what stands before a TAR archive of ``size`` bytes."""
    return _ARCHIVE.to_bytes(2, "big") + size.to_bytes(8, "big")


def error(code: int) -> bytes:
    """Make a whole answer of an error."""
    return code.to_bytes(2, "big")
