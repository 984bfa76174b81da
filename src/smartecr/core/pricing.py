"""Where a line's price and VAT keys come from: price levels, open amounts, the kind of supply.

Worked numbers: ``docs/algorithms/in-house-and-take-away.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from smartecr.core.errors import PricingError
from smartecr.core.lines import Line
from smartecr.core.money import check_cents
from smartecr.core.quantity import ONE
from smartecr.core.vat import GENERAL, REDUCED

MAX_LEVEL = 9
"""Price levels count from 1 (the base price) to this."""


class Supply(StrEnum):
    """What is sold, as far as VAT asks (§ 12 UStG and its Anlage 2)."""

    FOOD = "food"
    """Food, also when served: 7 % taken away; served 7 % since 2026 (§ 12 (2) no. 15 UStG)."""
    DRINK = "drink"
    """Drinks: 19 %."""
    MILK_DRINK = "milk_drink"
    """Milk and drinks with at least 75 % milk: 7 % taken away, 19 % served."""
    REDUCED_GOODS = "reduced_goods"
    """Goods of Anlage 2 (books, flowers, coffee beans): 7 %."""
    GENERAL_GOODS = "general_goods"
    """Everything else: 19 %."""


_SERVED_FOOD = ((date(2020, 7, 1), REDUCED), (date(2024, 1, 1), GENERAL), (date(2026, 1, 1), REDUCED))


def vat_keys(supply: Supply, day: date) -> tuple[int, int]:
    """The VAT keys (in-house, take-away) of a kind of supply on ``day``.

    Served food: 19 % until June 2020, 7 % (5 % in 2020) until 2023, 19 % in 2024 and 2025, 7 % since 2026.
    """
    if supply is Supply.FOOD:
        served = GENERAL
        for valid_from, key in _SERVED_FOOD:
            if day >= valid_from:
                served = key
        return served, REDUCED
    if supply is Supply.MILK_DRINK:
        return GENERAL, REDUCED
    return (REDUCED, REDUCED) if supply is Supply.REDUCED_GOODS else (GENERAL, GENERAL)


def unit_price(prices: Mapping[int, int], base_cents: int, level: int, offers: Mapping[int, int] | None = None) -> int:
    """Unit price in cents at a price ``level``: the level's own price, else the base price.

    ``offers`` are the prices that hold for a time, by level: one of the level comes before its own price, one of level
    1 before the base price. Raises PricingError for a level outside 1 to 9.
    """
    if not 1 <= level <= MAX_LEVEL:
        raise PricingError("unknown_level", "Die Preisebene {level} gibt es nicht.", level=level)
    if not offers:
        return prices.get(level, base_cents)
    return offers.get(level, prices.get(level, offers.get(1, base_cents)))


def open_amount(
    *,
    id: str,  # noqa: A002
    group_id: str,
    group_name: str,
    cents: int,
    vat_key_in: int,
    vat_key_out: int,
    in_house: bool,
    quantity: int = ONE,
) -> Line:
    """The line of an amount keyed in on a product group: the group's name as text and its VAT keys.

    Raises PricingError unless ``cents`` is above zero (a return has a negative quantity), MoneyError when too large.
    """
    if check_cents(cents) <= 0:
        raise PricingError("amount_missing", "Erst den Betrag eingeben, dann die Warengruppe.")
    return Line(
        id=id,
        text=group_name,
        quantity=quantity,
        unit_cents=cents,
        vat_key_in=vat_key_in,
        vat_key_out=vat_key_out,
        in_house=in_house,
        group_id=group_id,
        group_name=group_name,
    )
