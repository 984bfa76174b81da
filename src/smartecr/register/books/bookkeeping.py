"""Closings for the tax adviser: posting batches and cash book by month, from what the closings froze."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from smartecr.core.counted import counted
from smartecr.core.kinds import CASH_KINDS, PAID_OUT, TIPS
from smartecr.core.records import dataclass
from smartecr.fiscal.datev import cashcsv, extf, postings
from smartecr.fiscal.datev.accounts import CHARTS, KEYS, WORDS, Chart, UnmappedError
from smartecr.fiscal.datev.cashcsv import CashLine
from smartecr.fiscal.datev.postings import Day, Move, UnbalancedError
from smartecr.register.cashdesk.cashbook import Entry
from smartecr.register.errors import RegisterError
from smartecr.register.rows import Row
from smartecr.register.shop import options
from smartecr.sql import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser:
    """What is agreed with the tax adviser: the client's numbers and the chart of accounts."""

    client: extf.Client
    chart: Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The books of a month: days of closings, and the postings they become."""

    first: date
    last: date
    closings: int
    postings: tuple[postings.Posting, ...]


def adviser(shop_id: str, given: Mapping[str, Any] | None = None) -> Adviser:
    """Return what is agreed with the adviser; `given` goes before what is saved.

    Raises RegisterError("adviser") when the numbers are missing or none DATEV takes.
    """
    data = {**options.read(shop_id, "datev"), **(given or {})}
    if not data.get("consultant") or not data.get("client"):
        raise RegisterError(
            "adviser", "Beraternummer und Mandantennummer fehlen.", "Im Büro unter Steuerberater eintragen."
        )
    try:
        return check(data)
    except RegisterError as error:
        raise RegisterError(error.code, error.message, "Im Büro unter Steuerberater ändern.") from error


def check(data: Mapping[str, Any]) -> Adviser:
    """Return what options say. Raises RegisterError("adviser") for what DATEV refuses or would misread.

    An own account has as many digits as the client's, or four that zeros follow as in the chart, or is a personal
    account, one digit longer. "136" would else become 1360, another account.
    """
    chart = str(data.get("chart") or CHARTS[0])
    own = {key: str(data[f"account.{key}"]) for key in KEYS if data.get(f"account.{key}")}
    if chart not in CHARTS or not all(number.isascii() and number.isdigit() for number in own.values()):
        raise RegisterError("adviser", "Ein Konto besteht nur aus Ziffern.")
    client = extf.Client(
        consultant=int(data.get("consultant") or 0),
        client=int(data.get("client") or 0),
        length=int(data.get("length") or 4),
        year_begins=int(data.get("year_begins") or 1),
        chart=chart,
    )
    try:
        extf.check_client(client)
    except extf.BatchError as error:
        raise RegisterError("adviser", error.message) from error
    for number in own.values():
        if len(number) not in (4, client.length, client.length + 1):
            raise RegisterError(
                "adviser",
                f"„{number}“ passt nicht: Ein Konto hat hier {client.length} Stellen.",
                "Führende Nullen gehören dazu.",
            )
    accounts = Chart(name=chart, length=client.length, own=own)
    clearing = accounts.account(postings.CLEARING)
    for key in KEYS:
        if key != postings.CLEARING and accounts.account(key) == clearing:
            raise RegisterError(
                "adviser",
                f"Konto {clearing} ist Verrechnungskonto und „{WORDS.get(key, key)}“ zugleich.",
                "Das Verrechnungskonto gehört ihm allein, es endet auf null.",
            )
    return Adviser(client=client, chart=accounts)


def months(shop_id: str, agreed: Adviser, first: str = "", last: str = "") -> Iterator[Month]:
    """Yield the months of the business days `first` to `last` with their postings, oldest first.

    Raises RegisterError("last") for days in the wrong order, ("unmapped") for a case without account, ("unbalanced")
    for a closing that does not add up: half a batch is worse than none.
    """
    if first and last and last < first:
        raise RegisterError("last", "Der letzte Tag liegt vor dem ersten.", "Die Tage prüfen.")
    by_month: dict[str, list[Day]] = defaultdict(list)
    for day in days(shop_id, first, last):
        by_month[day.day.isoformat()[:7]].append(day)
    for found in by_month.values():
        yield Month(
            first=min(day.day for day in found),
            last=max(day.day for day in found),
            closings=len(found),
            postings=tuple(posting for day in found for posting in _post(day, agreed.chart)),
        )


def _post(day: Day, chart: Chart) -> list[postings.Posting]:
    try:
        return postings.post(day, chart)
    except UnmappedError as error:
        raise RegisterError(
            "unmapped", f"Für „{error.key}“ gibt es kein Konto.", "Im Büro unter Steuerberater ein Konto eintragen."
        ) from error
    except UnbalancedError as error:
        raise RegisterError("unbalanced", f"Abschluss {error.closing} geht nicht auf.", "Die Bücher prüfen.") from error


def days(shop_id: str, first: str = "", last: str = "") -> list[Day]:
    """Return the shop's closings of these business days as DATEV sees them, by day and number."""
    rows = fetch(
        "SELECT c.*, r.name AS register_name FROM register_closing c JOIN register_register r ON r.id = c.register_id "
        "WHERE c.shop_id = %s AND c.business_day >= %s AND c.business_day <= %s "
        "ORDER BY c.business_day, c.register_id, c.z_number",
        [shop_id, first, last or "9999-12-31"],
    )
    return [_day(row) for row in rows]


def _day(row: Row) -> Day:
    totals = json.loads(row["totals"])
    return Day(
        register=row["register_name"] or row["register_id"][-6:],
        number=row["z_number"],
        day=date.fromisoformat(row["business_day"]),
        cases=tuple((gv, name, key, rate, gross) for gv, name, key, rate, gross, _n, _t in totals["businesscases"]),
        payments=tuple((kind, name, cents) for kind, name, cents in totals["payments"]),
        moves=tuple(_moves(row)),
    )


def _moves(closing: Row) -> Iterator[Move]:
    kinds = sorted(CASH_KINDS)
    marks = ", ".join(["%s"] * len(kinds))
    sql = (
        "SELECT r.number, r.reason, l.gv_typ, l.amount_cents FROM register_receipt r "  # noqa: S608 marks only
        "JOIN register_receipt_line l ON l.receipt_id = r.id WHERE r.register_id = %s AND r.z_number = %s "
        f"AND r.type = 'Beleg' AND (l.gv_typ IN ({marks}) OR l.gv_typ = '{TIPS}' AND l.gv_name = '{PAID_OUT}') "
        "ORDER BY r.number, l.position"
    )
    for row in fetch(sql, [closing["register_id"], closing["z_number"], *kinds]):
        yield Move(
            gv_typ=row["gv_typ"],
            cents=row["amount_cents"],
            number=row["number"],
            day=date.fromisoformat(closing["business_day"]),
            reason=row["reason"],
        )


def batch(month: Month, agreed: Adviser, made: datetime) -> bytes:
    """Return the EXTF file of a month. Raises BatchError."""
    return extf.batch(month.postings, agreed.client, month.first, month.last, made)


def protocol(found: Sequence[Month], agreed: Adviser) -> str:
    """Return what the batches hold, for the adviser: sums a month, and the clearing account, which ends at zero."""
    clearing = agreed.chart.account(postings.CLEARING)
    lines = ["Buchungsstapel der Kasse", f"Kontenrahmen {agreed.chart.name}, Verrechnungskonto {clearing}", ""]
    for month in found:
        total = sum(one.cents for one in month.postings)
        rest = postings.balance(month.postings, clearing)
        lines.append(
            f"{month.first:%m/%Y}: {counted(month.closings, 'Abschluss', 'Abschlüsse')}, "
            f"{counted(len(month.postings), 'Buchung', 'Buchungen')}, "
            f"bewegt {_euro(total)}, Verrechnungskonto {_euro(rest)}"
        )
    return "\r\n".join([*lines, ""])


def _euro(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d} EUR"


def cash_lines(entries: Iterable[Entry]) -> dict[str, list[CashLine]]:
    """Return a cash book by month ("2026-11") as DATEV takes it."""
    found: dict[str, list[CashLine]] = defaultdict(list)
    for entry in entries:
        line = CashLine(
            day=date.fromisoformat(entry.business_day),
            cents=entry.cents,
            voucher=entry.voucher,
            text=entry.text,
            rate_bp=entry.rate_bp or None,
        )
        found[entry.business_day[:7]].append(line)
    return found


def cash_csv(lines: Sequence[CashLine]) -> bytes:
    """Return a month's cash book as DATEV reads it."""
    return cashcsv.write(lines)
