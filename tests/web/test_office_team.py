"""The team in the office: hired, changed, given a PIN, each change written down without the PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from smartecr.register.models import Journal
from smartecr.staff.models import Person
from support.screens import words
from support.shop import CASHIER, OWNER

if TYPE_CHECKING:
    from django.test import Client

AtTill = Callable[..., "Client"]
NEW = {"id": "e" * 32, "name": "Ayşe", "role": "cashier", "language": "de", "pin": "604813", "pin_again": "604813"}


def facts() -> list[str]:
    """Return the bodies of all facts about people."""
    return list(Journal.objects.filter(kind="person_saved").order_by("seq").values_list("body", flat=True))


def test_somebody_is_hired_once_and_can_log_in(at_till: AtTill, client: Client) -> None:
    office = at_till("Christine")
    assert office.post("/office/team/new", NEW).status_code == 302
    assert office.post("/office/team/new", NEW).status_code == 302, "sent twice is hired once"
    assert Person.objects.filter(name="Ayşe").count() == 1
    assert len(facts()) == 1
    assert "604813" not in "".join(facts())
    assert "argon2" not in "".join(facts())
    assert client.post("/login", {"person": "e" * 32, "pin": "604813"}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Ein Name hat 1 bis 40 Zeichen."),
        ({"name": "Jana"}, "Jana gibt es schon."),
        ({"role": "boss"}, "Diese Rolle gibt es nicht."),
        ({"pin": "123456", "pin_again": "123456"}, "Diese PIN errät man leicht."),
        ({"pin": "12", "pin_again": "12"}, "Eine PIN hat 4 bis 8 Ziffern."),
        ({"pin_again": "604814"}, "Die beiden PINs sind verschieden."),
    ],
)
def test_what_does_not_fit_is_said_and_nobody_is_hired(at_till: AtTill, wrong: dict[str, str], sentence: str) -> None:
    answer = at_till("Christine").post("/office/team/new", {**NEW, **wrong})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert facts() == []
    assert not Person.objects.filter(id=NEW["id"]).exists()


def test_a_change_is_written_down_with_old_and_new(at_till: AtTill) -> None:
    office = at_till("Christine")
    office.post(
        f"/office/team/{CASHIER.person_id}", {"name": "Jana", "role": "manager", "language": "en", "active": "on"}
    )
    page = words(office.get(f"/office/team/{CASHIER.person_id}"))
    assert "Rolle Kasse → Leitung" in page
    assert "Sprache de → en" in page
    assert "Person Jana" in words(office.get("/office/changes?q=Jana"))


def test_who_leaves_is_gone_from_the_door(at_till: AtTill) -> None:
    office = at_till("Christine")
    office.post(f"/office/team/{CASHIER.person_id}", {"name": "Jana", "role": "cashier", "language": "de"})
    assert "Jana" not in words(office.get("/login"))
    assert "nicht mehr hier" in words(office.get("/office/team"))


def test_somebody_must_remain_owner(at_till: AtTill) -> None:
    answer = at_till("Christine").post(
        f"/office/team/{OWNER.person_id}", {"name": "Christine", "role": "cashier", "language": "de", "active": "on"}
    )
    assert "Jemand muss Inhaber bleiben" in words(answer)
    assert Person.objects.get(id=OWNER.person_id).role == "owner"
    assert facts() == []


def test_a_new_pin_holds_and_is_nowhere_to_be_read(at_till: AtTill, client: Client) -> None:
    office = at_till("Christine")
    address = f"/office/team/{CASHIER.person_id}/pin"
    assert "verschieden" in words(office.post(address, {"pin": "806142", "pin_again": "806143"}))
    assert office.post(address, {"pin": "806142", "pin_again": "806142"}).status_code == 302
    assert "806142" not in "".join(Journal.objects.values_list("body", flat=True))
    assert "Neue PIN" in words(office.get(f"/office/team/{CASHIER.person_id}"))
    assert client.post("/login", {"person": CASHIER.person_id, "pin": "806142"}).status_code == 302
