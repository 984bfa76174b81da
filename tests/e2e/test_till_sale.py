"""Selling in a real browser: tiles, ticket, pad, paying, and what a manager approves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from smartecr.staff.demopins import PINS
from support.counter import MANAGER, Counter, shop  # noqa: F401 the fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLA = "2000000006086"

STALL = """document.addEventListener("pointerup", () => {
  const end = performance.now() + 900;
  while (performance.now() < end);
}, { once: true })"""


@pytest.fixture
def counter(page: Page, shop: RunningServer) -> Counter:  # noqa: F811
    """Jana at an empty ticket."""
    return Counter(page, shop).log_in().empty()


@pytest.mark.parametrize(
    ("utc", "shown"), [("23:25", "0:25"), ("07:05", "8:05"), ("12:00", "13:00"), ("09:30", "10:30")]
)
def test_the_clock_in_the_bar(page: Page, shop: RunningServer, utc: str, shown: str) -> None:  # noqa: F811
    """The time of the shop, whatever the time of the device; after midnight as before."""
    page.clock.install(time=f"2026-11-30T{utc}:00Z")
    Counter(page, shop).log_in()
    expect(page.locator("#clock")).to_have_text(shown)


def test_a_tap_makes_a_line_a_number_on_the_tile_and_a_sum(counter: Counter) -> None:
    """The morning's first sale: two coffees and something sweet."""
    counter.tap("Cappuccino", "Cappuccino", "Mohnschnecke")
    assert counter.ticket() == ["2 × Cappuccino 7,20", "1 × Mohnschnecke 3,20"]
    assert counter.total() == "10,40 €"
    expect(counter.tile("Cappuccino").locator(".tile-count")).to_have_text("2")
    expect(counter.page.locator("#lines .newest")).to_contain_text("Mohnschnecke")
    expect(counter.page.locator("#pay .pay-amount")).to_have_text("10,40 €")


def test_a_page_that_stalls_within_a_tap_takes_it_once(counter: Counter) -> None:
    """What a browser makes of one finger, a pointer lifted and a click, may come to the page a second apart."""
    counter.page.evaluate(STALL)
    counter.tap("Cappuccino")
    assert counter.ticket() == ["1 × Cappuccino 3,60"]
    counter.page.locator("#tiles .tile[data-name=Cappuccino]").press("Enter")
    assert counter.ticket() == ["2 × Cappuccino 7,20"]


def test_cash_with_change_needs_no_key_before_the_next_sale(counter: Counter) -> None:
    """Change is shown; the next scan begins the next receipt by itself."""
    number = counter.receipt_number()
    counter.tap("Cappuccino", "Mohnschnecke").pay(1000)
    page = counter.page
    expect(page.locator("#change span")).to_have_text("3,20")
    expect(page.locator(".pay-state")).to_have_text("Bezahlt und signiert")
    expect(page.locator(".pile-words")).to_have_text("3 Münzen")
    counter.scan(COLA)
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    assert counter.ticket() == ["1 × Cola 0,33 l 3,40 + Pfand 0,15 0,15"]
    assert counter.receipt_number() == number + 1


def test_a_wrong_note_can_be_corrected_and_a_reload_keeps_the_change(counter: Counter) -> None:
    """Tapping another note changes what was given, not what was paid."""
    page = counter.tap("Cappuccino").pay(500).page
    expect(page.locator("#change span")).to_have_text("1,40")
    page.locator("[data-tender='2000']").click()
    expect(page.locator("#change span")).to_have_text("16,40")
    page.reload()
    counter.ready()
    expect(page.locator("#change span")).to_have_text("16,40")
    page.locator("[data-act=other-amount]").click()
    page.locator("#other-value").fill("1360")
    page.keyboard.press("Enter")
    expect(page.locator("#change span")).to_have_text("10,00")
    expect(page.locator(".given-other")).to_contain_text("13,60 €")
    page.keyboard.press("Escape")
    expect(page.locator("#tiles")).to_be_visible()
    expect(page.locator("#l-none")).to_contain_text("10,00 €")


def test_two_coffees_paid_exactly_take_three_taps(counter: Counter) -> None:
    """ "Passend" pays and the tiles stay: the fourth tap is already the next guest's."""
    number = counter.receipt_number()
    counter.tap("Espresso", "Espresso")
    counter.page.locator("[data-act=exact]:visible").click()
    expect(counter.page.locator("#l-none")).to_contain_text("Bezahlt und signiert")
    expect(counter.page.locator(".tile[data-count]")).to_have_count(0)
    counter.tap("Croissant")
    assert counter.ticket() == ["1 × Croissant 2,30"]
    assert counter.receipt_number() == number + 1


def test_an_amount_typed_before_paying_is_what_the_guest_gives(counter: Counter) -> None:
    """5000 and the pay key: the change is there at once."""
    counter.tap("Cappuccino").settle()
    counter.page.keyboard.type("5000", delay=60)
    expect(counter.page.locator("#pay .pay-note")).to_have_text("mit 50,00 € bar")
    counter.page.locator("#pay").click()
    expect(counter.page.locator("#change span")).to_have_text("46,40")


def test_what_goes_on_account_is_finished_without_a_payment(counter: Counter) -> None:
    """Nothing is due: the key says so, the ticket does not call it paid, and the account is no piece of goods."""
    page = counter.log_in(MANAGER).empty().tap("Cappuccino").settle().page
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=account]").click()
    page.locator("#sheet [name=name]").fill("Kanzlei Abel")
    page.keyboard.press("Enter")
    expect(page.locator("#pay .pay-word")).to_have_text("Abschließen")
    expect(page.locator("#pay .pay-note")).to_be_hidden()
    display = page.context.new_page()
    display.goto(f"{counter.address}display/")
    expect(display.locator("main")).to_contain_text("1 Stück")
    expect(display.locator(".means")).to_have_count(0)
    display.close()
    page.locator("#pay").click()
    expect(page.locator("#l-none")).to_contain_text("Abgeschlossen und signiert")


def test_empties_given_back_are_paid_out(counter: Counter) -> None:
    """A ticket below zero pays the guest, from what guests paid before."""
    counter.tap("Espresso").pay(500).clean()
    counter.tap("Pfandrückgabe").settle()
    expect(counter.page.locator("#pay .pay-word")).to_have_text("Auszahlen")
    expect(counter.page.locator("#pay .pay-note")).to_be_hidden()
    counter.page.locator("#pay").click()
    expect(counter.page.locator("#l-none")).to_contain_text("Ausgezahlt und signiert")
    expect(counter.page.locator("#l-none")).to_contain_text("−0,25 €")


@pytest.mark.parametrize(
    ("typed", "tile", "line"),
    [
        ("3*", "Espresso", "3 × Espresso 7,20"),
        ("12", "Espresso", "12 × Espresso 28,80"),
        ("0,5*", "Espresso", "Espresso 1,20 0,5 × 2,40"),
    ],
)
def test_a_quantity_before_the_article(counter: Counter, typed: str, tile: str, line: str) -> None:
    """Typed with or without ×, also in parts."""
    counter.page.keyboard.type(typed, delay=60)
    counter.tap(tile)
    assert counter.ticket() == [line]
    expect(counter.page.locator("#entry")).to_be_hidden()


def test_an_amount_goes_on_a_group(counter: Counter) -> None:
    """250 on a group key is 2,50 €, and 2 × 250 is two of them."""
    page = counter.page
    page.keyboard.type("250", delay=60)
    group = page.locator('.group[data-name="Backwaren"]')
    expect(group.locator(".group-amount")).to_have_text("2,50")
    group.click()
    page.keyboard.type("2*1,20", delay=60)
    page.locator('.group[data-name="Kuchen"]').click()
    assert counter.ticket() == ["1 × Backwaren 2,50", "2 × Kuchen 2,40"]


def test_an_article_without_price_asks_for_it(counter: Counter) -> None:
    """Typed before, the amount is taken; not typed, a keypad asks."""
    counter.group("Hofladen")
    counter.page.keyboard.type("480", delay=60)
    counter.tap("Obst & Gemüse")
    assert counter.ticket() == ["1 × Obst & Gemüse 4,80"]
    counter.tap("Obst & Gemüse")
    for key in ("1", ",", "9"):
        counter.page.locator(f"#sheet [data-key='{key}']").click()
    counter.page.get_by_role("button", name="Auf den Bon").click()
    assert counter.ticket() == ["1 × Obst & Gemüse 4,80", "1 × Obst & Gemüse 1,90"]


def test_what_is_sold_by_weight_asks_for_it(counter: Counter) -> None:
    """A piece of cheese: 0,275 kg."""
    counter.group("Hofladen").tap("Bergkäse am Stück")
    counter.page.locator("#amount-value").fill("0,275")
    counter.page.keyboard.press("Enter")
    assert counter.ticket() == ["Bergkäse am Stück 7,40 0,275 kg × 26,90"]


def test_a_chosen_line_is_changed_with_the_pad(counter: Counter) -> None:
    """Choose, type, Menge; the function keys make room meanwhile."""
    page = counter.tap("Cappuccino", "Croissant").settle().page
    counter.lines.first.click()
    expect(page.locator("[data-act=drawer]:visible")).to_have_count(0)
    page.keyboard.type("4", delay=60)
    page.locator("[data-act=line-quantity]").click()
    assert counter.ticket() == ["4 × Cappuccino 14,40", "1 × Croissant 2,30"]
    page.locator("[data-act=line-place]").click()
    assert counter.ticket()[0] == "4 × Cappuccino außer Haus 14,40"
    page.keyboard.press("Escape")
    page.keyboard.press("+")
    assert counter.ticket()[0] == "5 × Cappuccino außer Haus 18,00"


def test_lines_are_voided_by_key_swipe_and_delete(counter: Counter) -> None:
    """Three ways, one effect."""
    page = counter.tap("Espresso", "Cappuccino", "Croissant", "Mohnschnecke").settle().page
    page.locator("[data-act=void]:visible").click()
    assert len(counter.ticket()) == 3
    page.keyboard.press("Delete")
    assert counter.ticket() == ["1 × Espresso 2,40", "1 × Cappuccino 3,60"]
    box = counter.lines.first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 18)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 18, steps=4)
    page.mouse.move(box["x"] + 260, box["y"] + 18, steps=4)
    page.mouse.up()
    assert counter.ticket() == ["1 × Cappuccino 3,60"]
    expect(counter.tile("Espresso").locator(".tile-count")).to_be_hidden()


def test_a_small_swipe_voids_nothing(counter: Counter) -> None:
    """A finger that slips a little does no harm."""
    page = counter.tap("Espresso").settle().page
    box = counter.lines.first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + 18)
    page.mouse.down()
    page.mouse.move(box["x"] + 110, box["y"] + 18, steps=4)
    page.mouse.up()
    assert counter.ticket() == ["1 × Espresso 2,40"]


def test_take_away_moves_the_whole_ticket(counter: Counter) -> None:
    """Milk drinks have 7 % to go: the gross stays, the tax changes."""
    page = counter.tap("Latte Macchiato").settle().page
    expect(page.locator("#ticket .vat")).to_have_text("darin 19 % MwSt 0,65")
    page.locator("[data-act=take-away]").click()
    expect(page.locator("#ticket .vat")).to_have_text("darin 7 % MwSt 0,27")
    expect(page.locator("[data-act=take-away]")).to_have_attribute("aria-pressed", "true")
    assert counter.total() == "4,10 €"
    page.keyboard.press("F3")
    expect(page.locator("#ticket .vat")).to_have_text("darin 19 % MwSt 0,65")


def test_parking_keeps_a_ticket_and_recall_brings_it_back(counter: Counter) -> None:
    """One guest forgot the purse, the next one pays meanwhile."""
    page = counter.tap("Cappuccino").settle().page
    page.locator("[data-act=park]").click()
    page.locator("#park-label").fill("Dame mit Hut")
    page.keyboard.press("Enter")
    expect(page.locator("#parked-count")).to_have_text("1")
    counter.settle().tap("Espresso").settle()
    page.locator("[data-act=exact]:visible").click()
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")
    page.locator("[data-act=park]").click()
    page.locator(".parked-key", has_text="Dame mit Hut").click()
    assert counter.ticket() == ["1 × Cappuccino 3,60"]
    expect(page.locator("#ticket h2")).to_have_text("Dame mit Hut")
    expect(page.locator("#parked-count")).to_be_hidden()


def test_a_name_a_parked_ticket_bears_is_asked_about_once(counter: Counter) -> None:
    page = counter.page
    for article, name in (("Cappuccino", "Tisch 4"), ("Espresso", " tisch 4")):
        counter.tap(article).settle()
        page.locator("[data-act=park]").click()
        page.locator("#park-label").fill(name)
        page.keyboard.press("Enter")
        if article == "Cappuccino":
            expect(page.locator("#parked-count")).to_have_text("1")
    expect(page.locator("#park-same")).to_contain_text("heißt schon ein geparkter Bon")
    expect(page.locator("#park-label")).to_have_value("tisch 4 (2)")
    expect(page.locator("#parked-count")).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page.locator("#parked-count")).to_have_text("2")

    counter.settle().tap("Croissant").settle()  # a second ticket of the table is meant
    page.locator("[data-act=park]").click()
    page.locator("#park-label").fill("Tisch 4")
    page.locator("#sheet [hx-post]", has_text="Bestellen").click()
    expect(page.locator("#park-label")).to_have_value("Tisch 4 (3)")
    page.locator("#park-same button", has_text="Trotzdem").click()
    expect(page.locator("#parked-count")).to_have_text("3")
    counter.settle()
    page.locator("[data-act=park]").click()
    page.locator(".parked-key", has_text="Croissant").click()
    expect(page.locator("#ticket h2")).to_have_text("Tisch 4")
    page.locator("[data-act=park]").click()
    page.locator("#sheet [type=submit]", has_text="Parken").click()  # it bore the name before
    expect(page.locator("#parked-count")).to_have_text("3")
    for name in ("tisch 4 (2)", "Croissant", "Cappuccino"):
        page.locator("[data-act=park]").click()
        page.locator(".parked-key", has_text=name).click()
        expect(page.locator("#sheet")).not_to_be_visible()
        counter.settle().empty()


@pytest.mark.parametrize("way", ["Parken", "Bestellen"])
def test_a_name_given_by_another_window_meanwhile_is_asked_about(counter: Counter, way: str) -> None:
    page = counter.page
    counter.tap("Cappuccino").settle()
    page.locator("[data-act=park]").click()
    page.locator("#park-label").fill("Tisch 9")
    page.locator("[data-recall]").evaluate_all("keys => keys.forEach((key) => key.remove())")
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[data-act=park]").click()
    other.locator("#park-label").fill("tisch 9")
    other.keyboard.press("Enter")
    expect(other.locator("#parked-count")).to_have_text("1")
    other.locator("#tiles").get_by_text("Espresso", exact=True).click()
    expect(other.locator("#lines")).to_contain_text("Espresso")
    page.locator("#sheet button", has_text=way).last.click()
    if way == "Bestellen":  # another ticket is on the screen than the one the sheet rose for
        expect(page.locator("#problem")).to_contain_text("liegt nicht mehr auf dem Schirm")
        page.keyboard.press("Escape")
    else:
        expect(page.locator(".refused")).to_contain_text("liegt inzwischen ein anderer Bon. Er bleibt, wie er ist.")
    page.locator("[data-act=park]").click()
    page.locator("#park-label").fill("Tisch 9")
    page.locator("#sheet .parked").evaluate("list => list.remove()")
    page.locator("#sheet .key", has_text=re.compile(f"^{way}$")).click()
    expect(page.locator("#park-same")).to_contain_text("„Tisch 9“ heißt schon ein geparkter Bon")
    expect(page.locator("#park-label")).to_have_value("Tisch 9 (2)")
    page.locator("#park-same button", has_text="Trotzdem").click()
    expect(page.locator("#parked-count")).to_have_text("2")
    expect(page.locator("#sheet")).not_to_be_visible()
    other.close()
    for name in ("Cappuccino", "Espresso"):
        page.locator("[data-act=park]").click()
        page.locator(".parked-key", has_text=name).click()
        expect(page.locator("#sheet")).not_to_be_visible()
        counter.settle().empty()


def test_age_is_asked_once_and_stands_between_ticket_and_money(counter: Counter) -> None:
    """No: nothing is sold. Yes: it is, and the next glass is not asked again."""
    page = counter.page
    counter.tap("Sekt ‚Morgenrot‘")
    expect(page.locator("#ask")).to_contain_text("Ab 16. Ausweis gesehen?")
    page.locator("[data-act=age-no]").click()
    assert counter.ticket() == []
    counter.tap("Espresso", "Sekt ‚Morgenrot‘").settle()
    page.locator("#pay").click()
    expect(page.locator("body")).to_have_attribute("data-view", "sell")
    page.locator("[data-act=age-yes]").click()
    expect(page.locator("#ask")).to_be_hidden()
    counter.tap("Sekt ‚Morgenrot‘")
    assert counter.ticket() == ["1 × Espresso 2,40", "2 × Sekt ‚Morgenrot‘ 9,80"]


def approve(page: Page, pin: str) -> None:
    """Let the manager type a PIN on the overlay."""
    page.locator("#approval .person", has_text=MANAGER).click()
    page.locator("#approver-pin").fill(pin)
    page.keyboard.press("Enter")


def test_a_manager_approves_on_the_spot(counter: Counter) -> None:
    """A wrong PIN asks again, a right one carries out what was asked; then the cashier goes on."""
    page = counter.tap("Cappuccino").settle().page
    page.locator("[data-act=discount]").click()
    page.locator("[data-set='10']").click()
    page.get_by_role("button", name="Rabatt geben").click()
    expect(page.locator("#approval")).to_contain_text("Rabatt geben")
    approve(page, "9999")
    expect(page.locator("#approval .pin-problem")).to_contain_text("Diese PIN passt nicht.")
    approve(page, PINS[MANAGER])
    expect(page.locator("#approval")).to_be_hidden()
    expect(page.locator("#lines .basket-discount")).to_contain_text("Treuerabatt 10 %")
    assert counter.total() == "3,24 €"
    expect(page.locator(".who:visible")).to_contain_text("Jana")


def test_what_is_sold_out_needs_approval(counter: Counter) -> None:
    """Nobody approves: nothing is sold. A manager does: it is."""
    page = counter.page
    counter.tap("Franzbrötchen")
    expect(page.locator("#approval")).to_contain_text("Ausverkauftes doch verkaufen")
    page.keyboard.press("Escape")
    assert counter.ticket() == []
    counter.tap("Franzbrötchen")
    approve(page, PINS[MANAGER])
    expect(page.locator("#approval")).to_be_hidden()
    assert counter.ticket() == ["1 × Franzbrötchen 2,80"]


def test_a_long_press_offers_more_of_an_article(counter: Counter) -> None:
    """Held for half a second, a tile opens its sheet and sells nothing by itself."""
    box = counter.tile("Croissant").bounding_box()
    assert box
    page = counter.page
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    expect(page.locator("#sheet")).to_contain_text("Gleich mehrere")
    page.mouse.up()
    page.locator("[data-times='6']").click()
    assert counter.ticket() == ["6 × Croissant 13,80"]


def test_search_forgives_a_slip_and_sells_the_tile(counter: Counter) -> None:
    """ "capucino" finds it; the hit is a tile like every other."""
    page = counter.page
    page.locator("[data-act=search]:visible").click()
    page.locator("#search").fill("capucino")
    page.locator("#found .tile", has_text="Hafer-Cappuccino").click()
    expect(page.locator("#sheet")).to_be_hidden()
    assert counter.ticket() == ["1 × Hafer-Cappuccino 4,00"]
