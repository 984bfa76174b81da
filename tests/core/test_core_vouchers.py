"""Vouchers on a basket: what each takes. Cases: docs/algorithms/vouchers.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Discount, Line, add_line, override_price, price, set_quantity, void_line
from smartecr.core.errors import BasketError
from smartecr.core.receipt import Payment, check, content_of
from smartecr.core.vouchers import expires_on, fit, redeems, redemption

DAY = date(2026, 11, 23)
KINDS = {"multi": "MehrzweckgutscheinKauf", "single": "EinzweckgutscheinKauf"}


def euros_to_cents(text: str) -> int:
    return int(text.replace(".", ""))


def laid(basket: Basket, vouchers: str, cents: Callable[[str], int] = euros_to_cents) -> Basket:
    """``multi 20.00; single@2 5.00`` laid on a basket."""
    for place, text in enumerate(filter(None, (part.strip() for part in vouchers.split(";")))):
        kind, amount = text.split()
        name, _, key = kind.partition("@")
        line = redemption(f"v{place}", f"{place:08d}", KINDS[name], int(key or 5), cents(amount), True)
        basket = add_line(basket, line)
    return fit(basket, DAY)


@pytest.mark.cases("vouchers.md", "What is redeemed")
def test_each_voucher_takes_what_it_can(case: dict[str, str], tongue: Any) -> None:
    def cents(text: str) -> int:
        return int(tongue.number(text.strip(), 2))

    after = laid(tongue.basket_of(case["lines"], case["discount"]), case["vouchers"], cents)
    taken = [line.unit_cents for line in after.lines if line.limit_cents]
    assert taken == [-cents(part) for part in case["taken"].split(";")]
    priced = price(after, DAY)
    assert priced.total_cents == cents(case["to pay"])
    content = content_of(priced, [Payment(cents=priced.total_cents)] if priced.total_cents else [])
    check(content)
    wanted = {int(part.split(":")[0]): cents(part.split(":")[1]) for part in case["gross by key"].split(";")}
    assert {row.vat_key: row.gross_cents for row in content.vat} == wanted


@pytest.mark.cases("vouchers.md", "Until when")
def test_a_voucher_lasts_to_the_end_of_the_third_year(case: dict[str, str]) -> None:
    assert expires_on(date.fromisoformat(case["sold"])).isoformat() == case["last day"]


def item(line_id: str, cents: int, key: int, kind: str = "Umsatz") -> Line:
    return Line(
        id=line_id,
        text="Ware",
        quantity=1000,
        unit_cents=cents,
        vat_key_in=key,
        vat_key_out=key,
        in_house=True,
        gv_typ=kind,
    )


amounts = st.integers(min_value=1, max_value=20_000)


@given(
    st.lists(st.tuples(amounts, st.sampled_from([1, 2])), min_size=1, max_size=5),
    st.lists(st.tuples(amounts, st.sampled_from(["multi", "single"]), st.sampled_from([1, 2])), min_size=1, max_size=4),
    st.integers(min_value=0, max_value=10_000),
)
def test_no_voucher_takes_more_than_lies_on_it_or_than_is_due(
    goods: list[tuple[int, int]], vouchers: list[tuple[int, str, int]], percent: int
) -> None:
    basket = Basket(id="b", discount=Discount(kind="percent", value=percent) if percent else None)
    for place, (cents, key) in enumerate(goods):
        basket = add_line(basket, item(f"g{place}", cents, key))
    before = price(basket, DAY)
    for place, (cents, kind, key) in enumerate(vouchers):
        basket = add_line(basket, redemption(f"v{place}", f"{place:08d}", KINDS[kind], key, cents, True))
    after = fit(basket, DAY)
    priced = price(after, DAY)
    assert 0 <= priced.total_cents <= before.total_cents
    assert priced.pieces == before.pieces
    for line in after.lines:
        if line.limit_cents:
            assert 0 <= -line.unit_cents <= line.limit_cents
            assert line.left_cents == line.limit_cents + line.unit_cents
    by_key = {row.vat_key: row.gross_cents for row in before.vat}
    for key in (1, 2):
        bound = [line for line in after.lines if line.gv_typ == "EinzweckgutscheinEinloesung" and line.vat_key == key]
        assert sum(-line.unit_cents for line in bound) <= by_key.get(key, 0)
    if priced.total_cents:  # something is left to pay: every multi-purpose voucher is used up
        assert all(not line.left_cents for line in after.lines if line.gv_typ == "MehrzweckgutscheinEinloesung")
    assert fit(after, DAY) == after


def test_a_voucher_line_is_fixed_in_quantity_and_price() -> None:
    basket = add_line(Basket(id="b"), replace(item("s", 5000, 5, KINDS["multi"]), voucher="7K3MQ9XP"))
    with pytest.raises(BasketError) as quantity:
        set_quantity(basket, "s", 2000)
    with pytest.raises(BasketError) as cents:
        override_price(basket, "s", 100)
    assert (quantity.value.code, cents.value.code) == ("voucher_once", "voucher_price")


def test_a_voucher_taken_off_pays_nothing_and_one_of_no_use_is_on_no_receipt() -> None:
    basket = laid(add_line(Basket(id="b"), item("g", 500, 2)), "multi 20.00; multi 3.00")
    assert redeems(basket)
    assert [line.unit_cents for line in basket.lines] == [500, -500, 0]
    content = content_of(price(basket, DAY), [])
    assert [line.amount_cents for line in content.lines] == [500, -500]
    off = fit(void_line(basket, "v0"), DAY)
    assert [line.unit_cents for line in off.lines if not line.voided] == [500, -300]
    assert not redeems(void_line(void_line(off, "v1"), "g"))
