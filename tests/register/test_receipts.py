"""From rows to paper: what a receipt's document says, and what the reports say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from smartecr.core.money import format_percent
from smartecr.core.receipt import Payment
from smartecr.printer.document import Extra
from smartecr.printer.text import render
from smartecr.register import models, queries
from smartecr.register.books import closing
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.paper import receipts
from smartecr.register.paper.reportpaper import x_document, z_document
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.tse import receipt_qr
from support.shop import (
    CASHIER,
    COFFEE,
    EMPTY,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    command,
    pay_cash,
    ring,
)

BERLIN = ZoneInfo("Europe/Berlin")


def _do(till: Till, do: str, **arguments: object) -> None:
    outcomes = selling.run(till, MANAGER, [command(till, do, **arguments)])
    assert outcomes[0].ok, outcomes


def test_a_sale_carries_what_the_law_wants(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO, ESPRESSO, ROLL, JUICE)
    assert next(iter(till.starts.values())).result().log_time == clock().timestamp()
    clock.forward(seconds=27)
    state = pay_cash(till, 5000)
    document = receipts.document(state.id)
    assert (document.shop.name, document.shop.address) == ("Morgenrot", ("Lindenweg 1", "10115 Berlin"))
    assert (document.title, document.number, document.register) == ("Rechnung", 1, "Kasse 1")
    assert document.register_serial == till.serial
    assert document.started == datetime(2026, 11, 24, 8, 42, tzinfo=BERLIN)
    assert document.finished == datetime(2026, 11, 24, 8, 42, 27, tzinfo=BERLIN)
    assert [(item.count, item.text, item.cents, item.letter, item.each) for item in document.items] == [
        ("2 ×", "Espresso", 480, "A", "je 2,40"),
        ("1 ×", "Mohnschnecke", 320, "B", ""),
        ("1 ×", "Apfelschorle 0,33 l", 340, "A", ""),
    ]
    assert document.items[2].extras == (Extra(text="Pfand", cents=25, letter="A"),)
    assert [(row.letter, row.label, row.gross_cents) for row in document.vat] == [
        ("A", format_percent(1900), 845),
        ("B", format_percent(700), 320),
    ]
    assert [(paid.name, paid.cents) for paid in document.payments] == [("Bar", 1165)]
    assert (document.total_cents, document.given_cents, document.change_cents) == (1165, 5000, 3835)
    tse = document.tse
    assert tse is not None
    assert (tse.serial, tse.transaction_number, tse.signature_counter) == (
        till.tse.info().serial,
        state.tse_number,
        state.tse_counter,
    )
    assert (tse.started, tse.finished, tse.signature) == (document.started, document.finished, state.tse_signature)
    assert receipts.SUPPLY_DATE in document.notes
    assert document.outage == ""


def test_its_code_verifies_and_says_the_same(till: Till) -> None:
    ring(till, ESPRESSO, ROLL)
    document = receipts.document(pay_cash(till).id)
    verdict = receipt_qr.verify(document.qr)
    assert verdict.valid
    assert document.tse is not None
    assert verdict.serial == document.tse.serial
    assert verdict.receipt.client_id == document.register_serial
    assert verdict.receipt.process_data == "Beleg^2.40_3.20_0.00_0.00_0.00^5.60:Bar"
    assert not receipt_qr.verify(document.qr.replace("^2.40_", "^2.41_")).valid


def test_exact_money_needs_no_change_rows(till: Till) -> None:
    ring(till, ESPRESSO)
    document = receipts.document(pay_cash(till).id)
    assert (document.given_cents, document.change_cents) == (None, None)


def test_discounts_hang_on_their_line_and_basket_discounts_stand_alone(till: Till) -> None:
    ring(till, ESPRESSO, ROLL)
    line = queries.current(till).basket.lines[0]
    _do(till, "discount_line", line=line.id, kind="percent", value=1000, reason="Treuerabatt")
    _do(till, "discount", kind="amount", value=100, reason="")
    document = receipts.document(pay_cash(till).id)
    assert document.items[0].extras == (Extra(text=f"Treuerabatt {format_percent(1000)}", cents=-24, letter="A"),)
    alone = document.items[2:]
    assert [(item.text, item.count, item.letter) for item in alone] == [
        ("Rabatt 1,00 €", "", "A"),
        ("Rabatt 1,00 €", "", "B"),
    ]
    assert sum(item.cents for item in alone) == -100
    everything = sum(item.cents + sum(extra.cents for extra in item.extras) for item in document.items)
    assert everything == document.total_cents == 240 - 24 + 320 - 100


def test_several_deposits_are_counted(till: Till) -> None:
    ring(till, JUICE, JUICE)
    item = receipts.document(pay_cash(till).id).items[0]
    assert item.extras == (Extra(text="Pfand 2 × 0,25", cents=50, letter="A"),)


def test_a_line_taken_away_is_marked_and_a_whole_basket_noted(till: Till) -> None:
    ring(till, LATTE, ROLL)
    _do(till, "in_house", value=False, line=queries.current(till).basket.lines[0].id)
    mixed = receipts.document(pay_cash(till).id)
    assert [item.remark for item in mixed.items] == ["außer Haus", ""]
    assert receipts.TAKE_AWAY not in mixed.notes
    ring(till, LATTE)
    _do(till, "in_house", value=False)
    away = receipts.document(pay_cash(till).id)
    assert [item.remark for item in away.items] == [""]
    assert receipts.TAKE_AWAY in away.notes
    assert away.items[0].letter == "B"


def test_several_payments_are_listed_by_kind(till: Till) -> None:
    ring(till, LATTE)
    given = [Payment(kind="ECKarte", cents=300, name="girocard"), Payment(kind="Bar", cents=500)]
    state = paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), given)
    document = receipts.document(state.id)
    assert {paid.name: paid.cents for paid in document.payments} == {"Debitkarte (girocard)": 300, "Bar": 110}
    assert (document.given_cents, document.change_cents) == (500, 390)


def test_a_copy_is_marked_and_otherwise_the_same(till: Till) -> None:
    ring(till, ESPRESSO)
    state = pay_cash(till)
    first, second = receipts.document(state.id), receipts.document(state.id, copy=True)
    assert receipts.COPY not in first.marks
    assert second.marks == (receipts.COPY, *first.marks)
    assert replace(second, marks=first.marks) == first


def test_a_test_tse_is_named(till: Till) -> None:
    ring(till, ESPRESSO)
    state = pay_cash(till)
    assert models.Tse.objects.get().is_test
    assert receipts.document(state.id).marks == (receipts.TEST_TSE,)


def test_without_tse_the_receipt_says_so_and_shows_no_values(till: Till, clock: Clock) -> None:
    till.tse.close()
    ring(till, ESPRESSO)
    clock.forward(minutes=1)
    state = pay_cash(till)
    document = receipts.document(state.id)
    assert (document.outage, document.tse, document.qr) == ("TSE ausgefallen", None, "")
    assert (document.finished - document.started).total_seconds() == 60
    text = render(document, 32)
    assert "*** TSE ausgefallen ***" in text
    assert "Transaktion" not in text
    assert till.serial in text


def test_a_refund_names_its_original(till: Till) -> None:
    ring(till, ESPRESSO, JUICE)
    original = pay_cash(till)
    state = refunding.refund(till, MANAGER, till.new_id(), original.id, "Falsch gebucht")
    assert state == queries.receipt(state.id)
    document = receipts.document(state.id)
    assert (document.title, document.reference) == ("Storno", "Storno zu Rechnung 1 vom 24.11.2026")
    assert [item.count for item in document.items] == ["−1 ×", "−1 ×"]
    assert document.items[1].extras[0].cents == -25
    assert document.total_cents == -original.total_cents
    assert "Falsch gebucht" not in render(document)


def test_bottles_given_back(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 1000, "")
    ring(till, EMPTY)
    document = receipts.document(pay_cash(till).id)
    assert [(item.text, item.cents) for item in document.items] == [("Pfandrückgabe", -25)]
    assert [(paid.name, paid.cents) for paid in document.payments] == [("Bar", -25)]


def test_a_cash_movement_is_a_voucher_with_reason_and_signature(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20_000, "")
    state = cash.move(till, MANAGER, till.new_id(), "Auszahlung", -450, "Milch")
    assert state == queries.receipt(state.id)
    document = receipts.document(state.id)
    assert receipts.is_cash_movement(state.content)
    assert (document.title, document.vat) == ("Kassenbeleg", ())
    assert [(item.text, item.remark, item.count) for item in document.items] == [("Auszahlung", "Milch", "")]
    assert document.sign_here
    assert document.tse is not None


def test_unknown_and_unissued_receipts_have_no_document(till: Till) -> None:
    with pytest.raises(RegisterError) as unknown:
        receipts.document("f" * 32)
    assert unknown.value.code == "unknown"
    ring(till, ESPRESSO)
    state = pay_cash(till)
    models.Receipt.objects.create(
        id="e" * 32, shop_id=till.shop_id, register_id=till.register_id, number=99, type="Beleg", z_number=1,
        business_day="2026-11-24", started_at=state.started_at, recorded_at=state.at, total_cents=0, token="u" * 24,
    )  # fmt: skip
    with pytest.raises(RegisterError) as unissued:
        receipts.document("e" * 32)
    assert unissued.value.code == "not_issued"
    assert receipts.by_token("u" * 24) is None


def test_the_public_address_is_long_and_leads_to_one_receipt(till: Till) -> None:
    ring(till, ESPRESSO)
    first = pay_cash(till)
    ring(till, ESPRESSO)
    second = pay_cash(till)
    assert first.token != second.token
    assert re.fullmatch(r"[A-Za-z0-9_-]{46}", first.token)  # at least 128 bits
    assert receipts.by_token(first.token) == first.id
    assert receipts.by_token(first.token[:-1]) is None
    assert receipts.by_token("") is None


def test_footer_of_the_shop_is_printed(till: Till) -> None:
    shop = {"name": "Morgenrot", "street": "", "postcode": "", "city": "Berlin", "footer": "Bis bald"}
    masterdata.save_shop(till, OWNER, shop)
    ring(till, ESPRESSO)
    document = receipts.document(pay_cash(till).id)
    assert document.notes[-1] == "Bis bald"
    assert document.shop.address == ("Berlin",)


def test_x_report_shows_the_day_so_far(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20_000, "")
    ring(till, ESPRESSO, ROLL)
    pay_cash(till)
    ring(till, LATTE)
    text = render(x_document(till, closing.x_report(till), person="Jana"), 48)
    assert "X-Bericht" in text
    assert "kein Abschluss" in text
    for row in (
        r"UMSATZ EUR +5,60",
        r"1 Kaffee +2,40",
        r"Anfangsbestand +200,00",
        r"Soll +205,60",
        r"Ohne Namen +4,10|Auf dem Schirm +4,10",
        r"Erstellt von +Jana",
        r"Nummern +1 – 2",
    ):
        assert re.search(row, text), row
    assert "Unterschrift" not in text


def test_x_report_of_an_untouched_register(till: Till) -> None:
    text = render(x_document(till, closing.x_report(till)), 32)
    assert re.search(r"UMSATZ EUR +0,00", text)
    assert "Von " not in text


def test_z_report_keeps_the_shop_as_it_was(till: Till) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20_000, "")
    ring(till, ESPRESSO)
    pay_cash(till)
    counts = {5000: 4, 200: 1, 20: 1, 10: 1}
    done = closing.close_day(till, MANAGER, till.new_id(), counts, "Zehn Cent fehlen")
    before = render(z_document(done), 32)
    masterdata.save_shop(till, OWNER, {"name": "Abendrot", "street": "", "postcode": "", "city": "Berlin"})
    found = closing.find_closing(done.id)
    assert found is not None
    assert render(z_document(found), 32) == before
    for row in (
        r"MORGENROT",
        r"Z-Bericht 1",
        r"Gezählt +202,30",
        r"Differenz +−0,10",
        r"Grund +Zehn Cent fehlen",
        r"4 × 50,00 +200,00",
        r"Kassendifferenz +−0,10",
        r"Bleibt in der Lade +202,30",
        r"Unterschrift",
    ):
        assert re.search(row, before), row
    assert max(len(line) for line in before.splitlines()) <= 32


def test_open_amounts_take_the_groups_name(till: Till) -> None:
    _do(till, "open_amount", group=COFFEE, cents=150)
    assert receipts.document(pay_cash(till).id).items[0].text == "Kaffee"
