"""A guest pays with a phone's code at a till in Chromium: typed, scanned, refused, given up; parts and tips."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.counter import Counter
from support.servers import RunningServer, run_cli, start

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """A till, and the address of the phone that shows codes."""

    server: RunningServer
    phone: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("codes") / "data"
    server = start(folder, "--demo", "--days", "0")
    stream = server.process.stdout
    assert stream is not None
    phone = ""
    while not phone and (line := stream.readline()):
        found = re.search(r"Handy: +(http://\S+)", line)
        phone = found[1] if found else ""
    rest = threading.Thread(target=stream.read, daemon=True)
    rest.start()
    yield Desk(server, phone)
    server.stop()
    rest.join()
    stream.close()
    verified = run_cli(folder, "verify", "books")
    assert verified.returncode == 0, verified.stdout


@pytest.fixture
def counter(page: Page, desk: Desk) -> Counter:
    till = Counter(page, desk.server).log_in("Jana").empty()
    till.tap("Cappuccino", "Butterbrezel").settle()
    return till


@pytest.fixture
def phone(page: Page, desk: Desk) -> Iterator[Page]:
    held = page.context.new_page()
    held.goto(desk.phone)
    expect(held.locator("#code")).not_to_be_empty()
    page.bring_to_front()
    yield held
    held.close()


def code_of(phone: Page) -> str:
    return (phone.locator("#code").text_content() or "").replace(" ", "")


def test_a_scanned_code_pays_and_both_screens_show_the_steps(counter: Counter, phone: Page, desk: Desk) -> None:
    page = counter.page
    display = page.context.new_page()
    display.goto(f"{desk.server.address}display/")
    page.bring_to_front()
    page.keyboard.press("F12")
    page.locator("body[data-view=code]").wait_for()
    expect(display.locator("[data-step=show]")).to_contain_text("vor die Kamera")
    secret = code_of(phone)
    counter.scan(secret)
    expect(page.locator(".card-say")).to_have_text("Der Gast bestätigt am Handy")
    expect(display.locator("[data-step=phone]")).to_be_visible()
    phone.locator("#yes").click()
    page.locator("body[data-view=paid]").wait_for()
    expect(page.locator(".pay-state")).to_contain_text("Bezahlt und signiert")
    display.locator("[data-name=receipt]").wait_for()
    assert secret not in page.content() + display.content()
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert secret not in stored
    display.close()
    for path in desk.server.folder.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_code_before_paying_is_no_article(counter: Counter, phone: Page) -> None:
    counter.scan(code_of(phone))
    expect(counter.page.locator("#hint")).to_contain_text("Zuerst „Bezahlen“ drücken")
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Butterbrezel 2,20"]


def test_what_is_no_code_says_so_and_goods_stay_goods(counter: Counter, phone: Page) -> None:
    page = counter.page
    page.keyboard.press("F12")
    page.locator("body[data-view=code]").wait_for()
    page.locator("#code-text").fill("4012345678901")
    page.locator("#code-form button").click()
    expect(page.locator("#pay-problem")).to_contain_text("kein Handy-Code")
    expect(page.locator("#code-text")).to_have_value("")
    page.keyboard.press("Escape")
    page.locator("body[data-view=sell]").wait_for()
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Butterbrezel 2,20"]


def test_the_guest_refuses_and_pays_in_cash(counter: Counter, phone: Page) -> None:
    page = counter.page
    page.keyboard.press("F12")
    page.locator("body[data-view=code]").wait_for()
    page.locator("#code-text").fill(phone.locator("#code").inner_text())  # in groups, as the app shows it
    page.locator("#code-form button").click()
    phone.locator("#no").click()
    page.locator("[data-card-view=refused]").wait_for()
    expect(page.locator(".card-say")).to_have_text("Der Gast hat in der App abgelehnt.")
    page.locator(".card-keys [data-act=card-cash]").click()
    page.locator("[data-tender='1000']").click()
    page.locator("body[data-view=paid]").wait_for()


def test_the_cashier_stops_it(counter: Counter, phone: Page) -> None:
    page = counter.page
    page.keyboard.press("F12")
    page.locator("body[data-view=code]").wait_for()
    page.locator("#code-text").fill(code_of(phone))
    page.locator("#code-form button").click()
    phone.locator("#yes").wait_for(state="visible")
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused]").wait_for()
    page.locator("[data-act=card-later]").click()
    expect(counter.lines).to_have_count(2)
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Butterbrezel 2,20"]


def test_a_half_by_code_and_the_rest_in_cash_and_all_of_it_back(page: Page, desk: Desk, phone: Page) -> None:
    counter = Counter(page, desk.server).log_in("Christine").empty()
    counter.tap("Cappuccino", "Butterbrezel").settle()
    page.keyboard.press("F10")
    page.locator("body[data-view=due]").wait_for()
    page.locator("[data-act=split]").click()
    page.locator("#sheet [data-set-submit]", has_text="die Hälfte").click()
    page.locator("body[data-view=part]").wait_for()
    expect(page.locator("#due")).to_have_text("2,90 €")
    page.locator(".card-keys [data-act=code]").click()
    page.locator("body[data-view=code]").wait_for()
    expect(page.locator("#due")).to_have_text("2,90 €")
    counter.scan(code_of(phone))
    phone.locator("#yes").click()
    page.locator("[data-card-view=part]").wait_for()
    expect(page.locator("#card-amount")).to_have_text("2,90 €")
    page.locator(".card-keys [data-act=card-cash]").click()
    expect(page.locator(".drawer-strip")).to_contain_text("Ein Teil ist bezahlt. Der Rest ist noch nicht gebucht.")
    page.locator("[data-tender='290']").click()
    page.locator("body[data-view=paid]").wait_for()
    page.locator(".after", has_text="Stornieren").get_by_text("Stornieren").click()
    expect(page.locator("#sheet")).to_contain_text("2,90 € bar an den Gast")
    page.locator("#sheet").get_by_text("Falsch getippt").click()
    page.locator("#sheet [type=submit]").last.click()
    expect(page.locator(".pay-state")).to_have_text("Storniert und signiert")
    expect(page.locator(".pay-label")).to_have_text("Bar zurück an den Gast")
    expect(page.locator("#change")).to_have_attribute("data-cents", "290")
    expect(page.locator(".card-taken")).to_have_text(re.compile("Über Bluecode zurück *2,90"))
    expect(page.locator(".after")).not_to_contain_text("Stornieren")
