"""The screen of a card payment: which payment it shows, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smartecr.register import queries
from smartecr.register.cashless import cardbooks, cards
from support.card_desks import Desk, card_desk, last  # noqa: F401 the fixture
from support.screens import words
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, Clock, ring

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

FRAGMENT = {"HX-Request": "true"}


def test_a_refund_shows_the_card_that_is_asked_for_now(
    till: Till, at_till: Callable[..., Client], desk: Desk, clock: Clock
) -> None:
    """Two cards paid: the first has its money, and the screen that asked for it goes on to the second."""
    ring(till, ESPRESSO, LATTE)
    basket = queries.current(till)
    for card, due, cents in (("visa", 650, 200), ("giro-markt", 450, None)):
        desk.hands = [desk.shop.hands.tap(card)]
        cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), due, cents)
        clock.forward(minutes=1)
    sold = last(till)
    desk.shop.twin.setup.switches.reversal_needs_card = True
    desk.hands = [desk.shop.hands.tap("visa")]
    cards.refund(till, MANAGER, till.new_id(), sold.id, till.new_id(), "Ware zurück")
    refused, given = sorted(cardbooks.refunds_of(sold.id), key=lambda one: one.paid)
    assert (refused.paid, given.paid) == (False, True)
    client = at_till("Murat")
    for payment in (given, refused):
        shown = client.get(f"/till/card/{payment.id}", headers=FRAGMENT)
        assert f'data-payment="{refused.id}"' in shown.content.decode()
        assert "Nicht zurückgezahlt" in words(shown) and "4,50 € bar zurückgeben" in words(shown)
        assert "Später klären" in words(shown)  # a part has gone back: it cannot be left as it is
