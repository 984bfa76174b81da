"""The books in a real browser: prove them, let an auditor in, play the visit through; every page by axe, two sizes."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.counter import Counter, shop  # noqa: F401 the fixture
from support.eyes import examine, examine_dark, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.servers import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNER = "Christine"


def look(page: Page, name: str) -> None:
    """Check the page as it stands, in two sizes and both themes; leave it at the counter."""
    resize(page, "handheld")
    examine(page, name, "handheld")
    resize(page, "counter")
    examine(page, name)
    examine_dark(page, name)


def test_an_auditors_visit(browser: Browser, shop: RunningServer, tmp_path: Path) -> None:  # noqa: F811
    """From the proof to the handover, with the sheets and the count beside it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="de-DE",
        accept_downloads=True,
    )  # fmt: skip
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    counter = Counter(page, shop).log_in(OWNER).empty()
    _sheets(counter)
    _count(counter)
    _papers(counter)
    _proof(counter)
    _interface(counter)
    code = _door(counter)
    guest = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", accept_downloads=True)
    _visit(counter, guest.new_page(), code, tmp_path)
    guest.close()
    context.close()
    assert trouble == []


def _sheets(counter: Counter) -> None:
    page = counter.page
    for name in ("advance", "account", "meal", "training"):
        counter.clean()
        if name != "training":
            counter.tap("Croissant").settle()
        page.keyboard.press("Alt+m")
        page.locator(f"#sheet [data-sheet={name}]").click()
        expect(page.locator("#sheet form").first).to_be_visible()
        look(page, name)
        page.keyboard.press("Escape")
    counter.clean()
    page.keyboard.press("Alt+m")
    page.locator("#sheet [data-sheet=training]").click()
    with page.expect_navigation():  # the till comes anew; what is tapped before is gone
        page.get_by_role("button", name="Üben").last.click()
    counter.ready()
    expect(page.get_by_text("Übungsmodus.")).to_be_visible()
    page.get_by_role("button", name="Beenden").click()
    page.get_by_role("button", name="Wieder verkaufen").click()
    expect(page.get_by_text("Übungsmodus.")).to_have_count(0)
    counter.ready().tap("Croissant").settle()
    page.keyboard.press("F7")
    page.locator("#park-label").fill("Tisch 4")
    page.get_by_role("button", name="Bestellen").click()
    expect(page.locator("#lines .line")).to_have_count(0)


def _papers(counter: Counter) -> None:
    """An invoice after the payment, the form of whoever invited, a line taken back, the office's list of invoices."""
    page = counter.page
    page.goto(counter.address)
    counter.ready().clean().tap("Croissant", "Croissant", "Espresso").settle()
    counter.pay(2000)
    page.locator("#paying").get_by_role("button", name="Rechnung").click()
    expect(page.locator("#f-street")).to_be_visible()
    page.locator("#sheet summary").click()
    look(page, "invoice")
    page.locator("#f-name").fill("Donaudampfschifffahrtsgesellschaft mbH & Co. KG")
    page.locator("#f-street").fill("Hafenstraße 5")
    page.locator("#f-postcode").fill("20095")
    page.locator("#f-city").fill("Hamburg")
    page.locator("#f-vat_id").fill("DE136695977")
    page.get_by_role("button", name="Rechnung schreiben").click()
    expect(page.locator("#problem")).to_contain_text("Prüfziffer")
    page.locator("#f-vat_id").fill("DE136695976")
    page.get_by_role("button", name="Rechnung schreiben").click()
    expect(page.get_by_text("Geschrieben.")).to_be_visible()
    look(page, "invoice-done")
    paper = page.request.get(page.get_by_role("link", name="PDF mit ZUGFeRD").evaluate("link => link.href"))
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    page.goto(f"{counter.address}receipts")
    page.locator("#rows a").nth(1).click()
    page.locator("#detail").get_by_role("button", name="Bewirtung").click()
    expect(page.locator("#f-occasion")).to_be_visible()
    look(page, "entertain")
    page.keyboard.press("Escape")
    page.locator("#detail").get_by_role("button", name="Zurücknehmen").click()
    page.locator("#back-sum").wait_for()
    # only when htmx has settled what it put there does the page listen to it
    expect(page.locator("#sheet-body > .htmx-added, #sheet-body > .htmx-settling")).to_have_count(0)
    page.locator("#sheet select").first.select_option("1")
    expect(page.locator("#back-sum")).to_contain_text("Zurück an den Gast")
    look(page, "take-back")
    page.locator("#sheet .choice").first.click()
    page.locator("#sheet").get_by_role("button", name="Zurücknehmen").click()
    expect(page.get_by_text("Rücknahme zu Rechnung")).to_be_visible()
    look(page, "taken-back")
    page.goto(f"{counter.address}office/books/invoices")
    expect(page.get_by_text("Donaudampfschifffahrts").first).to_be_visible()
    look(page, "invoices")
    page.goto(f"{counter.address}office/settings/currencies")
    page.locator("#r-CHF").fill("1,065")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("gilt heute")).to_be_visible()
    look(page, "currencies")
    page.goto(counter.address)
    counter.ready().clean().tap("Espresso").settle()
    page.locator("[data-act=pay]").first.click()
    page.locator("[data-act=foreign]").click()
    expect(page.locator("#foreign-value")).to_be_visible()
    look(page, "foreign")
    page.locator("#foreign-value").fill("10,00")
    page.get_by_role("button", name="CHF nehmen").click()
    expect(page.locator("#pay-problem")).to_contain_text("So viel Geld ist nicht in der Lade")
    page.locator("[data-act=foreign]").click()
    page.locator("#foreign-value").fill("3,00")
    page.get_by_role("button", name="CHF nehmen").click()
    expect(page.locator("#change")).to_contain_text("0,80")
    look(page, "foreign-paid")
    page.goto(f"{counter.address}cash/close")
    expect(page.locator("#foreign-CHF")).to_be_visible()
    look(page, "close-foreign")
    page.goto(counter.address)
    counter.ready()


def _count(counter: Counter) -> None:
    page = counter.page
    page.goto(f"{counter.address}cash/count")
    look(page, "count")
    page.locator("#count-5000").fill("1")
    page.locator(".closing-key").click()
    expect(page.locator(".difference")).to_be_visible()
    page.locator("#reason").fill("Probe")
    page.locator(".closing-key").click()
    expect(page.get_by_text("Gezählt mit Differenz")).to_be_visible()
    look(page, "counted")
    page.goto(f"{counter.address}cash/close")
    page.locator(".closing-key").click()
    done = page.locator("dt", has_text="Bleibt in der Lade")
    expect(page.locator(".difference").or_(done).first).to_be_visible()
    if page.locator(".difference").count():  # what an earlier walk left in the drawer was not counted
        page.locator("#reason").fill("Probe")
        page.locator(".closing-key").click()
    expect(done).to_be_visible()


def _interface(counter: Counter) -> None:
    """A programme gets a key, is looked at, and is locked out."""
    page = counter.page
    page.goto(f"{counter.address}office/interface")
    page.locator("#f-name").fill("Warenwirtschaft am Nachmittag und in der Nacht")
    page.get_by_label("Artikel lesen").check()
    page.get_by_role("button", name="Schlüssel ausstellen").click()
    expect(page.locator(".secret-shown")).to_contain_text("secr_")
    look(page, "interface")
    page.locator("summary", has_text="widerrufen").click()
    page.get_by_role("button", name="Jetzt widerrufen").click()
    expect(page.locator(".status", has_text="widerrufen")).to_be_visible()


def _proof(counter: Counter) -> None:
    page = counter.page
    page.goto(f"{counter.address}office/books")
    page.get_by_role("button", name=re.compile("prüfen")).click()
    expect(page.locator(".verdict-good")).to_be_visible(timeout=60_000)
    look(page, "books")
    page.goto(f"{counter.address}office/books/closings")
    counter.ready()
    page.locator(".row-link").first.click()
    expect(page.locator("#detail article.report")).to_contain_text("Z-Bericht")
    look(page, "closings")
    page.goto(f"{counter.address}office/books/past?entry=1")
    page.get_by_role("link", name="Ein Eintrag weiter").click()
    expect(page.get_by_text("Stand nach Eintrag 2")).to_be_visible()
    page.locator("#p-then-day").fill(page.locator("#p-day").input_value())
    page.locator("#p-then-time").fill("23:59:59")
    page.get_by_role("button", name="Zeigen").click()
    expect(page.get_by_role("heading", name="Was anders ist")).to_be_visible()
    look(page, "past")
    page.goto(f"{counter.address}office/books/papers")
    page.locator("main summary").click()
    look(page, "papers")


def _door(counter: Counter) -> str:
    page = counter.page
    page.goto(f"{counter.address}office/books/auditors")
    page.locator("#f-name").fill("Frau Adler")
    page.locator("#f-badge").fill("FA-77")
    page.get_by_role("button", name="Zugang öffnen").click()
    code = page.locator(".code-shown").inner_text()
    look(page, "auditors")
    return code


def _all_within(page: Page) -> None:
    """What the TSE signed has no blanks to break at: it stays within its panel all the same, read from the left."""
    signed = page.locator(".facts-signed dd")
    assert signed.inner_text().startswith("Beleg^")
    signed.evaluate("place => { place.textContent += ':' + '36.70:Unbar:CHF_'.repeat(40) }")
    for width, height in ((360, 640), (1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        for facts in page.locator(".audit-paper .facts > div").all():
            assert facts.evaluate("row => row.scrollWidth <= row.clientWidth"), (width, facts.inner_text())
        assert page.locator(".paper").evaluate("paper => paper.offsetWidth") <= 480
    resize(page, "counter")


def _visit(counter: Counter, page: Page, code: str, tmp_path: Path) -> None:
    page.goto(f"{counter.address}audit")
    look(page, "audit-door")
    page.locator("#code").fill("00000000")
    page.get_by_role("button", name="Einsehen").click()
    expect(page.get_by_role("alert")).to_contain_text("öffnet nichts")
    page.locator("#code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Belege")).to_be_visible()
    look(page, "audit-receipts")
    page.locator(".cell-link").first.click()
    look(page, "audit-receipt")
    _all_within(page)
    for name in ("closings", "cash", "past", "master", "tse", "documents"):
        page.goto(f"{counter.address}audit/{name}")
        look(page, f"audit-{name}")
    page.goto(f"{counter.address}audit/handover")
    with page.expect_download() as download:
        page.get_by_role("button", name="Alles übergeben").click()
    download.value.save_as(tmp_path / "alles.zip")
    with zipfile.ZipFile(tmp_path / "alles.zip") as archive:
        assert len(archive.namelist()) in (10, 11)  # with the invoices, where some were issued
    page.reload()
    page.locator("summary").first.click()
    look(page, "audit-handover")
    page.goto(counter.address)
    expect(page).to_have_url(re.compile("/login"))
