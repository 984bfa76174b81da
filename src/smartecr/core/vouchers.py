"""Vouchers on a basket: how much of each is redeemed, and until when it may be.

A voucher to be redeemed is a line with ``limit_cents``, what lies on it; its ``unit_cents`` is what of that this basket
takes, never positive. A multi-purpose voucher pays for everything but vouchers (VAT key 5; the goods bear the VAT). A
single-purpose voucher was taxed when it was sold, so it takes only from goods of its own VAT key and its line takes the
VAT out again (DSFinV-K, Anhang C; § 3 (13) to (15) UStG). Worked numbers: ``docs/algorithms/vouchers.md``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from smartecr.core.kinds import REDEEMED_BY, SINGLE_REDEEMED, TURNOVER, VOUCHER_SALES
from smartecr.core.lines import Basket, Line
from smartecr.core.quantity import ONE
from smartecr.core.totals import Priced, price
from smartecr.core.vat import NOT_TAXABLE

YEARS = 3
"""§ 195 BGB; counted from the end of the year of the sale, § 199 (1) BGB."""


def expires_on(sold: date) -> date:
    """The last day on which a voucher sold on a day may be redeemed: the third year's last."""
    return date(sold.year + YEARS, 12, 31)


def redemption(line_id: str, number: str, sale_kind: str, vat_key: int, balance_cents: int, in_house: bool) -> Line:
    """The line that redeems a voucher with ``balance_cents`` on it; it takes nothing before ``fit``."""
    key = vat_key if REDEEMED_BY[sale_kind] == SINGLE_REDEEMED else NOT_TAXABLE
    return Line(
        id=line_id,
        text=f"Gutschein {shown(number)}",
        quantity=ONE,
        unit_cents=0,
        vat_key_in=key,
        vat_key_out=key,
        in_house=in_house,
        gv_typ=REDEEMED_BY[sale_kind],
        voucher=number,
        limit_cents=balance_cents,
    )


def shown(number: str) -> str:
    """A voucher's or card's number as people read it: ``"7K3M-Q9XP"``."""
    return f"{number[:4]}-{number[4:]}"


def redeems(basket: Basket) -> bool:
    """Whether a voucher lies on the basket to be redeemed."""
    return any(line.limit_cents and not line.voided for line in basket.lines)


def fit(basket: Basket, day: date) -> Basket:
    """``basket`` with every voucher on it taking what it can, in the order they were shown.

    Single-purpose vouchers take first: only they are bound to certain goods. Nothing is taken from a payout.
    """
    bare = price(replace(basket, lines=tuple(line for line in basket.lines if not line.limit_cents)), day)
    room = bare.total_cents - sum(one.amount_cents for one in bare.lines if one.line.gv_typ in VOUCHER_SALES)
    goods = _goods(bare)
    taken: dict[str, int] = {}
    for line in sorted(_open(basket), key=lambda one: one.gv_typ != SINGLE_REDEEMED):
        most = min(line.limit_cents, room)
        if line.gv_typ == SINGLE_REDEEMED:
            most = min(most, goods.get(line.vat_key, 0))
            goods[line.vat_key] = goods.get(line.vat_key, 0) - max(0, most)
        taken[line.id] = max(0, most)
        room -= taken[line.id]
    return replace(
        basket,
        lines=tuple(
            replace(line, unit_cents=-taken[line.id]) if taken.get(line.id, -line.unit_cents) != -line.unit_cents
            else line
            for line in basket.lines
        ),
    )  # fmt: skip


def _open(basket: Basket) -> list[Line]:
    return [line for line in basket.lines if line.limit_cents and not line.voided]


def _goods(bare: Priced) -> dict[int, int]:
    """What is bought at each VAT key, after all discounts; deposits and vouchers are no goods."""
    goods: dict[int, int] = dict(bare.discount_by_vat)
    for one in bare.lines:
        if one.line.gv_typ == TURNOVER:
            goods[one.line.vat_key] = goods.get(one.line.vat_key, 0) + one.amount_cents
    return goods
