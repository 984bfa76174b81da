"""The terminal's receipts on our paper and beside the digital receipt: its wording unchanged.

A card terminal that sends no wording (registered so, or a web service) leaves the customer's copy to the register: it
names what the schemes ask for, scheme, card in its last four digits, amount, time, terminal and numbers.
"""

from __future__ import annotations

from smartecr.core.money import format_cents
from smartecr.printer.document import Block, ReportDocument, Rule, Verbatim
from smartecr.register.cashless import cardbooks
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.terminal.api import Kind, ReceiptBlock, ReceiptType

_CENTRED, _LARGE = 0x40, 0x30
_TECHNOLOGY = {"chip": "Chip", "contactless": "Kontaktlos", "magnet": "Magnetstreifen"}
_LONGEST_TRACE = 10
"""A longer trace is our own id: web services have none."""
TITLES = {
    ReceiptType.CUSTOMER: "Kundenbeleg",
    ReceiptType.MERCHANT: "Händlerbeleg",
    ReceiptType.ADMINISTRATION: "Terminalbeleg",
}


def of_payment(payment_id: str, kind: ReceiptType) -> tuple[ReceiptBlock, ...]:
    """Return what the terminal sent for a payment and for whom; where it sent no customer's copy, ours."""
    found = tuple(block for block in cardbooks.receipts_of(payment_id) if block.type is kind)
    if found or kind is not ReceiptType.CUSTOMER:
        return found
    payment = cardbooks.find(payment_id)
    return _composed(payment) if payment is not None else ()


def customer_copies(receipt_id: str) -> tuple[tuple[Verbatim, ...], ...]:
    """Return the customers' copies of all card payments of a receipt, as they stand beside the digital one."""
    payments = cardbooks.of_receipt(receipt_id)
    blocks = (block for payment in payments for block in of_payment(payment.id, ReceiptType.CUSTOMER))
    return tuple(_lines(block) for block in blocks)


def _composed(payment: CardPayment) -> tuple[ReceiptBlock, ...]:
    result = payment.result
    if not payment.paid or result is None or result.technology == "qr":
        return ()
    back = payment.kind in (Kind.REVERSAL, Kind.REFUND)
    at = result.terminal_time.replace("T", " ")
    pairs = [
        ("Karte", result.card_name or result.brand),
        ("Kartennummer", f"**** **** **** {result.card[-4:]}" if result.card else ""),
        ("Gelesen", _TECHNOLOGY.get(result.technology, "")),
        ("Handy", result.wallet),
        ("AID", result.aid),
        ("Terminal-ID", result.tid),
        ("VU-Nummer", result.vu_no),
        ("TA-Nr.", result.trace if len(result.trace) <= _LONGEST_TRACE else ""),
        ("Beleg-Nr.", result.receipt_no),
        ("Genehmigungs-Nr.", result.approval),
        ("Referenz", result.reference),
        ("Datum, Zeit", at),
    ]
    lines = [
        (_CENTRED, "Kundenbeleg"),
        (_CENTRED, "Gutschrift" if back else "Kartenzahlung"),
        (0, f"{'Betrag EUR':<18}{format_cents(payment.cents)}"),
        *((0, f"{name:<18}{value}") for name, value in pairs if value),
        (_CENTRED, "Betrag zurückgegeben" if back else "Zahlung erfolgt"),
        (_CENTRED, "Bitte Beleg aufbewahren"),
    ]
    return (ReceiptBlock(type=ReceiptType.CUSTOMER, lines=tuple(lines)),)


def document(payment_id: str, kind: ReceiptType, *, again: bool = False) -> ReportDocument:
    """Return the terminal's receipt as a document; `again` marks a repetition. Raises RegisterError("unknown")."""
    found = of_payment(payment_id, kind)
    if not found:
        raise RegisterError("unknown", "Zu dieser Zahlung hat das Terminal keinen Beleg geschickt.")
    blocks: list[Block] = [Verbatim("*** WIEDERHOLUNG ***", centred=True)] if again else []
    for number, block in enumerate(found):
        if number:
            blocks.append(Rule())
        blocks += _lines(block)
    return ReportDocument(title=TITLES[kind], blocks=tuple(blocks))


def _lines(block: ReceiptBlock) -> tuple[Verbatim, ...]:
    return tuple(
        Verbatim(text, centred=bool(attribute & _CENTRED), large=bool(attribute & _LARGE))
        for attribute, text in block.lines
    )


def wants_signature(payment: CardPayment) -> bool:
    """Tell whether the merchant's receipt of a payment has to be signed, so that it must be on paper."""
    return any(block.signature for block in of_payment(payment.id, ReceiptType.MERCHANT))
