"""Cut and kill everywhere: whatever a terminal does with an unacknowledged payment, the books agree with its host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest

from smartecr.terminal.api import Evidence, Kind, PaymentIntent, PaymentRef, TerminalResult
from smartecr.terminal.doubt import FINAL, State, judge
from smartecr.terminal.errors import Busy, PaymentPending, Rejected, TerminalError
from smartecr.terminal.journal import MemoryJournal
from support.zvt_fake import Clock, FakeTerminal, Policy, Till

POLICIES: tuple[Policy, ...] = ("reverse", "keep", "decline")
TAP, PIN = "Contactless payment 12,00", "Chip + PIN 12,00 (then a new registration)"
STOP = "Customer presses STOP at PIN"
PAYS, RESOLVES = 0x0601, 0x0620


def charges(terminal: FakeTerminal) -> int:
    return terminal.commands.count(PAYS)


def opened(policy: Policy = "keep", trace: str = TAP, *, receipts: bool = False) -> Till:
    """A till whose terminal has one older payment of the same amount: the classic trap."""
    till = Till(FakeTerminal(Clock(), policy, trace, receipts=receipts))
    till.terminal.trace_name = TAP
    assert till.pay("old").state is State.COMPLETED
    till.terminal.trace_name = trace
    till.terminal.clock.now += 3600
    return till


def traffic_of_one(trace: str, *, receipts: bool) -> int:
    till = opened("keep", trace, receipts=receipts)
    before = till.terminal.traffic
    till.pay()
    return till.terminal.traffic - before


def test_a_payment_without_trouble() -> None:
    till = opened(receipts=True)
    outcome = till.pay(amount=4711)
    assert outcome.state is State.COMPLETED
    assert outcome.result is not None
    assert outcome.result.amount == 4711
    assert till.agrees()
    assert [block.type for block in till.journal.records["p1"].receipts] == ["customer"]
    shown = [event.kind for event in till.events]
    assert shown[-6:] == ["requested", "remove_card", "present_card", "processing", "approved", "receipt_ready"]


def test_a_customer_who_stops() -> None:
    till = opened(trace=STOP)
    outcome = till.pay()
    assert outcome.state is State.ABORTED
    assert outcome.result is not None
    assert outcome.result.reason == "Abbruch durch Kunde"
    assert till.agrees()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("trace", "receipts"),
    [
        (TAP, False),
        (STOP, False),
        pytest.param(PIN, False, marks=pytest.mark.slow),
        pytest.param(TAP, True, marks=pytest.mark.slow),
    ],
)
def test_a_cut_at_every_byte(trace: str, receipts: bool, policy: Policy) -> None:
    size = traffic_of_one(trace, receipts=receipts)
    assert size > 150
    endings = set()
    for byte in range(size + 1):
        till = opened(policy, trace, receipts=receipts)
        charged = charges(till.terminal)
        till.terminal.cut = till.terminal.traffic + byte
        outcome = till.pay()
        if not outcome.settled:
            with pytest.raises(PaymentPending):
                till.pay("p2")
            resolved = till.resolve()
            assert resolved is not None
            outcome = resolved
        till.terminal.cut = None
        assert till.agrees(), (byte, outcome)
        assert charges(till.terminal) - charged <= 1
        endings.add(outcome.state)
        assert till.resolve() is None
    if trace != STOP:
        assert State.COMPLETED in endings
        assert State.NOT_CHARGED in endings
        assert (State.LOST_AFTER_ACK in endings) == (policy != "keep")


class Killed(BaseException):
    """The process ends here."""


class MortalJournal(MemoryJournal):
    """Ends the process at one of its writes, before or after it reached the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.die_at: int | None = None
        self.after = False
        self.trail: list[str] = []


def _mortal(name: str) -> Callable[..., Any]:
    def write(self: MortalJournal, *args: Any, **named: Any) -> None:
        self.trail.append(name)
        self.writes += 1
        due = self.die_at is not None and self.writes == self.die_at
        if due and not self.after:
            raise Killed
        getattr(MemoryJournal, name)(self, *args, **named)
        if due:
            raise Killed

    return write


for _name in ("begin", "note", "result", "receipt", "finish", "learn"):
    setattr(MortalJournal, _name, _mortal(_name))


def milestones() -> int:
    till = Till(FakeTerminal(Clock(), receipts=True), MortalJournal())
    till.pay()
    assert isinstance(till.journal, MortalJournal)
    assert till.journal.trail == ["learn", "begin", "note", "result", "note", "receipt", "finish"]
    return len(till.journal.trail)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_every_milestone(policy: Policy, after: bool) -> None:
    for point in range(1, milestones() + 1):
        till = Till(FakeTerminal(Clock(), policy, receipts=True), MortalJournal())
        assert isinstance(till.journal, MortalJournal)
        till.journal.die_at, till.journal.after = point, after
        with pytest.raises(Killed):
            till.pay()
        till.die()
        till.resolve()
        assert till.agrees(), (point, after)
        assert charges(till.terminal) <= 1


@pytest.mark.parametrize("policy", POLICIES)
def test_a_kill_while_resolving_is_resolved_again(policy: Policy) -> None:
    for point in range(1, 12):
        till = Till(FakeTerminal(Clock(), policy), MortalJournal())
        assert isinstance(till.journal, MortalJournal)
        till.payments.prepare()
        till.terminal.cut = till.terminal.traffic + 160
        assert till.pay().state is State.IN_DOUBT
        till.journal.die_at, till.journal.after = till.journal.writes + point, bool(point % 2)
        try:
            till.resolve()
        except Killed:
            till.die()
            till.resolve()
        assert till.agrees()
        assert charges(till.terminal) == 1


class FullDisk(MemoryJournal):
    """Fails at some writes, and the process lives on."""

    def __init__(self, *fails: str) -> None:
        super().__init__()
        self.fails = set(fails)

    def result(self, payment_id: str, result: TerminalResult, /) -> None:
        if "result" in self.fails:
            raise OSError(28, "No space left on device")
        super().result(payment_id, result)

    def begin(self, terminal_id: str, intent: PaymentIntent, /) -> None:
        if "begin" in self.fails:
            raise OSError(28, "No space left on device")
        super().begin(terminal_id, intent)

    def finish(self, *args: Any, **named: Any) -> None:
        if "finish" in self.fails:
            raise OSError(28, "No space left on device")
        super().finish(*args, **named)


def test_a_result_that_cannot_be_stored_is_refused_to_the_terminal() -> None:
    till = Till(FakeTerminal(Clock()), FullDisk("result"))
    outcome = till.pay()
    assert outcome.state is State.IN_DOUBT
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.money) == ("terminal_storage_failed", "unknown")
    assert till.terminal.host.net == 0
    assert till.resolve().state is State.NOT_CHARGED  # type: ignore[union-attr]
    assert till.agrees()


def test_an_intent_that_cannot_be_stored_is_not_sent() -> None:
    till = Till(FakeTerminal(Clock()), FullDisk("begin"))
    with pytest.raises(TerminalError) as caught:
        till.pay()
    assert (caught.value.code, caught.value.money) == ("terminal_storage_failed", "none")
    assert charges(till.terminal) == 0


def test_an_end_that_cannot_be_stored_is_resolved_later() -> None:
    journal = FullDisk("finish")
    till = Till(FakeTerminal(Clock()), journal)
    assert till.pay().state is State.IN_DOUBT
    journal.fails.clear()
    assert till.resolve().state is State.COMPLETED  # type: ignore[union-attr]
    assert till.agrees()


def test_a_late_wish_to_stop_reaches_no_later_payment() -> None:
    till = opened()
    till.payments.terminal.request_abort("old")
    assert till.pay().state is State.COMPLETED
    assert 0x06B0 not in till.terminal.commands


def test_a_driver_that_fails_in_the_middle_leaves_a_doubt_not_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    till = opened("keep")

    def fail(_intent: PaymentIntent, io: Any) -> TerminalResult:
        assert io.sending()
        raise KeyError("bug")

    monkeypatch.setattr(till.payments.terminal, "perform", fail)
    outcome = till.pay()
    assert outcome.state is State.IN_DOUBT
    assert outcome.error is not None
    assert outcome.error.money == "unknown"
    assert till.resolve().state is State.NOT_CHARGED  # type: ignore[union-attr]
    assert till.agrees()


def test_a_terminal_that_still_works_is_asked_again() -> None:
    till = opened("keep")
    till.terminal.cut = till.terminal.traffic + 200
    till.pay()
    till.terminal.busy_for = 2
    for _ in range(2):
        with pytest.raises(Busy):
            till.payments.resolve()
    assert till.payments.resolve() is not None
    assert till.agrees()


@pytest.mark.parametrize("policy", POLICIES)
def test_without_the_last_transaction_the_sum_decides(policy: Policy) -> None:
    till = opened(policy)
    till.terminal.tells_last = False
    till.terminal.cut = till.terminal.traffic + 300
    till.pay()
    till.resolve()
    assert till.agrees()


def test_without_any_evidence_a_person_decides() -> None:
    till = opened("keep")
    till.terminal.tells_last = till.terminal.tells_total = False
    till.terminal.cut = till.terminal.traffic + 300
    assert till.pay().state is State.IN_DOUBT
    outcome = till.resolve()
    assert outcome is not None
    assert outcome.state is State.MANUAL
    assert outcome.error is not None
    assert outcome.error.next_step
    with pytest.raises(PaymentPending):
        till.pay("p2")
    with pytest.raises(Rejected):
        till.payments.decide("other", charged=True, by="Anna", reason="Beleg")
    with pytest.raises(Rejected):
        till.payments.decide("p1", charged=True, by="", reason="Beleg")
    decided = till.payments.decide("p1", charged=True, by="Anna", reason="Beleg am Terminal", receipt_no="0162")
    assert decided.state is State.COMPLETED
    record = till.journal.records["p1"]
    assert (record.decided_by, record.reason) == ("Anna", "Beleg am Terminal")
    assert record.result is not None
    assert (record.result.amount, record.result.receipt_no) == (1200, "0162")
    assert till.agrees()
    assert till.journal.baseline("t1") is None  # an old number would let the next doubt end wrongly


def test_after_a_decision_by_hand_the_terminal_is_asked_what_it_did_last() -> None:
    till = opened("keep")
    till.terminal.tells_last = till.terminal.tells_total = False
    till.terminal.cut = till.terminal.traffic + 300
    till.pay()
    till.resolve()
    till.payments.decide("p1", charged=True, by="Anna", reason="Beleg am Terminal")
    till.terminal.tells_last = till.terminal.tells_total = True
    till.terminal.cut = till.terminal.traffic + 20 + 200  # within the commands that learn
    till.terminal.cut = None
    till.payments.prepare()
    till.terminal.policy = "reverse"
    till.terminal.cut = till.terminal.traffic + 160
    assert till.pay("p2").state is State.IN_DOUBT
    assert till.resolve().state is State.NOT_CHARGED  # type: ignore[union-attr]
    assert till.agrees()


# ---- the judgement itself, as a table

BASE = PaymentRef(receipt_no="0007", trace="000107", amount=500, tid="1", terminal_time="2026-11-25T10:00:00")
SENT = 1_795_600_920.0  # 2026-11-25T10:02:00 UTC


def ran(**changes: Any) -> TerminalResult:
    told: dict[str, Any] = {
        "approved": True,
        "result_code": "00",
        "amount": 500,
        "tid": "1",
        "receipt_no": "0008",
        "trace": "000108",
        "terminal_time": "2026-11-25T10:02:05",
    }
    return TerminalResult(**told | changes)


OLD = ran(receipt_no="0007", trace="000107", terminal_time="2026-11-25T10:00:00")
OF = {"receipt_no": "0005", "trace": "000105", "amount": 500}


def doubtful(**changes: Any) -> PaymentIntent:
    told: dict[str, Any] = {"id": "p", "kind": Kind.SALE, "amount": 500, "created_at": SENT, "baseline": BASE}
    return PaymentIntent(**told | changes)


CASES: list[tuple[str, PaymentIntent, dict[str, Any], dict[str, Any], str]] = [
    ("new and equal", doubtful(), {"last": ran()}, {}, "charged"),
    ("the one before", doubtful(), {"last": OLD}, {}, "not_charged"),
    (
        "the one before, told without time",
        doubtful(),
        {"last": ran(receipt_no="0007", trace="000107", terminal_time="")},
        {},
        "not_charged",
    ),
    ("same numbers in a new batch", doubtful(), {"last": ran(receipt_no="0007", trace="000107")}, {}, "charged"),
    ("another amount", doubtful(), {"last": ran(amount=501)}, {}, "unknown"),
    ("more than asked", doubtful(), {"last": ran(amount=550)}, {}, "unknown"),
    (
        "more than asked, tip at the terminal",
        doubtful(),
        {"last": ran(amount=550)},
        {"tip_at_terminal": True},
        "charged",
    ),
    (
        "less than asked, tip at the terminal",
        doubtful(),
        {"last": ran(amount=450)},
        {"tip_at_terminal": True},
        "unknown",
    ),
    ("another terminal", doubtful(), {"last": ran(tid="2")}, {}, "unknown"),
    ("too old", doubtful(), {"last": ran(terminal_time="2026-11-25T09:56:00")}, {}, "unknown"),
    ("within the skew", doubtful(), {"last": ran(terminal_time="2026-11-25T09:58:00")}, {}, "charged"),
    ("nothing told", doubtful(), {}, {}, "unknown"),
    ("still at work", doubtful(), {"busy": True, "last": OLD}, {}, "wait"),
    ("no baseline", doubtful(baseline=None), {"last": ran()}, {}, "unknown"),
    (
        "no baseline, sum contains it",
        doubtful(baseline=None),
        {"last": ran(), "total": 1500},
        {"expected_total": 1000},
        "charged",
    ),
    ("terminal was empty before", doubtful(baseline=PaymentRef()), {"last": ran()}, {}, "charged"),
    ("sum as before", doubtful(), {"total": 1000}, {"expected_total": 1000}, "not_charged"),
    ("sum contains it", doubtful(), {"total": 1500}, {"expected_total": 1000}, "charged"),
    ("sum is something else", doubtful(), {"total": 1499}, {"expected_total": 1000}, "unknown"),
    ("stored result is the last", doubtful(), {"last": ran()}, {"stored": ran()}, "charged"),
    (
        "stored result was taken back",
        doubtful(),
        {"last": ran(trace="000109", original_trace="000108")},
        {"stored": ran()},
        "not_charged",
    ),
    ("stored result is gone", doubtful(), {"last": OLD}, {"stored": ran()}, "not_charged"),
    (
        "stored, but another one like it is last",
        doubtful(),
        {"last": ran(trace="000109")},
        {"stored": ran()},
        "unknown",
    ),
    ("somebody's reversal of equal amount", doubtful(), {"last": ran(original_trace="000050")}, {}, "unknown"),
    ("found by our reference", doubtful(), {"found": True, "last": ran()}, {}, "charged"),
    ("not found by our reference", doubtful(), {"found": False}, {}, "not_charged"),
    (
        "reversal done",
        doubtful(kind=Kind.REVERSAL, original=PaymentRef(**OF)),
        {"last": ran(original_trace="105")},
        {},
        "charged",
    ),
    (
        "reversal of another",
        doubtful(kind=Kind.REVERSAL, original=PaymentRef(**OF)),
        {"last": ran(original_trace="104")},
        {},
        "unknown",
    ),
    ("reversal not done", doubtful(kind=Kind.REVERSAL, original=PaymentRef(**OF)), {"last": OLD}, {}, "not_charged"),
    ("refund in the sum", doubtful(kind=Kind.REFUND), {"total": 500}, {"expected_total": 1000}, "charged"),
    (
        "tip booked",
        doubtful(kind=Kind.TIP, amount=50, original=PaymentRef(**OF)),
        {"last": ran(amount=550)},
        {},
        "charged",
    ),
    ("release done", doubtful(kind=Kind.RELEASE, original=PaymentRef(**OF)), {"last": ran(amount=0)}, {}, "charged"),
    ("release and the sum", doubtful(kind=Kind.RELEASE), {"total": 5}, {"expected_total": 5}, "unknown"),
]


@pytest.mark.parametrize(
    ("intent", "told", "known", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_concluded(intent: PaymentIntent, told: dict[str, Any], known: dict[str, Any], says: str) -> None:
    assert judge(intent, Evidence(**told), zone=UTC, **known).says == says


def test_a_final_state_is_final() -> None:
    assert State.IN_DOUBT not in FINAL
    assert State.MANUAL not in FINAL
    assert State.ACKED not in FINAL
