"""The till without a finger: keys, and a hardware scanner that is heard wherever the focus is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from smartecr.staff.demopins import PINS
from support.counter import CASHIER, MANAGER, Counter, shop, until  # noqa: F401 the fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLA, HONEY = "2000000006086", "2000000008011"
COLA_LINE, HONEY_LINE = "1 × Cola 0,33 l 3,40 + Pfand 0,15 0,15", "1 × Blütenhonig 500 g 7,90"


@pytest.fixture
def counter(page: Page, shop: RunningServer) -> Counter:  # noqa: F811
    """Jana at an empty ticket."""
    return Counter(page, shop).log_in().empty()


def focused(page: Page) -> str:
    """Return what has the focus, by its name."""
    return str(page.evaluate("document.activeElement.dataset.name || document.activeElement.id"))


def test_a_whole_sale_by_keys_alone(page: Page, shop: RunningServer) -> None:  # noqa: F811
    """Log in, ring up, change, pay, go on: no mouse, no finger, and the focus is always to be seen."""
    counter = Counter(page, shop)
    page.goto(f"{counter.address}login")
    counter.ready()
    expect(page.locator(".person input").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.type(PINS[CASHIER], delay=40)
    page.keyboard.press("Enter")
    page.wait_for_url(counter.address)
    counter.ready()
    if counter.lines.count():
        counter.clean()
    assert focused(page) == "Espresso"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Cappuccino"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("3*", delay=60)
    page.keyboard.press("Enter")
    assert counter.ticket() == ["2 × Cappuccino 7,20", "3 × Darjeeling 11,40"]
    page.keyboard.press("-")
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert counter.ticket()[1] == "4 × Darjeeling 15,20"
    page.keyboard.type("302", delay=120)  # slower than any scanner, whatever was typed just before
    page.keyboard.press("Enter")
    expect(counter.lines).to_have_count(3)
    assert counter.ticket()[2] == "1 × Croissant 2,30"
    page.keyboard.press("Delete")
    page.keyboard.press("F10")
    expect(page.locator("body")).to_have_attribute("data-view", "due")
    expect(page.locator("[data-tender='2240']")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("[data-tender='3000']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#change span")).to_have_text("7,60")
    page.keyboard.press("Escape")
    assert focused(page) != ""
    page.keyboard.press("Enter")
    expect(counter.lines).to_have_count(1)


def test_an_amount_typed_while_paying_is_what_the_guest_gives(counter: Counter) -> None:
    """Digits on the paying screen open the field for another amount."""
    page = counter.tap("Cappuccino").settle().page
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_be_visible()
    page.keyboard.type("1360", delay=90)
    expect(page.locator("#other-value")).to_have_value("1360")
    page.keyboard.press("Enter")
    expect(page.locator("#change span")).to_have_text("10,00")


def test_letters_open_the_search(counter: Counter) -> None:
    """Typing a name finds it; Enter on the first hit sells it; Esc gives up without harm."""
    page = counter.page
    page.keyboard.type("brez", delay=20)
    expect(page.locator("#search")).to_have_value("brez")
    expect(page.locator("#found .tile").first).to_have_attribute("data-name", "Butterbrezel")
    page.keyboard.press("Enter")
    assert counter.ticket() == ["1 × Butterbrezel 2,20"]
    page.keyboard.type("x", delay=20)
    expect(page.locator("#search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    assert counter.ticket() == ["1 × Butterbrezel 2,20"]


def test_a_guest_is_found_and_laid_on_the_ticket_by_keys(counter: Counter) -> None:
    """The field of the sheet has the focus; Enter takes the only one who fits, and of several nobody by accident."""
    page = counter.tap("Espresso").settle().page
    for name in ("Lena Sommer", "Lena Winter"):
        _guest_sheet(page)
        page.locator("summary", has_text="Neue Karte").click()
        page.fill(".enrol [name=name]", name)
        page.check(".enrol [name=agreed]")
        page.get_by_role("button", name="Karte ausgeben").click()
        expect(page.locator("#sheet-body")).to_contain_text(name)
        page.keyboard.press("Escape")
    _guest_sheet(page)
    page.keyboard.type("Lena", delay=90)
    expect(page.locator("#guest-q")).to_have_value("Lena")
    page.keyboard.press("Enter")
    expect(page.locator("#guests [data-guest]:focus")).to_contain_text("Lena")
    page.locator("#guest-q").focus()
    page.keyboard.type(" Winter", delay=90)
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator(".ticket-guest")).to_contain_text("Lena Winter")


def _guest_sheet(page: Page) -> None:
    page.keyboard.press("Alt+m")
    page.locator("#sheet [data-sheet=guest]").click()
    expect(page.locator("#guest-q")).to_be_visible()


@pytest.mark.parametrize(
    ("key", "shown"),
    [("F1", ".help"), ("F2", "#search"), ("F6", "#discount-value"), ("F7", "#park-label"), ("F8", "#reason"),
     ("Alt+m", ".prefs")],
)  # fmt: skip
def test_function_keys_open_what_they_say(counter: Counter, key: str, shown: str) -> None:
    """Every function has a key; Esc closes and the ticket is as it was."""
    page = counter.tap("Espresso").settle().page
    page.keyboard.press(key)
    expect(page.locator(shown)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(shown)).to_have_count(0)
    assert counter.ticket() == ["1 × Espresso 2,40"]


def test_digits_belong_to_the_amount_of_a_sheet_wherever_the_focus_is(counter: Counter) -> None:
    """Euros chosen instead of percent: what is typed then is the amount."""
    counter.log_in(MANAGER)
    page = counter.tap("Espresso").settle().page
    page.keyboard.press("F6")
    page.locator(".track label", has_text="€").click()
    page.keyboard.type("1,10", delay=60)
    expect(page.locator("#discount-value")).to_have_value("1,10")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket .total-amount")).to_have_text("1,30 €")


def test_function_keys_do_nothing_behind_a_sheet_that_is_filled_in(counter: Counter) -> None:
    """F9 while a discount is typed would pay without it; behind the help it pays."""
    page = counter.tap("Espresso").settle().page
    page.keyboard.press("F6")
    expect(page.locator("#discount-value")).to_be_visible()
    for key in ("F9", "F10", "F11", "F4"):
        page.keyboard.press(key)
        expect(page.locator("#hint")).to_be_visible()
        expect(page.locator("#discount-value")).to_be_visible()
    page.keyboard.press("Escape")
    assert counter.ticket() == ["1 × Espresso 2,40"]
    page.keyboard.press("F1")
    expect(page.locator(".help")).to_be_visible()
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_be_visible()
    expect(page.locator("#sheet")).to_be_hidden()


def test_a_number_that_is_no_quantity_sells_nothing(counter: Counter) -> None:
    """Whoever types 100 and taps must not sell one; with × it is a hundred."""
    page = counter.page
    for typed in ("100", "0", ","):
        page.keyboard.type(typed, delay=60)
        counter.tap("Espresso")
        expect(page.locator("#hint")).to_contain_text(f"{typed} ist hier keine Menge.")
        assert counter.ticket() == []
        page.keyboard.press("Escape")
    page.keyboard.type("100*", delay=60)
    assert counter.tap("Espresso").ticket() == ["100 × Espresso 240,00"]


def test_escape_goes_back_one_step_and_keeps_the_ticket(counter: Counter) -> None:
    """Paying, typed digits, a chosen line: each is left by one Esc, and never the ticket."""
    page = counter.tap("Espresso").settle().page
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#due")).to_have_count(0)
    counter.lines.first.click()
    page.keyboard.type("12", delay=60)
    page.keyboard.press("Escape")
    expect(page.locator("#entry")).to_be_hidden()
    expect(page.locator("#lines .line[aria-pressed=true]")).to_have_count(1)
    for _ in range(4):
        page.keyboard.press("Escape")
    expect(page.locator("#lines .line[aria-pressed=true]")).to_have_count(0)
    assert counter.ticket() == ["1 × Espresso 2,40"]


def test_a_scan_is_heard_at_the_tiles_and_keeps_what_was_typed(counter: Counter) -> None:
    """The code does not stay in the pad; a quantity typed before counts."""
    page = counter.page
    counter.scan(COLA)
    assert counter.ticket() == [COLA_LINE]
    expect(page.locator("#entry")).to_be_hidden()
    page.keyboard.type("2*", delay=80)
    page.wait_for_timeout(200)
    counter.scan(HONEY)
    assert counter.ticket()[1] == "2 × Blütenhonig 500 g 15,80"


def test_a_scan_is_heard_in_a_text_field(counter: Counter) -> None:
    """The field gets its text back, the article goes on the ticket, the sheet is gone."""
    page = counter.page
    page.keyboard.press("F2")
    page.locator("#search").fill("ho")
    counter.scan(COLA)
    expect(page.locator("#sheet")).to_be_hidden()
    assert counter.ticket() == [COLA_LINE]


def test_a_scan_is_heard_while_a_sheet_is_open_and_while_paying(counter: Counter) -> None:
    """Help, discount, the paying screen before and after: a scan always sells."""
    page = counter.page
    page.keyboard.press("F1")
    expect(page.locator(".help")).to_be_visible()
    counter.scan(HONEY)
    assert counter.ticket() == [HONEY_LINE]
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_be_visible()
    counter.scan(COLA)
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    assert counter.ticket() == [HONEY_LINE, COLA_LINE]


@pytest.mark.parametrize("stall", [0.1, 1.5])
def test_a_page_that_stalls_within_a_scan_takes_its_keys_for_no_amount(counter: Counter, stall: float) -> None:
    """By then the sheet for the amount is on its way, or there: it goes again, and the scan sells."""
    page = counter.page
    counter.scan(HONEY).settle()
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_be_visible()
    counter.scan(COLA, stall)
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    expect(page.locator("#sheet")).to_be_hidden()
    assert counter.ticket() == [HONEY_LINE, COLA_LINE]


def test_a_scan_on_another_page_leads_back_to_selling(counter: Counter) -> None:
    """Looking at old receipts, the next guest comes: the scan opens the till with the article on it."""
    page = counter.page
    page.goto(f"{counter.address}receipts")
    counter.ready()
    page.locator("#q").focus()
    counter.scan(COLA)
    page.wait_for_url(counter.address)
    assert counter.ready().ticket() == [COLA_LINE]


def test_unknown_codes_of_a_burst_stay_until_they_are_dealt_with(counter: Counter) -> None:
    """What is scanned after them is sold, and does not take them out of sight; sold on a group, one is gone."""
    page, rows = counter.page, counter.page.locator("#refusals .refused")
    counter.scan("4099999999996").scan(HONEY).scan("4088888888886").scan(HONEY).scan("4099999999996").scan(COLA)
    assert counter.ticket() == ["2 × Blütenhonig 500 g 15,80", COLA_LINE]
    expect(rows).to_have_text(["Unbekannter Code 4099999999996", "Unbekannter Code 4088888888886"])
    page.locator(".refused-way").first.click()
    page.locator("#sheet [data-entry]").fill("1.500")  # 1,50 or 1500,00: neither is guessed
    page.locator("[data-learn-group]", has_text="Hofladen").click()
    expect(page.locator("#hint")).to_contain_text("Das ist kein klarer Betrag.")
    page.locator("#sheet [data-entry]").fill("1.500,00")
    page.locator("#sheet [name=name]").focus()
    expect(page.locator("#sheet [data-entry]")).to_have_value("1.500,00")
    page.locator("#sheet [data-entry]").fill("1,00")
    page.keyboard.press("F9")  # pays nothing behind a sheet somebody fills in
    expect(page.locator("#hint")).to_have_text("Erst hier fertig werden oder mit Esc schließen.")
    page.locator("[data-learn-group]", has_text="Hofladen").click()
    expect(rows).to_have_text(["Unbekannter Code 4088888888886"])
    assert len(counter.ticket()) == 3
    counter.pay(5000).clean().tap("Espresso").settle()
    expect(rows).to_have_count(0)


def test_slow_typing_is_no_scan(counter: Counter) -> None:
    """A person who types the number of a code gets the same article, by Enter, and sees the digits meanwhile."""
    page = counter.page
    page.keyboard.type(COLA, delay=70)
    expect(page.locator("#entry strong")).to_have_text(COLA)
    page.keyboard.press("Enter")
    assert counter.ticket() == [COLA_LINE]


def test_a_scan_opens_nothing_and_taps_nothing(counter: Counter) -> None:
    """With a tile in focus the Enter of the scanner does not tap it."""
    page = counter.page
    counter.tile("Flat White").focus()
    counter.scan(COLA)
    assert counter.ticket() == [COLA_LINE]
    counter.scan("CODE-39-TEXT")
    expect(page.locator("#refusals .refused")).to_have_text("Unbekannter Code CODE-39-TEXT")
    page.wait_for_timeout(200)
    expect(page.locator("#sheet")).to_be_hidden()


def test_what_happens_is_said_to_who_cannot_see_it(counter: Counter) -> None:
    """A polite region tells the newest line and the sum when the fingers rest."""
    counter.tap("Cappuccino", "Cappuccino")
    expect(counter.page.locator("#said")).to_have_text("2 × Cappuccino 7,20. Summe 7,20 €")


def test_a_key_held_down_taps_once(counter: Counter) -> None:
    """Key repeat of Enter on a tile is no second tap."""
    page = counter.page
    counter.tile("Espresso").focus()
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert counter.ticket() == ["1 × Espresso 2,40"]


def test_letters_keep_their_order_while_the_search_is_on_its_way(counter: Counter) -> None:
    """Typed slowly over a slow fetch: what was held, what came meanwhile and what fell into the field, in order."""
    page = counter.page

    def slowly(route: Route) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.route("**/till/sheet/search", slowly)
    page.keyboard.type("butterbrezel", delay=55)
    expect(page.locator("#search")).to_have_value("butterbrezel")
    page.unroute_all(behavior="ignoreErrors")


def test_enter_right_after_digits_pays_nothing_by_accident(counter: Counter) -> None:
    """The key in focus is "passend"; Enter typed before the field is there must not press it."""
    page = counter.tap("Cappuccino").settle().page
    page.keyboard.press("F10")
    expect(page.locator("[data-tender='360']")).to_be_focused()
    held: list[Route] = []
    page.route("**/till/sheet/other", lambda route: held.append(route))
    page.keyboard.type("5000", delay=40)
    page.keyboard.press("Enter")
    until(page, lambda: bool(held))
    held[0].continue_()
    expect(page.locator("#other-value")).to_have_value("5000")
    expect(page.locator("body")).to_have_attribute("data-view", "due")
    page.keyboard.press("Enter")
    expect(page.locator("#change span")).to_have_text("46,40")


def slow(page: Page, milliseconds: int) -> None:
    """Let every answer come late, as over a poor wireless network; 0 ends it."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    line = {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.emulateNetworkConditions", line)


@pytest.mark.parametrize(
    ("key", "typed", "field", "value"),
    [
        ("F7", "Tisch 12", "#park-label", "Tisch 12"),
        ("F6", "10", "#discount-value", "10"),
        ("F6", "17Backspace", "#discount-value", "1"),
    ],
)
def test_what_is_typed_for_a_sheet_that_comes_late_reaches_it(
    counter: Counter, key: str, typed: str, field: str, value: str
) -> None:
    """Enter would book the article of that number, letters would search."""
    page = counter.tap("Cappuccino").settle().page
    slow(page, 1000)
    page.keyboard.press(key)
    page.keyboard.type(typed.removesuffix("Backspace"), delay=60)
    if typed.endswith("Backspace"):
        page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator(field)).to_have_value(value)
    expect(page.locator("#sheet")).to_be_visible()
    assert counter.ticket() == ["1 × Cappuccino 3,60"]
    page.keyboard.press("Escape")
    slow(page, 0)


def test_a_sheet_that_comes_late_is_called_off_by_esc_and_lets_a_scan_through(counter: Counter) -> None:
    page = counter.tap("Cappuccino").settle().page
    slow(page, 1000)
    page.keyboard.press("F7")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1300)
    expect(page.locator("#sheet")).not_to_be_visible()
    page.keyboard.press("F2")
    page.keyboard.type("ma", delay=120)
    counter.scan("4099999999996")
    expect(page.locator(".refused")).to_be_visible()
    slow(page, 0)


def test_what_the_guest_gives_is_typed_before_the_screen_for_it_came(counter: Counter) -> None:
    """Enter sells no article of that number and pays nothing: what is given waits in its field."""
    page = counter.tap("Cappuccino").settle().page
    slow(page, 1000)
    page.keyboard.press("F10")
    page.keyboard.type("5000", delay=60)
    page.keyboard.press("Enter")
    expect(page.locator("#other-value")).to_have_value("5000")
    page.keyboard.press("Enter")
    expect(page.locator("#change span")).to_have_text("46,40")
    page.keyboard.press("Escape")
    counter.tap("Espresso").settle()
    page.keyboard.press("F10")
    page.keyboard.press("Escape")
    page.wait_for_timeout(2300)
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    assert counter.ticket() == ["1 × Espresso 2,40"]
    slow(page, 0)
