"""EXTF batches, the posting scheme and the cash book as DATEV takes them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from smartecr.fiscal.datev import cashcsv, extf
from smartecr.fiscal.datev.accounts import KEYS, Chart, UnmappedError
from smartecr.fiscal.datev.cashcsv import CashLine
from smartecr.fiscal.datev.extf import BatchError, Client
from smartecr.fiscal.datev.postings import Day, Move, Posting, UnbalancedError, balance, post

DAY = date(2026, 11, 23)
MADE = datetime(2026, 11, 23, 22, 15, 0, 500_000, tzinfo=UTC)
CLIENT = Client(consultant=1001, client=1)
CLOSING = Day(
    register="Kasse 1",
    number=42,
    day=DAY,
    cases=(
        ("Umsatz", "", 1, 1900, 11900),
        ("Umsatz", "", 2, 700, 10700),
        ("Rabatt", "", 2, 700, -700),
        ("TrinkgeldAN", "", 5, 0, 400),
        ("Anfangsbestand", "", 5, 0, 15000),
        ("Auszahlung", "", 5, 0, -499),
        ("DifferenzSollIst", "", 5, 0, -10),
    ),
    payments=(("Bar", "", 26791), ("ECKarte", "girocard", 10000)),
    moves=(
        Move(gv_typ="Anfangsbestand", cents=15000, number=1, day=DAY),
        Move(gv_typ="Auszahlung", cents=-499, number=7, day=DAY, reason="Milch gekauft"),
        Move(gv_typ="DifferenzSollIst", cents=-10, number=9, day=DAY, reason="verzählt"),
    ),
)


def simple(postings: list[Posting]) -> list[tuple[str, str, int, bool, str]]:
    return [(one.account, one.contra, one.cents, one.debit, one.voucher) for one in postings]


def test_a_closing_goes_over_a_clearing_account_that_ends_at_zero() -> None:
    found = post(CLOSING, Chart())
    assert simple(found) == [
        ("1361", "8400", 11900, True, "Z42-Kasse1"),
        ("1361", "8300", 10700, True, "Z42-Kasse1"),
        ("1361", "8300", 700, False, "Z42-Kasse1"),
        ("1361", "1590", 400, True, "Z42-Kasse1"),
        ("1361", "1590", 499, False, "B7-Kasse1"),
        ("1361", "2309", 10, False, "B9-Kasse1"),
        ("1000", "1361", 11791, True, "Z42-Kasse1"),
        ("1362", "1361", 10000, True, "Z42-Kasse1"),
    ]
    assert balance(found, "1361") == 0
    assert balance(found, "1000") == 26791 - 15000
    assert found[0].text == "Tageslosung 19 % Kasse 1 Z 42"


def test_a_float_without_cash_takings_and_a_closing_that_does_not_add_up() -> None:
    only_float = replace(CLOSING, cases=(CLOSING.cases[4],), payments=(("Bar", "", 15000),), moves=CLOSING.moves[:1])
    assert post(only_float, Chart()) == []
    emptied = replace(only_float, cases=(*only_float.cases, ("Geldtransit", "", 5, 0, -15000)), payments=())
    emptied = replace(
        emptied, moves=(*emptied.moves, Move(gv_typ="Geldtransit", cents=-15000, number=2, day=DAY, reason="Tresor"))
    )
    assert simple(post(emptied, Chart())) == [
        ("1361", "1360", 15000, False, "B2-Kasse1"),
        ("1000", "1361", 15000, False, "Z42-Kasse1"),
    ]
    with pytest.raises(UnbalancedError) as wrong:
        post(replace(CLOSING, payments=(("Bar", "", 26790), ("ECKarte", "girocard", 10000))), Chart())
    assert (wrong.value.closing, wrong.value.cents) == (42, 1)


@pytest.mark.parametrize(
    ("gv_typ", "key", "cents", "skr03", "skr04"),
    [
        ("Umsatz", 1, 1, "8400", "4400"),
        ("Umsatz", 11, 1, "8400", "4400"),
        ("Umsatz", 12, 1, "8300", "4300"),
        ("Umsatz", 6, 1, "8200", "4200"),
        ("EinzweckgutscheinKauf", 2, 1, "8300", "4300"),
        ("MehrzweckgutscheinKauf", 5, 1, "1604", "3304"),
        ("MehrzweckgutscheinEinloesung", 5, -1, "1604", "3304"),
        ("Anzahlungseinstellung", 1, 1, "1718", "3272"),
        ("Anzahlungsaufloesung", 2, -1, "1711", "3260"),
        ("Forderungsentstehung", 5, -1, "1400", "1200"),
        ("DifferenzSollIst", 5, -1, "2309", "6969"),
        ("DifferenzSollIst", 5, 1, "2709", "4839"),
        ("Privateinlage", 5, 1, "1890", "2180"),
        ("Lohnzahlung", 5, -1, "1740", "3720"),
    ],
)
def test_accounts_by_case(gv_typ: str, key: int, cents: int, skr03: str, skr04: str) -> None:
    assert Chart().of_case(gv_typ, key, cents) == skr03
    assert Chart(name="SKR04").of_case(gv_typ, key, cents) == skr04
    assert Chart(length=6).of_case(gv_typ, key, cents) == f"{skr03}00"


def test_own_accounts_go_first_and_what_has_none_is_named() -> None:
    assert Chart(own={"Umsatz.1": "8401"}).of_case("Umsatz", 1, 1) == "8401"
    assert all(Chart().account(key) for key in KEYS)
    for gv_typ, key, name in (("Umsatz", 3, "Umsatz.3"), ("Umsatz", 21, "Umsatz.21"), ("Neues", 5, "Neues")):
        with pytest.raises(UnmappedError) as unmapped:
            Chart().of_case(gv_typ, key, 1)
        assert unmapped.value.key == name
    assert Chart(own={"Umsatz.3": "8338"}).of_case("Umsatz", 3, 1) == "8338"


def test_the_file_is_what_datev_reads() -> None:
    data = extf.batch(post(CLOSING, Chart()), CLIENT, DAY, DAY, MADE)
    assert data.startswith(b'\xef\xbb\xbf"EXTF";700;21;')
    text = data.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n") == 10
    head, captions, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert len(head) == 31
    assert head[:16] == [
        "EXTF", "700", "21", "Buchungsstapel", "13", "20261123221500500", "", "SE", "smartECR", "", "1001", "1",
        "20260101", "4", "20261123", "20261123",
    ]  # fmt: skip
    assert (head[16], head[18], head[21], head[26]) == ("Kasse 11/2026", "1", "EUR", "03")
    assert len(captions) == 125
    assert all(len(row) == 125 for row in rows)
    first = rows[0]
    assert (first[0], first[1], first[2], first[6], first[7]) == ("119,00", "S", "EUR", "1361", "8400")
    assert (first[9], first[10], first[113]) == ("2311", "Z42-Kasse1", "0")
    raw = text.splitlines()[2].split(";")
    assert (raw[0], raw[1], raw[6], raw[8]) == ("119,00", '"S"', "1361", '""')


def test_a_fiscal_year_may_begin_in_summer() -> None:
    for day, begins in ((date(2026, 6, 30), "20250701"), (date(2026, 7, 1), "20260701")):
        data = extf.batch([], replace(CLIENT, year_begins=7), day, day, MADE)
        assert data.decode("utf-8-sig").split(";")[12] == begins


@pytest.mark.parametrize(
    ("client", "first", "last", "say"),
    [
        (replace(CLIENT, consultant=1000), DAY, DAY, "Beraternummer"),
        (replace(CLIENT, client=0), DAY, DAY, "Mandantennummer"),
        (replace(CLIENT, length=9), DAY, DAY, "Sachkonten"),
        (replace(CLIENT, year_begins=13), DAY, DAY, "Wirtschaftsjahr"),
        (CLIENT, DAY, date(2026, 12, 1), "einem Monat"),
        (CLIENT, date(2026, 11, 1), date(2026, 11, 2), "nicht im Zeitraum"),
    ],
)
def test_what_datev_would_refuse_is_refused_here(client: Client, first: date, last: date, say: str) -> None:
    with pytest.raises(BatchError) as refused:
        extf.batch(post(CLOSING, Chart()), client, first, last, MADE)
    assert say in refused.value.message


def test_texts_are_cut_and_quoted_and_nothing_without_amount_is_written() -> None:
    long = Posting(account="1", contra="2", cents=1, debit=False, day=DAY, voucher="v", text='a "b"\r\nc ' + "x" * 90)
    row = extf.batch([long], CLIENT, DAY, DAY, MADE).decode("utf-8-sig").splitlines()[2].split(";")
    assert row[13].startswith('"a ""b"" c xxx')
    assert len(row[13].replace('""', '"')) == 62
    for bad in (replace(long, cents=0), replace(long, contra="1")):
        with pytest.raises(BatchError):
            extf.batch([bad], CLIENT, DAY, DAY, MADE)


def test_the_cash_book_as_datev_imports_it() -> None:
    lines = [
        CashLine(day=DAY, cents=11900, voucher="Z 42", text="Einnahmen 19 %", rate_bp=1900),
        CashLine(day=DAY, cents=-499, voucher="Bon 7", text="Auszahlung: Milch"),
        CashLine(day=DAY, cents=0, voucher="Bon 8", text="nichts"),
    ]
    head, first, second = cashcsv.write(lines).decode().splitlines()
    assert head.startswith('"Währung";"VorzBetrag";"RechNr";"BelegDatum"')
    assert first == '"EUR";+119,00;"Z 42";2311;"Einnahmen 19 %";19,00;;;"";"";;;""'
    assert second == '"EUR";-4,99;"Bon 7";2311;"Auszahlung: Milch";;;;"";"";;;""'
