"""Six taps a second for a minute on tiles of the till page: every one of them must be in the books."""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.browser import chromium, open_till, window
from bench.client import Cashier
from bench.measure import Goal, Row
from bench.processes import ours, prepare_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTICLES = 1000
PACE = 6
SMALL, FULL = 15, 60

_SEEN = """
() => {
  bench.seen = [];
  new MutationObserver(() => {
    if (!bench.begun) return;
    const begun = bench.begun;
    bench.begun = 0;
    bench.frame().then((at) => bench.seen.push(at - begun));
  }).observe(document.getElementById("ticket"),
    { subtree: true, childList: true, attributes: true, characterData: true });
}
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=int, help=f"default {SMALL}, full {FULL}")


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the rows: pieces in the books over taps, and how soon a tap is seen."""
    seconds = options.seconds or (FULL if options.full else SMALL)
    shop = folder / "shop"
    prepare_shop(shop, ARTICLES)
    with ours(shop) as server, chromium() as browser:
        page = open_till(window(browser, server.port, Cashier(server.port).cookies), server.port)
        page.evaluate(_SEEN)
        taps, took = _tap(page, seconds)
        pieces = _settled(page, shop / "smartecr.sqlite3", taps)
        seen = sorted(page.evaluate("bench.seen"))
    facts: dict[str, Any] = {
        "taps": taps, "pieces": pieces, "seconds": round(took, 1), "pace": round(taps / took, 2),
        "seen_p50_ms": round(statistics.median(seen), 1), "seen_p99_ms": round(seen[int(len(seen) * 0.99)], 1),
        "seen": len(seen),
    }  # fmt: skip
    what = f"pieces in the books / taps, {taps} taps at {taps / took:.1f} a second"
    shown = f"{pieces} of {taps}"
    seen_what = "tap to the frame after the ticket changed: median (99 % of taps)"
    return [
        Row(name="taps", what=what, value=pieces / taps, shown=shown, goal=Goal(0, 1, 1, least=True), facts=facts),
        Row(
            name="tap seen", what=seen_what, value=facts["seen_p50_ms"],
            shown=f"{facts['seen_p50_ms']} ms ({facts['seen_p99_ms']})", facts=facts,
        ),
    ]  # fmt: skip


def _tap(page: Page, seconds: int) -> tuple[int, float]:
    """Tap tiles in turn at the pace; return how many taps and the seconds they took."""
    boxes = [tile.bounding_box() for tile in page.locator("#tiles .tile").all()[:12]]
    places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
    begin = time.perf_counter()
    for number in range(seconds * PACE):
        time.sleep(max(0.0, begin + number / PACE - time.perf_counter()))
        page.mouse.click(*places[number % len(places)])
    return seconds * PACE, time.perf_counter() - begin


def _settled(page: Page, file: Path, wanted: int) -> int:
    """Return the pieces in the open basket once everything wanted has arrived, or after ten seconds."""
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    end = time.perf_counter() + 10
    while True:
        rows = database.execute("SELECT data FROM register_basket_line").fetchall()
        pieces = sum(int(json.loads(row[0])["quantity"]) for row in rows) // 1000
        if pieces >= wanted or time.perf_counter() > end:
            database.close()
            return pieces
        page.wait_for_timeout(100)
