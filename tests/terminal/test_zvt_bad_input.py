"""What can be wrong with a terminal, row by row: a German sentence, a next step, and nothing charged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smartecr.terminal.api import Kind, PaymentIntent
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import TerminalError, Unplugged
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.virtual import Action, Fault, Point
from support.zvt_shop import QUICK, Shop, shop


@pytest.fixture
def at() -> Iterator[Shop]:
    with shop() as made:
        yield made


def wrong_password(at: Shop) -> Any:
    return Shop(at.twin, at.link, TerminalProfile(password="999999", timers=QUICK)).payments.prepare()


def wrong_terminal(at: Shop) -> Any:
    return Shop(at.twin, at.link, TerminalProfile(password="123456", tid="11111111", timers=QUICK)).payments.prepare()


def wrong_currency(at: Shop) -> Any:
    return at.payments.run(PaymentIntent(id="x", kind=Kind.SALE, amount=100, created_at=at.now, currency="CHF"))


def nothing(at: Shop) -> Any:
    return at.run(Kind.SALE, 0)


def too_large(at: Shop) -> Any:
    return at.run(Kind.SALE, 10**12)


def too_large_for_the_contract(at: Shop) -> Any:
    return at.run(Kind.SALE, 99_999_999)


def busy(at: Shop) -> Any:
    at.payments.prepare()
    at.twin.script.add(Fault(Point.BEFORE_ACCEPT, Action.BUSY, command="0601"))
    return at.run(Kind.SALE, 100)


def end_of_day_wanted(at: Shop) -> Any:
    at.pay(100)
    at.twin.host.mode = "unreachable"
    with pytest.raises(TerminalError):
        at.payments.end_of_day()
    at.twin.host.mode = "online"
    return at.run(Kind.SALE, 100)


def bank_offline(at: Shop) -> Any:
    at.twin.host.mode = "unreachable"
    return at.pay(100)


def unplugged(at: Shop) -> Any:
    at.twin.close()
    return at.run(Kind.SALE, 100)


ROWS: list[tuple[Callable[[Shop], Any], str, str, str]] = [
    (wrong_password, "terminal_config", "passen nicht zusammen", "Passwort"),
    (wrong_terminal, "terminal_foreign", "anderes Kartenterminal", "Wechsel"),
    (wrong_currency, "terminal_invalid_amount", "lässt sich nicht mit Karte zahlen", "Betrag prüfen"),
    (nothing, "terminal_invalid_amount", "lässt sich nicht mit Karte zahlen", "Betrag prüfen"),
    (too_large, "terminal_invalid_amount", "lässt sich nicht mit Karte zahlen", "Betrag prüfen"),
    (too_large_for_the_contract, "", "Betrag zu groß", ""),
    (busy, "terminal_busy", "ist beschäftigt", "noch einmal versuchen"),
    (end_of_day_wanted, "terminal_needs_end_of_day", "", "Kassenschnitt"),
    (bank_offline, "terminal_host_unreachable", "", "Noch einmal versuchen"),
    (unplugged, "terminal_unplugged", "nicht erreichbar", "Kabel"),
]


@pytest.mark.parametrize(("happens", "code", "message", "step"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_it_is_said_in_german_with_a_next_step(
    at: Shop, happens: Callable[[Shop], Any], code: str, message: str, step: str
) -> None:
    before = at.bank
    said, then, found = told(lambda: happens(at))
    assert code in ("", found)
    assert message in said and step in then
    assert len(said.split()) >= 2 and len(then.split()) >= 4
    assert not any(word in said + then for word in ("Error", "error", "Fehler!", "failed", "0x"))
    assert at.bank - before == (100 if happens is end_of_day_wanted else 0)


def told(ask: Callable[[], Any]) -> tuple[str, str, str]:
    """Return sentence, next step and code of what went wrong, raised or told in the outcome."""
    try:
        outcome = ask()
    except TerminalError as error:
        assert error.money == "none"
        return error.message, error.next_step, error.code
    if outcome.error is not None:
        assert outcome.error.money == "none"
        return outcome.error.message, outcome.error.next_step, outcome.error.code
    assert not outcome.result.approved
    return outcome.result.reason or outcome.result.text, outcome.result.next_step, outcome.result.error


@pytest.mark.parametrize("policy", ["keep", "reverse", "decline"])
def test_the_cable_is_out_for_five_minutes(at: Shop, monkeypatch: pytest.MonkeyPatch, policy: Any) -> None:
    at.twin.setup.switches.policy = policy
    at.payments.prepare()
    at.twin.script.add(Fault(Point.AFTER_RESULT, Action.CLOSE, command="0601"))
    outcome = at.pay(1234)
    assert outcome.state is State.IN_DOUBT and outcome.error is not None
    assert outcome.error.message and "Nichts wiederholen" in outcome.error.next_step
    began, whole = at.now, at.driver.connect

    def out() -> Any:
        if at.now < began + 300:
            raise Unplugged("cable")
        return whole()

    monkeypatch.setattr(at.driver, "connect", out)
    asked = 0
    while at.now < began + 300:
        with pytest.raises(TerminalError) as away:
            at.payments.resolve()
        assert away.value.transient and "nicht erreichbar" in away.value.message
        with pytest.raises(TerminalError) as locked:
            at.run(Kind.SALE, 500)
        assert locked.value.code == "terminal_payment_pending"
        asked += 1
        at.now += 5
    assert asked == 60
    at.twin.wait_idle()
    resolved = at.payments.resolve()
    assert resolved is not None and resolved.settled
    assert at.net == at.bank == (1234 if policy == "keep" else 0)
    assert at.pay(500).state is State.COMPLETED
