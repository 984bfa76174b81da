"""Key, database address, ownership of the folder, progress: what a start stands on."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartecr.server import database, secret
from smartecr.server.cmdline.console import Progress
from smartecr.server.demoshop import firstshop
from smartecr.server.owner import FolderBusyError, ForeignFolderError, Ownership


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first = secret.key(folder)
    assert len(first) >= 60
    assert secret.key(folder) == first
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_two_shops_have_two_keys(tmp_path: Path) -> None:
    assert secret.key(tmp_path / "a") != secret.key(tmp_path / "b")


def test_processes_starting_at_once_agree_on_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    winner = secret.key(tmp_path / "other")
    link = os.link

    def beaten(draft: Path, path: Path) -> None:
        path.write_text(winner, encoding="ascii")
        link(draft, path)

    monkeypatch.setattr(os, "link", beaten)
    assert secret.key(tmp_path / "data") == winner


def test_without_an_address_the_books_are_a_sqlite_file(tmp_path: Path) -> None:
    made = database.configuration("", tmp_path)
    assert made["ENGINE"].endswith("sqlite3")
    assert made["NAME"] == tmp_path / "smartecr.sqlite3"
    assert made["CONN_MAX_AGE"] is None
    assert "synchronous=FULL" in made["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql://anna:p%40ss@db.local:5433/kasse?sslmode=require",
            {"USER": "anna", "PASSWORD": "p@ss", "HOST": "db.local", "PORT": "5433", "NAME": "kasse"},
        ),
        ("postgresql://anna@/kasse?host=/run/pg", {"USER": "anna", "HOST": "/run/pg", "PORT": "", "NAME": "kasse"}),
        ("postgres:///", {"NAME": "smartecr", "HOST": "", "USER": ""}),
    ],
)
def test_a_postgresql_address_is_taken_apart(tmp_path: Path, address: str, expected: dict[str, str]) -> None:
    made = database.configuration(address, tmp_path)
    assert {name: made[name] for name in expected} == expected
    assert "host" not in made["OPTIONS"]


def test_other_databases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mysql"):
        database.configuration("mysql://x/y", tmp_path)


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with Ownership(tmp_path), pytest.raises(FolderBusyError) as caught:
        Ownership(tmp_path)
    assert caught.value.pid == os.getpid()
    Ownership(tmp_path).close()


@pytest.mark.parametrize(
    ("names", "ours"),
    [
        ([], True), (["secret.key", "logs", "wallet", "lost+found", ".hidden"], True),
        (["Urlaub.jpg", "smartecr.sqlite3"], True), (["notes.txt", "register.json"], True), (["Urlaub.jpg"], False),
        (["secret.key", "manage.py", "app.py", "b.py", "c.py"], False),
    ],
)  # fmt: skip
def test_a_folder_of_another_programme_is_left_alone(tmp_path: Path, names: list[str], *, ours: bool) -> None:
    for name in names:
        (tmp_path / name).touch()
    if ours:
        Ownership(tmp_path).close()
        return
    with pytest.raises(ForeignFolderError) as refused:
        Ownership(tmp_path)
    assert "SMARTECR_DATA=anderer-ordner" in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_bar_redraws_one_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    progress = Progress(terminal, width=4)
    progress(0, 2, "Artikel")
    progress(2, 2, "fertig")
    assert [part.rstrip() for part in terminal.getvalue().split("\r")] == [
        "",
        "  ····   0%  Artikel",
        "  ████ 100%  fertig",
    ]


def test_a_log_gets_few_lines() -> None:
    log = io.StringIO()
    progress = Progress(log, pause=60)
    for done in range(1001):
        progress(done, 1000, "Tage")
    assert log.getvalue() == "  100%  Tage\n"


class Shops:
    """Stands for the shop table."""

    def __init__(self, known: bool) -> None:
        self.objects = SimpleNamespace(exists=lambda: known)


def plant(monkeypatch: pytest.MonkeyPatch, build: Any, *, known: bool = False) -> None:
    """Put `build` in the demo shop's place and say whether a shop is known."""
    import smartecr.server.demoshop as room
    from smartecr.register import models

    module = SimpleNamespace(build=build)
    monkeypatch.setitem(__import__("sys").modules, "smartecr.server.demoshop.demo", module)
    monkeypatch.setattr(room, "demo", module, raising=False)
    monkeypatch.setattr(models, "Shop", Shops(known))


def test_an_existing_shop_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, lambda days, progress, folder: pytest.fail("built over a shop"), known=True)
    assert firstshop.make(tmp_path, 3, Progress()) is False
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_demo_starts_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(days: int, progress: object, folder: Path) -> int:
        (tmp_path / "smartecr.sqlite3").write_text("half")
        (tmp_path / "tse").mkdir()
        raise KeyboardInterrupt

    plant(monkeypatch, cut)
    with pytest.raises(KeyboardInterrupt):
        firstshop.make(tmp_path, 3, Progress())
    (tmp_path / "logs").mkdir()
    assert firstshop.clear_unfinished(tmp_path) is True
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def test_a_finished_demo_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, lambda days, progress, folder: (folder / "smartecr.sqlite3").write_text("whole"))
    assert firstshop.make(tmp_path, 3, Progress()) is True
    assert firstshop.clear_unfinished(tmp_path) is False
    assert [path.name for path in tmp_path.iterdir()] == ["smartecr.sqlite3"]


def test_ownership_is_not_shared_between_threads(tmp_path: Path) -> None:
    won: list[Ownership] = []

    def grab() -> None:
        try:
            won.append(Ownership(tmp_path))
        except FolderBusyError:
            return

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    won[0].close()
