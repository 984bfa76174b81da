"""From the tap at the till to the line on the customer display, over the same tap's line on the till itself."""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from bench.browser import chromium, open_till, window
from bench.client import Cashier
from bench.measure import MOST_SPREAD, Row, Spread
from bench.processes import ours, prepare_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTICLES = 1000

_TILL = """
() => {
  bench.answered = new Promise((resolve) => {
    const before = document.getElementById("ticket").dataset.stamp;
    bench.when(() => document.getElementById("ticket").dataset.stamp !== before)
      .then((at) => resolve(at + bench.origin));
  });
}
"""
_DISPLAY = """
() => {
  bench.shown = new Promise((resolve) => {
    const words = () => document.getElementById("screen").textContent;
    const before = words();
    bench.when(() => words() !== before).then((at) => resolve(at + bench.origin));
  });
}
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--taps", type=int, default=30)


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Return the row."""
    shop = folder / "shop"
    prepare_shop(shop, ARTICLES)
    with ours(shop) as server, chromium() as browser:
        page = open_till(window(browser, server.port, Cashier(server.port).cookies), server.port)
        guest = window(browser, server.port).new_page()
        guest.goto(f"http://127.0.0.1:{server.port}/display/")
        guest.wait_for_timeout(500)
        pairs = [_tap(page, guest, number) for number in range(options.taps + 3)][3:]
    till, display = [one for one, _two in pairs], [two for _one, two in pairs]
    ratio = Spread.of([two / one for one, two in pairs])
    rounds = [statistics.median(till[place::5]) for place in range(5)]
    quiet = max(rounds) / min(rounds) <= MOST_SPREAD
    facts = {
        "taps": len(pairs), "till_ms": round(statistics.median(till), 1),
        "display_ms": round(statistics.median(display), 1), "display_max_ms": round(max(display), 1),
    }  # fmt: skip
    shown = f"{ratio}, {facts['display_ms']} ms" if quiet else "refused: the till's own line varied too much"
    what = "tap to painted line on the display / tap to answered line on the till"
    return [Row(name="display", what=what, value=ratio.median if quiet else None, shown=shown, facts=facts)]


def _tap(page: Page, guest: Page, number: int) -> tuple[float, float]:
    """Tap a tile; return milliseconds until the till and until the display have painted it."""
    page.wait_for_timeout(400)
    page.evaluate(_TILL)
    guest.evaluate(_DISPLAY)
    box = page.locator("#tiles .tile").nth(number % 12).bounding_box()
    assert box is not None
    page.evaluate(
        "bench.tapped = new Promise((resolve) => "
        "addEventListener('pointerdown', (event) => resolve(event.timeStamp + bench.origin), "
        "{ capture: true, once: true })); undefined"
    )
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tapped = page.evaluate("bench.tapped")
    return page.evaluate("bench.answered") - tapped, guest.evaluate("bench.shown") - tapped
