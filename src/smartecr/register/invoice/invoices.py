"""Invoices as the books have them: which receipt, which number, and what a receipt's content says as an invoice.

An invoice brings no turnover: it is a Vorgang of type AVRechnung that names its receipt (DSFinV-K 4.3). What takes a
receipt back takes its invoice back in the same fact (`taken_back`), so that none outlives its receipt (§ 14c UStG).
Numbers run per register without gaps, in the transaction that records them (§ 14 (4) Nr. 4 UStG).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from smartecr.core.kinds import ACCOUNT_PAID, INVOICE, ON_ACCOUNT, RECEIPT, REDEMPTIONS
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass
from smartecr.core.totals import VatSum
from smartecr.core.vat import NOT_TAXABLE, split_gross
from smartecr.fiscal.einvoice import model
from smartecr.fiscal.einvoice.model import Invoice, Paid, Party
from smartecr.register import models
from smartecr.register.errors import RegisterError
from smartecr.register.queries import ReceiptState
from smartecr.register.shop import options
from smartecr.register.till import ZONE, moment
from smartecr.sql import fetch, on_postgresql, select

if TYPE_CHECKING:
    from smartecr.register.ledger import Writer

OPTIONS = "invoices"
_DAYS = 14
MOST_DAYS = 60
"""A longer term of payment holds only where it was agreed with the buyer in so many words (§ 271a (1) BGB), which a
shop's default for all invoices is not."""
_UNKNOWN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An invoice as kept: `open` tells whether anything of it still stands, `refers_id` what it takes back."""

    id: str
    number: str
    kind: str
    receipt_id: str
    refers_id: str
    at: str
    person_name: str
    buyer: str
    gross_cents: int
    open: bool
    invoice: Invoice


_SELECT = (
    "SELECT i.*, (SELECT coalesce(sum(c.gross_cents), 0) FROM register_invoice c WHERE c.receipt_id = i.receipt_id "
    "AND (c.id = i.id OR c.refers_id = i.id)) AS left_cents FROM register_invoice i "
)


def _read(where: str, arguments: Sequence[Any]) -> list[Stored]:
    return [
        Stored(
            id=row["id"],
            number=row["number"],
            kind=row["kind"],
            receipt_id=row["receipt_id"],
            refers_id=row["refers_id"],
            at=row["at"],
            person_name=row["person_name"],
            buyer=row["buyer"],
            gross_cents=row["gross_cents"],
            open=row["kind"] == model.INVOICE and int(row["left_cents"]) != 0,
            invoice=model.from_json(json.loads(row["data"])),
        )
        for row in fetch(_SELECT + where, arguments)
    ]


def find(invoice_id: str) -> Stored | None:
    """Return an invoice, or None."""
    found = _read("WHERE i.id = %s", [invoice_id])
    return found[0] if found else None


def of_receipt(receipt_id: str) -> list[Stored]:
    """Return the invoices over a receipt and what took them back, in their order."""
    return _read("WHERE i.receipt_id = %s ORDER BY i.at, i.position", [receipt_id])


def standing(receipt_id: str) -> Stored | None:
    """Return the invoice over a receipt of which something still stands, or None."""
    return next((one for one in of_receipt(receipt_id) if one.open), None)


def newest(shop_id: str, text: str = "", limit: int = 100) -> list[Stored]:
    """Return the shop's invoices, newest first: those whose number or buyer has `text` in it."""
    pattern = "%" + text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    where = (
        "WHERE i.shop_id = %s AND (lower(i.number) LIKE %s ESCAPE '\\' OR lower(i.buyer) LIKE %s ESCAPE '\\') "
        "ORDER BY i.at DESC, i.position DESC LIMIT %s"
    )
    return _read(where, [shop_id, pattern, pattern, limit])


def issued(shop_id: str, first: str = "", last: str = "") -> list[Stored]:
    """Return the shop's invoices of these business days, oldest first; "" is no limit."""
    where = (
        "JOIN register_receipt r ON r.id = i.id WHERE i.shop_id = %s AND r.business_day >= %s AND r.business_day <= %s "
        "ORDER BY i.at, i.position"
    )
    return _read(where, [shop_id, first, last or "9999-12-31"])


def refusal(state: ReceiptState | None) -> RegisterError | None:
    """Return why no invoice can be made out over a receipt, None when one can."""
    if state is None or state.type != RECEIPT or not state.issued or state.reference_id:
        return RegisterError("kind", "Über diesen Vorgang gibt es keine Rechnung.")
    if state.refunded_by:
        return RegisterError("refunded", f"Bon {state.number} ist schon storniert.")
    lines = state.content.lines
    if any(line.gv_typ == ACCOUNT_PAID for line in lines) or not any(_taxed(line) for line in lines):
        return RegisterError(
            "kind", "Auf diesem Bon steht nichts, worüber man eine Rechnung schreibt.",
            "Die Rechnung gehört zum Bon über die Ware.",
        )  # fmt: skip
    if any(line.vat_key == _UNKNOWN for line in lines):
        return RegisterError("kind", "Die Umsatzsteuer dieses Bons steht nicht fest.")
    if sum(line.amount_cents for line in lines if _taxed(line)) <= 0:
        return RegisterError("kind", "Auf diesem Bon ist nichts zu berechnen.")
    return None


def _taxed(line: ReceiptLine) -> bool:
    return line.vat_key != NOT_TAXABLE


def merged(content: ReceiptContent, later: Iterable[ReceiptContent]) -> ReceiptContent:
    """Return a receipt with what was taken back of it since, as one content; VAT is split once per key."""
    gross: dict[tuple[int, int], int] = {}
    parts = [content, *later]
    for part in parts:
        for row in part.vat:
            place = row.vat_key, row.rate_bp
            gross[place] = gross.get(place, 0) + row.gross_cents
    vat = []
    for (key, rate), cents in sorted(gross.items()):
        net, tax = split_gross(cents, rate)
        vat.append(VatSum(vat_key=key, rate_bp=rate, gross_cents=cents, net_cents=net, tax_cents=tax))
    return ReceiptContent(
        type=content.type,
        lines=tuple(line for part in parts for line in part.lines),
        vat=tuple(vat),
        payments=tuple(paid for part in parts for paid in part.payments),
        total_cents=sum(part.total_cents for part in parts),
    )


def vorgang(content: ReceiptContent, receipt_id: str, sign: int = 1) -> ReceiptContent:
    """Return the Vorgang that makes an invoice known: the taxed lines, no payment, each line naming the receipt."""
    lines = [
        line._replace(
            position=position,
            line_id="",
            quantity=sign * line.quantity,
            amount_cents=sign * line.amount_cents,
            parent_position=None,
            voucher="",
            reference_id=receipt_id,
        )
        for position, line in enumerate((line for line in content.lines if _taxed(line)), 1)
    ]
    vat = tuple(
        row._replace(gross_cents=sign * row.gross_cents, net_cents=sign * row.net_cents, tax_cents=sign * row.tax_cents)
        for row in content.vat
        if row.vat_key != NOT_TAXABLE
    )
    total = sum(line.amount_cents for line in lines)
    return ReceiptContent(type=INVOICE, lines=tuple(lines), vat=vat, payments=(), total_cents=total)


def built(state: ReceiptState, content: ReceiptContent, buyer: Party | None, day: str) -> Invoice:
    """Return the invoice over a receipt with this `content`, still without its number; `day` is that of issue."""
    (row,) = fetch(
        "SELECT r.shop_id, g.name FROM register_receipt r JOIN register_register g ON g.id = r.register_id "
        "WHERE r.id = %s",
        [state.id],
    )
    shop_id = row["shop_id"]
    agreed = options.read(shop_id, OPTIONS)
    supplied = moment(state.at).astimezone(ZONE).date()
    payments = fetch("SELECT * FROM register_payment_settings WHERE id = %s", [shop_id])
    account = (payments[0]["account_name"], payments[0]["account_iban"]) if payments else ("", "")
    exemption = str(agreed.get("exemption") or model.EXEMPT)
    invoice = Invoice(
        number="",
        kind=model.INVOICE,
        day=day,
        supplied=supplied.isoformat(),
        seller=seller(shop_id),
        buyer=buyer,
        lines=(),
        rates=(),
        paid=(),
        receipt=f"Bon {state.number} vom {supplied:%d.%m.%Y}, {row['name'] or 'Kasse'}",
        receipt_id=str(state.number),
        account=account,
        exemption=exemption,
    )
    invoice = _with_content(invoice, content)
    if invoice.due_cents > 0:
        due = date.fromisoformat(day) + timedelta(days=int(agreed.get("days") or _DAYS))
        invoice = replace(invoice, due_day=due.isoformat())
    return invoice


def seller(shop_id: str) -> Party:
    """Return the shop as it stands on invoices from now on."""
    shop, agreed = models.Shop.objects.get(id=shop_id), options.read(shop_id, OPTIONS)
    return Party(
        name=shop.owner or shop.name,
        addition=shop.name if shop.owner and shop.owner != shop.name else "",
        street=shop.street,
        postcode=shop.postcode,
        city=shop.city,
        vat_id=shop.vat_id,
        tax_number=shop.tax_number,
        contact=str(agreed.get("contact", "")),
        phone=str(agreed.get("phone", "")),
        mail=str(agreed.get("mail", "")),
    )


def _with_content(invoice: Invoice, content: ReceiptContent) -> Invoice:
    rates = tuple(
        model.Rate(
            vat_key=row.vat_key,
            rate_bp=row.rate_bp,
            gross_cents=row.gross_cents,
            net_cents=row.net_cents,
            tax_cents=row.tax_cents,
        )
        for row in content.vat
        if row.vat_key != NOT_TAXABLE
    )
    by_key = {rate.vat_key: rate.rate_bp for rate in rates}
    lines = [
        model.Line(
            text=line.text,
            quantity=line.quantity,
            unit=line.unit,
            unit_cents=line.unit_cents,
            gross_cents=line.amount_cents,
            net_cents=0,
            vat_key=line.vat_key,
            rate_bp=by_key[line.vat_key],
        )
        for line in content.lines
        if _taxed(line)
    ]
    redeemed = -sum(one.amount_cents for one in content.lines if not _taxed(one) and one.gv_typ in REDEMPTIONS)
    owed = -sum(one.amount_cents for one in content.lines if one.gv_typ == ON_ACCOUNT)
    outside = sum(one.amount_cents for one in content.lines if not _taxed(one)) + redeemed + owed
    paid = _without(content.payments, outside)
    if redeemed:
        paid += (Paid(kind="Gutschein", name="Gutschein", cents=redeemed),)
    return replace(invoice, lines=model.with_net(lines, rates), rates=rates, paid=paid, outside_cents=outside)


def _without(payments: Sequence[Payment], outside: int) -> tuple[Paid, ...]:
    """Return what was paid of the invoice: the payments less what they paid besides, taken off the last ones first."""
    found: list[Paid] = []
    for payment in reversed(payments):
        off = outside if abs(outside) <= abs(payment.cents) and outside * payment.cents > 0 else 0
        if outside * payment.cents > 0 and not off:
            off = payment.cents
        outside -= off
        if payment.cents - off:
            found.append(Paid(kind=payment.kind, name=payment.name, cents=payment.cents - off))
    return tuple(reversed(found))


def reverse(invoice: Invoice, original: Stored, content: ReceiptContent, reason: str, day: str) -> Invoice:
    """Return what takes back an invoice as far as `content` (negative amounts) says, still without its number."""
    bare = replace(
        original.invoice,
        number="",
        kind=model.CORRECTION,
        day=day,
        due_day="",
        refers=model.Reference(number=original.number, day=original.invoice.day),
        reason=reason,
        supplied=invoice.supplied,
    )
    return _with_content(bare, content)


def numbered(writer: Writer, entry_id: str, invoice: Invoice, receipt_id: str, refers_id: str = "") -> dict[str, Any]:
    """Return the row of an invoice with the register's next number, within the transaction that records it.

    Raises RegisterError("invoiced") when another invoice over the receipt still stands.
    """
    if on_postgresql():
        select("SELECT id FROM register_receipt WHERE id = %s FOR UPDATE", [receipt_id])
    before = standing(receipt_id)
    if not refers_id and before is not None:
        raise RegisterError("invoiced", f"Über diesen Bon gibt es schon die Rechnung {before.number}.")
    register_id = writer.till.register_id
    (last,) = select("SELECT coalesce(max(position), 0) FROM register_invoice WHERE register_id = %s", [register_id])
    position = int(last[0]) + 1
    number = f"RE-{register_id[-6:].upper()}-{position:05d}"
    return {
        "id": entry_id,
        "position": position,
        "number": number,
        "kind": invoice.kind,
        "receipt_id": receipt_id,
        "refers_id": refers_id,
        "buyer": invoice.buyer.name if invoice.buyer is not None else "",
        "gross_cents": invoice.gross_cents,
        "data": model.as_json(replace(invoice, number=number)),
    }


def taken_back(
    writer: Writer, entry_id: str, original_id: str, content: ReceiptContent, reason: str
) -> dict[str, Any] | None:
    """Return the row that takes an invoice back together with its receipt, None when there is none to take back."""
    original = standing(original_id)
    if original is None:
        return None
    day = moment(writer.at).astimezone(ZONE).date().isoformat()
    invoice = reverse(original.invoice, original, content, reason, day)
    return numbered(writer, entry_id, invoice, original_id, original.id)
