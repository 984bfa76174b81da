"""Numbers and texts as CSV wants them, and nothing that does not fit."""

from __future__ import annotations

import csv
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.fiscal.dsfinvk.dialect import (
    Cents,
    Columns,
    Value,
    ValueRefusedError,
    column,
    decimal,
    header,
)
from smartecr.fiscal.dsfinvk.tables import CASH_PER_CURRENCY, LINES, TRANSACTIONS, TRANSACTIONS_TSE, VAT
from smartecr.fiscal.dsfinvk.values import INSTANTS, ONE, Numbers, money

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
    return ("", text, "", "Umsatz", "", None, False, 0, "", "", "", "", 1000, 1000, "", 100)


def formatted(values: tuple[Value, ...]) -> str:
    return Columns(LINES, "GUTSCHEIN_NR").text(values)


def test_texts_are_quoted_numbers_are_not_and_line_breaks_become_blanks() -> None:
    row = formatted(line('Pasta "al; forno"\r\nneu'))
    assert row == '"";"Pasta ""al; forno""  neu";"";"Umsatz";"";"";"0";0;"";"";"";"";1,000;1,000;"";1,00'


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs", "Cc")), min_size=1, max_size=255))
def test_any_text_reads_back(text: str) -> None:
    assert (
        next(csv.reader([formatted(line(text))], delimiter=";", strict=True))[1].strip()
        == text.translate({0x2028: " ", 0x2029: " "}).strip()
    )


REFUSED = [
    (line("x" * 256), "ARTIKELTEXT", "256 Zeichen"),
    (line(""), "ARTIKELTEXT", "fehlt"),
    ((*line("x")[:-1], "1,00"), "STK_BR", "Zahl"),
]


@pytest.mark.parametrize(("values", "name", "reason"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(values: tuple[Value, ...], name: str, reason: str) -> None:
    with pytest.raises(ValueRefusedError, match=rf"lines.csv, {name}: .*{reason}") as refused:
        formatted(values)
    assert (refused.value.table, refused.value.column) == ("lines.csv", name)
    again = pickle.loads(pickle.dumps(refused.value))
    assert str(again) == str(refused.value)


def test_a_row_has_one_value_for_each_column() -> None:
    with pytest.raises(ValueError, match="zip"):
        formatted(line("x")[:-1])


def test_an_obligatory_number_may_not_be_missing() -> None:
    with pytest.raises(ValueRefusedError, match=r"ZAHLART_BETRAG_WAEH: .*Zahl"):
        Columns(CASH_PER_CURRENCY, "ZAHLART_WAEH").text(("EUR", None))
    assert Columns(VAT, "UST_SCHLUESSEL").text((3, 780, "x")) == '3;7,80;"x"'


def test_columns_are_named_from_the_first_to_the_last() -> None:
    assert Columns(TRANSACTIONS, "BON_TYP", "BON_STORNO").text(("Beleg", "", "", True)) == '"Beleg";"";"";"1"'
    assert column(TRANSACTIONS, "BON_TYP")("Beleg") == '"Beleg"'
    with pytest.raises(KeyError):
        Columns(LINES, "BON_NR")


def test_process_data_keep_their_carriage_returns() -> None:
    values = (1, 2, "", "", "Bestellung-V1", 3, "", "", '1;"a";1.00\r2;"b";2.00')
    row = Columns(TRANSACTIONS_TSE, "TSE_ID").text(values)
    assert row.endswith('"1;""a"";1.00\r2;""b"";2.00"')


def test_cents_of_all_sizes_are_written_and_small_ones_kept() -> None:
    kept = Cents()
    amounts = [-123450, -5, 0, 5, 9_999, 10_000, 10_000_000_000]
    assert [kept[amount] for amount in amounts] == [decimal(amount, 2) for amount in amounts]
    assert list(kept) == [0, 5, 9_999]


def test_the_header_names_the_columns() -> None:
    assert header(VAT) == "Z_KASSE_ID;Z_ERSTELLUNG;Z_NR;UST_SCHLUESSEL;UST_SATZ;UST_BESCHR\r\n"


TIMES = [
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


@pytest.mark.parametrize(("text", "wanted"), TIMES)
def test_times_are_read_or_refused(text: str, wanted: int | None) -> None:
    assert INSTANTS[text] == wanted
    assert INSTANTS[text] == wanted
