"""Backups: whole or not at all, readable with the key alone, the same books when they come back."""

from __future__ import annotations

import io
import logging
import os
import sqlite3
import subprocess
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from smartecr.server.backups import backup, backup_schedule
from smartecr.server.backups.backup import BackupError
from smartecr.server.cmdline import command_backup, doctor
from support.servers import run_cli

AT = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def books(path: Path, rows: int = 500) -> None:
    """Make a small database as the shop's: WAL, a table that adds up to nothing."""
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE entry (account TEXT, cents INTEGER);")
    connection.executemany("INSERT INTO entry VALUES (?, ?)", [("a", number) for number in range(rows)])
    connection.executemany("INSERT INTO entry VALUES (?, ?)", [("b", -number) for number in range(rows)])
    connection.commit()
    connection.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a data folder with books, a picture, secrets, and what is no matter of a backup."""
    folder = tmp_path / "data"
    for name, text in {
        "register.json": "{}", "secret.key": "geheim", "tse-secrets.json": "{}", "pictures/a.webp": "bild",
        "tse/state.json": "counter", "logs/smartecr.log": "log", "print/job.json": "job", ".draft": "halb",
        "smartecr.pid": "1",
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    books(folder / "smartecr.sqlite3")
    return folder


@pytest.fixture
def key(shop: Path) -> str:
    """Return the secret key of the shop's backups."""
    return backup.new_key(shop)


def take(shop: Path, target: Path, at: datetime = AT) -> backup.Made:
    """Take a backup as the command does."""
    return backup.create(shop, target, at, backup.copy_sqlite(shop / "smartecr.sqlite3"))


def test_what_the_shop_owns_comes_back(shop: Path, key: str, tmp_path: Path) -> None:
    made = take(shop, tmp_path / "stick")
    assert made.path.name == "smartecr-20261123-183000.tar.age"
    assert made.size == made.path.stat().st_size
    manifest = backup.restore(made.path, key, tmp_path / "new")
    assert manifest["at"] == "2026-11-23T18:30:00Z"
    found = sorted(path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*.*"))
    assert found == ["pictures/a.webp", "register.json", "secret.key", "smartecr.sqlite3", "tse-secrets.json"]
    assert (tmp_path / "new" / "secret.key").read_text() == "geheim"
    with sqlite3.connect(tmp_path / "new" / "smartecr.sqlite3") as copy:
        assert copy.execute("SELECT count(*), sum(cents) FROM entry").fetchone() == (1000, 0)
    copy.close()


def test_nothing_of_it_can_be_read_without_the_key(shop: Path, key: str, tmp_path: Path) -> None:
    made = take(shop, tmp_path / "stick")
    data = made.path.read_bytes()
    for plain in (b"geheim", b"entry", b"register.json", key.encode()):
        assert plain not in data
    assert key not in (shop / "backup.json").read_text()
    other = str(pyrage.x25519.Identity.generate())
    with pytest.raises(BackupError, match="passt nicht zu diesem Schlüssel"):
        backup.restore(made.path, other, tmp_path / "new")
    with pytest.raises(BackupError, match="Das ist kein Schlüssel"):
        backup.restore(made.path, "geheim", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_damaged_or_cut_backup_changes_nothing(shop: Path, key: str, tmp_path: Path) -> None:
    whole = take(shop, tmp_path / "stick").path.read_bytes()
    broken = tmp_path / "broken.tar.age"
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        broken.write_bytes(whole[:place])
        with pytest.raises(BackupError):
            backup.restore(broken, key, tmp_path / "new")
        broken.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupError):
            backup.restore(broken, key, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.tar.age", "data", "stick"]


def test_a_shop_is_never_overwritten(shop: Path, key: str, tmp_path: Path) -> None:
    made = take(shop, tmp_path / "stick")
    with pytest.raises(BackupError, match="ist nicht leer"):
        backup.restore(made.path, key, shop)
    assert (shop / "logs" / "smartecr.log").read_text() == "log"
    (tmp_path / "new").mkdir()
    backup.restore(made.path, key, tmp_path / "new")
    assert (tmp_path / "new" / "register.json").exists()


def test_without_a_key_nothing_is_written(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="Es gibt noch keinen Schlüssel"):
        take(shop, tmp_path / "stick")
    assert not (tmp_path / "stick").exists()


def test_a_target_that_cannot_be_written_leaves_the_books_alone(shop: Path, key: str, tmp_path: Path) -> None:
    (tmp_path / "stick").write_text("no folder")
    before = sorted(shop.rglob("*"))
    with pytest.raises(BackupError, match="ließ sich nicht schreiben"):
        take(shop, tmp_path / "stick")
    assert sorted(shop.rglob("*")) == before


def test_a_full_disk_leaves_no_half_backup(
    shop: Path, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackupError, match="auf dem Datenträger ist kein Platz mehr"):
        take(shop, tmp_path / "stick")
    assert list((tmp_path / "stick").iterdir()) == []
    assert not list(shop.glob(".backup-*"))


def test_books_that_cannot_be_copied_are_said(shop: Path, key: str, tmp_path: Path) -> None:
    (shop / "smartecr.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    for more in shop.glob("smartecr.sqlite3-*"):
        more.unlink()
    with pytest.raises(BackupError, match="ließen sich nicht kopieren"):
        take(shop, tmp_path / "stick")


def test_a_copy_taken_while_the_shop_books_adds_up(shop: Path, key: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def sell() -> None:
        connection = sqlite3.connect(shop / "smartecr.sqlite3", timeout=10)
        number = 0
        while not stop.is_set():
            number += 1
            with connection:
                connection.execute("INSERT INTO entry VALUES ('a', ?)", [number])
                connection.execute("INSERT INTO entry VALUES ('b', ?)", [-number])
        connection.close()

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        made = [take(shop, tmp_path / "stick", AT + timedelta(seconds=second)) for second in range(3)]
    finally:
        stop.set()
        seller.join()
    for place, one in enumerate(made):
        backup.restore(one.path, key, tmp_path / f"new{place}")
        copy = sqlite3.connect(tmp_path / f"new{place}" / "smartecr.sqlite3")
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT sum(cents), count(*) % 2 FROM entry").fetchone() == (0, 0)
        copy.close()


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside-backup", "smartecr.sqlite3/../../outside"])
def test_a_forged_archive_writes_nowhere_else(shop: Path, key: str, tmp_path: Path, name: str) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        head = tarfile.TarInfo(name)
        head.size = 4
        archive.addfile(head, io.BytesIO(b"evil"))
    recipient = pyrage.x25519.Recipient.from_str(backup.settings(shop)["recipient"])
    forged = tmp_path / "forged.tar.age"
    forged.write_bytes(pyrage.encrypt(data.getvalue(), [recipient]))
    with pytest.raises(BackupError):
        backup.restore(forged, key, tmp_path / "new")
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/outside-backup").exists()
    assert not (tmp_path / "new").exists()


def test_the_oldest_go(shop: Path, key: str, tmp_path: Path) -> None:
    for day in range(5):
        command_backup.remember(shop, take(shop, tmp_path / "stick", AT + timedelta(days=day)), 3)
    names = sorted(path.name for path in (tmp_path / "stick").iterdir())
    assert names == [f"smartecr-202611{day}-183000.tar.age" for day in (25, 26, 27)]


def test_a_day_later_a_backup_is_due(shop: Path, key: str, tmp_path: Path) -> None:
    now = [AT]
    schedule = backup_schedule.Schedule(shop, str(tmp_path / "stick"), lambda: now[0])
    assert schedule.look()
    now[0] += timedelta(hours=19)
    assert not schedule.look()
    now[0] += timedelta(hours=2)
    assert schedule.look()
    assert len(list((tmp_path / "stick").iterdir())) == 2


def test_looking_goes_on_after_what_nobody_expected(
    shop: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    looked, twice = [], threading.Event()

    def look() -> bool:
        looked.append(1)
        if len(looked) > 1:
            twice.set()
        raise RuntimeError("the settings are no JSON any more")

    monkeypatch.setattr(backup_schedule, "LOOK_SECONDS", 0.0)
    schedule = backup_schedule.Schedule(shop, "", lambda: AT)
    monkeypatch.setattr(schedule, "look", look)
    schedule.start()
    assert twice.wait(20)
    schedule.close()


def test_a_failed_one_is_said_and_tried_again_in_an_hour(shop: Path, key: str, tmp_path: Path) -> None:
    now = [AT]
    schedule = backup_schedule.Schedule(shop, str(tmp_path / "stick"), lambda: now[0])
    (tmp_path / "stick").write_text("away")
    assert not schedule.look()
    assert "ließ sich nicht schreiben" in backup.settings(shop)["failed"]
    assert doctor.backups(shop, AT).what == "Die letzte Sicherung schlug fehl."
    (tmp_path / "stick").unlink()
    now[0] += timedelta(minutes=59)
    assert not schedule.look()
    now[0] += timedelta(minutes=2)
    assert schedule.look()
    assert backup.settings(shop)["failed"] == ""
    assert doctor.backups(shop, now[0]).level is doctor.Level.OK
    assert doctor.backups(shop, now[0] + timedelta(days=8)).level is doctor.Level.HINT


@pytest.mark.parametrize("setting", ["stick", "ftp://host/x", "/media/stick?keep=viele"])
def test_a_setting_that_names_no_folder_is_refused(setting: str) -> None:
    with pytest.raises(backup_schedule.BackupSettingError):
        backup_schedule.target_of(setting)


def test_settings_name_folder_and_number() -> None:
    assert backup_schedule.target_of("") is None
    assert backup_schedule.target_of("/media/stick") == (Path("/media/stick"), 0)
    assert backup_schedule.target_of("/media/stick?keep=30") == (Path("/media/stick"), 30)


@pytest.mark.slow
def test_the_commands_make_try_out_and_bring_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run_cli(folder, "demo", "--days", "1").returncode == 0
    refused = run_cli(folder, "backup", "create")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Es gibt noch keinen Schlüssel." in refused.stderr
    shown = run_cli(folder, "backup", "key").stdout
    (tmp_path / "key.txt").write_text(shown)
    assert run_cli(folder, "backup", "create", "--to", str(tmp_path / "stick")).returncode == 0
    (made,) = (tmp_path / "stick").iterdir()
    checked = run_cli(folder, "backup", "check", str(made), "--key", str(tmp_path / "key.txt"))
    assert checked.returncode == 0, checked.stderr
    assert "Die Bücher stimmen" in checked.stdout
    done = run_cli(tmp_path / "new", "backup", "restore", str(made), "--key", str(tmp_path / "key.txt"))
    assert done.returncode == 0, done.stderr
    assert run_cli(tmp_path / "new", "verify", "books").returncode == 0
    again = run_cli(tmp_path / "new", "backup", "restore", str(made), "--key", str(tmp_path / "key.txt"))
    assert (again.returncode, "ist nicht leer" in again.stderr) == (2, True)


@pytest.mark.postgres
def test_postgresql_is_copied_by_its_own_tool(shop: Path, key: str, tmp_path: Path) -> None:
    made = backup.create(shop, tmp_path / "stick", AT, backup.copy_postgresql(os.environ["DATABASE_URL"]))
    backup.restore(made.path, key, tmp_path / "new")
    listed = subprocess.run(
        ["pg_restore", "--list", str(tmp_path / "new" / "smartecr.pgdump")], capture_output=True, text=True, check=True
    )
    assert "Archive created" in listed.stdout


def test_a_missing_tool_is_said(shop: Path, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="fehlt pg_dump"):
        backup.create(shop, tmp_path / "stick", AT, backup.copy_postgresql("postgresql:///x"))
