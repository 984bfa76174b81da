"""Every change to a basket, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core import basket as rules
from smartecr.core.basket import Basket, Discount, Line, price
from smartecr.core.errors import (
    BasketError,
    CoreError,
    DiscountError,
    LineVoided,
    MoneyError,
    QuantityError,
    TextError,
    UnknownLine,
    UnknownVatKey,
)
from smartecr.core.kinds import BUSINESS_KINDS
from smartecr.core.lines import MAX_REASON, MAX_TEXT, MAX_WISH

TEN = Discount(kind="percent", value=1000)


def line(**changes):
    fields = {"id": "1", "text": "Cappuccino", "quantity": 1000, "unit_cents": 360, "vat_key_in": 1, "vat_key_out": 2}
    return Line(**{"in_house": True} | fields | changes)


def basket(*lines):
    made = Basket(id="b")
    for each in lines:
        made = rules.add_line(made, each)
    return made


def bottle(**changes):
    """Apfelschorle with its deposit."""
    return basket(
        line(id="1", text="Apfelschorle", unit_cents=340, **changes),
        line(id="2", text="Pfand", unit_cents=25, gv_typ="Pfand", parent_id="1", vat_key_in=5, vat_key_out=5),
    )


def refused(error, code, change, *args):
    """The change is refused with this error and code, in a German sentence."""
    with pytest.raises(error) as caught:
        change(*args)
    assert caught.value.code == code
    assert caught.value.message[-1] in ".0"
    return caught.value


# Adding


def test_adds_at_the_end_and_leaves_the_old_basket_alone():
    first = basket(line())
    second = rules.add_line(first, line(id="2"))
    assert [each.id for each in second.lines] == ["1", "2"]
    assert [each.id for each in first.lines] == ["1"]


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"id": ""}, BasketError, "line_without_id"),
        ({"id": "1"}, BasketError, "line_exists"),
        ({"text": " "}, TextError, "text_missing"),
        ({"text": "x" * (MAX_TEXT + 1)}, TextError, "text_too_long"),
        ({"text": "a\nb"}, TextError, "control_character"),
        ({"text": "a\x1bb"}, TextError, "control_character"),
        ({"price_reason": "x" * (MAX_REASON + 1)}, TextError, "text_too_long"),
        ({"gv_typ": "umsatz"}, BasketError, "unknown_kind"),
        ({"quantity": 0}, QuantityError, "zero"),
        ({"quantity": 10_000_000}, QuantityError, "quantity_too_large"),
        ({"unit_cents": 100_000_000}, MoneyError, "amount_too_large"),
        ({"list_cents": 100_000_000}, MoneyError, "amount_too_large"),
        ({"vat_key_in": 9}, UnknownVatKey, "unknown_vat_key"),
        ({"vat_key_out": 9}, UnknownVatKey, "unknown_vat_key"),
        ({"parent_id": "7"}, UnknownLine, "unknown_line"),
        ({"gv_typ": "Pfand", "discount": TEN}, DiscountError, "not_discountable"),
        ({"gv_typ": "MehrzweckgutscheinKauf", "discount": TEN}, DiscountError, "not_discountable"),
        ({"discount": Discount(kind="amount", value=361)}, DiscountError, "discount_too_large"),
        ({"quantity": 9_999_999, "unit_cents": 99_999_999}, BasketError, "total_too_large"),
    ],
)
def test_refuses_to_add(changes, error, code):
    refused(error, code, rules.add_line, basket(line()), line(**{"id": "2"} | changes))


@pytest.mark.parametrize("text", ["Mohn\u00adschnecke", "Crème brûlée – 2,5 %", "x" * MAX_TEXT, "🍰"])
def test_takes_what_can_be_read(text):
    assert basket(line(text=text)).lines[0].text == text


@pytest.mark.parametrize("kind", BUSINESS_KINDS)
def test_takes_every_kind(kind):
    assert basket(line(gv_typ=kind)).lines[0].discountable == (kind == "Umsatz")


def test_a_basket_has_room_for_999_lines():
    full = Basket(id="b", lines=tuple(line(id=str(number)) for number in range(rules.MAX_LINES)))
    refused(BasketError, "too_many_lines", rules.add_line, full, line(id="one more"))
    assert len(rules.add_line(replace(full, lines=full.lines[1:]), line(id="one more")).lines) == 999


def test_returns_count_against_the_limit_too():
    large = basket(line(quantity=5_000_000, unit_cents=199_999))
    refused(BasketError, "total_too_large", rules.add_line, large, line(id="2", quantity=-1000, unit_cents=5000))
    assert len(rules.add_line(large, line(id="2", quantity=-1000, unit_cents=4999)).lines) == 2


def test_limits_are_those_of_the_books():
    """DSFinV-K: ARTIKELTEXT has 255 characters, and a reason with the words around it must fit there."""
    assert (MAX_TEXT, MAX_REASON, rules.MAX_LINES, rules.MAX_TOTAL_CENTS) == (255, 200, 999, 999_999_999)


def test_what_nobody_sets():
    assert (Basket(id="b").price_level, Basket(id="b").in_house, line().age, line().voided) == (1, True, 0, False)


# What hangs on a line


@pytest.mark.cases("in-house-and-take-away.md", "Deposit follows its article")
def test_a_deposit_follows_the_quantity(case, tongue):
    quantity = tongue.number(case["article quantity"], 3)
    expected = tongue.number(case["deposit quantity"], 3)
    assert bottle(quantity=quantity).lines[1].quantity == expected
    assert rules.set_quantity(bottle(), "1", quantity).lines[1].quantity == expected


def test_a_deposit_takes_the_vat_and_the_place_of_its_article():
    deposit = bottle(in_house=False).lines[1]
    assert (deposit.vat_key_in, deposit.vat_key_out, deposit.in_house, deposit.vat_key) == (1, 2, False, 2)


def test_another_child_keeps_its_own_vat():
    made = basket(line(), line(id="2", text="Hafermilch", unit_cents=50, parent_id="1", vat_key_in=2))
    assert made.lines[1].vat_key_in == 2


def test_a_deposit_follows_its_article_to_another_place():
    assert [each.vat_key for each in rules.set_in_house(bottle(), False, "1").lines] == [2, 2]
    refused(BasketError, "follows_parent", rules.set_in_house, bottle(), False, "2")


def test_a_deposit_ends_with_its_article():
    assert [each.voided for each in rules.void_line(bottle(), "1").lines] == [True, True]


def test_a_deposit_may_end_alone():
    alone = rules.void_line(bottle(), "2")
    assert [each.voided for each in alone.lines] == [False, True]
    assert [each.quantity for each in rules.set_quantity(alone, "1", 3000).lines] == [3000, 1000]


def test_a_deposit_has_no_life_of_its_own():
    refused(BasketError, "follows_parent", rules.set_quantity, bottle(), "2", 2000)
    refused(BasketError, "deposit_price", rules.override_price, bottle(), "2", 0)
    refused(DiscountError, "not_discountable", rules.discount_line, bottle(), "2", TEN)


def test_nothing_hangs_on_a_voided_line():
    voided = rules.void_line(basket(line()), "1")
    refused(LineVoided, "line_voided", rules.add_line, voided, line(id="2", gv_typ="Pfand", parent_id="1"))


# Changing


CHANGES = {
    "set_quantity": (2000,),
    "void_line": (),
    "override_price": (300, "Druckstelle"),
    "discount_line": (TEN,),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_need_a_line_that_is_there_and_open(name):
    change = getattr(rules, name)
    refused(UnknownLine, "unknown_line", change, basket(line()), "7", *CHANGES[name])
    refused(LineVoided, "line_voided", change, rules.void_line(basket(line()), "1"), "1", *CHANGES[name])


def test_one_line_changes_place_only_when_it_is_there_and_open():
    refused(UnknownLine, "unknown_line", rules.set_in_house, basket(line()), False, "7")
    refused(LineVoided, "line_voided", rules.set_in_house, rules.void_line(basket(line()), "1"), False, "1")


def test_finds_a_line():
    voided = rules.void_line(basket(line()), "1")
    assert rules.find_line(voided, "1").voided


def test_sets_a_quantity():
    changed = rules.set_quantity(basket(line(), line(id="2")), "2", 250)
    assert [each.quantity for each in changed.lines] == [1000, 250]
    refused(QuantityError, "zero", rules.set_quantity, changed, "2", 0)
    refused(BasketError, "total_too_large", rules.set_quantity, basket(line(unit_cents=1_000_000)), "1", 9_999_000)


def test_voids_a_line_and_keeps_it_to_be_seen(tongue):
    voided = rules.void_line(basket(line(), line(id="2")), "1")
    assert [each.voided for each in voided.lines] == [True, False]
    assert price(voided, tongue.today).total_cents == 360


def test_overrides_a_price_and_shows_the_list_price():
    changed = rules.override_price(basket(line()), "1", 300, " Druckstelle ").lines[0]
    assert (changed.unit_cents, changed.list_cents, changed.price_reason) == (300, 360, "Druckstelle")
    assert changed.price_note == "statt 3,60 € (Druckstelle)"


def test_the_list_price_stays_through_several_overrides_and_back():
    once = rules.override_price(basket(line()), "1", 300)
    twice = rules.override_price(once, "1", 200)
    back = rules.override_price(twice, "1", 360, "doch nicht")
    assert twice.lines[0].list_cents == 360
    assert twice.lines[0].price_note == "statt 3,60 €"
    assert back == basket(line())
    assert back.lines[0].price_note == ""


@pytest.mark.parametrize(
    ("listed", "unit_cents", "ok"),
    [(360, 0, True), (360, -1, False), (0, 5, True), (0, 0, True), (0, -5, False), (-50, -1, True), (-50, 10, False)],
)
def test_a_price_keeps_its_sign(listed, unit_cents, ok):
    made = basket(line(unit_cents=listed))
    if ok:
        assert rules.override_price(made, "1", unit_cents).lines[0].unit_cents == unit_cents
    else:
        refused(BasketError, "price_sign", rules.override_price, made, "1", unit_cents)


def test_the_sign_is_that_of_the_list_price_after_a_zero():
    free = rules.override_price(basket(line()), "1", 0)
    refused(BasketError, "price_sign", rules.override_price, free, "1", -1)


def test_an_override_has_limits():
    refused(MoneyError, "amount_too_large", rules.override_price, basket(line()), "1", 100_000_000)
    refused(TextError, "text_too_long", rules.override_price, basket(line()), "1", 1, "x" * (MAX_REASON + 1))
    refused(TextError, "control_character", rules.override_price, basket(line()), "1", 1, "a\tb")


def test_discounts_a_line_and_takes_it_back():
    with_discount = rules.discount_line(basket(line()), "1", TEN)
    assert with_discount.lines[0].discount == TEN
    assert rules.discount_line(with_discount, "1", None) == basket(line())


def test_a_discount_in_euros_is_at_most_the_line():
    made = basket(line(quantity=2000))
    assert rules.discount_line(made, "1", Discount(kind="amount", value=720)).lines[0].discount.value == 720
    error = refused(
        DiscountError, "discount_too_large", rules.discount_line, made, "1", Discount(kind="amount", value=721)
    )
    assert "7,20 €" in error.message


def test_a_discount_in_euros_is_at_most_what_can_be_discounted():
    made = rules.void_line(basket(*bottle().lines, line(id="3", unit_cents=900)), "3")
    made = rules.discount_line(made, "1", TEN)
    assert rules.discount_basket(made, Discount(kind="amount", value=306)).discount.value == 306
    undiscounted = basket(line())
    refused(
        DiscountError, "discount_too_large", rules.discount_basket, undiscounted, Discount(kind="amount", value=361)
    )
    error = refused(
        DiscountError, "discount_too_large", rules.discount_basket, made, Discount(kind="amount", value=307)
    )
    assert "3,06 €" in error.message


def test_discounts_a_basket_and_takes_it_back():
    assert rules.discount_basket(basket(line()), TEN).discount == TEN
    assert rules.discount_basket(rules.discount_basket(basket(line()), TEN), None) == basket(line())
    assert rules.discount_basket(Basket(id="b"), TEN).discount == TEN


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("percent", 0, "percent_out_of_range"),
        ("percent", 10_001, "percent_out_of_range"),
        ("percent", -1, "percent_out_of_range"),
        ("amount", 0, "amount_out_of_range"),
        ("amount", -5, "amount_out_of_range"),
        ("amount", 100_000_000, "amount_out_of_range"),
        ("gift", 5, "unknown_kind"),
    ],
)
def test_refuses_discounts_that_are_none(kind, value, code):
    refused(DiscountError, code, lambda: Discount(kind=kind, value=value))


def test_a_discount_has_a_reason_that_fits():
    refused(TextError, "text_too_long", lambda: Discount(kind="percent", value=1, reason="x" * (MAX_REASON + 1)))
    longest = Discount(kind="amount", value=99_999_999, reason="x" * MAX_REASON)
    assert len(longest.text) <= MAX_TEXT
    assert len(line(list_cents=99_999_999, price_reason="x" * MAX_REASON).price_note) <= MAX_TEXT


def test_the_whole_basket_changes_place():
    made = rules.void_line(basket(line(), line(id="2")), "2")
    away = rules.set_in_house(made, False)
    assert away.in_house is False
    assert [each.in_house for each in away.lines] == [False, True]
    assert rules.set_in_house(away, True) == made


def test_one_line_changes_place():
    away = rules.set_in_house(basket(line(), line(id="2")), False, "2")
    assert [each.vat_key for each in away.lines] == [1, 2]
    assert away.in_house is True


# What holds for every basket and every change.


@given(st.data())
def test_the_switch_keeps_every_gross_price(baskets, tongue, data):
    made = data.draw(baskets)
    made = replace(made, discount=None)
    here = price(rules.set_in_house(made, True), tongue.today)
    away = price(rules.set_in_house(made, False), tongue.today)
    assert here.total_cents == away.total_cents
    assert [each.amount_cents for each in here.lines] == [each.amount_cents for each in away.lines]


@given(st.data())
def test_a_refused_change_changes_nothing_and_a_change_stays_in_range(baskets, tongue, data):
    made = data.draw(baskets)
    before = repr(made)
    change, *args = data.draw(
        st.sampled_from(
            [
                (rules.set_quantity, data.draw(st.integers(-20_000, 20_000))),
                (rules.void_line,),
                (rules.override_price, data.draw(st.integers(-1000, 1000))),
                (rules.discount_line, TEN),
                (rules.discount_line, None),
            ]
        )
    )
    target = data.draw(st.sampled_from(["nowhere", *(each.id for each in made.lines)]))
    try:
        changed = change(made, target, *args)
    except CoreError as error:
        assert error.message
    else:
        assert [each.id for each in changed.lines] == [each.id for each in made.lines]
        untouched = [(old, new) for old, new in zip(made.lines, changed.lines, strict=True) if old.id != target]
        assert all(old == new for old, new in untouched)
    assert repr(made) == before


@given(st.data())
def test_voiding_everything_leaves_nothing_to_pay(baskets, tongue, data):
    made = data.draw(baskets)
    for each in made.lines:
        if not each.voided:
            made = rules.void_line(made, each.id)
    priced = price(made, tongue.today)
    assert (priced.total_cents, priced.vat, priced.pieces, priced.saved_cents) == (0, (), 0, 0)


def test_joining_refuses_a_line_twice_and_more_lines_than_a_bill_holds():
    day = date(2026, 11, 24)
    refused(BasketError, "line_exists", rules.joined, basket(line()), basket(line()), day)
    many = [basket(*(line(id=f"{half}{number}") for number in range(500))) for half in "ab"]
    refused(BasketError, "too_many_lines", rules.joined, *many, day)
    costly = [basket(line(id=half, quantity=6_000_000, unit_cents=100_000)) for half in "ab"]
    refused(BasketError, "total_too_large", rules.joined, *costly, day)


def test_a_wish_is_noted_changed_and_taken_back():
    noted = rules.set_wish(basket(line()), "1", "  ohne   Zwiebeln ")
    assert noted.lines[0].wish == "ohne Zwiebeln"
    assert price(noted, date(2026, 11, 23)).total_cents == 360
    assert rules.set_wish(noted, "1", "") == basket(line())
    assert rules.set_wish(basket(line()), "1", "x" * MAX_WISH).lines[0].wish == "x" * MAX_WISH
    refused(TextError, "text_too_long", rules.set_wish, noted, "1", "x" * (MAX_WISH + 1))
    refused(TextError, "control_character", rules.set_wish, noted, "1", "ohne\x1bZwiebeln")
    refused(UnknownLine, "unknown_line", rules.set_wish, noted, "9", "scharf")
    refused(LineVoided, "line_voided", rules.set_wish, rules.void_line(noted, "1"), "1", "scharf")
    refused(BasketError, "no_wish", rules.set_wish, bottle(), "2", "kalt")
