"""`smartecr doctor`: what is missing or wrong on this machine, and what to do about it.

Each check is a function that returns a `Finding`; none changes anything but a probe file in a folder that is there.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from importlib import resources
from pathlib import Path

from smartecr.core import oswords
from smartecr.core.records import dataclass
from smartecr.server.backups import backup
from smartecr.server.cmdline.console import say

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
TOO_LATE = datetime(2040, 1, 1, tzinfo=UTC)
ROOM_WANTED = 500 * 1024 * 1024
ROOM_NEEDED = 50 * 1024 * 1024


class Level(Enum):
    """How grave a finding is. Only BAD makes the exit code 1."""

    OK = "ok"
    HINT = "Hinweis"
    BAD = "FEHLER"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: German sentence, and what to do when it is not well."""

    level: Level
    what: str
    advice: str = ""


def run(folder: Path, port: int) -> int:
    """Check the machine and the shop in `folder`, print the findings, return 1 when something is wrong."""
    findings = []
    for finding in examine(folder, port):
        findings.append(finding)
        say(f"{finding.level.value:>8}  {finding.what}")
        if finding.advice:
            say(f"          → {finding.advice}")
    bad = sum(finding.level is Level.BAD for finding in findings)
    say()
    say("Alles in Ordnung." if not bad else f"{bad} Punkte verhindern den Betrieb." if bad > 1 else "Ein Punkt fehlt.")
    return 1 if bad else 0


def examine(folder: Path, port: int) -> Iterator[Finding]:
    """Yield the findings in order. What needs the database is left out when the folder cannot be used."""
    yield python()
    place = writable(folder)
    yield place
    yield room(folder)
    yield clock(datetime.now(UTC), _newest_instant(folder))
    yield port_free(port)
    yield assets()
    yield browser()
    if place.level is Level.BAD:
        return
    yield secret_key(folder)
    yield backups(folder, datetime.now(UTC))
    if (folder / "wallet/pass.pem").exists():
        yield passes(folder, datetime.now(UTC))
    if (folder / "smartecr.sqlite3").exists() or (os.environ.get("DATABASE_URL") and (folder / "secret.key").exists()):
        yield from _database()
    else:
        yield Finding(Level.HINT, "Es gibt noch keinen Laden.", "./run legt beim ersten Start den Demo-Laden an.")


def backups(folder: Path, now: datetime) -> Finding:
    """Look at the newest backup: is there one, is it younger than a week, did the last try fail."""
    kept = backup.settings(folder)
    if kept.get("failed"):
        return Finding(Level.HINT, "Die letzte Sicherung schlug fehl.", str(kept["failed"]))
    last = kept.get("last")
    if not last:
        return Finding(Level.HINT, "Es gibt noch keine Sicherung.", "smartecr backup key, dann smartecr backup create")
    at = datetime.fromisoformat(last["at"])
    what = f"Letzte Sicherung am {at.astimezone():%d.%m.%Y}: {last['path']}"
    if now - at > timedelta(days=7):
        return Finding(Level.HINT, what, "Älter als eine Woche: smartecr backup create")
    return Finding(Level.OK, what)


def passes(folder: Path, now: datetime) -> Finding:
    """Look at the certificate that signs customer cards for Apple Wallet."""
    from smartecr.web.guest import pkpass

    try:
        signer = pkpass.load(folder / "wallet/pass.pem")
    except pkpass.PassError as error:
        return Finding(Level.HINT, f"Kundenkarten für Apple Wallet: {error}", "Handbuch: Kunden und Treue")
    if signer is None or not signer.holds(now + timedelta(days=30)):
        return Finding(
            Level.HINT, "Das Zertifikat der Kundenkarten für Apple Wallet läuft ab.", "Bei Apple ein neues ausstellen."
        )
    return Finding(Level.OK, f"Kundenkarten für Apple Wallet: {signer.pass_type}")


def python() -> Finding:
    """Name the interpreter and check the SQLite it carries (Django 5.2 wants 3.31, our upserts and RETURNING 3.35)."""
    import sqlite3

    version = ".".join(str(part) for part in sys.version_info[:3])
    if sqlite3.sqlite_version_info < (3, 35):
        return Finding(
            Level.BAD, f"SQLite {sqlite3.sqlite_version} ist zu alt.", "Ein Python mit SQLite ab 3.35 nehmen."
        )
    return Finding(Level.OK, f"Python {version}, SQLite {sqlite3.sqlite_version}")


def writable(folder: Path) -> Finding:
    """Check that files can be made in the data folder and reach the disk; one that is not there yet stays so."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        if not folder.exists():
            return _still_to_be_made(folder)
        with probe.open("wb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        advice = "Rechte des Ordners ändern oder mit SMARTECR_DATA einen anderen nennen."
        return Finding(Level.BAD, f"Der Datenordner {folder} ist nicht beschreibbar ({oswords.reason(error)}).", advice)
    return Finding(Level.OK, f"Datenordner {folder}")


def _still_to_be_made(folder: Path) -> Finding:
    """Tell whether the first start can make the folder. Raises OSError when not."""
    above = next(path for path in folder.parents if path.exists())
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "", str(above))
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "", str(above))
    return Finding(Level.OK, f"Den Datenordner {folder} legt der erste Start an")


def room(folder: Path) -> Finding:
    """Check the free space where the data lies. A year of a busy shop is far below 1 GB."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / 1e9:.1f} GB frei".replace(".", ",")
    if free < ROOM_NEEDED:
        return Finding(Level.BAD, f"Der Datenträger ist voll: {text}.", "Platz schaffen, bevor weiter kassiert wird.")
    if free < ROOM_WANTED:
        return Finding(Level.HINT, f"Der Platz wird knapp: {text}.", "In den nächsten Tagen Platz schaffen.")
    return Finding(Level.OK, text)


def clock(now: datetime, newest: datetime | None) -> Finding:
    """Check that the clock is plausible and not before `newest`, the latest entry in the books (both aware)."""
    advice = "Uhrzeit stellen; am besten über das Netz (timedatectl set-ntp true)."
    text = now.astimezone().strftime("%d.%m.%Y %H:%M")
    if not BUILT <= now < TOO_LATE:
        return Finding(Level.BAD, f"Die Uhr steht auf {text}; das kann nicht stimmen.", advice)
    if newest is not None and now < newest:
        return Finding(Level.BAD, f"Die Uhr ({text}) geht nach: die Bücher kennen schon Späteres.", advice)
    return Finding(Level.OK, f"Uhr: {text}")


_NEWEST = (
    "SELECT max(newest) FROM (SELECT (SELECT max(at) FROM register_journal WHERE register_id = r.id "
    "AND seq >= COALESCE((SELECT max(seq) FROM register_journal WHERE register_id = r.id AND kind = 'day_closed'), 0)) "
    "AS newest FROM register_register r)"
)
"""From each register's last closing on: a journal of ten years is not read for it."""


def _newest_instant(folder: Path) -> datetime | None:
    """Read the latest instant in the journal without Django, so that a broken set-up does not hide a wrong clock."""
    import sqlite3
    from contextlib import closing

    file = folder / "smartecr.sqlite3"
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            (text,) = connection.execute(_NEWEST).fetchone()
    except sqlite3.Error:
        return None
    return datetime.fromisoformat(text) if text else None


def port_free(port: int) -> Finding:
    """Check whether the usual port can be bound on loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            advice = "Läuft smartECR schon, ist alles gut; sonst mit --port einen anderen nehmen."
            return Finding(Level.HINT, f"Port {port} ist belegt.", advice)
    return Finding(Level.OK, f"Port {port} ist frei")


def assets() -> Finding:
    """Check that fonts, icons and htmx are where the wheels bring them."""
    wanted = (
        ("unfold", "static/unfold/fonts/inter/Inter-Regular.woff2"),
        ("django_htmx", "static/django_htmx/htmx-2.min.js"),
        ("lucide", "lucide.zip"),
    )
    missing = [package for package, path in wanted if not _resource(package, path)]
    if missing:
        advice = "Die Umgebung neu anlegen: den Ordner .venv löschen und ./run starten."
        return Finding(Level.BAD, f"Es fehlen Schriften oder Bausteine: {', '.join(missing)}.", advice)
    return Finding(Level.OK, "Schriften, Symbole und htmx sind da")


def _resource(package: str, path: str) -> bool:
    try:
        return resources.files(package).joinpath(path).is_file()
    except ModuleNotFoundError:
        return False


def browser() -> Finding:
    """Look for a browser that can show the till without frames (kiosk); any other device's browser does as well."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return Finding(Level.OK, "Chromium für den Kioskbetrieb ist da")
    return Finding(Level.HINT, "Kein Chromium für den Kioskbetrieb.", "Nur nötig am Kassengerät: apt install chromium")


def secret_key(folder: Path) -> Finding:
    """Check that nobody but the owner can read the shop's key."""
    path = folder / "secret.key"
    if not path.exists():
        return Finding(Level.OK, "Der geheime Schlüssel entsteht beim ersten Start")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding(Level.BAD, f"Den geheimen Schlüssel können andere lesen ({mode:o}).", f"chmod 600 {path}")
    if len(path.read_bytes()) < 32:
        return Finding(
            Level.BAD, "Der geheime Schlüssel ist unvollständig.", f"{path} löschen; alle melden sich neu an."
        )
    return Finding(Level.OK, "Geheimer Schlüssel nur für den Besitzer lesbar")


def _database() -> Iterator[Finding]:
    """Open the books as the server would and check them; everything a broken database raises becomes a finding."""
    from django.db import Error

    from smartecr.server import boot
    from smartecr.server.cmdline import doctor_books

    boot.setup()
    checks: tuple[Callable[[], Finding], ...] = (
        doctor_books.integrity,
        doctor_books.migrations,
        doctor_books.durability,
        doctor_books.signing,
    )
    for check in checks:
        try:
            yield check()
        except Error as error:
            name = getattr(error.__cause__, "sqlite_errorname", "")
            why = f" ({name})" if name else ""
            advice = "Letzte Sicherung zurückspielen oder Hilfe holen; den Ordner vorher ganz kopieren."
            yield Finding(Level.BAD, f"Die Datenbank antwortet nicht{why}.", advice)
            return
