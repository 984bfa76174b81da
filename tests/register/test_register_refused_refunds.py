"""A refund the card terminal refuses: it goes on with another card or in cash, and no money goes back twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import cardbooks, carddesk, cards
from smartecr.register.cashless.cardbooks import CardPayment, Order
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.sale import refunding
from smartecr.register.till import Till
from smartecr.terminal.api import Kind, PaymentIntent
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import PaymentPending
from support.card_desks import Desk, card_desk, last  # noqa: F401 the fixture
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, Clock, ring


def sold_by(till: Till, desk: Desk, clock: Clock, *given: tuple[str, int | None]) -> queries.ReceiptState:
    """Sell an espresso and a latte (6,50) to cards, each for some cents or the rest; 50 euros lie in the drawer."""
    cash.move(till, MANAGER, till.new_id(), "Privateinlage", 5000, "Wechselgeld")
    ring(till, ESPRESSO, LATTE)
    basket = queries.current(till)
    due = basket.priced.total_cents
    for card, cents in given:
        desk.hands = [desk.shop.hands.tap(card)]
        cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), due, cents)
        due -= cents or due
        clock.forward(minutes=1)
    return last(till)


def take_back(till: Till, desk: Desk, sold: queries.ReceiptState, *hands: Callable[[], Any]) -> CardPayment:
    """Take the espresso (2,40) back while a card is shown; return the payment."""
    desk.hands = list(hands)
    line = next(line for line in sold.content.lines if line.text == "Espresso")
    asked = refunding.refund_lines(till, MANAGER, till.new_id(), sold.id, {line.line_id: 1000}, "Ware zurück")
    assert isinstance(asked, str)
    found = carddesk.find(till, asked)
    assert found is not None
    return found


def paid(receipt: queries.ReceiptState) -> list[tuple[str, int]]:
    return [(one.kind, one.cents) for one in receipt.content.payments]


def test_what_no_card_takes_goes_back_in_cash(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("giro-markt", None))
    refused = take_back(till, desk, sold, desk.shop.hands.tap("giro-markt"))
    assert refused.state is State.DECLINED and queries.find_receipt(refused.receipt_id) is None
    stock = queries.cash_stock(till)
    done = refunding.in_cash(till, MANAGER, refused.id)
    assert (done.id, paid(done), done.reason) == (refused.receipt_id, [("Bar", -240)], "Ware zurück")
    assert queries.cash_stock(till) == stock - 240
    assert refunding.in_cash(till, MANAGER, refused.id).number == done.number
    fact = Journal.objects.filter(kind="receipt_recorded").last()
    assert fact is not None and refused.id in str(fact.body)
    desk.agree()


def test_the_rest_still_goes_to_the_card_afterwards(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("visa", None))
    refunding.in_cash(till, MANAGER, take_back(till, desk, sold, desk.shop.hands.tap("giro-markt")).id)
    desk.hands = [desk.shop.hands.tap("visa")]
    latte = next(line for line in sold.content.lines if line.text == "Latte Macchiato")
    asked = refunding.refund_lines(till, MANAGER, till.new_id(), sold.id, {latte.line_id: 1000}, "Ware zurück")
    assert isinstance(asked, str)
    (taken,) = [one for one in cardbooks.refunds_of(sold.id) if one.paid]
    assert paid(queries.receipt(taken.receipt_id)) == [("Kreditkarte", -410)]
    desk.agree()


def test_another_card_takes_it(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("giro-markt", None))
    refused = take_back(till, desk, sold, desk.shop.hands.tap("giro-markt"))
    desk.hands = [desk.shop.hands.tap("visa")]
    payment_id = till.new_id()
    for _ in range(2):
        refunding.again(till, MANAGER, refused.id, payment_id)
    assert paid(queries.receipt(refused.receipt_id)) == [("Kreditkarte", -240)]  # what took it, not what had paid
    with pytest.raises(RegisterError) as done:
        refunding.again(till, MANAGER, refused.id, till.new_id())
    assert done.value.code == "refunded"
    desk.agree()


def test_of_two_cards_one_has_its_money_and_the_other_refuses(till: Till, desk: Desk, clock: Clock) -> None:
    """The whole receipt goes back: what the second card does not take is cash, what the first took stays on it."""
    sold = sold_by(till, desk, clock, ("visa", 200), ("giro-markt", None))
    desk.shop.twin.setup.switches.reversal_needs_card = True
    desk.hands = [desk.shop.hands.tap("visa")]
    new_id = till.new_id()
    refunding.begin(till, MANAGER, new_id, sold.id, "Ware zurück", None)
    cards.refund(till, MANAGER, new_id, sold.id, till.new_id(), "Ware zurück")
    refused, first = sorted(cardbooks.refunds_of(sold.id), key=lambda one: one.paid)
    assert (first.paid, refused.paid) == (True, False)
    assert cards.waiting(till) == refused.id
    with pytest.raises(RegisterError) as begun:
        refunding.begin(till, MANAGER, till.new_id(), sold.id, "noch einmal", None)
    assert begun.value.code == "doubt"
    done = refunding.in_cash(till, MANAGER, refused.id)
    assert (done.id, done.reference_id) == (new_id, sold.id)
    assert sorted(paid(done)) == [("Bar", -450), ("Kreditkarte", -200)]
    assert cards.waiting(till) == ""
    desk.agree()


def test_a_terminal_that_is_not_there_leaves_the_same_ways(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("visa", None))
    desk.shop.twin.close()
    refused = take_back(till, desk, sold)
    assert refused.state is State.REJECTED and cardbooks.find(refused.id) is None
    assert till.cards is not None and till.cards.news[refused.id][-1].cashier_text
    assert paid(refunding.in_cash(till, MANAGER, refused.id)) == [("Bar", -240)]
    assert verify.examine().findings == []


def test_cash_needs_the_right_and_the_money(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("giro-markt", None))
    refused = take_back(till, desk, sold, desk.shop.hands.tap("giro-markt"))
    for way in (
        lambda: refunding.in_cash(till, CASHIER, refused.id),
        lambda: refunding.again(till, CASHIER, refused.id, till.new_id()),
    ):
        with pytest.raises(RegisterError) as error:
            way()
        assert error.value.right == "refund"
    cash.move(till, MANAGER, till.new_id(), "Geldtransit", -4900, "Tresor")
    with pytest.raises(RegisterError) as error:
        refunding.in_cash(till, MANAGER, refused.id)
    assert error.value.code == "stock"
    assert queries.find_receipt(refused.receipt_id) is None


def test_money_on_its_way_to_a_card_is_not_given_in_cash_too(till: Till, desk: Desk, clock: Clock) -> None:
    sold = sold_by(till, desk, clock, ("giro-markt", None))
    refused = take_back(till, desk, sold, desk.shop.hands.tap("giro-markt"))
    begun = begin_again(till, refused)
    for way in (
        lambda: refunding.in_cash(till, MANAGER, refused.id),
        lambda: refunding.again(till, MANAGER, refused.id, till.new_id()),
    ):
        with pytest.raises(RegisterError) as error:
            way()
        assert error.value.code == "doubt"
    assert till.cards is not None
    till.cards.books.finish(begun, State.ABORTED, None)
    assert paid(refunding.in_cash(till, MANAGER, refused.id)) == [("Bar", -240)]


def test_what_went_back_in_cash_is_not_asked_of_a_card_too(till: Till, desk: Desk, clock: Clock) -> None:
    """Another window pressed "once more" a moment before: the terminal's books refuse it when it begins."""
    sold = sold_by(till, desk, clock, ("giro-markt", None))
    refused = take_back(till, desk, sold, desk.shop.hands.tap("giro-markt"))
    refunding.in_cash(till, MANAGER, refused.id)
    with pytest.raises(PaymentPending):
        begin_again(till, refused)
    desk.agree()


def begin_again(till: Till, refused: CardPayment) -> str:
    """Write down that a refund goes to the terminal once more; return the payment's id."""
    assert till.cards is not None
    intent = PaymentIntent(id=till.new_id(), kind=Kind.REFUND, amount=240, created_at=till.clock().timestamp())
    order = Order(actor=MANAGER, receipt_id=refused.receipt_id, original_id=refused.original_id, reason=refused.purpose)
    till.cards.books.expect(intent.id, order)
    till.cards.books.begin(refused.terminal_id, intent)
    return intent.id
