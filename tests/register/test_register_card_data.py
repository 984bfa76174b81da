"""Whatever a web service, a code or a scanner brings: no card number is in tables, log, news or tracebacks."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import connection

from smartecr.register import queries
from smartecr.register.cashless import cardbooks, carddesk, cards
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.sale.baskets import load
from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.payments import Payments
from smartecr.terminal.qr import cpm
from smartecr.terminal.rest.stripe import StripeService
from smartecr.terminal.rest.sumup import SumupService
from smartecr.terminal.rest.terminal import RestTerminal
from support.rest_terminals import KEY, MERCHANT, READER, Answer, Maker, MakerServer, Stripe, Sumup
from support.shop import CASHIER, ESPRESSO, command, pay_cash, ring

NUMBER = "4111111111111111"
#: two codes of EMVCo's consumer-presented mode with a card number and track 2 in them
CARD_CODES = (
    "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8=",
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw==",
)


class _Leaky:
    """A service that says the whole number wherever it can say anything about a card or a refusal."""

    def call(self, *asked: Any) -> Answer:
        status, told = super().call(*asked)  # type: ignore[misc]
        return status, _spoilt(told)


class LeakyStripe(_Leaky, Stripe):
    """Stripe that leaks."""


class LeakySumup(_Leaky, Sumup):
    """SumUp that leaks."""


_ANYTHING = ("brand", "last4", "wallet", "last_4_digits", "auth_code", "failure_code", "cancellation_reason", "message",
             "code", "detail", "title")  # fmt: skip


def _spoilt(told: Any) -> Any:
    if isinstance(told, list):
        return [_spoilt(one) for one in told]
    if not isinstance(told, dict):
        return told
    spoilt = {name: _spoilt(value) for name, value in told.items()}
    for name in _ANYTHING:
        if isinstance(spoilt.get(name), str):
            spoilt[name] = f"{spoilt[name]} {NUMBER}"
    return spoilt


class Desk:
    """A till with a leaky maker's terminal, worked by the test's own thread."""

    def __init__(self, till: Till, clock: Any, kind: str) -> None:
        self.till, self.clock = till, clock
        makers: dict[str, type[Maker]] = {"stripe": LeakyStripe, "sumup": LeakySumup}
        self.maker = makers[kind](lambda: clock().timestamp())
        self.server = MakerServer(self.maker)
        service: Any = (
            StripeService(KEY, READER, self.server.address)
            if kind == "stripe"
            else SumupService(KEY, MERCHANT, READER, "app", "aff", self.server.address)
        )
        self.driver = RestTerminal(service, now=lambda: clock().timestamp(), pause=self._pause)
        books = cardbooks.CardBooks(till, lambda payment_id: cards.follow(till, payment_id))

        def finish(payment: cardbooks.CardPayment) -> None:
            (refunding.after_cards if payment.original_id else paying.after_cards)(till, payment)

        till.cards = carddesk.Cards("t1", self, self.driver.capabilities, books, finish)  # type: ignore[arg-type]
        self.payments = Payments(
            "t1", self.driver, books, clock=lambda: clock().timestamp(), zone=ZONE, tell=till.cards.heard
        )

    def _pause(self, stop: threading.Event, seconds: float) -> bool:
        self.clock.forward(seconds=seconds)
        self.maker.act()
        return stop.is_set()

    def pay(self, intent: Any) -> Future[Any]:
        return self._now(lambda: self.payments.run(intent))

    def resolve(self) -> Future[Any]:
        return self._now(self.payments.resolve)

    @staticmethod
    def _now(work: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work())
        except TerminalError as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        self.driver.close()
        self.server.close()
        self.till.cards = None


@pytest.fixture(params=["stripe", "sumup"])
def desk(request: pytest.FixtureRequest, till: Till, clock: Any) -> Iterator[Desk]:
    made = Desk(till, clock, request.param)
    yield made
    made.close()


def every_table() -> str:
    return "".join(repr(fetch(f'SELECT * FROM "{name}"')) for name in connection.introspection.table_names())


def charge(till: Till, *, code: str = "") -> None:
    row = Basket.objects.filter(state__in=["open", "paying"]).order_by("state").last()
    assert row is not None
    basket = load(row.id)
    assert basket is not None
    due = cards.due_cents(till, basket)
    cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), due, code=code)


def test_no_card_number_gets_out_of_a_web_terminal(till: Till, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for hand in ("tap", "decline"):
        desk.maker.hand = hand  # type: ignore[assignment]
        ring(till, ESPRESSO)
        charge(till)
        if Basket.objects.filter(state="open").exists():
            pay_cash(till)
    desk.maker.hand = "tap"
    for call, what in (("readers", "500"), ("readers", "mute")):
        ring(till, ESPRESSO)
        desk.maker.faults.append((call, what, 2))  # type: ignore[arg-type]
        charge(till)
        for _ in range(60):
            if cardbooks.open_payment("t1") is None:
                break
            try:
                desk.payments.resolve()
            except TerminalError as error:
                said.append("".join(traceback.format_exception(error)) + repr(vars(error)))
            desk.clock.forward(seconds=5)
            desk.maker.act()
        if Basket.objects.filter(state="open").exists():
            pay_cash(till)
    desk.maker.online = False
    for ask in (desk.driver.status, lambda: desk.driver.look_up(_nobody(), desk.payments.recorder())):
        try:
            said.append(repr(ask()))
        except TerminalError as error:
            said.append("".join(traceback.format_exception(error)) + repr(vars(error)))
    assert till.cards is not None
    kept = every_table() + caplog.text + "".join(said) + repr(till.cards.news)
    paid = [one for one in cardbooks._payments("state = %s", ["completed"]) if one.result]
    assert paid and all(one.result and one.result.card == f"************{NUMBER[-4:]}" for one in paid)
    assert NUMBER not in kept.replace(" ", "")


def _nobody() -> Any:
    from smartecr.terminal.api import Kind, PaymentIntent

    return PaymentIntent(id="f" * 32, kind=Kind.SALE, amount=1, created_at=0.0)


def test_the_search_would_find_it(till: Till) -> None:
    with pytest.raises(RegisterError) as refused:
        selling_note(till, NUMBER)
    assert NUMBER in str(refused.value) or NUMBER in every_table()


def selling_note(till: Till, text: str) -> None:
    """Write a text into the books as anybody may, so that the search has something to find."""
    from smartecr.register.cashdesk import cash
    from support.shop import MANAGER

    cash.open_drawer(till, MANAGER, till.new_id(), text)
    raise RegisterError("note", text)


@pytest.mark.parametrize("code", CARD_CODES)
def test_a_code_with_a_card_in_it_is_kept_nowhere(till: Till, code: str, caplog: pytest.LogCaptureFixture) -> None:
    """Scanned among goods or while paying: nothing of it stays, whoever takes such codes or not."""
    caplog.set_level(logging.DEBUG)
    assert cpm.read(code) is not None
    ring(till, ESPRESSO)
    outcomes = selling.run(till, CASHIER, [command(till, "scan", code=code)])
    with pytest.raises(RegisterError) as refused:
        charge(till, code=code)
    trace = "".join(traceback.format_exception(refused.value))
    kept = every_table() + caplog.text + repr(outcomes) + repr(refused.value) + trace
    for secret in (code, code[8:40], "1234567890123458", "12345678901234"):
        assert secret not in kept
    assert queries.current(till).basket.lines
