"""Price levels, open amounts, VAT keys of a supply."""

from __future__ import annotations

from datetime import date

import pytest

from smartecr.core.basket import Basket, add_line, price
from smartecr.core.errors import MoneyError, PricingError
from smartecr.core.pricing import MAX_LEVEL, Supply, open_amount, unit_price, vat_keys

PAGE = "in-house-and-take-away.md"


@pytest.mark.cases(PAGE, "VAT keys of a supply")
def test_vat_keys(case):
    keys = vat_keys(Supply(case["supply"]), date.fromisoformat(case["day"]))
    assert keys == (int(case["in-house"]), int(case["take-away"]))


def test_every_supply_has_a_case(tongue):
    assert {row["supply"] for row in tongue.table(PAGE, "VAT keys of a supply")} == set(Supply)


@pytest.mark.cases(PAGE, "Price levels")
def test_price_levels(case, tongue):
    prices = {}
    if case["own prices"]:
        level, own = case["own prices"].split(": ")
        prices[int(level)] = tongue.number(own, 2)
    ask = (prices, tongue.number(case["base"], 2), int(case["level"]))
    if case["unit price"] == "unknown_level":
        with pytest.raises(PricingError) as refused:
            unit_price(*ask)
        assert refused.value.code == "unknown_level"
    else:
        assert unit_price(*ask) == tongue.number(case["unit price"], 2)


def test_the_last_level_is_a_level():
    assert unit_price({MAX_LEVEL: 5}, 10, MAX_LEVEL) == 5


def keyed(cents, **changes):
    fields = {"id": "1", "group_id": "g", "group_name": "Backwaren", "vat_key_in": 2, "vat_key_out": 2}
    return open_amount(cents=cents, in_house=False, **fields | changes)


def test_open_amount_on_a_group(tongue):
    line = keyed(450, quantity=3000, vat_key_in=1)
    assert (line.text, line.group_id, line.group_name, line.article_id) == ("Backwaren", "g", "Backwaren", "")
    assert (line.vat_key, line.gv_typ, line.discountable) == (2, "Umsatz", True)
    assert price(add_line(Basket(id="b"), line), tongue.today).total_cents == 1350


@pytest.mark.parametrize("cents", [0, -1])
def test_open_amount_wants_an_amount(cents):
    with pytest.raises(PricingError) as refused:
        keyed(cents)
    assert refused.value.code == "amount_missing"


def test_one_cent_is_an_amount():
    assert keyed(1).unit_cents == 1


def test_open_amount_has_a_limit():
    with pytest.raises(MoneyError):
        keyed(100_000_000)
