"""What tests of the till's screens share: people with PINs, and browsers without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from support.screens import PINS, ROLES, words

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till


@pytest.fixture(autouse=True)
def fresh_tiles() -> None:
    """Forget tiles drawn for another test's catalogue: a process has one catalogue, the tests have many."""
    from smartecr.web.till import shelf

    shelf.forget()


@pytest.fixture(autouse=True)
def light_log_in(quick_pins: None, quick_codes: None) -> None:
    """Every test logs somebody in."""


@pytest.fixture(scope="session")
def hired() -> list[dict[str, Any]]:
    """The rows of the people, once they were made."""
    return []


@pytest.fixture
def people(till: Till, hired: list[dict[str, Any]]) -> dict[str, str]:
    """Return ids by name: Jana sells, Murat manages, Christine owns."""
    from smartecr.staff import people as staff
    from smartecr.staff.models import Person
    from support.shop import CASHIER, MANAGER, OWNER

    ids = {"Jana": CASHIER.person_id, "Murat": MANAGER.person_id, "Christine": OWNER.person_id}
    if hired:
        Person.objects.bulk_create(Person(**row) for row in hired)
    else:
        for name, person_id in ids.items():
            staff.create(person_id=person_id, name=name, role=ROLES[name], pin=PINS[name])
        hired.extend(Person.objects.values())
    return ids


@pytest.fixture
def at_till(
    till: Till, people: dict[str, str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Client]:
    """Return a function that logs somebody in at this till and gives the client."""
    from smartecr.server import wiring
    from smartecr.web import session

    monkeypatch.setattr(wiring, "till", lambda: till)

    def log_in(name: str = "Jana") -> Client:
        answer = client.post("/login", {"person": people[name], "pin": PINS[name]})
        assert answer.status_code == 302, words(answer)
        assert session._PERSON in client.session
        return client

    return log_in


@pytest.fixture
def send(till: Till) -> Callable[..., HttpResponse]:
    """Return a function that posts commands as the page does: `send(client, {"do": …}, …)`."""

    def post(client: Client, *commands: dict[str, Any], approver: dict[str, str] | None = None) -> HttpResponse:
        whole = [{"id": till.new_id(), **command} for command in commands]
        body = json.dumps({"commands": whole, "approver": approver})
        return client.post("/till/commands", body, content_type="application/json", headers={"HX-Request": "true"})

    return post
