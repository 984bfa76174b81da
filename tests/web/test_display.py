"""The customer display: what it shows when, to whom, and in which language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from django.test import Client

import smartecr
from smartecr.catalog.models import Article
from smartecr.catalog.rows import article_row
from smartecr.core.receipt import Payment
from smartecr.register import queries
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import cashparts
from smartecr.register.sale import paying, refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till, moment
from smartecr.server import wiring
from smartecr.web.display import screen, speech
from smartecr.web.display.screen import CHANGE_SECONDS, CODE_SECONDS, Extra, Screen, compose, part_of_day
from support.shop import (
    CASHIER,
    EMPTY,
    ESPRESSO,
    JUICE,
    LATTE,
    MANAGER,
    ROLL,
    Clock,
    command,
    pay_cash,
    ring,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def look(till: Till, clock: Clock, client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what stands on the display, as text without tags; `raw=True` as it was sent."""
    monkeypatch.setattr(wiring, "till", lambda: till)

    def now(lang: str = "de", *, raw: bool = False) -> str:
        response = client.get("/display/state/", {"lang": lang})
        assert response.status_code == 200
        html = response.content.decode()
        return html if raw else " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())

    return now


def _screen(till: Till, clock: Clock) -> Screen:
    receipt = queries.last_receipt(till)
    issued = moment(receipt.at) if receipt is not None else None
    return compose(queries.current(till), receipt, issued, clock().astimezone(BERLIN))


def _name(html: str) -> str:
    found = re.search(r'data-name="(\w+)"', html)
    assert found
    return found[1]


def test_an_idle_display_greets(look: Callable[..., str]) -> None:
    html = look(raw=True)
    assert _name(html) == "idle"
    assert "Guten Morgen" in html
    assert "Morgenrot" in html


@pytest.mark.parametrize(
    ("hour", "part"),
    [(3, "evening"), (4, "morning"), (10, "morning"), (11, "day"), (16, "day"), (17, "evening"), (23, "evening")],
)
def test_parts_of_the_day(hour: int, part: str) -> None:
    assert part_of_day(datetime(2026, 11, 23, hour, 59, tzinfo=BERLIN)) == part


def test_the_basket_with_discount_deposit_and_place(till: Till, clock: Clock, look: Callable[..., str]) -> None:
    ring(till, LATTE, LATTE, JUICE)
    lines = queries.current(till).basket.lines
    selling.run(
        till,
        MANAGER,
        [
            command(till, "discount_line", line=lines[0].id, kind="percent", value=1000, reason="Treuerabatt"),
            command(till, "in_house", value=False, line=lines[1].id),
        ],
    )
    ring(till, ROLL)
    shown = _screen(till, clock)
    assert shown.name == "basket"
    assert [(row.text, row.quantity, row.cents, row.place, row.newest) for row in shown.rows] == [
        ("Latte Macchiato", 2000, 820, "", False),
        ("Apfelschorle 0,33 l", 1000, 340, "out", False),
        ("Mohnschnecke", 1000, 320, "", True),
    ]
    assert [extra.cents for extra in shown.rows[0].extras] == [-82]
    assert shown.rows[1].extras == (Extra(text="+ Pfand", cents=25),)
    text = look()
    for part in (
        "Ihr Einkauf 4 Stück",
        "2 × Latte Macchiato 8,20",
        "außer Haus",
        "Summe 14,23 €",
        "Sie sparen 0,82 €",
        "Pfand, bekommen Sie zurück 0,25 €",
    ):
        assert part in text


def test_the_unit_price_stands_in_the_line_of_packed_and_loose_goods(till: Till, look: Callable[..., str]) -> None:
    def save(article_id: str, **columns: object) -> None:
        old = Article.objects.values().get(id=article_id)
        masterdata.save_articles(till, MANAGER, [article_row(columns, old)])

    save(JUICE, content=330, content_unit="l")
    save(ROLL, unit="kg")
    ring(till, JUICE, ROLL, ESPRESSO)
    lines = {line.article_id: line.id for line in queries.current(till).basket.lines}
    selling.run(till, CASHIER, [command(till, "quantity", line=lines[ROLL], quantity=275)])
    text = look()
    assert "1 × Apfelschorle 0,33 l 3,40 1 l = 10,30 € + Pfand" in text
    assert "0,275 kg Mohnschnecke 0,88 1 kg = 3,20 €" in text
    assert text.count(" = ") == 2, "an espresso has none"
    selling.run(till, MANAGER, [command(till, "price", line=lines[JUICE], cents=170, reason="Druckstelle")])
    assert "1 l = 5,15 €" in look()
    save(ROLL, active=False)
    assert "0,275 kg Mohnschnecke 0,88" in look()
    assert "1 kg" not in look()


def test_a_discount_on_everything_is_a_row_of_its_own(till: Till, clock: Clock, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO, ROLL)
    selling.run(till, MANAGER, [command(till, "discount", kind="amount", value=60, reason="")])
    row = _screen(till, clock).rows[-1]
    assert (row.text, row.quantity, row.cents) == ("Rabatt 0,60 €", 0, -60)
    assert "Rabatt 0,60 € −0,60" in look()


def test_voided_lines_vanish_and_an_emptied_basket_is_idle(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO, JUICE)
    lines = queries.current(till).basket.lines
    selling.run(till, CASHIER, [command(till, "void", line=lines[1].id)])
    assert [row.text for row in _screen(till, clock).rows] == ["Espresso"]
    selling.run(till, CASHIER, [command(till, "void", line=lines[0].id)])
    assert _screen(till, clock).name == "idle"


def test_a_deposit_whose_article_was_voided_alone_still_shows(till: Till, clock: Clock) -> None:
    ring(till, JUICE)
    deposit = queries.current(till).basket.lines[1]
    selling.run(till, CASHIER, [command(till, "void", line=deposit.id)])
    rows = _screen(till, clock).rows
    assert [(row.text, row.extras) for row in rows] == [("Apfelschorle 0,33 l", ())]


def test_bottles_given_back_are_money_for_the_guest(till: Till, look: Callable[..., str]) -> None:
    cash.move(till, MANAGER, till.new_id(), cash.FLOAT, 1000, "")
    ring(till, EMPTY)
    assert "Sie bekommen 0,25 €" in look()
    pay_cash(till)
    text = look()
    assert "Ausgezahlt 0,25 €" in text
    assert "−" not in text


def test_change_then_code_then_idle(till: Till, clock: Clock, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO, ROLL)
    receipt = pay_cash(till, 1000)
    text = look()
    assert "Ihr Rückgeld 4,40 €" in text
    assert "Summe 5,60 €" in text
    assert "Gegeben 10,00 €" in text
    clock.forward(seconds=CHANGE_SECONDS)
    html = look(raw=True)
    assert _name(html) == "receipt"
    assert 'class="qr"' in html
    assert receipt.token not in html  # the address is in the code and nowhere else
    assert f"noch {CODE_SECONDS - CHANGE_SECONDS} s" in html
    assert "Danke und schönen Morgen!" in html
    clock.forward(seconds=CODE_SECONDS - CHANGE_SECONDS - 1)
    assert _name(look(raw=True)) == "receipt"
    clock.forward(seconds=1)
    assert _name(look(raw=True)) == "idle"


def test_the_code_stays_at_least_twenty_seconds() -> None:
    assert CODE_SECONDS - CHANGE_SECONDS >= 20


def test_exact_money_goes_straight_to_the_code(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    text = look()
    assert "Bezahlt, bar 2,40 €" in text
    assert "Rückgeld" not in text


def test_the_rest_is_shown_after_a_part_in_cash_until_the_next_guest(
    till: Till, clock: Clock, look: Callable[..., str]
) -> None:
    ring(till, ESPRESSO, LATTE)
    state = queries.current(till)
    due = state.priced.total_cents
    cashparts.take(till, CASHIER, state.id, 200, due)
    rest = f"{(due - 200) // 100},{(due - 200) % 100:02d}"
    assert f"Ein Teil ist bezahlt. Noch offen: {rest}" in look()
    assert f"A part is paid. Still due: {rest}" in look("en")
    clock.forward(seconds=5)
    ring(till, ESPRESSO)
    assert "Ein Teil" not in look()
    pay_cash(till)
    assert "Ein Teil" not in look()  # the next guest's receipt comes first
    clock.forward(seconds=CODE_SECONDS + 1)
    assert "Ein Teil" in look()
    cashparts.give_back(till, CASHIER, state.id)
    assert "Ein Teil" not in look()


def test_a_card_is_not_called_cash(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), [Payment(kind="ECKarte", cents=240)])
    assert "Bezahlt 2,40 €" in look()


def test_a_corrected_note_corrects_the_change(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till, 500)
    paying.change_tender(till, CASHIER, receipt.id, 1000)
    assert "Ihr Rückgeld 7,60 €" in look()


def test_the_next_guest_does_not_take_the_code_away(till: Till, clock: Clock, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    ring(till, ROLL)
    html = look(raw=True)
    assert _name(html) == "basket"
    assert 'class="qr"' in html
    assert "Bon des vorigen Einkaufs" in html
    assert _screen(till, clock).next_seconds == CODE_SECONDS
    clock.forward(seconds=CODE_SECONDS)
    html = look(raw=True)
    assert 'class="qr"' not in html
    assert _screen(till, clock).next_seconds == 0


def test_the_times_count_from_the_signature_not_from_the_tap(
    till: Till, clock: Clock, look: Callable[..., str]
) -> None:
    ring(till, ESPRESSO)
    clock.forward(hours=1)
    pay_cash(till, 500)
    assert _name(look(raw=True)) == "change"


def test_a_clock_set_back_shows_no_stale_receipt(till: Till, clock: Clock) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    clock.forward(hours=-2)
    assert _screen(till, clock).name == "idle"


def test_nothing_about_staff(till: Till, clock: Clock, look: Callable[..., str]) -> None:
    cash.move(till, MANAGER, till.new_id(), "Anfangsbestand", 20_000, "")
    cash.move(till, MANAGER, till.new_id(), "Auszahlung", -450, "Milch für Murat")
    assert "Milch" not in look()
    ring(till, ESPRESSO)
    line = queries.current(till).basket.lines[0]
    selling.run(till, MANAGER, [command(till, "price", line=line.id, cents=100, reason="Chef hat es gesagt")])
    seen = look(raw=True)
    pay_cash(till, 200)
    seen += look(raw=True)
    clock.forward(seconds=CHANGE_SECONDS)
    seen += look(raw=True)
    for word in ("Jana", "Murat", "Christine", "Chef hat", "Kasse 1", till.serial):
        assert word not in seen


def test_a_refund_is_thanked_for_but_not_called_paid(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    receipt = pay_cash(till)
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Falsch gebucht")
    text = look()
    assert "Ausgezahlt 2,40 €" in text
    assert "Falsch" not in text


def test_what_goes_back_without_cash_is_not_called_paid_out(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    card = [Payment(kind="ECKarte", cents=240)]
    receipt = paying.pay(till, CASHIER, queries.current(till).id, till.new_id(), card)
    refunding.refund(till, MANAGER, till.new_id(), receipt.id, "Falsch gebucht")
    text = look()
    assert "Zurückgezahlt 2,40 €" in text
    assert "Ausgezahlt" not in text


def test_two_languages(till: Till, look: Callable[..., str]) -> None:
    ring(till, ESPRESSO)
    german, english = look("de", raw=True), look("en", raw=True)
    assert 'lang="de" data-name' in german
    assert 'value="en"' in german
    assert 'lang="en" data-name' in english
    assert 'value="de"' in english
    assert "Deutsch" in english
    assert 'lang="de" data-name' in look("fr", raw=True)


def test_speech(till: Till, clock: Clock) -> None:
    assert speech.sentence(_screen(till, clock)) == ""
    ring(till, ESPRESSO, ROLL, ROLL)
    assert speech.sentence(_screen(till, clock)) == "2 mal Mohnschnecke, 6 Euro 40. Summe 8 Euro 80."
    pay_cash(till, 1000)
    assert speech.sentence(_screen(till, clock)) == "Sie bekommen 1 Euro 20 zurück."
    clock.forward(seconds=CHANGE_SECONDS)
    assert "Code" in speech.sentence(_screen(till, clock))


@pytest.mark.parametrize(
    ("cents", "words"),
    [(320, "3 Euro 20"), (305, "3 Euro 05"), (300, "3 Euro"), (85, "85 Cent"), (0, "0 Cent"), (-200, "minus 2 Euro")],
)
def test_amounts_as_one_says_them(cents: int, words: str) -> None:
    assert speech.spoken(cents) == words


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("127.8.0.4", 200), ("192.168.1.20", 403), ("", 403), ("localhost", 403)],
)
def test_without_log_in_only_on_the_device_itself(
    look: Callable[..., str], client: Client, address: str, status: int
) -> None:
    for path in ("/display/", "/display/state/"):
        assert client.get(path, REMOTE_ADDR=address).status_code == status


def test_it_only_reads(look: Callable[..., str], client: Client) -> None:
    for path in ("/display/", "/display/state/"):
        assert client.post(path).status_code in (403, 405)


def test_the_page_runs_under_the_strict_policy(look: Callable[..., str], client: Client, till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    response = client.get("/display/")
    html = response.content.decode()
    assert "style-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*src=)", html)
    assert response.headers["Cache-Control"] == "no-store"


def test_the_code_leads_to_the_public_address(
    till: Till, look: Callable[..., str], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("smartecr.web.display.views.qr.svg", lambda text, _label: drawn.append(text) or "")
    ring(till, ESPRESSO)
    receipt = pay_cash(till)
    settings.PUBLIC_ADDRESS = "https://kasse.example/"  # type: ignore[attr-defined]
    look()
    settings.PUBLIC_ADDRESS = ""  # type: ignore[attr-defined]
    look()
    assert drawn == [f"https://kasse.example/r/{receipt.token}/", f"http://testserver/r/{receipt.token}/"]


def test_idle_looks_again_so_that_the_greeting_changes(till: Till, clock: Clock) -> None:
    assert _screen(till, clock).next_seconds == screen.IDLE_SECONDS
    later = clock().astimezone(BERLIN) + timedelta(hours=4)
    assert compose(queries.current(till), None, None, later).daypart == "day"


def test_every_word_for_guests_has_an_english_one() -> None:
    web = Path(smartecr.__file__).parent / "web"
    with (web.parent / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    english = {
        (message.id if isinstance(message.id, str) else message.id[0])
        for message in catalogue
        if message.string and all([message.string] if isinstance(message.string, str) else message.string)
    }
    used = set()
    for path in [*web.glob("templates/display/*"), *web.glob("templates/receipt/*")]:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'{% translate "([^"]+)"', text))
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% (?:plural|endblocktranslate)", text):
            used.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", block))
    for path in [*web.glob("display/*.py"), *web.glob("receipt/*.py")]:
        used |= set(re.findall(r"""\b_\(["']([^"']+)["']""", path.read_text(encoding="utf-8")))
    assert len(used) > 40
    assert used - english == set()
