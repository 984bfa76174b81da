"""The cash book (Kassenbuch, § 146 (1) S. 2 AO): takings of each period by case and rate, every movement on its own.

What cards and other means paid comes in with the takings and goes out at once, so the stock after each line is what
lies in the drawer. The open period stands as of now: the book adds up at any minute.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from smartecr.core.closing import ClosingTotals
from smartecr.core.kinds import CASH, CASH_KINDS, NO_PAYMENT, PAID_OUT, TIPS, TURNOVER, moves_cash
from smartecr.core.records import dataclass
from smartecr.core.vat import label
from smartecr.printer import names
from smartecr.register.books import closing
from smartecr.register.cashdesk.cash import FLOAT
from smartecr.register.till import Till
from smartecr.sql import select


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the cash book: `cents` in (positive) or out, `stock_cents` after it.

    `voucher` is what proves it ("Z 42", "Bon 1007"), `at` UTC journal text. `gv_typ` is "" for what means other than
    cash paid; `rate_bp` is None where no turnover is meant.
    """

    at: str
    business_day: str
    voucher: str
    text: str
    gv_typ: str
    rate_bp: int | None
    cents: int
    stock_cents: int


@dataclass(frozen=True, slots=True)
class _Period:
    number: int
    day: str
    at: str
    first: int
    last: int
    totals: ClosingTotals


def entries(register_id: str, first: str = "", last: str = "") -> list[Entry]:
    """Return a register's closed periods as cash book, business days `first` to `last` ("": no limit), oldest first."""
    return _walk(register_id, _closed(register_id), first, last)


def now(till: Till, first: str = "", last: str = "") -> list[Entry]:
    """Return the till's cash book with the open period as of now."""
    closed = list(_closed(till.register_id))
    report = closing.x_report(till)
    if report.opened_at:
        before = closed[-1].last if closed else 0
        end = report.totals.last_number or before
        closed.append(_Period(report.z_number, report.business_day, report.at, before, end, report.totals))
    return _walk(till.register_id, closed, first, last)


def stock(register_id: str) -> int | None:
    """Return what lies in the drawer after the last closing by the cash book, None where it has no line."""
    last: int | None = None
    for period, moves in _moves(register_id, _closed(register_id)):
        left, lines = _lines(period, moves, last or 0)
        last = left if lines else last
    return last


def _walk(register_id: str, periods: Iterable[_Period], first: str, last: str) -> list[Entry]:
    stock = 0
    found: list[Entry] = []
    for period, moves in _moves(register_id, periods):
        stock, lines = _lines(period, moves, stock)
        if first <= period.day <= (last or "9999"):
            found += lines
    return found


def _closed(register_id: str) -> Iterator[_Period]:
    before = 0
    for done in closing.every(register_id):
        end = done.totals.last_number or before
        yield _Period(done.z_number, done.business_day, done.closed_at, before, end, done.totals)
        before = end


def _lines(period: _Period, moves: Sequence[_Move], stock: int) -> tuple[int, list[Entry]]:
    """Return the stock after a period and its lines: takings, what was not cash, then each movement by its number."""
    found: list[Entry] = []

    def add(at: str, voucher: str, text: str, gv_typ: str, rate: int | None, cents: int) -> None:
        nonlocal stock
        stock += cents
        found.append(
            Entry(
                at=at, business_day=period.day, voucher=voucher, text=text, gv_typ=gv_typ, rate_bp=rate, cents=cents,
                stock_cents=stock,
            )
        )  # fmt: skip

    for move in moves:
        if move.gv_typ == FLOAT and (cents := move.cents - stock):
            add(move.at, f"Bon {move.number}", FLOAT, FLOAT, None, cents)
    for gv_typ, gv_name, key, rate, gross, _net, _tax in period.totals.businesscases:
        if gross and not moves_cash(gv_typ, gv_name):
            word = "Einnahmen" if gv_typ == TURNOVER else names.case(gv_typ, gv_name)
            add(period.at, f"Z {period.number}", f"{word} {label(key, rate)}", gv_typ, rate, gross)
    for kind, name, cents in period.totals.payments:
        if (kind not in (CASH, NO_PAYMENT) or (kind == CASH and name)) and cents:  # foreign notes lie apart
            add(period.at, f"Z {period.number}", f"davon {names.payment(kind, name)}", "", None, -cents)
    for move in moves:
        if move.gv_typ != FLOAT:
            text = f"{names.case(move.gv_typ, move.gv_name)}: {move.reason}".rstrip(": ")
            add(move.at, f"Bon {move.number}", text, move.gv_typ, None, move.cents)
    return stock, found


class _Move(NamedTuple):
    number: int
    at: str
    reason: str
    gv_typ: str
    gv_name: str
    cents: int


def _moves(register_id: str, periods: Iterable[_Period]) -> Iterator[tuple[_Period, list[_Move]]]:
    """Yield periods, oldest first, with the lines in each that only move cash."""
    kinds = sorted(CASH_KINDS)
    marks = ", ".join(["%s"] * len(kinds))
    # such lines are few and have indexes, which SQLite uses when it is told what else they are not, and to begin there
    sql = (
        "SELECT r.number, r.recorded_at, r.reason, l.gv_typ, l.gv_name, l.amount_cents FROM register_receipt_line l "
        "CROSS JOIN register_receipt r WHERE r.id = l.receipt_id AND r.register_id = %s AND r.type = 'Beleg' AND "
    )
    tips = f"{sql} l.gv_typ = '{TIPS}' AND l.gv_name = '{PAID_OUT}'"
    both = f"{sql} NOT (l.gv_typ = 'Umsatz') AND l.gv_typ IN ({marks}) UNION ALL {tips}"
    rows = select(f"{both} ORDER BY 1", [register_id, *kinds, register_id])
    moves = list(map(_Move._make, rows))
    for period in periods:
        begin, end = (bisect_right(moves, number, key=attrgetter("number")) for number in (period.first, period.last))
        yield period, moves[begin:end]


def shortfalls(register_id: str) -> list[tuple[int, int]]:
    """Return (receipt number, stock in cents) wherever the drawer would have held less than nothing.

    Walks every cash payment in the order of the receipts; each period begins with its Anfangsbestand (or with nothing).
    """
    sql = (
        "SELECT number, stock FROM (SELECT r.number, p.position, sum(p.cents) "
        "OVER (PARTITION BY r.z_number ORDER BY r.number, p.position) AS stock FROM register_receipt r "
        "JOIN register_receipt_payment p ON p.receipt_id = r.id AND p.kind = 'Bar' AND p.currency = 'EUR' "
        "WHERE r.register_id = %s) AS moved "
        "WHERE stock < 0 ORDER BY number, position"
    )
    return [(number, int(stock)) for number, stock in select(sql, [register_id])]
