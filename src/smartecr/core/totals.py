"""A basket priced: discounts, VAT by rate, total.

Worked numbers: ``docs/algorithms/rounding-and-vat.md`` and ``docs/algorithms/discounts.md``. This runs on every tap,
hence plain loops and nothing computed twice.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from smartecr.core.kinds import DEPOSIT_KINDS, SETTLING, TURNOVER
from smartecr.core.lines import Basket, Discount, Line
from smartecr.core.money import round_half_up, spread
from smartecr.core.records import dataclass
from smartecr.core.vat import rate_on, split_gross


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line and its cents: ``gross_cents`` is quantity times unit, ``discount_cents`` its own discount, always against
    the sign of the gross, ``amount_cents`` both together. A voided line keeps its gross and has the amount 0."""

    line: Line
    gross_cents: int
    discount_cents: int
    amount_cents: int


class VatSum(NamedTuple):
    """What a receipt contains at one VAT key, in cents, after all discounts; net plus tax is gross."""

    vat_key: int
    rate_bp: int
    gross_cents: int
    net_cents: int
    tax_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A basket with all its numbers, in cents.

    ``total_cents`` is the sum of the lines' amounts and ``discount_cents`` (the basket discount, at most 0 for a sale,
    at least 0 when the discountable lines together are a return). ``discount_by_vat`` are its parts by VAT key.
    ``vat`` is ordered by key. ``saved_cents`` is what a customer saves on what is bought (discounts and lowered
    prices), ``deposit_cents`` the deposits taken and given back. ``pieces`` counts articles; something weighed is one.
    """

    lines: tuple[PricedLine, ...]
    total_cents: int
    vat: tuple[VatSum, ...]
    discount: Discount | None
    discount_cents: int
    discount_by_vat: tuple[tuple[int, int], ...]
    saved_cents: int
    deposit_cents: int
    pieces: int


def reduction(discount: Discount, base_cents: int) -> int:
    """Cents by which ``discount`` changes ``base_cents``: against its sign and never more than it."""
    size = -base_cents if base_cents < 0 else base_cents
    cut = round_half_up(size * discount.value, 10_000) if discount.kind == "percent" else min(discount.value, size)
    return cut if base_cents < 0 else -cut


def price(basket: Basket, day: date) -> Priced:
    """All numbers of ``basket`` at the rates of ``day``. Raises UnknownVatKey for a line with an unknown key."""
    lines: list[PricedLine] = []
    gross_by_key: dict[int, int] = {}
    base_by_key: dict[int, int] = {}
    saved = deposit = pieces = 0
    for line in basket.lines:
        quantity = line.quantity
        gross = round_half_up(line.unit_cents * quantity, 1000)
        if line.voided or (line.limit_cents and not gross):
            lines.append(PricedLine(line=line, gross_cents=gross, discount_cents=0, amount_cents=0))
            continue
        gv_typ, key, own = line.gv_typ, line.vat_key, 0
        if gv_typ == TURNOVER:
            if line.discount is not None:
                own = reduction(line.discount, gross)
            base_by_key[key] = base_by_key.get(key, 0) + gross + own
            if gross > 0:
                saved -= own
        amount = gross + own
        lines.append(PricedLine(line=line, gross_cents=gross, discount_cents=own, amount_cents=amount))
        gross_by_key[key] = gross_by_key.get(key, 0) + amount
        if gv_typ in DEPOSIT_KINDS:
            deposit += amount
        elif not line.limit_cents and gv_typ not in SETTLING:
            pieces += abs(quantity) // 1000 if quantity % 1000 == 0 and not line.unit else 1
        if line.list_cents is not None:
            listed = round_half_up(line.list_cents * quantity, 1000)
            if listed > gross >= 0:
                saved += listed - gross
    shares = _basket_discount(basket.discount, base_by_key) if basket.discount is not None else ()
    discount_cents = 0
    for key, share in shares:
        gross_by_key[key] += share
        discount_cents += share
    return Priced(
        lines=tuple(lines),
        total_cents=sum(gross_by_key.values()),
        vat=vat_sums(gross_by_key, day),
        discount=basket.discount,
        discount_cents=discount_cents,
        discount_by_vat=shares,
        saved_cents=saved - min(discount_cents, 0),
        deposit_cents=deposit,
        pieces=pieces,
    )


def vat_sums(gross_by_key: dict[int, int], day: date) -> tuple[VatSum, ...]:
    """The VAT rows of a receipt from the gross cents by VAT key, ordered by key (DSFinV-K: rounded once per rate)."""
    sums = []
    for key in sorted(gross_by_key):
        gross, rate = gross_by_key[key], rate_on(key, day)
        net, tax = split_gross(gross, rate)
        sums.append(VatSum(vat_key=key, rate_bp=rate, gross_cents=gross, net_cents=net, tax_cents=tax))
    return tuple(sums)


def _basket_discount(discount: Discount, base_by_key: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """The basket discount by VAT key, exact to the cent; only keys on the side of the discountable total take part."""
    base = sum(base_by_key.values())
    cents = reduction(discount, base) if base else 0
    if not cents:
        return ()
    keys = [key for key in sorted(base_by_key) if (base_by_key[key] > 0) == (base > 0) and base_by_key[key]]
    shares = spread(cents, [abs(base_by_key[key]) for key in keys])
    return tuple((key, share) for key, share in zip(keys, shares, strict=True) if share)
