"""SumUp and Stripe behind one interface, their real SDKs against emulators: once, whatever is cut or killed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartecr.server.equipment.settingerror import DeviceSettingError
from smartecr.server.equipment.terminals import open_terminal
from smartecr.terminal.api import Capability, Kind, PaymentIntent, PaymentRef
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import (
    Aborted,
    Busy,
    ConfigError,
    ForeignTerminal,
    NotSupported,
    PaymentPending,
    Rejected,
    TerminalError,
)
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.journal import MemoryJournal
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.rest.results import cents
from smartecr.terminal.rest.service import RestService
from smartecr.terminal.rest.stripe import StripeService
from smartecr.terminal.rest.sumup import SumupService
from smartecr.terminal.rest.terminal import RestTerminal
from support.rest_terminals import KEY, MERCHANT, READER, Maker, MakerServer, Stripe, Sumup
from support.servers import environment

SLOW = 10
"""A wait takes ten times as long as was asked for: five minutes without an answer are 30 questions, not 300."""


class Desk:
    """A till's side and a maker's service; time passes only when somebody waits, and each wait takes long."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.now = 1_795_604_400.0
        self.maker: Maker = (Stripe if kind == "stripe" else Sumup)(lambda: self.now)
        self.server = MakerServer(self.maker)
        self.journal = MemoryJournal()
        self.events: list[PaymentEvent] = []
        self.abort_after = 0
        self.count = 0
        self.terminal: RestTerminal | None = None
        self.start()

    def service(self, key: str = KEY, reader: str = READER) -> RestService:
        if self.kind == "stripe":
            return StripeService(key, reader, self.server.address)
        return SumupService(key, MERCHANT, reader, "app", "aff", self.server.address)

    def start(self, **other: str) -> None:
        """A register after a start: only the journal is left."""
        if self.terminal is not None:
            self.terminal.close()
        self.terminal = RestTerminal(self.service(**other), now=lambda: self.now, pause=self._pause)
        self.payments = Payments(
            "t1", self.terminal, self.journal, clock=lambda: self.now, zone=ZoneInfo("Europe/Berlin"),
            tell=self.events.append,
        )  # fmt: skip

    def _pause(self, stop: threading.Event, seconds: float) -> bool:
        self.now += seconds * SLOW
        if self.abort_after:
            self.abort_after -= 1
            if not self.abort_after:
                self.stop(self.count)
        self.maker.act()
        return stop.is_set()

    def pay(self, amount: int = 1234, **more: Any) -> Outcome:
        self.count += 1
        values = {"kind": Kind.SALE, **more}
        return self.payments.run(PaymentIntent(id=f"{self.count:032x}", amount=amount, created_at=self.now, **values))

    def stop(self, number: int) -> None:
        """Want the payment of this number to stop."""
        assert self.terminal is not None
        self.terminal.request_abort(f"{number:032x}")

    def resolve(self) -> State:
        for _ in range(60):
            self.maker.act()
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
        assert self.terminal is not None
        self.terminal.close()
        self.server.close()


@pytest.fixture(params=["stripe", "sumup"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(request.param)
    yield made
    made.close()


def test_a_tap_pays(desk: Desk) -> None:
    outcome = desk.pay()
    result = outcome.result
    assert outcome.state is State.COMPLETED and result is not None
    assert (result.amount, result.brand, result.wallet) == (1234, "Visa", "Apple Pay")
    assert result.card.startswith("*" * 12) and len(result.card) == 16
    assert result.reference
    assert desk.maker.net == desk.net == 1234
    assert EventKind.PRESENT_CARD in [event.kind for event in desk.events]


def test_a_declined_card(desk: Desk) -> None:
    desk.maker.hand = "decline"
    outcome = desk.pay()
    assert outcome.state is State.DECLINED and outcome.result is not None
    assert outcome.result.reason and outcome.result.next_step
    assert desk.maker.net == desk.net == 0


def test_the_cashier_stops_it(desk: Desk) -> None:
    desk.maker.hand = ""
    desk.abort_after = 3
    assert desk.pay().state is State.ABORTED
    desk.maker.hand = "tap"
    assert desk.maker.net == desk.net == 0
    desk.stop(desk.count)
    assert desk.pay().state is State.COMPLETED


def test_what_shall_stop_before_it_was_sent_is_not_sent(desk: Desk) -> None:
    desk.stop(desk.count + 1)
    with pytest.raises(Aborted):
        desk.pay()
    assert desk.journal.records == {}
    assert desk.pay().state is State.COMPLETED
    assert desk.maker.net == desk.net == 1234


def test_a_stop_that_comes_too_late_is_a_payment(desk: Desk) -> None:
    desk.abort_after = 1
    desk.maker.faults.append(("cancel_action", "lost", 1))
    desk.maker.faults.append(("terminate", "lost", 1))
    assert desk.pay().state is State.COMPLETED
    assert desk.maker.net == desk.net == 1234


def test_nobody_comes(desk: Desk) -> None:
    desk.maker.hand = ""
    assert desk.pay().state is State.IN_DOUBT
    with pytest.raises(PaymentPending):
        desk.pay()
    desk.maker.hand = "decline"
    assert desk.resolve() is State.NOT_CHARGED
    assert desk.maker.net == desk.net == 0


CALLS = {
    "stripe": ["POST /v1/payment_intents", "process_payment_intent", "GET /v1/payment_intents", "GET /v1/terminal"],
    "sumup": ["/checkout", "/transactions", "/status"],
}


@pytest.mark.slow
@pytest.mark.parametrize(("what", "times"), [("lost", 1), ("mute", 1), ("mute", 400), ("500", 400)])
@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("hand", ["tap", "decline"])
def test_whatever_is_cut_nothing_is_charged_twice(desk: Desk, number: int, what: Any, times: int, hand: Any) -> None:
    calls = CALLS[desk.kind]
    if number >= len(calls):
        return
    desk.pay()
    before = desk.maker.net
    desk.maker.hand = hand
    desk.maker.faults.append((calls[number], what, times))
    begun = desk.maker.charges_begun
    with contextlib.suppress(TerminalError):
        desk.pay(500)
    desk.maker.faults.clear()
    if desk.payments.pending is not None:
        desk.start()  # a restart in between
        desk.resolve()
    assert desk.maker.charges_begun - begun <= 1
    assert desk.maker.net == desk.net
    assert desk.maker.net in (before, before + 500)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("milestone", ["begin", "note", "result", "finish"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_any_milestone_ends_in_agreement(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, milestone: str, after: bool
) -> None:
    whole = getattr(desk.journal, milestone)

    def dies(*arguments: Any, **named: Any) -> None:
        if after:
            whole(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(desk.journal, milestone, dies)
        with contextlib.suppress(Killed):
            desk.pay()
    desk.start()
    if desk.payments.pending is not None:
        desk.resolve()
    assert desk.maker.net == desk.net


def refund(desk: Desk, paid: Outcome) -> Outcome:
    assert paid.result is not None
    return desk.pay(1234, kind=Kind.REFUND, original=paid.result.ref)


def test_a_refund(desk: Desk) -> None:
    assert refund(desk, desk.pay()).state is State.COMPLETED
    assert desk.maker.net == desk.net == 0


@pytest.mark.parametrize("what", ["lost", "mute"])
def test_a_cut_refund_is_never_made_twice(desk: Desk, what: Any) -> None:
    paid = desk.pay()
    desk.maker.faults.append(("refunds", what, 1))
    assert refund(desk, paid).state is State.IN_DOUBT
    desk.start()
    desk.resolve()
    assert desk.maker.net == desk.net
    assert len([call for call in desk.maker.calls if call.startswith("POST") and "refunds" in call]) == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"amount": 0}, Rejected),
        ({"amount": -1}, Rejected),
        ({"amount": 100_000_000}, Rejected),
        ({"currency": "USD"}, Rejected),
        ({"kind": Kind.RESERVATION}, NotSupported),
        ({"kind": Kind.REFUND}, NotSupported),
        ({"kind": Kind.REFUND, "original": PaymentRef()}, NotSupported),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything(
    desk: Desk, values: dict[str, Any], error: type[TerminalError]
) -> None:
    with pytest.raises(error) as refused:
        desk.pay(**values)
    assert refused.value.money == "none" and refused.value.message and refused.value.next_step
    assert desk.journal.records == {} and desk.maker.payments == {}


@pytest.mark.parametrize(
    ("other", "error"), [({"key": "sk_wrong"}, ConfigError), ({"reader": "rdr-unknown"}, ForeignTerminal)]
)
def test_a_wrong_key_or_reader_is_said(desk: Desk, other: dict[str, str], error: type[TerminalError]) -> None:
    desk.start(**other)
    with pytest.raises(error) as refused:
        desk.pay()
    assert refused.value.money == "none"
    assert "sk_wrong" not in str(refused.value) + refused.value.message
    assert desk.maker.payments == {}


def test_a_reader_that_is_offline_is_said(desk: Desk) -> None:
    desk.maker.online = False
    with pytest.raises(TerminalError) as refused:
        desk.pay()
    assert refused.value.transient and refused.value.money == "none"


def test_stripe_gives_a_payment_up_for_certain() -> None:
    desk = Desk("stripe")
    try:
        desk.maker.hand = ""
        outcome = desk.pay()
        desk.payments.give_up(outcome.payment_id, "Jana")
        desk.maker.hand = "tap"
        desk.maker.act()
        assert desk.maker.net == 1234
        assert desk.resolve() is State.NOT_CHARGED
        assert desk.maker.net == desk.net == 0
    finally:
        desk.close()


def test_sumup_cannot_and_says_so() -> None:
    desk = Desk("sumup")
    try:
        desk.maker.hand = ""
        outcome = desk.pay()
        assert Capability.UNDO not in desk.payments.terminal.capabilities
        with pytest.raises(NotSupported):
            desk.payments.give_up(outcome.payment_id, "Jana")
    finally:
        desk.close()


@pytest.mark.parametrize(
    ("major", "expected"),
    [(12.34, 1234), (0.29, 29), (1.1, 110), (4.35, 435), (100, 10000), ("7.10", 710), (None, None), (True, None)],
)
def test_euros_of_a_service_become_cents(major: Any, expected: int | None) -> None:
    assert cents(major) == expected


def test_the_sdks_are_imported_only_when_such_a_terminal_is_opened(tmp_path: Path) -> None:
    code = (
        "import sys, django; django.setup(); import smartecr.server.wiring, smartecr.web.urls; "
        "sys.exit(any(name in sys.modules for name in ('stripe', 'sumup', 'pydantic', 'requests')))"
    )
    own = environment(tmp_path, DJANGO_SETTINGS_MODULE="smartecr.server.settings")
    assert subprocess.run([sys.executable, "-c", code], check=False, env=own).returncode == 0


@pytest.mark.parametrize(
    ("setting", "secrets", "said"),
    [
        ("stripe:rdr-1", "", "stripe braucht api_key"),
        ("sumup:M1/rdr-1?app=x", '{"sumup": {"api_key": "k"}}', "sumup braucht api_key und affiliate_key"),
        ("sumup:M1", "", "ist kein Kartenterminal"),
        ("sumup:M1/rdr-1", "", "ist kein Kartenterminal"),
        ("stripe:rdr-1", '{"stripe": {"api_key": 7}}', "ist nicht zu verstehen"),
        ("stripe:rdr-1", '{"other": {}}', "ist nicht zu verstehen"),
        ("tcp://h?password=12", "", "sechs Ziffern"),
        ("tcp://h?tip=viel", "", "tip ist"),
    ],
)
def test_a_setting_that_cannot_be_says_what_may_stand_there(
    tmp_path: Path, setting: str, secrets: str, said: str
) -> None:
    if secrets:
        (tmp_path / "payment-secrets.json").write_text(secrets)
        (tmp_path / "payment-secrets.json").chmod(0o600)
    with pytest.raises(DeviceSettingError) as refused:
        open_terminal(setting, tmp_path)
    assert said in str(refused.value)


@pytest.mark.parametrize(("setting", "kind"), [("stripe:rdr-1", "stripe"), ("sumup:M1/rdr-1?app=x", "sumup")])
def test_a_setting_opens_its_terminal_with_the_shops_secrets(tmp_path: Path, setting: str, kind: str) -> None:
    path = tmp_path / "payment-secrets.json"
    path.write_text('{"stripe": {"api_key": "sk_x"}, "sumup": {"api_key": "k", "affiliate_key": "a"}}')
    path.chmod(0o644)
    with pytest.raises(DeviceSettingError):
        open_terminal(setting, tmp_path)
    path.chmod(0o600)
    terminal = open_terminal(setting, tmp_path)
    assert terminal.kind == kind
    terminal.close()


def test_busy_is_told(desk: Desk) -> None:
    if desk.kind == "stripe":
        desk.maker.hand = ""
        desk.pay()
        service = desk.service()
        with pytest.raises(Busy):
            service.start(PaymentIntent(id="f" * 32, kind=Kind.SALE, amount=5, created_at=desk.now))
        service.close()


def test_what_the_service_does_not_know_yet_may_still_begin(desk: Desk) -> None:
    intent = PaymentIntent(id="e" * 32, kind=Kind.SALE, amount=5, created_at=desk.now)
    assert desk.terminal is not None
    assert desk.terminal.look_up(intent, desk.payments.recorder()).busy
    desk.now += 91
    evidence = desk.terminal.look_up(intent, desk.payments.recorder())
    assert (evidence.busy, evidence.found) == (False, False)
