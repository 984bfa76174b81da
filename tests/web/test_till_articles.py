"""The article list as a file, and the small tools of the templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from smartecr.catalog.models import Article
from smartecr.web import errors, icons
from smartecr.web.templatetags import till as tags
from support.screens import PINS, words
from support.shop import ESPRESSO

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client, RequestFactory

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


def upload(client: Client, text: str, **more: str) -> HttpResponse:
    """Send a file as the page does."""
    file = SimpleUploadedFile("artikel.csv", text.encode("utf-8-sig"), "text/csv")
    return client.post("/articles", {"file": file, **more}, headers={"HX-Request": "true"})


def test_what_is_downloaded_can_be_taken_over_again(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    page = words(client.get("/articles"))
    assert "9 Artikel in 3 Warengruppen." in page
    file = client.get("/articles/file")
    assert file.headers["Content-Disposition"] == 'attachment; filename="artikel.csv"'
    text = file.content.decode("utf-8-sig")
    assert "Espresso" in text
    assert "0 Artikel neu, 0 geändert, 9 unverändert." in words(upload(client, text))
    cheaper = text.replace("2,40", "2,60")
    assert "0 Artikel neu, 1 geändert, 8 unverändert." in words(upload(client, cheaper))
    assert Article.objects.get(id=ESPRESSO).price_cents == 260


def test_a_mistake_is_named_by_line_and_column_and_nothing_changes(till: Till, at_till: AtTill) -> None:
    client = at_till("Murat")
    text = client.get("/articles/file").content.decode("utf-8-sig")
    page = words(upload(client, text.replace("2,40", "zwei vierzig").replace("3,20", "3,30")))
    assert "Nichts wurde übernommen." in page
    assert "Zeile Spalte Was stimmt nicht 2 Preis" in page
    assert Article.objects.get(id=ESPRESSO).price_cents == 240
    assert not Article.objects.filter(price_cents=330).exists()


def test_taking_over_needs_the_right(till: Till, at_till: AtTill, people: dict[str, str]) -> None:
    client = at_till("Jana")
    text = client.get("/articles/file").content.decode("utf-8-sig").replace("2,40", "2,60")
    assert upload(client, text).headers["X-Right"] == "catalog"
    grant = {"approver": people["Murat"], "approver_pin": PINS["Murat"]}
    assert "1 geändert" in words(upload(client, text, **grant))


@pytest.mark.parametrize("text", ["", "\ufeff", "a,b\n1,2\n"])
def test_what_is_no_list_is_told(till: Till, at_till: AtTill, text: str) -> None:
    page = words(upload(at_till("Murat"), text))
    assert "Nichts wurde übernommen." in page or "Erst eine Datei wählen." in page
    assert "Erst eine Datei wählen." in words(at_till("Murat").post("/articles", headers={"HX-Request": "true"}))


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0,00"), (2786, "27,86"), (-25, "−0,25"), (123456789, "1.234.567,89"), (5, "0,05")]
)
def test_cents(value: int, shown: str) -> None:
    assert tags.cents(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(5000, "50"), (2786, "27,86"), (100000, "1.000"), (50, "0,50")])
def test_notes(value: int, shown: str) -> None:
    assert tags.notes(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(700, "7"), (1900, "19"), (1070, "10,7"), (550, "5,5"), (0, "0")])
def test_percent(value: int, shown: str) -> None:
    assert tags.percent(value) == shown


@pytest.mark.parametrize(("degrees", "name"), [(58, "h-58"), (355, "h-355"), (0, "h-0"), (359, "h-0"), (262, "h-255"),
                                               (330, "h-330"), (180, "h-180")])  # fmt: skip
def test_a_hue_becomes_a_class(degrees: int, name: str) -> None:
    assert tags.hue(degrees) == name


def test_every_hue_has_its_class() -> None:
    from django.contrib.staticfiles import finders

    path = finders.find("web/tokens.css")
    assert isinstance(path, str)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        css = file.read()
    assert all(f".{tags.hue(degrees)} {{ --h:" in css for degrees in range(360))


@pytest.mark.parametrize(
    ("name", "long"),
    [("Espresso", False), ("Mohn\u00adschnecke", False), ("Frühstück ‚Morgenrot‘", False), ("Latte Macchiato", False),
     ("Apfel\u00adschorle 0,33 l", True), ("Belegtes Brötchen Schinken", True), ("", False)],
)  # fmt: skip
def test_long_names_are_set_smaller(name: str, long: bool) -> None:
    assert tags.is_long(name) is long


def test_a_measure_does_not_break() -> None:
    assert tags.tile_name("Blütenhonig 500 g") == "Blütenhonig 500\u00a0g"
    assert tags.tile_name("7 gute Gründe") == "7 gute Gründe"
    assert tags.plain("Mohn\u00adschnecke") == "Mohnschnecke"


def test_an_unknown_icon_breaks_nothing() -> None:
    assert icons.icon("coffee").count("<path") >= 3
    assert icons.icon("gibt-es-nicht").endswith('aria-hidden="true"></svg>')
    assert 'width="40"' in icons.icon("brand", 40)
    templates = Path(icons.__file__).parent / "templates"
    named = {name for path in templates.rglob("*.html") for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    assert len(named) > 80
    assert [name for name in named if icons.icon(name).endswith('aria-hidden="true"></svg>')] == []


def test_faults_of_our_own_say_what_is_safe(rf: RequestFactory) -> None:
    answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Jeder Bon steht ganz oder gar nicht in den Büchern." in words(answer)
    assert errors.bad_request(rf.get("/"), ValueError()).status_code == 400
    assert errors.forbidden(rf.get("/"), PermissionError()).status_code == 403
