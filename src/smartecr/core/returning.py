"""A part of a receipt taken back: lines and quantities, with what hangs on them, to the means that paid.

Worked numbers: ``docs/algorithms/partial-refund.md``. A discount goes back in proportion to the quantity, always as the
difference of two cumulative amounts, so that however many parts a receipt is taken back in, they sum to it exactly. A
discount on the whole basket is first spread over the lines of its VAT key by largest remainder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from smartecr.core.errors import ReceiptError
from smartecr.core.kinds import (
    CASH,
    DEPOSIT,
    DEPOSIT_KINDS,
    DISCOUNT,
    NO_PAYMENT,
    ON_ACCOUNT,
    REDEMPTIONS,
    TURNOVER,
    VOUCHER_SALES,
)
from smartecr.core.money import round_half_up, spread
from smartecr.core.quantity import ONE, line_cents
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass
from smartecr.core.totals import VatSum
from smartecr.core.vat import key_for_rate, split_gross

RETURNABLE = frozenset({TURNOVER, DEPOSIT, "Aufschlag", "TrinkgeldAN", "TrinkgeldAG"}) | VOUCHER_SALES
"""GV_TYP of lines a person may choose; the rest of a receipt follows them, or is how it was settled."""

SETTLED_BY = REDEMPTIONS | {ON_ACCOUNT}
"""Lines that settled a receipt instead of money: they are given back before money is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returnable:
    """A line that may go back: what was sold and what is left of it, in thousandths. ``whole``: only all at once."""

    line: ReceiptLine
    left: int
    whole: bool


def taken(parts: Iterable[ReceiptContent]) -> dict[str, int]:
    """Quantities by line id that earlier parts took back, in thousandths."""
    found: dict[str, int] = {}
    for part in parts:
        for line in part.lines:
            if line.line_id:
                found[line.line_id] = found.get(line.line_id, 0) - line.quantity
    return found


def returnable(content: ReceiptContent, parts: Sequence[ReceiptContent]) -> list[Returnable]:
    """The lines a person may choose, with what is left of each after earlier ``parts``."""
    gone = taken(parts)
    return [
        Returnable(
            line=line,
            left=line.quantity - gone.get(line.line_id, 0),
            whole=bool(line.unit) or line.quantity % ONE != 0 or line.gv_typ not in (TURNOVER, DEPOSIT),
        )
        for line in content.lines
        if line.gv_typ in RETURNABLE
        and line.quantity > 0
        and line.amount_cents >= 0
        and not (line.gv_typ == DEPOSIT and line.parent_position)
    ]


def part(
    content: ReceiptContent,
    parts: Sequence[ReceiptContent],
    chosen: Mapping[str, int],
    day: date,
    receipt_id: str = "",
) -> ReceiptContent:
    """The receipt that takes ``chosen`` (line id to thousandths) of ``content`` back, after earlier ``parts``.

    Its lines name ``receipt_id``; a VAT key whose rate has changed becomes the one that fixes the former rate. Raises
    ReceiptError: "nothing", "line" (no such line), "quantity" (more than is left, or only whole), "settled" (more than
    money, vouchers and accounts gave for it).
    """
    offered = {one.line.line_id: one for one in returnable(content, parts)}
    wanted = {line_id: quantity for line_id, quantity in chosen.items() if quantity}
    if not wanted:
        raise ReceiptError("nothing", "Nichts gewählt, was zurückgehen soll.")
    for line_id, quantity in wanted.items():
        _allowed(offered.get(line_id), quantity)
    gone = taken(parts)
    shares = _shares(content)
    lines: list[ReceiptLine] = []
    for line in content.lines:
        if line.line_id in wanted:
            before = gone.get(line.line_id, 0)
            _take(lines, content, line, shares.get(line.position, 0), before, before + wanted[line.line_id])
    due = -sum(line.amount_cents for line in lines)
    settled = _settled(content, parts, due)
    lines += settled
    rest = due - sum(line.amount_cents for line in settled)
    payments = _paid_back(content, parts, rest)
    return _content(content, lines, payments, day, receipt_id)


def _allowed(one: Returnable | None, quantity: int) -> None:
    if one is None:
        raise ReceiptError("line", "Diese Zeile kann nicht zurückgehen.")
    if not 0 < quantity <= one.left:
        raise ReceiptError("quantity", "Von „{text}“ ist nicht so viel übrig.", text=one.line.text)
    if (one.whole and quantity != one.line.quantity) or (not one.whole and quantity % ONE):
        raise ReceiptError("quantity", "„{text}“ geht nur ganz zurück.", text=one.line.text)


def _shares(content: ReceiptContent) -> dict[int, int]:
    """Cents of the discounts on the whole basket by the position of the line they fall on."""
    found: dict[int, int] = {}
    own: dict[int, int] = {}
    for line in content.lines:
        if line.gv_typ == DISCOUNT and line.parent_position:
            own[line.parent_position] = own.get(line.parent_position, 0) + line.amount_cents
    for discount in content.lines:
        if discount.gv_typ != DISCOUNT or discount.parent_position:
            continue
        side = -1 if discount.amount_cents > 0 else 1
        weights = {
            line.position: max(0, side * (line.amount_cents + own.get(line.position, 0)))
            for line in content.lines
            if line.gv_typ == TURNOVER and line.vat_key == discount.vat_key
        }
        if sum(weights.values()):
            shares = spread(discount.amount_cents, list(weights.values()))
            for position, cents in zip(weights, shares, strict=True):
                found[position] = found.get(position, 0) + cents
    return found


def _take(
    lines: list[ReceiptLine], content: ReceiptContent, line: ReceiptLine, share: int, before: int, after: int
) -> None:
    """Add the opposite of a line from ``before`` to ``after`` thousandths, its discounts and deposits behind it."""
    top = len(lines) + 1
    lines.append(_opposite(line, top, None, after - before))
    own = 0
    for child in content.lines:
        if child.parent_position != line.position:
            continue
        if child.gv_typ == DISCOUNT:
            cents = _between(child.amount_cents, before, after, line.quantity)
            own, share = own + cents, share + child.amount_cents
            _discount(lines, child, top, cents)
        elif child.gv_typ in DEPOSIT_KINDS:
            quantity = _between(child.quantity, before, after, line.quantity)
            lines.append(_opposite(child, len(lines) + 1, top, quantity))
    whole = next((one for one in content.lines if one.gv_typ == DISCOUNT and not one.parent_position), None)
    if whole is not None:
        # all discounts of the line are rounded as one, so that no step costs less than nothing
        same = whole._replace(vat_key=line.vat_key, group_id=line.group_id, group_name=line.group_name)
        _discount(lines, same, top, _between(share, before, after, line.quantity) - own)


def _between(total: int, before: int, after: int, quantity: int) -> int:
    """What falls on the step from ``before`` to ``after`` of a total over ``quantity``: a difference of sums so far."""
    return round_half_up(total * after, quantity) - round_half_up(total * before, quantity)


def _opposite(line: ReceiptLine, position: int, parent: int | None, quantity: int) -> ReceiptLine:
    return line._replace(
        position=position,
        parent_position=parent,
        quantity=-quantity,
        amount_cents=line_cents(line.unit_cents, -quantity),
    )


def _discount(lines: list[ReceiptLine], discount: ReceiptLine, parent: int, cents: int) -> None:
    if cents:
        position = len(lines) + 1
        lines.append(
            discount._replace(
                position=position, parent_position=parent, quantity=ONE, unit_cents=-cents, amount_cents=-cents
            )
        )


def _settled(content: ReceiptContent, parts: Sequence[ReceiptContent], due: int) -> list[ReceiptLine]:
    """What goes back to accounts and vouchers, as much of ``due`` as they gave and have not been given back."""
    back: dict[tuple[str, str, int], int] = {}
    for one in parts:
        for line in one.lines:
            if line.gv_typ in SETTLED_BY:
                place = line.gv_typ, line.voucher, line.vat_key
                back[place] = back.get(place, 0) + line.amount_cents
    found = []
    for line in content.lines:
        if line.gv_typ not in SETTLED_BY or line.amount_cents >= 0:
            continue
        place = line.gv_typ, line.voucher, line.vat_key
        already = min(back.get(place, 0), -line.amount_cents)
        back[place] = back.get(place, 0) - already
        cents = min(due, -line.amount_cents - already)
        if cents > 0:
            due -= cents
            found.append(line._replace(quantity=-ONE, unit_cents=-cents, amount_cents=cents, line_id=""))
    return found


def _paid_back(content: ReceiptContent, parts: Sequence[ReceiptContent], rest: int) -> tuple[Payment, ...]:
    """The payments that give ``rest`` back: cards and the like first, each at most what it paid, cash last."""
    left: dict[tuple[str, str], int] = {}
    for one in (content, *parts):
        for payment in one.payments:
            if payment.kind != NO_PAYMENT:
                place = payment.kind, "" if payment.kind == CASH else payment.name
                left[place] = left.get(place, 0) + payment.cents
    found = []
    for (kind, name), cents in sorted(left.items(), key=lambda item: item[0][0] == CASH):
        back = min(rest, cents)
        if back > 0:
            rest -= back
            found.append(Payment(kind=kind, name=name, cents=-back))
    if rest:
        raise ReceiptError("settled", "Für diese Zeilen wurde nicht so viel bezahlt. Den ganzen Bon stornieren.")
    return tuple(found)


def _content(
    content: ReceiptContent, lines: list[ReceiptLine], payments: tuple[Payment, ...], day: date, receipt_id: str
) -> ReceiptContent:
    rates = {row.vat_key: row.rate_bp for row in content.vat}
    gross: dict[tuple[int, int], int] = {}
    placed = []
    for position, line in enumerate(lines, 1):
        key = key_for_rate(line.vat_key, rates[line.vat_key], day)
        place = key, rates[line.vat_key]
        gross[place] = gross.get(place, 0) + line.amount_cents
        placed.append(line._replace(position=position, vat_key=key, reference_id=receipt_id))
    vat = []
    for (key, rate), cents in sorted(gross.items()):
        net, tax = split_gross(cents, rate)
        vat.append(VatSum(vat_key=key, rate_bp=rate, gross_cents=cents, net_cents=net, tax_cents=tax))
    total = sum(line.amount_cents for line in placed)
    return ReceiptContent(type=content.type, lines=tuple(placed), vat=tuple(vat), payments=payments, total_cents=total)
