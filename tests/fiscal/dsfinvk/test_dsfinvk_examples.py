"""The official worked examples (DSFinV-K, Anhang F and the published workbooks): their facts show their figures."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from smartecr.fiscal.dsfinvk.records import Closing, Payment, Receipt, Reference, VatAmount
from smartecr.fiscal.dsfinvk.validator import validate
from smartecr.fiscal.dsfinvk.writer import write
from support.dsfinvkbooks import CASH, NOTHING, Till, amount, line, put_together, taken_apart
from support.samples import sample

AT = datetime(2026, 11, 30, tzinfo=UTC)
Lines = list[tuple[str, int, int]]
Vat = list[tuple[int, int, int, int]]
MEAL = [("Umsatz", 1000, 1), ("Umsatz", 300, 1), ("Umsatz", 1000, 2)]
UNTAXED_MEAL = [("Umsatz", 1000, 5), ("Umsatz", 300, 5), ("Umsatz", 1000, 5)]
SPLIT = [(1, 1300, 1092, 208), (2, 1000, 935, 65)]
# workbook, column of the example in it, lines, payment, UMS_BRUTTO, transactions_vat, processData
EXAMPLES: list[tuple[str, str, Lines, tuple[str, int], int, Vat, str]] = [
    ("V_2_1_01 a", "K", [*MEAL, ("Forderungsentstehung", -2300, 7)], ("Keine", 0), 0, [*SPLIT, (7, -2300, -2300, 0)],
     "Beleg^13.00_10.00_0.00_0.00_-23.00^"),
    ("V_2_1_01 a", "M", [("Forderungsaufloesung", 2300, 7)], (CASH, 2300), 2300, [(7, 2300, 2300, 0)],
     "Beleg^0.00_0.00_0.00_0.00_23.00^23.00:Bar"),
    ("V_2_1_01 b", "M", [*UNTAXED_MEAL, ("Forderungsentstehung", -2300, 5)], ("Keine", 0), 0, [(5, 0, 0, 0)],
     "Beleg^0.00_0.00_0.00_0.00_0.00^"),
    ("V_2_1_01 b", "O", [("Forderungsaufloesung", 1300, 1), ("Forderungsaufloesung", 1000, 2)], (CASH, 2300), 2300,
     SPLIT, "Beleg^13.00_10.00_0.00_0.00_0.00^23.00:Bar"),
    ("V_2_1_01 c", "M", [*MEAL, ("Forderungsentstehung", -2300, 5)], ("Keine", 0), 0, [*SPLIT, (5, -2300, -2300, 0)],
     "Beleg^13.00_10.00_0.00_0.00_-23.00^"),
    ("V_2_1_01 c", "O", [("Forderungsaufloesung", 2300, 5)], (CASH, 2300), 2300, [(5, 2300, 2300, 0)],
     "Beleg^0.00_0.00_0.00_0.00_23.00^23.00:Bar"),
    ("V_2_1_02", "M", [("MehrzweckgutscheinKauf", 5000, 5)], (CASH, 5000), 5000, [(5, 5000, 5000, 0)],
     "Beleg^0.00_0.00_0.00_0.00_50.00^50.00:Bar"),
    ("V_2_1_02", "O",
     [("Umsatz", 1700, 1), ("Umsatz", 1950, 1), ("Umsatz", 1350, 1), ("MehrzweckgutscheinEinloesung", -5000, 5)],
     ("Keine", 0), 0, [(1, 5000, 4202, 798), (5, -5000, -5000, 0)], "Beleg^50.00_0.00_0.00_0.00_-50.00^"),
    ("V_2_1_03", "M", [("EinzweckgutscheinKauf", 5000, 1)], (CASH, 5000), 5000, [(1, 5000, 4202, 798)],
     "Beleg^50.00_0.00_0.00_0.00_0.00^50.00:Bar"),
    ("V_2_1_03", "O", [("Umsatz", 5000, 1), ("EinzweckgutscheinEinloesung", -5000, 1)], ("Keine", 0), 0, [(1, 0, 0, 0)],
     "Beleg^0.00_0.00_0.00_0.00_0.00^"),
    ("V_2_1_04", "M", [("Anzahlungseinstellung", 30000, 1)], ("Kreditkarte", 30000), 30000, [(1, 30000, 25210, 4790)],
     "Beleg^300.00_0.00_0.00_0.00_0.00^300.00:Unbar"),
    ("V_2_1_04", "O", [("Umsatz", 250000, 1), ("Anzahlungsaufloesung", -30000, 1)], (CASH, 220000), 220000,
     [(1, 220000, 184874, 35126)], "Beleg^2200.00_0.00_0.00_0.00_0.00^2200.00:Bar"),
    ("V_2_1_05", "M", [("Privateinlage", 100000, 5)], (CASH, 100000), 100000, [(5, 100000, 100000, 0)],
     "Beleg^0.00_0.00_0.00_0.00_1000.00^1000.00:Bar"),
    ("V_2_1_05", "O", [("Privatentnahme", -3000, 5)], (CASH, -3000), -3000, [(5, -3000, -3000, 0)],
     "Beleg^0.00_0.00_0.00_0.00_-30.00^-30.00:Bar"),
    ("V_2_1_06", "M", [("Geldtransit", 25000, 5)], (CASH, 25000), 25000, [(5, 25000, 25000, 0)],
     "Beleg^0.00_0.00_0.00_0.00_250.00^250.00:Bar"),
    ("V_2_1_06", "O", [("Geldtransit", -420000, 5)], (CASH, -420000), -420000, [(5, -420000, -420000, 0)],
     "Beleg^0.00_0.00_0.00_0.00_-4200.00^-4200.00:Bar"),
    ("V_2_1_07", "M", [("DifferenzSollIst", -8700, 5)], (CASH, -8700), -8700, [(5, -8700, -8700, 0)],
     "Beleg^0.00_0.00_0.00_0.00_-87.00^-87.00:Bar"),
]  # fmt: skip
IDS = [f"{workbook} {column}" for workbook, column, *_ in EXAMPLES]


SLIPS = {
    ("V_2_1_01 c", "O", "BON_NETTO"),  # 0 beside 23 gross and no VAT
    ("V_2_1_02", "M", "BON_NETTO"),  # left out
    ("V_2_1_02", "M", "BON_UST"),
}
"""Where the workbooks contradict themselves or say nothing."""


def cents(text: str) -> int:
    return int(Decimal(text.replace(",", ".")).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)


def written(path: Path, books: list[tuple[Closing, list[Receipt]]]) -> dict[str, list[list[str]]]:
    write(path, books, at=AT)
    return {name: [row[3:] for row in rows[1:]] for name, rows in taken_apart(path)[0].items()}


@pytest.mark.parametrize(("workbook", "column", "lines", "paid", "total", "vat", "data"), EXAMPLES, ids=IDS)
def test_an_example_shows_its_figures(
    tmp_path: Path, workbook: str, column: str, lines: Lines, paid: tuple[str, int], total: int, vat: Vat, data: str
) -> None:
    till = Till()
    float_ = till.receipt([line("Anfangsbestand", 1_000_000, 5, quantity=None)], [Payment(CASH, 1_000_000)])
    receipt = till.receipt([line(*one) for one in lines], [Payment(*paid)])
    tables = written(tmp_path / "x.zip", [(till.close(), [float_, receipt])])
    assert cents(tables["transactions.csv"][1][10]) == total
    rows = [row[1:] for row in tables["transactions_vat.csv"] if row[0] == "2"]
    assert [(int(row[0]), *map(cents, row[1:])) for row in rows] == vat
    payment = tables["datapayment.csv"][1]
    assert (payment[1], cents(payment[5])) == paid
    assert tables["transactions_tse.csv"][1][-1] == data
    flag = "1" if any(key == 7 for _, _, key in lines) else "0"
    assert tables["cashregister.csv"][0][-1] == flag
    assert validate(tmp_path / "x.zip").counts == {}


@pytest.mark.parametrize(("workbook", "column", "lines", "paid", "total", "vat", "data"), EXAMPLES, ids=IDS)
def test_the_workbooks_say_the_same(
    workbook: str, column: str, lines: Lines, paid: tuple[str, int], total: int, vat: Vat, data: str
) -> None:
    (path,) = sample("dsfinvk/official-examples").glob(f"{workbook} *.xlsx")
    cells = spreadsheet(path)
    figures: defaultdict[str, list[str]] = defaultdict(list)
    for place, text in cells.items():
        letters, row = place.rstrip("0123456789"), place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if letters == column and text.strip():
            names = (cells.get(name + row, "") for name in "IK" if name != column)
            figures[next((name for name in names if name), "?")].append(text)
    assert [cents(text) for text in figures["BON_BRUTTO"]] == [row[1] for row in vat]
    for name, place in (("BON_NETTO", 2), ("BON_UST", 3)):
        if (workbook, column, name) not in SLIPS:
            assert [cents(text) for text in figures[name]] == [row[place] for row in vat]
    assert [(case, cents(text)) for case, text in zip(figures["GV_TYP"], figures["POS_BRUTTO"], strict=True)] == [
        (case, gross) for case, gross, _ in lines
    ]


def spreadsheet(path: Path) -> dict[str, str]:
    """Return the cells of the first sheet."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{space}t"))
            for item in fromstring(archive.read("xl/sharedStrings.xml")).findall(f"{space}si")
        ]
        cells = {}
        for cell in fromstring(archive.read("xl/worksheets/sheet1.xml")).iter(f"{space}c"):
            value = cell.findtext(f"{space}v")
            if value is not None:
                cells[cell.get("r", "")] = shared[int(value)] if cell.get("t") == "s" else value
    return cells


def bakery(till: Till) -> list[Receipt]:
    """Anhang F: a day in a bakery."""
    rolls, coffee = line("Umsatz", 200, 2), line("Umsatz", 250, 1)
    card = Payment("Kreditkarte", 450, "Mastercard")
    day = [
        till.receipt([line("Geldtransit", 25000, 5, quantity=None)], [Payment(CASH, 25000)]),
        till.receipt([rolls, coffee], [Payment(CASH, 450)]),
        till.receipt([rolls, coffee], [card]),
        till.receipt([line("Privatentnahme", -500, 5, quantity=None)], [Payment(CASH, -500)]),
        till.receipt([line("Umsatz", 1250, 2)], [NOTHING], type="AVBestellung", total=0),
        till.receipt([line("Anzahlungseinstellung", 250, 2)], [Payment(CASH, 250)]),
    ]

    def to(receipt: Receipt) -> tuple[Reference]:
        return (Reference(receipt.id, register_id="K1", closing=1, ended=receipt.end),)

    sale = line("Umsatz", 250, 2)
    day.append(till.receipt([sale, line("Anzahlungsaufloesung", -250, 2)], [NOTHING], references=to(day[-1])))
    day.append(till.receipt([sale], [NOTHING], type="AVBestellung", total=0))
    day.append(till.receipt([line("Anzahlungseinstellung", 100, 2)], [Payment(CASH, 100)]))
    rest = [sale, line("Anzahlungsaufloesung", -100, 2)]
    day.append(till.receipt(rest, [Payment(CASH, 150)], references=to(day[-1])))
    later = [sale, line("Forderungsentstehung", -150, 2)]
    split = (VatAmount(2, 250, 234, 16),)
    day.append(till.receipt(later, [Payment(CASH, 100)], vat=split, total=100))
    back = [line("Forderungsaufloesung", 150, 2)]
    day.append(till.receipt(back, [Payment(CASH, 150)], vat=(amount(0, 2),), total=150, references=to(day[-1])))
    return day


def test_the_bakery_closes_with_the_official_sums(tmp_path: Path) -> None:
    till = Till()
    day = bakery(till)
    tables = written(tmp_path / "x.zip", [(till.close(), day)])
    cases = {(row[0], row[3]): tuple(map(cents, row[4:])) for row in tables["businesscases.csv"]}
    assert cases == {
        ("Umsatz", "1"): (500, 420, 80),
        ("Umsatz", "2"): (1150, 1075, 75),
        ("Geldtransit", "5"): (25000, 25000, 0),
        ("Privatentnahme", "5"): (-500, -500, 0),
        ("Anzahlungseinstellung", "2"): (350, 327, 23),
        ("Anzahlungsaufloesung", "2"): (-350, -327, -23),
        ("Forderungsentstehung", "2"): (-150, -140, -10),
        ("Forderungsaufloesung", "2"): (150, 140, 10),
    }
    assert tables["payment.csv"] == [["Bar", "", "257,00"], ["Kreditkarte", "Mastercard", "4,50"]]
    assert tables["cash_per_currency.csv"] == [["EUR", "257,00"]]
    assert tables["cashpointclosing.csv"][0][-2:] == ["261,50", "257,00"]
    verdict = validate(tmp_path / "x.zip")
    assert verdict.counts == {}


def test_an_export_as_the_annex_prints_it_leaves_out_rows_that_cancel(tmp_path: Path) -> None:
    """The sums of prepayments and receivables are rows of their own; leaving them out is found."""
    till = Till()
    write(tmp_path / "x.zip", [(till.close(), bakery(till))], at=AT)
    tables, others = taken_apart(tmp_path / "x.zip")
    kept = ("GV_TYP", "Umsatz", "Geldtransit", "Privatentnahme")
    tables["businesscases.csv"] = [row for row in tables["businesscases.csv"] if row[3] in kept]
    assert validate(put_together(tmp_path / "y", tables, others)).counts["closing.case"] == 4
