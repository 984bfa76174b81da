"""Random months with every business case: journal, closings, DSFinV-K, TSE, DATEV and cash book agree to the cent."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core.kinds import CASH_KINDS
from smartecr.fiscal import process_data
from smartecr.fiscal.datev import extf
from smartecr.fiscal.datev.accounts import Chart
from smartecr.fiscal.dsfinvk import validator, writer
from smartecr.register import queries
from smartecr.register.books import bookkeeping, exporting, verify
from smartecr.register.books.closing import Closing
from smartecr.register.cashdesk import cashbook
from smartecr.register.till import Till
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.sql import fetch
from smartecr.tse import log_message
from smartecr.tse.tar import ExportReader
from smartecr.tse.virtual import Faults
from support.busymonth import Month
from support.dsfinvkbooks import Tables, taken_apart
from support.shop import Clock

Sums = Counter[tuple[int, str, str, int]]
AGREED = bookkeeping.Adviser(client=extf.Client(consultant=1001, client=1), chart=Chart())


def of_closings(days: list[Closing]) -> tuple[Sums, Counter[tuple[int, str]]]:
    cases: Sums = Counter()
    paid: Counter[tuple[int, str]] = Counter()
    for day in days:
        for gv_typ, name, key, _rate, gross, _net, _tax in day.totals.businesscases:
            cases[day.z_number, gv_typ, name, key] += gross
        for kind, _name, cents in day.totals.payments:
            paid[day.z_number, kind] += cents
    return cases, paid


def of_journal() -> tuple[Sums, Counter[tuple[int, str]]]:
    """Add up what the journal's facts say, with nothing but their JSON."""
    cases: Sums = Counter()
    paid: Counter[tuple[int, str]] = Counter()
    for row in fetch("SELECT body FROM register_journal WHERE kind = 'receipt_recorded' ORDER BY seq"):
        body = json.loads(row["body"])
        number = body["receipt"]["z_number"]
        if body["receipt"]["type"] == "Beleg":
            for line in body["line"]:
                cases[number, line["gv_typ"], line.get("gv_name", ""), line["vat_key"]] += line["amount_cents"]
            for payment in body["payment"]:
                paid[number, payment["kind"]] += payment["cents"]
    return cases, paid


def records(tables: Tables, name: str) -> list[dict[str, str]]:
    header, *rows = tables[f"{name}.csv"]
    return [dict(zip(header, row, strict=True)) for row in rows]


def cents(text: str) -> int:
    return round(float(text.replace(",", ".")) * 100)


def of_export(tables: Tables) -> tuple[Sums, Counter[tuple[int, str]]]:
    """Add up receipts of the export, line by line, not its own sums."""
    belege = {row["BON_ID"] for row in records(tables, "transactions") if row["BON_TYP"] == "Beleg"}
    amounts = {(row["BON_ID"], row["POS_ZEILE"]): row for row in records(tables, "lines_vat")}
    cases: Sums = Counter()
    for row in records(tables, "lines"):
        if row["BON_ID"] in belege and row["P_STORNO"] != "1":
            vat = amounts[row["BON_ID"], row["POS_ZEILE"]]
            place = int(row["Z_NR"]), row["GV_TYP"], row["GV_NAME"], int(vat["UST_SCHLUESSEL"])
            cases[place] += cents(vat["POS_BRUTTO"])
    paid: Counter[tuple[int, str]] = Counter()
    for row in records(tables, "datapayment"):
        if row["BON_ID"] in belege and row["ZAHLART_TYP"] != "Keine":
            paid[int(row["Z_NR"]), row["ZAHLART_TYP"]] += cents(row["BASISWAEH_BETRAG"])
    return cases, paid


def _means(paid: process_data.PaidSum) -> str:
    """Bar, Unbar, or foreign notes, which all have gone again when a day is closed."""
    return ("Bar" if paid.cash else "Unbar") if paid.currency == "EUR" else paid.currency


def of_tse(till: Till) -> Counter[str]:
    """Add up the process data of all receipts the TSE itself has signed."""
    sink = io.BytesIO()
    till.tse.operate(lambda device: device.export(sink)).result(60)
    sink.seek(0)
    found: Counter[str] = Counter()
    for entry in ExportReader(sink):
        if not entry.name.endswith(".log"):
            continue
        message = log_message.parse(entry.data)
        text = (message.process_data or b"").decode()
        if message.operation == "FinishTransaction" and text.startswith("Beleg^"):
            data = process_data.parse(text)
            found.update({f"slot {place}": amount for place, amount in enumerate(data.slots)})
            found.update({_means(one): one.cents for one in data.payments})
    return found


def of_unsigned() -> Counter[str]:
    """Add up the receipts issued in an outage, which no TSE knows."""
    found: Counter[str] = Counter()
    sql = (
        "SELECT r.process_data FROM register_receipt r JOIN register_receipt_signature s ON s.receipt_id = r.id "
        "WHERE r.type = 'Beleg' AND s.outage <> ''"
    )
    for row in fetch(sql):
        data = process_data.parse(row["process_data"])
        found.update({f"slot {place}": amount for place, amount in enumerate(data.slots)})
        found.update({_means(one): one.cents for one in data.payments})
    return found


def expected_of_tse(cases: Sums, paid: Counter[tuple[int, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, _, _, key), gross in cases.items():
        found[f"slot {process_data.slot(key)}"] += gross
    for (_, kind), amount in paid.items():
        found["Bar" if kind == "Bar" else "Unbar"] += amount
    return found


def accounts(files: list[bytes]) -> Counter[str]:
    """Add up the accounts of posting batches (debit less credit), read as DATEV reads them."""
    found: Counter[str] = Counter()
    for data in files:
        for line in data.decode("utf-8-sig").splitlines()[2:]:
            fields = line.split(";")
            amount = cents(fields[0]) * (1 if fields[1] == '"S"' else -1)
            found[fields[6]] += amount
            found[fields[7]] -= amount
    return found


def nonzero(counter: Counter[str]) -> dict[str, int]:
    return {key: value for key, value in counter.items() if value}


LONG = (pytest.mark.slow, pytest.mark.once)


@pytest.mark.parametrize(("seed", "days_lived"), [(1, 3), (2, 3), pytest.param(77, 30, marks=LONG)])
def test_all_books_agree_to_the_cent(
    till: Till, clock: Clock, faults: Faults, tmp_path: Path, seed: int, days_lived: int
) -> None:
    month = Month(till, clock, faults, seed)
    days = month.live(days=days_lived, acts=12)
    cases, paid = of_closings(days)
    assert of_journal() == (cases, paid), month.cases

    path = tmp_path / "x.zip"
    writer.write(path, exporting.books(exporting.chosen()), at=datetime(2026, 12, 30, tzinfo=UTC))
    verdict = validator.validate(path, signatures=check_signature)
    assert verdict.errors == 0, verdict.findings
    assert of_export(taken_apart(path)[0]) == (cases, paid)

    signed, unsigned = of_tse(till), of_unsigned()
    assert unsigned
    signed.update(unsigned)
    assert nonzero(signed) == nonzero(expected_of_tse(cases, paid))

    posted = list(bookkeeping.months(till.shop_id, AGREED))
    sums = accounts([bookkeeping.batch(one, AGREED, clock()) for one in posted])
    floats = sum(gross for (_, gv_typ, _, _), gross in cases.items() if gv_typ == "Anfangsbestand")
    in_cash = sum(amount for (_, kind), amount in paid.items() if kind == "Bar")
    assert sums["1361"] == 0
    assert sums["1000"] == in_cash - floats
    revenue = sum(
        gross
        for (_, gv_typ, _, key), gross in cases.items()
        if key == 1 and gv_typ not in CASH_KINDS and not gv_typ.startswith("Anzahlung")
    )
    assert sums["8400"] == -revenue

    entries = cashbook.entries(till.register_id)
    assert entries[-1].stock_cents == days[-1].kept_cents == queries.cash_stock(till)
    assert list(cashbook.shortfalls(till.register_id)) == []
    assert verify.examine().findings == []
    assert len({name.partition(":")[0] for name in month.cases}) > 21
    assert fetch("SELECT count(*) AS n FROM register_invoice")[0]["n"] > 3
    assert month.cases["foreign"] and month.cases["take_back"]
