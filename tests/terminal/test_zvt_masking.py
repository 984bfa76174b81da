"""Card data ends in the codec: no number, track, check value or password comes out of it in any form."""

from __future__ import annotations

import json
import logging
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.terminal.api import ReceiptType
from smartecr.terminal.masking import mask_card_number, mask_opaque, mask_text
from smartecr.terminal.zvt import apdu, bmp, commands, tlv
from smartecr.terminal.zvt.explain import explain
from smartecr.terminal.zvt.messages import parse
from smartecr.terminal.zvt.profile import TerminalProfile
from smartecr.terminal.zvt.receipts import block_of
from smartecr.terminal.zvt.results import card_number, result_of
from support.zvt_fake import Clock, FakeTerminal, Till
from support.zvt_vectors import RESULTS

#: numbers that check (Luhn), made for tests by their issuers
NUMBERS = [
    "4111111111111111",
    "5500005555555559",
    "371449635398431",
    "6011000990139424",
    "4222222222222",
    "30569309025904",
]


def spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


@pytest.mark.parametrize(
    ("packed", "masked"),
    [
        ("4111111111111111", "411111EEEEEE1111"),
        ("4711001234567890123F", "471100EEEEEEEEE0123F"),
        ("4222222222222F", "EEEEEEEEE2222F"),
        ("59666666 66D20021220100 17".replace(" ", ""), "EEEEEE6666FFFFFFFFFFFFFF"),
        ("474843EEEEEE7743", "474843EEEEEE7743"),
        ("EEEEEEEEEEEEEEE1229F", "EEEEEEEEEEEEEEE1229F"),
        ("", ""),
        ("12FF", "12FF"),
    ],
)
def test_of_a_card_number_the_first_six_and_last_four_remain(packed: str, masked: str) -> None:
    assert mask_card_number(bytes.fromhex(packed)).hex().upper() == masked


@given(st.integers(13, 19), st.randoms())
def test_never_more_than_ten_digits_remain_and_at_least_three_go(size: int, draw: random.Random) -> None:
    digits = "".join(str(draw.randint(0, 9)) for _ in range(size))
    packed = bytes.fromhex(digits + "F" * (size % 2))
    shown = card_number(mask_card_number(packed))
    assert len(shown) == size
    assert shown.count("*") >= max(3, size - 10)
    assert shown[-4:] == digits[-4:]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_number_in_a_text_is_masked_spaced_or_not(number: str) -> None:
    for written in (number, spaced(number), number[:4] + "-" + number[4:]):
        masked = mask_text(f"Karte: {written} gültig".encode("latin-1")).decode("latin-1")
        assert len(masked) == len(f"Karte: {written} gültig")
        assert number not in masked.replace(" ", "").replace("-", "")
        assert number[-4:] in masked.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "A0000000043060 7846C1A95B351C16",
        "Terminal-ID    28004869",
        "19.10.2021         13:30:04",
        "4111111111111112",  # does not check
        "0000013  0004  00000001",
        "DE89370400440532013000",
        "41111111111111111111111",  # too long
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_text(text.encode()) == text.encode()


def everywhere(number: str) -> list[bytes]:
    """A card number in every place a terminal or register could put it."""
    text = number.encode()
    packed = bytes.fromhex(number + "F" * (len(number) % 2))
    track = bytes.fromhex((number + "D2512201123456789").ljust(38, "F"))
    frames = [
        apdu.build(0x040F, bmp.write([(code, value)]))
        for code, value in (
            (0x22, packed),
            (0x22, track[:18]),
            (0x23, track),
            (0x24, track),
            (0x2D, b"%B" + text + b"^DOE/JANE^2512201"),
            (0x2E, track),
            (0xA7, packed),
            (0xD1, packed),
            (0x3C, b"Karte " + text),
            (0x8B, text + b"\0"),
        )
    ]
    frames += [
        apdu.build(0x040F, bmp.write((), [tlv.node(tag, value)]))
        for tag, value in (
            (0x5A, packed),
            (0x57, track),
            (0x1F08, text),
            (0x1F09, track),
            (0x1F0A, track),
            (0x1F1A, packed),
            (0x1F17, b"Fehler bei " + text),
            (0x46, text),
        )
    ]
    line = tlv.node(0x25, [tlv.node(0x07, b"PAN " + spaced(number).encode())])
    frames += [
        apdu.build(0x06D3, bmp.write((), [line])),
        apdu.build(0x06D1, b"\x00PAN " + text),
        apdu.build(0x04FF, b"\xff" + bmp.write((), [tlv.node(0x24, [tlv.node(0x07, text)])])),
        apdu.build(0x040F, b"\x10" + packed),  # behind a bitmap nobody knows
        apdu.build(0x040F, b"\x10" + text),
        apdu.build(0x060F, b"\xf0\xf1\xf9" + text.ljust(19) + b"\0"),
        apdu.build(0x061E, b"\x6c" + bmp.write((), [tlv.node(0x1F17, text)])),
        apdu.build(0x8000, b"\x10" + packed),
        apdu.build(0x060F, b"\x10" + packed),
        apdu.build(0x0FA1, text),
        apdu.build(0x0601, bmp.write([(0x22, packed), (0x0E, b"\x25\x12"), (0x3A, b"\xf1\x23")])),
    ]
    return frames


def leaks(said: str, number: str) -> bool:
    bare = said.upper().replace(" ", "").replace("-", "")
    ascii_hex = number.encode().hex().upper()
    return number in bare or ascii_hex in bare


@pytest.mark.parametrize("number", NUMBERS)
def test_no_card_number_comes_out_of_the_codec(number: str) -> None:
    for frame in everywhere(number):
        read = parse(frame)
        result = result_of(read, Clock().local())
        block = block_of(read, ReceiptType.CUSTOMER)
        held = f"{read.head!r}{dict(read.fields)!r}{read.fields.tlv!r}{read.fields.rest!r}"
        raw = "".join(value.hex() for value in [read.head, *read.fields.values(), read.fields.rest])
        raw += tlv.write(read.fields.tlv).hex()
        for said in (repr(read), repr(result), repr(block), block.text, held, raw, json.dumps(explain(frame))):
            assert not leaks(said, number), (frame.hex(), said)


def test_the_search_would_find_a_leak() -> None:
    number = NUMBERS[0]
    assert leaks(f"x {spaced(number)}", number)
    assert leaks(number.encode().hex(), number)


class Leaky(FakeTerminal):
    """A terminal that puts a full card number everywhere it can."""

    number = NUMBERS[0]

    def _pay(self, message: object) -> None:
        super()._pay(message)  # type: ignore[arg-type]
        self._to_come[-1:-1] = [frame for frame in everywhere(self.number) if frame[:2] in (b"\x06\xd3", b"\x04\xff")]
        self._out[1:1] = [frame for frame in everywhere(self.number) if frame[:2] == b"\x06\xd1"]


def test_no_card_number_comes_out_of_a_payment(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    till = Till(Leaky(Clock()))
    outcome = till.pay()
    till.terminal.cut = till.terminal.traffic + 300
    broken = till.pay("p2")
    said = repr(till.journal.records) + repr(till.events) + caplog.text + repr(outcome) + repr(broken)
    assert outcome.settled
    assert len(till.journal.records["p1"].receipts) >= 1
    assert not leaks(said, Leaky.number)


def test_passwords_are_in_no_text() -> None:
    profile = TerminalProfile(password="135791")
    frames = [
        commands.registration("135791", 0xBE),
        commands.reversal("135791", "1", 100),
        commands.refund("135791", 100),
        commands.end_of_day("135791"),
        commands.repeat_receipt("135791"),
        commands.status_enquiry("135791"),
        commands.turnover_totals("135791"),
        commands.initialisation("135791"),
        commands.set_date_time("135791", Clock().local()),
        apdu.build(0x0695, bytes.fromhex("135791135792")),
        apdu.build(0x0612, bytes.fromhex("1357910001")),
    ]
    for frame in frames:
        said = json.dumps(explain(frame)) + repr(parse(frame))
        assert "135791" not in said
        assert "password" in said or "<" in said
    assert "135791" not in repr(profile)


@given(st.binary(max_size=40))
def test_opaque_bytes_keep_their_length(value: bytes) -> None:
    assert len(mask_opaque(value)) == len(value)
    assert len(mask_text(value)) == len(value)
    assert len(mask_card_number(value)) == len(value)


def test_a_result_seen_in_the_field_keeps_its_masked_number() -> None:
    read = parse(bytes.fromhex(RESULTS[104][0]))
    assert result_of(read, Clock().local()).card == "474843******7743"
