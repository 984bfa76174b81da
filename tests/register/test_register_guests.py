"""Customers: enrolled, found, at the till, told what is known, forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartecr.core.promotions import Promotion
from smartecr.customers.consent import CURRENT
from smartecr.customers.errors import CardError
from smartecr.customers.models import Consent, Customer, Entry, Person, Visit
from smartecr.register import queries
from smartecr.register.books import closing, verify
from smartecr.register.errors import RegisterError
from smartecr.register.models import Journal
from smartecr.register.regulars import guests, loyalty
from smartecr.register.sale import selling
from smartecr.register.shop import masterdata
from smartecr.register.till import ZONE, Till
from smartecr.sql import write
from support.shop import (
    CASHIER,
    COFFEE,
    ESPRESSO,
    JUICE,
    MANAGER,
    OWNER,
    ROLL,
    Clock,
    article_row,
    command,
    pay_cash,
    ring,
)

ANNA = {"name": "Anna Müller", "phone": "0171 2345678", "mail": "anna@example.org", "birthday": "17.5.", "note": "Oma"}
TEAM = f"{0xAB:032x}"


def one(till: Till, do: str, actor: Any = CASHIER, **more: Any) -> selling.Outcome:
    return selling.run(till, actor, [command(till, do, **more)])[0]


def enrol(till: Till, **values: str) -> guests.Guest:
    return guests.save(till, CASHIER, till.new_id(), {**ANNA, **values})


def test_what_is_personal_is_in_no_journal_and_the_seal_holds(till: Till) -> None:
    anna = enrol(till)
    guests.save(till, MANAGER, anna.id, {**ANNA, "name": "Anna Meier", "phone": "030 999888"}, "")
    books = " ".join(Journal.objects.values_list("body", flat=True))
    for personal in ("Anna", "Müller", "Meier", "171", "999888", "example.org", "05-17", "Oma"):
        assert personal not in books
    assert verify.examine().findings == []
    write("UPDATE customers_person SET note = %s", ["Opa"])
    (finding,) = verify.examine().findings
    assert "Daten sind nicht die" in finding


def test_consent_is_asked_for_and_kept_with_its_version(till: Till) -> None:
    with pytest.raises(RegisterError) as refused:
        guests.save(till, CASHIER, till.new_id(), ANNA, agreed=False)
    assert refused.value.code == "consent"
    assert not Person.objects.exists()
    anna = enrol(till)
    (consent,) = guests.report(anna.id)["consents"]
    assert (consent["version"], consent["given"]) == ("2026-11", True)
    guests.save(till, CASHIER, anna.id, {**ANNA, "note": ""})
    assert len(guests.report(anna.id)["consents"]) == 1, "a change asks for no new consent"


@pytest.mark.parametrize(
    "text",
    ["anna", "Mueller", "MULLER an", "müler", "Anna Muellerr", "2345678", "+49 171 2345678", "NUMBER", "num-ber"],
)
def test_somebody_is_found(till: Till, text: str) -> None:
    enrol(till, name="Bernd Öz", phone="")
    anna = enrol(till)
    wanted = {"NUMBER": anna.number, "num-ber": f"{anna.number[:4]}-{anna.number[4:]}".lower()}.get(text, text)
    assert [guest.id for guest in guests.search(wanted)] == [anna.id]


def test_nobody_is_found_where_nobody_fits(till: Till) -> None:
    enrol(till)
    for text in ("Zwerenz", "999999", "%", "_", "' OR 1=1 --", "ZZZZ-ZZZZ"):
        assert guests.search(text) == []
    assert len(guests.search("")) == 1


def test_a_card_lies_on_the_bon_from_before_the_first_article_to_the_receipt(till: Till) -> None:
    anna = enrol(till)
    assert one(till, "scan", code=anna.code).ok
    assert one(till, "scan", code=anna.code).code == "twice"
    ring(till, ESPRESSO)
    assert json.loads(queries.current(till).guest) == {"customer": anna.id}
    receipt = pay_cash(till)
    assert [row["id"] for row in guests.history(anna.id)] == [receipt.id]
    assert queries.current(till).guest == ""
    ring(till, ROLL)
    assert one(till, "guest", customer=anna.id).ok
    assert one(till, "guest_off").ok
    assert one(till, "guest_off").code == "nothing"
    pay_cash(till)
    assert len(guests.history(anna.id)) == 1
    assert verify.examine().findings == []


def test_a_card_lies_on_one_bon_at_a_time(till: Till) -> None:
    anna = enrol(till)
    ring(till, ESPRESSO)
    assert one(till, "scan", code=anna.code).ok
    assert one(till, "park").ok
    ring(till, ROLL)
    assert one(till, "scan", code=anna.code).code == "elsewhere"


def test_a_new_card_makes_the_old_one_worthless(till: Till) -> None:
    anna = enrol(till)
    ring(till, ESPRESSO)
    again = guests.new_card(till, MANAGER, anna.id)
    assert (again.id, again.name) == (anna.id, anna.name)
    assert again.number == anna.number
    assert one(till, "scan", code=anna.code).code == "old"
    assert one(till, "scan", code=again.code).ok
    assert verify.examine().findings == []


def test_a_group_has_prices_of_its_own(till: Till) -> None:
    row = article_row(ESPRESSO, "1", "Espresso", COFFEE, 240, prices='{"2":150}')
    masterdata.save_articles(till, OWNER, [row])
    guests.save_group(till, MANAGER, TEAM, "Team", 2)
    jana = guests.save(till, CASHIER, till.new_id(), ANNA, TEAM)
    ring(till, ESPRESSO, JUICE)
    assert one(till, "price", MANAGER, line=queries.current(till).basket.lines[1].id, cents=300).ok
    assert one(till, "scan", code=jana.code).ok
    assert queries.current(till).priced.total_cents == 150 + 300 + 25, "a price given by hand stays"
    ring(till, ESPRESSO)
    assert queries.current(till).priced.total_cents == 300 + 300 + 25
    assert one(till, "guest_off").ok
    assert queries.current(till).priced.total_cents == 480 + 300 + 25


def test_forgetting_leaves_the_books_and_nobody_in_them(till: Till) -> None:
    anna = enrol(till)
    ring(till, ESPRESSO)
    one(till, "scan", code=anna.code)
    receipt = pay_cash(till)
    before = Journal.objects.count()
    with pytest.raises(RegisterError) as refused:
        guests.erase(till, CASHIER, anna.id)
    assert refused.value.right == "customers"
    guests.erase(till, MANAGER, anna.id)
    assert Journal.objects.count() == before + 1
    assert not Person.objects.exists()
    assert Customer.objects.get().digest == ""
    found = guests.find(anna.id)
    assert found is not None
    assert (found.name, found.secret, found.number) == ("", "", anna.number)
    assert guests.search("Anna") == guests.search(anna.number) == []
    ring(till, ESPRESSO)
    assert one(till, "scan", code=anna.code).code == "unknown"
    assert one(till, "guest", customer=anna.id).code == "unknown"
    for act in (lambda: guests.save(till, MANAGER, anna.id, ANNA), lambda: guests.new_card(till, MANAGER, anna.id)):
        with pytest.raises(RegisterError) as gone:
            act()
        assert gone.value.code == "gone"
    assert queries.receipt(receipt.id).total_cents == 240
    assert verify.examine().findings == []


def test_who_is_erased_meanwhile_leaves_no_trace_on_the_receipt(till: Till) -> None:
    """The card lies on the basket, its owner is erased, the basket is paid: no visit, no points, and it is paid."""
    anna = enrol(till)
    loyalty.save(till, MANAGER, Promotion(id=TEAM, name="Punkte", kind="earn", value=100))
    ring(till, ESPRESSO)
    assert one(till, "scan", code=anna.code).ok
    guests.erase(till, MANAGER, anna.id)
    ring(till, ESPRESSO)
    assert pay_cash(till).total_cents == 480
    assert not Visit.objects.exists()
    assert not Entry.objects.exists()
    assert verify.examine().findings == []


def test_consent_ends_with_the_erasure_and_all_overdue_go_at_once(till: Till, clock: Clock) -> None:
    anna, bernd = enrol(till), enrol(till, name="Bernd")
    guests.erase(till, MANAGER, anna.id)
    given = list(Consent.objects.filter(customer_id=anna.id).order_by("at", "given").values_list("given", "version"))
    assert sorted(given) == [(False, CURRENT), (True, CURRENT)]
    clock.now = clock.now.replace(year=2030, month=1)
    enrol(till, name="Clara")
    with pytest.raises(RegisterError):
        guests.erase_overdue(till, CASHIER)
    assert guests.erase_overdue(till, MANAGER) == 1
    assert guests.erase_overdue(till, MANAGER) == 0
    assert [person.name for person in Person.objects.all()] == ["Clara"]
    assert guests.find(bernd.id).secret == ""
    assert verify.examine().findings == []


def test_a_person_learns_all_that_is_known(till: Till, clock: Clock) -> None:
    anna = enrol(till)
    ring(till, ESPRESSO)
    one(till, "scan", code=anna.code)
    pay_cash(till)
    report = guests.report(anna.id)
    assert report["person"] == {**ANNA, "birthday": "--05-17"}
    assert report["receipts"][0]["lines"] == [{"text": "Espresso", "quantity": 1000, "amount_cents": 240}]
    assert json.loads(json.dumps(report)) == report
    assert {"Zweck", "Rechtsgrundlage", "Empfänger", "Speicherdauer", "Ihre Rechte"} <= set(report["about"])
    from smartecr.printer import compose
    from smartecr.register.paper import guestpaper

    paper = guestpaper.document(report, clock().astimezone(ZONE))
    said = " ".join(str(block) for block in compose.blocks(paper))
    for word in ("Anna Müller", "0171 2345678", "anna@example.org", "Oma", "Espresso", "Art. 77", "erteilt, Fassung"):
        assert word in said, word
    assert guestpaper.render(anna.id, clock().astimezone(ZONE)).startswith(b"%PDF")


def test_who_did_not_come_for_three_years_is_named(till: Till, clock: Clock) -> None:
    anna, bernd = enrol(till), enrol(till, name="Bernd")
    clock.now = clock.now.replace(year=2029, month=12)
    ring(till, ESPRESSO)
    assert one(till, "scan", code=bernd.code).ok
    pay_cash(till)
    closing.close_day(till, MANAGER, till.new_id(), None)
    assert guests.overdue("2029-12-31") == []
    assert [(guest.id, last) for guest, last in guests.overdue("2030-01-01")] == [(anna.id, "2026-11-24")]


def test_nobody_is_born_after_today_and_a_group_is_there_once(till: Till) -> None:
    with pytest.raises(CardError, match="in der Zukunft"):
        guests.save(till, CASHIER, till.new_id(), {"name": "Anna", "birthday": "25.11.2026"})
    guests.save(till, CASHIER, till.new_id(), {"name": "Anna", "birthday": "24.11.2026"})
    guests.save_group(till, MANAGER, TEAM, "Team", 2)
    guests.save_group(till, MANAGER, TEAM, "Team", 3)
    with pytest.raises(CardError, match="gibt es schon"):
        guests.save_group(till, MANAGER, till.new_id(), " team ", 2)
    assert [(one["name"], one["price_level"]) for one in guests.groups()] == [("Team", 3)]


@pytest.mark.parametrize(("name", "level", "field"), [("", 2, "name"), ("x" * 51, 2, "name"), ("Team", 0, "level")])
def test_a_group_is_checked(till: Till, name: str, level: int, field: str) -> None:
    with pytest.raises(CardError) as refused:
        guests.save_group(till, MANAGER, TEAM, name, level)
    assert refused.value.code == field
