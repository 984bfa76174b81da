"""A frame in words, for people and programs: what ``smartecr zvt decode`` prints. Card data and passwords are masked.

Keys: ``frame`` (apdu, serial or link), ``command`` (four hex digits), ``name``, ``length``, ``fields`` by BMP, ``tlv``;
``password`` is always hidden; ``meaning`` is German; what could not be read is ``unread`` (hex, masked).
"""

from typing import Any, Final

from smartecr.terminal.api import ReceiptType
from smartecr.terminal.zvt import charset as charsets
from smartecr.terminal.zvt import serialframe
from smartecr.terminal.zvt.apdu import data_of
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.messages import PASSWORD, Message, completion_status, parse
from smartecr.terminal.zvt.names import BMP_NAMES, TAG_NAMES, command_name
from smartecr.terminal.zvt.receipts import block_of
from smartecr.terminal.zvt.resultcodes import meaning
from smartecr.terminal.zvt.results import card_number, text_of
from smartecr.terminal.zvt.statuscodes import condition, step
from smartecr.terminal.zvt.tlv import Node
from smartecr.terminal.zvt.totals import batch_of

__all__ = ["explain"]

_PRINT_LINE: Final = 0x06D1
_PRINT_BLOCK: Final = 0x06D3
_STATUS: Final = 0x040F
_INTERMEDIATE: Final = 0x04FF
_ABORT: Final = 0x061E
_REGISTRATION: Final = 0x0600

#: bitmaps and tags whose value is text
_TEXTS: Final = frozenset((0x2A, 0x3B, 0x3C, 0x8B, *range(0xE1, 0xE9), *range(0xF1, 0xF9)))
_TEXT_TAGS: Final = frozenset((0x07, 0x15, 0x42, 0x44, 0x46, 0x47, 0x4A, 0x64, 0x65, 0x66, 0x67, 0x68)) | frozenset(
    (0x1F17, 0x1F2F, 0x1F3A, 0x1F40, 0x1F41, 0x1F51, 0x1F52, 0x1F53, 0x1F62, 0x1F63, 0x1F80)
)
_AMOUNT: Final = 0x04
_CARD: Final = 0x22
#: how many passwords stand at the start of a command
_PASSWORDS: Final = dict.fromkeys(
    (0x0600, 0x0610, 0x0612, 0x061B, 0x0620, 0x0621, 0x0630, 0x0631, 0x0650, 0x0651, 0x0691, 0x0693, 0x0501, 0x0801), 1
) | {0x0695: 2}


def explain(frame: bytes) -> dict[str, Any]:
    """Describe one unit or serial frame. Raises ZvtFormatError when it is neither."""
    if frame in (serialframe.ACK_BYTE, serialframe.NAK_BYTE):
        return {"frame": "link", "name": "ACK" if frame == serialframe.ACK_BYTE else "NAK"}
    if frame[:2] == b"\x10\x02":
        return {"frame": "serial"} | _unit(serialframe.unwrap(frame))
    return {"frame": "apdu"} | _unit(frame)


def _unit(frame: bytes) -> dict[str, Any]:
    length = len(data_of(frame))
    message = parse(frame)
    if not _is_zvt(message):
        raise ZvtFormatError(f"no command of ZVT: {message.command:04X}")
    told: dict[str, Any] = {
        "command": f"{message.command:04X}",
        "name": command_name(message.command),
        "length": length,
    }
    told |= _head(message)
    if message.fields:
        told["fields"] = {f"{code:02X}": _field(code, value) for code, value in message.fields.items()}
    if message.fields.has_tlv:
        told["tlv"] = [_node(found) for found in message.fields.tlv]
    if message.fields.rest:
        told["unread"] = message.fields.rest.hex().upper()
    return told | _sense(message)


def _is_zvt(message: Message) -> bool:
    """Classes of ZVT: 04, 05, 06, 08 commands, 80 and 84 answers, 0F what makers add."""
    return message.command >> 8 in (0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84)


def _head(message: Message) -> dict[str, Any]:
    head = message.head
    count = _PASSWORDS.get(message.command, 0)
    told: dict[str, Any] = {}
    if count and len(head) >= count * PASSWORD:
        told["password"] = "*" * 6
        head = head[count * PASSWORD :]
    if message.command == _REGISTRATION and head:
        told["config"] = f"{head[0]:02X}"
        if len(head) == PASSWORD:
            told["currency"] = head[1:].hex()
    elif message.command == 0x0612 and len(head) >= 2:
        told["receipts"] = [head[place : place + 2].hex() for place in range(0, len(head), 2)]
    elif head and message.command not in (_PRINT_LINE, _INTERMEDIATE, _ABORT, 0x060F):
        told["head"] = head.hex().upper()
    return told


def _field(code: int, value: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"name": BMP_NAMES.get(code, ""), "hex": value.hex().upper()}
    if code == 0x3D:
        return {"name": BMP_NAMES[code], "hex": "*" * 6}
    if code == _AMOUNT and value.hex().isdecimal():
        told["cents"] = int(value.hex())
    elif code == _CARD:
        told["text"] = card_number(value)
    elif code in _TEXTS:
        told["text"] = charsets.decode(value.rstrip(b"\0"))
    elif code == 0x27 and value[0]:
        told["meaning"] = meaning(value[0]).reason
    return told


def _node(found: Node) -> dict[str, Any]:
    told: dict[str, Any] = {"tag": f"{found.tag:02X}", "name": TAG_NAMES.get(found.tag, "")}
    if found.children:
        return told | {"children": [_node(child) for child in found.children]}
    told["hex"] = found.value.hex().upper()
    if found.tag in _TEXT_TAGS:
        told["text"] = charsets.decode(found.value)
    return told


def _sense(message: Message) -> dict[str, Any]:
    """What the message says as a whole."""
    command, head = message.command, message.head
    if command == _STATUS:
        return _status(message)
    if command == _INTERMEDIATE and head:
        told: dict[str, Any] = {"code": f"{head[0]:02X}", "meaning": step(head[0]).text}
        if len(head) > 1:
            told["timeout_minutes"] = int(head[1:].hex()) if head[1:].hex().isdecimal() else None
        return told | _words(message)
    if command == _ABORT and head:
        return {"code": f"{head[0]:02X}", "meaning": meaning(head[0]).reason if head[0] else "Kein Fehler"}
    if command == _PRINT_LINE and head:
        return {"attribute": f"{head[0]:02X}", "text": charsets.decode(head[1:])}
    if command == _PRINT_BLOCK:
        block = block_of(message, ReceiptType.CUSTOMER)
        return {"receipt": block.type.value, "lines": [[f"{attribute:02X}", text] for attribute, text in block.lines]}
    status = completion_status(message)
    if status is not None:
        version = charsets.decode(head[3:-1])
        return {"status": f"{status:02X}", "meaning": condition(status).message} | (
            {"software": version} if version else {}
        )
    if command >> 8 == 0x84 and command != 0x8400:
        return {"code": f"{command & 0xFF:02X}", "meaning": meaning(command & 0xFF).reason}
    return {}


def _status(message: Message) -> dict[str, Any]:
    told = _words(message)
    if 0x60 in message.fields:
        batch = batch_of(message, closed=False)
        told["totals"] = {brand: {"count": count, "cents": cents} for brand, (count, cents) in batch.by_brand.items()}
    return told


def _words(message: Message) -> dict[str, Any]:
    text = text_of(message)
    return {"text": text} if text else {}
