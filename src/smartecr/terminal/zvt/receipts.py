"""Receipts as the terminal words them: print lines (``06 D1``) and text blocks (``06 D3``), kept unchanged.

Attributes: 40 centred, 20 double width, 10 double height, low half byte indentation; 81–8F and FF end a receipt
(FF in a print line also feeds lines). Tag 1F07 names the receipt: 1 merchant, 2 customer, 3 administration;
where it is missing, the heading does.
"""

from typing import Final

from smartecr.terminal.api import ReceiptBlock, ReceiptType
from smartecr.terminal.zvt import charset as charsets
from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.tlv import Node

__all__ = ["ReceiptCollector", "block_of"]

_TYPES: Final = {1: ReceiptType.MERCHANT, 2: ReceiptType.CUSTOMER, 3: ReceiptType.ADMINISTRATION}
_END_FROM: Final = 0x81
_FEED: Final = 0xFF
_SIGNATURE: Final = 0x02
_MANDATORY: Final = 0x80
#: more lines than any receipt has: a terminal that never ends one is cut
_MOST_LINES: Final = 2000

Lines = list[tuple[int, str]]


def block_of(message: Message, usual: ReceiptType, charset: str = charsets.AUTO) -> ReceiptBlock:
    """Read a text block; ``usual`` is for whom it is when nothing says so."""
    container = message.fields.tlv
    told = message.tag(0x14) or message.tag(0x25, 0x14)
    charset = charsets.name_of(told[0]) if told else charset
    lines: Lines = []
    attribute = 0
    for text in (found for found in container if found.tag == 0x25):
        attribute = _gather(text.children, attribute, charset, lines)
    information = message.tag(0x1F37)
    flags = information[0] if information else 0
    return ReceiptBlock(
        type=_type(message, lines, usual),
        lines=tuple(lines),
        signature=bool(flags & _SIGNATURE),
        mandatory=bool(flags & _MANDATORY),
    )


def _gather(nodes: tuple[Node, ...], attribute: int, charset: str, lines: Lines) -> int:
    for found in nodes:
        if found.tag == 0x09 and found.value:
            attribute = found.value[0]
            if attribute >= _END_FROM:
                attribute = 0
        elif found.tag == 0x07:
            lines += [(attribute, line) for line in charsets.decode(found.value, charset).split("\n")]
        elif found.tag == 0xE3:
            content = tlv.value(found.children, 0x1F2F) or b""
            lines.append((attribute, charsets.decode(content, charset)))
    return attribute


class ReceiptCollector:
    """Turns messages into receipts. A block is a receipt at once, lines become one when its end comes."""

    def __init__(self, usual: ReceiptType, charset: str = charsets.AUTO) -> None:
        self._usual = usual
        self._charset = charset
        self._lines: Lines = []
        self._type: ReceiptType | None = None
        self._last: ReceiptBlock | None = None

    def take(self, message: Message) -> ReceiptBlock | None:
        """Take a print line or text block; return the receipt it completes, None for one that came twice."""
        if message.command == 0x06D3:
            return self._fresh(block_of(message, self._usual, self._charset))
        data = message.head
        attribute = data[0] if data else 0
        self._type = _told(message) or self._type
        if attribute == _FEED:
            return self.flush()
        if attribute < _END_FROM or len(data) > 1:
            text = charsets.decode(data[1:], self._charset)
            self._lines.append((attribute if attribute < _END_FROM else 0, text))
        if attribute >= _END_FROM or len(self._lines) >= _MOST_LINES:
            return self.flush()
        return None

    def flush(self) -> ReceiptBlock | None:
        """Return the lines whose end never came; None when there are none."""
        lines, kind = self._lines, self._type
        self._lines, self._type = [], None
        if not lines:
            return None
        return self._fresh(ReceiptBlock(type=kind or _heading(lines) or self._usual, lines=tuple(lines)))

    def _fresh(self, block: ReceiptBlock) -> ReceiptBlock | None:
        if not block.lines or block == self._last:
            return None
        self._last = block
        return block


def _type(message: Message, lines: Lines, usual: ReceiptType) -> ReceiptType:
    return _told(message) or _heading(lines) or usual


def _told(message: Message) -> ReceiptType | None:
    named = message.tag(0x1F07)
    return _TYPES.get(named[0]) if named else None


def _heading(lines: Lines) -> ReceiptType | None:
    for _, text in lines:
        lowered = text.casefold()
        if "kundenbeleg" in lowered:
            return ReceiptType.CUSTOMER
        if "händlerbeleg" in lowered or "haendlerbeleg" in lowered:
            return ReceiptType.MERCHANT
        if "kassenschnitt" in lowered or "diagnose" in lowered:
            return ReceiptType.ADMINISTRATION
    return None
