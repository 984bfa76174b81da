"""A sale in a file with years of sales over the same sale in an empty file."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.measure import Goal, Row, compare, rows_of
from bench.worker import Worker

ARTICLES = 1000
GOAL = Goal(13, 1.3, 1.15)
SMALL, FULL = 200_000, 10_000_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lines", type=int, help=f"receipt lines in the file (default {SMALL:,}, full {FULL:,})")
    parser.add_argument("--sales", type=int, default=20, help="sales a round")
    parser.add_argument("--pairs", type=int, default=7)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    lines = options.lines or (FULL if options.full else SMALL)
    with Worker(folder / "empty") as empty, Worker(folder / "big") as big:
        for worker in (empty, big):
            worker.ask("shop", articles=ARTICLES)
        counts = big.ask("fill", lines=lines)
        taken = compare(
            lambda: empty.round("sell", times=options.sales),
            lambda: big.round("sell", times=options.sales),
            options.pairs,
        )
    what = f"sale with {counts['receipt_line']:,} lines in the file / in an empty file, secp256r1"
    facts = {"curve": "secp256r1", "sqlite": "WAL FULL", "articles": ARTICLES, **counts}
    return rows_of("growth", what, taken, GOAL if lines >= FULL else None, facts)
