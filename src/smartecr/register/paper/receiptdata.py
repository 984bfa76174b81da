"""A receipt for machines: JSON after the electronic receipt standard of the German makers (EKaBS, a draft of it).

The official schema was not to be had; names follow its published predecessor. Described in `docs/digital-receipt.md`.
Amounts are euros as JSON numbers with at most two decimals, quantities with at most three, times RFC 3339.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from smartecr.core.kinds import NO_PAYMENT
from smartecr.core.quantity import ONE
from smartecr.core.receipt import Payment, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.fiscal.process_data import process_type
from smartecr.register import models, queries
from smartecr.register.invoice import invoices
from smartecr.register.paper.receipts import local
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import returns

VERSION: Final = "smartecr-receipt-1"


def of(receipt_id: str) -> dict[str, Any]:
    """Return an issued receipt as `docs/digital-receipt.md` says, ready for JSON. Raises RegisterError("unknown")."""
    state = queries.receipt(receipt_id)
    row = models.Receipt.objects.only("shop_id", "register_id").get(id=receipt_id)
    register = models.Register.objects.get(id=row.register_id)
    shop = models.Shop.objects.get(id=row.shop_id)
    return {
        "version": VERSION,
        "type": state.type,
        "cash_register": {"name": register.name, "serial_number": register.serial},
        "head": {
            "id": state.id,
            "number": state.number,
            "date": local(state.at).isoformat(timespec="seconds"),
            "seller": _seller(shop),
            "references": list(_references(state)),
        },
        "data": {
            "currency": "EUR",
            "full_amount_incl_vat": _euro(state.total_cents),
            "payment_types": [_payment(paid) for paid in state.content.payments if paid.kind != NO_PAYMENT],
            "vat_amounts": [_vat(vat) for vat in state.content.vat],
            "lines": [_line(line, {vat.vat_key: vat.rate_bp for vat in state.content.vat})
                      for line in state.content.lines],
        },
        "security": {"tse": _tse(state)},
    }  # fmt: skip


def _euro(cents: int) -> float:
    return cents / 100


def _seller(shop: models.Shop) -> dict[str, Any]:
    return {
        "name": shop.owner or shop.name,
        "sign": shop.name,
        "tax_number": shop.tax_number,
        "vat_id": shop.vat_id,
        "address": {
            "street": shop.street, "postal_code": shop.postcode, "city": shop.city, "country_code": shop.country,
        },
    }  # fmt: skip


def _references(state: ReceiptState) -> list[dict[str, Any]]:
    found = []
    for kind, receipt_id in (("cancels", state.reference_id), ("takes_back_from", returns.part_of(state))):
        if receipt_id:
            found.append({"kind": kind, "number": queries.receipt(receipt_id).number})
    invoice = invoices.standing(state.id) or invoices.find(state.id)
    if invoice is not None:
        found.append({"kind": "invoice", "number": invoice.number})
    return found


def _payment(paid: Payment) -> dict[str, Any]:
    return {
        "type": paid.kind,
        "name": paid.name,
        "amount": _euro(paid.cents),
        "currency": paid.currency,
        "foreign_amount": None if paid.foreign_cents is None else _euro(paid.foreign_cents),
    }


def _vat(vat: VatSum) -> dict[str, Any]:
    return {
        "key": vat.vat_key,
        "percentage": vat.rate_bp / 100,
        "incl_vat": _euro(vat.gross_cents),
        "excl_vat": _euro(vat.net_cents),
        "vat": _euro(vat.tax_cents),
    }


def _line(line: ReceiptLine, rates: dict[int, int]) -> dict[str, Any]:
    return {
        "position": line.position,
        "parent_position": line.parent_position,
        "text": line.text,
        "business_case": line.gv_typ,
        "in_house": line.in_house,
        "vat_key": line.vat_key,
        "percentage": rates[line.vat_key] / 100,
        "incl_vat": _euro(line.amount_cents),
        "item": {
            "number": line.article_number,
            "gtin": line.gtin,
            "quantity": line.quantity / ONE,
            "quantity_measure": line.unit,
            "price_per_unit": _euro(line.unit_cents),
        },
    }


def _tse(state: ReceiptState) -> dict[str, Any]:
    if not state.signed:
        return {"error": state.outage_reason}
    tse = models.Tse.objects.filter(serial=state.tse_serial).first()
    return {
        "serial_number": state.tse_serial,
        "signature_algorithm": tse.algorithm if tse else "",
        "log_time_format": tse.time_format if tse else "",
        "public_key": tse.public_key if tse else "",
        "timestamp_start": _instant(state.tse_start),
        "timestamp_end": _instant(state.tse_end),
        "transaction_number": state.tse_number,
        "signature_counter": state.tse_counter,
        "process_type": process_type(state.type),
        "process_data": state.process_data,
        "signature": state.tse_signature,
    }


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
