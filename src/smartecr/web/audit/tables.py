"""What an auditor looks at, as plain tables: a heading, columns, rows of texts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from smartecr.core.money import format_cents
from smartecr.core.quantity import format_quantity, line_cents
from smartecr.core.records import dataclass
from smartecr.printer import names
from smartecr.register.books import closing, history, vorgaenge
from smartecr.register.cashdesk import cashbook, counting
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.web.office.changes import before_and_after, told
from smartecr.web.till.screen import local

MOST = 500


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the columns in `numbers` stand right. Cells are texts, a pair is (text, address).

    `older` is the address of what comes before its rows, "" for nothing.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    numbers: tuple[int, ...] = ()
    empty: str = "Nichts verzeichnet."
    older: str = ""


def _time(at: str) -> str:
    return f"{local(at):%d.%m.%Y %H:%M:%S}" if at else ""


def _day(business_day: str) -> str:
    return f"{date.fromisoformat(business_day):%d.%m.%Y}"


def _table(
    title: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], numbers: tuple[int, ...] = ()
) -> Table:
    return Table(title, columns, tuple(rows), numbers)


def drawer(till: Till, first: str = "", last: str = "") -> list[Table]:
    """Return the cash book as of now (of business days `first` to `last`), counts and openings without sale."""
    entries = cashbook.now(till, first, last)[-MOST:]
    openings = fetch(
        "SELECT * FROM register_drawer_opening WHERE register_id = %s ORDER BY at DESC LIMIT %s",
        [till.register_id, MOST],
    )
    return [
        _table(
            "Kassenbuch",
            ("Zeit", "Beleg", "Text", "Betrag", "Bestand"),
            (
                (_time(one.at), one.voucher, one.text, format_cents(one.cents), format_cents(one.stock_cents))
                for one in reversed(entries)
            ),
            (3, 4),
        ),
        _table(
            "Kassenstürze",
            ("Zeit", "Person", "Anlass", "Soll", "Gezählt", "Differenz", "Grund"),
            (
                (
                    _time(one.at), one.person_name, one.occasion, format_cents(one.expected_cents),
                    format_cents(one.counted_cents), format_cents(one.difference_cents), one.reason,
                )
                for one in counting.counts_of(till.register_id, MOST)
            ),
            (3, 4, 5),
        ),
        _table(
            "Lade geöffnet ohne Verkauf",
            ("Zeit", "Person", "Grund"),
            ((_time(row["at"]), row["person_name"], row["reason"]) for row in openings),
        ),
    ]  # fmt: skip


def closings(till: Till, below: int = 0) -> list[Table]:
    """Return the closings, newest first (with a Z number below `below`), their number leads to the report; and what was
    taken back or off, with why.
    """
    return [_closings(till, below), _undone(till), _voided(till)]


def _undone(till: Till) -> Table:
    """Receipts that take others back, in whole or in part.

    The register is compared as what no index holds: few receipts take back, and small indexes have them.
    """
    rows = fetch(
        "SELECT r.number, r.recorded_at, r.person_name, r.total_cents, r.reason, o.number AS original, "
        "'Storno' AS what FROM register_receipt r JOIN register_receipt o ON o.id = r.reference_id "
        "WHERE r.register_id || '' = %s AND r.type = 'Beleg' AND NOT (r.reference_id = '') "
        "UNION SELECT r.number, r.recorded_at, r.person_name, r.total_cents, r.reason, o.number, 'Rücknahme' "
        "FROM register_receipt_line l JOIN register_receipt r ON r.id = l.receipt_id "
        "JOIN register_receipt o ON o.id = l.reference_id "
        "WHERE r.register_id || '' = %s AND r.type = 'Beleg' AND r.reference_id = '' AND NOT (l.reference_id = '') "
        "AND l.gv_typ = 'Umsatz' AND l.quantity < 0 ORDER BY 1 DESC LIMIT %s",
        [till.register_id, till.register_id, MOST],
    )
    return _table(
        "Stornos und Rücknahmen",
        ("Nr.", "Zeit", "Was", "Zu Beleg", "Person", "Grund", "Betrag"),
        (
            (
                str(row["number"]), _time(row["recorded_at"]), row["what"], str(row["original"]), row["person_name"],
                row["reason"], format_cents(row["total_cents"]),
            )
            for row in rows
        ),
        (6,),
    )  # fmt: skip


def _voided(till: Till) -> Table:
    """Lines taken off before the payment (BFH X R 23-24/21: voids stay visible)."""
    rows = fetch(
        "SELECT at, actor_name, body FROM register_journal WHERE register_id = %s AND kind = 'line_voided' "
        "ORDER BY seq DESC LIMIT %s",
        [till.register_id, MOST],
    )
    lines = [(row, json.loads(row["body"])["line"]) for row in rows]
    return _table(
        "Vor dem Bezahlen gestrichen",
        ("Zeit", "Person", "Artikel", "Menge", "Betrag"),
        (
            (
                _time(row["at"]), row["actor_name"], line["text"].replace("\u00ad", ""),
                format_quantity(line["quantity"]), format_cents(line_cents(line["unit_cents"], line["quantity"])),
            )
            for row, line in lines
        ),
        (3, 4),
    )  # fmt: skip


def _closings(till: Till, below: int) -> Table:
    found = closing.closings(till, MOST, below=below)
    rows = tuple(
        (
            (str(one.z_number), one.id), _day(one.business_day), _time(one.closed_at), one.person_name,
            format_cents(one.totals.earned_cents), format_cents(one.totals.cash_cents),
            format_cents(one.difference_cents), str(one.totals.voids_count), str(one.totals.receipts),
        )
        for one in found
    )  # fmt: skip
    columns = ("Z", "Tag", "Abgeschlossen", "Person", "Umsatz", "Bar", "Differenz", "Stornos", "Belege")
    older = f"?below={found[-1].z_number}" if len(found) == MOST and found[-1].z_number > 1 else ""
    return Table("Kassenabschlüsse", columns, rows, (4, 5, 6, 7, 8), older=older)


def tse(till: Till) -> list[Table]:
    """Return the TSEs, their outages and how often each kind of Vorgang was signed."""
    outages = fetch("SELECT * FROM register_outage WHERE register_id = %s ORDER BY began_at DESC", [till.register_id])
    devices = fetch("SELECT * FROM register_tse ORDER BY serial")
    return [
        _table(
            "TSE",
            ("Seriennummer", "Verfahren", "Zeitformat", "Gerät"),
            ((row["serial"], row["algorithm"], row["time_format"], row["description"]) for row in devices),
        ),
        _table(
            "Ausfälle",
            ("Beginn", "Ende", "Grund"),
            ((_time(row["began_at"]), _time(row["ended_at"]) or "dauert an", row["reason"]) for row in outages),
        ),
        _table(
            "Vorgänge nach Art",
            ("Art", "Anzahl", "ohne Signatur"),
            (
                (names.vorgang(one.kind), str(one.count), str(one.unsigned))
                for one in vorgaenge.counted(till.register_id)
            ),
            (1, 2),
        ),
    ]


def master(till: Till, text: str = "") -> list[Table]:
    """Return the changes of master data, newest first, with old and new values."""
    rows = [
        (_time(one.at), one.person_name, said.what, said.change.name, *before_and_after(one))
        for one in history.changes(till, text=text, facts=200)
        if (said := told(one))
    ]
    return [_table("Änderungen der Stammdaten", ("Zeit", "Person", "Was", "Name", "vorher", "nachher"), rows[:MOST])]
