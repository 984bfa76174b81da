"""Customers on the screens: enrolled at the till, kept on a phone, looked after in the office."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from smartecr.register.regulars import guests
from smartecr.register.sale import selling
from smartecr.register.till import Till
from support.screens import form_of, words
from support.shop import CASHIER, ESPRESSO, OWNER, Clock, command, pay_cash, ring

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]
PART = {"HX-Request": "true"}


def enrolled(till: Till, name: str = "Anna Müller") -> guests.Guest:
    return guests.save(till, CASHIER, till.new_id(), {"name": name, "phone": "0171 2345678"})


def test_somebody_gets_a_card_at_the_till(at_till: AtTill, till: Till, client: Client) -> None:
    clerk = at_till("Jana")
    sheet = clerk.get("/till/sheet/guest")
    assert "Ich möchte eine Kundenkarte." in words(sheet)
    (customer,) = re.findall(r'name="customer" value="([0-9a-f]{32})"', sheet.content.decode())
    form = {"customer": customer, "name": "Anna", "phone": "", "mail": "", "birthday": "", "note": ""}
    refused = clerk.post("/till/guest/enrol", form, headers=PART)
    assert (refused.status_code, "Ohne Einwilligung" in words(refused)) == (422, True)
    wrong = clerk.post("/till/guest/enrol", {**form, "agreed": "1", "mail": "anna"}, headers=PART)
    assert "keine E-Mail-Adresse" in words(wrong)
    card = clerk.post("/till/guest/enrol", {**form, "agreed": "1"}, headers=PART)
    (address,) = re.findall(r'href="[^"]*(/g/k/[^"]+)"', card.content.decode())
    clerk.post("/logout")
    page = client.get(address)
    assert "Anna" not in words(page), "a phone is shown around"
    guest = guests.find(customer)
    assert guest is not None
    assert guest.code[3:] in words(page)
    assert client.get("/g/k/nein/").status_code == 404


def test_the_ticket_says_whose_card_lies_on_it(at_till: AtTill, till: Till) -> None:
    client = at_till("Jana")
    guest = enrolled(till)
    assert "Anna Müller" in words(client.get("/till/guest", {"q": "mueller"}))
    assert "Niemand passt dazu." in words(client.get("/till/guest", {"q": "zwerenz"}))
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "scan", code=guest.code)])
    assert "Anna Müller" in words(client.get("/till/ticket"))
    assert "liegt auf diesem Bon." in words(client.get("/till/sheet/guest"))
    assert "Anna" not in words(client.get("/display/state/"))


def test_the_office_changes_reports_and_forgets(at_till: AtTill, till: Till) -> None:
    guest = enrolled(till)
    ring(till, ESPRESSO)
    selling.run(till, CASHIER, [command(till, "scan", code=guest.code)])
    pay_cash(till)
    client = at_till("Murat")
    assert "Anna Müller" in words(client.get("/office/customers"))
    where = f"/office/customers/{guest.id}"
    assert "2,40" in words(client.get(where))
    kept = client.post(where, {"name": "Anna Meier", "phone": "x"}, headers=PART)
    assert (kept.status_code, "keine Telefonnummer" in words(kept)) == (422, True)
    assert "Gespeichert." in words(client.post(where, {"name": "Anna Meier"}, headers=PART))
    report = client.get(f"{where}/report")
    assert json.loads(report.content)["person"]["name"] == "Anna Meier"
    assert "die alte nicht mehr" in words(client.post(f"{where}/card", headers=PART))
    team = {"id": till.new_id(), "name": "Team", "level": "2"}
    assert client.post("/office/customers/groups", team, headers=PART).status_code == 204
    assert "Team" in words(client.get("/office/customers"))
    assert client.post(f"{where}/erase").status_code == 400
    assert client.post(f"{where}/erase", {"sure": "1"}, headers=PART).status_code == 204
    assert "Diese Daten sind gelöscht." in words(client.get(where))
    assert client.get("/office/customers/" + "0" * 32).status_code == 404


def test_a_cashier_sees_no_list_of_customers(at_till: AtTill, till: Till) -> None:
    guest = enrolled(till)
    client = at_till("Jana")
    assert client.get("/office/customers").status_code == 403
    assert client.get(f"/office/customers/{guest.id}/report").status_code == 403
    assert client.get(f"/office/customers/{guest.id}/report.pdf").status_code == 403
    assert client.post("/office/customers/overdue", {"sure": "1"}).status_code == 403


def test_the_office_answers_in_plain_words_and_forgets_all_overdue(at_till: AtTill, till: Till, clock: Clock) -> None:
    guest = guests.save(till, OWNER, till.new_id(), {"name": "Bernd Altmann"})
    client = at_till("Christine")
    answer = client.get(f"/office/customers/{guest.id}/report.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="auskunft-{guest.number}.pdf"'
    clock.now = clock.now.replace(year=2030, month=2)
    client = at_till("Christine")
    assert "1 Person war drei Jahre nicht da" in words(client.get("/office/customers"))
    assert client.post("/office/customers/overdue").status_code == 400
    guests.save(till, OWNER, till.new_id(), {"name": "Clara Vogt"})
    stale = form_of(client.get("/office/customers"), "sure")
    clock.now = clock.now.replace(year=2034)
    client = at_till("Christine")
    refused = client.post("/office/customers/overdue", stale)
    assert (refused.status_code, "Es wurde niemand gelöscht." in words(refused)) == (422, True), "Clara was not shown"
    assert "2 Personen waren drei Jahre nicht da" in words(refused)
    assert client.post("/office/customers/overdue", form_of(refused, "sure")).status_code == 302
    assert "Bernd" not in words(client.get("/office/customers"))
    page = words(client.get(f"/office/customers/{guest.id}"))
    assert "beendet" in page
