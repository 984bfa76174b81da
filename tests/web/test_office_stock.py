"""The stock in the office: what lies there, goods in and breakage, counting, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from smartecr.catalog import rows, stockbook
from smartecr.catalog.models import Article
from smartecr.register.shop import masterdata
from support.screens import words
from support.shop import COFFEE, ESPRESSO, LATTE, MANAGER, Clock, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


@pytest.fixture
def office(at_till: AtTill, till: Till) -> Client:
    """Return a manager's client; stock is kept of espresso and latte."""
    for key, columns in ((ESPRESSO, {"stock_min": 6_000, "stock_full": 20_000, "cost_cents": 48}), (LATTE, {})):
        old = Article.objects.filter(id=key).values()[0]
        masterdata.save_articles(till, MANAGER, [rows.article_row({"stocked": True, **columns}, old)])
    return at_till("Murat")


def hidden(page: Any) -> dict[str, str]:
    """Return the hidden fields of a form."""
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))


def test_an_empty_stock_says_how_to_begin(at_till: AtTill, till: Till) -> None:
    assert "Noch für keinen Artikel wird Bestand geführt." in words(at_till("Murat").get("/office/stock"))


def test_goods_come_in_break_and_are_listed(till: Till, office: Client, clock: Clock) -> None:
    form = hidden(office.get("/office/stock/book/in"))
    typed = {**form, f"quantity-{ESPRESSO}": "12", f"quantity-{LATTE}": "2,5", "note": "Lieferschein 7"}
    for _twice in range(2):
        assert office.post("/office/stock/book/in", typed).status_code == 302
    clock.forward(days=1)
    ring(till, ESPRESSO)
    pay_cash(till)
    waste = {**hidden(office.get("/office/stock/book/waste")), f"quantity-{ESPRESSO}": "6", "reason": "Bruch"}
    assert office.post("/office/stock/book/waste", waste).status_code == 302
    page = words(office.get("/office/stock"))
    assert "Espresso 1 5 6 15" in page
    assert "Latte Macchiato 3 2,5 – –" in page
    assert "Zu bestellen (1)" in page
    assert "Latte" not in words(office.get("/office/stock?show=order"))
    assert "Espresso 1 12 6" in words(office.get("/office/stock?at=2026-11-24"))
    assert "kein Zeitpunkt" in words(office.get("/office/stock?at=gestern"))
    ledger = words(office.get(f"/office/stock/article/{ESPRESSO}"))
    assert "Bruch und Verderb Bruch" in ledger
    assert "Verkauf, Bon" in ledger
    assert "Wareneingang Lieferschein 7 +12 12" in ledger
    assert "Bestand 5" in words(office.get(f"/office/articles?group={COFFEE}"))
    order = office.get("/office/stock/order.csv").content.decode()
    assert "\r\n1;Espresso;Kaffee;5;6;15;\r\n" in order


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("viel", "ist keine Menge"), ("0", "Menge über null"), ("-3", "Menge über null"), ("", "noch keine Menge")],
)
def test_a_quantity_that_is_none_is_said_and_nothing_is_booked(office: Client, typed: str, sentence: str) -> None:
    answer = office.post("/office/stock/book/in", {f"quantity-{ESPRESSO}": typed, f"quantity-{LATTE}": ""})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert stockbook.balances() == {}
    assert office.get("/office/stock/book/explode").status_code == 404


def test_a_booking_is_taken_back_by_another(till: Till, office: Client) -> None:
    typed = {"entry": "e" * 32, f"quantity-{ESPRESSO}": "12", "note": "falsch"}
    office.post("/office/stock/book/in", typed)
    assert office.post(f"/office/stock/article/{ESPRESSO}/{'e' * 32}/back").status_code == 302
    assert stockbook.balances() == {ESPRESSO: 0}
    assert "Gegenbuchung: falsch" in words(office.get(f"/office/stock/article/{ESPRESSO}"))
    assert "schon gegengebucht" in words(office.post(f"/office/stock/article/{ESPRESSO}/{'e' * 32}/back"))
    assert stockbook.balances() == {ESPRESSO: 0}
    assert words(office.get(f"/office/stock/article/{ESPRESSO}")).count(" gegengebucht") == 1
    assert "gibt es nicht" in words(office.post(f"/office/stock/article/{ESPRESSO}/{'f' * 32}/back"))


def test_counting_while_the_shop_sells(till: Till, office: Client) -> None:
    form = hidden(office.get("/office/stock/count"))
    ring(till, LATTE)
    pay_cash(till)
    typed = {**form, f"quantity-{ESPRESSO}": "9", f"quantity-{LATTE}": "4", "note": "Inventur 2026"}
    answer = office.post("/office/stock/count", typed)
    assert answer.status_code == 422
    assert "Fast alles ist gespeichert." in words(answer)
    assert stockbook.balances() == {ESPRESSO: 9_000, LATTE: -1_000}
    again = {**hidden(answer), f"quantity-{LATTE}": "4"}
    assert office.post("/office/stock/count", again).status_code == 302
    assert stockbook.balances()[LATTE] == 4_000
    page = office.get("/office/stock/counts")
    assert "Inventur 2026 1 1 4,32" in words(page)
    files = re.findall(r'href="(/office/stock/counts/[^"]+)"', page.content.decode())
    texts = " ".join(office.get(one).content.decode() for one in files)
    assert ";Espresso;Kaffee;;0;9;9;0,48;4,32;4,32" in texts
    assert ";Latte Macchiato;Kaffee;;-1;4;5;;;" in texts
    assert office.get(f"/office/stock/counts/{'0' * 32}.csv").status_code == 404


def test_less_than_nothing_is_never_counted(office: Client) -> None:
    answer = office.post("/office/stock/count", {f"quantity-{ESPRESSO}": "-1"})
    assert answer.status_code == 422
    assert "Weniger als nichts liegt nie da." in words(answer)
    assert not stockbook.counts()
