"""Backups in the office, by a real desk on a real folder: the key, taking one, the drill, and what goes wrong."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smartecr.register.models import Journal
from smartecr.server.backups import backup, backup_desk
from smartecr.server.backups.backup_desk import Desk
from smartecr.server.cmdline import command_backup
from support.screens import words

if TYPE_CHECKING:
    from django.test import Client

    from smartecr.register.till import Till

AtTill = Callable[..., "Client"]


class Moving:
    """A clock that can be moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 7, 42, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def moving() -> Moving:
    return Moving()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moving: Moving) -> Desk:
    """Return the desk of a small data folder, with a proof of the books that takes no time."""
    folder = tmp_path / "shop-data"
    folder.mkdir()
    (folder / "register.json").write_text("{}")
    connection = sqlite3.connect(folder / "smartecr.sqlite3")
    connection.execute("CREATE TABLE entry (cents INTEGER)")
    connection.close()
    made = Desk(folder, "", moving)
    monkeypatch.setattr(backup_desk, "_desk", made)
    monkeypatch.setattr(command_backup, "_verified", lambda _folder: (0, "Alles stimmt: 0 Befunde."))
    return made


@pytest.fixture
def office(at_till: AtTill, desk: Desk) -> Client:
    """Return the owner's client."""
    return at_till("Christine")


def key_of(office: Client) -> str:
    """Have a key shown, confirm it from the paper, return it."""
    shown = office.post("/office/backups/key")
    assert shown.headers["Cache-Control"] == "no-store"
    secret = re.search(r'<p class="secret"[^>]*>(.*?)</p>', shown.content.decode())
    assert secret
    key = re.sub(r"<[^>]+>", "", secret[1])
    assert key.startswith("AGE-SECRET-KEY-1")
    assert office.post("/office/backups/confirm", {"end": key[-6:].lower()}).status_code == 302
    return key


def test_the_key_is_shown_once_and_counts_when_it_is_on_paper(office: Client, desk: Desk) -> None:
    assert "Es wird noch nicht gesichert." in words(office.get("/office/backups"))
    shown = office.post("/office/backups/key")
    assert not desk.state().has_key
    wrong = office.post("/office/backups/confirm", {"end": "ABCDEF"})
    assert wrong.status_code == 422
    assert "nicht die letzten sechs Zeichen" in words(wrong)
    assert not desk.state().has_key
    key = key_of(office)
    assert desk.state().has_key
    assert key not in words(office.get("/office/backups"))
    assert key not in (desk._folder / "backup.json").read_text()
    assert "verfallen" in words(office.post("/office/backups/confirm", {"end": key[-6:]}))
    assert Journal.objects.filter(kind="backup_key_made").count() == 1
    assert shown.status_code == 200


def test_a_backup_is_taken_brought_back_and_the_result_stands_there(
    office: Client, desk: Desk, tmp_path: Path, moving: Moving
) -> None:
    key = key_of(office)
    stick = tmp_path / "stick"
    stick.mkdir()
    assert office.post("/office/backups/target", {"target": str(stick), "keep": "2"}).status_code == 302
    for _day in range(3):
        assert office.post("/office/backups/take").status_code == 302
        desk.wait()
        moving.now += timedelta(minutes=1)
    names = [one.name for one in desk.state().files]
    assert names == ["smartecr-20261124-074400.tar.age", "smartecr-20261124-074300.tar.age"]
    page = words(office.get("/office/backups"))
    assert "Die letzte: 24. November 2026, 8:44 Uhr." in page
    assert "Noch nie zurückgeholt." in page
    assert office.post("/office/backups/drill", {"name": names[0], "key": key}).status_code == 302
    desk.wait()
    page = words(office.get("/office/backups"))
    assert "ihre Bücher halten" in page
    assert "0 Befunde" in page
    assert "Noch nie zurückgeholt." not in page
    other, _public = backup.make_key()
    office.post("/office/backups/drill", {"name": names[0], "key": other})
    desk.wait()
    page = words(office.get("/office/backups", headers={"HX-Request": "true"}))
    assert "Dieser Schlüssel öffnet sie nicht." in page
    assert "taugt so nicht" not in page, "nobody has looked into it"
    assert "passt nicht zu diesem Schlüssel" in page
    (stick / names[0]).write_bytes((stick / names[0]).read_bytes()[:-9])
    office.post("/office/backups/drill", {"name": names[0], "key": key})
    desk.wait()
    assert "Diese Sicherung taugt so nicht." in words(office.get("/office/backups"))


def test_what_cannot_be_done_is_said(office: Client, desk: Desk, tmp_path: Path, moving: Moving) -> None:
    assert "Es gibt noch keinen Schlüssel" in words(office.post("/office/backups/take"))
    gone = office.post("/office/backups/target", {"target": "/gibt/es/nicht"})
    assert gone.status_code == 422
    assert "Den Ordner /gibt/es/nicht gibt es nicht." in words(gone)
    for keep in ("zwei", "-1", "9" * 10_000):
        assert "ist eine Zahl" in words(office.post("/office/backups/target", {"target": "", "keep": keep}))
    key_of(office)
    assert "liegt nicht mehr im Ordner" in words(office.post("/office/backups/drill", {"name": "../x", "key": "k"}))
    stick = tmp_path / "stick"
    stick.mkdir()
    office.post("/office/backups/target", {"target": str(stick)})
    stick.rmdir()
    (tmp_path / "stick").write_text("kein Ordner")
    office.post("/office/backups/take")
    desk.wait()
    page = words(office.get("/office/backups"))
    assert "Die letzte Sicherung ist nicht gelungen." in page
    assert "Die Bücher der Kasse sind unberührt." in page
    assert "Der Ordner ist gerade nicht da." in page


def test_one_thing_at_a_time(office: Client, desk: Desk) -> None:
    key_of(office)
    desk._busy = "drill"
    page = office.get("/office/backups")
    assert "wird zurückgeholt" in words(page)
    assert 'hx-trigger="every 1s"' in page.content.decode()
    assert "Bitte einen Moment warten." in words(office.post("/office/backups/take"))


def test_an_old_backup_is_called_old(office: Client, desk: Desk, till: Till, tmp_path: Path, moving: Moving) -> None:
    key_of(office)
    moving.now -= timedelta(days=5)
    office.post("/office/backups/target", {"target": str(tmp_path)})
    office.post("/office/backups/take")
    desk.wait()
    assert "Die letzte Sicherung ist alt." in words(office.get("/office/backups"))


def test_a_manager_takes_backups_and_only_the_owner_decides_on_key_and_folder(at_till: AtTill, desk: Desk) -> None:
    manager = at_till("Murat")
    for do in ("key", "confirm", "target"):
        refused = manager.post(f"/office/backups/{do}", {"target": "/tmp"})
        assert refused.status_code == 422
        assert "Geschäftsführung" in words(refused)
    assert not desk.state().has_key
    assert manager.get("/office/backups").status_code == 200


def test_a_setting_comes_before_the_office(office: Client, desk: Desk, tmp_path: Path) -> None:
    desk._setting = f"{tmp_path}?keep=7"
    assert desk.state().keep == 7
    assert "SMARTECR_BACKUP" in words(office.get("/office/backups"))
    assert "nur dort ändern" in words(office.post("/office/backups/target", {"target": "/tmp"}))
