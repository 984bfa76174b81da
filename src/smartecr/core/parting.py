"""One guest of a table pays for what was his: pieces go off a bill into one of their own, and may come back.

Nothing is rung up or struck out, and no cent is lost: what the part and the rest cost is what the whole cost. Worked
numbers: ``docs/algorithms/discounts.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from smartecr.core.basket import add_line, discount_base, find_line, joined
from smartecr.core.errors import BasketError, DiscountError
from smartecr.core.kinds import REDEMPTIONS, SETTLING, TIPS
from smartecr.core.lines import Basket, Discount, Line
from smartecr.core.money import format_cents, spread
from smartecr.core.quantity import ONE, line_cents
from smartecr.core.records import dataclass
from smartecr.core.totals import price, reduction

_STAYING = frozenset({*SETTLING, *REDEMPTIONS, TIPS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A bill in two. ``came`` are the lines the part's new ones were taken off, by the id of the new one."""

    part: Basket
    rest: Basket
    came: Mapping[str, str]


def movable(line: Line) -> bool:
    """Whether a line can go to a bill of its own: what pays or hangs on another line cannot."""
    return not (line.voided or line.parent_id or line.limit_cents or line.gv_typ in _STAYING)


def pieces_of(line: Line) -> int:
    """How many pieces can be taken off a line: what is weighed, and a voucher, goes whole or not at all."""
    if line.unit or line.voucher or line.quantity % ONE:
        return 1
    return abs(line.quantity) // ONE


def parted(
    basket: Basket, taken: Mapping[str, int], ids: Mapping[str, str], new_id: Callable[[], str], part_id: str, day: date
) -> Parted:
    """``basket`` without, and another with, what is ``taken``: thousandths by line id, with the sign of the line.

    A line taken whole keeps its id; pieces off one are a line with the id in ``ids``, what hangs on it gets a
    ``new_id``. Promotions are gone from both and are to be fitted anew. Raises BasketError, DiscountError.
    """
    plain = without_promotions(basket)
    known = {line.id: line for line in plain.lines}
    for line_id, quantity in taken.items():
        _check(known.get(line_id), quantity)
    used = set(known)
    off: list[Line] = []
    left: list[Line] = []
    came: dict[str, str] = {}
    for line in plain.lines:
        root = known.get(line.parent_id or line.id, line)
        quantity = taken.get(root.id, 0)
        if quantity == 0 or (quantity != root.quantity and line.voided):
            left.append(line)
        elif quantity == root.quantity:
            off.append(line)
        else:
            key = ids[root.id] if line is root else new_id()
            if key in used:
                raise BasketError("line_exists", "Diese Zeile steht schon auf dem Bon.")
            used.add(key)
            came[key] = line.id
            piece, rest = _split(line, quantity, key)
            off.append(piece if line is root else replace(piece, parent_id=ids[root.id]))
            left.append(rest)
    if not any(movable(line) for line in left):
        raise BasketError("all", "Das ist alles, was offen ist. Diesen Bon einfach bezahlen.")
    part = Basket(id=part_id, lines=tuple(off), in_house=basket.in_house)
    part, rest_ = _share_discount(plain, part, replace(plain, lines=tuple(left)), day)
    return Parted(part=part, rest=rest_, came=came)


def given_back(rest: Basket, part: Basket, came: Mapping[str, str], day: date) -> tuple[Basket, dict[str, str]]:
    """``rest`` with all of ``part`` on it again, and which lines grew again: the line of the rest by the part's.

    Pieces that were changed meanwhile stay lines of their own. The whole costs what both cost. Raises BasketError.
    """
    both = joined(rest, part, day)
    here, there = without_promotions(rest), without_promotions(part)
    grown = _grown(here, there, came)
    more = {grown[line.id]: line.quantity for line in there.lines if line.id in grown}
    lines = [
        replace(line, quantity=line.quantity + more.get(line.id, 0)) for line in both.lines if line.id not in grown
    ]
    whole = replace(both, lines=tuple(lines))
    if rest.discount is not None and rest.discount.kind == "percent":
        again = replace(whole, discount=rest.discount)
        if price(again, day).total_cents == price(rest, day).total_cents + price(part, day).total_cents:
            whole = again
    return whole, grown


def apart(basket: Basket, line_id: str, quantity: int, key: str, new_id: Callable[[], str]) -> Basket:
    """``basket`` with so many thousandths of a line as a line of its own, ``key``, at its end, with what hangs on it.

    It costs what it did. Raises UnknownLine, BasketError, DiscountError.
    """
    line = find_line(basket, line_id)
    _check(line, quantity)
    left: list[Line] = []
    off: list[Line] = []
    for one in basket.lines:
        if one.voided or line_id not in (one.id, one.parent_id):
            left.append(one)
            continue
        piece, rest = _split(one, quantity, key if one is line else new_id())
        off.append(piece if one is line else replace(piece, parent_id=key))
        left.append(rest)
    after = replace(basket, lines=tuple(left))
    for piece in off:
        after = add_line(after, piece)
    return after


def without_promotions(basket: Basket) -> Basket:
    """``basket`` without what promotions gave."""
    if not any(line.promotion for line in basket.lines):
        return basket
    lines = (replace(line, discount=None, promotion="") if line.promotion else line for line in basket.lines)
    return replace(basket, lines=tuple(lines))


def _check(line: Line | None, quantity: int) -> None:
    if line is None or line.voided:
        raise BasketError("line", "Diese Zeile steht nicht mehr auf dem Bon.")
    if not movable(line):
        raise BasketError("stays", "Gutscheine und Anzahlungen bleiben auf dem Rest.")
    if quantity == 0 or (quantity > 0) != (line.quantity > 0) or abs(quantity) > abs(line.quantity):
        raise BasketError("pieces", "So viele Stück stehen nicht mehr auf dem Bon.")
    if quantity != line.quantity and (quantity % ONE or pieces_of(line) * ONE != abs(line.quantity)):
        raise BasketError("whole", "Gewogenes und Gutscheine lassen sich nicht teilen.")


def _split(line: Line, quantity: int, key: str) -> tuple[Line, Line]:
    """``quantity`` off a line as a line of its own, and what is left; a percentage stays on both, to the cent."""
    piece, rest = replace(line, id=key, quantity=quantity), replace(line, quantity=line.quantity - quantity)
    discount = line.discount
    if discount is None:
        return piece, rest
    if discount.kind == "amount":
        if discount.value > abs(_gross(rest)):
            raise DiscountError(
                "stays_whole",
                "Der Rabatt von {amount} € passt nicht auf den Rest der Zeile. Bitte die ganze Zeile nehmen.",
                amount=format_cents(discount.value),
            )
        return replace(piece, discount=None), rest
    cents = reduction(discount, _gross(line)) - reduction(discount, _gross(rest))
    if cents != reduction(discount, _gross(piece)):
        piece = replace(piece, discount=_amount(cents, discount))
    return piece, rest


def _gross(line: Line) -> int:
    return line_cents(line.unit_cents, line.quantity)


def _amount(cents: int, like: Discount) -> Discount | None:
    return Discount(kind="amount", value=abs(cents), reason=like.reason) if cents else None


def _share_discount(whole: Basket, part: Basket, rest: Basket, day: date) -> tuple[Basket, Basket]:
    """Both with their share of the discount on the whole: a percentage stays one, an amount goes by what each costs."""
    discount = whole.discount
    if discount is None:
        return part, rest
    cents = price(whole, day).discount_cents
    if discount.kind == "percent":
        share = cents - price(rest, day).discount_cents
        same = replace(part, discount=discount)
        exact = share and price(same, day).discount_cents == share
        part = same if exact else replace(part, discount=_amount(share, discount))
    elif cents:
        bases = [discount_base(part.lines), discount_base(rest.lines)]
        if min(bases) < 0 < max(bases):
            raise _unshared()
        shares = spread(cents, [abs(base) for base in bases])
        part, rest = (
            replace(one, discount=_amount(share, discount)) for one, share in zip((part, rest), shares, strict=True)
        )
    if price(part, day).discount_cents + price(rest, day).discount_cents != cents:
        raise _unshared()
    return part, rest


def _unshared() -> DiscountError:
    return DiscountError(
        "unshared", "Der Rabatt auf den ganzen Bon lässt sich hier nicht aufteilen. Bitte erst den Rabatt wegnehmen."
    )


def _grown(rest: Basket, part: Basket, came: Mapping[str, str]) -> dict[str, str]:
    """Which lines of a part become one again with the line they were taken off, each with all that hangs on it."""
    known = {line.id: line for line in rest.lines}
    grown: dict[str, str] = {}
    for root in part.lines:
        if root.parent_id:
            continue
        family = [line for line in part.lines if root.id in (line.id, line.parent_id)]
        pairs = [(line, known.get(came.get(line.id, ""))) for line in family]
        if all(old is not None and _fits(line, old) for line, old in pairs):
            grown |= {line.id: old.id for line, old in pairs if old is not None}
    return grown


def _fits(piece: Line, rest: Line) -> bool:
    """Whether ``piece`` is what would be taken off both together."""
    if piece.voided or rest.voided or (piece.quantity > 0) != (rest.quantity > 0):
        return False
    try:
        again, left = _split(replace(rest, quantity=rest.quantity + piece.quantity), piece.quantity, piece.id)
    except DiscountError:
        return False
    return left == rest and replace(again, parent_id=piece.parent_id) == piece
