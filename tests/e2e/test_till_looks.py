"""Every screen in both themes and three sizes: accessible by axe, large enough to hit, nothing beyond the edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.browsers import PATIENCE
from support.counter import CASHIER, MANAGER, Counter, shop  # noqa: F401 the fixture
from support.eyes import GROUND, SIZES, examine, examine_dark, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Step = Callable[[Counter], None]


def sheet(key: str) -> Step:
    """Return the step that opens a sheet by its key."""

    def go(counter: Counter) -> None:
        counter.tap("Cappuccino").settle().page.keyboard.press(key)
        expect(counter.page.locator("#sheet")).to_be_visible()

    return go


def ticket(counter: Counter) -> None:
    """A ticket with everything on it: deposit, choice, number in the pad."""
    counter.tap("Cappuccino", "Cappuccino", "Frühstück ‚Morgenrot‘", "Apfelschorle 0,33 l").settle()
    counter.page.evaluate("document.querySelector('#lines .line').click()")
    counter.page.keyboard.type("250", delay=60)


def refused(counter: Counter) -> None:
    """An unknown code and the question of the age."""
    counter.scan("4099999999996")
    expect(counter.page.locator(".refused")).to_be_visible()
    counter.tap("Sekt ‚Morgenrot‘")
    expect(counter.page.locator("#ask")).to_be_visible()


def due(counter: Counter) -> None:
    """The paying screen before the guest gives."""
    counter.tap("Cappuccino", "Croissant").settle().page.locator("#pay").click()
    expect(counter.page.locator("#due")).to_be_visible()


def paid(counter: Counter) -> None:
    """The change."""
    counter.tap("Cappuccino", "Croissant").pay(2000)


def approval(counter: Counter) -> None:
    """A manager is asked."""
    counter.log_in(CASHIER).tap("Franzbrötchen")
    expect(counter.page.locator("#approval")).to_be_visible()


def receipt(counter: Counter) -> None:
    """A receipt on its page."""
    counter.tap("Cappuccino").pay(500)
    where = counter.page.locator(".pay-body").get_attribute("data-receipt")
    counter.page.goto(f"{counter.address}receipts/{where}")


def difference(counter: Counter) -> None:
    """A count that does not fit."""
    counter.tap("Cappuccino").pay(500)
    counter.page.goto(f"{counter.address}cash/close")
    counter.page.locator("#count-5000").fill("9")
    counter.page.locator(".closing-key").click()
    expect(counter.page.locator(".difference")).to_be_visible()


SCREENS: dict[str, Step] = {
    "empty": lambda _counter: None,
    "ticket": ticket,
    "refused": refused,
    "due": due,
    "paid": paid,
    "help": sheet("F1"),
    "search": sheet("F2"),
    "discount": sheet("F6"),
    "park": sheet("F7"),
    "drawer": sheet("F8"),
    "more": sheet("Alt+m"),
    "approval": approval,
    "receipt": receipt,
    "difference": difference,
}
"""What is reached by hands, at each size by its own."""
PAGES = {
    "login": "login",
    "receipts": "receipts",
    "cash": "cash",
    "close": "cash/close",
    "articles": "articles",
    "missing": "gibt/es/nicht",
    "office receipts": "office/receipts",
    "office today": "office/today",
    "office times": "office/figures/hours",
    "office figures": "office/figures/articles?length=year",
    "office unusual": "office/figures/odd",
    "office articles": "office/articles",
    "office article": "office/articles/new",
    "office prices": "office/articles/table",
    "office stock": "office/stock",
    "office labels": "office/labels",
    "office devices": "office/devices",
    "office backups": "office/backups",
    "office working times": "office/times",
    "coming and going": "time",
    "office changes": "office/changes",
    "office sections": "office/sections",
    "interface": "api/v1/docs",
}
"""What has an address."""


@pytest.fixture(scope="module")
def windows(browser: Browser, shop: RunningServer) -> Iterator[Callable[..., Counter]]:  # noqa: F811
    """One window of each size and use for all tests; what their consoles complain about fails the module."""
    contexts, made = [], dict[str, Counter]()
    trouble: list[str] = []

    def make(size: str, use: str = "") -> Counter:
        if size + use not in made:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, reduced_motion="reduce", locale="de-DE"
            )
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: trouble.append(f"{page.url}: {error}"))
            page.on(
                "console", lambda line: trouble.append(f"{page.url}: {line.text}") if line.type == "error" else None
            )
            made[size + use] = Counter(page, shop)
        return made[size + use]

    yield make
    for context in contexts:
        context.close()
    assert [line for line in trouble if "404 (Not Found)" not in line] == []


@pytest.fixture
def window(windows: Callable[..., Counter]) -> Callable[..., Counter]:
    """Give the window of a size, in a theme, with somebody who may do everything at an empty ticket."""

    def open_at(size: str, theme: str = "light") -> Counter:
        counter = windows(size)
        counter.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        counter.page.goto(counter.address)
        if not counter.is_till() or MANAGER not in (counter.page.locator(".who").text_content() or ""):
            counter.log_in(MANAGER)
        return counter.empty()

    return open_at


@pytest.fixture(scope="module")
def reader(windows: Callable[..., Counter]) -> Counter:
    """A window where somebody who may do everything is logged in and opens pages by their addresses."""
    return windows("counter", "reading").log_in(MANAGER)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(reader: Counter, name: str) -> None:
    """By axe at the counter and in the hand; its colours in the dark too, which do not depend on the size."""
    page = reader.page
    page.goto(f"{reader.address}{PAGES[name]}")
    examine(page, name)
    examine_dark(page, name)
    resize(page, "handheld")
    examine(page, name, "handheld")
    resize(page, "counter")


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_accessible(window: Callable[..., Counter], name: str) -> None:
    """By axe on the counter, its colours in the dark too."""
    counter = window("counter")
    SCREENS[name](counter)
    examine(counter.page, name)
    examine_dark(counter.page, name)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_the_handheld(window: Callable[..., Counter], name: str) -> None:
    """The same steps at 360 × 640, in one theme, as colours do not depend on the size."""
    counter = window("handheld")
    SCREENS[name](counter)
    examine(counter.page, name, "handheld")


def test_words_of_the_menu_stay_within_their_keys(window: Callable[..., Counter]) -> None:
    """On a phone, where two keys share 328 px."""
    counter = window("handheld")
    sheet("Alt+m")(counter)
    over = counter.page.locator(".menu .key:visible").evaluate_all("""(keys) => keys.filter((key) => {
        const words = document.createRange();
        words.selectNodeContents(key);
        return words.getBoundingClientRect().right > key.getBoundingClientRect().right - 8;
    }).map((key) => key.textContent.trim())""")
    assert over == []


@pytest.mark.parametrize("size", SIZES)
def test_keys_are_large_enough(window: Callable[..., Counter], size: str) -> None:
    """Tiles at least 88 × 72, pad and shortcuts 52 to 56, the pay key 64, with 8 px between tiles."""
    counter = window(size).tap("Cappuccino").settle()
    page = counter.page
    if size == "handheld":
        page.locator("[data-act=pad]").click()
    boxes = {
        kind: [box for part in page.locator(selector).all() if (box := part.bounding_box())]
        for kind, selector in {
            "tile": "#tiles .tile:not([hidden])",
            "pad": "[data-digit]",
            "pay": "#pay",
            "group": ".group",
            "thumb": ".thumb .key, .functions .key",
        }.items()
    }
    assert min(box["width"] for box in boxes["tile"]) >= 88
    assert min(box["height"] for box in boxes["tile"]) >= 72
    assert min(min(box["width"], box["height"]) for box in boxes["pad"]) >= 52
    assert boxes["pay"][0]["height"] >= 64
    assert min(box["height"] for box in boxes["group"]) >= (48 if size == "handheld" else 56)
    assert min(min(box["width"], box["height"]) for box in boxes["thumb"]) >= (48 if size == "handheld" else 56)
    first, second = boxes["tile"][:2]
    assert second["x"] - first["x"] - first["width"] >= 8 - 0.01


LONG_NAME = """() => {
  const name = document.querySelector("#tiles .tile-name");
  name.textContent = "Rindfleischetikettierungsüberwachungsaufgaben";
  name.classList.add("tile-name-long");
}"""


def test_nothing_is_cut_off_on_a_tile(window: Callable[..., Counter]) -> None:
    """Names of all groups fit their tiles, at every size; so does one of 45 letters, shortened."""
    cut = """() => [...document.querySelectorAll("#tiles .tile:not([hidden])")].filter((tile) => {
      const name = tile.querySelector(".tile-name").getBoundingClientRect();
      const foot = tile.querySelector(".tile-foot").getBoundingClientRect();
      const box = tile.getBoundingClientRect();
      return tile.scrollHeight > tile.clientHeight || tile.scrollWidth > tile.clientWidth
        || foot.bottom > box.bottom || name.bottom > foot.top + 3;
    }).map((tile) => tile.dataset.name)"""
    for size in SIZES:
        counter = window(size)
        tabs = [tab.get_attribute("data-name") for tab in counter.page.locator(".group[data-group]").all()]
        found = {}
        for name in tabs:
            counter.group(str(name))
            found[size, name] = counter.page.evaluate(cut)
        counter.page.evaluate(LONG_NAME)
        found[size, "long"] = counter.page.evaluate(cut)
        assert {key: names for key, names in found.items() if names} == {}


def test_the_theme_can_be_chosen_and_stays(window: Callable[..., Counter]) -> None:
    """Dark by the system, light by choice, also after a reload; sounds off as well."""
    counter = window("counter", "dark")
    page = counter.page
    dark = page.evaluate(GROUND)
    page.keyboard.press("Alt+m")
    page.locator("[data-theme-set=light]").click()
    page.locator("[data-sound-set=off]").click()
    light = page.evaluate(GROUND)
    assert light != dark
    page.reload()
    counter.ready()
    assert page.evaluate(GROUND) == light
    page.keyboard.press("Alt+m")
    expect(page.locator("[data-theme-set=light]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-sound-set=off]")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-theme-set=auto]").click()
    assert page.evaluate(GROUND) == dark
