"""Pieces of a bill on a bill of their own: parts and rest cost what the whole cost, and what goes back is as it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smartecr.core import parting
from smartecr.core.errors import BasketError, CoreError, DiscountError
from smartecr.core.lines import Basket, Discount, Line
from smartecr.core.parting import Parted, given_back, movable, parted, pieces_of
from smartecr.core.totals import price


def apart(tongue, basket: Basket, taken: dict[str, int]) -> Parted:
    fresh = count()
    ids = {line_id: f"new{line_id}" for line_id in taken}
    return parted(basket, taken, ids, lambda: f"child{next(fresh)}", "part", tongue.today)


def costs(tongue, *baskets: Basket) -> int:
    return sum(price(basket, tongue.today).total_cents for basket in baskets)


@pytest.mark.cases("discounts.md", "One guest pays for his own")
def test_one_guest_pays_for_his_own(case, tongue):
    basket = tongue.basket_of(case["lines"], case["discount"])
    taken = {key: int(pieces) * 1000 for key, pieces in (one.split(": ") for one in case["taken"].split("; "))}
    found = apart(tongue, basket, taken)
    assert tongue.euros(costs(tongue, found.part)) == case["part"]
    assert tongue.euros(costs(tongue, found.rest)) == case["rest"]
    assert costs(tongue, found.part, found.rest) == costs(tongue, basket)
    again, grown = given_back(found.rest, found.part, found.came, tongue.today)
    assert costs(tongue, again) == costs(tongue, basket)
    assert {**found.came} == grown
    assert again.discount == basket.discount
    assert sorted(again.lines, key=lambda line: line.id) == sorted(basket.lines, key=lambda line: line.id)


_PRICES = st.integers(1, 3000)
_OFF = st.none() | st.builds(Discount, kind=st.just("percent"), value=st.integers(1, 10_000))
_WHOLE = st.none() | st.builds(
    Discount, kind=st.sampled_from(["percent", "amount"]), value=st.integers(1, 10_000), reason=st.just("Stammgast")
)


@st.composite
def _bills(draw):
    lines = []
    for index in range(draw(st.integers(1, 6))):
        key, many = draw(st.integers(1, 2)), draw(st.integers(1, 6)) * 1000
        one = Line(
            id=f"l{index}", text="Bier", quantity=many, unit_cents=draw(_PRICES), vat_key_in=key, vat_key_out=key,
            in_house=True, discount=draw(_OFF),
        )  # fmt: skip
        lines.append(one)
        if draw(st.booleans()):
            lines.append(replace(one, id=f"d{index}", unit_cents=25, gv_typ="Pfand", parent_id=one.id, discount=None))
    return Basket(id="b", lines=tuple(lines), discount=draw(_WHOLE))


@given(_bills(), st.data())
def test_parts_and_rest_cost_what_the_whole_cost(tongue, whole, data):
    """Guest after guest takes what he likes; then everything goes back and the bill is what it was."""
    rest, parts, steps = whole, [], []
    for _ in range(data.draw(st.integers(1, 5))):
        lines = [line for line in rest.lines if movable(line)]
        wanted = data.draw(st.lists(st.sampled_from(lines), min_size=1, unique=True))
        taken = {line.id: data.draw(st.integers(1, pieces_of(line))) * 1000 for line in wanted}
        if sum(taken.values()) == sum(line.quantity for line in lines):
            with pytest.raises(BasketError):
                apart(tongue, rest, taken)
            break
        found = apart(tongue, rest, taken)
        found = Parted(
            part=replace(found.part, lines=tuple(_renamed(found, line, len(parts)) for line in found.part.lines)),
            rest=found.rest,
            came={f"{key}/{len(parts)}": old for key, old in found.came.items()},
        )
        assert costs(tongue, found.part, found.rest) == costs(tongue, rest)
        steps.append((rest, found))
        parts.append(found.part)
        rest = found.rest
    assert costs(tongue, rest, *parts) == costs(tongue, whole)
    for before, found in reversed(steps):
        again, _ = given_back(found.rest, found.part, found.came, tongue.today)
        assert costs(tongue, again) == costs(tongue, before)
        assert sorted(again.lines, key=lambda line: line.id) == sorted(before.lines, key=lambda line: line.id)
        if before.discount is None or before.discount.kind == "percent":
            assert again.discount == before.discount


def _renamed(found: Parted, line: Line, nth: int) -> Line:
    """The same guest's pieces have ids of their own each time, as a client makes them."""
    new = {key: f"{key}/{nth}" for key in found.came}
    return replace(line, id=new.get(line.id, line.id), parent_id=new.get(line.parent_id, line.parent_id))


@given(st.data())
def test_any_bill_is_parted_to_the_cent_or_stays(tongue, baskets, data):
    """Returns, voids, deposits, discounts of every kind: parted exactly, or refused with a sentence."""
    whole = data.draw(baskets)
    lines = [line for line in whole.lines if movable(line)]
    assume(lines)
    wanted = data.draw(st.lists(st.sampled_from(lines), min_size=1, unique=True))
    taken = {}
    for line in wanted:
        pieces = data.draw(st.integers(1, pieces_of(line)))
        sign = 1 if line.quantity > 0 else -1
        taken[line.id] = line.quantity if pieces == pieces_of(line) else sign * pieces * 1000
    try:
        found = apart(tongue, whole, taken)
    except CoreError as error:
        assert error.message.endswith(".")
        return
    assert costs(tongue, found.part, found.rest) == costs(tongue, whole)
    assert {line.id for line in whole.lines} <= {line.id for line in (*found.part.lines, *found.rest.lines)}


@pytest.mark.parametrize(
    ("lines", "taken", "code"),
    [
        ("2.40 @1", {"1": 1000}, "all"),
        ("3x 2.40 @1; 3.20 @2", {"1": 4000}, "pieces"),
        ("3x 2.40 @1; 3.20 @2", {"1": -1000}, "pieces"),
        ("3x 2.40 @1; 3.20 @2", {"1": 1500}, "whole"),
        ("0.5x 2.40 @1; 3.20 @2", {"1": 250}, "whole"),
        ("3x 2.40 @1; 3.20 @2", {"7": 1000}, "line"),
        ("(2.40 @1); 3.20 @2; 1.00 @1", {"1": 1000}, "line"),
        ("3.40 @1; +0.25 @1 Pfand; 3.20 @2", {"2": 1000}, "stays"),
    ],
)
def test_what_cannot_be_taken(tongue, lines, taken, code):
    with pytest.raises(BasketError) as caught:
        apart(tongue, tongue.basket_of(lines), taken)
    assert caught.value.code == code


def test_an_amount_off_a_line_stays_on_the_rest_or_goes_with_the_whole_line(tongue):
    basket = tongue.basket_of("3x 2.40 @1 -4.00; 3.20 @2")
    found = apart(tongue, basket, {"1": 1000})
    assert (costs(tongue, found.part), costs(tongue, found.rest)) == (240, 480 - 400 + 320)
    with pytest.raises(DiscountError) as caught:
        apart(tongue, basket, {"1": 2000})
    assert caught.value.code == "stays_whole"
    assert costs(tongue, apart(tongue, basket, {"1": 3000}).part) == 320


def test_a_piece_changed_meanwhile_stays_a_line_of_its_own(tongue):
    found = apart(tongue, tongue.basket_of("3x 2.40 @1; 3.20 @2"), {"1": 1000})
    dearer = replace(found.part, lines=tuple(replace(line, unit_cents=300) for line in found.part.lines))
    again, grown = given_back(found.rest, dearer, found.came, tongue.today)
    assert grown == {}
    assert [(line.quantity, line.unit_cents) for line in again.lines] == [(2000, 240), (1000, 320), (1000, 300)]


def test_a_deposit_taken_off_alone_keeps_the_pieces_apart(tongue):
    """A bottle given back at once is struck out on the part; the rest's deposit knows nothing of it."""
    found = apart(tongue, tongue.basket_of("3x 3.40 @1; +0.25 @1 Pfand; 3.20 @2"), {"1": 1000})
    article, deposit = found.part.lines
    assert (deposit.parent_id, deposit.quantity) == (article.id, 1000)
    again, grown = given_back(found.rest, replace(found.part, lines=(article, replace(deposit, voided=True))),
                              found.came, tongue.today)  # fmt: skip
    assert grown == {}
    assert costs(tongue, again) == 3 * 340 + 2 * 25 + 320


def test_a_piece_becomes_a_line_of_its_own_on_the_same_bill_with_its_deposit(tongue):
    drink = Line(
        id="1", text="Schorle", quantity=3000, unit_cents=340, vat_key_in=1, vat_key_out=1, in_house=True,
        discount=Discount(kind="percent", value=1000),
    )  # fmt: skip
    deposit = replace(drink, id="2", text="Pfand", unit_cents=25, gv_typ="Pfand", parent_id="1", discount=None)
    bill = Basket(id="b", lines=(drink, deposit))
    found = parting.apart(bill, "1", 1000, "9", lambda: "10")
    assert [(line.id, line.quantity, line.parent_id) for line in found.lines] == [
        ("1", 2000, ""), ("2", 2000, "1"), ("9", 1000, ""), ("10", 1000, "9"),
    ]  # fmt: skip
    assert costs(tongue, found) == costs(tongue, bill)
    for line_id, quantity, code in (
        ("1", 4000, "pieces"), ("1", 0, "pieces"), ("1", -1000, "pieces"), ("2", 1000, "stays"), ("3", 1000, None),
    ):  # fmt: skip
        with pytest.raises(CoreError) as refused:
            parting.apart(bill, line_id, quantity, "9", lambda: "10")
        assert code in (None, refused.value.code)


@given(_bills(), st.data())
def test_a_piece_on_the_same_bill_costs_what_it_did(tongue, bill, data):
    many = [line for line in bill.lines if movable(line) and pieces_of(line) > 1]
    assume(many)
    line = data.draw(st.sampled_from(many))
    pieces = data.draw(st.integers(1, pieces_of(line) - 1))
    fresh = count()
    sign = 1 if line.quantity > 0 else -1
    found = parting.apart(bill, line.id, sign * pieces * 1000, "one", lambda: f"child{next(fresh)}")
    assert costs(tongue, found) == costs(tongue, bill)
    assert sum(one.quantity for one in found.lines if one.text == line.text) == sum(
        one.quantity for one in bill.lines if one.text == line.text
    )
