"""A complete sale through the use cases over a raw durable commit and two raw signatures, and over its own rows.

Five lines rung up as one batch, paid in cash, signed twice by the virtual TSE, journal and hash chain, durable.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from bench import books
from bench.floor import CURVES, RawSale
from bench.measure import Goal, Row, Sample, compare, rows_of, timed
from bench.own_rows import OwnRows

GOALS = {"brainpoolP384r1": Goal(1, 1.5, 1.15)}
OWN = {"secp256r1": Goal(1, 3.5, 2.5)}
"""What takes its place on the quick curve (docs/adr/0011)."""
ARTICLES = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--sales", type=int, default=20, help="sales a round")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--curve", choices=[*CURVES], action="append", help="default: both")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    books.prepare(folder)
    rows: list[Row] = []
    for place, curve in enumerate(options.curve or CURVES):
        till = books.open_till(folder / curve, curve)
        books.open_shop(till)
        if place == 0:
            books.fill_catalogue(ARTICLES)
        rows += _with_curve(curve, books.Seller(till, folder, ARTICLES), folder, options)
        till.tse.close()
    return rows


def _with_curve(curve: str, seller: books.Seller, folder: Path, options: argparse.Namespace) -> list[Row]:
    taken: list[books.Sale] = []
    raw = RawSale(folder / f"{curve}.floor", curve)

    def ours() -> Sample:
        sales = [seller.sell() for _ in range(options.sales)]
        taken.extend(sales)
        return Sample(statistics.median(sale.total for sale in sales), statistics.mean(sale.cpu for sale in sales))

    result = compare(lambda: timed(raw.sell, options.sales), ours, options.pairs)
    parts = {
        f"split_{part}_ms": round(statistics.median(getattr(sale, part) for sale in taken), 3)
        for part in ("lines", "intent", "signing", "result", "start")
    }
    what = f"sale of 5 lines / raw commit + 2 raw signatures, {curve}"
    facts = {"curve": curve, "sqlite": "WAL FULL", "sales": len(taken), "articles": ARTICLES, **parts}
    rows = rows_of(f"sale {curve}", what, result, GOALS.get(curve), facts)
    bare = OwnRows(seller, (options.pairs + 1) * options.sales, folder / f"{curve}.copy", raw)
    result = compare(lambda: timed(bare.sell, options.sales), ours, options.pairs)
    bare.close()
    raw.close()
    what = f"sale of 5 lines / its own statements and commits + 2 raw signatures, {curve}"
    return rows + rows_of(f"sale over its own rows, {curve}", what, result, OWN.get(curve), facts)
