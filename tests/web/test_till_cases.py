"""Order, advance, account, staff meal and practice as the till's sheets offer them."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from smartecr.core.kinds import ADVANCE
from smartecr.register import queries
from smartecr.register.models import Receipt
from smartecr.register.sale import credit, ordering, selling
from support.card_desks import Desk, card_desk  # noqa: F401 the fixture
from support.screens import words
from support.shop import BREAD, CASHIER, ESPRESSO, MANAGER, ROLL, command, pay_cash, ring

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
FRAGMENT = {"HX-Request": "true"}


def fields(answer: HttpResponse) -> dict[str, str]:
    """Return the hidden fields of a sheet."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', answer.content.decode()))


def test_an_order_goes_out_from_the_parking_sheet(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    client = at_till()
    sheet = client.get("/till/sheet/park", headers=FRAGMENT)
    assert "Bestellen" in words(sheet)
    sent = client.post("/till/order", {**fields(sheet), "label": "Tisch 4"}, headers=FRAGMENT)
    assert (sent.status_code, sent.headers["HX-Redirect"]) == (204, "/")
    assert Receipt.objects.get().type == "AVBestellung"
    assert [basket.label for basket in queries.parked(till)] == ["Tisch 4"]
    assert "Bestellung" in words(client.get("/receipts"))
    again = client.post("/till/order", {"basket": "0" * 32, "receipt": till.new_id()}, headers=FRAGMENT)
    assert again.status_code == 422
    assert "Dieser Bon liegt nicht mehr auf dem Schirm." in words(again)


def test_a_table_keeps_its_name_and_number_when_something_ordered_was_struck_out(till: Till, at_till: AtTill) -> None:
    """The order that takes it back has a number of its own, before the receipt's."""
    client = at_till()
    ring(till, ESPRESSO, ROLL)
    basket = queries.current(till)
    ordering.order(till, CASHIER, basket.id, till.new_id(), "Tisch 7")
    selling.run(till, CASHIER, [command(till, "recall", basket=basket.id)])
    assert queries.current(till).number == 2
    selling.run(till, CASHIER, [command(till, "void", line=basket.basket.lines[0].id)])
    number = queries.current(till).number
    receipt = pay_cash(till)
    assert (receipt.number, receipt.label) == (number, "Tisch 7")
    assert "Tisch 7" in words(client.get(f"/till/paid/{receipt.id}"))


def test_open_advances_and_accounts_are_offered(till: Till, at_till: AtTill) -> None:
    client = at_till()
    assert "Keine Anzahlung ist offen." in words(client.get("/till/sheet/advance", headers=FRAGMENT))
    selling.run(till, MANAGER, [command(till, "advance", cents=500, group=BREAD, text="Torte")])
    pay_cash(till)
    sheet = client.get("/till/sheet/advance", headers=FRAGMENT)
    assert "Anzahlung: Torte Bon 1 vom 24.11. 5,00 € verrechnen" in words(sheet)
    assert f'data-receipt="{credit.open_items(till, ADVANCE)[0].receipt_id}"' in sheet.content.decode()
    ring(till, ROLL)
    assert "3,20 € auf Rechnung an" in words(client.get("/till/sheet/account", headers=FRAGMENT))
    selling.run(till, MANAGER, [command(till, "on_account", name="Kanzlei Roth")])
    pay_cash(till, 0)
    sheet = client.get("/till/sheet/account", headers=FRAGMENT)
    assert "Auf Rechnung: Kanzlei Roth Bon 2 vom 24.11. 3,20 € kassieren" in words(sheet)
    assert "auf Rechnung an" not in words(sheet)


def test_a_staff_meal_asks_for_a_manager(till: Till, at_till: AtTill) -> None:
    ring(till, ROLL)
    client = at_till()
    sheet = client.get("/till/sheet/meal", headers=FRAGMENT)
    assert all(name in words(sheet) for name in ("Jana", "Murat", "Christine"))
    form = {**fields(sheet), "choice": "Jana"}
    assert client.post("/till/meal", form, headers=FRAGMENT).headers["X-Right"] == "discount"
    client = at_till("Murat")
    assert client.post("/till/meal", form, headers=FRAGMENT).status_code == 204
    assert Receipt.objects.get().type == "AVSachbezug"
    assert "Personalverzehr, signiert Bon 1 ·" in words(client.get("/"))
    assert "Schön, dass Sie da sind" in words(client.get("/display/"))  # no matter of the next guest


def test_practice_offers_no_means_it_refuses(
    till: Till, at_till: AtTill, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "state", SimpleNamespace(level="ready", message=""), raising=False)
    client = at_till("Murat")
    ring(till, ESPRESSO)
    offered = [client.get("/").content.decode(), client.get("/till/pay", headers=FRAGMENT).content.decode()]
    assert desk.till is till and [page.count('data-act="card"') for page in offered] == [1, 1]
    assert 'data-act="split"' in offered[1]
    pay_cash(till)
    assert client.post("/till/practise", {"on": "1"}, headers=FRAGMENT).status_code == 204
    ring(till, ESPRESSO)
    practised = [client.get("/").content.decode(), client.get("/till/pay", headers=FRAGMENT).content.decode()]
    refused = ("card", "code", "split", "tip", "tab", "transfer", "show-code")
    assert [act for act in refused if f'data-act="{act}"' in "".join(practised)] == []
    assert 'data-tender="240"' in practised[1]


def test_practice_is_marked_on_every_screen(till: Till, at_till: AtTill) -> None:
    assert at_till().post("/till/practise", {"on": "1"}, headers=FRAGMENT).headers["X-Right"] == "training"
    client = at_till("Murat")
    assert "Die Bons tragen TRAINING" in words(client.get("/till/sheet/training", headers=FRAGMENT))
    assert client.post("/till/practise", {"on": "1"}, headers=FRAGMENT).status_code == 204
    assert "Übungsmodus." in words(client.get("/"))
    assert "Übung" in words(client.get("/display/"))
    assert "Wieder verkaufen" in words(client.get("/till/sheet/training", headers=FRAGMENT))
    assert "Bezahlt und signiert" not in words(client.get("/"))
    ring(till, ESPRESSO)
    assert f"Übung Bon {queries.current(till).number}" in words(client.get("/till/pay", headers=FRAGMENT))
    receipt = pay_cash(till)
    assert f"Übung, signiert Bon {receipt.number} ·" in words(client.get("/"))
    changed = client.post(f"/till/paid/{receipt.id}/tender", {"tendered": "5000"}, headers=FRAGMENT)
    assert "47,60" in words(changed)
    assert f"Übung Bon {receipt.number}" in words(changed)
    assert [key for key in ("Bezahlt", "Aufs Handy", "Rechnung", "Stornieren") if key in words(changed)] == []
    assert "TRAINING" in words(client.get(f"/receipts/{receipt.id}"))
    assert "TRAINING" in words(client.get(reverse("receipt:page", args=[receipt.token])))
    assert client.post("/till/practise", {}, headers=FRAGMENT).status_code == 204
    page = words(client.get("/"))
    assert "Übungsmodus." not in page
    assert f"Bon {receipt.number} ·" not in page


def test_the_drawer_is_counted_in_between(till: Till, at_till: AtTill) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    client = at_till()
    page = client.get("/cash/count")
    assert "Kassensturz" in words(page)
    form = {**fields(page), "count-200": "1", "occasion": "Schichtwechsel"}
    asked = client.post("/cash/count", form, headers=FRAGMENT)
    assert "Es fehlen 0,40" in words(asked)
    assert client.post("/cash/count", {**form, "count-20": "x"}, headers=FRAGMENT).status_code == 422
    done = client.post("/cash/count", {**form, "count-20": "2"}, headers=FRAGMENT)
    shown = client.get(done.headers["HX-Redirect"])
    assert "Die Lade stimmt" in words(shown)
    assert "Zählprotokoll" in words(shown)
    assert "Jana · Schichtwechsel stimmt 2,40" in words(client.get("/cash"))
    assert client.get("/cash/counts/0").status_code == 404
