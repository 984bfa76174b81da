"""Paying with a customer's code at a till: books, provider and baskets agree; the code itself is nowhere."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.books import verify
from smartecr.register.cashless import cardbooks, carddesk, cards, paymentsettings
from smartecr.register.cashless.cardmodels import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.register.models import Basket, Journal, Receipt
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.sale.baskets import load
from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.payments import Payments
from smartecr.terminal.qr.bluecode import Bluecode
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.qr.virtual import Fault, WalletServer, WalletService
from smartecr.terminal.qr.virtual.dialects import BRANCH, PASSWORD, USERNAME
from support.shop import CASHIER, ESPRESSO, LATTE, MANAGER, command, pay_cash, ring

OK = "98802222100100123456"
MUTE = "98802222999900315000"


class Desk:
    """A till with a provider's twin, worked by the test's own thread: its data lies in a transaction."""

    def __init__(self, till: Till, clock: Any, folder: Path) -> None:
        self.till, self.clock = till, clock
        self.wallet = WalletService(lambda: clock().timestamp(), random.Random(3), folder / "wallet.json")
        self.server = WalletServer(self.wallet)
        self.driver: Any = None
        self.start()

    def start(self) -> None:
        till = self.till
        if self.driver is not None:
            self.driver.close()
        http = httpx.Client(verify=False)
        self.driver = QrTerminal(
            [Bluecode(http, self.server.api, BRANCH, USERNAME, PASSWORD)],
            now=lambda: self.clock().timestamp(),
            zone=ZONE,
            terminal=till.serial,
            pause=self._pause,
        )
        books = cardbooks.CardBooks(till, lambda payment_id: cards.follow(till, payment_id))

        def finish(payment: cardbooks.CardPayment) -> None:
            (refunding.after_cards if payment.original_id else paying.after_cards)(till, payment)

        till.codes = carddesk.Cards(
            "q1",
            self,
            self.driver.capabilities,
            books,
            finish,
            wallet=self.driver,  # type: ignore[arg-type]
        )
        self.payments = Payments(
            "q1", self.driver, books, clock=lambda: self.clock().timestamp(), zone=ZONE, tell=till.codes.heard
        )

    def _pause(self, stop: Any, seconds: float) -> bool:
        self.clock.forward(seconds=seconds)
        return bool(stop.is_set())

    def pay(self, intent: Any) -> Future[Any]:
        return self._now(lambda: self.payments.run(intent))

    def resolve(self) -> Future[Any]:
        return self._now(self.payments.resolve)

    def give_up(self, payment_id: str, by: str) -> Future[Any]:
        return self._now(lambda: self.payments.give_up(payment_id, by))

    def abort(self, payment_id: str) -> None:
        self.driver.request_abort(payment_id)

    @staticmethod
    def _now(work: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work())
        except TerminalError as error:
            future.set_exception(error)
        return future

    def charge(self, code: str = OK, **more: Any) -> str:
        row = Basket.objects.filter(state__in=["open", "paying"]).order_by("state").last()
        assert row is not None
        basket = load(row.id)
        assert basket is not None
        due = cards.due_cents(self.till, basket)
        cards.pay(self.till, CASHIER, basket.id, self.till.new_id(), self.till.new_id(), due, code=code, **more)
        return basket.id

    def close(self) -> None:
        self.driver.close()
        self.server.close()
        self.till.codes = None


@pytest.fixture
def desk(till: Till, clock: Any, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(till, clock, tmp_path)
    yield made
    made.close()


def agree(desk: Desk) -> None:
    moved = cardbooks.moved_for(list(Receipt.objects.values_list("id", flat=True)))
    assert sum(moved.values()) == desk.wallet.net_cents
    assert verify.examine().findings == []


def last(till: Till) -> queries.ReceiptState:
    found = queries.last_receipt(till)
    assert found is not None
    return found


def test_a_code_pays_and_the_receipt_says_by_what(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    total = queries.current(till).priced.total_cents
    desk.charge()
    receipt = last(till)
    assert [(one.kind, one.cents, one.name) for one in receipt.content.payments] == [
        ("ElZahlungsdienstleister", total, "Bluecode")
    ]
    assert receipt.process_data.endswith(":Unbar")
    agree(desk)


def test_a_refused_code_gives_the_basket_back(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    basket = desk.charge("98888888888888888888")
    assert queries.current(till).id == basket
    assert pay_cash(till).signed
    agree(desk)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("4012345678901", "code"),
        ("4111111111111111", "code"),
        ("https://example.de/zahlen", "code"),
        ("BCD\n002\n1\nSCT\n\nX\nDE\nEUR1.00", "code"),
        ("134567890123456789", "contract"),
    ],
)
def test_what_is_no_code_of_a_contract_is_said_without_repeating_it(
    till: Till, desk: Desk, code: str, refused: str
) -> None:
    ring(till, ESPRESSO)
    with pytest.raises(RegisterError) as error:
        desk.charge(code)
    assert error.value.code == refused and error.value.next_step
    assert code not in error.value.message + error.value.next_step + str(error.value)
    assert queries.current(till).priced.total_cents and desk.wallet.calls == []


def test_a_code_among_the_goods_is_no_article_and_is_not_repeated(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    outcome = selling.run(till, CASHIER, [command(till, "scan", code=OK)])[0]
    assert not outcome.ok and OK not in outcome.message
    assert outcome.code == "payment"
    assert desk.wallet.calls == []


def test_without_contracts_no_code(till: Till) -> None:
    ring(till, ESPRESSO)
    basket = queries.current(till)
    with pytest.raises(RegisterError) as refused:
        cards.pay(till, CASHIER, basket.id, till.new_id(), till.new_id(), basket.priced.total_cents, code=OK)
    assert refused.value.code == "terminal"


def test_a_part_by_code_and_the_rest_in_cash(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO, LATTE)
    total = queries.current(till).priced.total_cents
    basket = desk.charge(cents=200)
    receipt = paying.pay(till, CASHIER, basket, till.new_id(), [Payment(kind="Bar", cents=total - 200)])
    assert [one.kind for one in receipt.content.payments] == ["ElZahlungsdienstleister", "Bar"]
    agree(desk)


def test_a_refund_goes_back_to_the_app(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.charge()
    sold = last(till)
    cards.refund(till, MANAGER, till.new_id(), sold.id, till.new_id(), "Falsch gebucht")
    assert last(till).reference_id == sold.id
    assert CardPayment.objects.exclude(original_id="").get().kind == "refund"
    assert desk.wallet.net_cents == 0
    agree(desk)


@pytest.mark.parametrize("what", ["lost", "mute", "503"])
def test_a_cut_is_cleared_up_by_asking(till: Till, desk: Desk, what: Any) -> None:
    ring(till, ESPRESSO)
    desk.wallet.faults += [Fault("/payment", what), Fault("/status", "503", 2)]
    desk.charge()
    open_one = cardbooks.open_payment("q1")
    assert open_one is not None
    with pytest.raises(RegisterError) as refused:
        desk.charge()
    assert refused.value.code == "doubt"
    desk.start()  # a restart in between: only the books are left
    cards.recover(till)
    assert cards.waiting(till) == open_one.id
    cards.ask(till, open_one.id)
    assert cardbooks.open_payment("q1") is None
    if desk.wallet.net_cents:
        assert last(till).content.payments[0].name == "Bluecode"
    else:
        assert pay_cash(till).signed
    agree(desk)


def test_given_up_the_basket_is_free_and_the_provider_is_asked_until_it_confirms(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    desk.wallet.faults += [Fault("/status", "503", 2), Fault("/cancel", "503", 2)]
    basket = desk.charge(MUTE)
    open_one = cardbooks.open_payment("q1")
    assert open_one is not None
    cards.abort(till, CASHIER, open_one.id)
    assert queries.current(till).id == basket
    assert cards.cancelling(till) and cards.waiting(till) == ""
    assert pay_cash(till).signed
    for _ in range(2):
        desk.start()
        with pytest.raises(RegisterError):
            cards.ask(till, open_one.id)
    assert desk.wallet.net_cents > 0
    cards.ask(till, open_one.id)
    assert desk.wallet.net_cents == 0 and not cards.cancelling(till)
    row = CardPayment.objects.get(id=open_one.id)
    assert (row.state, row.decided_by) == ("not_charged", CASHIER.name)
    agree(desk)


def test_the_code_is_in_no_table_journal_log_or_news(till: Till, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for code in (OK, "98888888888888888888", MUTE):
        ring(till, ESPRESSO)
        desk.charge(code)
        open_one = cardbooks.open_payment("q1")
        if open_one is not None:
            cards.ask(till, open_one.id)
        if Basket.objects.filter(state="open").exists():
            pay_cash(till)
    kept = caplog.text + repr(till.codes) + repr([row.body for row in Journal.objects.all()])
    for table in ("register_card_payment", "register_card_terminal", "register_basket", "register_receipt"):
        kept += repr(fetch(f"SELECT * FROM {table}"))
    assert "bluecode" in kept
    for code in (OK, "98888888888888888888", MUTE):
        assert code not in kept and code[3:17] not in kept


def test_a_tip_before_the_payment_is_a_line_of_its_own(till: Till, desk: Desk) -> None:
    ring(till, ESPRESSO)
    total = queries.current(till).priced.total_cents
    desk.charge(tip_cents=60)
    receipt = last(till)
    assert [(line.gv_typ, line.amount_cents, line.vat_key) for line in receipt.content.lines][-1] == (
        "TrinkgeldAN", 60, 5,
    )  # fmt: skip
    assert receipt.total_cents == total + 60 == desk.wallet.net_cents
    agree(desk)


@pytest.mark.parametrize("tip", [-1, 1_000_000])
def test_a_tip_out_of_reason_is_refused(till: Till, desk: Desk, tip: int) -> None:
    ring(till, ESPRESSO)
    with pytest.raises(RegisterError) as refused:
        desk.charge(tip_cents=tip)
    assert refused.value.code == "tip" and desk.wallet.calls == []


def test_a_tip_for_the_business_bears_the_rates_of_what_was_sold(till: Till, desk: Desk) -> None:
    paymentsettings.save(till, MANAGER, paymentsettings.Settings(tips="TrinkgeldAG"))
    ring(till, ESPRESSO)
    sold = queries.current(till).priced.vat
    desk.charge(tip_cents=60)
    tip = last(till).content.lines[-1]
    assert (tip.gv_typ, tip.amount_cents, tip.vat_key) == ("TrinkgeldAG", 60, sold[0].vat_key)
    agree(desk)
