"""Settings of the shop and the guide for a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from smartecr.catalog import samples
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.core import ids
from smartecr.register.books import verify
from smartecr.register.models import Journal, Register, Shop
from smartecr.staff.models import Person
from support.screens import words

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]
COMPANY = {
    "step": "company", "name": "Backhaus Öztürk", "owner": "Ayşe Öztürk", "tagline": "", "street": "Am Markt 1",
    "postcode": "04109", "city": "Leipzig", "tax_number": "231/123/45678", "vat_id": "DE 136695976",
}  # fmt: skip


def test_only_what_is_typed_in_a_group_changes(till: Till, at_till: AtTill) -> None:
    office = at_till("Christine")
    before = Shop.objects.values().get()
    answer = office.post("/office/settings", {"group": "receipt", "footer": "Bis bald", "paper_always": "on"})
    assert answer.status_code == 302
    assert Shop.objects.values().get() == {**before, "footer": "Bis bald", "paper_always": True}
    assert "Fußzeile – → Bis bald" in words(office.get("/office/changes"))
    facts = Journal.objects.count()
    office.post("/office/settings", {"group": "receipt", "footer": "Bis bald", "paper_always": "on"})
    assert Journal.objects.count() == facts, "nothing changed, nothing written"


@pytest.mark.parametrize(
    ("column", "typed", "sentence"),
    [
        ("name", "", "steht auf jedem Bon und darf nicht fehlen"),
        ("street", "x" * 61, "Höchstens 60 sichtbare Zeichen."),
        ("postcode", "1234", "Eine Postleitzahl hat fünf Ziffern."),
        ("tax_number", "12345", "So sieht keine Steuernummer aus."),
        ("vat_id", "DE123456789", "Die Prüfziffer der USt-IdNr. stimmt nicht."),
        ("vat_id", "12", "So sieht keine USt-IdNr. aus."),
        ("tax_number", "", "Steuernummer oder USt-IdNr. gehört auf jeden Bon."),
    ],
)
def test_what_cannot_stand_on_a_receipt_is_refused(at_till: AtTill, column: str, typed: str, sentence: str) -> None:
    office = at_till("Christine")
    before = Shop.objects.values().get()
    group = "tax" if column in ("tax_number", "vat_id") else "shop"
    typed_all = {key: str(value) for key, value in before.items()} | {"group": group, "vat_id": "", column: typed}
    answer = office.post("/office/settings", typed_all)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert Shop.objects.values().get() == before


@pytest.fixture
def bare(till: Till, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client at a register in whose books nothing stands yet."""
    from smartecr.server import wiring
    from smartecr.web.till import shelf

    shelf.forget()
    Article.objects.update(deposit_article=None)
    for table in (Barcode, Article, Group, Shop, Register, Person):
        table.objects.all().delete()
    monkeypatch.setattr(wiring, "till", lambda: till)
    return client


def owner(client: Client) -> None:
    """Take the first step."""
    typed = {"step": "owner", "id": "e" * 32, "name": "Ayşe", "pin": "604813", "pin_again": "604813"}
    assert client.post("/setup", typed).status_code == 302


def test_a_shop_is_set_up_step_by_step(till: Till, bare: Client) -> None:
    assert "Laden einrichten" in words(bare.get("/login"))
    assert "Wer führt den Laden?" in words(bare.get("/setup"))
    owner(bare)
    assert "Was steht auf dem Bon?" in words(bare.get("/setup"))
    assert bare.post("/setup", COMPANY).status_code == 302
    assert till.serial in words(bare.get("/setup"))
    assert bare.post("/setup", {"step": "register", "name": "Kasse 1"}).status_code == 302
    assert "Womit fängt der Laden an?" in words(bare.get("/setup"))
    assert bare.post("/setup", {"step": "catalogue", "kind": "bakery"}).status_code == 302
    assert "Alles da?" in words(bare.get("/setup"))
    shop = Shop.objects.get()
    assert (shop.name, shop.city, shop.vat_id, shop.country) == ("Backhaus Öztürk", "Leipzig", "DE136695976", "DEU")
    assert "Croissant" in words(bare.get("/"))


def test_a_till_sells_only_once_it_is_set_up(till: Till, at_till: AtTill, client: Client) -> None:
    """Another register of the shop takes a name of its own; until then its till leads there, and its display rests."""
    Register.objects.filter(id=till.register_id).update(id="f" * 32)
    cashier = at_till("Jana")
    assert cashier.get("/").headers["Location"] == "/setup"
    answer = cashier.get("/setup")
    assert answer.status_code == 403
    assert "Diese Kasse ist noch nicht eingerichtet." in words(answer)
    assert cashier.post("/setup", {"step": "register", "name": "Kasse 2"}).status_code == 403
    owner = at_till("Christine")
    shown = words(owner.get("/setup"))
    assert "neben Kasse 1" in shown
    assert 'value="Kasse 2"' in owner.get("/setup").content.decode()
    answer = owner.post("/setup", {"step": "register", "name": "Kasse 1"})
    assert answer.status_code == 422
    assert "So heißt schon eine andere Kasse dieses Ladens." in words(answer)
    assert owner.post("/setup", {"step": "register", "name": "Kasse 2"}).status_code == 302
    assert owner.get("/").status_code == 200


def test_the_display_of_a_till_without_a_shop_rests(bare: Client) -> None:
    assert bare.get("/display/").status_code == 200


def test_a_step_sent_again_does_nothing_twice(bare: Client) -> None:
    owner(bare)
    typed = {"step": "owner", "id": "f" * 32, "name": "Eve", "pin": "604814", "pin_again": "604814"}
    assert "Was steht auf dem Bon?" in words(bare.post("/setup", typed))
    assert [one.name for one in Person.objects.all()] == ["Ayşe"]


def test_the_guide_belongs_to_the_owner_once_there_is_one(bare: Client) -> None:
    owner(bare)
    bare.post("/logout")
    assert bare.get("/setup").headers["Location"] == "/login"
    assert bare.post("/setup", COMPANY).status_code == 302
    assert not Shop.objects.exists()


def test_nobody_from_the_network_begins(bare: Client) -> None:
    typed = {"step": "owner", "id": "e" * 32, "name": "Eve", "pin": "604813", "pin_again": "604813"}
    answer = bare.post("/setup", typed, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 403
    assert "Bitte an der Kasse selbst beginnen." in words(answer)
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tax_number": "", "vat_id": ""}, "Steuernummer oder USt-IdNr. gehört auf jeden Bon."),
        ({"street": ""}, "steht auf jedem Bon und darf nicht fehlen"),
        ({"vat_id": "DE123456789"}, "Die Prüfziffer der USt-IdNr. stimmt nicht."),
    ],
)
def test_a_company_is_checked(bare: Client, wrong: dict[str, str], sentence: str) -> None:
    owner(bare)
    answer = bare.post("/setup", {**COMPANY, **wrong})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Backhaus Öztürk" in answer.content.decode(), "what was typed stays"
    assert not Shop.objects.exists()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("", "Ein Beispiel wählen oder eine CSV-Datei."),
        ("Nummer;Name;Warengruppe;Preis\n1;Brot;Backwaren;drei\n", "Zeile 2, Preis:"),
    ],
)
def test_a_catalogue_is_taken_whole_or_not(bare: Client, file: str, sentence: str) -> None:
    owner(bare)
    bare.post("/setup", COMPANY)
    bare.post("/setup", {"step": "register", "name": "Kasse 1"})
    answer = bare.post("/setup", {"step": "catalogue", "file": SimpleUploadedFile("a.csv", file.encode())})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Group.objects.exists()


@pytest.mark.parametrize("kind", samples.SAMPLES)
def test_every_sample_fits_the_books(bare: Client, kind: str) -> None:
    owner(bare)
    bare.post("/setup", COMPANY)
    bare.post("/setup", {"step": "register", "name": "Kasse 1"})
    assert bare.post("/setup", {"step": "catalogue", "kind": kind}).status_code == 302
    assert Group.objects.count() == len(samples.SAMPLES[kind])
    assert Article.objects.count() == sum(len(shelf.articles) for shelf in samples.SAMPLES[kind])
    assert all(ids.is_id(one.id) for one in Article.objects.all())


def test_settings_are_rebuilt_from_the_journal(till: Till, at_till: AtTill) -> None:
    office = at_till("Christine")
    office.post("/office/settings", {"group": "day", "cutoff_hour": "6"})
    assert Shop.objects.get().blind_count is False
    assert verify.examine().holds
