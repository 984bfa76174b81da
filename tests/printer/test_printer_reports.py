from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from smartecr.core.closing import entry, totals
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine, mirror
from smartecr.core.totals import VatSum
from smartecr.core.vat import split_gross
from smartecr.printer.document import Shop
from smartecr.printer.names import case, payment, vorgang
from smartecr.printer.reports import Drawer, Report, document
from smartecr.printer.text import render
from smartecr.printer.wrap import width

BERLIN = ZoneInfo("Europe/Berlin")


def _line(
    position: int, cents: int, key: int, gv_typ: str = "Umsatz", group: str = "", gv_name: str = ""
) -> ReceiptLine:
    return ReceiptLine(
        position=position,
        line_id="",
        text=group or gv_typ,
        gv_typ=gv_typ,
        quantity=1000,
        unit_cents=cents,
        amount_cents=cents,
        vat_key=key,
        group_id=group,
        group_name=group,
        gv_name=gv_name,
    )


def _content(*lines: ReceiptLine, kind: str = "Bar", type: str = "Beleg") -> ReceiptContent:  # noqa: A002
    gross: dict[int, int] = {}
    for line in lines:
        gross[line.vat_key] = gross.get(line.vat_key, 0) + line.amount_cents
    vat = []
    for key, cents in gross.items():
        rate = {1: 1900, 2: 700, 5: 0}[key]
        net, tax = split_gross(cents, rate)
        vat.append(VatSum(vat_key=key, rate_bp=rate, gross_cents=cents, net_cents=net, tax_cents=tax))
    total = sum(gross.values())
    payments = (Payment(kind=kind, cents=total),) if type == "Beleg" else ()
    return ReceiptContent(type=type, lines=lines, vat=tuple(vat), payments=payments, total_cents=total)


SALE = _content(_line(1, 250, 1, group="Kaffee"), _line(2, 200, 2, group="Backwaren"), _line(3, -45, 2, "Rabatt"))
DAY = totals(
    [
        entry(number=1, content=_content(_line(1, 25_000, 5, "Anfangsbestand"))),
        entry(number=2, content=SALE),
        entry(number=3, content=_content(_line(1, 250, 1, group="Kaffee"), _line(2, 25, 1, "Pfand"), kind="ECKarte")),
        entry(number=4, content=_content(_line(1, -500, 5, "Auszahlung", gv_name="Milch"))),
        entry(number=5, content=mirror(SALE), refund=True),
        entry(number=6, content=_content(_line(1, 1000, 5, "MehrzweckgutscheinKauf"))),
        entry(number=7, content=_content(_line(1, 250, 1), type="AVBelegabbruch")),
    ]
)
Z = Report(
    title="Z-Bericht 17",
    shop=Shop(name="Morgenrot", address=("Lindenstr. 4", "04109 Leipzig")),
    register="Kasse 1",
    register_serial="SMART-0001",
    business_day=date(2026, 11, 23),
    opened=datetime(2026, 11, 23, 7, 0, tzinfo=BERLIN),
    until=datetime(2026, 11, 24, 0, 40, tzinfo=BERLIN),
    person="Jana",
    totals=DAY,
    drawer=Drawer(
        expected_cents=25_500,
        counted_cents=25_490,
        kept_cents=25_000,
        counts=((10, 4), (5000, 5), (200, 2), (50, 1)),
        reason="Wechselgeld verzählt",
    ),
    tse_serials=("5fd21b0a" * 8,),
    line_voids=(2, 720),
    outages=1,
    unsigned=3,
    drawer_openings=2,
    open_baskets=(("Tisch 4", 1290),),
    sign_here="Datum, Unterschrift",
)

NARROW = """\
           MORGENROT
          Lindenstr. 4
         04109 Leipzig
--------------------------------
          Z-Bericht 17
Geschäftstag          23.11.2026
Von             23.11.2026 07:00
Bis             24.11.2026 00:40
Kasse                    Kasse 1
Erstellt von                Jana
================================
UMSATZ EUR                 12,75
================================
MwSt     Netto   Steuer   Brutto
A 19 %    2,31     0,44     2,75
B 7 %     0,00     0,00     0,00
E nicht steuerbar
         10,00     0,00    10,00
--------------------------------
Warengruppen
Backwaren                   0,00
1 Kaffee                    2,50
Rabatte auf den Bon         0,00
--------------------------------
Darin enthalten
Pfand                       0,25
Gutschein verkauft         10,00
--------------------------------
Zahlarten
Bar                       255,00
Debitkarte                  2,75
--------------------------------
Kassenbewegungen
Anfangsbestand            250,00
Auszahlung: Milch          −5,00
--------------------------------
Bedienung
4 × Kasse                  12,75
--------------------------------
Stunden
4 × 0–1 Uhr                12,75
--------------------------------
Belege
Anzahl                         6
Nummern                    1 – 7
Abbruch                        1
Stornos (1)                −4,05
Zeilenstornos (2)           7,20
Rabatte (2)                 0,00
Lade ohne Verkauf              2
--------------------------------
Offene Bons
Tisch 4                    12,90
--------------------------------
Kassensturz
Soll                      255,00
Gezählt                   254,90
Differenz                  −0,10
Grund       Wechselgeld verzählt
Bleibt in der Lade        250,00
--------------------------------
Zählprotokoll
5 × 50,00                 250,00
2 × 2,00                    4,00
1 × 0,50                    0,50
4 × 0,10                    0,40
--------------------------------
Seriennummer der Kasse
  SMART-0001
Seriennummer der TSE
  5fd21b0a5fd21b0a5fd21b0a5fd21b
  0a5fd21b0a5fd21b0a5fd21b0a5fd2
  1b0a
TSE-Ausfälle                   1
Belege ohne Signatur           3


________________________________
Datum, Unterschrift
"""

EMPTY = """\
                   MORGENROT
                  Lindenstr. 4
                 04109 Leipzig
------------------------------------------------
                   X-Bericht
         Zwischenstand, kein Abschluss
Geschäftstag                          23.11.2026
Bis                             24.11.2026 00:40
Kasse                                    Kasse 1
================================================
UMSATZ EUR                                  0,00
================================================
------------------------------------------------
Belege
Anzahl                                         0
Stornos                                        0
Zeilenstornos                                  0
------------------------------------------------
Kassensturz
Soll                                        0,00
------------------------------------------------
Seriennummer der Kasse                SMART-0001
"""


def test_closing_on_narrow_paper() -> None:
    assert render(document(Z), 32) == NARROW


def test_report_of_a_day_without_sales() -> None:
    report = Report(
        title="X-Bericht",
        note="Zwischenstand, kein Abschluss",
        shop=Z.shop,
        register="Kasse 1",
        register_serial="SMART-0001",
        business_day=Z.business_day,
        opened=None,
        until=Z.until,
        totals=totals([]),
        drawer=Drawer(expected_cents=0),
        tse_serials=(),
    )
    assert render(document(report), 48) == EMPTY


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_large_amounts_fit_the_paper(columns: int) -> None:
    sale = _content(_line(1, 98_765_432, 1, group="Großmaschinen und Anlagen"))
    large = replace(Z, totals=totals([entry(number=1, content=sale)]))
    lines = render(document(large), columns).splitlines()
    assert max(width(line) for line in lines) <= columns
    assert sum(line.endswith(" 987.654,32") for line in lines) >= 3


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (payment("Bar"), "Bar"),
        (payment("ECKarte"), "Debitkarte"),
        (payment("ECKarte", "girocard"), "Debitkarte (girocard)"),
        (payment("Kreditkarte", "Kreditkarte"), "Kreditkarte"),
        (case("Umsatz"), "Umsatz"),
        (case("DifferenzSollIst"), "Kassendifferenz"),
        (case("Auszahlung", "Milch"), "Auszahlung: Milch"),
        (vorgang("AVTraining"), "Training"),
        (vorgang("AVNeu"), "AVNeu"),
    ],
)
def test_words(word: str, expected: str) -> None:
    assert word == expected
