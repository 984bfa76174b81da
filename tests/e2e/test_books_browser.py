"""The books in a real browser: prove them, let an auditor in, play the visit through; every page by axe, two sizes."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.counter import Counter, shop  # noqa: F401 the fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNER = "Christine"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll("button, a[href], input, select, summary")].filter((part) => {
  if (part.closest(".visually-hidden, .skip") || part.matches("label input")) return false;
  if (part.matches("a") && getComputedStyle(part).display === "inline") return false;
  const box = part.getBoundingClientRect();
  return box.width > 0 && part.checkVisibility() && (box.width < 24 || box.height < 24);
}).map((part) => `${part.className || part.id} ${part.textContent.trim()}`)"""
SIZES = {"counter": (1280, 800), "phone": (360, 640), "wide": (1920, 1080)}
SHOTS = os.environ.get("SMARTECR_SHOTS", "")
"""A folder for pictures of every page; none are taken without it."""


class Eye:
    """Looks at a page: in light in every size, in dark at the counter."""

    def __init__(self, page: Page, theme: str) -> None:
        self.page, self.theme = page, theme

    def look(self, name: str) -> None:
        """Check the page as it stands: accessible, nothing beyond the edge, no target too small."""
        sizes = SIZES if self.theme == "light" else {"counter": SIZES["counter"]}
        for size, (width, height) in sizes.items():
            self.page.set_viewport_size({"width": width, "height": height})
            if SHOTS:
                self.page.screenshot(path=f"{SHOTS}/{name}-{size}-{self.theme}.png")
            assert self.page.evaluate(WIDE) is False, (name, size)
            assert self.page.evaluate(SMALL) == [], (name, size)
            if size != "wide":
                found: list[dict[str, Any]] = Axe().run(self.page, options=RULES).response["violations"]
                said = [(one["id"], one["nodes"][0]["html"][:120], one["nodes"][0]["failureSummary"]) for one in found]
                assert said == [], (name, size)
        self.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_auditors_visit(browser: Browser, shop: RunningServer, theme: str, tmp_path: Path) -> None:  # noqa: F811
    """From the proof to the handover, with the sheets and the count beside it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=theme, reduced_motion="reduce", locale="de-DE",
        accept_downloads=True,
    )  # fmt: skip
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    counter = Counter(page, shop).log_in(OWNER).empty()
    eye = Eye(page, theme)
    _sheets(counter, eye)
    _count(counter, eye)
    _proof(counter, eye)
    code = _door(counter, eye)
    guest = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=theme, reduced_motion="reduce", accept_downloads=True
    )
    _visit(counter, Eye(guest.new_page(), theme), code, tmp_path)
    guest.close()
    context.close()
    assert trouble == []


def _sheets(counter: Counter, eye: Eye) -> None:
    page = counter.page
    for name in ("advance", "account", "meal", "training"):
        counter.clean()
        if name != "training":
            counter.tap("Croissant").settle()
        page.keyboard.press("Alt+m")
        page.locator(f"#sheet [data-sheet={name}]").click()
        expect(page.locator("#sheet form").first).to_be_visible()
        eye.look(name)
        page.keyboard.press("Escape")
    counter.clean()
    page.keyboard.press("Alt+m")
    page.locator("#sheet [data-sheet=training]").click()
    page.get_by_role("button", name="Üben").last.click()
    expect(page.get_by_text("Übungsmodus.")).to_be_visible()
    page.get_by_role("button", name="Beenden").click()
    page.get_by_role("button", name="Wieder verkaufen").click()
    expect(page.get_by_text("Übungsmodus.")).to_have_count(0)
    counter.ready().tap("Croissant").settle()
    page.keyboard.press("F7")
    page.locator("#park-label").fill("Tisch 4")
    page.get_by_role("button", name="Bestellen").click()
    expect(page.locator("#lines .line")).to_have_count(0)


def _count(counter: Counter, eye: Eye) -> None:
    page = counter.page
    page.goto(f"{counter.address}cash/count")
    eye.look("count")
    page.locator("#count-5000").fill("1")
    page.locator(".closing-key").click()
    expect(page.locator(".difference")).to_be_visible()
    page.locator("#reason").fill("Probe")
    page.locator(".closing-key").click()
    expect(page.get_by_text("Gezählt mit Differenz")).to_be_visible()
    eye.look("counted")
    page.goto(f"{counter.address}cash/close")
    page.locator(".closing-key").click()
    expect(page.locator("dt", has_text="Bleibt in der Lade")).to_be_visible()


def _proof(counter: Counter, eye: Eye) -> None:
    page = counter.page
    page.goto(f"{counter.address}office/books")
    page.get_by_role("button", name=re.compile("prüfen")).click()
    expect(page.locator(".verdict-good")).to_be_visible(timeout=60_000)
    eye.look("books")
    page.goto(f"{counter.address}office/books/papers")
    page.locator("summary").click()
    eye.look("papers")


def _door(counter: Counter, eye: Eye) -> str:
    page = counter.page
    page.goto(f"{counter.address}office/books/auditors")
    page.locator("#f-name").fill("Frau Adler")
    page.locator("#f-badge").fill("FA-77")
    page.get_by_role("button", name="Zugang öffnen").click()
    code = page.locator(".code-shown").inner_text()
    eye.look("auditors")
    return code


def _visit(counter: Counter, eye: Eye, code: str, tmp_path: Path) -> None:
    page = eye.page
    page.goto(f"{counter.address}audit")
    eye.look("audit-door")
    page.locator("#code").fill("00000000")
    page.get_by_role("button", name="Einsehen").click()
    expect(page.get_by_role("alert")).to_contain_text("öffnet nichts")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Belege")).to_be_visible()
    eye.look("audit-receipts")
    page.locator(".cell-link").first.click()
    eye.look("audit-receipt")
    for name in ("closings", "cash", "master", "tse", "documents"):
        page.goto(f"{counter.address}audit/{name}")
        eye.look(f"audit-{name}")
    page.goto(f"{counter.address}audit/handover")
    with page.expect_download() as download:
        page.get_by_role("button", name="Alles übergeben").click()
    download.value.save_as(tmp_path / "alles.zip")
    with zipfile.ZipFile(tmp_path / "alles.zip") as archive:
        assert len(archive.namelist()) == 9
    page.reload()
    page.locator("summary").first.click()
    eye.look("audit-handover")
    page.goto(counter.address)
    expect(page).to_have_url(re.compile("/login"))
