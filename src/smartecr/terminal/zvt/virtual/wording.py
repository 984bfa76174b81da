"""How this terminal words its messages: result (04 0F), intermediate status (04 FF), completion, abort, print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from smartecr.terminal.zvt import apdu, bcd, tlv
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.tlv import Node
from smartecr.terminal.zvt.virtual.books import COLUMNS, Totals, Transaction
from smartecr.terminal.zvt.virtual.receipts import ADMINISTRATION, Line, Receipt
from smartecr.terminal.zvt.virtual.registration import CHARSET_CODES, EURO, Registration
from smartecr.terminal.zvt.virtual.switches import Identity, Switches

RESULT, INTERMEDIATE, COMPLETION, ABORTED = 0x040F, 0x04FF, 0x060F, 0x061E
PRINT_LINE, PRINT_BLOCK = 0x06D1, 0x06D3

_ONLINE_WITHOUT_PIN, _OFFLINE, _WITH_PIN = 0x60, 0x40, 0x70
_UNKNOWN_BMP = bytes.fromhex("C7123456")
_UNKNOWN_TAG = 0x1F7E
_FEED = 0xFF


class Wording:
    """Builds messages for one register; cheap to make."""

    def __init__(self, registration: Registration, identity: Identity, switches: Switches, zone: tzinfo) -> None:
        self._registration = registration
        self._identity = identity
        self._switches = switches
        self._zone = zone
        self._charset = registration.charset or switches.charset

    def result(self, one: Transaction, last_receipt: int) -> bytes:
        """Word the result of a transaction that was carried out."""
        switches = self._switches
        nodes = list(self._card_tags(one))
        if one.tip_cents:
            nodes.append(tlv.node(0x1F36, bcd.number(one.tip_cents, 6)))
        if switches.long_trace:
            nodes.append(tlv.node(0x1F2B, bcd.number(one.trace, 4)))
        if switches.sync_number:
            nodes.append(tlv.node(0x1F1F, bcd.number(last_receipt, 2)))
        if switches.unknown_tlv:
            nodes.append(tlv.node(_UNKNOWN_TAG, b"\x01\x02\x03"))
        data = self._registration.fields(self._result_fields(one), nodes)
        return apdu.build(RESULT, data + (_UNKNOWN_BMP if switches.unknown_bmp else b""))

    def _result_fields(self, one: Transaction) -> Iterator[tuple[int, bytes]]:
        yield 0x27, b"\x00"
        yield 0x04, bcd.number(one.cents, 6)
        yield 0x0B, bcd.number(0 if self._switches.long_trace else one.trace, 3)
        yield from self._time(one.time)
        if one.masked_pan:
            yield 0x0E, bytes.fromhex(one.expiry)
            yield 0x17, bytes.fromhex("0001")
            yield 0x22, bytes.fromhex(one.masked_pan + "F" * (len(one.masked_pan) % 2))
        yield 0x19, bytes((_kind_of_payment(one),))
        yield 0x29, bytes.fromhex(self._identity.terminal_id)
        yield 0x2A, self._identity.contract.ljust(15).encode()
        if one.original_trace:
            yield 0x37, bcd.number(one.original_trace, 3)
        if one.approval:
            yield 0x3B, one.approval.encode().ljust(8, b"\x00")
        yield 0x49, bcd.number(EURO, 2)
        yield 0x87, bcd.number(one.receipt, 2)
        yield 0x88, bcd.number(one.receipt, 3)
        if one.card_type:
            yield 0x8A, bytes((one.card_type,))
            yield 0x8B, one.product.encode() + b"\x00"

    def _card_tags(self, one: Transaction) -> Iterator[Node]:
        if one.aid:
            yield tlv.node(0x43, bytes.fromhex(one.aid))
            yield tlv.node(0x42, one.product.encode())
        if one.technology or one.cvm:
            yield tlv.node(
                0x2F,
                [
                    tlv.node(0x1F10, bytes((one.cvm,))),
                    tlv.node(0x1F11, bytes((one.online,))),
                    tlv.node(0x1F12, bytes((one.technology,))),
                ],
            )

    def failure(self, code: int, text: str) -> bytes:
        """Word the result of something that was not carried out: code and reason, never approval data."""
        fields = [(0x27, bytes((code,))), (0x29, bytes.fromhex(self._identity.terminal_id))]
        if text:
            fields.append((0x3C, self._encode(text)))
        nodes = [tlv.node(0x24, [tlv.node(0x07, self._encode(text))])] if text else []
        return apdu.build(RESULT, self._registration.fields(fields, nodes))

    def card_read(self, one: Transaction) -> bytes:
        """Word a card that was only read: who it is, no amount, no numbers."""
        wanted = (0x27, 0x0E, 0x22, 0x29, 0x8A, 0x8B)
        fields = [(code, value) for code, value in self._result_fields(one) if code in wanted]
        return apdu.build(RESULT, self._registration.fields(fields, list(self._card_tags(one))))

    def totals(self, totals: Totals, time: int) -> bytes:
        """Word a batch added up. Sums below zero cannot be written in BMP 04 and 60: they read zero there."""
        counts, cents = totals.counts, totals.cents
        if self._switches.totals_in_one:
            counts = dict.fromkeys(COLUMNS, 0) | {"girocard": sum(counts.values())}
            cents = dict.fromkeys(COLUMNS, 0) | {"girocard": totals.total_cents}
        table = bcd.number(totals.first_receipt, 2) + bcd.number(totals.last_receipt, 2)
        for name in COLUMNS:
            table += bytes((counts[name] & 0xFF,)) + bcd.number(max(0, cents[name]), 6)
        fields = [(0x27, b"\x00"), (0x04, bcd.number(max(0, totals.total_cents), 6)), *self._time(time)]
        return apdu.build(RESULT, self._registration.fields([*fields, (0x60, table)]))

    def intermediate(self, code: int, texts: tuple[str, ...], minutes: int = 1) -> bytes:
        """Word an intermediate status; ``minutes`` is the new T4."""
        lines = [tlv.node(0x07, self._encode(text)) for text in texts]
        if not (lines and self._switches.status_texts and self._registration.tags):
            return apdu.build(INTERMEDIATE, bytes((code,)))
        container = tlv.write([tlv.node(0x24, lines)])
        head = bytes((code,)) + bcd.number(minutes, 1)
        return apdu.build(INTERMEDIATE, head + b"\x06" + tlv.length(len(container)) + container)

    def printed(self, receipt: Receipt, *, blocks: bool) -> list[bytes]:
        """Word a receipt as one text block, or as lines."""
        return [self._block(receipt)] if blocks else list(self._lines(receipt))

    def _block(self, receipt: Receipt) -> bytes:
        texts: list[Node] = []
        attribute = 0
        for line in receipt.lines:
            if line.attribute != attribute:
                attribute = line.attribute
                texts.append(tlv.node(0x09, bytes((attribute,))))
            texts.append(tlv.node(0x07, self._encode(line.text)))
        texts.append(tlv.node(0x09, bytes((self._switches.receipt_end,))))
        nodes = [tlv.node(0x1F07, bytes((receipt.kind,))), tlv.node(0x1F37, bytes((receipt.info,)))]
        if self._switches.tell_charset:
            nodes.insert(0, tlv.node(0x14, bytes((CHARSET_CODES[self._charset],))))
        container = tlv.write([*nodes, tlv.node(0x25, texts)])
        return apdu.build(PRINT_BLOCK, b"\x06" + tlv.length(len(container)) + container)

    def _lines(self, receipt: Receipt) -> Iterator[bytes]:
        tail = bytes.fromhex("06041F0701") + bytes((receipt.kind,)) if self._switches.tagged_lines else b""
        for line in receipt.lines:
            yield apdu.build(PRINT_LINE, bytes((line.attribute,)) + self._encode(line.text) + tail)
        end = self._switches.receipt_end
        yield apdu.build(PRINT_LINE, bytes((end,)) + (b"\x03" if end == _FEED else b"") + tail)

    def _time(self, time: int) -> list[tuple[int, bytes]]:
        local = datetime.fromtimestamp(time, self._zone)
        return [(0x0C, bytes.fromhex(f"{local:%H%M%S}")), (0x0D, bytes.fromhex(f"{local:%m%d}"))]

    def _encode(self, text: str) -> bytes:
        return text.encode(self._charset, "replace")


def completion(data: bytes = b"") -> bytes:
    """Word the completion."""
    return apdu.build(COMPLETION, data)


def aborted(code: int, data: bytes = b"") -> bytes:
    """Word the end of a command that failed."""
    return apdu.build(ABORTED, bytes((code,)) + data)


def printed_text(message: Message, charset: str) -> Receipt:
    """Return what the register wants printed here: a line (attribute before the text) or a text block."""
    line = message.command == PRINT_LINE
    texts = [message.head[1:]] if line else list(tlv.values(message.fields.tlv, 0x07))
    return Receipt(ADMINISTRATION, tuple(Line(text.decode(charset, "replace")) for text in texts))


def _kind_of_payment(one: Transaction) -> int:
    if not one.online:
        return _OFFLINE
    return _WITH_PIN if one.cvm or one.technology == 1 else _ONLINE_WITHOUT_PIN
