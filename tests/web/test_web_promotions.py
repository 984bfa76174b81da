"""Promotions in the office and at the till: made, previewed, refused, given, chosen as a reward."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smartecr.core.promotions import Promotion
from smartecr.register import queries
from smartecr.register.paper import receipts
from smartecr.register.regulars import guests, loyalty
from smartecr.register.sale import selling
from smartecr.register.till import Till
from support.screens import words
from support.shop import BREAD, CASHIER, COFFEE, ESPRESSO, MANAGER, ROLL, command, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]
PART = {"HX-Request": "true"}


def test_the_office_makes_a_rule_and_says_what_it_would_have_cost(at_till: AtTill, till: Till) -> None:
    ring(till, ROLL, ROLL, ROLL, ESPRESSO)
    pay_cash(till)
    client = at_till("Murat")
    assert "Noch keine Aktion." in words(client.get("/office/promotions"))
    where = f"/office/promotions/{till.new_id()}"
    assert "Neue Aktion" in words(client.get(where))
    form = {"name": "3 für 2", "kind": "n_for_m", "value": "2", "count": "3", "groups": [BREAD], "active": "on"}
    told = words(client.post(f"{where}/preview", form, headers=PART))
    assert "auf 1 von 1 Bons 3,20 € gekostet, 26,6 % vom Umsatz" in told
    for change, sentence in (
        ({"value": "3"}, "weniger Stück"), ({"count": "1.5"}, "„1.5“ ist keine ganze Zahl."),
        ({"name": ""}, "braucht einen Namen"),
        ({"kind": "amount", "value": "zwölf"}, "kein Betrag"), ({"least": "1.500"}, "mehrdeutig"),
    ):  # fmt: skip
        refused = client.post(where, {**form, **change}, headers=PART)
        assert (refused.status_code, sentence in words(refused)) == (422, True), (sentence, words(refused))
    assert client.post(where, form, headers=PART).status_code == 204
    assert "3 für 2 3 für 2 läuft" in words(client.get("/office/promotions"))
    assert 'value="2"' in client.get(where).content.decode()
    ring(till, ROLL, ROLL, ROLL)
    assert queries.current(till).priced.total_cents == 640
    assert "Rabatt 3,20 € (3 für 2)" in words(client.get("/till/ticket"))
    assert "Rabatt 3,20 € (3 für 2)" in words(client.get("/display/state/"))
    del form["active"]
    client.post(where, form, headers=PART)
    assert "ruht" in words(client.get("/office/promotions"))


def test_all_fields_of_a_rule_are_kept(at_till: AtTill, till: Till) -> None:
    client, key = at_till("Murat"), till.new_id()
    form = {
        "name": "Feierabend", "kind": "combo", "value": "6,50", "groups": [COFFEE], "partners": [BREAD],
        "days": ["5", "1"],
        "start": "17:00", "end": "18:00", "first": "2026-11-01", "last": "2026-12-31", "least": "5", "code": "abend 1 ",
        "points": "10", "from_points": "100", "card": "on", "customers": "c" * 32, "occasion": "birthday",
        "active": "on",
    }  # fmt: skip
    assert client.post(f"/office/promotions/{key}", form, headers=PART).status_code == 204
    assert loyalty.every() == [
        (
            Promotion(
                id=key, name="Feierabend", kind="combo", value=650, groups=(COFFEE,), partners=(BREAD,), days="15",
                start="17:00", end="18:00", first="2026-11-01", last="2026-12-31", from_cents=500, code="ABEND1",
                points=10, from_points=100, card=True, customers="c" * 32, occasion="birthday",
            ),
            True,
        )
    ]  # fmt: skip
    assert "Paar für 6,50 €, kostet 10 Punkte, Coupon ABEND1" in words(client.get("/office/promotions"))


def test_a_reward_is_chosen_on_the_customers_sheet(at_till: AtTill, till: Till) -> None:
    client = at_till("Jana")
    loyalty.save(till, MANAGER, Promotion(id="e" * 32, name="Punkte", kind="earn", value=100))
    loyalty.save(till, MANAGER, Promotion(id="d" * 32, name="1 € für dich", kind="amount", value=100, points=5))
    guest = guests.save(till, CASHIER, till.new_id(), {"name": "Anna"})
    ring(till, ESPRESSO, ROLL)
    selling.run(till, CASHIER, [command(till, "scan", code=guest.code)])
    assert "1 € für dich" not in words(client.get("/till/sheet/guest"))
    receipt = pay_cash(till)
    assert "Punkte: +5, jetzt 5" in words(client.get(f"/r/{receipt.token}/"))
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "scan", code=guest.code)])
    sheet = client.get("/till/sheet/guest")
    assert "1 € für dich (5 Punkte)" in words(sheet)
    assert 'data-reward="dddd' in sheet.content.decode()
    assert "Punkte 5" in words(client.get(f"/g/k/{guest.code[3:]}/"))
    assert "Punkte 5" in words(at_till("Murat").get(f"/office/customers/{guest.id}"))


def test_a_scanned_receipt_can_count_where_there_is_a_stamp_card(at_till: AtTill, till: Till) -> None:
    client = at_till("Jana")
    ring(till, ESPRESSO)
    code = receipts.document(pay_cash(till).id).qr
    assert "data-token" not in client.get("/till/sheet/scanned", {"code": code}).content.decode()
    loyalty.save(till, MANAGER, Promotion(id="e" * 32, name="Stempel", kind="stamps", count=9))
    assert "Als Stempel zählen" in words(client.get("/till/sheet/scanned", {"code": code}))


def test_a_cashier_makes_no_rules(at_till: AtTill, till: Till) -> None:
    assert at_till("Jana").get("/office/promotions").status_code == 403
