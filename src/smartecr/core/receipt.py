"""A receipt's content: what a priced basket becomes once it is paid. Signing, printing and export read this value.

A discount is a line of its own with GV_TYP Rabatt (DSFinV-K 4.2.4, variant 2): behind the line it reduces, or one per
VAT key at the end for a discount on the whole basket. Lines voided before the payment are not part of it. Soft
hyphens, which help a tile to break a name, are left out.
Refunds: ``docs/algorithms/refund-mirror.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from smartecr.core.errors import ReceiptError
from smartecr.core.kinds import CASH, DISCOUNT, PAYMENT_KINDS, RECEIPT, RECEIPT_TYPES
from smartecr.core.lines import Discount
from smartecr.core.quantity import ONE, line_cents
from smartecr.core.records import dataclass
from smartecr.core.totals import Priced, PricedLine, VatSum
from smartecr.core.vat import key_for_rate, split_gross

_SOFT_HYPHEN = "\u00ad"


class ReceiptLine(NamedTuple):
    """One line, in cents and thousandths; ``amount_cents`` is ``unit_cents`` times ``quantity``, rounded once.

    ``position`` counts from 1 without gaps; ``parent_position`` points up to the line a deposit or a discount belongs
    to. ``line_id`` is the id of the basket's line, empty for discount lines. ``in_house`` is None where the question
    does not arise. ``reason`` says why a price or an amount is what it is. ``voucher``, ``gv_name`` and
    ``reference_id`` are those of ``Line``; ``promotion`` is that of a discount line: empty for one given by hand.
    """

    position: int
    line_id: str
    text: str
    gv_typ: str
    quantity: int
    unit_cents: int
    amount_cents: int
    vat_key: int
    article_id: str = ""
    article_number: str = ""
    gtin: str = ""
    group_id: str = ""
    group_name: str = ""
    unit: str = ""
    in_house: bool | None = None
    parent_position: int | None = None
    reason: str = ""
    gv_name: str = ""
    voucher: str = ""
    reference_id: str = ""
    promotion: str = ""


class Payment(NamedTuple):
    """What was paid by one means: ``kind`` is ZAHLART_TYP, ``cents`` the net amount (cash less change, negative when
    paid out), ``name`` the brand. Foreign cash has its amount in ``foreign_cents`` and its worth in ``cents``."""

    cents: int
    kind: str = CASH
    name: str = ""
    currency: str = "EUR"
    foreign_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptContent:
    """A receipt without its circumstances (number, time, person, signature). ``type`` is BON_TYP."""

    type: str = RECEIPT
    lines: tuple[ReceiptLine, ...]
    vat: tuple[VatSum, ...]
    payments: tuple[Payment, ...]
    total_cents: int


def content_of(priced: Priced, payments: Iterable[Payment], type: str = RECEIPT) -> ReceiptContent:  # noqa: A002
    """The receipt of a priced basket and its settled payments (``payment.settle(...).paid``). Not yet checked."""
    lines: list[ReceiptLine] = []
    positions: dict[str, int] = {}
    for item in priced.lines:
        if item.line.voided or (item.line.limit_cents and not item.gross_cents):
            continue
        position = len(lines) + 1
        positions[item.line.id] = position
        lines.append(_line(item, position, positions.get(item.line.parent_id)))
        if item.discount_cents and item.line.discount is not None:
            lines.append(_own_discount(item, item.line.discount, position))
    if priced.discount is not None:
        for key, cents in priced.discount_by_vat:
            lines.append(_basket_discount(len(lines) + 1, priced.discount, key, cents))
    return ReceiptContent(
        type=type, lines=tuple(lines), vat=priced.vat, payments=tuple(payments), total_cents=priced.total_cents
    )


def mirror(content: ReceiptContent, day: date | None = None) -> ReceiptContent:
    """The exact opposite of ``content``: quantities, amounts, VAT and payments negated, unit prices kept.

    With ``day``, a VAT key whose rate has changed since becomes the key that fixes the former rate, as DSFinV-K wants
    it for what is booked back later; without, the keys stay. Raises UnknownVatKey when a former rate has no key.
    """
    keys = {row.vat_key: key_for_rate(row.vat_key, row.rate_bp, day) if day else row.vat_key for row in content.vat}
    return ReceiptContent(
        type=content.type,
        lines=tuple(
            line._replace(
                quantity=-line.quantity,
                amount_cents=-line.amount_cents,
                vat_key=keys.get(line.vat_key, line.vat_key),
            )
            for line in content.lines
        ),
        vat=tuple(
            VatSum(
                vat_key=keys[row.vat_key],
                rate_bp=row.rate_bp,
                gross_cents=-row.gross_cents,
                net_cents=-row.net_cents,
                tax_cents=-row.tax_cents,
            )
            for row in content.vat
        ),
        payments=tuple(payment._replace(cents=-payment.cents) for payment in content.payments),
        total_cents=-content.total_cents,
    )


def check(content: ReceiptContent) -> None:
    """Raises ReceiptError unless lines, VAT, total and payments tell the same story.

    Every line is quantity times unit; the lines of a VAT key sum to its VAT row, whose net and tax follow from its
    rate; the rows sum to the total; so do the payments, except that types other than Beleg carry none.
    """
    if content.type not in RECEIPT_TYPES:
        raise ReceiptError("unknown_type", "Den Belegtyp „{type}“ gibt es nicht.", type=content.type)
    gross_by_key = _checked_lines(content)
    for row in content.vat:
        if gross_by_key.pop(row.vat_key, None) != row.gross_cents:
            raise ReceiptError("vat_gross", "Die Zeilen passen nicht zur Umsatzsteuer {key}.", key=row.vat_key)
        if split_gross(row.gross_cents, row.rate_bp) != (row.net_cents, row.tax_cents):
            raise ReceiptError("vat_split", "Netto und Umsatzsteuer {key} sind falsch gerechnet.", key=row.vat_key)
    if gross_by_key:
        raise ReceiptError("vat_missing", "Für Zeilen des Belegs fehlt die Umsatzsteuer.")
    if sum(row.gross_cents for row in content.vat) != content.total_cents:
        raise ReceiptError("total", "Die Summe des Belegs stimmt nicht mit seinen Zeilen überein.")
    _check_payments(content)


def _checked_lines(content: ReceiptContent) -> dict[int, int]:
    gross_by_key: dict[int, int] = {}
    for position, line in enumerate(content.lines, 1):
        parent = line.parent_position
        if line.position != position or (parent is not None and not 0 < parent < position):
            raise ReceiptError("positions", "Die Zeilen des Belegs sind nicht fortlaufend nummeriert.")
        if line.amount_cents != line_cents(line.unit_cents, line.quantity):
            raise ReceiptError("line_amount", "Zeile {position} ist falsch gerechnet.", position=position)
        gross_by_key[line.vat_key] = gross_by_key.get(line.vat_key, 0) + line.amount_cents
    return gross_by_key


def _check_payments(content: ReceiptContent) -> None:
    paid = 0
    for payment in content.payments:
        if payment.kind not in PAYMENT_KINDS:
            raise ReceiptError("unknown_payment", "Die Zahlart „{kind}“ gibt es nicht.", kind=payment.kind)
        paid += payment.cents
    if content.type != RECEIPT and any(payment.cents for payment in content.payments):
        raise ReceiptError(
            "payment_not_allowed", "Ein Beleg der Art „{type}“ darf keine Zahlung tragen.", type=content.type
        )
    if content.type == RECEIPT and paid != content.total_cents:
        raise ReceiptError("payments", "Die Zahlungen ergeben nicht die Summe des Belegs.")


def _line(item: PricedLine, position: int, parent_position: int | None) -> ReceiptLine:
    line = item.line
    return ReceiptLine(
        position=position,
        line_id=line.id,
        text=line.text.replace(_SOFT_HYPHEN, ""),
        gv_typ=line.gv_typ,
        quantity=line.quantity,
        unit_cents=line.unit_cents,
        amount_cents=item.gross_cents,
        vat_key=line.vat_key,
        article_id=line.article_id,
        article_number=line.article_number,
        gtin=line.gtin,
        group_id=line.group_id,
        group_name=line.group_name,
        unit=line.unit,
        in_house=line.in_house,
        parent_position=parent_position,
        reason=line.price_note,
        gv_name=line.gv_name,
        voucher=line.voucher,
        reference_id=line.reference_id,
    )


def _own_discount(item: PricedLine, discount: Discount, parent_position: int) -> ReceiptLine:
    line = item.line
    return ReceiptLine(
        position=parent_position + 1,
        line_id="",
        text=discount.text,
        gv_typ=DISCOUNT,
        quantity=ONE,
        unit_cents=item.discount_cents,
        amount_cents=item.discount_cents,
        vat_key=line.vat_key,
        group_id=line.group_id,
        group_name=line.group_name,
        in_house=line.in_house,
        parent_position=parent_position,
        reason=discount.reason,
        promotion=line.promotion,
    )


def _basket_discount(position: int, discount: Discount, vat_key: int, cents: int) -> ReceiptLine:
    return ReceiptLine(
        position=position,
        line_id="",
        text=discount.text,
        gv_typ=DISCOUNT,
        quantity=ONE,
        unit_cents=cents,
        amount_cents=cents,
        vat_key=vat_key,
        reason=discount.reason,
    )
