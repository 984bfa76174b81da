"""The service of a terminal: one worker, abort from any thread, upkeep while idle, doubts that resolve themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from smartecr.terminal.api import Kind, Maintenance, PaymentIntent
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import Aborted, PaymentPending, TerminalError, Unplugged
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.service import TerminalService
from smartecr.terminal.zvt.virtual import Action, Fault, Point
from support.zvt_shop import NOON, Shop, shop


class Counter:
    """A shop whose payments belong to a service, and a way to wait for its events."""

    def __init__(self, at: Shop, keep_warm: float = 60.0) -> None:
        self.at = at
        self.service = TerminalService(at.payments, keep_warm=keep_warm, pauses=(0.01, 0.02))
        self.events: list[PaymentEvent] = []
        self.news = threading.Condition()
        self.unsubscribe = self.service.subscribe(self.hear)

    def hear(self, event: PaymentEvent) -> None:
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def wait_for(self, true: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(true, 10), [event.kind for event in self.events]

    def wait_event(self, kind: EventKind) -> PaymentEvent:
        self.wait_for(lambda: kind in [event.kind for event in self.events])
        return next(event for event in self.events if event.kind is kind)

    def intent(self, payment_id: str = "p1", amount: int = 1234) -> PaymentIntent:
        return PaymentIntent(id=payment_id, kind=Kind.SALE, amount=amount, created_at=NOON)


class Gate:
    """Work that begins, and goes on once the gate is open."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._begun, self._opened = threading.Event(), threading.Event()

    def __call__(self) -> object:
        self._begun.set()
        assert self._opened.wait(30)
        return self._work()

    def reached(self) -> None:
        """Wait until the work begins."""
        assert self._begun.wait(30)

    def open(self) -> None:
        """Let it go on, this time and later."""
        self._opened.set()


@pytest.fixture
def counter() -> Iterator[Counter]:
    with shop() as at:
        made = Counter(at)
        yield made
        made.service.close()


def test_a_payment_from_another_thread(counter: Counter) -> None:
    paid = counter.service.pay(counter.intent())
    counter.at.hands.tap("visa")()
    outcome = paid.result(10)
    assert outcome.state is State.COMPLETED
    assert counter.service.state.level in ("busy", "ready")
    counter.wait_event(EventKind.APPROVED)


def test_the_cashier_aborts(counter: Counter) -> None:
    paid = counter.service.pay(counter.intent())
    counter.wait_event(EventKind.PRESENT_CARD)
    counter.service.abort("p1")
    assert paid.result(10).state is State.ABORTED
    kinds = [event.kind for event in counter.events]
    assert kinds.index(EventKind.ABORT_REQUESTED) < kinds.index(EventKind.ABORTED)


def test_an_abort_without_a_payment_stops_nothing(counter: Counter) -> None:
    counter.service.status().result(10)
    counter.service.abort("p0")
    paid = counter.service.pay(counter.intent())
    counter.wait_event(EventKind.PRESENT_CARD)
    counter.service.abort("p0")
    counter.at.hands.tap("visa")()
    assert paid.result(10).state is State.COMPLETED
    counter.service.abort("p1")
    paid = counter.service.pay(counter.intent("p2"))
    counter.at.hands.tap("visa")()
    assert paid.result(10).state is State.COMPLETED
    assert EventKind.ABORT_REQUESTED not in [event.kind for event in counter.events]


def test_a_payment_that_waits_for_its_turn_is_not_sent_when_it_shall_stop(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Gate(counter.at.driver.status)
    monkeypatch.setattr(counter.at.driver, "status", asked)
    busy = counter.service.status()
    asked.reached()
    first, second = counter.service.pay(counter.intent()), counter.service.pay(counter.intent("p2"))
    counter.service.abort("p1")
    with pytest.raises(Aborted):
        first.result(0)
    asked.open()
    busy.result(10)
    counter.at.hands.tap("visa")()
    assert second.result(10).state is State.COMPLETED
    assert list(counter.at.journal.records) == ["p2"]


def test_a_payment_taken_up_and_not_sent_yet_is_not_sent_when_it_shall_stop(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching = Gate(counter.at.payments.prepare)
    monkeypatch.setattr(counter.at.payments, "prepare", reaching)
    paid = counter.service.pay(counter.intent())
    reaching.reached()
    counter.service.abort("p1")
    reaching.open()
    with pytest.raises(Aborted):
        paid.result(10)
    assert counter.at.journal.records == {}
    paid = counter.service.pay(counter.intent("p2"))
    counter.at.hands.tap("visa")()
    assert paid.result(10).state is State.COMPLETED
    assert counter.at.net == counter.at.bank == 1234


@pytest.mark.parametrize("point", [Point.BEFORE_RESULT, Point.AFTER_RESULT, Point.RESULT_ACKNOWLEDGED])
def test_a_doubt_is_resolved_by_itself(counter: Counter, point: Point) -> None:
    counter.at.twin.script.add(Fault(point, Action.CLOSE, command="0601"))
    paid = counter.service.pay(counter.intent())
    counter.at.hands.tap("visa")()
    assert paid.result(10).state is State.IN_DOUBT
    counter.wait_event(EventKind.RESOLVED)
    assert counter.service.resolve().result(10) is None
    assert counter.at.net == counter.at.bank
    assert counter.at.journal.open("t1") is None


def test_nothing_else_moves_money_while_one_is_in_doubt(counter: Counter) -> None:
    counter.service.status().result(10)
    journal = counter.at.journal
    journal.begin("t1", counter.intent("lost"))
    with pytest.raises(PaymentPending):
        counter.service.pay(counter.intent("p2")).result(10)
    journal_state = counter.service.resolve().result(10)
    assert journal_state is None or journal_state.state is State.NOT_CHARGED


def test_what_was_open_when_the_process_ended_is_resolved_at_the_start() -> None:
    with shop() as at:
        at.payments.prepare()
        at.journal.begin("t1", PaymentIntent(id="lost", kind=Kind.SALE, amount=1, created_at=NOON))
        counter = Counter(at)
        counter.service.resolve().result(10)
        assert at.journal.open("t1") is None
        assert at.journal.records["lost"].state is State.NOT_CHARGED
        counter.service.close()


def test_requests_of_all_kinds(counter: Counter) -> None:
    service = counter.service
    assert service.status().result(10).ready
    assert service.totals().result(10).total == 0
    assert service.open_reservations().result(10) == []
    assert service.repeat_receipts().result(10) == ()
    service.maintain(Maintenance.DIAGNOSE).result(10)
    assert service.end_of_day().result(10).closed
    with pytest.raises(TerminalError):
        service.decide("none", charged=False, by="Anna", reason="x").result(10)


def test_the_terminal_is_kept_warm_and_found_again(counter: Counter) -> None:
    counter.service.status().result(10)
    counter.service.close()
    warm = Counter(counter.at, keep_warm=0.01)
    notes = counter.at.twin.front.notes
    notes.clear()
    assert counter.at.twin.front.wait_until(lambda: sum("0501" in note for note in notes) >= 3)
    warm.service.close()
    assert counter.at.twin.violations == []


def test_a_terminal_that_is_away_is_told_once_and_tried_again() -> None:
    with shop() as at:
        counter = Counter(at, keep_warm=0.01)
        counter.service.status().result(10)
        at.twin.close()
        event = counter.wait_event(EventKind.WARNING)
        assert "nicht erreichbar" in event.cashier_text or "abgerissen" in event.cashier_text
        with pytest.raises(TerminalError) as caught:
            counter.service.pay(counter.intent()).result(10)
        assert caught.value.money == "none"
        assert counter.service.state.level == "away"
        assert [event.kind for event in counter.events].count(EventKind.WARNING) == 1
        counter.service.close()


def test_a_listener_that_fails_hurts_nobody(counter: Counter) -> None:
    def fail(_event: PaymentEvent) -> None:
        raise ValueError("broken")

    stop = counter.service.subscribe(fail)
    paid = counter.service.pay(counter.intent())
    counter.at.hands.tap("visa")()
    assert paid.result(10).state is State.COMPLETED
    stop()


def test_a_closed_service_refuses(counter: Counter) -> None:
    counter.service.close()
    with pytest.raises(Unplugged):
        counter.service.status().result(1)


def test_what_the_terminal_wants_is_done_by_itself() -> None:
    with shop() as at:
        at.twin.machine.set_condition(0x51)
        counter = Counter(at, keep_warm=0.01)
        counter.wait_event(EventKind.MAINTENANCE)
        assert at.twin.front.wait_until(lambda: at.twin.machine.condition == 0)
        counter.service.close()


def test_an_end_of_day_that_is_wanted_is_told_and_left_to_people() -> None:
    with shop() as at:
        at.twin.machine.set_condition(0xF0)
        counter = Counter(at, keep_warm=0.01)
        event = counter.wait_event(EventKind.WARNING)
        assert "Kassenschnitt" in event.cashier_text
        assert at.journal.expected_total("t1") == 0
        counter.service.close()
