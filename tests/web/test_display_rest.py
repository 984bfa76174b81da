"""The display at rest and its helps: own pictures, messages to guests, what is read aloud at the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from PIL import Image

from smartecr.register import queries
from smartecr.register.till import Till
from smartecr.web.display import pictures, speech
from smartecr.web.display.messages import MESSAGES
from smartecr.web.display.screen import PICTURE_SECONDS, Card, Screen, compose
from smartecr.web.till.sheets import GUEST_WORDS
from support.screens import words
from support.shop import ESPRESSO, ring

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop's folder of pictures: two, and what is none."""
    monkeypatch.setattr(settings, "DATA", tmp_path)
    made = tmp_path / pictures.FOLDER
    made.mkdir()
    Image.new("RGB", (40, 30), "red").save(made / "b.jpg")
    Image.new("RGB", (40, 30), "blue").save(made / "a.PNG", "PNG")
    (made / "notes.txt").write_text("none")
    (made / "fake.png").write_text("<script>")
    Image.new("RGB", (40, 30)).save(tmp_path / "elsewhere.png")
    (made / "link.png").symlink_to(tmp_path / "elsewhere.png")
    Image.new("RGB", (40, 30)).save(made / "c.jpg", "GIF")
    return made


def look(client: Client) -> str:
    return str(client.get("/display/state/").content.decode())


def test_only_pictures_are_shown(folder: Path) -> None:
    assert pictures.names(folder.parent) == ("a.PNG", "b.jpg")
    assert pictures.names(folder.parent / "nowhere") == ()


def test_they_take_turns_by_the_clock(till: Till) -> None:
    def at(seconds: float) -> Screen:
        return compose(queries.current(till), None, None, NOON + timedelta(seconds=seconds), pictures=("a", "b"))

    first, second, third = at(0), at(PICTURE_SECONDS), at(2 * PICTURE_SECONDS)
    assert {first.picture, second.picture} == {"a", "b"}
    assert third.picture == first.picture
    assert at(5).next_seconds == PICTURE_SECONDS - 5


def test_the_display_shows_them_and_gives_out_nothing_else(
    folder: Path, till: Till, client: Client, at_till: Callable[..., Client]
) -> None:
    at_till()
    client.post("/logout")
    assert re.search(r'src="/display/pictures/(a\.PNG|b\.jpg)"', look(client))
    assert client.get("/display/pictures/b.jpg").headers["Content-Type"] == "image/jpeg"
    for name in ("notes.txt", "fake.png", "link.png", "c.jpg", "%2e%2e%2fregister.json", "none.jpg"):
        assert client.get(f"/display/pictures/{name}").status_code == 404, name
    assert client.get("/display/pictures/b.jpg", REMOTE_ADDR="192.168.1.7").status_code == 404


def test_a_message_stands_until_somebody_sells(
    till: Till, at_till: Callable[..., Client], send: Callable[..., HttpResponse]
) -> None:
    client = at_till()
    assert client.post("/till/message", {"message": "closed"}, headers={"HX-Request": "true"}).status_code == 204
    assert "Diese Kasse ist geschlossen." in look(client)
    assert "This register is closed." in client.get("/display/state/", {"lang": "en"}).content.decode()
    assert client.post("/till/message", {"message": "<b>"}).status_code == 400
    ring(till, ESPRESSO)
    assert "Espresso" in look(client)
    send(client, {"do": "discard"})
    assert 'data-name="idle"' in look(client)
    client.post("/till/message", {"message": "back"})
    client.post("/till/message", {"message": ""})
    assert 'data-name="idle"' in look(client)


def test_every_message_has_its_key_at_the_till(at_till: Callable[..., Client]) -> None:
    assert [key for key, _word in GUEST_WORDS] == list(MESSAGES)
    page = words(at_till().get("/till/sheet/more"))
    for _key, word in GUEST_WORDS:
        assert word in page


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (Card(cents=1250, step="present"), "12 Euro 50. Karte, Handy oder Uhr anhalten"),
        (Card(cents=1250, step="secure"), "Bitte auf das Terminal schauen"),
        (Card(cents=1250, step="wait", text="Bitte warten"), "Bitte warten"),
    ],
)
def test_what_is_read_aloud_at_the_terminal(card: Card, said: str) -> None:
    assert speech.sentence(Screen(name="card", daypart="day", card=card)) == said
    assert speech.sentence(Screen(name="message", daypart="day", message="back")) == "Wir sind gleich wieder da."
