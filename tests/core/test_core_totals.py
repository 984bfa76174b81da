"""A basket priced: discounts, VAT, total, savings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Discount, discount_line, joined, override_price, price, set_in_house
from smartecr.core.errors import UnknownVatKey
from smartecr.core.totals import reduction
from smartecr.core.vat import rate_on, split_gross


@pytest.mark.cases("rounding-and-vat.md", "VAT of a receipt")
def test_vat_of_a_receipt(case, tongue):
    priced = price(tongue.basket_of(case["lines"]), tongue.today)
    assert tongue.euros(priced.total_cents) == case["total"]
    assert tongue.vat_text(priced.vat) == case["VAT"]


@pytest.mark.cases("discounts.md", "Discount on a line")
def test_discount_on_a_line(case, tongue):
    gross = tongue.number(case["gross"], 2)
    cut = reduction(tongue.discount_of(case["discount"]), gross)
    assert (tongue.euros(cut), tongue.euros(gross + cut)) == (case["reduction"], case["amount"])


@pytest.mark.cases("discounts.md", "Discount on the receipt")
def test_discount_on_the_receipt(case, tongue):
    priced = price(tongue.basket_of(case["lines"], case["discount"]), tongue.today)
    assert tongue.euros(priced.discount_cents) == case["reduction"]
    assert "; ".join(f"{key}: {tongue.euros(cents)}" for key, cents in priced.discount_by_vat) == case["by VAT key"]
    assert tongue.euros(priced.total_cents) == case["total"]


@pytest.mark.cases("discounts.md", "Two bills become one")
def test_two_bills_become_one(case, tongue):
    here, other = (tongue.basket_of(case[f"{whose}lines"], case[f"{whose}discount"]) for whose in ("", "other "))
    both = joined(here, renamed(other), tongue.today)
    assert both.discount == tongue.discount_of(case["joint discount"])
    assert tongue.euros(price(both, tongue.today).total_cents) == case["total"]


def renamed(basket):
    """The basket with other line ids, as two tickets never share one."""
    lines = (
        replace(line, id=f"o{line.id}", parent_id=line.parent_id and f"o{line.parent_id}") for line in basket.lines
    )
    return replace(basket, lines=tuple(lines))


@pytest.mark.cases("discounts.md", "What the receipt says")
def test_text_of_a_discount(case, tongue):
    assert tongue.discount_of(case["discount"], case["reason"]).text == case["text"]


@pytest.mark.cases("discounts.md", "What was saved")
def test_what_was_saved(case, tongue):
    basket = tongue.basket_of(case["lines"], case["discount on the receipt"])
    if case["list price of the first line"]:
        listed = replace(basket.lines[0], list_cents=tongue.number(case["list price of the first line"], 2))
        basket = replace(basket, lines=(listed, *basket.lines[1:]))
    assert tongue.euros(price(basket, tongue.today).saved_cents) == case["saved"]


@pytest.mark.cases("in-house-and-take-away.md", "Gross prices stay")
def test_gross_prices_stay(case, tongue):
    basket = tongue.basket_of(case["lines"])
    here = price(set_in_house(basket, True), tongue.today)
    away = price(set_in_house(basket, False), tongue.today)
    assert tongue.vat_text(here.vat) == case["in-house VAT"]
    assert tongue.vat_text(away.vat) == case["take-away VAT"]
    assert here.total_cents == away.total_cents
    assert [line.amount_cents for line in here.lines] == [line.amount_cents for line in away.lines]


@pytest.mark.parametrize(
    ("lines", "pieces"),
    [
        ("3x 1.00 @1; 2.00 @2", 4),
        ("0.275x 19.90 @2", 1),
        ("1.5x 19.90 @2", 1),
        ("2x 3.40 @1; +0.25 @1 Pfand", 2),
        ("-2x 3.40 @1", 2),
        ("-1x 0.25 @1 PfandRueckzahlung", 0),
        ("3.40 @1; (9.90 @1)", 1),
    ],
)
def test_counts_pieces(lines, pieces, tongue):
    assert price(tongue.basket_of(lines), tongue.today).pieces == pieces


def test_a_whole_kilogram_is_one_piece(tongue):
    basket = tongue.basket_of("3x 19.90 @2")
    weighed = replace(basket, lines=(replace(basket.lines[0], unit="kg"),))
    assert price(weighed, tongue.today).pieces == 1


def test_names_the_deposit(tongue):
    basket = tongue.basket_of("2x 3.40 @1; +0.25 @1 Pfand; -1x 0.15 @1 Pfand; -0.25 @1 PfandRueckzahlung")
    assert price(basket, tongue.today).deposit_cents == 50 - 15 - 25


def test_the_empty_basket(tongue):
    priced = price(Basket(id="b"), tongue.today)
    assert (priced.total_cents, priced.lines, priced.vat, priced.discount_by_vat) == (0, (), (), ())
    assert (priced.saved_cents, priced.deposit_cents, priced.pieces) == (0, 0, 0)


def test_a_voided_line_keeps_its_gross_and_counts_nothing(tongue):
    basket = tongue.basket_of("3.60 @1; (9.90 @2 -10%)")
    voided = price(basket, tongue.today).lines[1]
    assert (voided.gross_cents, voided.discount_cents, voided.amount_cents) == (990, 0, 0)


def test_an_unknown_key_is_refused(tongue):
    basket = tongue.basket_of("3.60 @1")
    strange = replace(basket, lines=(replace(basket.lines[0], vat_key_in=99),))
    with pytest.raises(UnknownVatKey):
        price(strange, tongue.today)


def test_saving_by_a_lowered_price_and_a_discount(tongue):
    basket = override_price(tongue.basket_of("2x 12.90 @2"), "1", 1000, "Mittagskarte")
    basket = discount_line(basket, "1", tongue.discount_of("10 %"))
    assert price(basket, tongue.today).saved_cents == 580 + 200


# What holds for every basket.


@given(st.data())
def test_parts_sum_to_the_whole(baskets, tongue, data):
    priced = price(data.draw(baskets), tongue.today)
    lines = sum(item.amount_cents for item in priced.lines)
    assert lines + priced.discount_cents == priced.total_cents == sum(row.gross_cents for row in priced.vat)
    assert sum(cents for _, cents in priced.discount_by_vat) == priced.discount_cents
    for row in priced.vat:
        at_key = sum(item.amount_cents for item in priced.lines if item.line.vat_key == row.vat_key)
        assert at_key + dict(priced.discount_by_vat).get(row.vat_key, 0) == row.gross_cents
        assert (row.net_cents, row.tax_cents) == split_gross(row.gross_cents, rate_on(row.vat_key, tongue.today))
    assert [row.vat_key for row in priced.vat] == sorted({i.line.vat_key for i in priced.lines if not i.line.voided})


@given(st.data())
def test_the_order_of_lines_does_not_matter(baskets, tongue, data):
    basket = data.draw(baskets)
    shuffled = replace(basket, lines=tuple(data.draw(st.permutations(basket.lines))))
    here, there = price(basket, tongue.today), price(shuffled, tongue.today)
    assert replace(here, lines=()) == replace(there, lines=())
    assert {item.line.id: item for item in here.lines} == {item.line.id: item for item in there.lines}


@given(st.data())
def test_a_discount_never_changes_a_sign(baskets, tongue, data):
    basket = data.draw(baskets)
    priced = price(basket, tongue.today)
    base: dict[int, int] = {}
    for item in priced.lines:
        assert item.discount_cents * item.gross_cents <= 0
        assert abs(item.discount_cents) <= abs(item.gross_cents)
        if item.line.discountable and not item.line.voided:
            base[item.line.vat_key] = base.get(item.line.vat_key, 0) + item.amount_cents
        else:
            assert item.discount_cents == 0
    assert abs(priced.discount_cents) <= abs(sum(base.values()))
    assert priced.discount_cents * sum(base.values()) <= 0
    for key, cents in priced.discount_by_vat:
        assert cents * base[key] < 0
        assert abs(cents) <= abs(base[key])


@given(st.data())
def test_a_basket_of_the_opposite_is_the_opposite(baskets, tongue, data):
    basket = data.draw(baskets)
    opposite = replace(basket, lines=tuple(replace(line, quantity=-line.quantity) for line in basket.lines))
    here, there = price(basket, tongue.today), price(opposite, tongue.today)
    assert there.total_cents == -here.total_cents
    assert there.discount_cents == -here.discount_cents
    assert there.deposit_cents == -here.deposit_cents
    assert there.pieces == here.pieces
    for row, mirrored in zip(here.vat, there.vat, strict=True):
        assert (row.vat_key, row.rate_bp) == (mirrored.vat_key, mirrored.rate_bp)
        assert row.gross_cents + mirrored.gross_cents == 0
        assert row.net_cents + mirrored.net_cents == row.tax_cents + mirrored.tax_cents == 0


@given(st.data())
def test_nobody_saves_less_than_nothing(baskets, tongue, data):
    assert price(data.draw(baskets), tongue.today).saved_cents >= 0


@given(st.data(), st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_percent_is_never_less_discount(baskets, tongue, data, one, other):
    basket = data.draw(baskets)
    less, more = (
        price(replace(basket, discount=tongue.discount_of(f"{bp // 100}.{bp % 100:02d} %")), tongue.today)
        for bp in sorted((one, other))
    )
    assert abs(less.discount_cents) <= abs(more.discount_cents)


_DISCOUNTS = st.none() | st.builds(
    Discount, kind=st.sampled_from(["percent", "amount"]), value=st.integers(1, 3000), reason=st.sampled_from(["", "a"])
)


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    _DISCOUNTS,
    _DISCOUNTS,
)
def test_a_joint_bill_costs_what_both_cost(tongue, here, other, one, two):
    bills = [
        replace(tongue.basket_of("; ".join(f"{cents // 100}.{cents % 100:02d} @{place % 2 + 1}" for place, cents in
                enumerate(bill))), discount=discount)
        for bill, discount in ((here, one), (other, two))
    ]  # fmt: skip
    apart = sum(price(bill, tongue.today).total_cents for bill in bills)
    both = joined(bills[0], renamed(bills[1]), tongue.today)
    rounding = 1 if one is not None and one == two and one.kind == "percent" else 0
    assert abs(price(both, tongue.today).total_cents - apart) <= rounding
    assert [line.unit_cents for line in both.lines] == here + other
