"""The doctor finds what is wrong and says what to do; on a sound machine it finds nothing."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from smartecr.server import boot
from smartecr.server.cmdline import doctor, doctor_books
from smartecr.server.cmdline.doctor import Finding, Level
from support.servers import run_cli

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_file_in_the_way_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = doctor.writable(tmp_path / "file" / "data")
    assert finding.level is Level.BAD
    assert "SMARTECR_DATA" in finding.advice


def test_the_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert doctor.writable(tmp_path).level is Level.OK
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("free", "level"), [(10**7, Level.BAD), (10**8, Level.HINT), (10**9, Level.OK)], ids=["full", "nearly", "fine"]
)
def test_room_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: Level) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert doctor.room(tmp_path / "not" / "yet").level is level


@pytest.mark.parametrize(
    ("now", "newest", "level"),
    [
        (NOW, None, Level.OK),
        (NOW, NOW - timedelta(days=1), Level.OK),
        (NOW, NOW + timedelta(minutes=1), Level.BAD),
        (datetime(1970, 1, 1, tzinfo=UTC), None, Level.BAD),
        (datetime(2099, 1, 1, tzinfo=UTC), None, Level.BAD),
    ],
    ids=["plain", "after the books", "before the books", "1970", "2099"],
)
def test_the_clock_must_be_plausible(now: datetime, newest: datetime | None, level: Level) -> None:
    assert doctor.clock(now, newest).level is level


def test_the_newest_instant_of_the_books_is_any_registers_since_its_last_closing(tmp_path: Path) -> None:
    assert doctor._newest_instant(tmp_path) is None
    with sqlite3.connect(tmp_path / "smartecr.sqlite3") as connection:
        connection.execute("CREATE TABLE register_register (id)")
        connection.execute("CREATE TABLE register_journal (register_id, seq, kind, at)")
        connection.commit()
        assert doctor._newest_instant(tmp_path) is None
        connection.executemany("INSERT INTO register_register VALUES (?)", [("a",), ("b",), ("never used",)])
        connection.executemany(
            "INSERT INTO register_journal VALUES (?, ?, ?, ?)",
            [
                ("a", 1, "receipt_recorded", "2026-11-20T10:00:00.000Z"),
                ("a", 2, "day_closed", "2026-11-20T18:00:00.000Z"),
                ("b", 1, "receipt_recorded", "2026-11-21T09:00:00.000Z"),
                ("b", 2, "receipt_recorded", "2026-11-21T08:00:00.000Z"),  # the clock was put back
            ],
        )
    connection.close()
    assert doctor._newest_instant(tmp_path) == datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_taken_port_is_a_hint() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert doctor.port_free(taken.getsockname()[1]).level is Level.HINT


def test_assets_are_all_there() -> None:
    assert doctor.assets().level is Level.OK


def test_missing_assets_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_resource", lambda package, path: package != "lucide")
    finding = doctor.assets()
    assert finding.level is Level.BAD
    assert "lucide" in finding.what


@pytest.mark.parametrize(
    ("mode", "content", "level"),
    [(0o600, "k" * 64, Level.OK), (0o644, "k" * 64, Level.BAD), (0o600, "k", Level.BAD)],
    ids=["fine", "readable", "cut"],
)
def test_the_key_is_checked(tmp_path: Path, mode: int, content: str, level: Level) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content)
    path.chmod(mode)
    assert doctor.secret_key(tmp_path).level is level


@pytest.mark.django_db
@pytest.mark.parametrize(
    "check", [doctor_books.integrity, doctor_books.migrations, doctor_books.durability, doctor_books.signing]
)
def test_a_sound_database_has_no_findings(check: Callable[[], Finding]) -> None:
    assert check().level is Level.OK


@pytest.mark.django_db
def test_an_outage_of_the_tse_is_named() -> None:
    from smartecr.register.models import Outage

    Outage.objects.create(id="1" * 32, register_id="2" * 32, began_at="2026-11-23T08:00:00.000Z", reason="Zeitlimit")
    finding = doctor_books.signing()
    assert finding.level is Level.BAD
    assert "Zeitlimit" in finding.what


def test_a_newer_version_of_the_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "unknown_migrations", lambda: ["register.0099_future"])
    finding = doctor_books.migrations()
    assert finding.level is Level.BAD
    assert "register.0099_future" in finding.what


@pytest.mark.slow
def test_a_fresh_folder_is_well(tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Alles in Ordnung." in done.stdout


@pytest.mark.slow
def test_a_damaged_database_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with sqlite3.connect(folder / "smartecr.sqlite3") as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,) for _ in range(50)])
    connection.close()
    damaged = bytearray((folder / "smartecr.sqlite3").read_bytes())
    damaged[4096:40960] = b"\xff" * 36864
    (folder / "smartecr.sqlite3").write_bytes(damaged)
    done = run_cli(folder, "doctor")
    assert done.returncode == 1
    assert "FEHLER" in done.stdout
    assert "Traceback" not in done.stderr
