"""Everything but paying: reversal, refund, tip, reservation, end of day, repeats, registration, status, service."""

from __future__ import annotations

from typing import Any

import pytest

from smartecr.terminal.zvt.virtual import Setup
from support.zvt_register import END_OF_DAY, REGISTER_STATUS, REGISTER_TEXT, REPEAT, bitmaps, data_of, pay, unit

PASSWORD = "123456"


@pytest.fixture(autouse=True)
def clean(bench: Any) -> Any:
    """Whatever these tests do, the register by hand never breaks the protocol."""
    yield
    assert bench.terminal.violations == []


def tapped(bench: Any, cents: int, card: str = "visa") -> str:
    """Pay by tap; return the receipt number as BCD."""
    talk = bench.register.run(pay(cents), bench.hands.tap(card))
    assert talk.end == "060f00"
    return talk.result[0x87].hex()


def test_a_reversal_takes_the_payment_back_once(bench: Any) -> None:
    receipt = tapped(bench, 1200)
    talk = bench.register.run(unit("0630", f"{PASSWORD}87{receipt}"))
    assert talk.result[0x37].hex() == "000001"
    assert talk.result[0x04].hex() == "000000001200"
    assert talk.result[0x87].hex() == "0002"
    assert bench.terminal.books.net_cents() == 0
    assert bench.register.run(unit("0630", f"{PASSWORD}87{receipt}")).end == "061e01b4"


@pytest.mark.parametrize(("data", "code"), [("870099", 21), ("87000104000000001199", 64)])
def test_a_reversal_needs_the_right_original(bench: Any, data: str, code: int) -> None:
    tapped(bench, 1200)
    talk = bench.register.run(unit("0630", PASSWORD + data))
    assert talk.result[0x27] == bytes([code])
    assert bench.terminal.books.net_cents() == 1200


def test_no_reversal_after_the_end_of_day(bench: Any) -> None:
    receipt = tapped(bench, 1200)
    bench.register.run(END_OF_DAY)
    assert bench.register.run(unit("0630", f"{PASSWORD}87{receipt}")).result[0x27] == bytes([21])


def test_a_reversal_may_want_the_same_card(bench: Any, setup: Setup) -> None:
    setup.switches.reversal_needs_card = True
    receipt = tapped(bench, 1200)
    other = bench.register.run(unit("0630", f"{PASSWORD}87{receipt}"), bench.hands.tap("mastercard"))
    assert other.result[0x27] == bytes([57])
    assert bench.register.run(unit("0630", f"{PASSWORD}87{receipt}"), bench.hands.tap("visa")).end == "060f00"


def test_a_refund_goes_to_cards_that_allow_it(bench: Any) -> None:
    refund = unit("0631", f"{PASSWORD}04000000000700490978")
    talk = bench.register.run(refund, bench.hands.tap("visa"))
    assert talk.result[0x04].hex() == "000000000700"
    assert bench.terminal.books.net_cents() == -700
    assert bench.register.run(refund, bench.hands.tap("giro-markt")).result[0x27] == bytes([40])


def test_a_tip_is_booked_onto_a_payment_and_reversed_alone(bench: Any) -> None:
    receipt = tapped(bench, 1200)
    talk = bench.register.run(unit("060c", f"0400000000020087{receipt}"))
    assert talk.result[0x37].hex() == "000001"
    assert bench.terminal.books.net_cents() == 1400
    bench.register.run(unit("0630", f"{PASSWORD}87{talk.result[0x87].hex()}"))
    assert bench.terminal.books.net_cents() == 1200
    assert bench.register.run(unit("060c", "04000000000200870099")).result[0x27] == bytes([21])


def reserved(bench: Any, cents: int = 10_000) -> str:
    talk = bench.register.run(
        unit("0622", f"04{cents:012d}490978"), bench.hands.tap("giro-markt"), bench.hands.pin("1234")
    )
    assert talk.end == "060f00"
    return talk.result[0x87].hex()


def balance(bench: Any, card: str) -> int:
    return bench.terminal.host.memory(bench.terminal.machine.cards[card]).balance_cents


def test_a_reservation_moves_no_money_until_it_is_captured(bench: Any) -> None:
    before = balance(bench, "giro-markt")
    receipt = reserved(bench)
    assert bench.terminal.books.net_cents() == 0
    assert bench.register.run("06230387FFFF").end == f"061e04b887{receipt}"
    talk = bench.register.run(unit("0624", f"87{receipt}04000000006000490978"))
    assert talk.result[0x04].hex() == "000000006000"
    assert bench.terminal.books.net_cents() == 6000
    assert balance(bench, "giro-markt") == before - 6000
    assert bench.register.run("06230387FFFF").end == "061e04b887ffff"
    assert bench.register.run(unit("0624", f"87{receipt}04000000006000")).result[0x27] == b"\xb8"


def test_a_partial_reversal_names_what_was_not_used(bench: Any) -> None:
    receipt = reserved(bench)
    bench.register.run(unit("0623", f"194087{receipt}49097804000000001295"))
    assert bench.terminal.books.net_cents() == 8705


def test_a_released_reservation_gives_everything_back(bench: Any) -> None:
    before = balance(bench, "giro-markt")
    receipt = reserved(bench)
    talk = bench.register.run(unit("0625", f"194087{receipt}490978"))
    assert talk.result[0x04].hex() == "000000000000"
    assert (bench.terminal.books.net_cents(), balance(bench, "giro-markt")) == (0, before)


def test_more_than_was_reserved_cannot_be_captured(bench: Any) -> None:
    receipt = reserved(bench)
    assert bench.register.run(unit("0624", f"87{receipt}04000000010001")).result[0x27] == b"\xb7"


def test_two_open_reservations_are_both_listed(bench: Any) -> None:
    first, second = reserved(bench), reserved(bench)
    end = bench.register.run("06230387FFFF").end
    assert end == f"061e10b887{first}060a23080802{first}0802{second}"


def test_end_of_day_adds_up_by_brand_and_begins_anew(bench: Any) -> None:
    tapped(bench, 1200)
    tapped(bench, 300, "giro-markt")
    back = tapped(bench, 999)
    bench.register.run(unit("0630", f"{PASSWORD}87{back}"))
    sums = bench.register.run(unit("0610", PASSWORD)).result
    talk = bench.register.run(END_OF_DAY)
    assert talk.result[0x60] == sums[0x60]
    assert talk.result[0x04].hex() == "000000001500"
    table = talk.result[0x60].hex()
    assert table[:8] == "00010004"
    columns = [table[8 + 14 * place :][:14] for place in range(7)]
    assert columns[0] == "01000000000300"
    assert columns[4] == "03000000001200"
    assert set(columns) == {columns[0], columns[4], "0" * 14}
    assert b"Gesamt EUR" in data_of(talk.only("06d3")[0])
    assert bench.register.run(END_OF_DAY).result[0x60].hex() == "0" * 106


def test_a_failed_end_of_day_is_wanted_before_the_next_payment(bench: Any) -> None:
    bench.terminal.host.mode = "unreachable"
    failed = bench.register.run(END_OF_DAY)
    assert (failed.result[0x27], failed.end) == (b"\x77", "061e0177")
    bench.terminal.host.mode = "online"
    refused = bench.register.run(pay(100))
    assert refused.result[0x3C].decode("cp437") == "Kassenschnitt durchführen"
    assert refused.end == "061e01f0"
    assert bench.register.run("0501051234560302").end == "060f01f0"
    assert bench.register.run(END_OF_DAY).end == "060f00"
    tapped(bench, 100)


def test_after_end_of_day_the_terminal_may_be_deaf_for_an_update(bench: Any, setup: Setup) -> None:
    setup.switches.update_after_closing = True
    talk = bench.register.run(END_OF_DAY)
    assert talk.end == "060f0227e0"
    assert bench.register.read() == b""


def test_repeat_receipt_tells_the_last_success_again(bench: Any) -> None:
    assert bench.register.run(REPEAT).end == "061e0164"
    first = bench.register.run(pay(1200), bench.hands.tap("visa"))
    bench.register.run(pay(100), bench.hands.tap("giro-blocked"))
    again = bench.register.run(REPEAT)
    assert again.only("040f") == first.only("040f")
    assert again.only("06d3") == []
    printed = bench.register.run(unit("0620", PASSWORD))
    assert printed.only("040f") == []
    assert printed.only("06d3") == first.only("06d3")
    bench.register.run(END_OF_DAY)
    assert bench.register.run(REPEAT).only("040f") == first.only("040f")


def test_receipts_can_be_had_again_by_number(bench: Any) -> None:
    for cents in (100, 200, 300):
        tapped(bench, cents)
    talk = bench.register.run(unit("0612", PASSWORD + "00020003"))
    assert len(talk.only("06d3")) == 4
    assert len(bench.register.run(unit("0612", PASSWORD + "0001")).only("06d3")) == 2


@pytest.mark.parametrize(
    ("registration", "end"),
    [
        (REGISTER_STATUS, "060f0a19002968123456490978"),
        (REGISTER_TEXT, "060f1219002968123456490978060626040a0206d3"),
        ("060004123456BE", "060f0719002968123456"),
    ],
)
def test_registration_answers_what_was_agreed(bench: Any, registration: str, end: str) -> None:
    assert bench.register.run(registration).end == end


def test_a_character_set_is_agreed_and_used(bench: Any) -> None:
    end = bench.register.run(unit("0600", f"{PASSWORD}BE0978060b270314010126040a0206d3")).end
    assert "2703140101" in end
    merchant = bench.register.run(pay(100), bench.hands.tap("visa")).only("06d3")[0]
    assert "HÄNDLERBELEG".encode("latin-1") in merchant


def test_a_wrong_password_or_currency_is_refused(bench: Any) -> None:
    assert bench.register.run("060004999999BE").answer.hex() == "843700"
    assert bench.register.run("060006123456BE0840").answer.hex() == "841e036f0978"
    assert bench.register.run("065003999999").answer.hex() == "843700"


def test_unknown_commands_are_refused(bench: Any) -> None:
    assert bench.register.run("0FA1020001").answer.hex() == "848300"
    assert bench.register.run("06E200").answer.hex() == "848300"


def test_before_registration_and_after_log_off_no_payment(bench: Any) -> None:
    bench.register.send("060200")
    assert bench.register.read().hex() == "800000"
    bench.terminal.wait_idle()
    assert bench.register.run(pay(100)).end == "061e016b"


@pytest.mark.parametrize(
    ("enquiry", "end"),
    [
        ("050100", "060f17f0f1f9" + b"smartECR virtuell 1".hex() + "00"),
        ("0501051234560302", "060f0100"),
        ("0501051234560306", None),
    ],
)
def test_status_enquiry(bench: Any, enquiry: str, end: str | None) -> None:
    said = bench.register.run(enquiry).end
    if end is None:
        assert said.startswith("060f") and "1f440468123456" in said
    else:
        assert said == end


def test_a_card_in_the_slot_shows_in_the_status(bench: Any) -> None:
    bench.terminal.reader.insert("visa")
    assert bench.register.run("0501051234560302").end == "060f01dc"


@pytest.mark.parametrize(
    ("condition", "cure"),
    [(0x51, unit("0693", PASSWORD)), (0xC2, "067000"), (0x62, "06910B123456AA2611250C120000"), (0xF0, END_OF_DAY)],
)
def test_a_terminal_that_wants_something_pays_after_its_cure(bench: Any, condition: int, cure: str) -> None:
    bench.terminal.machine.set_condition(condition)
    assert bench.register.run(pay(100)).end == f"061e01{condition:02x}"
    assert bench.register.run(cure).end.startswith("060f")
    tapped(bench, 100)


def test_a_wrong_clock_time_is_refused(bench: Any) -> None:
    assert bench.register.run("06910B123456AA2613990C120000").end == "061e0198"


@pytest.mark.parametrize("command", ["061800", "061A00", "067900", "067000", unit("0651", PASSWORD), "08300100"])
def test_service_commands_complete(bench: Any, command: str) -> None:
    assert bench.register.run(command).end == "060f00"


def test_a_new_password_counts_at_once(bench: Any) -> None:
    assert bench.register.run(unit("0695", PASSWORD + "111111")).end == "060f00"
    assert bench.register.run("065003123456").answer.hex() == "843700"
    assert bench.register.run("065003111111").end == "060f00"


def test_display_and_printer_of_the_terminal(bench: Any, setup: Setup) -> None:
    bench.register.send("06E00DF1F1F048616C6C6F2057656C74")
    assert bench.register.read().hex() == "800000"
    assert bench.terminal.front.wait_until(lambda: bench.terminal.front.screen.lines == ("Hallo Welt",))
    bench.register.send("06D1060048616C6C6F")
    assert bench.register.read().hex() == "84cc00"
    setup.switches.prints_itself = True
    bench.register.send("06D1060048616C6C6F")
    assert bench.register.read().hex() == "800000"
    assert bench.terminal.front.paper[-1].lines[0].text == "Hallo"


def test_read_card_names_the_card_without_money(bench: Any) -> None:
    talk = bench.register.run("06C0011E", bench.hands.tap("giro-markt"))
    fields = bitmaps(talk.only("040f")[0])
    assert fields[0x8A] == b"\x05"
    assert fields[0x22].hex() == "672590eeeeeeeee4711f"
    assert 0x04 not in fields
    assert bench.terminal.books.all() == []
