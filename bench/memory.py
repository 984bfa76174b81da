"""How much the serving process grows while it sells: scans and payments over HTTP."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from bench import books
from bench.client import Cashier
from bench.measure import Row
from bench.processes import ours, prepare_shop

ARTICLES = 1000
SMALL, FULL = 500, 10_000
_WARM = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--sales", type=int, help=f"default {SMALL:,}, full {FULL:,}")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the row."""
    sales = options.sales or (FULL if options.full else SMALL)
    shop = folder / "shop"
    prepare_shop(shop, ARTICLES)
    rnd = random.Random(9)
    with ours(shop) as server:
        cashier = Cashier(server.port)
        _sell(cashier, rnd, _WARM)
        first, cpu = server.memory_mb, server.cpu_ms
        marks = []
        for tenth in range(10):
            _sell(cashier, rnd, sales // 10)
            marks.append(round(server.memory_mb, 1))
            print(f"  {(tenth + 1) * (sales // 10):,} sales, {marks[-1]} MB", file=sys.stderr, flush=True)
        cpu = (server.cpu_ms - cpu) / (sales // 10 * 10)
    grown = marks[-1] - first
    facts = {
        "sales": sales, "first_mb": round(first, 1), "marks_mb": marks,
        "cpu_ms_per_sale": round(cpu, 2), "articles": ARTICLES, "curve": "secp256r1", "sqlite": "WAL FULL",
    }  # fmt: skip
    what = f"MB grown over {sales:,} sales over HTTP (one batch of 5 and the payment each), after {_WARM} warm ones"
    return [Row(name="memory grown", what=what, value=grown, shown=f"{grown:.1f} MB", facts=facts)]


def _sell(cashier: Cashier, rnd: random.Random, times: int) -> None:
    for _ in range(times):
        numbers = rnd.sample(range(1, ARTICLES + 1), books.LINES)
        commands = [{"do": "article", "article": books.article_id(number), "quantity": 1000} for number in numbers]
        cashier.pay(cashier.send(*commands))
