"""The terminal's receipts on our paper: its wording unchanged, for the customer and for the merchant."""

from __future__ import annotations

from smartecr.printer.document import Block, ReportDocument, Rule, Verbatim
from smartecr.register import cardbooks
from smartecr.register.cardbooks import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.terminal.api import ReceiptBlock, ReceiptType

_CENTRED, _LARGE = 0x40, 0x30
TITLES = {
    ReceiptType.CUSTOMER: "Kundenbeleg",
    ReceiptType.MERCHANT: "Händlerbeleg",
    ReceiptType.ADMINISTRATION: "Terminalbeleg",
}


def of_payment(payment_id: str, kind: ReceiptType) -> tuple[ReceiptBlock, ...]:
    """Return what the terminal sent for a payment and for whom."""
    return tuple(block for block in cardbooks.receipts_of(payment_id) if block.type is kind)


def document(payment_id: str, kind: ReceiptType, *, again: bool = False) -> ReportDocument:
    """Return the terminal's receipt as a document; `again` marks a repetition. Raises RegisterError("unknown")."""
    found = of_payment(payment_id, kind)
    if not found:
        raise RegisterError("unknown", "Zu dieser Zahlung hat das Terminal keinen Beleg geschickt.")
    blocks: list[Block] = [Verbatim("*** WIEDERHOLUNG ***", centred=True)] if again else []
    for number, block in enumerate(found):
        if number:
            blocks.append(Rule())
        blocks += [
            Verbatim(text, centred=bool(attribute & _CENTRED), large=bool(attribute & _LARGE))
            for attribute, text in block.lines
        ]
    return ReportDocument(title=TITLES[kind], blocks=tuple(blocks))


def wants_signature(payment: CardPayment) -> bool:
    """Tell whether the merchant's receipt of a payment has to be signed, so that it must be on paper."""
    return any(block.signature for block in of_payment(payment.id, ReceiptType.MERCHANT))
