"""A morning in the office by keyboard, in a real browser: prices changed and planned, stock counted, a backup tried.

Meanwhile the planned price falls due at the till beside it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from smartecr.register.till import ZONE
from support.counter import MANAGER, OWNER, Counter, shop  # noqa: F401 the fixture
from support.eyes import examine, examine_dark, resize

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HONEY, JAM = "Blütenhonig 500 g", "Quittengelee 220 g"
SHORTEST = 20  # seconds at least until the price turns, so that the till is looked at before


def test_a_morning_in_the_office(browser: Browser, shop: RunningServer, tmp_path: Path) -> None:  # noqa: F811
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="de-DE")
    trouble: list[str] = []
    context.on("weberror", lambda error: trouble.append(str(error.error)))
    page = context.new_page()
    Counter(page, shop).log_in(OWNER)
    _find_by_the_slash(page)
    _change_prices_by_keyboard(page)
    _take_it_back(page)
    till_context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    till = Counter(till_context.new_page(), shop).log_in(MANAGER).group("Hofladen")
    moment = _plan_a_price(page)
    expect(till.tile(HONEY)).to_contain_text("7,90")
    look(page, "price-table-planned")
    _stock(page, till)
    _read_a_receipt(page)
    _backup(page, tmp_path)
    # nobody touched the till's tiles: the price clock turned them at the moment
    patience = max((moment - datetime.now(ZONE)).total_seconds(), 0) + 30
    expect(till.tile(HONEY)).to_contain_text("8,40", timeout=patience * 1000)
    assert datetime.now(ZONE) >= moment
    till.clean().group("Hofladen").tap(HONEY)
    assert till.total() == "8,40 €"
    till_context.close()
    context.close()
    assert trouble == []


def test_what_is_cut_when_it_is_pasted_is_said(browser: Browser, shop: RunningServer) -> None:  # noqa: F811
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="de-DE")
    Counter(page, shop).log_in(OWNER)
    page.goto(f"{shop.address}office/interface")
    search, name = page.locator("#find-all"), page.locator("#f-name")
    said = page.get_by_text("Abgeschnitten: Hier passen 40 Zeichen hinein.")

    def paste(text: str) -> None:
        search.evaluate("field => field.removeAttribute('maxlength')")
        search.fill(text)
        search.press("Control+a")
        search.press("Control+c")
        name.press("End")
        name.press("Control+v")

    paste("Kasse vorn " * 3)
    expect(name).to_have_value("Kasse vorn " * 3)
    expect(said).to_have_count(0)
    paste("und hinten")
    expect(name).to_have_value("Kasse vorn Kasse vorn Kasse vorn und hin")
    expect(said).to_be_visible()
    name.press("Backspace")
    expect(said).to_have_count(0)
    name.press("Control+a")
    name.press("Control+v")
    expect(name).to_have_value("und hinten")
    expect(said).to_have_count(0)
    page.close()


def look(page: Page, name: str) -> None:
    """Check the page as it stands, in the hand and at the counter, light and dark."""
    resize(page, "handheld")
    examine(page, name, "handheld")
    resize(page, "counter")
    examine(page, name)
    examine_dark(page, name)


def field(page: Page, label: str) -> Locator:
    """Return the field with exactly this label."""
    return page.get_by_label(label, exact=True)


def go(page: Page, path: str) -> None:
    """Open a page of the office."""
    page.goto(f"{re.match(r'http://[^/]+', page.url)[0]}/office/{path}")  # type: ignore[index]
    ready(page)


def ready(page: Page) -> None:
    """Wait until the page's scripts listen."""
    page.locator("html[data-ready]").wait_for(state="attached")


def choose_group(page: Page) -> None:
    """Have the price table show the Hofladen."""
    group = page.locator("#group option", has_text="Hofladen").get_attribute("value")
    page.locator("#group").select_option(group)
    page.wait_for_url(f"**group={group}*")
    ready(page)


def _find_by_the_slash(page: Page) -> None:
    """From any page: "/" and a word people say, an arrow, Enter; a slash typed into a field stays a slash."""
    go(page, "settings")
    page.keyboard.press("/")
    expect(page.locator("#find-all")).to_be_focused()
    page.keyboard.type("Preiserhöhung/")
    expect(page.locator("#find-found")).to_contain_text("gibt es hier nichts")
    page.keyboard.press("Backspace")
    expect(page.locator("#find-found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Preistabelle")


def _change_prices_by_keyboard(page: Page) -> None:
    """Arrows walk from row to row, Enter saves all rows or none."""
    ready(page)
    choose_group(page)
    field(page, "Preis von Erdbeerkonfitüre 220 g").focus()
    page.keyboard.type("5,1o")
    page.keyboard.press("ArrowDown")
    expect(field(page, "Preis von Quittengelee 220 g")).to_be_focused()
    page.keyboard.type("5,40")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nichts wurde gespeichert")
    field(page, "Preis von Erdbeerkonfitüre 220 g").fill("5,10")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="2 Artikel geändert")).to_be_visible()
    expect(field(page, "Preis von Quittengelee 220 g")).to_have_value("5,40")


def _take_it_back(page: Page) -> None:
    ready(page)
    page.keyboard.press("/")
    page.keyboard.type("rückgängig")
    expect(page.locator("#find-found a")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Änderungen")
    ready(page)
    page.get_by_role("button", name="Alle 2 zurücknehmen").click()
    expect(page.locator(".change").first).to_contain_text("5,40 → 5,20")
    go(page, "articles/table")
    choose_group(page)
    expect(field(page, "Preis von Erdbeerkonfitüre 220 g")).to_have_value("4,90")
    expect(field(page, "Preis von Quittengelee 220 g")).to_have_value("5,20")


def _plan_a_price(page: Page) -> datetime:
    """Plan all prices of the table from the next minute on; return when that is."""
    page.get_by_text("Neue Preise für später planen").click()
    field(page, "Alle um … Prozent").fill("6,3")
    page.locator("#f-step").select_option("10")
    page.get_by_role("button", name="Ausrechnen").click()
    expect(field(page, f"Neuer Preis von {HONEY}")).to_have_value("8,40")
    moment = (datetime.now(ZONE) + timedelta(seconds=60 + SHORTEST)).replace(second=0, microsecond=0)
    field(page, "Gilt ab").fill(f"{moment:%Y-%m-%d}")
    field(page, "Uhrzeit").fill(f"{moment:%H:%M}")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status").filter(has_text="Artikel geändert")).to_be_visible()
    row = page.get_by_role("row").filter(has=field(page, f"Neuer Preis von {HONEY}"))
    expect(row).to_contain_text(f"8,40 ab {moment:%d.%m.%Y} {moment:%H:%M}")
    return moment


def _stock(page: Page, till: Counter) -> None:
    """A minimum, goods in by scanner, a sale, waste, a count while it sells: each leaves the number it should."""
    go(page, "articles?q=Quittengelee")
    page.locator(".row-link").click()
    page.get_by_label("Bestand führen").check()
    field(page, "Mindestbestand").fill("4")
    field(page, "Auffüllen bis").fill("12")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status").filter(has_text="Gespeichert.")).to_be_visible()
    _book(page, "in", "10", "Lieferschein 4711")
    till.clean().group("Hofladen").tap(*[JAM] * 4).pay(5000)
    _book(page, "waste", "2", "vom Regal gefallen")
    go(page, "stock")
    row = page.get_by_role("row").filter(has_text=JAM)
    assert row.locator("td").all_inner_texts() == ["4", "4", "8"]  # lies there, minimum, to order
    go(page, "stock/count")
    page.get_by_label(f"Menge von {JAM}").fill("3")
    till.clean().group("Hofladen").tap(JAM).pay(1000)  # sold after it was counted
    page.get_by_role("button", name="Zählung speichern").click()
    expect(page.get_by_text("Inzwischen hat sich der Bestand bewegt")).to_be_visible()
    look(page, "stock-count-again")
    page.get_by_label(f"Menge von {JAM}").fill("2")
    page.get_by_role("button", name="Zählung speichern").click()
    expect(page.get_by_role("status").filter(has_text="Gezählt.")).to_be_visible()
    go(page, "stock")
    row.get_by_role("link").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    moves = page.locator("tbody tr").all_inner_texts()
    assert [re.findall(r"[+−]?\d+$", " ".join(one.split()[:-1] if "Gegenbuchen" in one else one.split()))[0]
            for one in moves] == ["2", "3", "4", "6", "10"]  # fmt: skip


def _book(page: Page, kind: str, quantity: str, note: str) -> None:
    """Book a quantity of the jam as with a scanner: its code, Enter, the quantity, Enter; then the note and the key."""
    go(page, f"stock/book/{kind}")
    page.locator("#f-note").fill(note)
    page.locator("#find").focus()
    page.keyboard.type("805\n")
    expect(page.get_by_label(f"Menge von {JAM}")).to_be_focused()
    page.keyboard.type(f"{quantity}\n")
    expect(page.locator("#find")).to_be_focused()
    page.get_by_role("button", name="Buchen", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Gebucht.")).to_be_visible()


def _read_a_receipt(page: Page) -> None:
    """Enter opens a receipt beside the list, and the next Tab is the first thing to do with it."""
    go(page, "receipts")
    page.locator(".row-link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail article.paper")).to_be_visible()
    expect(page.locator("#detail")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#detail .key").first).to_be_focused()


def _backup(page: Page, folder: Path) -> None:
    """The key goes into the safe, a backup into the folder and, with the right key, back for a try."""
    go(page, "backups")
    page.get_by_role("button", name="Schlüssel anlegen").click()
    expect(field(page, "Vom Papier: die letzten sechs Zeichen")).to_be_visible()  # it stands below the whole key
    secret = "".join(page.locator(".secret span").all_inner_texts())
    look(page, "backup-key")
    field(page, "Vom Papier: die letzten sechs Zeichen").fill(secret[-6:])
    page.get_by_role("button", name="Er liegt im Tresor").click()
    field(page, "Ordner auf einem Stick oder Netzlaufwerk").fill(str(folder / "weg"))
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert")).to_contain_text("gibt es nicht")
    field(page, "Ordner auf einem Stick oder Netzlaufwerk").fill(str(folder))
    page.get_by_role("button", name="Speichern").click()
    page.get_by_role("button", name="Jetzt sichern").click()
    expect(page.get_by_role("heading", name="Im Ordner")).to_be_visible()
    for key, verdict in (("AGE-SECRET-KEY-1FALSCH", "öffnet sie nicht"), (secret, "ihre Bücher halten")):
        field(page, "Schlüssel aus dem Tresor").fill(key)
        page.get_by_role("button", name="Zurückholen und prüfen").click()
        expect(page.locator("#backup-state")).to_contain_text(verdict)
        expect(page.get_by_role("button", name="Zurückholen und prüfen")).to_be_enabled()
    look(page, "backups")
    assert len([one for one in folder.iterdir() if one.suffix == ".age"]) == 1
