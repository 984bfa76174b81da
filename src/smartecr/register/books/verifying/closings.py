"""Closings against their receipts and against the export, numbers without gaps, drawer against cash book, outages."""

from __future__ import annotations

import json

from smartecr.core.money import format_cents
from smartecr.fiscal.dsfinvk.sums import ClosingSums
from smartecr.register.books.frozen import master_data
from smartecr.register.books.verifying.receipts import Added
from smartecr.register.books.verifying.verdict import Verdict
from smartecr.register.cashdesk import cashbook
from smartecr.register.rows import Row
from smartecr.sql import fetch, select


def check(verdict: Verdict, closing_id: str, receipts: Added) -> None:
    """Check a closing against its receipts, which are let go of; one that is not in the books is missed elsewhere."""
    for row in fetch("SELECT * FROM register_closing WHERE id = %s", [closing_id]):
        verdict.closings += 1
        _closing(verdict, row, receipts)
        receipts.forget((row["register_id"], row["z_number"]))


def late(verdict: Verdict, receipts: Added) -> None:
    """Name closings that got receipts after they were closed: of `receipts` only the open periods' are left."""
    for key in receipts.sums:
        if select("SELECT id FROM register_closing WHERE register_id = %s AND z_number = %s", key):
            verdict.findings.append(f"Abschluss {key[1]}: ein Beleg kam dazu, als er schon geschlossen war")


def _closing(verdict: Verdict, row: Row, receipts: Added) -> None:
    """Compare a closing with its receipts as the register adds them up, and as the export does."""
    place, key = f"Abschluss {row['z_number']}", (row["register_id"], row["z_number"])
    try:
        frozen = json.loads(row["totals"])
        wanted = json.loads(json.dumps(receipts.sums[key].totals().kept()))
        wrong = [name for name, value in wanted.items() if name in frozen and frozen[name] != value]
        differs = _export_differs(row, receipts.exported[key], frozen)
    except (LookupError, TypeError, ValueError) as error:
        verdict.findings.append(f"{place}: unlesbar ({type(error).__name__})")
        return
    if wrong:
        verdict.findings.append(f"{place}: {', '.join(wrong)} passt nicht zu seinen Belegen")
    if row["kept_cents"] != wanted["cash_cents"]:
        kept, cash = format_cents(row["kept_cents"]), format_cents(wanted["cash_cents"])
        verdict.findings.append(f"{place}: in der Lade blieben {kept} €, die Belege ergeben {cash} €")
    for name in differs:
        verdict.findings.append(f"{place}: {name} im DSFinV-K-Export ist anders")


def _export_differs(row: Row, sums: ClosingSums, frozen: Row) -> list[str]:
    rates = {key: rate for key, rate, _ in master_data(row)[0].rates}
    cases = [[kind, name, key, gross, net, tax] for kind, name, _, key, gross, net, tax in sums.cases(rates)]
    wanted = [[kind, name, key, gross, net, tax] for kind, name, key, _rate, gross, net, tax in frozen["businesscases"]]
    paid = [list(payment) for payment in sums.payments() if payment[2]]
    booked = [payment for payment in frozen["payments"] if payment[2]]
    found = [] if sorted(cases) == sorted(wanted) else ["die Geschäftsvorfälle"]
    return found + ([] if sorted(paid) == sorted(booked) else ["die Zahlarten"])


def numbers(verdict: Verdict) -> None:
    """Miss the numbers of receipts and closings that are not there."""
    for table, column, word in (
        ("register_receipt", "number", "Belegnummer"),
        ("register_closing", "z_number", "Abschlussnummer"),
    ):
        sql = f"SELECT register_id, count(*), min({column}), max({column}) FROM {table} GROUP BY register_id"  # noqa: S608
        for register_id, count, first, last in select(sql):
            if first != 1 or last != count:
                verdict.findings += [f"{word}: {gap}" for gap in _gaps(table, column, register_id)]


def _gaps(table: str, column: str, register_id: str) -> list[str]:
    found, before = [], 0
    for (number,) in select(f"SELECT {column} FROM {table} WHERE register_id = %s ORDER BY {column}", [register_id]):  # noqa: S608
        if number != before + 1:
            found.append(f"zwischen {before} und {number} fehlt etwas")
        before = number
    return found


def drawers(verdict: Verdict) -> None:
    """Hold drawer and cash book together: never less than nothing, and after a closing what it kept."""
    for (register_id,) in select("SELECT id FROM register_register ORDER BY id"):
        for number, short in cashbook.shortfalls(register_id):
            verdict.findings.append(f"Beleg {number}: danach lägen {format_cents(short)} € in der Lade")
        stock = cashbook.stock(register_id)
        last = select(
            "SELECT kept_cents, z_number FROM register_closing WHERE register_id = %s ORDER BY z_number DESC LIMIT 1",
            [register_id],
        )
        if last and stock is not None and stock != last[0][0]:
            verdict.findings.append(
                f"Kassenbuch: nach Abschluss {last[0][1]} stehen {format_cents(stock)} €, "
                f"in der Lade blieben {format_cents(last[0][0])} €"
            )


def outages(verdict: Verdict) -> None:
    """Explain every receipt without TSE by an outage that was going on; name the outages."""
    for outage in fetch("SELECT * FROM register_outage ORDER BY began_at"):
        end = outage["ended_at"] or "noch nicht"
        verdict.explained.append(f"TSE-Ausfall {outage['began_at']} bis {end}: {outage['reason']}")
    sql = (
        "SELECT r.number, r.register_id, s.at FROM register_receipt_signature s "
        "JOIN register_receipt r ON r.id = s.receipt_id WHERE s.outage <> '' "
        "AND NOT EXISTS (SELECT 1 FROM register_outage o WHERE o.register_id = r.register_id "
        "AND o.began_at <= s.at AND (o.ended_at = '' OR o.ended_at >= s.at))"
    )
    for number, _register, at in select(sql):
        verdict.findings.append(f"Beleg {number}: ohne TSE, und um {at} war kein Ausfall vermerkt")


def doubts(verdict: Verdict) -> None:
    """Name the terminals of which nobody knows yet whether money moved."""
    for (terminal_id,) in select("SELECT id FROM register_card_terminal WHERE open_payment <> '' ORDER BY id"):
        verdict.findings.append(f"Terminal {terminal_id}: eine Kartenzahlung ist noch ungeklärt")
