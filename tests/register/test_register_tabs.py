"""Tabs: reserved, booked with the total, or given up; books and bank agree, cuts are cleared up by asking."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smartecr.register import queries
from smartecr.register.books import closing
from smartecr.register.cashless import cardbooks, cards, cashparts, tabs
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket
from smartecr.register.sale import paying, selling
from smartecr.register.till import Till
from smartecr.terminal.zvt.virtual import Action, Fault, Point
from support.card_desks import Desk, card_desk, last  # noqa: F401 the fixture
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, command, pay_cash, ring


def open_tab(till: Till, desk: Desk, cents: int = 5000) -> str:
    ring(till, ESPRESSO)
    basket = queries.current(till).id
    desk.hands = [desk.shop.hands.tap("visa")]
    tabs.reserve(till, CASHIER, basket, till.new_id(), cents)
    return basket


def test_a_tab_is_opened_and_booked_with_the_total(till: Till, desk: Desk) -> None:
    basket = open_tab(till, desk)
    assert desk.bank == 0
    held = tabs.held(basket)
    assert held is not None and held.cents == 5000
    assert queries.current(till).id == basket  # selling goes on
    ring(till, LATTE)
    due = queries.current(till).priced.total_cents
    desk.hands = []
    tabs.book(till, CASHIER, basket, till.new_id(), till.new_id(), due)
    assert [(one.kind, one.cents) for one in last(till).content.payments] == [("Kreditkarte", due)]
    assert desk.bank == due and tabs.held(basket) is None
    desk.agree()


def test_a_tab_is_given_up_and_paid_in_cash(till: Till, desk: Desk) -> None:
    basket = open_tab(till, desk)
    desk.hands = []
    tabs.give_up(till, CASHIER, basket, till.new_id())
    assert tabs.held(basket) is None and queries.current(till).id == basket
    assert pay_cash(till).signed
    assert desk.bank == 0


def discarded(till: Till, _basket: str) -> None:
    selling.run(till, CASHIER, [command(till, "discard")])


def struck_and_left(till: Till, _basket: str) -> None:
    """The only line is struck out first."""
    (line,) = queries.current(till).basket.lines
    selling.run(till, CASHIER, [command(till, "void", line=line.id)])
    selling.run(till, CASHIER, [command(till, "discard")])


ENDS: dict[str, Callable[[Till, str], object]] = {
    "cash": lambda till, _basket: pay_cash(till),
    "staff": lambda till, basket: paying.give(till, MANAGER, basket, till.new_id(), "Jana"),
    "discarded": discarded,
    "struck": struck_and_left,
}


@pytest.mark.parametrize("end", ENDS)
def test_a_tab_of_a_basket_that_ends_another_way_is_let_go(till: Till, desk: Desk, end: str) -> None:
    basket = open_tab(till, desk)
    desk.hands = []
    ENDS[end](till, basket)
    assert tabs.held(basket) is None
    assert desk.shop.driver.open_reservations() == []
    assert desk.bank == 0
    desk.agree()


def test_a_tab_that_cannot_be_let_go_stops_no_sale(till: Till, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    basket = open_tab(till, desk)
    desk.shop.twin.plug(on=False)
    desk.hands = []
    assert pay_cash(till).signed
    assert tabs.held(basket) is not None


def test_beside_a_tab_no_cash_is_taken_first(till: Till, desk: Desk) -> None:
    basket = open_tab(till, desk)
    with pytest.raises(RegisterError) as refused:
        cashparts.take(till, CASHIER, basket, 100, queries.current(till).priced.total_cents)
    assert refused.value.code == "tab"


def test_a_refused_card_leaves_the_basket(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till).id
    desk.hands = [desk.shop.hands.tap("visa-stolen")]
    tabs.reserve(till, CASHIER, basket, till.new_id(), 5000)
    assert tabs.held(basket) is None and queries.current(till).id == basket


@pytest.mark.parametrize(("cents", "code"), [(0, "amount"), (-1, "amount"), (tabs.MOST + 1, "amount")])
def test_an_amount_that_cannot_be_reserved(till: Till, desk: Desk, cents: int, code: str) -> None:
    ring(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        tabs.reserve(till, CASHIER, queries.current(till).id, till.new_id(), cents)
    assert refused.value.code == code and refused.value.next_step


def test_more_than_reserved_is_not_booked(till: Till, desk: Desk) -> None:
    basket = open_tab(till, desk, 100)
    due = queries.current(till).priced.total_cents
    with pytest.raises(RegisterError) as refused:
        tabs.book(till, CASHIER, basket, till.new_id(), till.new_id(), due)
    assert refused.value.code == "tab"
    with pytest.raises(RegisterError) as refused:
        tabs.reserve(till, CASHIER, basket, till.new_id(), 100)
    assert refused.value.code == "tab"
    assert desk.bank == 0


def test_without_a_tab_nothing_is_booked(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    for act in (
        lambda: tabs.book(till, CASHIER, basket.id, till.new_id(), till.new_id(), basket.priced.total_cents),
        lambda: tabs.give_up(till, CASHIER, basket.id, till.new_id()),
    ):
        with pytest.raises(RegisterError) as refused:
            act()
        assert refused.value.code == "tab"


@pytest.mark.parametrize("policy", ["reverse", "keep", "decline"])
@pytest.mark.parametrize("point", [Point.BEFORE_RESULT, Point.AFTER_RESULT])
def test_a_cut_while_booking_is_cleared_up(till: Till, desk: Desk, point: Point, policy: str) -> None:
    basket = open_tab(till, desk)
    desk.shop.twin.setup.switches.policy = policy  # type: ignore[assignment]
    due = queries.current(till).priced.total_cents
    desk.hands = []
    desk.shop.twin.script.add(Fault(point, Action.CLOSE, command="0624"))
    tabs.book(till, CASHIER, basket, till.new_id(), till.new_id(), due)
    desk.shop.twin.wait_idle()
    for _ in range(3):
        open_one = cardbooks.open_payment("t1")
        if open_one is None:
            break
        cards.ask(till)
    open_one = cardbooks.open_payment("t1")
    if open_one is not None:  # the terminal cannot tell: a person looks
        cards.decide(till, MANAGER, open_one.id, charged=desk.bank == due, reason="Am Terminal steht es so")
    assert sum(one.cents for one in cardbooks.of_basket(basket) if one.paid and one.pays) == desk.bank
    assert Basket.objects.filter(id=basket).exists() is (desk.bank == 0)


def test_an_open_tab_is_named_at_the_closing(till: Till, desk: Desk) -> None:
    open_tab(till, desk)
    assert [one.label for one in closing.open_baskets(till)] == ["Auf dem Schirm"]
