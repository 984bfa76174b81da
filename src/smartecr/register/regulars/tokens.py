"""Loyalty without a name: an earlier receipt is the token. It is signed, so nobody can make one; it counts once."""

from __future__ import annotations

from smartecr.core.kinds import RECEIPT
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.sale import scanned
from smartecr.register.till import Till
from smartecr.scanner.code import Kind
from smartecr.sql import select
from smartecr.tse import receipt_qr


def checked(till: Till, text: str) -> str:
    """Return the id of the receipt whose code this is, when it may count.

    Both codes serve: the TSE's on paper, whose signature is verified and compared with the books, and the address of
    the digital receipt, whose 144 secret bits are. Raises RegisterError: "token" (no receipt of this register, or not
    as it was signed), "counted" (already, or on a card), "refunded".
    """
    code = scanned.parse(till, text)
    if code.kind is not Kind.RECEIPT:
        raise RegisterError("token", "Das ist kein Bon.", "Den Code unten auf einem Bon zeigen.")
    if code.format == "tse" and not _genuine(text):
        raise RegisterError("token", "Dieser Bon ist verändert oder unvollständig. Er zählt nicht.")
    receipt_id = scanned.receipt_of(till, code)
    state = queries.find_receipt(receipt_id) if receipt_id else None
    if state is None or state.type != RECEIPT or not state.issued:
        raise RegisterError("token", "Dieser Bon ist nicht von hier. Er zählt nicht.")
    if code.format == "tse" and not _as_signed(text, state):
        raise RegisterError("token", "Dieser Bon ist nicht der, den diese Kasse ausgegeben hat. Er zählt nicht.")
    if state.refunded_by or state.reference_id:
        raise RegisterError("refunded", "Dieser Bon ist storniert. Er zählt nicht.")
    used = "SELECT counted_on FROM customers_token WHERE receipt_id = %s"
    if select(used, [receipt_id]):
        raise RegisterError("counted", f"Bon {state.number} hat schon gezählt. Jeder Bon zählt einmal.")
    if select("SELECT 1 FROM customers_visit WHERE receipt_id = %s", [receipt_id]):
        raise RegisterError("counted", f"Bon {state.number} hat schon auf einer Kundenkarte gezählt.")
    return receipt_id


def _genuine(text: str) -> bool:
    try:
        return receipt_qr.verify(text).valid
    except receipt_qr.ReceiptQrError:
        return False


def _as_signed(text: str, state: queries.ReceiptState) -> bool:
    """Whether signature and signed data are those in the books: another key could sign another text as well."""
    return text.split(";")[-2] == state.tse_signature and state.process_data in text
