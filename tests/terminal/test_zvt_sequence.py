"""Numbers of messages: where both sides agreed, every message bears one, and what is repeated is dealt with once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.terminal.test_zvt_session import Wire

from smartecr.terminal.zvt import apdu, bmp, commands, tlv
from smartecr.terminal.zvt.messages import Message, parse
from smartecr.terminal.zvt.sequence import Numbering, marked, number_of
from smartecr.terminal.zvt.session import Refusal, Session, Timers

PAY = bytes.fromhex("06010704000000001200")


def mark(number: int) -> str:
    return f"1f7303{number:06d}"


def ok(number: int) -> str:
    return f"80000806 06{mark(number)}".replace(" ", "")


def said(command: str, number: int, head: str = "") -> str:
    data = f"{head}0606{mark(number)}"
    return f"{command}{len(data) // 2:02x}{data}"


def session(wire: Wire) -> Session:
    made = Session(wire, Timers(), clock=lambda: wire.now)
    made.numbering.start()
    return made


def test_the_published_answer() -> None:
    assert marked(apdu.ACK, 1).hex() == "80000806061f7303000001"
    assert number_of(parse(bytes.fromhex("060F0806061F7303000011"))) == 11


def test_a_command_its_answer_and_what_follows_are_numbered() -> None:
    wire = Wire(ok(1), said("04ff", 2, "0a"), said("040f", 3, "2700"), said("060f", 4))
    session(wire).run(PAY, lambda _message: None)
    assert wire.sent == [marked(PAY, 1).hex(), ok(2), ok(3), ok(4)]


def test_a_repeated_message_gets_its_answer_again_and_is_dealt_with_once() -> None:
    heard: list[int] = []

    def handle(message: Message) -> bytes | None:
        heard.append(message.command)
        return apdu.refusal(0x66) if message.command == 0x040F else None

    result = said("040f", 2, "2700")
    wire = Wire(ok(1), result, result, said("060f", 3))
    session(wire).run(PAY, handle)
    assert heard == [0x040F, 0x060F]
    refused = marked(apdu.refusal(0x66), 2).hex()
    assert wire.sent[1:] == [refused, refused, ok(3)]


def test_equal_messages_with_their_own_numbers_are_two() -> None:
    heard: list[int] = []
    wire = Wire(ok(1), said("04ff", 2, "0a"), said("04ff", 3, "0a"), said("060f", 4))
    session(wire).run(PAY, lambda message: heard.append(message.command))
    assert heard == [0x04FF, 0x04FF, 0x060F]


def test_an_answer_to_an_older_message_is_not_taken_for_ours() -> None:
    wire = Wire(ok(1), said("060f", 2), "84000806061f7303000002", marked(apdu.refusal(0x9C), 3).hex())
    talk = session(wire)
    talk.run(PAY, lambda _message: None)
    with pytest.raises(Refusal):
        talk.run(PAY, lambda _message: None)


def test_a_terminal_that_leaves_the_numbers_out_is_understood() -> None:
    wire = Wire("800000", "040f022700", "060f00")
    assert session(wire).run(PAY, lambda _message: None).command == 0x060F
    assert wire.sent == [marked(PAY, 1).hex(), "800000", "800000"]


def test_after_the_largest_number_comes_one() -> None:
    numbering = Numbering()
    numbering.start()
    numbering.again(parse(marked(apdu.build(0x060F), 999_999)))
    assert numbering.following() == 1


@pytest.mark.parametrize(
    "unit",
    [
        commands.registration("123456", 0xBE, container=(tlv.node(0x12, b"\x48"),)),
        commands.authorisation(1010, tip=100),
        commands.status_enquiry("123456"),
        commands.end_of_day("123456"),
        commands.ABORT,
        apdu.build(0x04FF, b"\x0a" + bmp.write((), [tlv.node(0x24, [tlv.node(0x07, b"Karte")])])),
        apdu.build(0x06D1, b"\x40** KUNDENBELEG **\x06\x04\x1f\x07\x01\x02"),
        apdu.build(0x06D1, b"\x00Summe 12,34"),
        apdu.build(0x06D3, bmp.write((), [tlv.node(0x25, [tlv.node(0x07, b"x" * 300)])])),
        bytes.fromhex("060F0BF0F0F7322E31342E313500"),
    ],
    ids=lambda unit: unit[:2].hex(),
)
@pytest.mark.parametrize("value", [0, 1, 999_999])
def test_a_number_changes_nothing_else(unit: bytes, value: int) -> None:
    bare, numbered = parse(unit), parse(marked(unit, value))
    assert number_of(numbered) == value
    assert (numbered.command, numbered.head, dict(numbered.fields)) == (bare.command, bare.head, dict(bare.fields))
    assert [one for one in numbered.fields.tlv if one.tag != 0x1F73] == list(bare.fields.tlv)


@given(st.integers(1, 10**9), st.integers(0, 10**5), st.integers(0, 999_999))
def test_every_payment_can_bear_every_number(cents: int, tip: int, value: int) -> None:
    unit = marked(commands.authorisation(cents, tip=tip), value)
    assert number_of(parse(unit)) == value
    assert parse(unit).number(0x04) == cents
