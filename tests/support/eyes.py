"""What a careful eye asks of every screen: accessible by axe, colours in the dark too, nothing beyond the edge."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"counter": (1280, 800), "large": (1920, 1080), "handheld": (360, 640)}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What may differ between the light and the dark of one page."""

WIDE = """[document.documentElement, ...document.querySelectorAll("dialog[open], dialog[open] > *, .pay-main, .pay")]
  .some((part) => part.scrollWidth > part.clientWidth)"""
"""Something reaches beyond the page, an open sheet, or the place of an amount."""
GROUND = "getComputedStyle(document.body).backgroundColor"
SMALL = """(targets) => [...document.querySelectorAll(targets)].filter((part) => {
  if (part.closest(".visually-hidden, .skip") || part.matches(".skip, .visually-hidden, [hidden]")) return false;
  if (part.matches("a") && getComputedStyle(part).display === "inline") return false;
  if (part.matches("label input, .perforation")) return false;
  const box = part.getBoundingClientRect();
  return box.width > 0 && part.checkVisibility() && (box.width < 24 || box.height < 24);
}).map((part) => `${part.className || part.id} ${part.textContent.trim()}`)"""
TARGETS = "button, a[href], input, select, summary, .choice, .person"
SHOTS = os.environ.get("SMARTECR_SHOTS", "")
"""A folder for a picture of every screen that is examined; none are taken without it."""


def violations(page: Page, rules: dict[str, Any] = RULES, **more: Any) -> list[tuple[str, str, str]]:
    """Return what axe finds: rule, part of the page, what to do; `more` are further options of axe."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": rules, "resultTypes": ["violations"], **more}  # what is right is not written down
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:120], one["nodes"][0]["failureSummary"]) for one in found]


def examine(page: Page, name: str, size: str = "counter") -> None:
    """Fail if the light page is not accessible (WCAG 2.2 A and AA), too wide, or has targets under 24 px."""
    shoot(page, f"{name}-{size}-light")
    found = [*violations(page), *page.evaluate(SMALL, TARGETS)]
    assert found == [], (name, size, found)
    assert page.evaluate(WIDE) is False, (name, size)


def examine_dark(page: Page, name: str, size: str = "counter") -> None:
    """Fail if the colours of the same page do not hold in the dark; leave it in the light."""
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    shoot(page, f"{name}-{size}-dark")
    assert page.evaluate(GROUND) != light, name
    found = violations(page, COLOURS)
    assert found == [], (name, size, found)
    page.emulate_media(color_scheme="light")


def shoot(page: Page, name: str) -> None:
    """Keep a picture for a person, where one is wanted."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def resize(page: Page, size: str) -> None:
    """Give the page another size."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
