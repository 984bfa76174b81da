"""What some receipts write down besides the sale: vouchers, a guest's card, what they take back, the invoice they make.

Loaded with the first of them: most receipts are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from smartecr.core.kinds import RECEIPT
from smartecr.register.invoice import invoices
from smartecr.register.ledger import Writer
from smartecr.register.regulars import loyalty, vouchers
from smartecr.register.sale import reversal

if TYPE_CHECKING:
    from smartecr.register.signing.securing import Draft


def of(writer: Writer, draft: Draft, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return these parts of a receipt's fact; `row` is its basket's. Raises RegisterError, and nothing is recorded."""
    body: dict[str, Any] = {}
    if draft.content.type == RECEIPT and any(line.voucher for line in draft.content.lines):
        body["voucher"] = vouchers.take(writer, draft.id, draft.content)
    if draft.content.type == RECEIPT and row.get("guest"):
        assert draft.basket is not None, "only a basket has a guest"
        body["guest"] = loyalty.take(writer, orjson.loads(row["guest"]), draft.basket.basket, draft.content)
    if original_id := draft.reference_id or draft.returned_id:
        whole = bool(draft.reference_id)
        body |= reversal.follow(writer, draft.id, original_id, draft.content, draft.reason, whole=whole)
    if draft.invoice is not None:
        invoice, original_id, refers_id = draft.invoice
        body["invoice"] = invoices.numbered(writer, draft.id, invoice, original_id, refers_id)
    return body
