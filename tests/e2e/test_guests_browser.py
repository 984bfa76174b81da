"""What guests bring along, in a real browser: a voucher sold, kept on a phone, scanned while paying, redeemed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import MANAGER, OWNER, Counter, shop  # noqa: F401 the fixture
from support.eyes import WIDE, examine, examine_dark, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.servers import RunningServer, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Step = Callable[[Counter], None]


def sell_voucher(counter: Counter) -> str:
    """Sell a voucher of 20 euros over the counter; return the address of its page."""
    counter.clean().group("Geschenke").tap("Gutschein 20 €").pay(2000)
    page = counter.page
    page.locator(".after .key-ink").click()
    expect(page.locator("#sheet")).to_be_visible()
    address = page.locator("#sheet .handout-link").get_attribute("href")
    assert address
    return address


def code_of(counter: Counter, address: str) -> str:
    """Read the code off the voucher's page, as a camera would."""
    phone = counter.page.context.new_page()
    phone.goto(address)
    text = phone.locator(".guest-code figcaption").inner_text()
    phone.close()
    return f"GS:{text}"


def test_a_voucher_goes_from_the_till_to_a_phone_and_back(page: Page, shop: RunningServer) -> None:  # noqa: F811
    counter = Counter(page, shop).log_in(MANAGER)
    address = sell_voucher(counter)
    code = code_of(counter, address)
    # while paying: what is left is asked for
    counter.clean().group("Hofladen").tap("Blütenhonig 500 g").tap("Blütenhonig 500 g").tap("Blütenhonig 500 g")
    counter.settle()
    page.locator("#pay").click()
    expect(page.locator("#due")).to_contain_text("23,70")
    counter.scan(code)
    expect(page.locator("#due")).to_contain_text("3,70")
    page.locator("[data-tender='500']").click()
    page.locator("body[data-view=paid]").wait_for()
    # used up: the sheet says so, and so does the page
    counter.clean()
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=voucher]").click()
    page.locator("#voucher-code").fill(code[3:].lower())
    page.keyboard.press("Enter")
    expect(page.locator("#voucher-found")).to_contain_text("aufgebraucht")
    page.keyboard.press("Escape")
    counter.group("Kaffee").tap("Espresso").settle().scan(code)
    expect(page.locator(".refused")).to_contain_text("ist aufgebraucht")
    page.goto(address)
    expect(page.locator(".guest-card")).to_contain_text("aufgebraucht")


def test_a_voucher_from_the_sheet_pays_everything_in_one_tap(page: Page, shop: RunningServer) -> None:  # noqa: F811
    counter = Counter(page, shop).log_in(MANAGER)
    code = code_of(counter, sell_voucher(counter))
    counter.clean().tap("Espresso").settle()
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=voucher]").click()
    page.locator("#voucher-code").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator("#voucher-found")).to_contain_text("20,00 €")
    page.locator("[data-voucher]").click()
    expect(page.locator("#ticket .total-amount")).to_have_text("0,00 €")
    assert counter.ticket()[-1].endswith("−2,40 bleiben 17,60 €")
    page.keyboard.press("F10")
    expect(page.locator("#ticket[data-count='0']")).to_be_attached()


def test_custom_comes_back_and_the_owner_sees_it(page: Page, start_server: StartServer) -> None:
    """One evening: a card, an earlier receipt that counts once, a free coffee, a voucher; the owner reads on the phone
    how the day compares, sees it move, and finds who helps himself."""
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    server = start_server("--demo", "--days", "12")
    counter = Counter(page, server).log_in(MANAGER)
    # a nameless guest takes the receipt along on the phone
    counter.clean().tap("Cappuccino", "Cappuccino").pay(1000)
    page.get_by_role("button", name="Aufs Handy").click()
    receipt = page.locator("#sheet .handout-link").get_attribute("href")
    assert receipt
    # the next day a card: the receipt shown counts, once, and a copy of it does not
    enrolled(counter)
    page.locator("#sheet [data-guest]").click()
    counter.tap(*["Cappuccino"] * 7).settle()
    expect(page.locator("#lines")).to_contain_text("Willkommen")
    count_receipt(counter, receipt)
    expect(page.locator(".refused")).to_have_count(0)
    counter.pay(5000)
    counter.clean().tap("Espresso").settle()
    count_receipt(counter, receipt)
    expect(page.locator(".refused")).to_contain_text("Jeder Bon zählt einmal")
    counter.scan(receipt[:-9] + ("A" if receipt[-9] != "A" else "B") + receipt[-8:])
    expect(page.locator("#sheet")).to_contain_text("nicht von dieser Kasse")
    page.keyboard.press("Escape")
    # nine stamps: the tenth coffee is free
    counter.clean().tap("Cappuccino").settle()
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=guest]").click()
    page.locator("#guest-q").fill("Anna-Kath")
    page.locator("#guests [data-guest]").first.click()
    expect(page.locator("#lines")).to_contain_text("der zehnte ist frei")
    expect(page.locator("#ticket .total-amount")).to_have_text("0,00 €")
    page.keyboard.press("F10")
    expect(page.locator("#ticket[data-count='0']")).to_be_attached()
    # a voucher, eaten from
    code = code_of(counter, sell_voucher(counter))
    counter.clean().tap("Espresso").settle().scan(code)
    assert counter.settle().ticket()[-1].endswith("−2,40 bleiben 17,60 €")
    page.keyboard.press("F10")
    expect(page.locator("#ticket[data-count='0']")).to_be_attached()
    owner_on_the_phone(page, counter)


def count_receipt(counter: Counter, address: str) -> None:
    """Show an earlier receipt and have it counted."""
    counter.scan(address)
    counter.page.locator("#sheet [data-token]").click()
    counter.settle()


def owner_on_the_phone(page: Page, counter: Counter) -> None:
    """How the day compares, live; then what is odd, with the receipts behind it."""
    assert page.context.browser
    context = page.context.browser.new_context(viewport={"width": 360, "height": 640}, locale="de-DE")
    context.set_default_timeout(30_000)
    phone = Counter(context.new_page(), counter.server).log_in(OWNER)
    phone.page.goto(f"{phone.address}office/today")
    phone.ready()
    money = phone.page.locator(".today-money .figure")
    expect(phone.page.locator(".money-against")).to_contain_text("gegen letzten")
    before = money.inner_text()
    counter.clean().tap("Espresso").pay(500)
    expect(money).not_to_have_text(before)
    odd = phone.page.locator(".today-odd")
    expect(odd.locator("li").first).to_be_visible()
    odd.get_by_role("link", name="Vorgänge ansehen").click()
    finding = phone.page.locator(".finding", has_text="Lade kurz nach Storno").first
    expect(finding).to_contain_text("Murat hat die Lade")
    finding.locator("summary").click()
    expect(finding.locator("tbody tr").first).to_contain_text("Murat")
    assert phone.page.evaluate(WIDE) is False
    # nothing fits beside a list: what is tapped has a page of its own, with the way back
    phone.page.goto(f"{phone.address}office/receipts")
    phone.ready().page.locator(".row-link").first.click()
    expect(phone.page.locator(".office-heading h1")).to_have_text(re.compile(r"Bon \d+"))
    assert phone.page.evaluate(WIDE) is False
    phone.page.locator(".office-tools").get_by_role("link", name="Bons").click()
    expect(phone.page).to_have_url(re.compile("/office/receipts$"))
    a_long_day(counter, phone.page)
    context.close()


def a_long_day(counter: Counter, phone: Page) -> None:
    """A receipt of six digits is read on the phone as a whole: no table is wider than the paper's inside."""
    counter.clean()
    for tile in ("Espresso", "Frühstück ‚Morgenrot‘"):
        counter.page.keyboard.type("9999*", delay=60)
        counter.tap(tile).settle()
    counter.page.locator("#pay").click()
    counter.page.locator("[data-tender]").first.click()
    counter.page.get_by_role("button", name="Aufs Handy").click()
    phone.goto(str(counter.page.locator("#sheet .handout-link").get_attribute("href")))
    tables = phone.locator(".paper table")
    widths = tables.evaluate_all("(all) => all.map((one) => one.scrollWidth - one.parentElement.clientWidth)")
    assert len(widths) == 2
    sides = float(phone.locator(".paper").evaluate("(one) => 2 * parseFloat(getComputedStyle(one).paddingLeft)"))
    assert max(widths) <= -sides, widths


def sheet(counter: Counter) -> None:
    """The sheet with what lies on a voucher."""
    code = code_of(counter, sell_voucher(counter))
    counter.clean().page.keyboard.press("Alt+m")
    counter.page.locator("[data-sheet=voucher]").click()
    counter.page.locator("#voucher-code").fill(code)
    counter.page.keyboard.press("Enter")
    expect(counter.page.locator("#voucher-found")).to_contain_text("20,00 €")


def laid(counter: Counter) -> None:
    """A ticket with a voucher on sale and one to be redeemed."""
    code = code_of(counter, sell_voucher(counter))
    counter.clean().group("Geschenke").tap("Gutschein 20 €", "Becher ‚Morgenrot‘").settle().scan(code).settle()
    expect(counter.page.locator("#lines")).to_contain_text("bleiben")


def phone(counter: Counter) -> None:
    """The voucher's own page."""
    counter.page.goto(sell_voucher(counter))


def office(path: str, first: Callable[[Counter], object]) -> Step:
    """A page of the office with something on it."""

    def go(counter: Counter) -> None:
        first(counter)
        counter.page.goto(f"{counter.address}{path}")
        counter.page.locator(".row-link").first.click()
        expect(counter.page.locator("#detail .panel")).to_be_visible()

    return go


def enrolled(counter: Counter) -> None:
    """A card just issued."""
    page = counter.clean().page
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=guest]").click()
    page.locator(".enrol > summary").click()
    page.locator("#p-name").fill("Anna-Katharina Müller-Lüdenscheidt")
    page.locator("[name=agreed]").check()
    page.locator(".enrol [type=submit]").click()
    expect(page.locator("#sheet .handout")).to_be_visible()


def enrolling(counter: Counter) -> None:
    """The form of a new card, refused."""
    page = counter.clean().page
    page.keyboard.press("Alt+m")
    page.locator("[data-sheet=guest]").click()
    page.locator(".enrol > summary").click()
    page.locator("#p-name").fill("Anna")
    page.locator(".enrol [type=submit]").click()
    expect(page.locator("#problem .strip")).to_be_visible()


def attached(counter: Counter) -> None:
    """A ticket with a customer on it."""
    enrolled(counter)
    counter.page.locator("#sheet [data-guest]").click()
    counter.tap("Cappuccino").settle()
    expect(counter.page.locator(".ticket-guest")).to_contain_text("Anna-Katharina")
    counter.page.keyboard.press("Alt+m")
    counter.page.locator("[data-sheet=guest]").click()
    counter.page.locator("[data-guest-off]").click()
    expect(counter.page.locator(".ticket-guest")).to_have_count(0)


def promotion(counter: Counter) -> None:
    """The form of a promotion, with what it would have cost."""
    page = counter.page
    page.goto(f"{counter.address}office/promotions")
    page.locator(".office-tools .key-ink").click()
    page.locator("#f-name").fill("Drei Brezeln zum Preis von zweien am Feierabend")
    page.locator("#f-kind").select_option("n_for_m")
    page.locator("#f-value").fill("2")
    page.locator("#f-count").fill("3")
    page.locator("[name=groups]").nth(2).check()
    page.locator("[hx-target='#preview']").click()
    expect(page.locator("#preview")).to_contain_text("gekostet")


def promotions(counter: Counter) -> None:
    """The list of promotions, and one of them on the ticket."""
    promotion(counter)
    page = counter.page
    page.locator("form .key-ink").click()
    expect(page.locator(".row-guest").first).to_contain_text("3 für 2")
    counter.clean().group("Backwaren").tap("Croissant", "Croissant", "Croissant")
    expect(counter.settle().page.locator("#lines")).to_contain_text("Drei Brezeln")
    page.goto(f"{counter.address}office/promotions")


SCREENS: dict[str, Step] = {
    "promotion": promotion,
    "promotions": promotions,
    "enrolled": enrolled,
    "enrolling": enrolling,
    "attached": attached,
    "customers": office("office/customers", enrolled),
    "sold": lambda counter: (sell_voucher(counter), None)[1],
    "sheet": sheet,
    "laid": laid,
    "phone": phone,
    "office": office("office/vouchers", sell_voucher),
}


def test_what_guests_bring_is_accessible(browser: Browser, shop: RunningServer) -> None:  # noqa: F811
    """In the hand, where all steps are taken, and the same screens on the counter, light and dark."""
    context = browser.new_context(reduced_motion="reduce", locale="de-DE")
    for name, step in SCREENS.items():
        counter = Counter(context.new_page(), shop)
        resize(counter.page, "handheld")
        step(counter.log_in(MANAGER))
        examine(counter.page, name, "handheld")
        resize(counter.page, "counter")
        examine(counter.page, name)
        examine_dark(counter.page, name)
        counter.page.close()
    context.close()
