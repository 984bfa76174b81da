"""Together or apart: a table of three pays in Chromium, by card, in cash with a tip, and the rest; hands and keys."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from smartecr.terminal.zvt.virtual import Setup, Switches, Times, VirtualTerminal
from support.counter import MANAGER, Counter
from support.eyes import violations
from support.servers import RunningServer, run_cli, start
from support.zvt_register import Hands

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TABLE = ("Cappuccino", "Cappuccino", "Cappuccino", "Espresso", "Espresso", "Apfelschorle 0,33 l")


@pytest.fixture(scope="module")
def twin() -> Iterator[VirtualTerminal]:
    setup = Setup(switches=Switches(numbers_messages=True), times=Times.hurried())
    with VirtualTerminal(time.time, random.Random(1), setup=setup) as made:
        yield made


@pytest.fixture(scope="module")
def server(twin: VirtualTerminal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    host, port = twin.listen()
    terminal = f"tcp://{host}:{port}?password={twin.setup.identity.password}"
    folder = tmp_path_factory.mktemp("apart") / "data"
    running = start(folder, "--demo", "--days", "0", SMARTECR_TERMINAL=terminal)
    yield running
    running.stop()
    assert running.process.stdout is not None
    running.process.stdout.close()
    verified = run_cli(folder, "verify", "books")
    assert verified.returncode == 0, verified.stdout


@pytest.fixture
def counter(page: Page, server: RunningServer) -> Counter:
    """Murat with nothing on the screen, and tips for the staff allowed."""
    made = Counter(page, server).log_in(MANAGER).empty()
    page.keyboard.press("Alt+m")
    page.locator("#sheet [data-sheet=payments]").click()
    page.locator("#sheet [name=tips][value=TrinkgeldAN]").check()
    page.locator("#sheet [type=submit]").click()
    expect(page.locator("#sheet")).not_to_be_visible()
    return made


def seat(counter: Counter, name: str) -> None:
    """Ring a table up, park it under its name and call it back."""
    page = counter.page
    counter.tap(*TABLE).settle()
    page.keyboard.press("F7")
    page.locator("#park-label").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator("#parked-count")).to_be_visible()
    recall(counter, name)


def recall(counter: Counter, name: str) -> None:
    counter.page.keyboard.press("F7")
    counter.page.locator(".parked-key", has_text=name).click()
    expect(counter.page.locator("#ticket h2")).to_have_text(name)


def take(page: Page, name: str, control: str = "take") -> None:
    page.locator(".apart-row", has_text=name).locator(f"[data-{control}]").click()


def chosen(page: Page, part: str, rest: str) -> None:
    expect(page.locator("#sheet [data-sum]")).to_have_text(part)
    expect(page.locator("#sheet [data-left]")).to_have_text(rest)


def test_a_table_of_three_pays_apart(counter: Counter, twin: VirtualTerminal) -> None:
    page = counter.page
    seat(counter, "Tisch 4")
    assert counter.total() == "19,25 €"  # 3 × 3,60, 2 × 2,40, 3,40 and the deposit
    number = counter.receipt_number()

    page.locator("#pay").click()
    page.locator("#asked [data-sheet=apart]").click()
    expect(page.locator(".apart-pay")).to_be_disabled()
    take(page, "Cappuccino")
    take(page, "Apfelschorle")
    chosen(page, "7,25", "12,00")
    assert violations(page) == []
    page.locator(".apart-pay").click()
    expect(page.locator("#due")).to_have_text("7,25 €")
    expect(page.locator(".pay-label")).to_contain_text("danach noch 12,00 € auf Tisch 4")
    page.locator(".track [data-act=card]").click()
    page.locator("body[data-view=card]").wait_for()
    assert Hands(twin).tap("giro-markt")()
    page.locator("body[data-view=paid]").wait_for()
    assert violations(page) == []
    expect(page.locator("#paying [data-goes-on]")).to_have_text("Weiter mit Tisch 4: noch 12,00 €")
    page.locator("#paying [data-goes-on]").click()
    assert counter.ticket() == ["2 × Cappuccino 7,20", "2 × Espresso 4,80"]

    page.locator("#pay").click()
    page.locator("#asked [data-sheet=apart]").click()
    take(page, "Espresso", "all")
    take(page, "Cappuccino", "all")
    chosen(page, "12,00", "0,00")
    expect(page.locator(".apart-pay")).to_have_text("Alles bezahlen")
    take(page, "Cappuccino", "less")
    chosen(page, "8,40", "3,60")
    page.locator(".apart-pay").click()
    expect(page.locator("#due")).to_have_text("8,40 €")
    page.locator("[data-act=tip]").click()
    page.locator("#sheet [data-set-submit]", has_text="10 %").click()
    page.locator("body[data-view=part]").wait_for()
    page.locator(".track [data-act=pay-cash]").click()
    page.locator("body[data-view=due]").wait_for()
    page.locator("[data-tender='1000']").click()
    page.locator("body[data-view=paid]").wait_for()
    page.locator("#paying [data-goes-on]").click()
    assert counter.ticket() == ["1 × Cappuccino 3,60"]
    expect(page.locator("#ticket h2")).to_have_text("Tisch 4")

    page.keyboard.press("F9")
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")
    expect(page.locator("[data-goes-on]")).to_have_count(0)
    expect(page.locator("#parked-count")).to_be_hidden()
    assert counter.receipt_number() == number + 3


def test_paid_to_the_cent_the_rest_is_one_tap_away(counter: Counter) -> None:
    page = counter.page
    seat(counter, "Tisch 5")
    page.keyboard.press("Alt+g")
    take(page, "Espresso")
    page.locator(".apart-pay").click()
    expect(page.locator("#due")).to_have_text("2,40 €")
    page.keyboard.press("Escape")
    expect(page.locator(".ticket-head")).to_contain_text("Teil, der Rest ist geparkt")
    page.keyboard.press("F9")
    page.locator("#l-none [data-goes-on]", has_text="Weiter mit Tisch 5: noch 16,85 €").click()
    assert counter.total() == "16,85 €"
    page.keyboard.press("F9")
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")


def test_given_up_all_lies_on_the_table_again(counter: Counter) -> None:
    page = counter.page
    seat(counter, "Tisch 6")
    before = counter.ticket()
    for way in ("due", "park"):
        page.keyboard.press("Alt+g")
        take(page, "Cappuccino", "all")
        take(page, "Espresso")
        page.locator(".apart-pay").click()
        expect(page.locator("#due")).to_have_text("13,20 €")
        if way == "park":
            page.keyboard.press("Escape")
            page.keyboard.press("F7")
            page.locator("#sheet [data-part-back]", has_text="Alles zurück auf Tisch 6").click()
        else:
            page.locator("#paying [data-part-back]", has_text="Zurück auf Tisch 6").click()
        expect(page.locator("#hint")).to_contain_text("wieder auf dem Tisch")
        assert sorted(counter.ticket()) == sorted(before)
        expect(page.locator("#parked-count")).to_be_hidden()
    page.keyboard.press("F9")
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")


def test_by_keys_alone(counter: Counter) -> None:
    page = counter.page
    seat(counter, "Tisch 7")
    page.keyboard.press("Alt+g")
    expect(page.locator(".apart-take").first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("+")
    page.keyboard.press("-")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("*")
    chosen(page, "8,40", "10,85")
    page.keyboard.press("F10")
    expect(page.locator("#due")).to_have_text("8,40 €")
    page.locator("[data-tender='840']").focus()
    page.keyboard.press("Enter")
    page.locator("body[data-view=paid]").wait_for()
    page.locator("#paying [data-goes-on]").focus()
    page.keyboard.press("Enter")
    assert counter.total() == "10,85 €"
    page.keyboard.press("F9")
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")


def test_who_comes_second_is_told_and_nothing_is_taken_twice(counter: Counter) -> None:
    """Two windows have the same table before them; one takes what the other has chosen too."""
    page = counter.page
    seat(counter, "Tisch 8")
    other = Counter(page.context.new_page(), counter.server)
    other.page.goto(counter.address)
    other.ready()
    for one in (page, other.page):
        one.keyboard.press("Alt+g")
        take(one, "Espresso")
        chosen(one, "2,40", "16,85")
    page.locator(".apart-pay").click()
    expect(page.locator("#due")).to_have_text("2,40 €")
    other.page.locator(".apart-pay").click()
    expect(other.page.locator(".refusal")).to_contain_text("Getrennt ist nichts")
    other.page.close()
    page.locator("[data-tender='240']").click()
    page.locator("#paying [data-goes-on]", has_text="noch 16,85 €").click()
    assert counter.total() == "16,85 €"
    page.keyboard.press("F9")
    expect(page.locator("#l-none")).to_contain_text("Bezahlt")


def test_in_one_hand(browser: Browser, server: RunningServer) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, reduced_motion="reduce")
    hand = Counter(context.new_page(), server).log_in(MANAGER).empty()
    page = hand.page
    hand.tap(*TABLE[:4]).settle()
    page.locator("#pay").click()
    page.locator("#asked [data-sheet=apart]").click()
    take(page, "Cappuccino")
    take(page, "Cappuccino")
    chosen(page, "7,20", "6,00")
    assert violations(page) == []
    assert not page.evaluate(
        "document.querySelector('#sheet').scrollWidth > document.querySelector('#sheet').clientWidth"
    )
    page.locator(".apart-pay").tap()
    page.locator("[data-tender='1000']").tap()
    page.locator("#paying [data-goes-on]", has_text="Weiter mit dem Rest: noch 6,00 €").tap()
    expect(page.locator("#pay .pay-amount")).to_have_text("6,00 €")
    hand.settle()
    page.locator("#pay").click()
    page.locator("[data-tender='600']").tap()
    page.locator("body[data-view=paid]").wait_for()
    context.close()
