"""Tables at the till: two become one bill, by finger and by key, and nobody's dishes are lost in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.browsers import PATIENCE
from support.counter import CASHIER, MANAGER, Counter, shop  # noqa: F401 the fixture
from support.eyes import SIZES, examine, examine_dark

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def waiter(browser: Browser, shop: RunningServer) -> Iterator[Callable[..., Counter]]:  # noqa: F811
    """Open a window for somebody; all show the one till."""
    contexts = []

    def open_window(name: str = CASHIER, size: str = "counter") -> Counter:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return Counter(context.new_page(), shop).log_in(name)

    yield open_window
    for one in contexts:
        clear(Counter(one.pages[0], shop))
        one.close()


def clear(counter: Counter) -> None:
    """Throw away what is on the ticket and all that is parked."""
    page = counter.page
    page.goto(counter.address)
    counter.empty()
    for _ in range(int(page.locator("#ticket").get_attribute("data-parked") or 0)):
        page.keyboard.press("F7")
        page.locator(".parked-key").first.click()
        expect(page.locator("#sheet")).not_to_be_visible()
        counter.settle().empty()


def park(counter: Counter, name: str, *articles: str) -> None:
    """Ring up articles and park them under a name."""
    counter.tap(*articles).settle().page.keyboard.press("F7")
    counter.page.locator("#park-label").fill(name)
    counter.page.keyboard.press("Enter")
    expect(counter.page.locator("#l-none")).to_be_visible()
    counter.settle()


def test_two_parked_tables_become_one_bill(waiter: Callable[..., Counter]) -> None:
    counter = waiter()
    page = counter.page
    park(counter, "Tisch 7", "Cappuccino", "Apfelschorle 0,33 l")
    park(counter, "Tisch 4", "Espresso")
    page.locator("[data-act=park]").click()
    page.get_by_role("button", name="Tisch 7 mit einem anderen Bon zusammenlegen").click()
    expect(page.locator("#join-ask")).to_contain_text("„Tisch 7“ mit welchem Bon zusammenlegen?")
    expect(page.locator("[data-join-yes]")).to_be_hidden()
    page.locator(".parked-key", has_text="Tisch 4").click()
    expect(page.locator("#join-ask")).to_contain_text("„Tisch 7“ (7,25 €) und „Tisch 4“ (2,40 €) werden ein Bon.")
    page.locator("[data-join-yes]").click()
    expect(page.locator("#hint")).to_have_text("Zusammengelegt. Jetzt ist es ein Bon.")
    expect(page.locator("#ticket h2")).to_have_text("Tisch 4")
    assert [line.split(" + ")[0] for line in counter.ticket()] == [
        "1 × Espresso 2,40", "1 × Cappuccino 3,60", "1 × Apfelschorle 0,33 l 3,40"]  # fmt: skip
    assert counter.total() == "9,65 €"
    expect(page.locator("#parked-count")).to_be_hidden()
    counter.pay(1000)


def test_a_parked_ticket_comes_to_the_one_on_the_screen_by_keys_alone(waiter: Callable[..., Counter]) -> None:
    counter = waiter()
    page = counter.page
    park(counter, "Tisch 7", "Cappuccino")
    counter.tap("Espresso").settle()
    page.keyboard.press("F7")
    expect(page.locator("#park-label")).to_be_focused()
    for _ in range(9):
        if page.evaluate("document.activeElement.matches('[data-join]')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#join-ask")).to_contain_text("„Tisch 7“ (3,60 €) kommt auf diesen Bon.")
    expect(page.locator("[data-join-yes]")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # not this time
    expect(page.locator("#join-ask")).to_be_hidden()
    expect(page.locator("[data-join]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket h2")).to_have_text("Tisch 7")
    assert counter.ticket() == ["1 × Espresso 2,40", "1 × Cappuccino 3,60"]


@pytest.mark.parametrize("how", ["Parken", "Bestellen"])
def test_parking_under_the_name_of_a_table_adds_to_it(waiter: Callable[..., Counter], how: str) -> None:
    """The guests of a table order again, and whoever serves them has not called their ticket back."""
    counter = waiter()
    page = counter.page
    park(counter, "Tisch 7", "Cappuccino")
    counter.tap("Espresso").settle()
    page.keyboard.press("F7")
    page.locator("#park-label").fill("tisch 7")
    page.locator("#sheet .key", has_text=re.compile(f"^{how}$")).click()
    page.locator("#park-same button", has_text="Zu „Tisch 7“ legen").click()
    expect(page.locator("#l-none")).to_be_visible()
    expect(page.locator("#parked-count")).to_have_text("1")
    counter.settle()
    page.locator("[data-act=park]").click()
    page.locator(".parked-key", has_text="Tisch 7").click()
    expect(page.locator("#ticket h2")).to_have_text("Tisch 7")
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Espresso 2,40"]


def test_a_second_waiter_meanwhile_loses_nothing(waiter: Callable[..., Counter]) -> None:
    """Both look at the list; one is quicker, the other one is told, and every line is where somebody put it."""
    one, two = waiter(CASHIER), waiter(MANAGER)
    park(one, "Tisch 7", "Cappuccino")
    one.tap("Espresso").settle()
    expect(two.page.locator("#lines")).to_contain_text("Espresso")
    one.page.keyboard.press("F7")
    one.page.locator("[data-join]").click()
    expect(one.page.locator("[data-join-yes]")).to_be_visible()
    park(two, "Tisch 4")
    two.tap("Croissant").settle()
    one.page.locator("[data-join-yes]").click()
    expect(one.page.locator(".refused")).to_have_text(
        "Auf dem Schirm liegt inzwischen ein anderer Bon. Zusammengelegt ist nichts."
    )
    assert two.ticket() == ["1 × Croissant 2,30"]
    expect(one.page.locator("#parked-count")).to_have_text("2")


@pytest.mark.parametrize("size", SIZES)
def test_the_list_of_tables_is_well_made(waiter: Callable[..., Counter], size: str) -> None:
    counter = waiter(CASHIER, size)
    page = counter.page
    for name in ("Tisch 7", "Große Runde am Fenster, Geburtstag Ilse", ""):
        counter.tap("Cappuccino", "Espresso").settle()
        page.keyboard.press("F7")
        page.locator("#park-label").fill(name)
        page.locator("#park-label").press("Enter")
        expect(page.locator("#ticket")).not_to_have_attribute("data-total", "600")
        counter.settle()
    for state in ("list", "choosing", "asked"):
        page.keyboard.press("F7")
        expect(page.locator("#sheet")).to_be_visible()
        if state != "list":
            page.locator("[data-join]").nth(1).click()
        if state == "asked":
            page.locator(".parked-key").first.click()
        examine(page, f"tables {state}", size)
        examine_dark(page, f"tables {state}", size)
        page.keyboard.press("Escape")
    counter.tap("Espresso").settle().page.keyboard.press("F7")
    page.locator("[data-join]").nth(1).click()
    examine(page, "tables here", size)
    examine_dark(page, "tables here", size)
    page.locator("#park-label").fill("Tisch 7")
    page.locator("#park-label").press("Enter")
    expect(page.locator("#park-same")).to_be_visible()
    examine(page, "tables same name", size)
    examine_dark(page, "tables same name", size)
    page.keyboard.press("Escape")
