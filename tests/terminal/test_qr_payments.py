"""Paying with a customer's code against the provider's HTTP: once, whatever is cut, killed, refused or given up."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from smartecr.terminal.api import Kind, PaymentIntent, PaymentRef
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import Busy, ConfigError, NotSupported, PaymentPending, Rejected, TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.qr.bluecode import Bluecode
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.provider import Charge, Reply, Standing
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.qr.virtual import Fault, WalletServer, WalletService
from smartecr.terminal.qr.virtual.server import BRANCH, PASSWORD, USERNAME

OK = "98802222100100123456"
SLOW = "98802222999900301000"
MUTE = "98802222999900315000"
BROKEN = "98802222999900500500"


@dataclass
class Desk:
    """A till's side and the twin behind real HTTP; time passes only when somebody waits."""

    folder: Path
    now: float = 1_795_604_400.0
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    events: list[PaymentEvent] = field(default_factory=list)
    on_wait: Callable[[], None] | None = None
    count: int = 0
    terminal: QrTerminal = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.wallet = WalletService(lambda: self.now, random.Random(7), self.folder / "wallet.json")
        self.server = WalletServer(self.wallet)
        self.start()

    def start(self) -> None:
        """A register after a start: only the journal is left."""
        if self.terminal is not None:
            self.terminal.close()
        self.provider = Bluecode(httpx.Client(verify=False), self.server.api, BRANCH, USERNAME, PASSWORD)
        zone = ZoneInfo("Europe/Berlin")
        self.terminal = QrTerminal([self.provider], now=lambda: self.now, zone=zone, terminal="K1", pause=self._pause)
        self.payments = Payments(
            "q1", self.terminal, self.journal, clock=lambda: self.now, zone=zone, tell=self.events.append
        )

    def _pause(self, stop: threading.Event, seconds: float) -> bool:
        self.now += seconds
        if self.on_wait is not None:
            self.on_wait()
        return stop.is_set()

    def intent(self, cents: int = 1234, **more: Any) -> PaymentIntent:
        self.count += 1
        values = {"kind": Kind.SALE, "means": "bluecode", **more}
        return PaymentIntent(id=f"{self.count:032x}", amount=cents, created_at=self.now, **values)

    def pay(self, code: str = OK, cents: int = 1234, **more: Any) -> Outcome:
        intent = self.intent(cents, **more)
        self.terminal.offer(intent.id, CustomerCode(code))
        return self.payments.run(intent)

    def resolve(self, most: int = 40) -> State:
        """Ask until it is certain, as the service does."""
        for _ in range(most):
            try:
                outcome = self.payments.resolve()
            except TerminalError as error:
                assert error.transient, error
                self.now += 5
                continue
            assert outcome is not None
            return outcome.state
        raise AssertionError("never resolved")

    @property
    def net(self) -> int:
        return sum(
            (1 if one.intent.kind is Kind.SALE else -1) * ((one.result and one.result.amount) or 0)
            for one in self.journal.records.values()
            if one.state is State.COMPLETED
        )

    def close(self) -> None:
        self.terminal.close()
        self.server.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_a_code_pays(desk: Desk) -> None:
    outcome = desk.pay()
    result = outcome.result
    assert outcome.state is State.COMPLETED and result is not None
    assert (result.amount, result.brand, result.wallet) == (1234, "Bluecode", "bluecode")
    assert result.reference.startswith("bc") and result.technology == "qr"
    assert desk.wallet.net_cents == desk.net == 1234


def test_the_customer_confirms_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = lambda: bool(desk.wallet.answer(yes=True)) and None
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.COMPLETED
    assert EventKind.CUSTOMER_INPUT in [event.kind for event in desk.events]
    assert desk.wallet.net_cents == desk.net == 1234


def test_the_customer_refuses_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = lambda: bool(desk.wallet.answer(yes=False)) and None
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.DECLINED and outcome.result is not None
    assert outcome.result.reason == "Der Gast hat in der App abgelehnt."
    assert desk.wallet.net_cents == desk.net == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("98888888888888888888", "Dieser Handy-Code gilt nicht (mehr)."),
        ("98804444000000402006", "Die App hat die Zahlung abgelehnt."),
        ("98804444000000402007", "Das Limit in der App reicht nicht."),
        ("98800000000000000000", "Dieser Handy-Code gilt nicht (mehr)."),
    ],
)
def test_refusals_have_a_reason_and_a_next_step(desk: Desk, code: str, reason: str) -> None:
    outcome = desk.pay(code)
    assert outcome.state is State.DECLINED and outcome.result is not None
    assert outcome.result.reason == reason
    assert outcome.result.next_step
    assert desk.wallet.net_cents == 0 and desk.payments.pending is None


def test_a_code_of_the_phone_pays_once(desk: Desk) -> None:
    code = desk.wallet.code
    assert desk.pay(code).state is State.COMPLETED
    assert desk.pay(code).state is State.DECLINED
    assert desk.wallet.net_cents == 1234


def test_nobody_answers_on_the_phone(desk: Desk) -> None:
    desk.wallet.hold = True
    outcome = desk.pay(desk.wallet.code)
    assert outcome.state is State.ABORTED
    assert "/cancel" in desk.wallet.calls
    assert desk.wallet.net_cents == desk.net == 0


def test_the_cashier_stops_it(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.on_wait = desk.terminal.request_abort
    assert desk.pay(desk.wallet.code).state is State.ABORTED
    assert desk.wallet.net_cents == 0
    desk.on_wait = None
    desk.wallet.hold = False
    assert desk.pay().state is State.COMPLETED  # the wish to stop is gone


def test_a_stop_that_comes_too_late_is_a_payment(desk: Desk) -> None:
    desk.wallet.hold = True
    desk.wallet.cancel_wins = False

    def both() -> None:
        desk.wallet.answer(yes=True)
        desk.terminal.request_abort()

    desk.on_wait = both
    assert desk.pay(desk.wallet.code).state is State.COMPLETED
    assert desk.wallet.net_cents == desk.net == 1234


@pytest.mark.parametrize(("what", "times"), [("lost", 1), ("mute", 1), ("mute", 4), ("503", 4), ("late", 1)])
@pytest.mark.parametrize("path", ["/payment", "/status", "/cancel"])
@pytest.mark.parametrize("code", [OK, SLOW, MUTE, "phone"])
def test_whatever_is_cut_books_and_provider_agree(desk: Desk, path: str, what: Any, times: int, code: str) -> None:
    desk.wallet.hold = code == "phone"
    desk.wallet.faults.append(Fault(path, what, times))
    outcome = desk.pay(desk.wallet.code if code == "phone" else code)
    if not outcome.settled:
        with pytest.raises(PaymentPending):
            desk.pay()
        desk.resolve()
    assert desk.payments.pending is None
    assert desk.wallet.net_cents == desk.net
    assert sum(1 for call in desk.wallet.calls if call == "/payment") == 1
    desk.now += 120
    assert desk.wallet.net_cents == desk.net  # nothing comes late


def test_a_provider_that_breaks_leaves_a_doubt_and_the_doubt_ends(desk: Desk) -> None:
    assert desk.pay(BROKEN).state is State.IN_DOUBT
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("milestone", ["begin", "note", "result", "finish"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("code", [OK, SLOW, MUTE])
def test_a_kill_at_any_milestone_ends_in_agreement(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, milestone: str, after: bool, code: str
) -> None:
    whole = getattr(desk.journal, milestone)

    def dies(*arguments: Any, **named: Any) -> None:
        if after:
            whole(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, milestone, dies)
        with contextlib.suppress(Killed):
            desk.pay(code)
    desk.start()
    if desk.payments.pending is not None:
        desk.resolve()
    assert desk.payments.pending is None
    assert desk.wallet.net_cents == desk.net


def test_cancelling_goes_on_until_it_is_certain_over_restarts(desk: Desk) -> None:
    desk.wallet.faults.append(Fault("/status", "503", 99))
    outcome = desk.pay(MUTE)
    assert outcome.state is State.IN_DOUBT
    desk.payments.give_up(outcome.payment_id, "Jana")
    desk.wallet.faults.append(Fault("/cancel", "503", 3))
    for _ in range(3):
        desk.start()
        record = desk.payments.pending
        assert record is not None and record.state is State.CANCELLING
        with pytest.raises(TerminalError) as waits:
            desk.payments.resolve()
        assert waits.value.transient
        assert desk.wallet.net_cents == 1234
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == desk.net == 0


def test_what_was_given_up_is_given_back_where_it_cannot_be_cancelled(desk: Desk) -> None:
    desk.wallet.cancel_wins = False
    desk.wallet.faults.append(Fault("/status", "503", 2))
    outcome = desk.pay(MUTE)
    desk.payments.give_up(outcome.payment_id, "Jana")
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.wallet.net_cents == desk.net == 0
    assert "/refund" in desk.wallet.calls


def test_only_the_open_payment_is_given_up(desk: Desk) -> None:
    done = desk.pay()
    with pytest.raises(Rejected):
        desk.payments.give_up(done.payment_id, "Jana")
    assert desk.wallet.net_cents == 1234


def refund(desk: Desk, paid: Outcome) -> Outcome:
    assert paid.result is not None
    return desk.payments.run(desk.intent(1234, kind=Kind.REFUND, original=paid.result.ref))


def test_a_refund_goes_back_to_the_phone(desk: Desk) -> None:
    paid = desk.pay()
    assert refund(desk, paid).state is State.COMPLETED
    assert desk.wallet.net_cents == desk.net == 0
    assert refund(desk, paid).state is State.DECLINED  # not twice


@pytest.mark.parametrize("what", ["lost", "mute", "503"])
def test_a_cut_refund_is_never_made_twice(desk: Desk, what: Any) -> None:
    paid = desk.pay()
    desk.wallet.faults.append(Fault("/refund", what))
    outcome = refund(desk, paid)
    assert outcome.state is State.IN_DOUBT
    desk.resolve()
    assert desk.wallet.net_cents == desk.net
    assert desk.wallet.calls.count("/refund") == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"means": "wechat"}, NotSupported),
        ({"kind": Kind.RESERVATION}, NotSupported),
        ({"kind": Kind.REFUND}, NotSupported),
        ({"kind": Kind.REFUND, "original": PaymentRef()}, NotSupported),
        ({"currency": "USD"}, Rejected),
        ({"cents": 0}, Rejected),
        ({"cents": -5}, Rejected),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    desk: Desk, values: dict[str, Any], error: type[TerminalError]
) -> None:
    with pytest.raises(error) as refused:
        desk.pay(**values)
    assert refused.value.money == "none" and refused.value.message and refused.value.next_step
    assert desk.journal.records == {} and desk.wallet.calls == []


def test_without_a_code_nothing_is_sent(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.payments.run(desk.intent())
    assert desk.wallet.calls == []


def test_a_wrong_password_is_said(desk: Desk) -> None:
    desk.terminal.providers["bluecode"] = Bluecode(
        httpx.Client(verify=False), desk.server.api, BRANCH, USERNAME, "falsch"
    )
    outcome = desk.pay()
    assert outcome.state is State.REJECTED and isinstance(outcome.error, ConfigError)
    assert "kennt diese Kasse nicht" in outcome.error.message
    desk.terminal.providers["bluecode"].close()


def test_without_network_nothing_is_charged(desk: Desk) -> None:
    desk.terminal.providers["bluecode"] = Bluecode(
        httpx.Client(verify=False), "http://127.0.0.1:9/v4", BRANCH, USERNAME, PASSWORD
    )
    outcome = desk.pay()
    assert outcome.state is State.REJECTED and outcome.error is not None
    assert "nicht erreichbar" in outcome.error.message
    desk.terminal.providers["bluecode"].close()


def test_the_code_is_nowhere_but_on_the_wire(desk: Desk, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [OK, MUTE, "98888888888888888888"]
    for code in secrets:
        outcome = desk.pay(code)
        if not outcome.settled:
            desk.resolve()
    kept = caplog.text + repr(desk.journal.records) + repr(desk.events) + repr(vars(desk.terminal))
    kept += (tmp_path / "wallet.json").read_text()
    assert "Bluecode" in kept  # something was written that could have held it
    for code in secrets:
        assert code not in kept
        assert code[3:16] not in kept


class Stub:
    """A provider that says what the test wants, and notes what it was asked."""

    name, schemes, cancel_wins = "bluecode", frozenset(), True

    def __init__(self, told: Standing, cancelled: Standing) -> None:
        self.told, self.cancelled = told, cancelled
        self.calls: list[str] = []

    def tell(self, charge_id: str) -> Reply:
        self.calls.append("tell")
        return Reply(standing=self.told)

    def cancel(self, charge_id: str) -> Reply:
        self.calls.append("cancel")
        return Reply(standing=self.cancelled)

    def close(self) -> None:
        pass


def test_what_the_provider_does_not_know_is_cancelled_and_waited_for(desk: Desk) -> None:
    stub: Any = Stub(Standing.UNKNOWN, Standing.UNKNOWN)
    terminal = QrTerminal([stub], now=lambda: desk.now, zone=ZoneInfo("Europe/Berlin"))
    intent = desk.intent()
    with pytest.raises(Busy):  # a request of ours may still be on its way
        terminal.look_up(intent, desk.payments.recorder())
    assert "cancel" in stub.calls
    desk.now += 31
    assert terminal.look_up(intent, desk.payments.recorder()).found is False
    stub.cancelled = Standing.CANCELLED
    desk.now -= 31
    assert terminal.look_up(intent, desk.payments.recorder()).found is False  # confirmed: no need to wait


def test_the_same_id_twice_is_one_charge_and_says_how_it_stands(desk: Desk) -> None:
    charge = Charge(id="a" * 32, cents=500)
    for _ in range(2):
        assert desk.provider.charge(CustomerCode(OK), charge).standing is Standing.APPROVED
    assert desk.wallet.net_cents == 500


def test_a_used_code_is_not_kept(desk: Desk) -> None:
    desk.pay()
    assert desk.terminal._codes == {}


def test_what_counts_as_paid_is_not_given_up(desk: Desk) -> None:
    intent = desk.intent()
    desk.journal.begin("q1", intent)
    desk.journal.note(intent.id, State.ACKED)
    with pytest.raises(NotSupported):
        desk.payments.give_up(intent.id, "Jana")
