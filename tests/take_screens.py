"""Takes the pictures in docs/screens: every main screen at three sizes in two themes, of a demo shop made for it.

usage: python tests/take_screens.py        (needs Chromium; look at what changed before committing it)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure()
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from support.browsers import FLAGS, program  # noqa: E402
from support.counter import Counter  # noqa: E402
from support.servers import RunningServer, start  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SIZES = {"phone": (360, 640, 2), "counter": (1280, 800, 1), "wide": (1920, 1080, 1)}
THEMES = ("light", "dark")
SALE = ("Cappuccino", "Cappuccino", "Frühstück ‚Morgenrot‘", "Butterbrezel", "Apfelschorle 0,33 l", "Mohnschnecke")
OFFICE = ("office/today", "office/articles", "office/articles/table", "office/tse", "office/customers")
TARGET = ROOT / "docs" / "screens"


def main() -> None:
    """Make the shop, take all pictures."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        server = start(Path(folder) / "data", "--demo", "--days", "21")
        browser = driver.chromium.launch(executable_path=program(), args=FLAGS)
        try:
            for size, (width, height, scale) in SIZES.items():
                for theme in THEMES:
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        device_scale_factor=scale,
                        color_scheme=theme,
                        locale="de-DE",
                        reduced_motion="reduce",
                    )
                    visit(context, server, f"{size}-{theme}")
                    context.close()
        finally:
            browser.close()
            server.stop()
            if server.process.stdout is not None:
                server.process.stdout.close()


def visit(context: BrowserContext, server: RunningServer, name: str) -> None:
    """Do a sale and walk past the other screens, taking a picture of each."""
    page, display = context.new_page(), context.new_page()
    display.goto(f"{server.address}display/")
    page.goto(f"{server.address}login")
    take(page, f"login-{name}")
    counter = Counter(page, server).log_in("Christine")
    counter.tap(*SALE).settle()
    take(page, f"till-{name}")
    take(display, f"display-{name}")
    page.locator("[data-act=pay]").first.click()
    page.locator("#due").wait_for()
    take(page, f"pay-{name}")
    page.locator("#paying [data-act=card]").click()
    page.locator("[data-card-view=going]").wait_for()
    take(page, f"card-{name}")
    take(display, f"display-card-{name}")
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused]").wait_for()
    page.locator(".card-keys [data-act=card-cash]").click()
    page.locator("#due").wait_for()
    page.locator('[data-tender="5000"]').click()
    page.locator("text=Bezahlt und signiert").first.wait_for()
    take(page, f"paid-{name}")
    display.wait_for_timeout(5000)
    take(display, f"display-receipt-{name}")
    for path in ("cash", "cash/close", "receipts", *OFFICE):
        page.goto(server.address + path)
        take(page, f"{path.replace('/', '-')}-{name}")
    take_device(context, server, name)


def take_device(context: BrowserContext, server: RunningServer, name: str) -> None:
    """Sell, print and scan on the page of the whole device; a picture of all that fits."""
    page = context.new_page()
    page.goto(f"{server.address}device/")
    page.wait_for_selector("html[data-ready]", state="attached")
    till = page.frame_locator(".glass-till iframe")
    till.locator("html[data-ready] #lines").wait_for()
    page.locator("[data-thing=bag]").click()
    till.locator("#lines > li[data-article]").first.wait_for(state="attached")
    till.locator("#pay").click()
    till.locator("[data-tender]").first.click()
    till.locator(".after .key", has_text="Drucken").click()
    page.locator("#hanging .hanging").last.wait_for()
    page.locator("[data-thing=bottle]").click()
    till.locator("#lines > li[data-article]").first.wait_for(state="attached")
    page.locator("#drawer").click()
    page.wait_for_timeout(2500)
    take(page, f"device-{name}")
    page.close()


def take(page: Page, name: str) -> None:
    """Take one picture when the page has come to rest."""
    page.wait_for_timeout(400)
    page.screenshot(path=TARGET / f"{name}.png")


if __name__ == "__main__":
    main()
