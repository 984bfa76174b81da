"""The door: who may come in, what a wrong PIN costs, and who approves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError

from smartecr.register.models import Journal, Shop
from smartecr.staff.demopins import PINS as DEMO_PINS
from support.screens import PINS, words

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till
    from support.shop import Clock

PAGES = ("/", "/receipts", "/cash", "/cash/close", "/articles", "/articles/file", f"/till/paid/{'0' * 32}")
PARTS = (
    "/till/ticket",
    "/till/tiles/favourites",
    "/till/search",
    "/till/status",
    "/till/sheet/more",
    "/approval/refund",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_wants_a_person_first(till: Till, client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")


@pytest.mark.parametrize("path", PARTS)
def test_a_part_of_a_page_is_refused_without_a_person(till: Till, client: Client, path: str) -> None:
    assert client.get(path, headers={"HX-Request": "true"}).status_code == 401


def test_commands_are_refused_without_a_person(till: Till, client: Client, send: Callable[..., HttpResponse]) -> None:
    assert send(client, {"do": "article", "article": "0" * 32}).status_code == 401


def test_people_are_keys_and_the_demo_tells_its_pins(till: Till, at_till: Callable[..., Client]) -> None:
    page = words(at_till().get("/login"))
    assert re.search(r"Jana Kasse .* Murat Leitung .* Christine Geschäftsführung", page)
    assert "Diese PINs gelten" not in page
    Shop.objects.update(demo=True)
    page = words(at_till().get("/login"))
    assert all(f"{name} {pin}" in page for name, pin in DEMO_PINS.items())


def test_a_right_pin_opens_the_till_and_is_written_down(till: Till, at_till: Callable[..., Client]) -> None:
    client = at_till("Jana")
    assert "Jana" in words(client.get("/"))
    entry = Journal.objects.filter(kind="logged_in").latest("seq")
    assert (entry.actor_name, Journal.objects.filter(kind="login_refused").count()) == ("Jana", 0)


@pytest.mark.parametrize("place", ["smartecr.staff.login.transaction.atomic", "smartecr.register.ledger.transaction"])
def test_a_database_that_is_locked_is_said_and_the_person_stays_chosen(
    till: Till, people: dict[str, str], client: Client, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    from smartecr.server import wiring

    def locked(**_how: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(wiring, "till", lambda: till)
    typed = {"person": people["Murat"], "pin": PINS["Murat"], "next": "/office/"}
    with monkeypatch.context() as broken:
        broken.setattr(place, locked)
        page = client.post("/login", typed)
    assert page.status_code == 503
    assert "Die Kasse kann gerade nicht speichern." in words(page)
    assert re.search(rf'value="{people["Murat"]}"[^>]* checked', page.content.decode())
    assert 'name="next" value="/office/"' in page.content.decode()
    assert client.get("/").status_code == 302
    answer = client.post("/login", typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/office/")


def test_wrong_pins_cost_growing_time(
    till: Till, people: dict[str, str], client: Client, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    from smartecr.server import wiring

    monkeypatch.setattr(wiring, "till", lambda: till)
    tries = [client.post("/login", {"person": people["Jana"], "pin": "000000"}) for _ in range(4)]
    assert [answer.status_code for answer in tries] == [422] * 4
    assert "Diese PIN passt nicht." in words(tries[0])
    assert 'data-wait="5"' in tries[2].content.decode()
    assert "Zu viele falsche PINs. Nächster Versuch in 5 Sekunden." in words(tries[3])
    right = {"person": people["Jana"], "pin": PINS["Jana"]}
    assert client.post("/login", right).status_code == 422
    clock.forward(seconds=6)
    assert client.post("/login", right).status_code == 302
    assert Journal.objects.filter(kind="login_refused").count() == 5


def test_the_key_of_a_locked_person_knows_how_long(
    till: Till, people: dict[str, str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartecr.server import wiring

    monkeypatch.setattr(wiring, "till", lambda: till)
    for _ in range(3):
        client.post("/login", {"person": people["Jana"], "pin": "000000"})
    page = client.get("/login").content.decode()
    assert re.search(rf'value="{people["Jana"]}" data-name="Jana" data-wait="5"', page)
    assert re.search(rf'value="{people["Murat"]}" data-name="Murat" data-wait="0"', page)


def test_changing_the_user_keeps_the_ticket(
    till: Till, at_till: Callable[..., Client], send: Callable[..., HttpResponse]
) -> None:
    from support.shop import ESPRESSO

    client = at_till("Jana")
    send(client, {"do": "article", "article": ESPRESSO})
    assert "Zurück zur Kasse" in words(client.get("/login"))
    assert "1 × Espresso" in words(at_till("Murat").get("/"))
    assert client.post("/logout").headers["Location"] == "/login"
    assert client.get("/").status_code == 302


def test_only_who_has_the_right_is_asked_to_approve(at_till: Callable[..., Client]) -> None:
    client = at_till("Jana")
    page = words(client.get("/approval/discount"))
    assert "Murat" in page
    assert "Christine" in page
    assert "Jana" not in page
    assert "Rabatt geben" in page
    assert "Murat" not in words(client.get("/approval/staff"))
    assert client.get("/approval/anything").status_code == 404


def test_nobody_approves_for_himself(at_till: Callable[..., Client]) -> None:
    page = words(at_till("Christine").get("/approval/staff"))
    assert "Niemand sonst darf das freigeben." in page


def test_the_language_belongs_to_the_person(at_till: Callable[..., Client]) -> None:
    client = at_till("Jana")
    assert client.post("/till/preferences", {"language": "en"}).status_code == 302
    assert "Take away" in words(client.get("/"))
    assert "Außer Haus" in words(at_till("Murat").get("/"))
    assert client.post("/till/preferences", {"language": "xx"}).status_code == 400


@pytest.mark.parametrize(("cookie", "said"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_the_chosen_theme_is_in_the_page_from_the_start(client: Client, till: Till, cookie: str, said: str) -> None:
    client.cookies["theme"] = cookie
    assert f'<html lang="de" {said}>' in client.get("/login").content.decode()
    client.cookies["theme"] = '"><script>'
    assert '<html lang="de">' in client.get("/login").content.decode()
