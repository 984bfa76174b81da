"""Numbers and texts as CSV wants them, and nothing that does not fit."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.fiscal.dsfinvk.dialect import Dialect, Value, ValueRefusedError, decimal, header, join, refused
from smartecr.fiscal.dsfinvk.tables import CASH_PER_CURRENCY, LINES, TRANSACTIONS_TSE, VAT
from smartecr.fiscal.dsfinvk.values import ONE, Numbers, instant, money

DECIMALS = [
    (0, 2, "0,00"),
    (5, 2, "0,05"),
    (-5, 2, "-0,05"),
    (-123450, 2, "-1234,50"),
    (10_000_000_000, 2, "100000000,00"),
    (1500, 3, "1,500"),
    (-1, 3, "-0,001"),
    (42, 0, "42"),
    (-42, 0, "-42"),
]


@pytest.mark.parametrize(("value", "decimals", "text"), DECIMALS)
def test_decimal(value: int, decimals: int, text: str) -> None:
    assert decimal(value, decimals) == text


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_reads_the_same(cents: int) -> None:
    assert Numbers()[decimal(cents, 2)] == cents * (ONE // 100)
    assert money(cents * 1000) == decimal(cents, 2)


def line(text: Value) -> tuple[Value, ...]:
    return ("1", "", text, "", "Umsatz", "", None, False, 0, "", "", "", "", 1000, 1000, "", 100)


def formatted(values: tuple[Value, ...]) -> str:
    return join(Dialect().formats(LINES)[4:], values)


def test_texts_are_quoted_numbers_are_not_and_line_breaks_become_blanks() -> None:
    row = formatted(line('Pasta "al; forno"\r\nneu'))
    assert row == '"1";"";"Pasta ""al; forno""  neu";"";"Umsatz";"";"";"0";0;"";"";"";"";1,000;1,000;"";1,00'


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs", "Cc")), min_size=1, max_size=255))
def test_any_text_reads_back(text: str) -> None:
    assert (
        next(csv.reader([formatted(line(text))], delimiter=";", strict=True))[2].strip()
        == text.translate({0x2028: " ", 0x2029: " "}).strip()
    )


REFUSED = [
    (line("x" * 256), "ARTIKELTEXT", "256 Zeichen"),
    (line(""), "ARTIKELTEXT", "fehlt"),
    ((*line("x")[:-1], "1,00"), "STK_BR", "Zahl"),
]


@pytest.mark.parametrize(("values", "column", "reason"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(values: tuple[Value, ...], column: str, reason: str) -> None:
    formats = Dialect().formats(LINES)[4:]
    with pytest.raises(ValueError, match=reason):
        join(formats, values)
    error = refused(LINES, LINES.columns[4:], formats, values)
    assert isinstance(error, ValueRefusedError)
    assert (error.table, error.column) == ("lines.csv", column)
    assert reason in str(error)


def test_an_obligatory_number_may_not_be_missing() -> None:
    with pytest.raises(ValueError, match="Zahl"):
        join(Dialect().formats(CASH_PER_CURRENCY)[3:], ("EUR", None))
    assert join(Dialect().formats(VAT)[3:], (3, 780, "x")) == '3;7,80;"x"'


def test_process_data_keep_their_carriage_returns() -> None:
    values = (1, 2, "", "", "Bestellung-V1", 3, "", "", '1;"a";1.00\r2;"b";2.00')
    row = join(Dialect().formats(TRANSACTIONS_TSE)[4:], values)
    assert row.endswith('"1;""a"";1.00\r2;""b"";2.00"')


def test_memory_of_formats_is_bounded() -> None:
    formats = Dialect().formats(CASH_PER_CURRENCY)
    for value in range(60_000):
        assert formats[4][value]
    assert len(formats[4]) <= 16_384


def test_the_header_names_the_columns() -> None:
    assert header(VAT) == "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;UST_SCHLUESSEL;UST_SATZ;UST_BESCHR\r\n"


INSTANTS = [
    ("2026-11-23T18:58:40+01:00", 1_795_456_720_000),
    ("2026-11-23T17:58:40.125Z", 1_795_456_720_125),
    ("2026-11-23T18:58:40", 1_795_456_720_000),
    ("2026-02-30T10:00:00Z", None),
    ("2026-11-23T24:00:00Z", None),
    ("2026-11-23T10:60:00Z", None),
    ("2026-11-23T10:00:60Z", None),
    ("2026-11-23T10-00:00Z", None),
    ("2026-11-23", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "wanted"), INSTANTS)
def test_times_are_read_or_refused(text: str, wanted: int | None) -> None:
    assert instant(text) == wanted
    assert instant(text) == wanted
