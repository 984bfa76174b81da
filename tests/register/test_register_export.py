"""The books as DSFinV-K: what the till did is in the export, and its sums are those of the closing."""

from __future__ import annotations

import errno
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core.receipt import Payment
from smartecr.fiscal.dsfinvk import archive, validator
from smartecr.register import queries
from smartecr.register.books import closing, exporting, frozen
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import means
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.server.cmdline import command_export_dsfinvk
from smartecr.server.cmdline.command_dsfinvk import check_signature
from smartecr.sql import fetch
from smartecr.tse.virtual import Faults
from support.dsfinvkbooks import Tables, taken_apart
from support.shop import CASHIER, EMPTY, ESPRESSO, JUICE, LATTE, MANAGER, OWNER, ROLL, Clock, command, pay_cash, ring


def do(till: Till, what: str, **arguments: object) -> None:
    (outcome,) = selling.run(till, MANAGER, [command(till, what, **arguments)])
    assert outcome.ok, outcome


def day(till: Till, clock: Clock, faults: Faults) -> closing.Closing:
    """A day with everything the till can do."""
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 15000, "")
    ring(till, ESPRESSO, ROLL, LATTE)
    do(till, "discount_line", line=queries.current(till).basket.lines[1].id, kind="percent", value=1000, reason="")
    do(till, "in_house", value=False, line=queries.current(till).basket.lines[2].id)
    do(till, "discount", kind="amount", value=100, reason="Kulanz")
    sale = pay_cash(till, 2000)
    clock.forward(minutes=3)
    ring(till, JUICE, JUICE, ESPRESSO)
    do(till, "void", line=queries.current(till).newest_line_id)
    basket = queries.current(till)
    half = [
        Payment(kind="Bar", cents=200),
        Payment(kind="ECKarte", cents=basket.priced.total_cents - 200, name="V PAY"),
    ]
    paying.pay(till, CASHIER, basket.id, till.new_id(), half)
    ring(till, EMPTY, actor=MANAGER)
    pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), sale.id, "falsch")
    ring(till, ROLL)
    means.correct(till, MANAGER, till.new_id(), pay_cash(till).id, "debit", "Falsche Taste")
    ring(till, JUICE)
    do(till, "discard")
    cash.move(till, MANAGER, till.new_id(), "Auszahlung", -499, "Milch gekauft")
    cash.move(till, MANAGER, till.new_id(), "Privateinlage", 1000, "Wechselgeld")
    clock.forward(minutes=3)
    faults.unplugged = True
    ring(till, ROLL)
    assert not pay_cash(till).signed
    faults.unplugged = False
    clock.forward(minutes=20)
    return closing.close_day(till, MANAGER, till.new_id(), None, kept_cents=10000)


def export(path: Path, first: str = "", last: str = "") -> tuple[validator.Verdict, Tables]:
    """Export, check all with signatures, and take the export apart."""
    exporting.write(path, exporting.chosen(first, last), at=datetime(2026, 11, 30, tzinfo=UTC))
    return validator.validate(path, signatures=check_signature), taken_apart(path)[0]


def records(tables: Tables, name: str) -> list[dict[str, str]]:
    header, *rows = tables[f"{name}.csv"]
    return [dict(zip(header, row, strict=True)) for row in rows]


def cents(text: str) -> int:
    return round(float(text.replace(",", ".")) * 100)


def test_a_day_with_everything_is_exported_without_an_error(
    till: Till, clock: Clock, faults: Faults, tmp_path: Path
) -> None:
    closed = day(till, clock, faults)
    verdict, tables = export(tmp_path / "x.zip")
    assert verdict.errors == 0, verdict.findings
    assert verdict.signatures_checked
    sums = ("Z_UMS_BRUTTO", "Z_UMS_NETTO", "Z_UST")
    cases = [
        (row["GV_TYP"], row["GV_NAME"], int(row["UST_SCHLUESSEL"]), *(cents(row[column]) for column in sums))
        for row in records(tables, "businesscases")
    ]
    assert cases == [(case[0], case[1], case[2], *case[4:]) for case in closed.totals.businesscases]
    paid = [(r["ZAHLART_TYP"], r["ZAHLART_NAME"], cents(r["Z_ZAHLART_BETRAG"])) for r in records(tables, "payment")]
    assert paid == list(closed.totals.payments)
    (head,) = records(tables, "cashpointclosing")
    assert (cents(head["Z_SE_ZAHLUNGEN"]), cents(head["Z_SE_BARZAHLUNGEN"])) == (
        closed.totals.payments_cents,
        closed.totals.cash_cents,
    )
    assert (head["Z_START_ID"], head["Z_ENDE_ID"]) == ("1", str(closed.totals.last_number))


def test_what_the_register_ended_by_itself_is_exported(till: Till, clock: Clock, tmp_path: Path) -> None:
    """A start was signed, and the process ended before anything else: the next start ends it, no person does."""
    ring(till, ESPRESSO)
    pay_cash(till)
    till.tse.operate(lambda tse: tse.start_transaction(till.serial)).result(10)
    assert securing.tidy(till) == 1
    closing.close_day(till, MANAGER, till.new_id(), None)
    verdict, tables = export(tmp_path / "x.zip")
    assert verdict.errors == 0, verdict.findings
    (ended,) = (row for row in records(tables, "transactions") if row["BON_TYP"] == "AVBelegabbruch")
    assert (ended["BEDIENER_ID"], ended["BEDIENER_NAME"]) == ("smartECR", "smartECR")


def test_a_table_taken_into_the_next_period_leaves_no_gap(till: Till, clock: Clock, tmp_path: Path) -> None:
    """Its transaction began in one closing and ends in the next: nothing of the TSE is missing."""
    ring(till, ESPRESSO)
    do(till, "park", label="Tisch 4")
    ring(till, ROLL)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None, carry=True)
    clock.forward(minutes=5)
    (parked,) = queries.parked(till)
    do(till, "recall", basket=parked.id)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    verdict, tables = export(tmp_path / "x.zip")
    assert verdict.errors == 0 and "tse.counter_gap" not in verdict.counts
    ended = [(row["Z_NR"], int(row["TSE_TANR"])) for row in records(tables, "transactions_tse")]
    assert sorted(number for _closing, number in ended) == list(range(1, len(ended) + 1))
    assert max(number for z, number in ended if z == "1") > min(number for z, number in ended if z == "2")


def test_what_happened_stands_in_the_tables(till: Till, clock: Clock, faults: Faults, tmp_path: Path) -> None:
    day(till, clock, faults)
    _, tables = export(tmp_path / "x.zip")
    receipts = {row["BON_ID"]: row for row in records(tables, "transactions")}
    (abort,) = [row for row in receipts.values() if row["BON_TYP"] == "AVBelegabbruch"]
    (void,) = [row for row in receipts.values() if row["BON_STORNO"] == "1"]
    assert (void["BON_ID"], void["BON_NOTIZ"], void["BEDIENER_NAME"]) == ("5", "falsch", "Murat")
    references = {row["BON_ID"]: row for row in records(tables, "references")}
    reference = references.pop("5")
    ((corrected, means_of),) = references.items()
    assert receipts[corrected]["BON_NOTIZ"] == "Korrektur der Zahlart: Falsche Taste"
    assert int(means_of["REF_BON_ID"]) == int(corrected) - 1
    assert (reference["BON_ID"], reference["REF_BON_ID"], reference["REF_Z_NR"]) == ("5", "2", "1")
    assert reference["REF_DATUM"] == receipts["2"]["BON_ENDE"] == "2026-11-24T08:42:00+01:00"
    struck = [(row["BON_ID"], row["ARTIKELTEXT"]) for row in records(tables, "lines") if row["P_STORNO"] == "1"]
    assert ("3", "Espresso") in struck
    assert (abort["BON_ID"], "Apfelschorle 0,33 l") in struck
    outages = [row for row in records(tables, "transactions_tse") if row["TSE_TA_FEHLER"]]
    assert outages
    assert all(not row["TSE_TA_SIG"] for row in outages)
    assert {row["INHAUS"] for row in records(tables, "lines") if row["BON_ID"] == "2"} >= {"0", "1"}
    assert {row["GV_TYP"] for row in records(tables, "lines")} >= {
        "Umsatz", "Rabatt", "Pfand", "PfandRueckzahlung",
        "Anfangsbestand", "Geldtransit", "Auszahlung", "Privateinlage",
    }  # fmt: skip
    assert [row["ZAHLART_TYP"] for row in records(tables, "datapayment") if row["BON_ID"] == "3"] == ["Bar", "ECKarte"]


def test_blocks_periods_and_frozen_names(
    till: Till, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BLOCK", 2)
    monkeypatch.setattr(exporting, "STRETCH", 5)
    for _ in range(3):
        for _ in range(3):
            ring(till, ROLL, ESPRESSO)
            do(till, "void", line=queries.current(till).newest_line_id)
            pay_cash(till)
        closing.close_day(till, MANAGER, till.new_id(), None, kept_cents=0)
        clock.forward(hours=24)
        (shop,) = fetch("SELECT * FROM register_shop")
        masterdata.save_shop(till, OWNER, {**shop, "name": f"Morgenrot {clock().day}"})
    verdict, tables = export(tmp_path / "all.zip")
    assert (verdict.errors, verdict.closings, verdict.receipts) == (0, 3, 12)
    assert [row["LOC_NAME"] for row in records(tables, "location")] == ["Morgenrot", "Morgenrot 25", "Morgenrot 26"]
    struck = [row["BON_ID"] for row in records(tables, "lines") if row["P_STORNO"] == "1"]
    assert struck == ["1", "2", "3", "5", "6", "7", "9", "10", "11"]
    verdict, tables = export(tmp_path / "one.zip", "2026-11-25", "2026-11-25")
    assert (verdict.errors, verdict.closings) == (0, 1)
    assert [row["BON_ID"] for row in records(tables, "transactions")] == ["5", "6", "7", "8"]
    assert exporting.chosen("2026-11-27") == []


def test_a_closing_of_an_earlier_version_takes_keys_and_rates_from_the_tables(till: Till) -> None:
    ring(till, ROLL)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    (row,) = fetch("SELECT * FROM register_closing")
    totals = json.loads(row["totals"])
    whole, _ = frozen.master_data(row)
    for name in ("rates", "software"):
        del totals["master"][name]
    for tse in totals["master"]["tse"]:
        del tse["public_key"], tse["certificates"]
    old, ids = frozen.master_data({**row, "totals": json.dumps(totals)})
    assert (old.rates, old.tses) == (whole.rates, whole.tses)
    assert (1, 1900) in [rate[:2] for rate in old.rates]
    assert list(ids.values()) == [1]


def test_a_full_disk_and_a_shop_without_a_street_end_with_a_sentence(
    till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: object, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def run() -> str:
        assert command_export_dsfinvk.export(tmp_path, target, None, None) == 2
        assert not list(target.parent.iterdir())
        return capsys.readouterr().err

    target = tmp_path / "out" / "x.zip"
    target.parent.mkdir()
    monkeypatch.setattr(command_export_dsfinvk, "open_books", lambda _folder, alone: nullcontext())
    assert "keinen Kassenabschluss" in run()
    ring(till, ROLL)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    with monkeypatch.context() as patched:
        patched.setattr(archive._Member, "write", full)
        assert "reicht der Platz nicht" in run()
    (shop,) = fetch("SELECT * FROM register_shop")
    masterdata.save_shop(till, OWNER, {**shop, "street": ""})
    ring(till, ROLL)
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert "STRASSE: Der Wert fehlt." in run()
    masterdata.save_shop(till, OWNER, {**shop, "street": "Lindenweg 2"})
    assert command_export_dsfinvk.export(tmp_path, target, None, None) == 0
    streets = [row["STRASSE"] for row in records(taken_apart(target)[0], "cashpointclosing")]
    assert streets == ["Lindenweg 1", "Lindenweg 2"]
