"""One message, read: the command, the bytes that stand at fixed places before the bitmaps, and the bitmaps.

``parse`` is where bytes from a wire become objects: card data is masked here and exists nowhere behind it.
A message never shows its bytes in its ``repr`` or in an error.
"""

import re
from typing import Final

from smartecr.terminal.masking import mask_opaque, mask_text
from smartecr.terminal.zvt import bmp, tlv
from smartecr.terminal.zvt.apdu import command_of, data_of
from smartecr.terminal.zvt.bmp import Fields
from smartecr.terminal.zvt.names import command_name

__all__ = ["PASSWORD", "Message", "completion_status", "container_at", "parse", "parse_data"]

PASSWORD: Final = 3

#: bytes before the bitmaps, by command; everything not named here begins with bitmaps at once
_HEADS: Final = {
    0x0600: 6,  # password, configuration, currency
    0x0610: 3,
    0x0612: 7,  # password, first and last receipt
    0x061B: 3,
    0x0620: 3,
    0x0621: 3,
    0x0630: 3,
    0x0631: 3,
    0x0650: 3,
    0x0651: 3,
    0x0691: 3,
    0x0693: 3,
    0x0695: 6,  # old and new password
    0x06C0: 1,  # time-out
    0x0501: 3,
    0x0801: 3,
    0x0830: 1,  # language
    0x0840: 1,  # baud rate
    0x061E: 1,  # result code
}
#: the frequent ones that begin with bitmaps at once
_BITMAPS_ONLY: Final = frozenset((0x040F, 0x0601, 0x06D3))
_INTERMEDIATE: Final = 0x04FF
_PRINT_LINE: Final = 0x06D1
_COMPLETION: Final = 0x060F
_ANSWERS: Final = (0x80, 0x84)
#: what terminals append to a print line: the receipt's type, the message's number (tags 1F07, 1F73), or both
_APPENDED: Final = re.compile(
    rb"\x06(?:\x04\x1f\x07\x01.|\x06\x1f\x73\x03...|\x0a(?:\x1f\x07\x01.|\x1f\x73\x03...){2})\Z", re.DOTALL
)


class Message:
    """A unit that was read. ``head`` are the bytes before the bitmaps (they may hold the password: never show them)."""

    __slots__ = ("command", "fields", "head")

    def __init__(self, command: int, head: bytes, fields: Fields) -> None:
        self.command = command
        self.head = head
        self.fields = fields

    def __repr__(self) -> str:
        return f"<{self.command:04X} {command_name(self.command)}>"

    @property
    def is_answer(self) -> bool:
        """Whether it is an 80 xx or 84 xx."""
        return self.command >> 8 in _ANSWERS

    @property
    def is_positive(self) -> bool:
        """Whether it is a positive answer: 80 00, or 84 00, which some terminals say instead."""
        return self.command in (0x8000, 0x8400)

    def number(self, code: int) -> int | None:
        """Return a packed number; None when it is missing or no number."""
        value = self.fields.get(code)
        text = "" if value is None else value.hex()
        return int(text) if text.isdecimal() else None

    def tag(self, *path: int) -> bytes | None:
        """Return the value on a path of tags in the container."""
        return tlv.value(self.fields.tlv, *path)


def parse(frame: bytes) -> Message:
    """Read one whole unit. Raises ZvtFormatError only when its length is not what it announces."""
    size = len(frame) - 3
    if size >= 0 and frame[2] == size != 0xFF and (command := frame[0] << 8 | frame[1]) in _BITMAPS_ONLY:
        return Message(command, b"", bmp.read(frame, 3))
    data = data_of(frame)
    return parse_data(command_of(frame), data)


def parse_data(command: int, data: bytes) -> Message:
    """Read the data of a command."""
    if command == _COMPLETION:
        return _completion(data)
    if command == _INTERMEDIATE:
        return _intermediate(data)
    if command == _PRINT_LINE:
        return _print_line(data)
    if command >> 8 in _ANSWERS:
        return _answer(command, data)
    size = _HEADS.get(command, 0)
    if command == 0x0612 and len(data) == 5:
        size = 5
    if command == 0x0600 and len(data) > 4 and data[4:6] != b"\x09\x78":
        size = 6 if bmp.read(data, 6).rest == b"" else 4
    if command == 0x06C0 and not data:
        size = 0
    return Message(command, data[:size], bmp.read(data, size))


def _completion(data: bytes) -> Message:
    """Bitmaps, or the form that answers a status enquiry: [LLLVAR software version] status code [container]."""
    fields = bmp.read(data)
    if not fields.rest:
        return Message(_COMPLETION, b"", fields)
    size = 0
    if len(data) > 3 and all(byte & 0xF0 == 0xF0 for byte in data[:3]):
        size = 3 + (data[0] & 15) * 100 + (data[1] & 15) * 10 + (data[2] & 15)
    if size < len(data):
        after = bmp.read(data, size + 1)
        if not after.rest:
            return Message(_COMPLETION, mask_text(data[: size + 1]), after)
    fields = Fields()
    fields.rest = mask_opaque(data)
    return Message(_COMPLETION, b"", fields)


def container_at(message: Message, data: bytes) -> int | None:
    """Return where in the data of a message its container begins; None where it has none."""
    return bmp.container_at(data, len(message.head)) if message.fields.has_tlv else None


def completion_status(message: Message) -> int | None:
    """Return the status code of a completion that answers a status enquiry; None for any other."""
    return message.head[-1] if message.command == _COMPLETION and message.head else None


def _intermediate(data: bytes) -> Message:
    """Code, time-out in minutes (some leave it out), container."""
    for size in (2, 1):
        fields = bmp.read(data, size)
        if not fields.rest and (size == 1 or data[1:2] != b"\x06" or fields.has_tlv or len(data) == 2):
            return Message(_INTERMEDIATE, data[:size], fields)
    return Message(_INTERMEDIATE, data[:2], bmp.read(data, 2))


def _print_line(data: bytes) -> Message:
    """Attribute and text; some terminals add a container that names the receipt: ``06 04 1F07 01 xx``."""
    fields = Fields()
    appended = _APPENDED.search(data)
    if appended:
        fields = bmp.read(data, appended.start())
        data = data[: appended.start()]
    return Message(_PRINT_LINE, mask_text(data), fields)


def _answer(command: int, data: bytes) -> Message:
    """A key (80 00 01 key), bitmaps, or a currency behind BMP-less 6F."""
    fields = bmp.read(data)
    if not fields.rest:
        return Message(command, b"", fields)
    return Message(command, mask_opaque(data), Fields())
