"""The office's page of the interface: keys shown once and revoked, receivers added, tried, given up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from smartecr.register.outside import interface, webhooks
from smartecr.register.till import Till
from support.screens import words
from support.shop import ESPRESSO, OWNER, pay_cash, ring
from support.webhook_receiver import receiving, signed_by

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]
PAGE = "/office/interface"
KEY = {"id": "e" * 32, "name": "Webshop", "scope": ["catalog:read", "receipts:read"], "days": "90"}


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Loopback may be reached, and no thread tells beside the test."""
    from smartecr.web.hooks import running

    settings.WEBHOOKS = "127.0.0.0/8"
    monkeypatch.setattr(running, "start", lambda _till: None)


def hook(address: str, **more: Any) -> dict[str, Any]:
    """Return the form of a new receiver."""
    return {"id": "d" * 32, "name": "Buchhaltung", "address": address, "event": ["receipt.issued"], **more}


def test_a_key_is_shown_once_and_works_until_it_is_revoked(at_till: AtTill, till: Till) -> None:
    office = at_till("Christine")
    answer = office.post(f"{PAGE}/tokens", KEY)
    (text,) = re.findall(r"secr_[\w-]{43}", answer.content.decode())
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Artikel lesen · Bons lesen" in words(answer)
    assert text not in office.get(PAGE).content.decode()
    again = office.post(f"{PAGE}/tokens", KEY)
    assert (again.status_code, len(interface.tokens(till.shop_id))) == (302, 1), "sent twice is issued once"
    head = {"Authorization": f"Bearer {text}"}
    assert office.get("/api/v1/articles", headers=head).status_code == 200
    assert "zuletzt benutzt 24.11.2026 08:42" in words(office.get(PAGE))
    assert office.post(f"{PAGE}/tokens/{'e' * 32}/revoke").status_code == 302
    assert office.get("/api/v1/articles", headers=head).status_code == 401
    assert "widerrufen" in words(office.get(PAGE))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Das Programm braucht einen Namen"),
        ({"scope": []}, "Mindestens einen Bereich wählen."),
        ({"scope": ["everything"]}, "Mindestens einen Bereich wählen."),
        ({"days": "10000"}, "Eine der Zeiten wählen."),
        ({"days": "x"}, "Eine der Zeiten wählen."),
    ],
)
def test_a_form_that_is_not_whole_issues_nothing(wrong: Any, sentence: str, at_till: AtTill, till: Till) -> None:
    answer = at_till("Christine").post(f"{PAGE}/tokens", {**KEY, **wrong})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert interface.tokens(till.shop_id) == []


@pytest.mark.parametrize(("name", "status"), [("Jana", 403), ("Murat", 403), ("Christine", 200)])
def test_only_the_owner_hands_out_keys(name: str, status: int, at_till: AtTill, till: Till) -> None:
    person = at_till(name)
    assert person.get(PAGE).status_code == status
    assert person.post(f"{PAGE}/tokens", KEY).status_code == status
    assert len(interface.tokens(till.shop_id)) == (status == 200)


@pytest.mark.usefixtures("quiet")
def test_a_receiver_is_added_tried_given_a_new_secret_and_removed(at_till: AtTill, till: Till) -> None:
    office = at_till("Christine")
    with receiving() as receiver:
        page = office.post(f"{PAGE}/webhooks", hook(receiver.address))
        (secret,) = re.findall(r"whsec_[\w+/=]+", page.content.decode())
        assert office.post(f"{PAGE}/webhooks", hook(receiver.address)).status_code == 302
        one = f"{PAGE}/webhooks/{'d' * 32}"
        assert "whsec_" not in office.get(one).content.decode()
        office.post(f"{one}/test")
        assert [event["type"] for event in receiver.events] == ["test"]
        assert signed_by(secret, *receiver.requests[0])
        assert "204 Probe 1" in words(office.get(one))
        (newer,) = re.findall(r"whsec_[\w+/=]+", office.post(f"{one}/rotate").content.decode())
        office.post(f"{one}/test")
        assert all(signed_by(text, *receiver.requests[1]) for text in (secret, newer))
    office.post(f"{one}/remove")
    assert webhooks.standing(till) == []
    assert office.get(one).status_code == 404
    assert office.post(f"{one}/explode").status_code == 404


@pytest.mark.usefixtures("quiet")
def test_a_receiver_that_was_given_up_is_told_again(at_till: AtTill, till: Till) -> None:
    from smartecr.web.hooks import running, states

    office = at_till("Christine")
    one = f"{PAGE}/webhooks/{'d' * 32}"
    with receiving() as receiver:
        office.post(f"{PAGE}/webhooks", hook(receiver.address))
        ring(till, ESPRESSO)
        pay_cash(till)
        receiver.answer = lambda: 500
        running.messenger(till).run()
        assert "1 Versuch ohne Erfolg" in words(office.get(one))
        assert "wird wiederholt" in words(office.get(PAGE))
        receiver.answer, receiver.redirect = (lambda: 307), receiver.address
        office.post(f"{one}/test")
        assert "307: Umleitungen zählen nicht Probe" in words(office.get(one))
        receiver.answer, receiver.redirect = (lambda: 410), ""
        office.post(f"{one}/resume")
        running.messenger(till).run()
        assert "Das Ziel will nichts mehr hören (410)." in words(office.get(one))
        assert "aufgegeben" in words(office.get(PAGE))
        office.post(f"{one}/skip")
        receiver.answer = lambda: 200
        assert not running.messenger(till).run()
        assert states.of(webhooks.find("d" * 32)).stopped == ""


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (hook("http://127.0.0.1/"), "Nur https"),
        (hook("https://127.0.0.1/"), "öffentlichen Netz"),
        (hook("https://localhost:8765/office/"), "öffentlichen Netz"),
        (hook("javascript:alert(1)"), "beginnt mit https://"),
        (hook("https://127.0.0.1/", name=""), "öffentlichen Netz"),
    ],
)
def test_an_address_that_must_not_be_reached_is_refused(form: Any, sentence: str, at_till: AtTill, till: Till) -> None:
    answer = at_till("Christine").post(f"{PAGE}/webhooks", form)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert webhooks.standing(till) == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"event": []}, {"event": ["all"]}, {"address": f"http://127.0.0.1/{500 * 'x'}"}]
)
def test_a_receiver_that_is_not_whole_is_refused(wrong: Any, at_till: AtTill, till: Till) -> None:
    answer = at_till("Christine").post(f"{PAGE}/webhooks", {**hook("http://127.0.0.1/"), **wrong})
    assert answer.status_code == 422
    assert webhooks.standing(till) == []


def test_the_description_is_a_page_of_ours_in_two_languages(client: Client) -> None:
    page = client.get("/api/v1/docs", headers={"Accept-Language": "en"})
    assert "Interface" in words(page)
    assert "<script" not in page.content.decode().split("</head>")[1]
    assert {f"schema-{name}" for name in re.findall(r'href="#schema-(\w+)"', page.content.decode())} <= set(
        re.findall(r'id="([\w-]+)"', page.content.decode())
    )
    assert client.get("/api").status_code == 302
    assert client.get("/api/").headers["Location"] == "/api/v1/docs"


def test_the_worker_tells_by_itself_once_something_is_published(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    from smartecr.web.hooks import running, worker

    asked = [Event(), Event()]

    class Messenger:
        def run(self) -> bool:
            next(event for event in asked if not event.is_set()).set()
            return False

    webhooks.add(till, OWNER, till.new_id(), "Twin", "https://example.org/", ["receipt.issued"])
    monkeypatch.setattr(running, "messenger", lambda _till: Messenger())
    monkeypatch.setattr(worker, "IDLE_SECONDS", 600.0)
    running.start(till)
    running.start(till)
    try:
        assert asked[0].wait(20)
        till.publish("receipt")
        assert asked[1].wait(20)
    finally:
        running.close()
