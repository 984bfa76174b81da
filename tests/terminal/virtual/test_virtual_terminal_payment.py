"""Paying at the virtual terminal over the wire: tap, chip, phone, refusals, and what the bank has in its books."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.terminal.zvt.virtual import Setup
from support.zvt_register import REGISTER_LINES, REGISTER_STATUS, REGISTER_TEXT, data_of, pay, unit

CARD, PIN, TAKE = 0x0A, 0x01, 0x0B


def kinds(talk: Any) -> list[str]:
    return [message[:2].hex() for message in talk.messages if message[:2] != b"\x04\xff"]


@pytest.fixture(autouse=True)
def clean(bench: Any) -> Any:
    """Whatever these tests do, the register by hand never breaks the protocol."""
    yield
    assert bench.terminal.violations == []


def test_a_tap_pays(bench: Any) -> None:
    talk = bench.register.run(pay(1200), bench.hands.tap("visa"))
    assert talk.codes == [CARD, 0x0E, 0x04]
    assert kinds(talk) == ["040f", "06d3", "06d3", "060f"]
    result = talk.result
    assert (result[0x27], result[0x04].hex(), result[0x49].hex()) == (b"\x00", "000000001200", "0978")
    assert (result[0x0B].hex(), result[0x87].hex(), result[0x29].hex()) == ("000001", "0001", "68123456")
    assert (result[0x0C].hex(), result[0x0D].hex()) == ("120000", "1125")
    assert result[0x22].hex() == "474843eeeeee7743"
    assert result[0x8A] == b"\x0a"
    assert result[0x8B] == b"Visa Debit\x00"
    assert b"\x1f\x10\x01\x00" in result[0x06]
    assert b"\x1f\x12\x01\x02" in result[0x06]
    assert bytes.fromhex("4307A0000000031010") in result[0x06]
    [booking] = bench.terminal.books.bookings()
    assert (booking.kind, booking.state, booking.paid_cents, booking.receipt, booking.trace) == (
        "payment", "booked", 1200, 1, 1,
    )  # fmt: skip


def test_chip_and_pin_pays_and_the_card_comes_out_before_the_result(bench: Any) -> None:
    hands = bench.hands
    talk = bench.register.run(pay(8050), hands.insert("giro-markt"), hands.pin("1234"), hands.remove)
    assert talk.codes == [CARD, 0x0E, PIN, 0x04, TAKE]
    assert b"\x1f\x10\x01\x02" in talk.result[0x06]
    assert b"\x1f\x12\x01\x01" in talk.result[0x06]
    assert talk.result[0x19] == b"\x70"
    assert bench.terminal.books.net_cents() == 8050


def test_a_card_that_waits_in_the_slot_is_read_at_once(bench: Any) -> None:
    assert bench.terminal.reader.insert("visa")
    talk = bench.register.run(pay(500), bench.hands.nothing, bench.hands.pin("1357"), bench.hands.remove)
    assert talk.end == "060f00"
    assert not bench.terminal.reader.insert("phone-apple")


def test_a_phone_pays_any_amount_without_pin_and_names_no_wallet(bench: Any) -> None:
    talk = bench.register.run(pay(130_000), bench.hands.tap("phone-apple"))
    assert talk.codes == [CARD, 0x0E, 0x04]
    assert talk.result[0x04].hex() == "000000130000"
    assert b"\x1f\x10\x01\x00" in talk.result[0x06]
    assert b"Apple" not in b"".join(talk.messages)


def test_a_locked_phone_is_asked_to_be_unlocked(bench: Any) -> None:
    hands = bench.hands
    talk = bench.register.run(pay(2000), hands.tap("phone-google", verified=False), hands.tap("phone-google"))
    assert talk.codes == [CARD, 0x0E, CARD, 0x0E, 0x04]
    assert b"Handy entsperren" in b"".join(talk.only("04ff"))
    assert talk.end == "060f00"


def test_a_large_tap_asks_for_the_pin(bench: Any) -> None:
    talk = bench.register.run(pay(5001), bench.hands.tap("giro-markt"), bench.hands.pin("1234"))
    assert talk.codes == [CARD, 0x0E, PIN, 0x04]
    assert b"\x1f\x10\x01\x02" in talk.result[0x06]


def test_some_cards_want_to_be_inserted_for_a_large_amount(bench: Any) -> None:
    hands = bench.hands
    talk = bench.register.run(
        pay(5001), hands.tap("giro-land"), hands.insert("giro-land"), hands.pin("4711"), hands.remove
    )
    assert talk.codes == [CARD, 0x0E, 0x04, CARD, 0x0E, PIN, 0x04, TAKE]
    assert b"Bitte Karte einstecken" in b"".join(talk.only("04ff"))
    assert bench.terminal.books.net_cents() == 5001


@pytest.mark.parametrize(
    ("card", "cents", "free"),
    [("giro-markt", 5000, 3), ("giro-linden", 100, 5), ("mastercard", 5000, 5)],
)
def test_the_counter_wants_the_pin_after_its_limit_and_starts_anew(
    bench: Any, card: str, cents: int, free: int
) -> None:
    """150 euro or five taps, as the issuer counts; the PIN resets the counter."""
    right = {"giro-markt": "1234", "giro-linden": "2580", "mastercard": "2468"}[card]
    for _ in range(free):
        assert PIN not in bench.register.run(pay(cents), bench.hands.tap(card)).codes
    assert PIN in bench.register.run(pay(cents), bench.hands.tap(card), bench.hands.pin(right)).codes
    assert PIN not in bench.register.run(pay(cents), bench.hands.tap(card)).codes


def test_a_wrong_pin_may_be_typed_again(bench: Any) -> None:
    hands = bench.hands
    talk = bench.register.run(pay(900), hands.insert("visa"), hands.pin("0000"), hands.pin("1357"), hands.remove)
    assert talk.codes == [CARD, 0x0E, PIN, 0x04, 0x15, PIN, 0x04, TAKE]
    assert talk.end == "060f00"


def test_three_wrong_pins_block_the_card(bench: Any) -> None:
    hands = bench.hands
    wrong = hands.pin("0000")
    talk = bench.register.run(pay(900), hands.insert("visa"), wrong, wrong, wrong)
    assert talk.result[0x27] == bytes([75])
    assert talk.end == "061e014b"
    assert kinds(talk) == ["040f", "061e"]
    hands.remove()
    again = bench.register.run(pay(100), hands.insert("visa"), hands.pin("1357"))
    assert again.result[0x27] == bytes([75])
    hands.remove()
    assert bench.terminal.books.net_cents() == 0


@pytest.mark.parametrize(
    ("card", "cents", "code", "text"),
    [
        ("giro-old", 100, 0x78, "Karte verfallen"),
        ("giro-blocked", 100, 62, "Karte gesperrt"),
        ("visa-stolen", 100, 43, "Karte gesperrt"),
        ("giro-empty", 501, 51, "Limit überschritten"),
    ],
)
def test_a_refusal_has_a_code_and_a_reason_and_no_approval(
    bench: Any, card: str, cents: int, code: int, text: str
) -> None:
    talk = bench.register.run(pay(cents), bench.hands.tap(card))
    assert talk.result[0x27] == bytes([code])
    assert talk.result[0x3C].decode("cp437") == text
    assert 0x3B not in talk.result
    assert 0x04 not in talk.result
    assert talk.end == f"061e01{code:02x}"
    assert bench.terminal.books.bookings() == []
    assert bench.terminal.front.screen.tone == "bad"


def test_a_broken_chip_cannot_be_read(bench: Any) -> None:
    talk = bench.register.run(pay(100), bench.hands.insert("mc-defect"))
    assert talk.result[0x27] == b"\x72"
    assert not bench.terminal.reader.tap("mc-defect")


@pytest.mark.parametrize("code", [5, 91, 2])
def test_the_bank_says_what_it_was_told_to_say(bench: Any, code: int) -> None:
    bench.terminal.host.next_codes.append(code)
    assert bench.register.run(pay(100), bench.hands.tap("visa")).result[0x27] == bytes([code])
    assert bench.register.run(pay(100), bench.hands.tap("visa")).result[0x27] == b"\x00"


def test_a_soft_decline_asks_for_the_card_in_the_slot(bench: Any) -> None:
    bench.terminal.host.next_codes.append(65)
    hands = bench.hands
    talk = bench.register.run(
        pay(100), hands.tap("giro-land"), hands.insert("giro-land"), hands.pin("4711"), hands.remove
    )
    assert talk.codes == [CARD, 0x0E, 0x04, CARD, 0x0E, PIN, 0x04, TAKE]
    assert talk.end == "060f00"


def test_the_bank_away(bench: Any) -> None:
    bench.terminal.host.mode = "unreachable"
    talk = bench.register.run(pay(100), bench.hands.tap("visa"))
    assert talk.result[0x27] == b"\x9b"
    assert talk.end == "061e019b"


def test_emergency_approves_small_amounts_offline(bench: Any) -> None:
    bench.terminal.host.mode = "emergency"
    talk = bench.register.run(pay(5000), bench.hands.tap("visa"))
    assert talk.result[0x19] == b"\x40"
    assert b"\x1f\x11\x01\x00" in talk.result[0x06]
    assert 0x3B not in talk.result
    assert bench.register.run(pay(5001), bench.hands.tap("visa"), bench.hands.pin("1357")).result[0x27] == b"\x9b"


def test_the_red_key_ends_it_before_the_card_and_at_the_pin(bench: Any) -> None:
    hands = bench.hands
    assert bench.register.run(pay(100), hands.stop).end == "061e016c"
    talk = bench.register.run(pay(100), hands.insert("visa"), hands.stop)
    assert talk.result[0x3C] == b"Abbruch durch Kunde"
    assert talk.end == "061e016c"


def test_a_card_pulled_too_early_ends_it(bench: Any) -> None:
    talk = bench.register.run(pay(100), bench.hands.insert("visa"), bench.hands.remove)
    assert talk.result[0x27] == b"\x6c"
    assert bench.terminal.books.bookings() == []


def test_nobody_comes(bench: Any, setup: Setup) -> None:
    setup.times.card = 0.02
    setup.times.keep_alive = 0.005
    talk = bench.register.run(pay(100))
    assert talk.end == "061e016c"
    assert talk.codes.count(CARD) > 1, "the register is kept patient"


def test_the_register_may_abort_while_the_customer_is_asked(bench: Any) -> None:
    register = bench.register
    register.send(pay(100))
    assert register.read().hex() == "800000"
    assert register.read()[:4].hex().startswith("04ff")
    register.send("800000")
    bench.terminal.front.wait_until(lambda: "nfc" in bench.terminal.reader.ways)
    register.send("06B000")
    assert register.read().hex() == "800000"
    assert register.read()[3:5].hex() == "276c"
    register.send("800000")
    assert register.read().hex() == "061e016c"
    register.send("800000")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (unit("0601", "04000000000000490978"), 0xC8),
        (unit("0601", "490978"), 0xC8),
        (unit("0601", "04000001000000490978"), 0xC3),
        (unit("0601", "04000000000100490840"), 0x6F),
    ],
)
def test_an_amount_the_terminal_does_not_take(bench: Any, command: str, code: int) -> None:
    talk = bench.register.run(command)
    assert talk.end == f"061e01{code:02x}"


def test_receipts_come_as_lines_as_blocks_or_not_at_all(bench: Any) -> None:
    bench.register.run(REGISTER_LINES)
    lines = bench.register.run(pay(100), bench.hands.tap("visa"))
    assert set(kinds(lines)) == {"040f", "06d1", "060f"}
    assert lines.only("06d1")[-1].hex() == "06d10181"
    bench.register.run(REGISTER_STATUS)
    assert kinds(bench.register.run(pay(100), bench.hands.tap("visa"))) == ["040f", "060f"]
    bench.register.run(REGISTER_TEXT)
    assert kinds(bench.register.run(pay(100), bench.hands.tap("visa"))) == ["040f", "06d3", "06d3", "060f"]


def test_lines_and_block_say_the_same(bench: Any) -> None:
    block = bench.register.run(pay(100), bench.hands.tap("visa")).only("06d3")[1]
    bench.register.run(REGISTER_LINES)
    lines = bench.register.run("0620051234560301").only("06d1")
    ends = [place for place, line in enumerate(lines) if line[3] == 0x81]
    texts = [line[4:] for line in lines[ends[0] + 1 : ends[1]]]
    assert len(texts) > 10
    for text in texts:
        assert b"\x07" + bytes([len(text)]) + text in data_of(block)


def test_a_register_without_intermediate_status_gets_none(bench: Any) -> None:
    bench.register.run("06000A123456B6097803010600")
    bench.register.send(pay(100))
    assert bench.register.read().hex() == "800000"
    bench.hands.tap("visa")()
    assert bench.register.read()[:2].hex() == "040f"
    for _ in range(100):
        bench.register.send("800000")
        if bench.register.read().hex() == "060f00":
            break
    bench.register.send("800000")


def test_tags_and_currency_only_for_a_register_that_sent_some(bench: Any) -> None:
    end = bench.register.run("060004123456BE").end
    assert end == "060f0719002968123456"
    result = bench.register.run(unit("0601", "04000000000100"), bench.hands.tap("visa")).result
    assert 0x06 not in result
    assert 0x49 not in result


def test_a_tip_at_the_terminal_comes_on_top(bench: Any, setup: Setup) -> None:
    setup.switches.tip_at_terminal = True
    talk = bench.register.run(unit("0601", "040000000010001948490978"), bench.hands.pin("150"), bench.hands.tap("visa"))
    assert talk.result[0x04].hex() == "000000001150"
    assert bytes.fromhex("1F3606000000000150") in talk.result[0x06]
    assert bench.terminal.books.net_cents() == 1150
