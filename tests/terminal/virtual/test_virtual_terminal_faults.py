"""The strict side: breaches are recorded, faults strike at their point, and money in doubt follows the policy."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from smartecr.terminal.zvt.virtual import Action, Fault, Point, Setup
from support.zvt_register import ACK, END_OF_DAY, REGISTER_LINES, REPEAT, connected, pay, unit


def start(bench: Any, cents: int = 1200) -> None:
    """Send a payment and let a card be tapped; the result comes next."""
    bench.register.send(pay(cents))
    assert bench.register.read() == ACK
    for code in (0x0A, 0x0E, 0x04):
        assert bench.register.read()[3] == code
        bench.register.send(ACK)
        if code == 0x0A:
            bench.hands.tap("visa")()


def cut(bench: Any) -> None:
    bench.register.close()
    assert bench.terminal.wait_idle()


def states(bench: Any) -> list[str]:
    return [one.state for one in bench.terminal.books.all()]


# Breaches


def test_a_command_during_another_is_a_breach(bench: Any) -> None:
    start(bench)
    bench.register.read()
    bench.register.send(pay(100))
    assert bench.register.read().hex() == "849c00"
    bench.register.send(ACK)
    assert bench.terminal.front.wait_until(lambda: bool(bench.terminal.violations))
    assert "am Zug" in bench.terminal.violations[0]


def test_an_answer_nobody_asked_for_is_a_breach(bench: Any) -> None:
    bench.register.send(ACK)
    bench.register.run("0501051234560302")
    assert bench.terminal.violations == ["0600: Antwort 80 00, ohne dass etwas gefragt war"]


def test_no_answer_within_t3_is_a_breach_and_ends_the_connection(bench: Any, setup: Setup) -> None:
    setup.times.t3 = 0.05
    start(bench)
    assert bench.register.read()[:2].hex() == "040f"
    assert bench.register.read() == b""
    assert "T3" in bench.terminal.violations[0]
    assert bench.terminal.wait_idle()
    assert states(bench) == ["voided"]


@pytest.mark.parametrize("command", ["0601050400000000", "06010B04000000000100C7123456"])
def test_broken_fields_are_a_breach(bench: Any, command: str, setup: Setup) -> None:
    setup.switches.lenient = False
    assert bench.register.run(command).answer.hex() == "848300"
    assert bench.terminal.violations


def test_an_amount_that_is_no_number_is_a_breach(bench: Any) -> None:
    assert bench.register.run("060107040000000012AB").end == "061e01c8"
    assert bench.terminal.violations == ["0601: BMP 04 ist keine Zahl"]


def test_unknown_fields_are_forgiven_where_the_terminal_is_lenient(bench: Any) -> None:
    talk = bench.register.run("06501712345606123F210C60065501AA0501BB1002ABBA110177")
    assert talk.end == "060f00"


def test_a_second_connection_hears_that_the_terminal_is_busy(bench: Any) -> None:
    start(bench)
    with connected(bench.terminal, bench.address) as second:
        second.send("0501051234560302")
        assert second.read() == ACK
        assert second.read().hex() == "060f019c"
        second.send(ACK)
        second.send(pay(1))
        assert second.read().hex() == "849c00"
    while bench.register.read()[:2] != b"\x06\x0f":
        bench.register.send(ACK)
    bench.register.send(ACK)
    assert bench.terminal.wait_idle()
    assert bench.terminal.violations == []
    assert bench.terminal.books.net_cents() == 1200


def test_noise_hangs_nothing(bench: Any) -> None:
    with socket.create_connection(bench.address) as other:
        other.sendall(b"\x06\x01\xff\xff\xff" + bytes(500))
        assert bench.register.run("0501051234560302").end == "060f0100"


# Refusals of the register


def test_the_register_that_cannot_store_makes_the_terminal_reverse(bench: Any) -> None:
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"), answers={"040f": ["846600"]})
    assert talk.codes[-1] == 0x05
    assert talk.end == "061e0166"
    assert states(bench) == ["voided"]
    assert bench.terminal.books.net_cents() == 0
    visa = bench.terminal.machine.cards["visa"]
    assert bench.terminal.host.memory(visa).balance_cents == visa.balance_cents


def test_a_receipt_that_cannot_be_stored_reverses_too(bench: Any) -> None:
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"), answers={"06d3": ["800000", "84cc00"]})
    assert states(bench) == ["voided"]
    assert talk.end == "061e01cc"


def test_please_wait_makes_the_terminal_repeat_the_result(bench: Any) -> None:
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"), answers={"040f": ["849c00"] * 3})
    assert len(talk.only("040f")) == 4
    assert len(set(talk.only("040f"))) == 1
    assert states(bench) == ["booked"]


# Money in doubt


@pytest.mark.parametrize(("policy", "state", "cents"), [
    ("reverse", "voided", 0), ("keep", "booked", 1200), ("decline", "declined", 0),
])  # fmt: skip
@pytest.mark.parametrize(
    "fault",
    [
        Fault(Point.BEFORE_RESULT, Action.CLOSE),
        Fault(Point.AFTER_RESULT, Action.CLOSE),
        Fault(Point.RESULT_ACKNOWLEDGED, Action.CLOSE),
        Fault(Point.BEFORE_RECEIPT, Action.CLOSE),
        Fault(Point.AFTER_RECEIPT, Action.CLOSE),
    ],
    ids=lambda fault: fault.point.value,
)
def test_without_acknowledgement_the_policy_decides(
    bench: Any, setup: Setup, policy: Any, state: str, cents: int, fault: Fault
) -> None:
    setup.switches.policy = policy
    bench.terminal.script.add(Fault(fault.point, fault.action))
    start(bench)
    while bench.register.read():
        bench.register.send(ACK)
    assert bench.terminal.wait_idle()
    assert (states(bench), bench.terminal.books.net_cents()) == ([state], cents)
    assert bench.terminal.script.waiting() == []
    with connected(bench.terminal, bench.address) as again:
        repeated = again.run(REPEAT)
        assert (repeated.end == "060f00") == (state == "booked")
    assert bench.terminal.violations == []


@pytest.mark.parametrize("point", [Point.BEFORE_COMPLETION, Point.AFTER_COMPLETION])
def test_a_lost_completion_never_takes_money_back(bench: Any, point: Point) -> None:
    bench.terminal.script.add(Fault(point, Action.CLOSE, command="0601"))
    start(bench)
    while bench.register.read():
        bench.register.send(ACK)
    assert bench.terminal.wait_idle()
    assert states(bench) == ["booked"]


@pytest.mark.parametrize("point", [Point.BEFORE_ACCEPT, Point.AFTER_ACCEPT])
def test_cut_at_the_acceptance_nothing_is_charged(bench: Any, point: Point) -> None:
    bench.terminal.script.add(Fault(point, Action.CLOSE))
    bench.register.send(pay(1200))
    while bench.register.read():
        pass
    assert bench.terminal.wait_idle()
    assert states(bench) == []


def test_a_register_that_goes_while_the_customer_is_asked_ends_it(bench: Any) -> None:
    bench.register.send(pay(1200))
    bench.register.read()
    bench.register.read()
    cut(bench)
    assert states(bench) == []
    assert not bench.terminal.reader.tap("visa")


def test_the_next_transaction_synchronises_by_its_number(bench: Any, setup: Setup) -> None:
    setup.switches.policy, setup.switches.sync_number = "keep", True
    first = bench.register.run(pay(100), bench.hands.tap("visa"))
    assert bytes.fromhex("1F1F020001") in first.result[0x06]
    bench.terminal.script.add(Fault(Point.AFTER_RESULT, Action.CLOSE))
    start(bench, 1200)
    while bench.register.read():
        pass
    assert bench.terminal.wait_idle()
    assert bench.terminal.books.net_cents() == 1300
    with connected(bench.terminal, bench.address) as again:
        bench.register = again
        told = unit("0601", "0400000000070049097806051f1f020001")
        talk = again.run(told, bench.hands.tap("visa"))
        assert talk.result[0x87].hex() == "0002"
        assert states(bench) == ["booked", "voided", "booked"]
        same = unit("0601", "0400000000000149097806051f1f020002")
        again.run(same, bench.hands.tap("visa"))
    assert bench.terminal.books.net_cents() == 801


# Faults of the wire


def test_busy_is_refused_and_works_the_next_time(bench: Any) -> None:
    bench.terminal.script.add(Fault(Point.BEFORE_ACCEPT, Action.BUSY))
    assert bench.register.run(pay(100)).answer.hex() == "849c00"
    assert bench.register.run(pay(100), bench.hands.tap("visa")).end == "060f00"


def test_a_pulled_cable_loses_nothing(bench: Any) -> None:
    bench.terminal.script.add(Fault(Point.BEFORE_RESULT, Action.CABLE, seconds=0.2))
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"))
    assert talk.end == "060f00"
    assert bench.terminal.script.struck == [(Point.BEFORE_RESULT, Action.CABLE)]


def test_a_doubled_result_wants_two_answers(bench: Any) -> None:
    bench.terminal.script.add(Fault(Point.BEFORE_RESULT, Action.DUPLICATE))
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"))
    assert len(talk.only("040f")) == 2
    assert talk.end == "060f00"
    assert bench.terminal.books.net_cents() == 1200


def test_a_lost_byte_leaves_the_register_waiting(bench: Any, setup: Setup) -> None:
    setup.times.t3 = 0.1
    bench.terminal.script.add(Fault(Point.BEFORE_RESULT, Action.DROP_BYTE))
    start(bench)
    assert bench.register.read() == b""
    assert bench.terminal.wait_idle()
    assert states(bench) == ["voided"]


def test_a_stray_answer_comes_before_the_result(bench: Any) -> None:
    bench.terminal.script.add(Fault(Point.BEFORE_RESULT, Action.STRAY))
    start(bench)
    assert bench.register.read() == ACK
    assert bench.register.read()[:2].hex() == "040f"


def test_silence_after_the_acceptance(bench: Any) -> None:
    bench.terminal.script.add(Fault(Point.AFTER_ACCEPT, Action.SILENCE, seconds=0.2))
    bench.register.send("0501051234560302")
    assert bench.register.read() == ACK
    with pytest.raises(TimeoutError):
        bench.register.read(0.05)
    assert bench.register.read().hex() == "060f0100"


@pytest.mark.parametrize("habit", ["fragment", "coalesce"])
def test_bytes_alone_or_all_together(bench: Any, habit: str) -> None:
    setattr(bench.terminal.script.habits, habit, True)
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"))
    assert talk.end == "060f00"
    bench.register.run(END_OF_DAY)


def test_coalescing_puts_the_acceptance_and_the_first_message_together(bench: Any) -> None:
    bench.terminal.script.habits.coalesce = True
    bench.register.send("0501051234560302")
    assert bench.register._socket.recv(4096).hex() == "800000060f0100"
    bench.register.send(ACK)


# Product differences


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        ("unknown_tlv", True, "1f7e03010203"),
        ("long_trace", True, "1f2b0400000003"),
        ("odd_acknowledgement", True, None),
        ("bare_completion", True, None),
        ("receipts_first", True, None),
        ("status_texts", False, None),
        ("tell_charset", True, "1401ff"),
        ("charset", "latin-1", "48c44e444c"),
        ("receipt_end", 0x8F, "09018f"),
        ("status_after_registration", True, None),
    ],
)
def test_switches_change_what_goes_over_the_wire(
    bench: Any, setup: Setup, switch: str, value: Any, expected: str | None
) -> None:
    bench.register.run(pay(100), bench.hands.tap("visa"))
    plain = bench.register.run(pay(100), bench.hands.tap("visa"))
    setattr(setup.switches, switch, value)
    again = bench.register.run("060010123456BE09780301060626040A0206D3")
    assert again.end == "060f00" if switch == "bare_completion" else again.end.startswith("060f12")
    assert bool(again.only("040f")) == (switch == "status_after_registration")
    talk = bench.register.run(pay(100), bench.hands.tap("visa"))
    assert (expected or "") in b"".join(talk.messages).hex()
    assert not expected or expected not in b"".join(plain.messages).hex()
    assert (talk.answer.hex() == "840000") == (switch == "odd_acknowledgement")
    assert (talk.messages[3][:2].hex() == "06d3") == (switch == "receipts_first")
    assert (talk.only("04ff")[0].hex() == "04ff010a") == (switch == "status_texts")


def test_a_terminal_may_have_no_intermediate_status(bench: Any, setup: Setup) -> None:
    setup.switches.intermediate_status = False
    bench.register.send(pay(100))
    assert bench.register.read() == ACK
    bench.hands.tap("visa")()
    assert bench.register.read()[:2].hex() == "040f"


def test_a_result_may_end_in_a_field_nobody_knows(bench: Any, setup: Setup) -> None:
    setup.switches.unknown_bmp = True
    talk = bench.register.run(pay(100), bench.hands.tap("visa"))
    assert talk.only("040f")[0].endswith(bytes.fromhex("C7123456"))
    assert talk.end == "060f00"


def test_totals_may_all_stand_under_one_brand(bench: Any, setup: Setup) -> None:
    setup.switches.totals_in_one = True
    bench.register.run(pay(100), bench.hands.tap("visa"))
    assert bench.register.run(END_OF_DAY).result[0x60].hex()[8:22] == "01000000000100"


def test_tagged_lines_name_their_receipt(bench: Any, setup: Setup) -> None:
    setup.switches.tagged_lines = True
    bench.register.run(REGISTER_LINES)
    lines = bench.register.run(pay(100), bench.hands.tap("visa")).only("06d1")
    assert all(line.hex()[:-2].endswith("06041f0701") for line in lines)
    assert {line[-1] for line in lines} == {1, 2}


def test_a_pulled_cable_ends_connections_and_answers_no_new_ones(bench: Any) -> None:
    bench.terminal.plug(on=False)
    assert not bench.terminal.plugged
    assert bench.register.read() == b""
    with connected_to(bench) as deaf:
        assert deaf.read() == b""
    bench.terminal.plug(on=True)
    with connected_to(bench) as register:
        assert register.run(REGISTER_LINES).end.startswith("060f")


def connected_to(bench: Any) -> Any:
    return connected(bench.terminal, bench.address)
