"""Our own export is clean; whatever single thing is changed in it, the validator sees it."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from smartecr.fiscal.dsfinvk import tables as definitions
from smartecr.fiscal.dsfinvk.findings import CODES
from smartecr.fiscal.dsfinvk.schema import Kind
from smartecr.fiscal.dsfinvk.validator import Verdict, validate
from smartecr.server.cmdline.command_dsfinvk import check_signature
from support import dsfinvkbooks
from support.dsfinvkbooks import Tables, put_together, taken_apart

Parts = tuple[Tables, dict[str, bytes]]


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dsfinvkbooks.export(tmp_path_factory.mktemp("export") / "export.zip")


@pytest.fixture
def parts(zipped: Path) -> Parts:
    return taken_apart(zipped)


def check(tmp_path: Path, tables: Tables, others: dict[str, bytes]) -> Verdict:
    return validate(put_together(tmp_path / "changed", tables, others))


def test_our_own_export_is_clean(zipped: Path) -> None:
    verdict = validate(zipped, signatures=check_signature)
    assert verdict.counts == {}
    assert (verdict.closings, verdict.receipts) == (2, 2 * 28)
    assert verdict.rows["cash_per_currency.csv"] == 4


def test_every_table_but_terminals_is_filled(parts: Parts) -> None:
    assert {name for name, rows in parts[0].items() if len(rows) == 1} == {"slaves.csv"}


def amounts() -> list[tuple[str, str]]:
    skipped = {"ZI_BASISPREIS_BRUTTO", "ZI_BASISPREIS_NETTO", "ZI_BASISPREIS_UST"}  # explanatory, no rule
    return [
        (table.file, column.name)
        for table in definitions.TABLES
        for column in table.columns
        if column.kind in (Kind.MONEY, Kind.RATE) and column.name not in skipped
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "column"), amounts())
def test_a_cent_more_in_any_amount_is_an_error(tmp_path: Path, parts: Parts, file: str, column: str) -> None:
    table = definitions.BY_FILE[file]
    place = table.place(column)
    rows = parts[0][file]
    for number in [number for number in range(1, len(rows)) if rows[number][place]][:6]:
        changed = {**parts[0], file: copy.deepcopy(rows)}
        value = changed[file][number][place]
        cents = int(value.replace(",", "")) + 1
        changed[file][number][place] = f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"
        verdict = check(tmp_path, changed, parts[1])
        assert verdict.errors, f"row {number}: {value} -> {changed[file][number][place]}"


def says_nothing(file: str, row: list[str]) -> bool:
    """Rows that may be left out: a rate nobody used, sums of nothing, Keine on what is no Beleg, how a price arose."""
    unused = file == "vat.csv" and row[3] == "6"
    nothing = file in ("businesscases.csv", "transactions_vat.csv") and set(row[-3:]) == {"0,00"}
    return unused or nothing or file == "itemamounts.csv"


SILENT = {
    # explanation only: nothing else says whether they belong there
    "allocation_groups.csv",
    "subitems.csv",
    "pa.csv",
    "references.csv",
}


@pytest.mark.slow
@pytest.mark.parametrize("file", [table.file for table in definitions.TABLES if table.file not in SILENT])
def test_a_missing_row_is_an_error(tmp_path: Path, parts: Parts, file: str) -> None:
    for number in range(1, min(len(parts[0][file]), 30)):
        row = parts[0][file][number]
        if says_nothing(file, row):
            continue
        changed = {**parts[0], file: parts[0][file][:number] + parts[0][file][number + 1 :]}
        assert check(tmp_path, changed, parts[1]).errors, f"row {number} of {file}"


@pytest.mark.slow
@pytest.mark.parametrize("file", [table.file for table in definitions.TABLES if table.file not in SILENT])
def test_a_row_twice_is_an_error(tmp_path: Path, parts: Parts, file: str) -> None:
    for number in range(1, min(len(parts[0][file]), 8)):
        if file == "datapayment.csv" and parts[0][file][number][4] == "Keine":
            continue
        changed = {**parts[0], file: [*parts[0][file], parts[0][file][number]]}
        assert check(tmp_path, changed, parts[1]).errors, f"row {number} of {file}"


KEYS = [
    ("Z_KASSE_ID", "K2"),
    ("Z_ERSTELLUNG", "2026-11-01T10:00:00+01:00"),
    ("Z_NR", "9"),
    ("BON_ID", "999"),
    ("POS_ZEILE", "99"),
    ("UST_SCHLUESSEL", "3"),
    ("TSE_ID", "2"),
    ("TERMINAL_ID", "T9"),
    ("POS_TERMINAL_ID", "T9"),
    ("REF_BON_ID", "4711"),
    ("TSE_TANR", ""),
    ("TSE_SERIAL", "00"),
    ("TSE_PUBLIC_KEY", "QUJD"),
    ("TSE_ZERTIFIKAT_I", "QUJD"),
    ("GV_TYP", "Verkauf"),
    ("BON_TYP", "Rechnung"),
    ("ZAHLART_TYP", "Scheck"),
    ("BON_NAME", ""),
    ("BON_STORNO", "2"),
    ("LAND", "DE"),
    ("KASSE_BASISWAEH_CODE", "Euro"),
    ("BON_START", "gestern"),
    ("BON_START", "2026-02-30T10:00:00+01:00"),
    ("BON_START", "2027-01-01T10:00:00+01:00"),
    ("BON_ENDE", "2026-01-01T10:00:00+01:00"),
    ("BON_ENDE", "2027-01-01T10:00:00+01:00"),
    ("TSE_TA_ENDE", "2026-01-01T10:00:00.000Z"),
    ("TSE_TA_SIGZ", "1"),
    ("Z_START_ID", "2"),
    ("Z_ENDE_ID", "2"),
    ("TAXONOMIE_VERSION", "9"),
    ("STNR", ""),
    ("NAME", ""),
    ("ARTIKELTEXT", "x" * 256),
    ("MENGE", "1.000,5"),
    ("MENGE", "1,0005"),
    ("STK_BR", "eins"),
    ("TSE_VORGANGSDATEN", "Beleg^9.99_0.00_0.00_0.00_0.00^9.99:Bar"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("column", "value"), KEYS)
def test_a_wrong_value_is_an_error_wherever_it_stands(tmp_path: Path, parts: Parts, column: str, value: str) -> None:
    found = [table for table in definitions.TABLES if any(one.name == column for one in table.columns)]
    seen = 0
    for table in found:
        if table.file in ("pa.csv", "subitems.csv", "slaves.csv") and column == "UST_SCHLUESSEL":
            continue
        place = table.place(column)
        rows = parts[0][table.file]
        wanted = [n for n in range(1, len(rows)) if not (column == "BON_NAME" and rows[n][5] != "AVSonstige")]
        wanted = [n for n in wanted if column != "TSE_VORGANGSDATEN" or rows[n][8] == "Kassenbeleg-V1"]
        if table is definitions.TRANSACTIONS_TSE and column.startswith("TSE_TA"):
            wanted = [n for n in wanted if rows[n][place]]
        if column in ("TSE_ID", "TSE_TANR"):
            wanted = [n for n in wanted if rows[n][-2] == "" or table is definitions.TSE]
        if column in ("MENGE", "STK_BR"):
            wanted = [n for n in wanted if rows[n][place]]
        if column == "Z_ENDE_ID":
            wanted = wanted[1:]
        for number in wanted[1:2] or wanted[:1]:
            changed = {**parts[0], table.file: copy.deepcopy(rows)}
            changed[table.file][number][place] = value
            assert check(tmp_path, changed, parts[1]).errors, f"{table.file} row {number}"
            seen += 1
    assert seen


def test_a_changed_signature_is_an_error(tmp_path: Path, parts: Parts) -> None:
    for column, value in (("TSE_TA_SIGZ", "5"), ("TSE_TA_ENDE", "2026-11-02T07:00:58.000Z"), ("TSE_TANR", "777")):
        changed = copy.deepcopy(parts[0])
        rows = changed["transactions_tse.csv"]
        rows[1][definitions.TRANSACTIONS_TSE.place(column)] = value
        folder = put_together(tmp_path / column, changed, parts[1])
        assert validate(folder, signatures=check_signature).counts["tse.signature"] == 1


def test_a_whole_receipt_that_is_missing_is_an_error(tmp_path: Path, parts: Parts) -> None:
    for receipt in ("3", "23", "26", "28", "29"):
        changed = {
            name: [row for row in rows if name in MASTER or row[3] != receipt] for name, rows in parts[0].items()
        }
        assert check(tmp_path, changed, parts[1]).errors, receipt


MASTER = {table.file for table in definitions.TABLES if table.level.name == "CLOSING"}


def test_a_missing_closing_is_an_error(tmp_path: Path) -> None:
    tables, others = taken_apart(dsfinvkbooks.export(tmp_path / "three.zip", 3, sign=False))
    changed = {name: [row for row in rows if row[2] != "2"] for name, rows in tables.items()}
    verdict = check(tmp_path, changed, others)
    assert verdict.counts == {"key.closing_gap": 1, "tse.counter_gap": 1}


def test_order_of_rows_does_not_matter(tmp_path: Path, parts: Parts) -> None:
    """Rows in any order are spread over files on disk and come out the same."""
    reversed_ = {name: [rows[0], *rows[:0:-1]] for name, rows in parts[0].items()}
    reversed_["cashpointclosing.csv"] = parts[0]["cashpointclosing.csv"]
    assert check(tmp_path, reversed_, parts[1]).counts == {}
    reversed_["lines_vat.csv"][5][6] = "12345,00"
    assert check(tmp_path, reversed_, parts[1]).errors


def test_findings_are_counted_all_and_kept_in_part(tmp_path: Path, parts: Parts) -> None:
    changed = {**parts[0], "lines.csv": copy.deepcopy(parts[0]["lines.csv"])}
    place = definitions.LINES.place("GV_TYP")
    for row in changed["lines.csv"][1:]:
        row[place] = "\x07" + "x" * 500
    verdict = validate(put_together(tmp_path / "changed", changed, parts[1]), most_findings=3)
    assert verdict.counts["field.too_long"] == len(changed["lines.csv"]) - 1
    kept = [finding for finding in verdict.findings if finding.code == "field.too_long"]
    assert [(one.file, one.row, one.column) for one in kept] == [("lines.csv", row, "GV_TYP") for row in (2, 3, 4)]
    assert all(one.message.isprintable() and len(one.message) < 200 for one in kept)


def test_every_code_has_a_sentence_that_can_be_filled() -> None:
    assert len(CODES) > 80
    assert set(CODES.values()) == {"error", "warning"}


def test_sums_of_a_closing_that_balance_by_mistake_are_found_each(tmp_path: Path, parts: Parts) -> None:
    """A cent moved from one business case to another leaves every total as it was."""
    rows = copy.deepcopy(parts[0]["businesscases.csv"])
    gross, net = definitions.BUSINESSCASES.place("Z_UMS_BRUTTO"), definitions.BUSINESSCASES.place("Z_UMS_NETTO")
    for row, cent in ((rows[1], 1), (rows[2], -1)):
        for place in (gross, net):
            cents = int(row[place].replace(",", "")) + cent
            row[place] = f"{cents // 100},{cents % 100:02d}"
    verdict = check(tmp_path, {**parts[0], "businesscases.csv": rows}, parts[1])
    assert verdict.counts == {"closing.case": 2}
    assert [finding.row for finding in verdict.findings] == [2, 3]
