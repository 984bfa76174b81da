"""A person at the page in a real browser: taps, inserts, types, unlocks a phone, errs; and the page is accessible."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from smartecr.terminal.zvt.virtual import Setup, Times
from smartecr.terminal.zvt.virtual.pageserver import PageServer
from support.eyes import violations
from support.zvt_register import pay

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SIZES = {"counter": (1280, 800), "handheld": (360, 640)}
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll("button, select, summary")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && (box.width < 24 || box.height < 24);
}).map((one) => one.outerHTML)"""


@pytest.fixture
def setup() -> Setup:
    """A terminal that hurries, but whose last word stays until it was read."""
    times = Times.hurried()
    times.result_shown = 60
    return Setup(times=times)


@pytest.fixture
def address(bench: Any) -> Iterator[str]:
    server = PageServer(bench.terminal)
    yield server.listen()
    server.close()


@pytest.fixture
def device(page: Page, address: str, bench: Any) -> Iterator[Callable[[int], threading.Thread]]:
    """The open page; call to have the register ask for an amount, join the result to wait for its end."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")

    def ask(cents: int) -> threading.Thread:
        thread = threading.Thread(target=bench.register.run, args=(pay(cents),))
        thread.start()
        return thread

    yield ask
    assert bench.terminal.violations == []


def shows(page: Page, *words: str) -> None:
    """Wait until the display shows these words."""
    for word in words:
        page.locator("#display", has_text=word).wait_for()


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.locator(f'[data-key="{key}"]').click()
    page.locator('[data-key="OK"]').click()


def test_a_person_pays_by_tap_chip_phone_and_errs(page: Page, bench: Any, device: Any) -> None:
    page.locator("[data-card=visa]").click()
    running = device(1740)
    shows(page, "17,40 €", "Karte vorhalten oder stecken")
    page.locator("#field").click()
    shows(page, "Zahlung erfolgt")
    running.join(60)

    running = device(6250)
    shows(page, "62,50 €", "Karte vorhalten oder stecken")
    page.locator("#slot").click()
    shows(page, "Geheimzahl und OK")
    press(page, "0000")
    shows(page, "Geheimzahl falsch")
    page.locator("[data-key='1']").click()
    expect(page.locator("#typed")).to_have_text("•")
    page.locator("[data-key=C]").click()
    page.keyboard.type("1357")
    expect(page.locator("#typed")).to_have_text("••••")
    page.locator('[data-key="OK"]').click()
    shows(page, "Bitte Karte entnehmen")
    page.locator("#slot").click()
    shows(page, "Zahlung erfolgt")
    running.join(60)

    page.locator("[data-card=phone-apple]").click()
    running = device(9900)
    shows(page, "99,00 €", "Karte vorhalten oder stecken")
    page.locator("#tap").click()
    shows(page, "Handy entsperren")
    page.locator("#unlock").click()
    page.locator("#tap").click()
    shows(page, "Zahlung erfolgt")
    running.join(60)

    running = device(500)
    shows(page, "5,00 €")
    page.locator("[data-card=giro-blocked]").click()
    page.locator("#tap").click()
    shows(page, "Karte gesperrt")
    running.join(60)
    assert bench.terminal.books.net_cents() == 1740 + 6250 + 9900
    page.locator("#booked", has_text="3 gebucht, 178,90 €").wait_for()


def test_a_person_pays_with_the_keyboard_alone(page: Page, bench: Any, device: Any) -> None:
    page.locator("[data-card=giro-markt]").focus()
    page.keyboard.press("Enter")
    running = device(800)
    shows(page, "8,00 €", "Karte vorhalten oder stecken")
    page.locator("#slot").focus()
    page.keyboard.press("Enter")
    shows(page, "Geheimzahl und OK")
    page.keyboard.press("Escape")
    shows(page, "Abbruch durch Kunde")
    running.join(60)
    assert bench.terminal.books.all() == []


def test_wrong_moments_are_told(page: Page, device: Any) -> None:
    page.locator("#field").click()
    page.locator("#hint", has_text="Erst eine Karte").wait_for()
    page.locator("[data-card=mc-defect]").click()
    page.locator("#tap").click()
    page.locator("#hint", has_text="kein Kontaktlos").wait_for()
    page.locator("[data-card=visa]").click()
    page.locator("#tap").click()
    page.locator("#hint", has_text="Das Feld ist dunkel").wait_for()
    page.locator("[data-card=phone-google]").click()
    page.locator("#slot").click()
    page.locator("#hint", has_text="passt nicht").wait_for()


def test_a_fault_is_a_switch_that_says_what_it_does(page: Page, bench: Any, device: Any) -> None:
    page.locator("[data-id=cut_after]").click()
    page.locator("#effect", has_text="dann reißt die Verbindung").wait_for()
    expect(page.locator("[data-id=cut_after]")).to_have_attribute("aria-checked", "true")
    assert len(bench.terminal.script.waiting()) == 1
    page.locator("[data-id=prints_itself]").click()
    page.locator("[data-id=prints_itself][aria-checked=true]").wait_for()
    assert bench.terminal.setup.switches.prints_itself


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_accessible(browser: Browser, address: str, bench: Any, theme: Any, size: str) -> None:
    """WCAG 2.2 A and AA by axe, with a card in the slot and paper out; nothing wider than the screen."""
    bench.terminal.setup.switches.prints_itself = True
    bench.register.run(pay(100), bench.hands.tap("visa"))
    bench.terminal.reader.insert("mastercard")
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    try:
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        page.locator("[data-card=visa]").click()
        page.locator("[data-id=silent]").click()
        page.locator("[data-id=silent][aria-checked=true]").wait_for()
        assert violations(page) == []
        assert page.evaluate(WIDE) is False
        assert page.evaluate(SMALL) == []
    finally:
        context.close()
