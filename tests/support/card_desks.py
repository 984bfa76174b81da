"""A till with a virtual terminal beside it, worked by the test's own thread: its data lies in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.cashless import cardbooks, cards
from smartecr.register.cashless.cardmodels import CardPayment
from smartecr.register.models import Basket
from smartecr.register.sale import paying, refunding
from smartecr.register.sale.baskets import load
from smartecr.register.till import ZONE, Till
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.payments import Payments
from support.shop import CASHIER
from support.zvt_shop import Shop, shop


@dataclass
class Desk:
    """A till with a virtual terminal beside it, worked by the test's own thread: its data lies in a transaction."""

    till: Till
    shop: Shop
    payments: Payments
    hands: list[Callable[[], Any]] = field(default_factory=list)
    capabilities: Any = None
    waiting: bool = False

    def pay(self, intent: Any) -> Future[Any]:
        self.waiting = True
        return self._now(lambda: self.shop.during(lambda: self._run(intent), *self.hands))

    def _run(self, intent: Any) -> Any:
        try:
            return self.payments.run(intent)
        finally:
            self.waiting = False
            self.shop.twin.front.changed()

    def resolve(self) -> Future[Any]:
        return self._now(self.payments.resolve)

    def decide(self, payment_id: str, **said: Any) -> Future[Any]:
        return self._now(lambda: self.payments.decide(payment_id, **said))

    def end_of_day(self) -> Future[Any]:
        return self._now(self.payments.end_of_day)

    def abort(self, payment_id: str) -> None:
        self.payments.terminal.request_abort(payment_id)

    @staticmethod
    def _now(work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work())
        except TerminalError as error:
            future.set_exception(error)
        return future

    def charge(self, *hands: Callable[[], Any]) -> str:
        """Ring up nothing more and send what is due to the terminal; return the basket's id."""
        self.hands = list(hands)
        basket = load_open_or_paying(self.till)
        due = cards.due_cents(self.till, basket)
        cards.pay(self.till, CASHIER, basket.id, self.till.new_id(), self.till.new_id(), due)
        return basket.id

    def perhaps(self, card: str) -> Callable[[], bool]:
        """Tap a card if the terminal comes to ask for one before the till is done with it."""
        reader = self.shop.twin.reader
        return lambda: self.shop.twin.front.wait_until(lambda: reader.tap(card) or not self.waiting, 60)

    @property
    def bank(self) -> int:
        return self.shop.bank

    def agree(self) -> None:
        """Books, journal and the terminal's bank say the same, and no transaction hangs."""
        sales = sum(sign(one) * one.cents for one in paid_cards())
        assert sales == self.bank
        assert verify.examine().findings == []


def sign(payment: cardbooks.CardPayment) -> int:
    return -1 if payment.original_id else 1


def paid_cards() -> list[cardbooks.CardPayment]:
    found = [cardbooks.find(row.id) for row in CardPayment.objects.all()]
    return [one for one in found if one is not None and one.paid and (one.pays or one.original_id)]


def load_open_or_paying(till: Till) -> Any:
    row = Basket.objects.filter(state__in=["open", "paying"]).get()
    return load(row.id)


@pytest.fixture(name="desk")
def card_desk(till: Till) -> Iterator[Desk]:
    with shop() as counter:
        made = Desk(till, counter, None)  # type: ignore[arg-type]
        books = cardbooks.CardBooks(till, lambda payment_id: cards.follow(till, payment_id))

        def finish(payment: cardbooks.CardPayment) -> None:
            (refunding.after_cards if payment.original_id else paying.after_cards)(till, payment)

        till.cards = cards.Cards("t1", made, counter.driver.capabilities, books, finish)  # type: ignore[arg-type]
        made.payments = Payments(
            "t1",
            counter.driver,
            books,
            clock=lambda: counter.now,
            zone=ZONE,
            tell=lambda event: told(till, counter, event),
        )
        yield made
        till.cards = None


def told(till: Till, counter: Shop, event: Any) -> None:
    counter._heard(event)
    if till.cards is not None:
        till.cards.heard(event)


def last(till: Till) -> queries.ReceiptState:
    found = queries.last_receipt(till)
    assert found is not None
    return found
