"""Articles, product groups and changes in the office."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from smartecr.catalog.models import Article, Barcode, Group, Price
from smartecr.register import queries
from smartecr.register.models import Journal
from smartecr.register.sale import selling
from support.screens import form_of, words
from support.shop import BOTTLES, BREAD, CASHIER, COFFEE, DEPOSIT, ESPRESSO, JUICE, JUICE_CODE, LATTE, ROLL, command

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


@pytest.fixture
def office(at_till: AtTill, settings: Any, tmp_path: Path) -> Client:
    """Return a manager's client; pictures go to a folder of the test."""
    settings.DATA = tmp_path
    return at_till("Murat")


def fields(client: Client, article_id: str) -> dict[str, Any]:
    """Return the form of an article as the page shows it, ready to be changed and sent."""
    return form_of(client.get(f"/office/articles/{article_id}"), "number")


def save(client: Client, article_id: str, **changed: Any) -> HttpResponse:
    """Send the form of an article with changes."""
    typed = {**fields(client, article_id), **changed}
    return client.post(
        f"/office/articles/{article_id}", {key: value for key, value in typed.items() if value is not None}
    )


def test_articles_are_found_by_name_number_and_code(office: Client) -> None:
    def found(query: str) -> str:
        return words(office.get(f"/office/articles?{query}", headers={"HX-Request": "true"}))

    assert "Espresso" in found("q=expresso")
    assert "Apfelschorle" in found(f"q={JUICE_CODE}")
    assert "Mohnschnecke" in found(f"group={BREAD}")
    assert "Espresso" not in found(f"group={BREAD}")
    assert found("q=Zitronenfalter") == "Zu „Zitronenfalter“ gibt es keinen Artikel."


def test_an_untouched_form_changes_nothing(till: Till, office: Client) -> None:
    for article_id in Article.objects.values_list("id", flat=True):
        facts = Journal.objects.filter(kind="rows_saved").count()
        assert save(office, article_id).status_code == 302
        assert Journal.objects.filter(kind="rows_saved").count() == facts, Article.objects.get(id=article_id)


def test_a_new_price_is_sold_at_once_and_stands_in_the_changes(till: Till, office: Client) -> None:
    assert save(office, ESPRESSO, price="2,60", price_2="2,20", cost="0,48").status_code == 302
    selling.run(till, CASHIER, [command(till, "article", article=ESPRESSO)])
    assert queries.current(till).priced.total_cents == 260
    assert Article.objects.get(id=ESPRESSO).level_prices == {2: 220}
    assert Article.objects.get(id=ESPRESSO).cost_cents == 48
    page = words(office.get("/office/changes"))
    assert "Artikel Espresso" in page
    assert "Preis 2,40 → 2,60" in page
    assert "Murat" in page
    assert "Preis 2,40 → 2,60" in words(office.get(f"/office/articles/{ESPRESSO}"))


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("price", "zwei", "ist kein Betrag"),
        ("price", "", "Der Preis fehlt."),
        ("price", "1.500", "„1.500“ ist mehrdeutig. Bitte mit Komma eingeben."),
        ("number", "2", "ist schon vergeben"),
        ("number", "ä 1", "Eine Artikelnummer hat bis zu 30"),
        ("name", "   ", "Der Text hat 1 bis 120 Zeichen."),
        ("codes", "4012345678900", "Die Prüfziffer"),
        ("codes", JUICE_CODE, "gehört schon zu Apfelschorle"),
        ("vat_key_in", "11", "Diesen Steuerschlüssel gibt es nicht."),
        ("group_id", "f" * 32, "Diese Warengruppe gibt es nicht."),
        ("age", "17", "Möglich ist hier nur"),
        ("favourite_position", "x", "Hier gehört eine ganze Zahl hin."),
        ("price", "-1,00", "Negativ ist nur der Preis einer Pfandrückgabe."),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_changes(
    office: Client, field: str, typed: str, sentence: str
) -> None:
    before = Article.objects.filter(id=ESPRESSO).values().get()
    answer = save(office, ESPRESSO, **{field: typed, "unit": "Tasse"})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'value="Tasse"' in answer.content.decode(), "what was typed stays"
    assert Article.objects.filter(id=ESPRESSO).values().get() == before


def test_a_new_article_sent_twice_is_one(till: Till, office: Client) -> None:
    typed = {
        "id": "b" * 32, "number": "77", "name": "Kürbis|suppe", "group_id": BREAD, "price": "6,50", "vat_key_in": "2",
        "vat_key_out": "2", "gv_typ": "Umsatz", "age": "0", "active": "on", "codes": "4006381333931*6",
    }  # fmt: skip
    assert office.post("/office/articles/new", typed).status_code == 302
    assert office.post("/office/articles/new", typed).status_code == 422, "the number is taken by the first"
    made = Article.objects.get(number="77")
    assert (made.id, made.name, made.price_cents) == ("b" * 32, "Kürbis\u00adsuppe", 650)
    assert Barcode.objects.get(article=made).quantity == 6000


def test_codes_come_and_go(office: Client) -> None:
    assert save(office, JUICE, codes="4006381333931\n").status_code == 302
    assert list(Barcode.objects.filter(article_id=JUICE).values_list("code", flat=True)) == ["4006381333931"]
    assert save(office, JUICE, codes="").status_code == 302
    assert not Barcode.objects.filter(article_id=JUICE).exists()


def picture(size: tuple[int, int] = (900, 1200), kind: str = "PNG") -> SimpleUploadedFile:
    """Return a picture file."""
    data = io.BytesIO()
    Image.new("RGB", size, "orange").save(data, kind)
    return SimpleUploadedFile("bild", data.getvalue())


def test_a_picture_becomes_small_and_stands_on_the_tile(office: Client, tmp_path: Path) -> None:
    assert save(office, ESPRESSO, picture_file=picture()).status_code == 302
    name = Article.objects.get(id=ESPRESSO).picture
    answer = office.get(f"/pictures/{name}")
    assert Image.open(io.BytesIO(answer.content)).size == (480, 360)
    assert "immutable" in answer.headers["Cache-Control"]
    assert [file.name for file in (tmp_path / "pictures").iterdir()] == [name]
    assert f'src="/pictures/{name}"' in office.get(f"/till/tiles/{COFFEE}").content.decode()
    save(office, ESPRESSO, price="2,60")
    assert Article.objects.get(id=ESPRESSO).picture == name, "a change elsewhere keeps the picture"
    assert save(office, ESPRESSO, picture_gone="on").status_code == 302
    assert Article.objects.get(id=ESPRESSO).picture == ""


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that says it is 36 million pixels."""
    chunks = {b"IHDR": struct.pack(">IIBBBBB", 6000, 6000, 8, 2, 0, 0, 0), b"IDAT": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks.items()
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"kein Bild", "Das ist kein lesbares Bild."),
        (b"", ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "Das ist kein lesbares Bild."),
        (b"\xff" * ((32 << 20) + 1), "Das Bild ist zu groß. Höchstens 32 MB sind möglich."),
        (bomb(), "Das Bild hat zu viele Bildpunkte."),
    ],
)
def test_a_broken_picture_changes_nothing(office: Client, tmp_path: Path, data: bytes, sentence: str) -> None:
    answer = save(office, ESPRESSO, picture_file=SimpleUploadedFile("bild.png", data), price="9,99")
    if sentence:
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert Article.objects.get(id=ESPRESSO).price_cents == 240
    assert not (tmp_path / "pictures").exists()


def test_a_cut_picture_is_called_damaged(office: Client) -> None:
    whole = picture(kind="JPEG").read()
    answer = save(office, ESPRESSO, picture_file=SimpleUploadedFile("bild.jpg", whole[: len(whole) // 2]))
    assert "Das Bild ist beschädigt." in words(answer)


@pytest.mark.parametrize("name", ["../register.json", "x.webp", "a" * 32 + ".png", "..%2fregister.json"])
def test_no_other_file_is_given_as_a_picture(office: Client, name: str) -> None:
    assert office.get(f"/pictures/{name}").status_code == 404


def test_the_table_changes_many_or_none(till: Till, office: Client) -> None:
    rows = {article.id: article for article in Article.objects.filter(group_id=COFFEE, active=True)}
    typed = {f"name-{key}": one.name for key, one in rows.items()}
    typed |= {f"price-{key}": f"{(one.price_cents + 10) / 100:.2f}".replace(".", ",") for key, one in rows.items()}
    address = f"/office/articles/table?group={COFFEE}"
    wrong = office.post(address, {**typed, f"price-{ESPRESSO}": "teuer"})
    assert wrong.status_code == 422
    assert "Nichts wurde gespeichert." in words(wrong)
    assert Article.objects.get(id=ESPRESSO).price_cents == 240
    facts = Journal.objects.filter(kind="rows_saved").count()
    assert office.post(address, typed).headers["Location"].endswith(f"&saved={len(rows)}")
    assert Journal.objects.filter(kind="rows_saved").count() == facts + 1
    assert {one.price_cents - rows[one.id].price_cents for one in Article.objects.filter(id__in=rows)} == {10}


def test_the_newest_change_is_taken_back_and_only_that(till: Till, office: Client) -> None:
    save(office, ESPRESSO, price="2,60")
    first = Journal.objects.filter(kind="rows_saved").latest("seq").id
    save(office, ROLL, price="3,90", sold_out="on")
    newest = Journal.objects.filter(kind="rows_saved").latest("seq").id
    refused = office.post(f"/office/changes/{first}/undo", headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "Danach wurde schon anderes geändert." in words(refused)
    gone = office.post(f"/office/changes/{newest}/undo", headers={"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == "/office/changes", "the browser goes there: a script would get a part of it"
    roll = Article.objects.get(id=ROLL)
    assert (roll.price_cents, roll.sold_out) == (320, False)
    assert Article.objects.get(id=ESPRESSO).price_cents == 260


def test_a_new_article_taken_back_is_retired_and_its_code_free(office: Client) -> None:
    typed = {
        "id": "b" * 32, "number": "77", "name": "Suppe", "group_id": BREAD, "price": "6,50", "vat_key_in": "2",
        "vat_key_out": "2", "gv_typ": "Umsatz", "age": "0", "active": "on", "codes": "4006381333931",
    }  # fmt: skip
    office.post("/office/articles/new", typed)
    newest = Journal.objects.filter(kind="rows_saved").latest("seq").id
    office.post(f"/office/changes/{newest}/undo")
    assert Article.objects.get(number="77").active is False
    assert not Barcode.objects.filter(code="4006381333931").exists()


def test_a_refused_form_brings_nothing_back_that_others_changed(office: Client) -> None:
    stale = fields(office, ESPRESSO)
    assert save(office, ESPRESSO, price="2,60", codes="4006381333931").status_code == 302
    refused = office.post(f"/office/articles/{ESPRESSO}", {**stale, "name": ""})
    assert refused.status_code == 422
    again = form_of(refused, "number")
    assert (again["price"], again["codes"]) == ("2,60", "4006381333931")
    assert office.post(f"/office/articles/{ESPRESSO}", {**again, "name": "Espresso klein"}).status_code == 302
    kept = Article.objects.get(id=ESPRESSO)
    assert (kept.name, kept.price_cents) == ("Espresso klein", 260)
    assert Barcode.objects.filter(article_id=ESPRESSO).exists()


def test_two_tables_at_once_undo_nothing_and_a_field_both_changed_is_asked_about(office: Client) -> None:
    address = f"/office/articles/table?group={COFFEE}"

    def shown() -> dict[str, str]:
        page = office.get(address).content.decode()
        pairs = re.findall(r'<input[^>]*name="((?:was|name|price|content|favourite)-\w+)" value="([^"]*)"', page)
        return {name: unescape(value) for name, value in pairs}

    mine, yours = shown(), shown()
    assert office.post(address, {**yours, f"price-{ESPRESSO}": "2,60"}).status_code == 302
    assert office.post(address, {**mine, f"name-{LATTE}": "Latte"}).status_code == 302
    assert Article.objects.get(id=ESPRESSO).price_cents == 260
    assert Article.objects.get(id=LATTE).name == "Latte"
    page = office.post(address, {**mine, f"price-{ESPRESSO}": "2,50"})
    assert page.status_code == 422
    assert "Inzwischen hat jemand anders geändert: 2,60." in words(page)
    assert Article.objects.get(id=ESPRESSO).price_cents == 260
    assert office.post(address, {**shown(), f"price-{ESPRESSO}": "2,50"}).status_code == 302
    assert Article.objects.get(id=ESPRESSO).price_cents == 250


def test_a_content_makes_the_unit_price_on_every_page_that_shows_the_price(till: Till, office: Client) -> None:
    assert save(office, JUICE, content="0,33 l").status_code == 302
    assert fields(office, JUICE)["content"] == "0,33 l"
    assert "Grundpreis: 1 l = 10,30 €" in words(office.get(f"/office/articles/{JUICE}"))
    sheet = words(office.get(f"/till/sheet/article?article={JUICE}"))
    assert "Inhalt 0,33 l" in sheet
    assert "Grundpreis 1 l = 10,30 €" in sheet
    page = save(office, JUICE, content="drei Gläser")
    assert "„drei Gläser“ ist kein Inhalt." in words(page)
    assert 'value="drei Gläser"' in page.content.decode()
    table = {f"name-{JUICE}": "Apfelschorle", f"price-{JUICE}": "3,40", f"content-{JUICE}": "0,5 l"}
    assert office.post(f"/office/articles/table?group={BOTTLES}", table).status_code == 302
    assert "1 l = 6,80 €" in words(office.get(f"/office/articles/table?group={BOTTLES}"))
    assert "Inhalt 0,33 → 0,5" in words(office.get("/office/changes"))


def test_groups_are_made_and_changed(office: Client) -> None:
    typed = {"id": "c" * 32, "name": "Suppen", "icon": "soup", "hue": "45", "position": "4", "vat_key_in": "2",
             "vat_key_out": "2", "active": "on"}  # fmt: skip
    assert office.post("/office/articles/groups/new", typed).status_code == 302
    assert office.post("/office/articles/groups/" + "c" * 32, {**typed, "name": "Eintöpfe"}).status_code == 302
    assert Group.objects.get(id="c" * 32).name == "Eintöpfe"
    double = office.post("/office/articles/groups/new", {**typed, "id": "d" * 32, "name": " eintöpfe"})
    assert (double.status_code, "gibt es schon" in words(double)) == (422, True)
    assert not Group.objects.filter(id="d" * 32).exists()
    wrong = office.post("/office/articles/groups/" + "c" * 32, {**typed, "name": "", "hue": "400"})
    assert wrong.status_code == 422
    assert Group.objects.get(id="c" * 32).name == "Eintöpfe"
    assert "Eintöpfe" in words(office.get("/office/articles/groups"))


def test_deposits_are_shown_by_name(office: Client) -> None:
    save(office, JUICE, deposit_article_id="")
    assert "Pfand Pfand → –" in words(office.get("/office/changes"))
    assert Article.objects.get(id=JUICE).deposit_article_id is None
    assert Article.objects.filter(id=DEPOSIT).exists()


def test_a_price_with_a_date_is_planned_on_the_articles_page_and_taken_away(till: Till, office: Client) -> None:
    address = f"/office/articles/{ESPRESSO}/prices"
    typed = {"id": "e" * 32, "cents": "2,60", "level": "1", "from_day": "2026-12-01", "from_time": "07:00"}
    assert office.post(address, typed).status_code == 302
    assert office.post(address, typed).status_code == 302, "sent twice"
    planned = Price.objects.get()
    assert (planned.cents, planned.begins, planned.ends) == (260, "2026-12-01T06:00:00.000Z", "")
    page = words(office.get(f"/office/articles/{ESPRESSO}"))
    assert "2,60 € geplant ab 01.12.2026 07:00 Wegnehmen" in page
    assert "Angelegt: Preis mit Datum Espresso, 2,60 ab 01.12.2026 07:00" in page
    assert "2,60 ab 01.12.2026 07:00" in words(office.get(f"/office/articles/table?group={COFFEE}"))
    assert office.post(f"{address}/{planned.id}/end").status_code == 302
    assert not Price.objects.exists()
    assert "Preis mit Datum Espresso, 2,60 ab 01.12.2026 07:00 entfernt" in words(office.get("/office/changes"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"cents": ""}, "Der Preis fehlt."),
        ({"cents": "viel"}, "ist kein Betrag"),
        ({"from_day": ""}, "Ab wann soll der neue Preis gelten?"),
        ({"from_day": "2027-03-28", "from_time": "02:30"}, "lässt die Zeitumstellung am 28.03.2027 aus"),
        ({"to_day": "2026-11-30"}, "Das Ende kommt nach dem Anfang."),
        ({"level": "12"}, "Die Zahl liegt zwischen 1 und 9."),
    ],
)
def test_a_price_that_cannot_be_planned_is_said_and_what_was_typed_stays(
    office: Client, changed: dict[str, str], sentence: str
) -> None:
    typed = {"cents": "2,60", "level": "1", "from_day": "2026-12-01", "to_time": "18:00", **changed}
    answer = office.post(f"/office/articles/{ESPRESSO}/prices", typed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'name="to_time" value="18:00"' in answer.content.decode()
    assert not Price.objects.exists()


def test_the_table_plans_new_prices_for_a_whole_group(till: Till, office: Client) -> None:
    address = f"/office/articles/table?group={COFFEE}"
    page = office.post(address, {"suggest": "1", "percent": "4", "step": "10"})
    assert page.status_code == 200
    assert f'name="new-{ESPRESSO}" value="2,50"' in page.content.decode()
    assert not Price.objects.exists()
    assert "ist kein Betrag" in words(office.post(address, {"suggest": "1", "percent": "viel"}))
    kept = Article.objects.get(id=ESPRESSO)
    typed = {f"name-{ESPRESSO}": kept.name, f"price-{ESPRESSO}": "2,40", f"new-{ESPRESSO}": "2,50"}
    assert "Ab wann" in words(office.post(address, typed))
    assert office.post(address, {**typed, "from_day": "2027-01-01"}).status_code == 302
    assert [(one.article_id, one.cents, one.begins) for one in Price.objects.all()] == [
        (ESPRESSO, 250, "2026-12-31T23:00:00.000Z")
    ]
