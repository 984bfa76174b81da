"""Reader, PIN pad and receipts alone: the wrong moment has no effect, nothing typed is left over, paper is complete."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smartecr.terminal.zvt.virtual import receipts
from smartecr.terminal.zvt.virtual.cards import shelf
from smartecr.terminal.zvt.virtual.events import CardShown, CardTaken, Entered, StopPressed
from smartecr.terminal.zvt.virtual.pinpad import PinPad
from smartecr.terminal.zvt.virtual.reader import Reader
from support.zvt_register import pay


class Told(list[Any]):
    """What a part told the terminal."""


def reader() -> tuple[Reader, Told]:
    told = Told()
    return Reader(shelf(), told.append, lambda: None), told


def pad() -> tuple[PinPad, Told]:
    told = Told()
    return PinPad(told.append, lambda: None), told


def test_the_field_is_dark_until_it_is_opened_and_after_one_card() -> None:
    part, told = reader()
    assert not part.tap("visa")
    part.open(["nfc"])
    assert part.tap("visa")
    assert not part.tap("visa")
    assert told == [CardShown("visa", "nfc")]


def test_a_card_in_the_slot_blocks_the_field_and_a_second_card() -> None:
    part, told = reader()
    part.open(["nfc"])
    assert part.insert("visa")
    assert told == []
    assert not part.tap("mastercard")
    assert not part.insert("mastercard")
    assert part.remove()
    assert not part.remove()
    assert part.tap("mastercard")
    assert told == [CardTaken(), CardShown("mastercard", "nfc")]


def test_only_a_phone_knows_its_owner_and_only_a_card_has_a_chip() -> None:
    part, told = reader()
    for card, verified in (("phone-apple", True), ("phone-apple", False), ("visa", True)):
        part.open(["chip", "nfc"])
        part.tap(card, verified=verified)
    assert [event.verified for event in told] == [True, False, False]
    assert not part.insert("phone-apple")


def test_what_was_typed_before_is_gone_when_the_pad_asks_again() -> None:
    part, told = pad()
    assert not part.press("1")
    part.ask("pin")
    for key in "12":
        part.press(key)
    assert part.shown == "••"
    part.ask("pin")
    assert part.shown == ""
    assert not part.press("OK"), "a PIN has four digits at least"
    for key in "3456789":
        part.press(key)
    assert part.shown == "••••••", "and six at most"
    assert part.press("OK")
    assert told == [Entered("345678")]
    assert "345678" not in repr(told)
    assert part.shown == part.asking == ""


def test_yellow_clears_red_ends_and_strange_keys_do_nothing() -> None:
    part, told = pad()
    part.ask("amount")
    for key in ("1", "5", "C", "7", "x", "12", ""):
        part.press(key)
    assert part.shown == "7"
    assert part.press("STOP")
    assert (told, part.asking) == ([StopPressed()], "")


@pytest.mark.parametrize("copy", [receipts.MERCHANT, receipts.CUSTOMER])
def test_a_signature_is_asked_for_on_the_merchant_copy_alone(bench: Any, copy: int) -> None:
    talk = bench.register.run(pay(7000), bench.hands.insert("visa-signs"), bench.hands.remove)
    assert b"\x1f\x10\x01\x01" in talk.result[0x06]
    [paid] = bench.terminal.books.all()
    receipt = receipts.of_transaction(paid, copy, bench.terminal.setup.identity, ZoneInfo("Europe/Berlin"))
    texts = [line.text for line in receipt.lines]
    assert ("Unterschrift:" in texts) == (copy == receipts.MERCHANT)
    assert receipt.info == (0x03 if copy == receipts.MERCHANT else 0x01)


def test_a_receipt_names_all_an_acquirer_wants(bench: Any) -> None:
    bench.register.run(pay(123_456), bench.hands.insert("giro-markt"), bench.hands.pin("1234"), bench.hands.remove)
    [paid] = bench.terminal.books.all()
    merchant, customer = bench.terminal.machine.receipts_of(paid)
    text = "\n".join(line.text for line in customer.lines)
    for wanted in (
        "Morgenrot", "KUNDENBELEG", "Kartenzahlung", "girocard", "EUR 1.234,56", "25.11.2026", "12:00:00", "68123456",
        "000001", "0001", "4556000599", "*********4711", "A0000003591010028001", paid.approval, "Zahlung erfolgt",
        "Bitte Beleg aufbewahren", "kein Geld bewegt",
    ):  # fmt: skip
        assert wanted in text
    assert "Kontaktlos" not in text
    assert "HÄNDLERBELEG" in "\n".join(line.text for line in merchant.lines)
    assert max(len(line.text) for line in customer.lines) <= 32


@pytest.mark.parametrize(("cents", "text"), [(0, "0,00"), (5, "0,05"), (123_456_789, "1.234.567,89"), (-150, "-1,50")])
def test_amounts_are_written_as_in_germany(cents: int, text: str) -> None:
    assert receipts.euro(cents) == text
