"""A guest pays by card at a till in Chromium: tap, chip and PIN, phone, refusals, an abort, a pulled cable."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from smartecr.staff.demopins import PINS
from smartecr.terminal.zvt.virtual import Action, Fault, Point, Setup, Switches, Times, VirtualTerminal
from support.counter import Counter
from support.servers import RunningServer, run_cli, start
from support.zvt_register import Hands

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """A till whose server speaks ZVT to a terminal in the test's hands."""

    server: RunningServer
    twin: VirtualTerminal
    hands: Hands


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    setup = Setup(switches=Switches(numbers_messages=True), times=Times.hurried())
    with VirtualTerminal(time.time, random.Random(1), setup=setup) as twin:
        host, port = twin.listen()
        terminal = f"tcp://{host}:{port}?password={twin.setup.identity.password}"
        folder = tmp_path_factory.mktemp("cards") / "data"
        server = start(folder, "--demo", "--days", "1", SMARTECR_TERMINAL=terminal)
        yield Desk(server, twin, Hands(twin))
        server.stop()
        assert server.process.stdout is not None
        server.process.stdout.close()
        verified = run_cli(folder, "verify", "books")
        assert verified.returncode == 0, verified.stdout
        assert twin.violations == []


@pytest.fixture
def counter(page: Page, desk: Desk) -> Counter:
    till = Counter(page, desk.server).log_in("Jana").empty()
    till.tap("Cappuccino", "Butterbrezel").settle()
    return till


class Bank:
    """A bank that takes as long as a test wants, so that what the screens say meanwhile cannot be missed."""

    ASKED = 0.01

    def __init__(self, twin: VirtualTerminal, patch: pytest.MonkeyPatch) -> None:
        self._twin, self._patch = twin, patch
        self._answers = threading.Event()

    def hold(self) -> None:
        """Let who asks from now on wait."""
        pause = self._twin.machine.dialogue.pause

        def held(seconds: float) -> None:
            pause(seconds)
            while seconds == self.ASKED and not self._answers.is_set():
                pause(seconds)

        self._patch.setattr(self._twin.setup.times, "host", self.ASKED)
        self._patch.setattr(self._twin.machine.dialogue, "pause", held)

    def answer(self) -> None:
        """Answer who waits and who asks later."""
        self._answers.set()


@pytest.fixture
def bank(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    made = Bank(desk.twin, monkeypatch)
    yield made
    made.answer()


def by_card(counter: Counter) -> Page:
    counter.page.locator(".shortcuts [data-act=card]").click()
    counter.page.locator("body[data-view=card]").wait_for()
    return counter.page


def test_a_tap_pays(counter: Counter, desk: Desk) -> None:
    before = desk.twin.books.net_cents()
    page = by_card(counter)
    expect(page.locator("#card-amount")).to_have_text("5,80 €")
    assert desk.hands.tap("giro-markt")()
    page.locator("body[data-view=paid]").wait_for()
    expect(page.locator(".pay-state")).to_contain_text("Bezahlt und signiert")
    assert desk.twin.books.net_cents() - before == 580
    counter.page.keyboard.press("Escape")
    expect(counter.lines).to_have_count(0)


def test_the_headline_says_when_the_bank_is_asked(counter: Counter, desk: Desk, bank: Bank) -> None:
    bank.hold()
    page = by_card(counter)
    expect(page.locator(".card-say")).to_have_text("Karte anhalten oder stecken")
    assert desk.hands.tap("giro-markt")()
    expect(page.locator(".card-say")).to_have_text("Die Bank wird gefragt")
    bank.answer()
    page.locator("body[data-view=paid]").wait_for()


HEARD = """() => {
  window.heard = [];
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    const source = make.call(this);
    const start = source.start;
    source.start = function (...at) { window.heard.push(source.frequency.value); return start.apply(source, at); };
    return source;
  };
}"""


def test_chip_and_pin_show_their_steps(counter: Counter, desk: Desk) -> None:
    page = counter.page
    page.evaluate(HEARD)
    by_card(counter)
    now = page.locator(".card-steps [data-state=now]")
    expect(now).to_contain_text("Karte erwartet")
    assert desk.hands.insert("visa")()
    expect(now).to_contain_text("PIN")
    assert page.locator("body").inner_text().count("1357") == 0
    assert desk.hands.pin("1357")()
    expect(page.locator(".card-say")).to_have_text("Die Karte entnehmen")
    assert "Bezahlt" not in (now.text_content() or "")
    expect(page.locator(".card-steps [data-state=done]")).to_have_count(2)
    assert desk.twin.reader.remove()
    page.locator("body[data-view=paid]").wait_for()
    tones = page.evaluate("window.heard")
    assert tones[-2:] == [880, 1320]  # paid
    # Each step on the way, however many an answer showed at once; the last one only if it was drawn before the receipt.
    assert tones[:-2] in ([988] * 2, [988] * 3), tones


def test_a_phone_needs_no_pin(counter: Counter, desk: Desk) -> None:
    page = by_card(counter)
    phone = next(card.id for card in desk.twin.machine.cards.values() if card.is_phone)
    assert desk.hands.tap(phone)()
    page.locator("body[data-view=paid]").wait_for()


def test_a_refused_card_leaves_the_basket_for_cash(counter: Counter, desk: Desk) -> None:
    before = desk.twin.books.net_cents()
    page = by_card(counter)
    assert desk.hands.tap("visa-stolen")()
    page.locator("[data-card-view=refused]").wait_for()
    expect(page.locator(".card-bad")).to_contain_text("Nicht bezahlt")
    assert (page.locator(".card-say").text_content() or "").strip()
    page.locator(".card-keys [data-act=card-cash]").click()
    page.locator("[data-tender='1000']").click()
    page.locator("body[data-view=paid]").wait_for()
    expect(page.locator("#change")).to_contain_text("4,20")
    assert desk.twin.books.net_cents() == before


def test_an_amount_too_high_is_split(counter: Counter, desk: Desk) -> None:
    """More than the terminal takes: the first key splits, the second takes cash."""
    counter.page.keyboard.type("2800*", delay=60)
    counter.tap("Cappuccino").settle()
    page = by_card(counter)
    page.locator("[data-card-view=refused]").wait_for()
    assert page.locator(".card-main").inner_text().count("nichts abgebucht") == 1
    keys = page.locator(".card-keys button")
    expect(keys.nth(0)).to_have_text("Betrag aufteilen")
    expect(keys.nth(1)).to_have_text("Bar bezahlen")
    keys.nth(0).click()
    page.locator("#sheet [data-set-submit]", has_text="die Hälfte").click()
    page.locator("body[data-view=part]").wait_for()
    expect(page.locator(".card-keys .pay[data-act=card]")).to_be_visible()
    page.locator("[data-act=cash-part]").click()
    page.locator("[data-card-view=part]").wait_for()
    expect(page.locator(".card-keys .pay")).to_have_text("Rest mit Karte")
    page.locator(".card-keys [data-act=card-cash]").click()
    page.locator("[data-tender]").first.click()
    page.locator("body[data-view=paid]").wait_for()


def test_the_cashier_stops_it(counter: Counter, desk: Desk) -> None:
    page = by_card(counter)
    page.locator("[data-act=card-abort]").click()
    page.locator("[data-card-view=refused]").wait_for()
    page.locator("[data-act=card-later]").click()
    page.locator("body[data-view=sell]").wait_for()
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Butterbrezel 2,20"]


def choose_part(page: Page, words: str) -> None:
    page.keyboard.press("F10")
    page.locator("body[data-view=due]").wait_for()
    page.locator("[data-act=split]").click()
    page.locator("#sheet [data-set-submit]", has_text=words).click()
    page.locator("body[data-view=part]").wait_for()


def test_cash_first_a_refused_card_and_then_one_that_pays(counter: Counter, desk: Desk) -> None:
    before, page = desk.twin.books.net_cents(), counter.page
    choose_part(page, "die Hälfte")
    page.locator("[data-act=cash-part]").click()
    page.locator("[data-card-view=part]").wait_for()
    expect(page.locator("#card-amount")).to_have_text("2,90 €")
    expect(page.locator(".card-main")).to_contain_text("Das Bargeld liegt in der Lade.")
    page.locator(".card-keys [data-act=card-cash]").click()
    page.locator("body[data-view=due]").wait_for()
    expect(page.locator("[data-act=split]")).to_be_visible()
    expect(page.locator("[data-act=voucher], [data-act=tab]")).to_have_count(0)  # they are for baskets on the screen
    page.reload()  # nothing is forgotten
    page.locator("[data-card-view=part]").wait_for()
    page.locator(".card-again").click()
    page.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("visa-stolen")()
    page.locator("[data-card-view=refused]").wait_for()
    expect(page.locator(".card-main")).to_contain_text("2,90 € bar liegen schon in der Lade.")
    page.locator(".card-again").click()
    page.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("giro-markt")()
    page.locator("body[data-view=paid]").wait_for()
    expect(page.locator(".pay-main")).not_to_contain_text("Lade ist offen")
    assert desk.twin.books.net_cents() - before == 290


def test_cash_taken_first_goes_back(counter: Counter) -> None:
    page = counter.page
    choose_part(page, "die Hälfte")
    page.locator("[data-act=cash-part]").click()
    page.locator("[data-card-view=part]").wait_for()
    page.locator("[data-act=card-later]").click()
    page.locator("body[data-view=sell]").wait_for()
    page.locator("[data-card-show]").click()
    page.locator("[data-act=cash-back]").click()
    page.locator("body[data-view=sell]").wait_for()
    assert counter.ticket() == ["1 × Cappuccino 3,60", "1 × Butterbrezel 2,20"]


@pytest.mark.parametrize("policy", ["reverse", "keep"])
def test_a_pulled_cable_is_cleared_up_by_asking(counter: Counter, desk: Desk, policy: str) -> None:
    desk.twin.setup.switches.policy = policy  # type: ignore[assignment]
    before = desk.twin.books.net_cents()
    desk.twin.script.add(Fault(Point.AFTER_RESULT, Action.CLOSE, command="0601"))
    page = by_card(counter)
    assert desk.hands.tap("visa")()
    # the register asks by itself; whoever looks sees either the question or already the answer
    page.locator("body[data-view=paid], [data-card-view=refused], [data-card-view=lost]").first.wait_for()
    paid = page.locator("body[data-view=paid]").count() == 1
    assert desk.twin.books.net_cents() - before == (580 if paid else 0)
    assert paid is (policy == "keep")


def test_a_reload_in_the_middle_comes_back_to_the_terminal(counter: Counter, desk: Desk) -> None:
    page = by_card(counter)
    page.reload()
    page.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("mastercard")()
    page.locator("body[data-view=paid]").wait_for()


def test_the_next_guest_hears_where_the_terminal_is(counter: Counter, desk: Desk) -> None:
    """Another basket's card payment is in the way: said so, with the way to it; nothing is called unclear."""
    page = by_card(counter)
    page.keyboard.press("Escape")
    counter.tap("Espresso").settle()
    page.locator("#pay").click()
    page.locator("#paying [data-act=card]").first.click()
    expect(page.locator("#pay-problem")).to_contain_text("Das Terminal ist noch bei einem anderen Bon.")
    page.locator("#pay-problem a").click()
    expect(page.locator("#card-amount")).to_have_text("5,80 €")
    assert desk.hands.tap("mastercard")()
    page.locator("body[data-view=paid]").wait_for()
    page.keyboard.press("Escape")
    assert counter.ticket() == ["1 × Espresso 2,40"]


def test_two_windows_see_the_same(counter: Counter, desk: Desk) -> None:
    page = by_card(counter)
    other = page.context.new_page()
    other.goto(desk.server.address)
    other.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("visa")()
    page.locator("body[data-view=paid]").wait_for()
    other.locator("body[data-view=paid]").wait_for()
    other.close()


def test_the_guest_sees_what_to_do_and_nothing_while_typing(counter: Counter, desk: Desk) -> None:
    display = counter.page.context.new_page()
    display.goto(f"{desk.server.address}display/")
    page = by_card(counter)
    display.locator("[data-name=card] [data-step=present]").wait_for()
    expect(display.locator(".amount")).to_contain_text("5,80")
    assert desk.hands.insert("mastercard")()
    display.locator("[data-step=secure]").wait_for()
    assert "5,80" not in display.locator("#screen").inner_text()
    assert desk.hands.pin("2468")()
    expect(page.locator(".card-say")).to_have_text("Die Karte entnehmen")
    assert desk.twin.reader.remove()
    display.locator("[data-name=receipt]").wait_for()
    display.close()


def test_a_cancelled_receipt_goes_back_to_the_card(page: Page, desk: Desk) -> None:
    counter = Counter(page, desk.server).log_in("Christine").empty()
    counter.tap("Cappuccino").settle()
    before = desk.twin.books.net_cents()
    by_card(counter)
    assert desk.hands.tap("visa")()
    page.locator("body[data-view=paid]").wait_for()
    assert desk.twin.books.net_cents() - before == 360
    page.get_by_role("button", name="Stornieren").click()
    page.locator("#sheet").get_by_text("Falsch getippt").click()
    page.locator("#sheet").get_by_role("button", name="Stornieren").click()
    expect(page.locator(".pay-label")).to_have_text("Ohne Bargeld zurück")
    assert desk.twin.front.wait_until(lambda: desk.twin.books.net_cents() == before, 30)


def test_a_refund_no_card_takes_goes_back_in_cash(page: Page, desk: Desk) -> None:
    """A girocard takes no refund: the cashier tries another time, then gives cash; a manager allows each."""
    counter = Counter(page, desk.server).log_in("Jana").empty()
    counter.tap("Cappuccino", "Butterbrezel").settle()
    by_card(counter)
    assert desk.hands.tap("giro-markt")()
    page.locator("body[data-view=paid]").wait_for()
    before = desk.twin.books.net_cents()
    page.goto(f"{desk.server.address}receipts")
    page.locator(".rows .row-link").first.click()
    page.get_by_role("button", name="Zurücknehmen").click()
    page.get_by_label("Cappuccino").select_option("1")
    page.locator("#sheet").get_by_text("Ware zurück").click()
    page.locator("#sheet").get_by_role("button", name="Zurücknehmen").click()
    allow(page)
    page.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("giro-markt")()
    page.locator("[data-card-view=refused]").wait_for()
    page.get_by_role("button", name="Noch einmal mit Karte").click()
    allow(page)
    page.locator("[data-card-view=going]").wait_for()
    assert desk.hands.tap("giro-markt")()
    page.locator("[data-card-view=refused]").wait_for()
    page.get_by_role("button", name="3,60 € bar zurückgeben").click()
    allow(page)
    expect(page.locator(".pay-label")).to_have_text("Zurück an den Gast")
    expect(page.locator("#paying .slip")).to_contain_text(re.compile("Bar *−3,60"))
    assert desk.twin.books.net_cents() == before


def allow(page: Page) -> None:
    expect(page.locator(".approve-what")).to_have_text("Stornieren und zurücknehmen 3,60 €")
    page.locator("#approval .person", has_text="Murat").click()
    page.locator("#approver-pin").fill(PINS["Murat"])
    page.keyboard.press("Enter")


def test_a_tab_is_opened_and_booked(counter: Counter, desk: Desk, bank: Bank) -> None:
    before = desk.twin.books.net_cents()
    page = counter.page
    page.keyboard.press("F10")
    page.locator("[data-act=tab]").click()
    page.locator("#sheet [data-set-submit]", has_text="20,00").click()
    page.locator("[data-card-view=going]").wait_for()
    expect(page.locator(".pay-label")).to_have_text("Karte vormerken")
    display = page.context.new_page()
    display.goto(f"{counter.address}display/")
    expect(display.locator(".what").first).to_have_text("Wird auf Ihrer Karte vorgemerkt, nicht abgebucht")
    assert desk.hands.tap("visa")()
    page.locator("[data-card-view=held]").wait_for()
    page.locator("[data-act=card-later]").click()
    page.locator("body[data-view=sell]").wait_for()
    counter.tap("Cappuccino").settle()
    page.keyboard.press("F10")
    expect(page.locator("[data-act=tab-book]")).to_contain_text("20,00")
    bank.hold()
    page.locator("[data-act=tab-book]").click()
    expect(display.locator(".what").first).to_have_text("Kartenzahlung")
    bank.answer()
    page.locator("body[data-view=paid]").wait_for()
    display.close()
    assert desk.twin.books.net_cents() - before == 940
