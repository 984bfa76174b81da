"""What the terminal asks people, what it offers, and how its words become events."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartecr.terminal.api import Kind, Menu, PaymentIntent, TerminalResult
from smartecr.terminal.errors import NoResult
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.zvt import apdu, bmp, tlv
from smartecr.terminal.zvt.messages import parse
from smartecr.terminal.zvt.operation import Operation
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.quiet import Quiet
from support.zvt_vectors import INTERMEDIATE, RESULTS

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Person(Quiet):
    """Answers questions and keeps what is told."""

    def __init__(self, answer: str | None = None) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[Menu] = []
        self.told: list[PaymentEvent] = []
        self.stored: list[TerminalResult] = []

    def ask(self, menu: Menu, /) -> str | None:
        self.asked.append(menu)
        return self.answer

    def event(self, event: PaymentEvent, /) -> None:
        self.told.append(event)

    def result(self, result: TerminalResult, /) -> bool:
        self.stored.append(result)
        return True


def say(person: Person, frame: bytes, *, profile: TerminalProfile | None = None, amount: int = 0) -> bytes | None:
    intent = PaymentIntent(id="p", kind=Kind.SALE, amount=amount, created_at=0) if amount else None
    return Operation(person, profile or TerminalProfile(), lambda: NOW, intent=intent).handle(parse(frame))


def item(text: bytes, value: int) -> tlv.Node:
    return tlv.node(0x2C, [tlv.node(0x07, text), tlv.node(0x19, bytes((value,)))])


MENU = apdu.build(
    0x040E,
    bmp.write(
        (), [tlv.node(0x2B, [tlv.node(0x17, b"\x02"), tlv.node(0x18, b"\x02"), item(b"girocard", 7), item(b"Visa", 9)])]
    ),
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("1", "8000050603190109"), ("0", "8000050603190107"), ("2", "846c00"), (None, "846c00"), ("x", "846c00")],
)
def test_a_menu_is_answered_by_the_value_of_the_chosen_item(answer: str | None, expected: str) -> None:
    person = Person(answer)
    reply = say(person, MENU)
    assert reply is not None
    assert reply.hex() == expected
    assert person.asked == [Menu(title="Anwendung wählen", items=("girocard", "Visa"), for_customer=True)]


def test_an_input_is_answered_by_what_was_typed() -> None:
    prompt = tlv.node(0x32, [tlv.node(0x24, [tlv.node(0x07, b"Kilometerstand")]), tlv.node(0x1F38, b"\x01")])
    person = Person("12345")
    reply = say(person, apdu.build(0x040D, bmp.write((), [prompt])))
    assert reply is not None
    assert parse(reply).tag(0x32, 0x1F3A) == b"12345"
    assert person.asked == [Menu(title="Kilometerstand", digits=True)]


@pytest.mark.parametrize(
    ("n", "kind", "cashier", "customer", "seconds"),
    [
        (
            33,
            EventKind.PRESENT_CARD,
            "Karte vorhalten einstecken/durchziehen",
            "Karte vorhalten einstecken/durchziehen",
            60,
        ),
        (63, EventKind.PRESENT_CARD, "Karte einstecken oder vorhalten", None, None),
        (40, EventKind.CUSTOMER_INPUT, "ENTER PIN & OK", "Bitte auf das Terminal schauen", 60),
        (41, EventKind.REMOVE_CARD, "Bitte Karte entnehmen!", "Bitte Karte entnehmen!", None),
    ],
)
def test_steps_become_events(n: int, kind: EventKind, cashier: str, customer: str | None, seconds: int | None) -> None:
    person = Person()
    say(person, bytes.fromhex(INTERMEDIATE[n][0]))
    (event,) = person.told
    assert (event.kind, event.cashier_text, event.timeout_s) == (kind, cashier, seconds)
    assert event.customer_text == (customer if customer is not None else event.customer_text)
    assert event.customer_text
    assert "PIN" not in event.customer_text


def test_a_clock_that_differs_is_told_and_ours_is_left_alone() -> None:
    for minutes, told in ((0, 0), (1, 0), (3, 1)):
        person = Person()
        clock = bmp.write([(0xAA, bytes.fromhex("261125")), (0x0C, bytes.fromhex(f"12{minutes:02d}00"))])
        assert say(person, apdu.build(0x0401, clock)) is None
        assert [event.kind for event in person.told] == [EventKind.WARNING] * told


def test_a_tip_is_only_told_apart_where_the_terminal_asks_for_one() -> None:
    frame = bytes.fromhex(RESULTS[42][0])  # 50,50 authorised
    person = Person()
    say(person, frame, profile=TerminalProfile(tip="terminal"), amount=5000)
    assert (person.stored[0].amount, person.stored[0].tip) == (5050, 50)
    person = Person()
    say(person, frame, amount=5000)
    assert person.stored[0].tip == 0


def test_a_repeated_result_is_stored_once() -> None:
    person = Person()
    intent = PaymentIntent(id="p", kind=Kind.SALE, amount=5050, created_at=0)
    operation = Operation(person, TerminalProfile(), lambda: NOW, intent=intent)
    for _ in range(2):
        assert operation.handle(parse(bytes.fromhex(RESULTS[42][0]))) is None
    assert len(person.stored) == 1


@pytest.mark.parametrize(
    ("frames", "end", "approved"),
    [
        ([42], "060F00", True),
        ([48], "061E016C", False),
        ([27], "060F00", False),
        ([27, 42], "060F00", True),  # a wrong PIN, then the right one
        ([], "061E016C", False),
        ([], "060F00", None),
        ([42], "061E016C", None),
    ],
)
def test_only_a_result_and_its_completion_say_that_it_was_paid(
    frames: list[int], end: str, approved: bool | None
) -> None:
    person = Person()
    intent = PaymentIntent(id="p", kind=Kind.SALE, amount=5050, created_at=0)
    operation = Operation(person, TerminalProfile(), lambda: NOW, intent=intent)
    for n in frames:
        read = parse(bytes.fromhex(RESULTS[n][0]))
        operation.handle(read)
        operation.answered(read)
    if approved is None:
        with pytest.raises(NoResult) as caught:
            operation.outcome(parse(bytes.fromhex(end)))
        assert caught.value.money == "unknown"
        return
    assert operation.outcome(parse(bytes.fromhex(end))).approved is approved
    kinds = [event.kind for event in person.told]
    assert (EventKind.APPROVED in kinds) is approved
    assert any(kind in (EventKind.DECLINED, EventKind.ABORTED) for kind in kinds) is (frames[:1] != [42])
