"""Every change to a basket, as functions from a basket to a new one.

A refused change raises and leaves the basket as it was. Deposit lines follow the article line they hang on: its
quantity, its place (in-house or take-away) and its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from smartecr.core.errors import BasketError, DiscountError, LineVoided, UnknownLine
from smartecr.core.kinds import BUSINESS_KINDS, DEPOSIT_KINDS
from smartecr.core.lines import MAX_REASON, Basket, Discount, Line, check_reason, check_text, check_wish
from smartecr.core.money import check_cents, format_cents
from smartecr.core.quantity import ONE, check_quantity, line_cents
from smartecr.core.totals import Priced, PricedLine, VatSum, price, reduction, vat_sums
from smartecr.core.vat import slot

__all__ = [
    "MAX_LINES",
    "MAX_TOTAL_CENTS",
    "Basket",
    "Discount",
    "Line",
    "Priced",
    "PricedLine",
    "VatSum",
    "add_line",
    "discount_base",
    "discount_basket",
    "discount_line",
    "find_line",
    "follow_parent",
    "joined",
    "override_price",
    "price",
    "reduction",
    "set_in_house",
    "set_quantity",
    "set_wish",
    "vat_sums",
    "void_line",
]

MAX_LINES = 999
"""Most lines in a basket, voided ones included."""

MAX_TOTAL_CENTS = 999_999_999
"""Largest sum of a basket's lines in either direction: 9.999.999,99 €."""

_KINDS = frozenset(BUSINESS_KINDS)


def find_line(basket: Basket, line_id: str) -> Line:
    """The line with this id, voided or not. Raises UnknownLine."""
    for line in basket.lines:
        if line.id == line_id:
            return line
    raise UnknownLine("unknown_line", "Diese Zeile steht nicht mehr auf dem Bon.")


def add_line(basket: Basket, line: Line) -> Basket:
    """``basket`` with ``line`` at its end; a line with ``parent_id`` is first made to follow its parent.

    Raises BasketError, UnknownLine or LineVoided (its parent), MoneyError, QuantityError, TextError, UnknownVatKey,
    DiscountError.
    """
    if line.parent_id:
        line = follow_parent(_open_line(basket, line.parent_id), line)
    _check_line(line)
    if any(other.id == line.id for other in basket.lines):
        raise BasketError("line_exists", "Diese Zeile steht schon auf dem Bon.")
    if len(basket.lines) >= MAX_LINES:
        raise BasketError("too_many_lines", "Der Bon ist voll. Bitte einen zweiten Bon beginnen.")
    return _with_lines(basket, (*basket.lines, line))


def follow_parent(parent: Line, child: Line) -> Line:
    """``child`` as it hangs on ``parent``: its place, and one deposit a piece (one in all for something weighed).

    A deposit also takes the VAT keys of its parent: packaging shares the rate of the goods (UStAE 10.1; DSFinV-K,
    GV_TYP Pfand). Transport packaging with a rate of its own is a line without a parent.
    """
    changes: dict[str, object] = {"in_house": parent.in_house, "quantity": _child_quantity(parent.quantity)}
    if child.gv_typ in DEPOSIT_KINDS:
        changes |= {"vat_key_in": parent.vat_key_in, "vat_key_out": parent.vat_key_out}
    return replace(child, **changes)  # type: ignore[arg-type]


def set_quantity(basket: Basket, line_id: str, quantity: int) -> Basket:
    """``basket`` with another quantity (thousandths, not zero) on a line and on what hangs on it.

    Raises UnknownLine, LineVoided, QuantityError, and BasketError for a line that hangs on another and for a voucher.
    """
    line = _open_line(basket, line_id)
    if line.parent_id:
        raise BasketError("follows_parent", "Die Zeile richtet sich nach dem Artikel, zu dem sie gehört.")
    if line.voucher:
        raise BasketError("voucher_once", "Ein Gutschein zählt einmal. Für noch einen den Artikel noch einmal tippen.")
    check_quantity(quantity)
    child_quantity = _child_quantity(quantity)
    return _with_lines(
        basket,
        (
            replace(other, quantity=quantity)
            if other.id == line_id
            else replace(other, quantity=child_quantity)
            if other.parent_id == line_id and not other.voided
            else other
            for other in basket.lines
        ),
    )


def void_line(basket: Basket, line_id: str) -> Basket:
    """``basket`` with a line, and what hangs on it, voided; the lines stay to be seen (DSFinV-K: P_STORNO).

    A deposit alone can be voided too: the customer gives an empty bottle back at once. Raises UnknownLine, LineVoided.
    """
    _open_line(basket, line_id)
    return _with_lines(
        basket,
        (replace(other, voided=True) if line_id in (other.id, other.parent_id) else other for other in basket.lines),
    )


def override_price(basket: Basket, line_id: str, unit_cents: int, reason: str = "") -> Basket:
    """``basket`` with another unit price on a line; its list price stays beside it. The list price again undoes it.

    Raises UnknownLine, LineVoided, MoneyError, TextError, and BasketError for a deposit, a voucher or when a sale would
    become a payout.
    """
    line = _open_line(basket, line_id)
    check_cents(unit_cents)
    if line.gv_typ in DEPOSIT_KINDS:
        raise BasketError("deposit_price", "Der Preis von Pfand ist fest.")
    if line.voucher:
        raise BasketError("voucher_price", "Der Betrag eines Gutscheins ist fest. Zeile stornieren und neu tippen.")
    check_reason(reason)
    listed = line.unit_cents if line.list_cents is None else line.list_cents
    if listed * unit_cents < 0 or (listed == 0 and unit_cents < 0):
        raise BasketError("price_sign", "Ein Preis wechselt nicht das Vorzeichen. Zum Zurücknehmen die Menge umkehren.")
    if unit_cents == listed:
        changed = replace(line, unit_cents=unit_cents, list_cents=None, price_reason="")
    else:
        changed = replace(line, unit_cents=unit_cents, list_cents=listed, price_reason=reason.strip())
    return _with_line(basket, changed)


def discount_line(basket: Basket, line_id: str, discount: Discount | None) -> Basket:
    """``basket`` with a line's own discount set, or removed by None.

    Raises UnknownLine, LineVoided, and DiscountError when the line cannot be discounted or the amount exceeds it.
    """
    changed = replace(_open_line(basket, line_id), discount=discount, promotion="")
    _check_discount(changed)
    return _with_line(basket, changed)


def discount_basket(basket: Basket, discount: Discount | None) -> Basket:
    """``basket`` with a discount on everything discountable, or without one for None.

    Raises DiscountError when an amount exceeds what can be discounted. Should the basket shrink later, the discount
    shrinks with it (see ``totals.price``).
    """
    if discount is not None and discount.kind == "amount":
        base = discount_base(basket.lines)
        if discount.value > abs(base):
            raise _discount_too_large(base)
    return replace(basket, discount=discount)


def discount_base(lines: Iterable[Line]) -> int:
    """The cents that a discount on the whole may reduce."""
    base = 0
    for line in lines:
        if line.discountable and not line.voided:
            gross = line_cents(line.unit_cents, line.quantity)
            base += gross + (reduction(line.discount, gross) if line.discount else 0)
    return base


def set_in_house(basket: Basket, in_house: bool, line_id: str = "") -> Basket:
    """``basket`` eaten here or taken away: all of it and what comes next, or one line with what hangs on it.

    Gross prices stay; only the VAT inside them changes. Raises UnknownLine, LineVoided, and BasketError for
    a line that hangs on another.
    """
    if line_id:
        if _open_line(basket, line_id).parent_id:
            raise BasketError("follows_parent", "Die Zeile richtet sich nach dem Artikel, zu dem sie gehört.")
        return _with_lines(
            basket,
            (
                replace(line, in_house=in_house) if line_id in (line.id, line.parent_id) and not line.voided else line
                for line in basket.lines
            ),
        )
    lines = tuple(line if line.voided else replace(line, in_house=in_house) for line in basket.lines)
    return replace(basket, lines=lines, in_house=in_house)


def joined(basket: Basket, other: Basket, day: date) -> Basket:
    """``basket`` with every line of ``other`` behind its own, as it is, voided ones too: two bills become one.

    Discounts on a whole bill stay what they came to on ``day``, as one amount, so that the joint sale costs what both
    cost; the same percentage on both stays a percentage. Raises BasketError.
    """
    known = {line.id for line in basket.lines}
    if any(line.id in known for line in other.lines):
        raise BasketError("line_exists", "Diese Zeile steht schon auf dem Bon.")
    if len(basket.lines) + len(other.lines) > MAX_LINES:
        raise BasketError("too_many_lines", "Zusammen sind es zu viele Zeilen für einen Bon.")
    both = _with_lines(basket, (*basket.lines, *other.lines))
    return replace(both, discount=_joint_discount(basket, other, day))


def _joint_discount(basket: Basket, other: Basket, day: date) -> Discount | None:
    one, two = basket.discount, other.discount
    if one == two and (one is None or one.kind == "percent"):
        return one
    cents = price(basket, day).discount_cents + price(other, day).discount_cents
    reasons = dict.fromkeys(found.reason for found in (one, two) if found is not None and found.reason)
    return Discount(kind="amount", value=abs(cents), reason=", ".join(reasons)[:MAX_REASON]) if cents else None


def set_wish(basket: Basket, line_id: str, wish: str) -> Basket:
    """``basket`` with what kitchen or bar shall know of a line; "" takes it back.

    Raises UnknownLine, LineVoided, TextError, and BasketError for a voucher or a line that hangs on another.
    """
    line = _open_line(basket, line_id)
    if line.parent_id or line.voucher:
        raise BasketError("no_wish", "Zu dieser Zeile gibt es nichts zu wünschen.")
    wish = " ".join(wish.split())
    check_wish(wish)
    return _with_line(basket, replace(line, wish=wish))


def _open_line(basket: Basket, line_id: str) -> Line:
    line = find_line(basket, line_id)
    if line.voided:
        raise LineVoided("line_voided", "Die Zeile ist schon storniert.")
    return line


def _child_quantity(quantity: int) -> int:
    if quantity % ONE == 0:
        return quantity
    return ONE if quantity > 0 else -ONE


def _with_line(basket: Basket, changed: Line) -> Basket:
    return _with_lines(basket, (changed if line.id == changed.id else line for line in basket.lines))


def _with_lines(basket: Basket, lines: Iterable[Line]) -> Basket:
    """The basket with other lines, refused when their sum leaves the range the rest of the register can hold."""
    changed = tuple(lines)
    total = 0
    for line in changed:
        if not line.voided:
            total += abs(line_cents(line.unit_cents, line.quantity))
    if total > MAX_TOTAL_CENTS:
        limit = format_cents(MAX_TOTAL_CENTS)
        raise BasketError("total_too_large", "Der Bon wird zu groß. Höchstens {limit} € sind möglich.", limit=limit)
    return replace(basket, lines=changed)


def _check_line(line: Line) -> None:
    if not line.id:
        raise BasketError("line_without_id", "Die Zeile hat keine Kennung.")
    check_text(line.text)
    if line.gv_typ not in _KINDS:
        raise BasketError("unknown_kind", "Den Geschäftsvorfall „{kind}“ gibt es nicht.", kind=line.gv_typ)
    check_quantity(line.quantity)
    check_cents(line.unit_cents)
    if line.list_cents is not None:
        check_cents(line.list_cents)
    check_reason(line.price_reason)
    check_wish(line.wish)
    slot(line.vat_key_in)
    slot(line.vat_key_out)
    _check_discount(line)


def _check_discount(line: Line) -> None:
    if line.discount is None:
        return
    if not line.discountable:
        raise DiscountError("not_discountable", "Auf Pfand, Gutscheine und Trinkgeld gibt es keinen Rabatt.")
    gross = line_cents(line.unit_cents, line.quantity)
    if line.discount.kind == "amount" and line.discount.value > abs(gross):
        raise _discount_too_large(gross)


def _discount_too_large(base_cents: int) -> DiscountError:
    limit = format_cents(abs(base_cents))
    return DiscountError("discount_too_large", "Der Rabatt ist zu hoch. Höchstens {limit} € sind möglich.", limit=limit)
