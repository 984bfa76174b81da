"""The driver against the virtual terminal over TCP and a serial line: every operation, and every way it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smartecr.terminal.api import Capability, Kind, Maintenance, PaymentIntent, PaymentRef, ReceiptType
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import (
    Aborted,
    EndOfDayFailed,
    ForeignTerminal,
    InvalidAmount,
    NotSupported,
    TerminalError,
    Unplugged,
)
from smartecr.terminal.events import EventKind
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import TcpLink
from smartecr.terminal.zvt.profile import RECEIPTS_BY_US, TerminalProfile
from smartecr.terminal.zvt.virtual import Action, Fault, Point, Setup, Switches, Times
from support.zvt_shop import HASTY, QUICK, Shop, shop


@pytest.fixture
def at() -> Iterator[Shop]:
    with shop() as made:
        yield made


@pytest.mark.parametrize("numbers", [False, True], ids=["plain", "numbered"])
@pytest.mark.parametrize("serial", [False, True], ids=["tcp", "serial"])
def test_a_day_over_either_wire(serial: bool, numbers: bool) -> None:
    setup = Setup(switches=Switches(numbers_messages=numbers), times=Times.hurried())
    with shop(setup, serial=serial) as at:
        paid = at.pay(1010)  # 10,10 has bytes that are doubled on a serial line
        assert paid.state is State.COMPLETED
        result = paid.result
        assert result is not None
        assert (result.amount, result.brand, result.technology, result.tid) == (1010, "Visa", "contactless", "68123456")
        assert result.card.startswith("474843")
        assert result.card.endswith("7743")
        pin = at.run(Kind.SALE, 6000, at.hands.insert("giro-markt"), at.hands.pin("1234"), at.remove)
        assert pin.state is State.COMPLETED
        back = at.run(Kind.REVERSAL, 1010, original=result.ref)
        assert back.state is State.COMPLETED
        assert back.result is not None
        assert int(back.result.original_trace) == int(result.trace)
        assert at.net == at.bank == 6000
        closed = at.payments.end_of_day()
        assert (closed.total, closed.closed) == (6000, True)
        assert at.journal.expected_total("t1") == 0
        assert at.twin.violations == []
        assert (at.twin.machine.dialogue.numbering.asked > 20) == numbers


def test_receipts_come_in_the_terminals_words(at: Shop) -> None:
    at.pay()
    receipts = at.journal.records["p1"].receipts
    assert {block.type for block in receipts} == {ReceiptType.MERCHANT, ReceiptType.CUSTOMER}
    customer = next(block for block in receipts if block.type is ReceiptType.CUSTOMER)
    paper = at.twin.front.paper or ()
    assert "12,34" in customer.text
    assert not paper
    kinds = [event.kind for event in at.events]
    assert kinds.index(EventKind.PRESENT_CARD) < kinds.index(EventKind.APPROVED)
    assert EventKind.RECEIPT_READY in kinds


@pytest.mark.parametrize(
    "switches",
    [
        Switches(text_blocks=False),
        Switches(text_blocks=False, tagged_lines=True, receipt_end=0x8F),
        Switches(text_blocks=False, receipt_end=0xFF),
        Switches(receipts_first=True),
        Switches(charset="latin-1"),
        Switches(charset="latin-1", tell_charset=True, bare_completion=True),
        Switches(unknown_bmp=True, unknown_tlv=True),
        Switches(odd_acknowledgement=True, long_trace=True),
        Switches(status_after_registration=True, intermediate_status=False),
        Switches(numbers_messages=True),
        Switches(numbers_messages=True, text_blocks=False, tagged_lines=True),
        Switches(numbers_messages=True, bare_completion=True),
    ],
    ids=lambda switches: "-".join(
        name for name in switches.__slots__ if getattr(switches, name) != getattr(Switches(), name)
    ),
)
def test_differences_of_products_do_not_matter(switches: Switches) -> None:
    with shop(Setup(switches=switches, times=Times.hurried())) as at:
        outcome = at.pay()
        assert outcome.state is State.COMPLETED
        assert outcome.result is not None
        assert (outcome.result.amount, bool(outcome.result.trace)) == (1234, True)
        texts = [block.text for block in at.journal.records["p1"].receipts]
        assert len(texts) == 2
        assert any("Händlerbeleg" in text or "HÄNDLERBELEG" in text for text in texts), texts
        assert at.twin.violations == []


def test_receipts_put_together_by_us_when_the_terminal_sends_none() -> None:
    profile = TerminalProfile(password="123456", config=RECEIPTS_BY_US, timers=QUICK)
    with shop(profile=profile) as at:
        assert at.pay().state is State.COMPLETED
        assert at.journal.records["p1"].receipts == ()
        assert Capability.RECEIPT_TEXT not in at.driver.capabilities


@pytest.mark.parametrize("habit", ["fragment", "coalesce"])
def test_packets_have_no_meaning(at: Shop, habit: str) -> None:
    setattr(at.twin.script.habits, habit, True)
    assert at.pay().state is State.COMPLETED
    assert at.twin.violations == []


def test_a_refused_card_says_why(at: Shop) -> None:
    outcome = at.pay(card="visa-stolen")
    assert outcome.state is State.DECLINED
    assert outcome.result is not None
    assert outcome.result.reason
    assert outcome.result.next_step
    event = next(event for event in at.events if event.kind is EventKind.DECLINED)
    assert event.customer_text == "Zahlung nicht möglich"
    assert at.net == at.bank == 0


def test_the_customer_stops(at: Shop) -> None:
    outcome = at.run(Kind.SALE, 1234, at.hands.stop)
    assert outcome.state is State.ABORTED
    assert EventKind.ABORTED in [event.kind for event in at.events]


def test_the_cashier_stops(at: Shop) -> None:
    def stop() -> None:
        assert at.twin.front.wait_until(lambda: "nfc" in at.twin.reader.ways)
        at.driver.request_abort("p1")

    outcome = at.run(Kind.SALE, 1234, stop)
    assert outcome.state is State.ABORTED
    assert at.twin.violations == []


def test_a_wish_to_stop_that_came_too_late_stops_nothing_else(at: Shop) -> None:
    at.pay()
    at.driver.request_abort("p1")
    assert at.pay().state is State.COMPLETED


def test_a_wish_to_stop_that_came_early_keeps_the_payment_from_the_terminal(at: Shop) -> None:
    at.driver.request_abort("p1")
    with pytest.raises(Aborted):
        at.run(Kind.SALE, 1234)
    assert "0601" not in " ".join(at.twin.front.notes)
    assert at.journal.records == {}
    assert at.pay().state is State.COMPLETED


def test_a_reservation_is_captured_or_released(at: Shop) -> None:
    reserved = at.run(Kind.RESERVATION, 5000, at.hands.tap("visa"))
    assert reserved.state is State.COMPLETED
    assert reserved.result is not None
    assert [ref.receipt_no for ref in at.driver.open_reservations()] == [reserved.result.receipt_no]
    captured = at.run(Kind.CAPTURE, 4200, original=reserved.result.ref)
    assert captured.state is State.COMPLETED
    assert at.driver.open_reservations() == []
    other = at.run(Kind.RESERVATION, 2000, at.hands.tap("visa"))
    assert other.result is not None
    assert at.run(Kind.RELEASE, 2000, original=other.result.ref).state is State.COMPLETED
    assert at.net == at.bank == 4200
    assert at.twin.violations == []


def test_a_refund_goes_to_a_card(at: Shop) -> None:
    at.pay()
    assert at.run(Kind.REFUND, 500, at.hands.tap("visa")).state is State.COMPLETED
    assert at.net == at.bank == 734


def test_a_tip_before_is_named_in_the_result(at: Shop) -> None:
    outcome = at.run(Kind.SALE, 1100, at.hands.tap("visa"), tip=100)
    assert outcome.result is not None
    assert (outcome.result.amount, outcome.result.tip) == (1100, 100)


def test_a_tip_at_the_terminal_is_told_apart() -> None:
    profile = TerminalProfile(password="123456", tip="terminal", timers=QUICK)
    with shop(Setup(switches=Switches(tip_at_terminal=True), times=Times.hurried()), profile) as at:

        def tip() -> None:
            assert at.twin.front.wait_until(lambda: at.twin.pad.asking == "amount")
            assert all(at.twin.pad.press(key) for key in ["1", "5", "0", "OK"])

        outcome = at.run(Kind.SALE, 1000, tip, at.hands.tap("visa"))
        assert outcome.result is not None
        assert (outcome.result.amount, outcome.result.tip) == (1150, 150)


def test_a_repeated_receipt_is_the_last_one(at: Shop) -> None:
    paid = at.pay()
    assert paid.result is not None
    again = at.driver.repeat_receipt(at.payments.recorder())
    assert again is not None
    assert (again.trace, again.amount) == (paid.result.trace, 1234)


def test_the_state_of_the_terminal_and_its_upkeep(at: Shop) -> None:
    status = at.driver.status()
    assert (status.ready, status.busy, status.code) == (True, False, "00")
    assert status.software
    recorder = at.payments.recorder()
    for action in (Maintenance.REGISTER, Maintenance.DIAGNOSE, Maintenance.INITIALISE, Maintenance.SET_TIME):
        at.driver.maintain(action, recorder)
    assert at.driver.totals(recorder).total == 0
    at.driver.maintain(Maintenance.LOG_OFF, recorder)
    assert at.pay().state is State.COMPLETED  # registers anew by itself
    assert at.twin.violations == []


def test_a_terminal_that_forgot_us_is_registered_with_and_asked_once_more(at: Shop) -> None:
    at.payments.prepare()
    at.twin.machine.registration.done = False
    assert at.pay().state is State.COMPLETED


def test_a_busy_terminal_refuses_before_anything_begins(at: Shop) -> None:
    at.payments.prepare()
    at.twin.script.add(Fault(Point.BEFORE_ACCEPT, Action.BUSY, command="0601"))
    outcome = at.run(Kind.SALE, 1234)
    assert outcome.state is State.REJECTED
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.money) == ("terminal_busy", "none")
    assert at.pay().state is State.COMPLETED


@pytest.mark.parametrize("amount", [0, -5, 10**12])
def test_an_amount_no_card_takes_is_refused_by_us(at: Shop, amount: int) -> None:
    with pytest.raises(InvalidAmount) as caught:
        at.run(Kind.SALE, amount)
    assert caught.value.money == "none"
    assert at.twin.books.all() == []


def test_an_amount_the_terminal_does_not_take(at: Shop) -> None:
    outcome = at.run(Kind.SALE, 99_999_999)
    assert outcome.state in (State.DECLINED, State.REJECTED)
    assert at.bank == 0


def test_a_foreign_currency_and_an_unknown_original_are_refused(at: Shop) -> None:
    chf = PaymentIntent(id="x", kind=Kind.SALE, amount=100, created_at=0, currency="CHF")
    with pytest.raises(InvalidAmount):
        at.payments.run(chf)
    with pytest.raises(NotSupported):
        at.run(Kind.REVERSAL, 100)
    with pytest.raises(NotSupported):
        at.run(Kind.TIP, 100, original=PaymentRef(receipt_no="0001"))


def test_another_terminal_is_not_used(at: Shop) -> None:
    strange = Shop(at.twin, at.link, TerminalProfile(password="123456", tid="11111111", timers=QUICK))
    with pytest.raises(ForeignTerminal):
        strange.payments.prepare()
    assert not at.link.is_open


def test_a_wrong_password_is_told(at: Shop) -> None:
    wrong = Shop(at.twin, at.link, TerminalProfile(password="999999", timers=QUICK))
    with pytest.raises(TerminalError) as caught:
        wrong.payments.prepare()
    assert caught.value.money == "none"
    assert "999999" not in str(caught.value) + repr(caught.value) + repr(wrong.profile)


def test_a_reversal_of_what_is_not_there_is_declined(at: Shop) -> None:
    at.payments.prepare()
    outcome = at.run(Kind.REVERSAL, 100, original=PaymentRef(receipt_no="0999"))
    assert outcome.state in (State.DECLINED, State.REJECTED)
    assert at.net == 0


def test_nobody_at_the_address() -> None:
    link = TcpLink("127.0.0.1", 1, connect_timeout=0.5)
    with pytest.raises(Unplugged):
        link.open()
    link.release()
    line = SerialLink("/dev/does-not-exist")
    with pytest.raises(Unplugged):
        line.open()
    line.release()


def test_a_connection_lost_while_idle_is_made_anew(at: Shop) -> None:
    at.pay()
    assert at.twin.front.wait_until(lambda: not at.twin.busy)
    at.twin.script.add(Fault(Point.AFTER_COMPLETION, Action.CLOSE))
    at.pay()
    assert at.twin.front.wait_until(lambda: not at.twin.busy and bool(at.twin.script.struck))
    assert at.pay().state is State.COMPLETED
    assert at.net == at.bank == 3 * 1234


CUTS = [
    Fault(Point.BEFORE_ACCEPT, Action.CLOSE),
    Fault(Point.AFTER_ACCEPT, Action.CLOSE),
    Fault(Point.BEFORE_RESULT, Action.CLOSE),
    Fault(Point.AFTER_RESULT, Action.CLOSE),
    Fault(Point.AFTER_RESULT, Action.DROP_BYTE),
    Fault(Point.RESULT_ACKNOWLEDGED, Action.CLOSE),
    Fault(Point.BEFORE_RECEIPT, Action.CLOSE),
    Fault(Point.AFTER_RECEIPT, Action.CLOSE),
    Fault(Point.BEFORE_COMPLETION, Action.CLOSE),
    Fault(Point.AFTER_COMPLETION, Action.CLOSE),
    Fault(Point.BEFORE_RESULT, Action.SILENCE, seconds=2.5),
    Fault(Point.BEFORE_RESULT, Action.STRAY),
    Fault(Point.AFTER_RESULT, Action.DUPLICATE),
    Fault(Point.AFTER_RECEIPT, Action.DUPLICATE),
]


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "numbers"), [("reverse", False), ("keep", True), ("decline", False)])
@pytest.mark.parametrize("fault", CUTS, ids=lambda fault: f"{fault.point}-{fault.action}")
def test_the_books_agree_with_the_bank_after_every_break(fault: Fault, policy: str, numbers: bool) -> None:
    switches = Switches(policy=policy, numbers_messages=numbers)  # type: ignore[arg-type]
    profile = TerminalProfile(password="123456", timers=HASTY if fault.action is Action.SILENCE else QUICK)
    with shop(Setup(switches=switches, times=Times.hurried()), profile) as at:
        at.pay()  # an older payment of the same amount: the classic trap
        at.twin.wait_idle(30)  # else the fault may meet the end of that one
        at.twin.script.add(Fault(fault.point, fault.action, fault.seconds, command="0601"))
        hands = () if fault.point in (Point.BEFORE_ACCEPT, Point.AFTER_ACCEPT) else (at.hands.tap("visa"),)
        outcome = at.run(Kind.SALE, 1234, *hands)
        for _ in range(60):
            if outcome.settled:
                break
            at.twin.wait_idle(30)
            try:
                resolved = at.payments.resolve()
            except TerminalError as error:
                assert error.transient, error
            else:
                assert resolved is not None
                outcome = resolved
        assert outcome.settled, outcome
        assert at.net == at.bank
        assert at.twin.wait_idle(30)  # else what breaks after the end breaks the next one
        assert at.pay(777).state is State.COMPLETED
        assert at.net == at.bank


@pytest.mark.parametrize("action", [Action.BAD_CRC, Action.REFUSE, Action.LOSE_ACK, Action.STALL])
@pytest.mark.parametrize("point", [Point.BEFORE_RESULT, Point.AFTER_RESULT])
def test_a_disturbed_line_loses_and_doubles_nothing(action: Action, point: Point) -> None:
    times = Times.hurried()
    times.t1, times.t2 = 0.1, 0.3
    with shop(Setup(times=times), serial=True) as at:
        at.twin.script.add(Fault(point, action, 0.3, command="0601"))
        outcome = at.pay()
        assert outcome.state is State.COMPLETED
        assert len(at.journal.records["p1"].receipts) == 2
        assert at.net == at.bank == 1234


def test_an_end_of_day_closes_the_batch_and_its_totals_are_stored(at: Shop) -> None:
    at.pay()
    closed = at.payments.end_of_day()
    assert (closed.total, closed.by_brand) == (1234, {"Visa": (1, 1234)})
    assert [block.type for block in closed.receipts] == [ReceiptType.ADMINISTRATION]
    assert at.payments.end_of_day().total == 0
    assert at.pay().state is State.COMPLETED
    assert at.journal.expected_total("t1") == 1234


def test_a_failed_end_of_day_is_wanted_before_the_next_payment(at: Shop) -> None:
    at.pay()
    at.twin.host.mode = "unreachable"
    with pytest.raises(EndOfDayFailed) as caught:
        at.payments.end_of_day()
    assert caught.value.next_step
    at.twin.host.mode = "online"
    assert at.driver.status().wants_end_of_day
    refused = at.run(Kind.SALE, 1234)
    assert refused.state is State.DECLINED
    assert refused.result is not None
    assert (refused.result.error, refused.result.result_code) == ("terminal_needs_end_of_day", "F0")
    assert "Kassenschnitt" in refused.result.next_step
    assert at.payments.end_of_day().total == 1234
    assert at.pay().state is State.COMPLETED
    assert at.net == at.bank


def test_a_bank_out_of_reach_is_told_and_nothing_is_charged(at: Shop) -> None:
    at.twin.host.mode = "unreachable"
    outcome = at.pay()
    assert outcome.state is State.DECLINED
    assert outcome.result is not None
    assert outcome.result.error == "terminal_host_unreachable"
    assert at.net == at.bank == 0


@pytest.mark.parametrize(
    ("code", "wants"),
    [(0x51, Maintenance.INITIALISE), (0x62, Maintenance.SET_TIME), (0xC2, Maintenance.DIAGNOSE)],
)
def test_the_terminal_says_what_it_wants(at: Shop, code: int, wants: Maintenance) -> None:
    at.twin.machine.set_condition(code)
    status = at.driver.status()
    assert (status.ready, status.wants) == (False, wants)
    assert status.message
    at.driver.maintain(wants, at.payments.recorder())
    assert at.driver.status().ready


def test_after_an_end_of_day_the_terminal_may_rest() -> None:
    hasty = TerminalProfile(password="123456", timers=HASTY)
    with shop(Setup(switches=Switches(update_after_closing=True), times=Times.hurried()), hasty) as at:
        at.pay()
        assert at.payments.end_of_day().rests == "update"
        for _ in range(200):
            try:
                at.payments.prepare()
            except TerminalError as error:
                assert (error.money, error.transient) == ("none", True)
            else:
                break
        assert at.pay().state is State.COMPLETED
        assert at.net == at.bank


def test_the_cable_is_out_for_a_while(at: Shop) -> None:
    at.payments.prepare()
    at.twin.script.add(Fault(Point.BEFORE_RESULT, Action.CABLE, 0.5, command="0601"))
    outcome = at.pay()
    if not outcome.settled:
        resolved = at.payments.resolve()
        assert resolved is not None
        outcome = resolved
    assert outcome.state is State.COMPLETED
    assert at.net == at.bank == 1234


def test_a_tip_is_booked_afterwards() -> None:
    profile = TerminalProfile(password="123456", tip="after", timers=QUICK)
    with shop(profile=profile) as at:
        paid = at.pay(1000)
        assert paid.result is not None
        tip = at.run(Kind.TIP, 150, original=paid.result.ref)
        assert tip.state is State.COMPLETED
        assert at.bank == 1150
