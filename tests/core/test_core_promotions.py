"""Promotions: the stated rule and its numbers. Cases: docs/algorithms/promotions.md."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.basket import Basket, Discount, Line, add_line, price
from smartecr.core.promotions import Guest, Promotion, active, apply, best, coupon_code, uses
from smartecr.core.receipt import Payment, check, content_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
ANYBODY = Guest(at=NOON)
_WRITTEN = re.compile(
    r"(?P<kind>\w+) (?P<value>[\d.]+)(?P<percent>%)?(?: n(?P<count>\d+))?(?: (?P<group>g\d))?(?: \+(?P<partner>g\d))?"
    r"(?: >(?P<least>[\d.]+))?"
)


def promotion(text: str, place: int, cents: Any) -> Promotion:
    found = _WRITTEN.fullmatch(text.strip())
    assert found, text
    kind = found["kind"]
    value = int(found["value"]) if kind == "n_for_m" else cents(found["value"])
    return Promotion(
        id=f"p{place}", name=text, kind=kind, value=value, count=int(found["count"] or 0),
        groups=(found["group"],) if found["group"] else (), partners=(found["partner"],) if found["partner"] else (),
        from_cents=cents(found["least"] or "0"),
    )  # fmt: skip


@pytest.mark.cases("promotions.md", "What is given")
def test_the_best_promotion_is_given(case: dict[str, str], tongue: Any) -> None:
    def cents(text: str) -> int:
        return int(tongue.number(text.strip(), 2))

    rules = [promotion(text, place, cents) for place, text in enumerate(case["promotions"].split(";"))]
    after = apply(tongue.basket_of(case["lines"]), rules, ANYBODY)
    saved = [sum(one[1] for one in uses(line)) for line in after.lines if line.promotion]
    assert saved == [cents(part) for part in case["saved by line"].split(";") if part.strip()]
    priced = price(after, tongue.today)
    assert priced.total_cents == cents(case["total"])
    check(content_of(priced, [Payment(cents=priced.total_cents)]))


RULE = Promotion(id="p", name="Aktion", kind="percent", value=1000)


@pytest.mark.parametrize(
    ("change", "guest", "given_"),
    [
        ({"days": "2"}, {}, True), ({"days": "13"}, {}, False),
        ({"start": "12:00", "end": "12:01"}, {}, True), ({"start": "11:00", "end": "12:00"}, {}, False),
        ({"start": "12:01"}, {}, False), ({"first": "2026-11-24", "last": "2026-11-24"}, {}, True),
        ({"first": "2026-11-25"}, {}, False), ({"last": "2026-11-23"}, {}, False),
        ({"card": True}, {}, False), ({"card": True}, {"card": True}, True),
        ({"customers": "g"}, {"card": True, "group": "g"}, True), ({"customers": "g"}, {"card": True}, False),
        ({"occasion": "birthday"}, {"card": True, "birthday": True}, True),
        ({"occasion": "birthday"}, {"card": True, "welcome": True}, False),
        ({"occasion": "welcome"}, {"card": True, "welcome": True}, True),
        ({"code": "HERBST"}, {}, False), ({"code": "HERBST"}, {"codes": frozenset({"HERBST"})}, True),
        ({"points": 50}, {"card": True, "points": 50}, False),
        ({"points": 50}, {"card": True, "points": 50, "rewards": frozenset({"p"})}, True),
        ({"points": 50}, {"card": True, "points": 49, "rewards": frozenset({"p"})}, False),
        ({"from_points": 500}, {"card": True, "ever": 500}, True),
        ({"from_points": 500}, {"card": True, "ever": 499}, False),
        ({"kind": "earn"}, {}, False),
        ({"kind": "stamps", "count": 9}, {"stamps": {"p": 9}}, True),
        ({"kind": "stamps", "count": 9}, {"stamps": {"p": 8}}, False),
    ],
)  # fmt: skip
def test_conditions(change: dict[str, Any], guest: dict[str, Any], given_: bool) -> None:
    assert bool(active([replace(RULE, **change)], Guest(at=NOON, **guest), 1000)) is given_


@pytest.mark.parametrize("text", ["HERBST24", "RB:herbst24", " Herbst 24 ", "rb:HERBST\t24"])
def test_a_coupon_has_one_code_however_it_is_written(text: str) -> None:
    assert coupon_code(text) == "HERBST24"


def test_points_pay_for_one_reward_after_the_other() -> None:
    rewards = [replace(RULE, id=key, points=60) for key in "ab"]
    guest = Guest(at=NOON, card=True, points=100, rewards=frozenset("ab"))
    assert [rule.id for rule in active(rewards, guest, 1000)] == ["a"]


def item(key: str, cents: int, pieces: int = 1, group: str = "g1") -> Line:
    return Line(
        id=key, text="Ware", quantity=pieces * 1000, unit_cents=cents, vat_key_in=1, vat_key_out=1, in_house=True,
        group_id=group, article_id=key,
    )  # fmt: skip


def test_a_full_card_makes_the_dearest_piece_free() -> None:
    basket = add_line(add_line(Basket(id="b"), item("tea", 300, 2)), item("cake", 450))
    rule = Promotion(id="s", name="Zehnter frei", kind="stamps", count=9)
    (given_,) = best(basket, [rule], Guest(at=NOON, stamps={"s": 17}))
    assert (given_.line_id, given_.cents, given_.pieces) == ("cake", 450, 1)
    assert sum(one.cents for one in best(basket, [rule], Guest(at=NOON, stamps={"s": 18}))) == 750


def test_what_was_given_is_taken_back_when_it_no_longer_fits() -> None:
    rules = [replace(RULE, kind="n_for_m", value=2, count=3)]
    basket = apply(add_line(Basket(id="b"), item("tea", 300, 3)), rules, ANYBODY)
    assert basket.lines[0].discount == Discount(kind="amount", value=300, reason="Aktion")
    fewer = replace(basket, lines=(replace(basket.lines[0], quantity=2000),))
    assert apply(fewer, rules, ANYBODY).lines[0].discount is None


RULES = st.builds(
    Promotion,
    id=st.sampled_from([f"r{number}" for number in range(50)]),
    name=st.just("Aktion"),
    kind=st.sampled_from(["percent", "amount", "n_for_m", "combo"]),
    value=st.integers(1, 3),
    count=st.integers(3, 5),
    groups=st.sampled_from([(), ("g1",), ("g2",)]),
    partners=st.just(("g2",)),
)
GOODS = st.tuples(st.integers(1, 2000), st.integers(1, 6), st.sampled_from(["g1", "g2"]))


@given(st.lists(RULES, max_size=8, unique_by=lambda rule: rule.id), st.lists(GOODS, min_size=1, max_size=8))
def test_no_piece_is_given_twice_and_nothing_below_zero(
    rules: list[Promotion], goods: list[tuple[int, int, str]]
) -> None:
    basket = Basket(id="b")
    for place, (cents, pieces, group) in enumerate(goods):
        basket = add_line(basket, item(f"i{place}", cents, pieces, group))
    found = best(basket, rules, ANYBODY)
    for line in basket.lines:
        mine = [one for one in found if one.line_id == line.id]
        assert sum(one.pieces for one in mine) <= line.quantity // 1000
        assert sum(one.cents for one in mine) <= line.unit_cents * line.quantity // 1000
    after = apply(basket, rules, ANYBODY)
    assert apply(after, rules, ANYBODY) == after, "asked again, the same is given"
    most = max((sum(one.cents for one in best(basket, [rule], ANYBODY)) for rule in rules), default=0)
    assert sum(one.cents for one in found) >= most, "never less than the best promotion alone"
    total = price(after, NOON.date()).total_cents
    assert total == price(basket, NOON.date()).total_cents - sum(one.cents for one in found) >= 0
