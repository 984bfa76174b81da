"""Cash first, the rest by card: drawer, receipt and books agree, whatever the card does."""

from __future__ import annotations

import pytest

from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.cashdesk import counting
from smartecr.register.cashless import cards, cashparts
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket, Receipt
from smartecr.register.sale import paying
from smartecr.register.sale.baskets import load
from smartecr.register.till import Till
from support.card_desks import Desk, card_desk, last  # noqa: F401 the fixture
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, ring


class Drawer:
    """Counts how often the drawer opens."""

    kicks = 0

    def kick(self) -> None:
        self.kicks += 1


@pytest.fixture
def drawer(till: Till) -> Drawer:
    made = Drawer()
    till.drawer = made  # type: ignore[assignment]
    return made


def part(till: Till, cents: int) -> tuple[str, int]:
    """Ring up two things, take `cents` in cash, and return the basket and what is still due."""
    ring(till, ESPRESSO, LATTE)
    state = queries.current(till)
    cashparts.take(till, CASHIER, state.id, cents, state.priced.total_cents)
    basket = load(state.id)
    assert basket is not None and basket.row["state"] == "paying"
    return state.id, cards.due_cents(till, basket)


def test_cash_first_then_the_card(till: Till, desk: Desk, drawer: Drawer) -> None:
    _basket, due = part(till, 200)
    assert drawer.kicks == 1 and cashparts.waiting(till) is not None
    assert queries.cash_stock(till) == 0  # no receipt has it yet
    desk.charge(desk.shop.hands.tap("visa"))
    receipt = last(till)
    assert {(one.kind, one.cents) for one in receipt.content.payments} == {("Bar", 200), ("Kreditkarte", due)}
    assert (receipt.total_cents, receipt.tendered_cents, receipt.change_cents) == (due + 200, 200, 0)
    assert not receipt.drawer and drawer.kicks == 1  # the money lies in it already
    assert "2.00:Bar" in receipt.process_data and ":Unbar" in receipt.process_data
    assert (queries.cash_stock(till), desk.bank) == (200, due)
    assert cashparts.waiting(till) is None
    done = closing.close_day(till, MANAGER, till.new_id(), None)
    assert done.expected_cents == 200
    assert verify.examine().findings == []


@pytest.mark.parametrize("by_card", [True, False])
def test_all_screens_hear_when_nothing_waits_any_more(
    till: Till, desk: Desk, drawer: Drawer, monkeypatch: pytest.MonkeyPatch, by_card: bool
) -> None:
    """The banner of a basket paid in part follows the topic "status"."""
    basket, due = part(till, 200)
    waited: list[bool] = []

    def hear(topic: str) -> None:
        if topic == "status":
            waited.append(cashparts.waiting(till) is not None)

    monkeypatch.setattr(till, "publish", hear)
    if by_card:
        desk.charge(desk.shop.hands.tap("visa"))
    else:
        paying.pay(till, CASHIER, basket, till.new_id(), [Payment(kind="Bar", cents=due)], due)
    assert waited[-1] is False


def test_a_refused_card_leaves_the_cash_where_it_is_and_the_rest_due(till: Till, desk: Desk, drawer: Drawer) -> None:
    basket, due = part(till, 200)
    desk.charge(desk.shop.hands.tap("visa-stolen"))
    held = cashparts.waiting(till)
    assert held is not None and (held.id, cards.due_cents(till, held)) == (basket, due)
    assert Receipt.objects.count() == 0 or not Receipt.objects.filter(basket_id=basket).exists()
    receipt = paying.pay(till, CASHIER, basket, till.new_id(), [Payment(kind="Bar", cents=due + 100)], due)
    assert receipt.content.payments == (Payment(kind="Bar", cents=due + 200),)
    assert (receipt.tendered_cents, receipt.change_cents, receipt.drawer) == (due + 300, 100, True)
    assert (queries.cash_stock(till), desk.bank) == (due + 200, 0)
    assert verify.examine().findings == []


def test_the_cash_goes_back_and_nothing_was_sold(till: Till, desk: Desk, drawer: Drawer) -> None:
    basket, _due = part(till, 200)
    desk.charge(desk.shop.hands.tap("visa-stolen"))
    assert cashparts.give_back(till, CASHIER, basket) == 200
    assert drawer.kicks == 2
    assert queries.current(till).id == basket  # back on the screen, whole
    assert cashparts.give_back(till, CASHIER, basket) == 0 and drawer.kicks == 2
    assert queries.cash_stock(till) == 0
    assert verify.examine().findings == []


def test_card_cash_card(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO, LATTE)
    state = queries.current(till)
    desk.hands = [desk.shop.hands.tap("visa")]
    cards.pay(till, CASHIER, state.id, till.new_id(), till.new_id(), state.priced.total_cents, 100)
    cashparts.take(till, CASHIER, state.id, 50, state.priced.total_cents - 100)
    assert cashparts.give_back(till, CASHIER, state.id) == 50
    assert Basket.objects.get(id=state.id).state == "paying"  # the card's part stays paid
    cashparts.take(till, CASHIER, state.id, 50, state.priced.total_cents - 100)
    desk.charge(desk.shop.hands.tap("giro-markt"))
    assert sorted(one.cents for one in last(till).content.payments) == sorted([50, 100, state.priced.total_cents - 150])
    desk.agree()


def test_a_start_finds_it_again(till: Till, desk: Desk) -> None:
    basket, due = part(till, 200)
    cards.recover(till)
    held = cashparts.waiting(till)
    assert held is not None and (held.id, cards.due_cents(till, held)) == (basket, due)


def test_nobody_counts_or_closes_meanwhile(till: Till, desk: Desk) -> None:
    basket, _due = part(till, 200)
    for act in (
        lambda: closing.close_day(till, MANAGER, till.new_id(), None, carry=True),
        lambda: counting.count(till, MANAGER, till.new_id(), {200: 1}),
    ):
        with pytest.raises(RegisterError) as refused:
            act()
        assert refused.value.code == "cash_part" and "2,00 €" in refused.value.message and refused.value.next_step
    cashparts.give_back(till, CASHIER, basket)
    counting.count(till, MANAGER, till.new_id(), {}, reason="")


@pytest.mark.parametrize("cents", [0, -1, 10**6])
def test_an_amount_that_is_no_part_is_refused(till: Till, cents: int) -> None:
    ring(till, ESPRESSO)
    state = queries.current(till)
    for amount in (cents, state.priced.total_cents):
        with pytest.raises(RegisterError) as refused:
            cashparts.take(till, CASHIER, state.id, amount, state.priced.total_cents)
        assert refused.value.code == "amount"
    with pytest.raises(RegisterError) as refused:
        cashparts.take(till, CASHIER, state.id, 1, state.priced.total_cents + 1)
    assert refused.value.code == "changed"
    assert queries.current(till).id == state.id


def test_a_refund_mirrors_both_parts(till: Till, desk: Desk) -> None:
    _basket, due = part(till, 200)
    desk.charge(desk.shop.hands.tap("visa"))
    receipt = last(till)
    desk.hands = []
    cards.refund(till, MANAGER, till.new_id(), receipt.id, till.new_id(), "Reklamation")
    back = last(till)
    assert back.reference_id == receipt.id and back.total_cents == -(due + 200)
    assert (queries.cash_stock(till), desk.bank) == (0, 0)
    assert back.drawer
    assert verify.examine().findings == []
