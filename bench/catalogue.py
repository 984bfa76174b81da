"""Until the till page can be used, with a big catalogue and with a small one. Every load with an empty cache."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.browser import chromium, open_till, window
from bench.client import Cashier
from bench.measure import Goal, Row, Sample, compare, rows_of
from bench.processes import Server, ours, prepare_shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BASE = 1000
SMALL, FULL = 20_000, 100_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--articles", type=int, help=f"in the big catalogue (default {SMALL:,}, full {FULL:,})")
    parser.add_argument("--loads", type=int, default=3, help="page loads a round")
    parser.add_argument("--pairs", type=int, default=5)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows."""
    articles = options.articles or (FULL if options.full else SMALL)
    for name, count in (("base", BASE), ("big", articles)):
        prepare_shop(folder / name, count)
    with ours(folder / "base") as base, ours(folder / "big") as big, chromium() as browser:
        taken = compare(_loads(browser, base, options.loads), _loads(browser, big, options.loads), options.pairs)
    goal = Goal(19, 2, 1.2) if articles >= FULL else None
    what = f"till page usable with {articles:,} / with {BASE:,} articles, empty cache (CPU: server's)"
    return rows_of("catalogue", what, taken, goal, {"articles": articles, "base_articles": BASE})


def _loads(browser: Browser, server: Server, loads: int) -> Callable[[], Sample]:
    cookies = Cashier(server.port).cookies

    def one_round() -> Sample:
        walls, cpu = [], server.cpu_ms
        for _ in range(loads):
            context = window(browser, server.port, cookies)
            page = open_till(context, server.port)
            walls.append(page.evaluate("bench.usable"))
            context.close()
        return Sample(sorted(walls)[loads // 2], (server.cpu_ms - cpu) / loads)

    return one_round
