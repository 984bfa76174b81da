"""What surrounds card payments at a till in Chromium: settings, tips, a transfer, the terminal's sheet and receipts."""

from __future__ import annotations

import pytest

from support.counter import MANAGER, Counter, shop  # noqa: F401 the fixture
from support.eyes import violations
from support.servers import RunningServer

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sheet(counter: Counter, key: str) -> Page:
    counter.page.keyboard.press("Alt+M")
    counter.page.locator("#sheet").get_by_role("button", name=key).click()
    return counter.page


def fair(page: Page) -> None:
    """Nothing axe complains about, nothing beyond the edge."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 640), (1920, 1080)])
def test_settings_tip_transfer_and_the_terminals_sheet(
    page: Page,
    shop: RunningServer,  # noqa: F811
    width: int,
    height: int,
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if width == 1920 else "light", reduced_motion="reduce")
    counter = Counter(page, shop).log_in(MANAGER).empty()
    sheet(counter, "Zahlungen")
    page.locator("#sheet [name=tips][value=TrinkgeldAN]").check()
    page.locator("#sheet [name=transfer][value=manager]").check()
    page.locator("#account").fill("Kaffeehaus Morgenrot")
    page.locator("#iban").fill("DE89 3704 0044 0532 0130 01")
    page.locator("#sheet [type=submit]").click()
    expect(page.locator("#problem")).to_contain_text("Prüfziffern")
    fair(page)
    page.locator("#iban").fill("DE89 3704 0044 0532 0130 00")
    page.locator("#sheet [name=code][value=anyone]").check()
    for field, value in (("title", "Beispiel Pay"), ("scheme", "de.example.pay"), ("account", "ABC 123")):
        page.locator(f"#code-{field}").fill(value)
    for field, value in (("category", "5812"), ("name", "Kaffeehaus Morgenrot"), ("city", "Leipzig")):
        page.locator(f"#code-{field}").fill(value)
    page.locator("#sheet [type=submit]").click()
    expect(page.locator("#sheet")).not_to_be_visible()

    sheet(counter, "Kartenterminal")
    page.get_by_role("button", name="Zustand fragen").click()
    expect(page.locator("#terminal-answer")).to_contain_text("Betriebsbereit")
    page.get_by_role("button", name="Diagnose").click()
    expect(page.locator("#terminal-answer")).to_contain_text("Erledigt")
    page.get_by_role("button", name="Letzter Beleg").click()
    expect(page.locator("#terminal-answer")).to_contain_text("noch keinen Beleg")
    page.get_by_role("button", name="Summen").click()
    expect(page.locator("#terminal-answer")).to_contain_text("stimmt")
    fair(page)
    page.keyboard.press("Escape")

    counter.tap("Cappuccino").settle()
    page.keyboard.press("F10")
    page.locator("body[data-view=due]").wait_for()
    fair(page)
    page.locator("[data-act=tip]").click()
    page.locator("#sheet [data-set-submit]", has_text="10 %").click()
    page.locator("body[data-view=part]").wait_for()
    expect(page.locator("#due")).to_have_text("3,96 €")
    fair(page)
    page.locator("[data-act=asked-clear]").click()
    page.locator("body[data-view=due]").wait_for()

    display = page.context.new_page()
    display.goto(f"{shop.address}display/")
    page.locator("[data-act=transfer]").click()
    page.locator("body[data-view=transfer]").wait_for()
    display.locator("[data-step=transfer] svg").wait_for()
    expect(display.locator(".terminal-say")).to_contain_text("Banking-App")
    fair(page)
    fair(display)
    page.locator("[data-act=transferred]").click()
    page.locator("body[data-view=paid]").wait_for()
    expect(display.locator("[data-step=transfer]")).to_have_count(0)

    page.locator(".next-word").click()
    counter.tap("Cappuccino").settle()
    page.keyboard.press("F10")
    page.locator("body[data-view=due]").wait_for()
    fair(page)
    page.locator("[data-act=show-code]").click()
    page.locator("body[data-view=transfer]").wait_for()
    display.locator("[data-step=transfer] svg").wait_for()
    expect(display.locator(".terminal-say")).to_contain_text("Beispiel Pay")
    expect(display.locator(".what").first).to_contain_text("BON")
    expect(page.locator(".pay-main")).to_contain_text("im Portal des Zahlungsdienstes")
    fair(page)
    fair(display)
    page.locator("[data-act=transferred]").click()
    page.locator("body[data-view=paid]").wait_for()
    expect(page.locator(".pay-main")).to_contain_text("Ohne Bargeld bezahlt")
    expect(page.locator(".drawer-strip")).not_to_contain_text("Lade")
    display.close()


def test_the_wrong_means_is_put_right(page: Page, shop: RunningServer) -> None:  # noqa: F811
    counter = Counter(page, shop).log_in(MANAGER).empty()
    counter.tap("Cappuccino").pay(500)
    page.goto(f"{counter.address}receipts")
    counter.ready()
    page.locator(".row-link").first.click()
    page.locator("#detail").get_by_role("button", name="Zahlart ändern").click()
    page.locator("#sheet .choice", has_text="Debitkarte").click()
    fair(page)
    page.locator("#sheet [type=submit]").click()
    page.wait_for_url("**/receipts/*")
    expect(page.locator("article.paper")).to_contain_text("Korrektur der Zahlart")
    expect(page.locator("article.paper")).to_contain_text("−3,60")


def test_a_tip_chosen_goes_with_whatever_is_paid(page: Page, shop: RunningServer) -> None:  # noqa: F811
    counter = Counter(page, shop).log_in(MANAGER).empty()
    sheet(counter, "Zahlungen")
    page.locator("#sheet [name=tips][value=TrinkgeldAN]").check()
    page.locator("#sheet [type=submit]").click()
    expect(page.locator("#sheet")).not_to_be_visible()

    counter.tap("Cappuccino").settle()
    page.locator("#pay").click()
    page.locator("[data-act=tip]").click()
    page.locator("#sheet [data-set-submit]", has_text="auf 4,00 €").click()
    page.locator("body[data-view=part] [data-act=card].pay").click()
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused] [data-act=card-cash]").click()
    page.locator("body[data-view=due]").wait_for()
    expect(page.locator("#due")).to_have_text("4,00 €")
    expect(page.locator(".pay-main")).to_contain_text("Trinkgeld 0,40 €", use_inner_text=True)
    fair(page)
    expect(page.locator("[data-act=voucher], [data-act=transfer]")).to_have_count(0)  # neither takes a tip
    page.locator("[data-act=asked-clear]").click()
    expect(page.locator("#due")).to_have_text("3,60 €")
    page.locator("[data-act=tip]").click()
    page.locator("#sheet [data-set-submit]", has_text="auf 4,00 €").click()
    page.locator("body[data-view=part]").wait_for()
    page.locator("[data-act=pay-cash]").click()
    expect(page.locator("#due")).to_have_text("4,00 €")
    page.locator("[data-tender='500']").click()
    expect(page.locator("#change span")).to_have_text("1,00")
    page.keyboard.press("Escape")
    page.goto(f"{counter.address}receipts")
    counter.ready()
    page.locator(".row-link").first.click()
    expect(page.locator("article.paper")).to_contain_text("Trinkgeld")


def test_a_transfer_refused_shows_what_is_due_now(page: Page, shop: RunningServer) -> None:  # noqa: F811
    """Another window rang something up meanwhile: code and amount are drawn anew, what was refused stays said."""
    counter = Counter(page, shop).log_in(MANAGER).empty()
    sheet(counter, "Zahlungen")
    page.locator("#sheet [name=transfer][value=anyone]").check()
    page.locator("#account").fill("Kaffeehaus Morgenrot")
    page.locator("#iban").fill("DE89 3704 0044 0532 0130 00")
    page.locator("#sheet [type=submit]").click()
    expect(page.locator("#sheet")).not_to_be_visible()
    counter.tap("Cappuccino").settle()
    page.keyboard.press("F10")
    page.locator("[data-act=transfer]").click()
    page.locator("body[data-view=transfer]").wait_for()
    code = page.locator(".transfer-code").inner_html()
    receipt = page.locator("#asked [name=receipt]").input_value()
    page.locator("#asked [name=expected]").evaluate("field => { field.value = '350' }")
    page.locator("[data-act=transferred]").click()
    expect(page.locator("#pay-problem")).to_contain_text("geändert")
    expect(page.locator("#asked [name=expected]")).to_have_value("360")
    assert page.locator("#asked [name=receipt]").input_value() == receipt
    assert page.locator(".transfer-code").inner_html() == code

    other = Counter(page.context.new_page(), shop)
    other.page.goto(counter.address)
    other.tap("Cappuccino").settle()
    expect(page.locator("#due")).to_have_text("7,20 €")
    page.locator("[data-act=transferred]").click()
    page.locator("body[data-view=paid]").wait_for()
