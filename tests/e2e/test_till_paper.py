"""Kitchen and bar in a real browser: send, see what does not print, choose another printer; the printers' page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import MANAGER, Counter
from support.eyes import RULES, SIZES, examine, examine_dark, violations
from support.servers import RunningServer, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A demo shop whose bar has a printer that is not there, and nobody stands in."""
    folder = tmp_path_factory.mktemp("kitchen") / "data"
    server = start(
        folder,
        "--demo",
        "--days",
        "0",
        SMARTECR_PRINTERS="Küche=virtual Bar=tcp://127.0.0.1:1?standin=off",
        SMARTECR_LINE_DISPLAY="virtual",
        SMARTECR_SCALE="virtual",
    )
    yield server
    server.stop()
    assert server.process.stdout is not None
    server.process.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


def counter_at(browser: Browser, server: RunningServer, size: str) -> Counter:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", locale="de-DE")
    return Counter(context.new_page(), server).log_in(MANAGER)


def test_an_order_that_does_not_print_goes_to_another_printer(browser: Browser, kitchen: RunningServer) -> None:
    counter = counter_at(browser, kitchen, "counter")
    page = counter.page
    page.goto(f"{kitchen.address}printers")
    page.get_by_label("Kaffee", exact=True).select_option("Bar")
    expect(page.locator(".routes output").first).to_have_text("Gespeichert.")
    counter.clean().tap("Cappuccino").settle()
    expect(page.locator("#unsent-count")).to_have_text("1")
    page.locator("[data-act=send]").first.click()
    expect(page.locator("#hint")).to_have_text("Bestellung gesendet.")
    expect(page.locator("#unsent-count")).to_be_hidden()
    banner = page.locator("#outage .banner-bad[data-alarm]")
    expect(banner).to_contain_text("Bar: Drucker antwortet nicht.")
    banner.get_by_role("button", name="Ansehen").click()
    sheet = page.locator("#sheet")
    expect(sheet).to_contain_text("Bestellung 1")
    assert violations(page, RULES) == []
    sheet.get_by_role("button", name="an Küche").click()
    page.keyboard.press("Escape")
    expect(banner).to_have_count(0)
    page.goto(f"{kitchen.address}printers")
    expect(page.locator(".printer", has_text="Küche").locator("[data-sheet]")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_wish_to_the_kitchen(browser: Browser, kitchen: RunningServer, size: str) -> None:
    """Two taps: the line, the wish. For one of two pieces it parts the line; tapping the word again takes it off."""
    counter = counter_at(browser, kitchen, size)
    page = counter.page
    page.goto(f"{kitchen.address}printers")
    page.get_by_label("Backwaren", exact=True).select_option("Küche")
    expect(page.locator(".routes li", has_text="Backwaren").locator("output")).to_have_text("Gespeichert.")
    counter.clean().tap("Butterbrezel").tap("Butterbrezel").settle()
    if size == "handheld":
        page.locator("[data-act=open-ticket]").click()
    page.locator("#lines li[data-article] .line").click()
    page.locator("[data-act=line-wish]").click()
    sheet = page.locator("#sheet")
    sheet.get_by_role("button", name="glutenfrei").click()
    sheet.get_by_role("button", name="laktosefrei").click()
    sheet.get_by_role("button", name="glutenfrei").click()
    expect(page.locator("#wish")).to_have_value("laktosefrei")
    sheet.get_by_text("nur eins davon").click()
    assert violations(page, RULES) == []
    sheet.get_by_role("button", name="Notieren").click()
    expect(page.locator("#lines li[data-article]")).to_have_count(2)
    expect(page.locator("#lines li.newest")).to_contain_text("› laktosefrei")
    counter.settle()
    if size == "handheld":
        page.locator("#handle").click()
    counter.tap("Butterbrezel").settle()
    quantities = page.locator("#lines li[data-article]").evaluate_all("all => all.map((one) => one.dataset.quantity)")
    assert quantities == ["2000", "1000"]
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_printers_page(browser: Browser, kitchen: RunningServer, size: str) -> None:
    counter = counter_at(browser, kitchen, size)
    page = counter.page
    page.goto(f"{kitchen.address}printers")
    expect(page.locator(".printer")).to_have_count(3)
    expect(page.locator(".printer", has_text="Bar").locator("strong").first).to_have_text("Drucker antwortet nicht")
    expect(page.locator(".glass")).to_be_visible()
    page.get_by_role("button", name="Suchen").click()
    expect(page.locator("#found-printers")).not_to_be_empty()
    examine(page, "printers", size)
    examine_dark(page, "printers", size)
    page.context.close()


def test_the_sensor_of_the_drawer_is_taught(browser: Browser, kitchen: RunningServer) -> None:
    counter = counter_at(browser, kitchen, "counter")
    page = counter.page
    page.goto(f"{kitchen.address}printers")
    page.get_by_role("button", name="Fühler einlernen").click()
    page.get_by_role("button", name="Sie ist zu").click()
    page.get_by_role("button", name="Sie ist offen").wait_for()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Sie ist offen").click()
    page.get_by_role("button", name="Sie ist zu").click()
    expect(page.locator("#learning")).to_contain_text("keinen Fühler")  # nobody pushed the virtual drawer shut
    page.context.close()


def test_the_scale_says_why_it_does_not_weigh(browser: Browser, kitchen: RunningServer) -> None:
    counter = counter_at(browser, kitchen, "counter")
    counter.page.goto(f"{kitchen.address}printers")
    expect(counter.page.locator("section", has_text="Wiegemodul")).to_contain_text("MessEG")
    counter.page.context.close()


def test_what_lies_on_the_plate_is_weighed_in_practice_alone(browser: Browser, kitchen: RunningServer) -> None:
    """A piece of cheese on the device's scale: refused with the reason, then weighed and sold for practice."""
    counter = counter_at(browser, kitchen, "counter")
    page = counter.page
    page.goto(f"{kitchen.address}device/")
    till = page.frame_locator(".glass-till iframe")
    till.locator("html[data-ready] #lines").wait_for()
    scale = page.locator("#scale")
    expect(scale.locator("output")).to_have_text("0,000 kg")
    for key in ("+1 kg", "+100 g"):
        scale.get_by_role("button", name=key).click()
    expect(scale.locator("output")).to_have_text("1,100 kg")
    cheese = till.locator('#tiles .tile[data-name="Bergkäse am Stück"]')
    till.locator('.group[data-name="Hofladen"]').click()
    cheese.click()
    expect(till.locator("#sheet")).to_contain_text("MessEG")
    expect(till.locator("#sheet").get_by_role("button", name="Wiegen")).to_have_count(0)
    till.locator("#sheet [data-close]").click()
    assert violations(page, RULES) == []

    counter.clean().page.keyboard.press("Alt+m")
    page.locator("#sheet [data-sheet=training]").click()
    page.get_by_role("button", name="Üben").last.click()
    expect(page.get_by_text("Übungsmodus.")).to_be_visible()
    page.goto(f"{kitchen.address}device/")
    till.locator('.group[data-name="Hofladen"]').click()
    cheese.click()
    till.locator("#sheet").get_by_role("button", name="Wiegen").click()
    expect(till.locator("#lines > li[data-article]")).to_contain_text("1,1 kg × 26,90")
    scale.get_by_role("button", name="Waage leeren").click()
    expect(scale.locator("output")).to_have_text("0,000 kg")
    cheese.click()
    till.locator("#sheet").get_by_role("button", name="Wiegen").click()
    expect(till.locator("#problem")).to_contain_text("zu leicht")
    page.context.close()
