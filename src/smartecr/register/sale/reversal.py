"""What goes back together with a receipt, or a part of it: points, stamps, the invoice over it."""

from __future__ import annotations

from typing import Any

from smartecr.core.receipt import ReceiptContent
from smartecr.register.invoice import invoices
from smartecr.register.ledger import Writer
from smartecr.register.regulars import loyalty
from smartecr.register.sale import returns


def follow(
    writer: Writer, receipt_id: str, original_id: str, content: ReceiptContent, reason: str, *, whole: bool
) -> dict[str, Any]:
    """Return what the fact of a refund says besides the receipt; nothing may go back that has gone back before.

    Raises RegisterError as `returns.checked`: another request, or another register, may have been faster.
    """
    share = returns.checked(writer, original_id, content, receipt_id, whole=whole)
    body: dict[str, Any] = {}
    if back := loyalty.given_back(original_id, share):
        body["guest"] = back
    if invoice := invoices.taken_back(writer, receipt_id, original_id, content, reason):
        body["invoice"] = invoice
    return body
