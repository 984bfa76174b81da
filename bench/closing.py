"""Closing a day with the figures kept, and with the day's DSFinV-K written: Odoo's session close / ours, CPU.

Odoo's CPU is what was measured elsewhere for a session of as many orders; ours is taken here, day after day in one
process, so that the first day, which loads what a closing needs, does not count.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench import books, verify_books
from bench.measure import Goal, Row

if TYPE_CHECKING:
    from smartecr.register.till import Till

GOAL = Goal(6, 50, 200, least=True)
ODOO_MS_A_SALE = 5.3
AT = datetime(2026, 1, 1, tzinfo=UTC)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--sales", type=int, default=1000, help="sales of three lines a day")
    parser.add_argument("--days", type=int, default=5, help="days closed, after one that does not count")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: the closing alone, and with the day's file."""
    books.prepare(folder)
    till = books.open_till(folder)
    verify_books.open_counter(till)
    taken = [_day(till, options.sales, folder / "day.zip") for _ in range(options.days + 1)][1:]
    till.tse.close()
    facts = {"sales": options.sales, "days": options.days}
    closed = [closing for closing, _ in taken]
    whole = [closing + export for closing, export in taken]
    return [
        _row("closing", "Odoo's session close / closing with its figures, CPU", closed, options.sales, facts),
        _row("closing with DSFinV-K", "the same with the day's DSFinV-K written", whole, options.sales, facts),
    ]


def _day(till: Till, sales: int, target: Path) -> tuple[float, float]:
    """Sell, close and export a day; return the CPU seconds of the latter two."""
    from smartecr.register.books import closing, exporting

    verify_books.sell(till, sales)
    closing_id = till.new_id()
    begin = time.process_time()
    closing.close_day(till, books.owner(), closing_id, None)
    closed = time.process_time()
    exporting.write(target, [closing_id], at=AT)
    return closed - begin, time.process_time() - closed


def _row(name: str, what: str, seconds: list[float], sales: int, facts: dict[str, int]) -> Row:
    usual = statistics.median(seconds)
    value = sales * ODOO_MS_A_SALE / 1000 / usual
    shown = f"{value:.1f}: {usual:.3f} s ({min(seconds):.3f}–{max(seconds):.3f})"
    return Row(name=name, what=what, value=value, shown=shown, goal=GOAL, facts={**facts, "cpu_s": round(usual, 4)})
