from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.money import format_cents
from smartecr.printer.compose import log_time
from smartecr.printer.document import (
    Extra,
    Item,
    PaymentRow,
    ReceiptDocument,
    ReportDocument,
    Row,
    Table,
    TableRow,
    VatRow,
)
from smartecr.printer.text import render
from smartecr.printer.wrap import plain, width
from support.receipts import BERLIN, SALE, TSE, UNSIGNED

WIDE = """\
                   MORGENROT
               Kaffeehaus & Laden
              Ida Morgenrot e. K.
                  Lindenstr. 4
                 04109 Leipzig
           Steuernummer 232/123/45678
------------------------------------------------
                 Rechnung 1042
Datum                                 23.11.2026
Vorgang                      08:41:50 – 08:42:17
Ausgestellt an                           Kasse 1
Es bediente Sie                             Jana
------------------------------------------------
2 × Cappuccino                            7,20 A
    je 3,60
1 × Frühstück ‚Morgenrot‘                12,90 B
    Treuerabatt 10 %                     −1,29 B
1 × Butterbrezel                          2,20 B
1 × Apfelschorle 0,33 l (außer Haus)      3,40 A
    Pfand                                 0,25 A
0,275 kg Bergkäse aus dem Allgäu          3,20 B
    je kg 11,63
================================================
SUMME EUR                                27,86
================================================
Bar                                      27,86
  Gegeben                                50,00
  Rückgeld                               22,14
------------------------------------------------
MwSt          Netto        Steuer       Brutto
A 19 %         9,12          1,73        10,85
B 7 %         15,90          1,11        17,01
------------------------------------------------
Seriennummer der Kasse                SMART-0001
Seriennummer der TSE
  5fd21b0a5fd21b0a5fd21b0a5fd21b0a5fd21b0a5fd21b
  0a5fd21b0a5fd21b0a
Transaktion                                 2087
Signaturzähler                              4174
Start                  2026-11-23T08:41:50+01:00
Ende                   2026-11-23T08:42:17+01:00
Algorithmus                   ecdsa-plain-SHA256
Prüfwert
  TGnWiq3ZW7gi4Vs+DxLGsJZj9v271dHmhQAcb057F3oWkd
  KJ61UW2LLVTZQhW673yLa53Mm6oPeMU1Ns3ZOH7w==
------------------------------------------------
          Vielen Dank für Ihren Besuch
"""

NARROW = """\
           MORGENROT
       Kaffeehaus & Laden
      Ida Morgenrot e. K.
          Lindenstr. 4
         04109 Leipzig
   Steuernummer 232/123/45678
         *** KOPIE ***
--------------------------------
          Storno 1042
Datum                 23.11.2026
Vorgang      08:41:50 – 08:42:17
Ausgestellt an           Kasse 1
Storno zu Rechnung 1041 vom
22.11.2026
--------------------------------
2 × Cappuccino            7,20 A
    je 3,60
1 × Frühstück            12,90 B
    ‚Morgenrot‘
    Treuerabatt 10 %     −1,29 B
1 × Butterbrezel          2,20 B
1 × Apfelschorle 0,33 l   3,40 A
    (außer Haus)
    Pfand                 0,25 A
0,275 kg Bergkäse aus     3,20 B
    dem Allgäu
    je kg 11,63
================================
SUMME EUR                27,86
================================
Bar                      27,86
--------------------------------
MwSt     Netto  Steuer  Brutto
A 19 %    9,12    1,73   10,85
B 7 %    15,90    1,11   17,01
--------------------------------
Seriennummer der Kasse
  SMART-0001
    *** TSE ausgefallen ***
"""


def test_sale_on_wide_paper() -> None:
    assert render(SALE, 48) == WIDE


def test_unsigned_copy_on_narrow_paper() -> None:
    assert render(UNSIGNED, 32) == NARROW


def test_first_order_is_printed_with_its_offset() -> None:
    ordered = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    text = render(replace(SALE, tse=replace(TSE, first_order=ordered)), 48)
    assert "Erste Bestellung       2026-10-25T02:30:00+01:00\n" in text


def test_a_sale_over_midnight_names_the_day_it_began() -> None:
    started = datetime(2026, 11, 22, 23, 58, tzinfo=BERLIN)
    assert "22.11.2026 23:58:00 – 08:42:17" in render(replace(SALE, started=started), 48)


def test_cash_voucher_leaves_room_for_a_signature_and_has_no_vat_table() -> None:
    voucher = replace(SALE, title="Auszahlung", vat=(), sign_here="Unterschrift")
    text = render(voucher, 48)
    assert text.endswith("_" * 48 + "\nUnterschrift\n")
    assert "Netto" not in text


def test_exempt_turnover_is_named_instead_of_a_rate() -> None:
    row = VatRow(letter="F", label="steuerfrei", gross_cents=500, net_cents=500, tax_cents=0)
    assert "\nF steuerfrei " in render(replace(SALE, vat=(row,)), 48)


def test_a_receipt_is_secured_or_says_that_it_is_not() -> None:
    with pytest.raises(ValueError, match="TSE failed"):
        replace(SALE, tse=None)
    with pytest.raises(ValueError, match="TSE failed"):
        replace(SALE, outage="TSE ausgefallen")


def test_too_narrow_paper_is_refused() -> None:
    assert max(width(line) for line in render(SALE, 24).splitlines()) <= 24
    with pytest.raises(ValueError, match="23 columns"):
        render(SALE, 23)


def test_a_table_that_does_not_fit_is_stacked() -> None:
    large = Table(("MwSt", "Netto", "Steuer", "Brutto"), (TableRow("A 19 %", (83_193_276, 15_806_722, 98_999_998)),))
    text = render(ReportDocument(title="X", blocks=(large,)), 32)
    assert text.splitlines() == [
        "MwSt A 19 %",
        "  Netto               831.932,76",
        "  Steuer              158.067,22",
        "  Brutto              989.999,98",
    ]


def test_a_text_without_room_beside_the_amount_stands_above_it() -> None:
    rows = (Row("Rückzahlung", -99_999_999, lead="−1.000 ×", tag="A", indent=4),)
    text = render(ReportDocument(title="X", blocks=rows), 24)
    assert text.splitlines() == ["    −1.000 × Rückzahlung", "           −999.999,99 A"]


words = st.text(st.sampled_from("aeinßÄW ,-/\u00ad\u00a0抹") | st.characters(codec="utf-8"), min_size=1, max_size=60)
cents = st.integers(-99_999_999, 99_999_999)
letters = st.sampled_from("ABCDEFG")
extras = st.builds(Extra, text=words, cents=cents, letter=letters)
items = st.builds(
    Item,
    text=words,
    cents=cents,
    letter=letters,
    quantity=st.none() | st.integers(-9_999_999, 9_999_999),
    unit=st.sampled_from(["", "kg", "m"]),
    unit_cents=cents,
    remark=st.sampled_from(["", "außer Haus"]),
    extras=st.lists(extras, max_size=2).map(tuple),
)
vat_rows = st.builds(
    VatRow,
    letter=letters,
    label=st.sampled_from(["19 %", "7 %", "nicht steuerbar"]),
    gross_cents=cents,
    net_cents=cents,
    tax_cents=cents,
)
receipts = st.builds(
    replace,
    st.just(SALE),
    items=st.lists(items, min_size=1, max_size=6).map(tuple),
    total_cents=cents,
    payments=st.lists(st.builds(PaymentRow, name=words, cents=cents), max_size=2).map(tuple),
    vat=st.lists(vat_rows, max_size=3).map(tuple),
    notes=st.lists(words, max_size=2).map(tuple),
)
papers = st.sampled_from([32, 42, 48])

_AMOUNT = re.compile(r" *−?[0-9.]+,[0-9]{2} [A-G]$", re.MULTILINE)


def _squash(text: str) -> str:
    return re.sub(r"[\s-]", "", plain(text))


@given(receipts, papers)
def test_every_line_fits_the_paper(document: ReceiptDocument, columns: int) -> None:
    lines = render(document, columns).splitlines()
    assert max(width(line) for line in lines) <= columns
    assert not any(line != line.rstrip() for line in lines)


@given(receipts, papers)
def test_amounts_stand_on_one_edge_and_none_is_lost(document: ReceiptDocument, columns: int) -> None:
    lines = render(document, columns).splitlines()
    for entry in [entry for item in document.items for entry in (item, *item.extras)]:
        tail = f" {format_cents(entry.cents)} {entry.letter}"
        assert any(line.endswith(tail) and width(line) == columns for line in lines)
    for amount in (document.total_cents, *(payment.cents for payment in document.payments)):
        assert any(line.endswith(f" {format_cents(amount)}") and width(line) == columns - 2 for line in lines)
    for row in document.vat:
        assert any(line.endswith(f" {format_cents(row.gross_cents)}") and width(line) == columns - 2 for line in lines)


@given(receipts, papers)
def test_no_text_is_lost(document: ReceiptDocument, columns: int) -> None:
    text = _squash(_AMOUNT.sub("", render(document, columns)))
    for item in document.items:
        assert _squash(item.text) in text
        assert all(_squash(extra.text) in text for extra in item.extras)
    assert all(_squash(note) in text for note in document.notes)
    values = (TSE.serial, TSE.signature, log_time(TSE.started), log_time(TSE.finished), "4174", "2087", "SMART-0001")
    assert all(_squash(value) in text for value in values)
