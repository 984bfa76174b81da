"""The frame of the office: who gets in, which way they come, what they find there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from smartecr.staff.rights import allows
from smartecr.web.office.frame import SECTIONS
from smartecr.web.office.places import places
from support.screens import PINS, ROLES, words

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]


def test_a_stranger_logs_in_and_comes_back(people: dict[str, str], at_till: AtTill, client: Client) -> None:
    at_till("Jana")
    client.post("/logout")
    answer = client.get("/office/receipts?q=7")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=%2Foffice%2Freceipts%3Fq%3D7"
    door = client.get(answer.headers["Location"])
    assert 'name="next" value="/office/receipts?q=7"' in door.content.decode()
    done = client.post("/login", {"person": people["Murat"], "pin": PINS["Murat"], "next": "/office/receipts?q=7"})
    assert done.headers["Location"] == "/office/receipts?q=7"


@pytest.mark.parametrize("onward", ["https://example.org/", "//example.org", "javascript:alert(1)", "\\\\example.org"])
def test_the_login_leads_to_no_foreign_place(
    people: dict[str, str], at_till: AtTill, client: Client, onward: str
) -> None:
    at_till("Jana")
    done = client.post("/login", {"person": people["Murat"], "pin": PINS["Murat"], "next": onward})
    assert done.headers["Location"] == "/"


def test_a_part_asked_without_anybody_is_refused(at_till: AtTill, client: Client) -> None:
    at_till("Jana")
    client.post("/logout")
    assert client.get("/office/receipts", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.key)
@pytest.mark.parametrize("name", ["Jana", "Murat", "Christine"])
def test_a_section_opens_for_those_with_its_right(at_till: AtTill, section: object, name: str) -> None:
    assert isinstance(section, type(SECTIONS[0]))
    client = at_till(name)
    answer = client.get(reverse(section.address))
    if allows(ROLES[name], section.right):
        assert answer.status_code == 200
        assert 'aria-current="page"' in answer.content.decode()
    else:
        assert answer.status_code == 403
        owner = "Das Büro gehört der Leitung." if name == "Jana" else "Diese Seite gehört der Geschäftsführung."
        assert owner in words(answer)


def test_the_way_in_leads_to_the_first_section(at_till: AtTill) -> None:
    assert at_till("Christine").get("/office/").headers["Location"] == reverse(SECTIONS[0].address)


def test_the_till_shows_the_way_only_to_those_it_opens_for(at_till: AtTill) -> None:
    assert 'href="/office/"' not in at_till("Jana").get("/till/sheet/more").content.decode()
    assert 'href="/office/"' in at_till("Murat").get("/till/sheet/more").content.decode()


def test_all_sections_are_listed_for_a_phone(at_till: AtTill) -> None:
    page = words(at_till("Christine").get("/office/sections"))
    for section in SECTIONS:
        assert str(section.word) in page


def test_receipts_are_found(at_till: AtTill) -> None:
    client = at_till("Murat")
    assert "Noch kein Bon." in words(client.get("/office/receipts"))
    assert words(client.get("/office/receipts?q=77", headers={"HX-Request": "true"})) == "Kein Bon passt dazu."


@pytest.mark.parametrize("name", ["device", "display", "office"])
def test_what_people_type_needs_no_last_slash(client: Client, name: str) -> None:
    assert client.get(f"/{name}?q=1").headers["Location"] == f"/{name}/?q=1"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("papier", "Jeden Bon drucken"),
        ("Finanzamt", "Steuerberater und Finanzamt"),
        ("mwst", "Warengruppen"),
        ("wechselkurs", "Fremde Währungen"),
        ("kleinunternehmer", "Rechnungen"),
        ("passwort", "Team"),
        ("backup", "Sicherung"),
        ("inventur", "Zählen"),
        ("preiserhöhung", "Preistabelle"),
        ("rückgängig", "Änderungen"),
        ("terminal", "Geräte"),
        ("rechte rolle", "Neue Person"),
    ],
)
def test_everything_is_found_by_the_words_people_use(at_till: AtTill, text: str, first: str) -> None:
    client = at_till("Christine")
    assert words(client.get(f"/office/find?q={text}", headers={"HX-Request": "true"})).startswith(first)
    assert first in words(client.get(f"/office/find?q={text}")), "and without scripts on a page of its own"


def test_a_search_finds_articles_and_only_what_one_may_see(at_till: AtTill) -> None:
    found = words(at_till("Murat").get("/office/find?q=espreso", headers={"HX-Request": "true"}))
    assert found == "Espresso 1 · Kaffee"
    nothing = words(at_till("Murat").get("/office/find?q=Steuernummer", headers={"HX-Request": "true"}))
    assert nothing == "Zu „Steuernummer“ gibt es hier nichts."
    assert words(at_till("Murat").get("/office/find?q=", headers={"HX-Request": "true"})) == ""


def test_every_place_that_can_be_found_is_there(at_till: AtTill) -> None:
    client = at_till("Christine")
    for address in {place.address.partition("#")[0] for place in places()}:
        assert client.get(address).status_code == 200, address


def test_the_group_of_a_page_is_open(at_till: AtTill) -> None:
    page = at_till("Christine").get("/office/stock").content.decode()
    assert '<details class="office-group" data-group="range" open data-here>' in page
    assert '<details class="office-group" data-group="shop">' in page
