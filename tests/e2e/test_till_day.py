"""A day from float to closing in a real browser, with one sale taken back, and everything in English once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from smartecr.staff.demopins import PINS
from support.counter import CASHIER, MANAGER, Counter, shop  # noqa: F401 the fixture
from support.eyes import examine, resize
from support.servers import run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from support.servers import RunningServer, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def approve(page: Page) -> None:
    """Let the manager type a PIN on the overlay."""
    page.locator("#approval .person", has_text=MANAGER).click()
    for digit in PINS[MANAGER]:
        page.locator(f"#approval [data-pin-digit='{digit}']").click()
    page.locator("#approval [type=submit]").click()


def test_an_empty_folder_becomes_a_shop_that_sells(page: Page, start_server: StartServer) -> None:
    """Owner, company, register, a sample catalogue: then the first sale; every step holds for the eye."""
    server = start_server()
    page.goto(server.address)
    page.get_by_role("link", name="Laden einrichten").click()

    def go_on(heading: str, **fields: str) -> None:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        for field, text in fields.items():
            page.locator(f"[name={field}]").fill(text)
        examine(page, heading)
        page.get_by_role("button", name="Weiter").click()

    go_on("Wer führt den Laden?", name="Erika Mustermann", pin="274913", pin_again="274913")
    company = {"name": "Kruste", "owner": "Kruste GmbH", "street": "Weg 1", "postcode": "20095", "city": "Hamburg"}
    expect(page.locator("[name=name]")).to_be_focused()
    go_on("Was steht auf dem Bon?", **company)
    expect(page.get_by_text("Steuernummer oder USt-IdNr. gehört auf jeden Bon.")).to_be_visible()
    expect(page.locator("[name=tax_number]")).to_be_focused()
    go_on("Was steht auf dem Bon?", tax_number="22/123/45678")
    go_on("Wie heißt diese Kasse?")
    page.get_by_text("Bäckerei").click()
    go_on("Womit fängt der Laden an?")
    expect(page.get_by_role("heading", name="Alles da?")).to_be_visible()
    expect(page.get_by_text("Die TSE ist nur zum Üben.")).to_be_visible()
    expect(page.get_by_role("link", name="Zum ersten Verkauf")).to_be_focused()
    examine(page, "devices")
    page.get_by_role("link", name="Zum ersten Verkauf").click()
    counter = Counter(page, server).ready()
    page.locator("#tiles .tile").first.click()
    counter.settle().page.locator("#pay").click()
    page.locator("[data-tender]").first.click()
    page.locator("body[data-view=paid]").wait_for()
    server.stop()
    verified = run_cli(server.folder, "verify", "books")
    assert verified.returncode == 0, verified.stdout


def test_a_day_from_float_to_closing(page: Page, start_server: StartServer) -> None:
    """Float, three sales, one taken back, postage paid, counted with 10 cents missing: the books are green."""
    server = start_server("--demo", "--days", "0")
    counter = Counter(page, server).log_in(CASHIER)
    page.goto(f"{counter.address}cash")
    counter.ready()
    page.get_by_role("button", name="Anfangsbestand").click()
    for key in ("1", "0", "0", ","):
        page.locator(f"#sheet [data-key='{key}']").click()
    page.get_by_role("button", name="Buchen").click()
    approve(page)
    expect(page.get_by_role("button", name="Anfangsbestand")).to_have_count(0)

    counter.clean().tap("Cappuccino", "Croissant").pay(1000)
    page.keyboard.press("Escape")
    counter.tap("Espresso").pay(500)
    page.keyboard.press("Escape")
    counter.tap("Käsekuchen", "Käsekuchen").pay(2000)
    page.get_by_role("button", name="Stornieren").click()
    page.locator("#sheet .choice", has_text="Falsch getippt").click()
    page.locator("#sheet [type=submit]").click()
    approve(page)
    page.wait_for_url("**/receipts/*")
    expect(page.locator("article.paper")).to_contain_text("−8,20")

    page.goto(f"{counter.address}receipts")
    counter.ready()
    page.locator("#q").fill("croiss")
    expect(page.locator(".row-link")).to_have_count(1)
    page.locator(".row-link").click()
    expect(page.locator("#detail article.paper")).to_contain_text("Cappuccino")
    page.locator("#detail").get_by_role("button", name="Aufs Handy").click()
    expect(page.locator("#sheet svg.qr")).to_be_visible()
    page.keyboard.press("Escape")

    page.goto(f"{counter.address}cash")
    counter.ready()
    page.get_by_role("button", name="Auszahlung").click()
    page.locator("#move-amount").fill("420")
    page.locator("#sheet .choice", has_text="Porto").click()
    page.get_by_role("button", name="Buchen").click()
    with page.expect_navigation():
        approve(page)
    counter.ready()
    page.get_by_role("button", name="X-Bericht").click()
    approve(page)
    expect(page.locator("#sheet article.report")).to_contain_text("Kassenbewegungen")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Tag abschließen").click()
    counter.ready()
    expect(page.locator("#count-50000")).to_be_focused()
    page.locator("#count-5000").fill("2")
    page.locator("#count-200").fill("1")
    row = page.locator("[data-value='50'] [data-step='1']")
    for _ in range(4):
        row.click()
    expect(page.locator("#counted")).to_have_text("104,00")
    page.locator(".closing-key").click()
    expect(page.locator(".difference")).to_contain_text("0,10")
    page.locator(".difference .choice", has_text="Ungeklärt").click()
    page.locator(".closing-key").click()
    page.wait_for_url("**/cash/closings/*")
    expect(page.locator(".closed-state")).to_have_text("Abgeschlossen mit Differenz")
    page.locator(".closed-amount").evaluate("(amount) => { amount.firstChild.data = '12.345,67 '; }")
    resize(page, "handheld")
    examine(page, "closed on a good day", "handheld")
    assert page.locator(".content").evaluate("(content) => content.scrollWidth <= content.clientWidth")
    server.stop()
    checked = run_cli(server.folder, "verify", "books")
    assert checked.returncode == 0, checked.stdout


def test_an_article_file_with_a_mistake_changes_nothing(counter_manager: Counter, tmp_path: Path) -> None:
    """Download, spoil one cell, upload: the cell is named. Without the mistake the till shows the new price."""
    counter = counter_manager
    page = counter.page
    page.goto(f"{counter.address}articles")
    counter.ready()
    with page.expect_download() as download:
        page.get_by_role("link", name="Artikel herunterladen").click()
    text = download.value.path().read_text("utf-8-sig")
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(text.replace(";2,90;", ";2,9x0;", 1), "utf-8-sig")
    good.write_text(text.replace(";2,40;", ";2,45;", 1), "utf-8-sig")
    page.locator("#file").set_input_files(bad)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.locator("#import")).to_contain_text("Nichts wurde übernommen.")
    expect(page.locator("#import table")).to_contain_text("Preis")
    page.locator("#file").set_input_files(good)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.locator("#import")).to_contain_text("1 geändert")
    counter.clean()
    expect(counter.tile("Espresso").locator(".tile-price")).to_have_text("2,45")


@pytest.fixture
def counter_manager(page: Page, shop: RunningServer) -> Counter:  # noqa: F811
    """Murat at an empty ticket."""
    return Counter(page, shop).log_in(MANAGER).empty()


def test_a_changed_catalogue_reaches_open_windows(counter_manager: Counter, page: Page, tmp_path: Path) -> None:
    """The other window sells at the new price without a reload."""
    other = Counter(page.context.new_page(), counter_manager.server).log_in(MANAGER).empty()
    page.goto(f"{counter_manager.address}articles")
    counter_manager.ready()
    with page.expect_download() as download:
        page.get_by_role("link", name="Artikel herunterladen").click()
    text = download.value.path().read_text("utf-8-sig")
    file = tmp_path / "list.csv"
    file.write_text(text.replace(";3,60;", ";3,75;", 1), "utf-8-sig")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.locator("#import")).to_contain_text("1 geändert")
    expect(other.tile("Cappuccino").locator(".tile-price")).to_have_text("3,75")
    assert other.tap("Cappuccino").ticket() == ["1 × Cappuccino 3,75"]


def test_english_for_who_reads_it(counter_manager: Counter) -> None:
    """Chosen under More, kept with the person; refusals too; and back."""
    page = counter_manager.page
    page.keyboard.press("Alt+m")
    page.get_by_role("button", name="English").click()
    counter_manager.ready()
    expect(page.locator("#pay .pay-empty")).to_have_text("Nothing on the receipt yet")
    counter_manager.scan("4099999999996")
    expect(page.locator(".refused")).to_have_text("Unknown code 4099999999996")
    counter_manager.tap("Sekt ‚Morgenrot‘")
    expect(page.locator("#ask-text")).to_have_text("From 16. ID checked?")
    page.locator("[data-act=age-no]").click()
    page.keyboard.press("Alt+m")
    page.get_by_role("button", name="Deutsch").click()
    counter_manager.ready()
    expect(page.locator("#pay .pay-empty")).to_have_text("Noch nichts auf dem Bon")


def test_changing_the_user_is_one_tap_and_keeps_the_ticket(counter_manager: Counter) -> None:
    """A tap on the name leads to the PIN pad; the ticket waits."""
    page = counter_manager.tap("Espresso").settle().page
    page.locator(".who:visible").click()
    page.locator(".person", has_text=CASHIER).click()
    page.keyboard.type(PINS[CASHIER], delay=30)
    page.keyboard.press("Enter")
    page.wait_for_url(counter_manager.address)
    counter_manager.ready()
    expect(page.locator(".who:visible")).to_contain_text(CASHIER)
    assert counter_manager.ticket() == ["1 × Espresso 2,45"] or counter_manager.ticket() == ["1 × Espresso 2,40"]


def test_a_locked_pad_counts_down(counter_manager: Counter) -> None:
    """Three wrong PINs: the keys rest, the seconds run, then it works again."""
    page = counter_manager.page
    page.goto(f"{counter_manager.address}login")
    counter_manager.ready()
    for _ in range(3):
        page.locator(".person", has_text="Christine").click()
        page.locator("#pin").fill("9999")
        with page.expect_navigation():  # the page before is ready too, and would take the next PIN
            page.keyboard.press("Enter")
        counter_manager.ready()
    expect(page.locator(".pin-problem")).to_contain_text("Nächster Versuch in")
    expect(page.locator("[data-pin-digit='1']")).to_be_disabled()
    expect(page.locator("[data-pin-digit='1']")).to_be_enabled()
    page.locator("#pin").fill(PINS["Christine"])
    page.keyboard.press("Enter")
    page.wait_for_url(counter_manager.address)
