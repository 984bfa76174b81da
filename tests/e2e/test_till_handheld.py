"""The same till in one hand: sheet, thumb keys, pad; and pages of tiles that are turned by a swipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import CASHIER, Counter, shop  # noqa: F401 the fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def hand(browser: Browser, shop: RunningServer) -> Iterator[Counter]:  # noqa: F811
    """Jana at an empty ticket on a handheld of 360 × 640."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, reduced_motion="reduce")
    yield Counter(context.new_page(), shop).log_in(CASHIER).empty()
    context.close()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Move a finger from one place to another."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
    page.mouse.move(*end, steps=3)
    page.mouse.up()


def test_last_line_and_amount_are_always_in_view(hand: Counter) -> None:
    """However long the ticket gets, the newest line, the gist and the pay key stay where they are."""
    page = hand.page
    before = page.locator("#pay").bounding_box()
    hand.tap("Espresso", "Cappuccino", "Flat White", "Darjeeling")
    hand.settle()
    expect(page.locator("#lines li:visible")).to_have_count(1)
    expect(page.locator("#lines .newest")).to_contain_text("Darjeeling")
    expect(page.locator("#gist")).to_have_text("4 Zeilen · Im Haus")
    expect(page.locator("#pay .pay-amount")).to_have_text("13,70 €")
    assert page.locator("#pay").bounding_box() == before


def test_back_and_one_more_are_under_the_thumb(hand: Counter) -> None:
    """Noch 1 repeats the newest line, Zurück takes it off."""
    page = hand.page
    hand.tap("Espresso", "Cappuccino").settle()
    page.locator("[data-act=again]").click()
    page.locator("[data-act=again]").click()
    expect(page.locator("#lines .newest")).to_contain_text("3 ×")
    hand.settle()
    page.locator(".thumb [data-act=void]").click()
    hand.settle()
    expect(page.locator("#gist")).to_have_text("1 Zeile · Im Haus")
    expect(page.locator("#pay .pay-amount")).to_have_text("2,40 €")


@pytest.mark.parametrize("way", ["tap", "drag", "key", "gist"])
def test_the_sheet_shows_the_whole_ticket(hand: Counter, way: str) -> None:
    """Tapped, dragged up or by key: all lines, and their options on a tap; the same way back."""
    page = hand.tap("Espresso", "Cappuccino", "Flat White").settle().page
    handle = page.locator("#handle")
    box = handle.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
    if way == "tap":
        handle.click()
    elif way == "drag":
        drag(page, middle, (middle[0], middle[1] - 180))
    elif way == "key":
        handle.focus()
        page.keyboard.press("Enter")
    else:
        page.locator(".gist").click()
    expect(page.locator("#lines li:visible")).to_have_count(3)
    expect(handle).to_have_attribute("aria-expanded", "true")
    hand.lines.first.click()
    page.locator("[data-act=line-void]").click()
    expect(page.locator("#lines li:visible")).to_have_count(2)
    hand.settle()
    page.keyboard.press("Escape")
    expect(page.locator("#lines li:visible")).to_have_count(1)


def test_the_pad_comes_when_it_is_wanted(hand: Counter) -> None:
    """3 × before the tile, by fingers alone; then the pad goes again."""
    page = hand.page
    expect(page.locator(".pad")).to_be_hidden()
    page.locator("[data-act=pad]").click()
    page.locator("[data-digit='3']").click()
    page.locator("[data-digit='×']").click()
    expect(page.locator("#entry strong")).to_have_text("3 ×")
    page.locator("[data-act=pad]").click()
    hand.tap("Espresso").settle()
    expect(page.locator("#lines .newest")).to_contain_text("3 ×")


def test_a_sale_in_one_hand(hand: Counter) -> None:
    """Pay, see the change, go on with a group from below."""
    page = hand.tap("Espresso").pay(500).page
    expect(page.locator("#change span")).to_have_text("2,60")
    page.locator(".next-groups [data-tab]").nth(1).click()
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    expect(page.locator("#tiles .tile").nth(1)).to_have_attribute("data-name", "Espresso doppelt")
    expect(page.locator("#l-none")).to_contain_text("2,60 €")


def test_tiles_turn_by_swipe_dot_and_key(page: Page, shop: RunningServer) -> None:  # noqa: F811
    """On a low screen the favourites have two pages; a swipe turns and taps nothing."""
    page.set_viewport_size({"width": 1280, "height": 720})
    counter = Counter(page, shop).log_in().empty()
    dots = page.locator("#dots .dot")
    expect(dots).to_have_count(2)
    expect(counter.tile("Pfandrückgabe")).to_be_hidden()
    drag(page, (700, 300), (300, 310))
    expect(counter.tile("Pfandrückgabe")).to_be_visible()
    expect(counter.tile("Espresso")).to_be_hidden()
    expect(dots.nth(1)).to_have_attribute("aria-current", "true")
    drag(page, (300, 300), (700, 310))
    expect(counter.tile("Espresso")).to_be_visible()
    dots.nth(1).click()
    expect(counter.tile("Pfandrückgabe")).to_be_visible()
    page.keyboard.press("PageUp")
    expect(counter.tile("Espresso")).to_be_visible()
    assert counter.ticket() == []
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(dots).to_have_count(0)
    expect(counter.tile("Pfandrückgabe")).to_be_visible()


def test_every_key_of_the_paid_screen_is_in_sight(hand: Counter) -> None:
    """Without scrolling, above the strip of the groups, which show their pictures."""
    page = hand.tap("Espresso", "Cappuccino").pay(1000).page
    strip = page.locator(".next-groups").bounding_box()
    keys = [key.bounding_box() for key in page.locator(".after > *").all()]
    assert strip
    assert len(keys) >= 4
    for box in keys:
        assert box
        assert box["y"] + box["height"] <= strip["y"]
    for picture in page.locator(".next-groups svg").all():
        expect(picture).to_be_visible()
    assert page.evaluate("document.querySelector('.pay-body').scrollTop") == 0


def test_a_page_ends_where_its_content_does(hand: Counter) -> None:
    """The reasons for a difference stand far below, and nothing of them leaves an empty stretch behind the page."""
    page = hand.page
    page.goto(f"{hand.address}cash/count")
    page.locator("[name=count-50000]").fill("1")
    page.locator("main [type=submit]").last.click()
    expect(page.locator("#difference")).to_contain_text("Differenz mit Grund festhalten")
    assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
