"""From the scanner's Enter to the line on the screen, over a floor page that asks its local server the same.

The line counts when it bears its name and amount. Ours does at once, from what the register told the page beforehand;
the register's answer, which is booked when it comes and replaces it, has a row of its own without a goal.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bench import books
from bench.browser import chromium, open_till, window
from bench.client import Cashier, connect
from bench.floor_servers import write_articles
from bench.measure import Goal, Row, Sample, compare, rows_of
from bench.processes import floor, ours, prepare_shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARTICLES = 10_000
LONG_CART = 45


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--scans", type=int, default=10, help="scans a round")
    parser.add_argument("--pairs", type=int, default=5)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: carts up to ten lines, and carts that hold 45 already."""
    shop, file = folder / "shop", folder / "articles.sqlite3"
    prepare_shop(shop, ARTICLES)
    write_articles(file, ARTICLES)
    rows: list[Row] = []
    with floor("page", file) as bare, ours(shop) as server, chromium() as browser:
        cashier = Cashier(server.port)
        connect(bare.port).close()
        for before in (0, LONG_CART):
            facts = {"articles": ARTICLES, "scans": options.scans, "lines_before": before}
            for booked in (False, True):
                control = _bare(browser, bare.port, options.scans)
                product = _product(browser, server.port, cashier, options.scans, before, booked=booked)
                taken = compare(control, product, options.pairs)
                word, goal = ("booked", None) if booked else ("paint", Goal(18, 1.5, 1.1))
                what = f"Enter to {'booked' if booked else 'painted'} line / floor page, {before} lines in the cart"
                rows += rows_of(f"{word}, {before} lines", what, taken, goal, facts, cpu=False)
    return rows


def _bare(browser: Browser, port: int, scans: int) -> Callable[[], Sample]:
    page = window(browser, port).new_page()

    def one_round() -> Sample:
        page.goto(f"http://127.0.0.1:{port}/")
        walls = []
        for number in range(1, scans + 1):
            row = f"#lines tr:nth-child({number})"
            walls.append(
                page.evaluate("([code, row]) => bench.scan(code, '#field', row, row)", [books.code(number), row])[1]
            )
        return Sample(statistics.median(walls), 0.0)

    return one_round


def _product(
    browser: Browser, port: int, cashier: Cashier, scans: int, before: int, *, booked: bool
) -> Callable[[], Sample]:
    context = window(browser, port, cashier.cookies)
    numbers = _numbers()

    def one_round() -> Sample:
        cart = [{"do": "article", "article": books.article_id(next(numbers)), "quantity": 1000} for _ in range(before)]
        if cart:
            cashier.send(*cart)
        page = open_till(context, port)
        page.wait_for_selector("html[data-codes]", state="attached")
        walls = [_scan(page, next(numbers), booked=booked) for _ in range(scans)]
        page.close()
        cashier.send({"do": "discard"})
        return Sample(statistics.median(walls), 0.0)

    return one_round


def _numbers() -> Iterator[int]:
    """Yield articles the page has not seen yet."""
    yield from range(100, ARTICLES)


def _scan(page: Page, number: int, *, booked: bool) -> float:
    line = f'#lines li[data-article="{books.article_id(number)}"]:not(.ghost)'
    whole, answered = page.evaluate(
        "([code, line]) => bench.scan(code, '', `#lines li.ghost.whole, ${line}`, line)", [books.code(number), line]
    )
    return float(answered if booked else whole)
