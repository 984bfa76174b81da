"""`smartecr backup`: make the key, take a backup, try one out, bring one back."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from smartecr.core.records import dataclass
from smartecr.server.backups import backup
from smartecr.server.backups.backup import BackupError
from smartecr.server.cmdline.commands import StopError, require_shop
from smartecr.server.cmdline.console import complain, say


def key(folder: Path) -> int:
    """Make a new key and show its secret half once; 2 when there is no shop."""
    try:
        require_shop(folder)
    except StopError as error:
        complain(str(error))
        return 2
    secret = backup.new_key(folder)
    say("Dieser Schlüssel öffnet die Sicherungen. Er wird nur jetzt gezeigt und nirgends gespeichert:")
    say()
    say(f"    {secret}")
    say()
    say("Aufschreiben oder drucken und in den Tresor legen, nicht neben die Kasse.")
    say("Sicherungen mit einem früheren Schlüssel öffnet weiter nur jener.")
    return 0


def create(folder: Path, target: Path | None, newest: int) -> int:
    """Take a backup into `target` (default: backups in the data folder), keep the `newest`; 2 when it failed."""
    target = target or folder / "backups"
    try:
        require_shop(folder)
        made = backup.create(folder, target, backup.now(), dump_of(folder))
    except StopError as error:
        complain(str(error))
        return 2
    except BackupError as error:
        with suppress(OSError):
            backup.keep(folder, {"failed": str(error)})
        complain(str(error))
        return 2
    remember(folder, made, newest)
    say(f"{made.path}: {made.size // 1000} KB. Probe: smartecr backup check {made.path}")
    return 0


def secret(file: Path | None) -> str:
    """Return the key from a file, from a pipe, or typed without being shown; "" for none. Raises OSError."""
    if file is None and not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    if file is None:
        try:
            return getpass.getpass("Schlüssel (AGE-SECRET-KEY-…): ")
        except EOFError:
            return ""
    lines = file.read_text(encoding="utf-8", errors="replace").split()
    return next((word for word in lines if word.startswith("AGE-SECRET-KEY-")), "")


def remember(folder: Path, made: backup.Made, newest: int) -> None:
    """Write down the newest backup and clear away those beyond the `newest` ones (0: keep all)."""
    backup.keep(folder, {"last": {"at": f"{made.at:%Y-%m-%dT%H:%M:%SZ}", "path": str(made.path), "size": made.size},
                         "failed": ""})  # fmt: skip
    if newest:
        for path in backup.old_ones(made.path.parent, newest):
            path.unlink(missing_ok=True)


def dump_of(folder: Path) -> Callable[[Path], None]:
    """Return what copies the books of this installation."""
    address = os.environ.get("DATABASE_URL", "")
    return backup.copy_postgresql(address) if address else backup.copy_sqlite(folder / "smartecr.sqlite3")


def check(file: Path, secret: str) -> int:
    """Bring a backup back into a folder of its own, verify its books, throw it away; 1 when they do not hold."""
    try:
        drill = brought_back(file, secret, lambda text: say(text))
    except BackupError as error:
        complain(str(error))
        return 2
    return 0 if drill.holds else 1


@dataclass(frozen=True, slots=True)
class Drill:
    """A backup that was brought back: its instant, whether its books hold, and what the proof said."""

    at: str
    holds: bool
    text: str


def brought_back(file: Path, secret: str, out: Callable[[str], None]) -> Drill:
    """Bring a backup back into a folder of its own, verify its books there, throw it away. Raises BackupError.

    Books that lie in it as an extract of PostgreSQL are complete, but only a database can verify them.
    """
    with tempfile.TemporaryDirectory(prefix="smartecr-") as place:
        folder = Path(place) / "data"
        manifest = backup.restore(file, secret, folder)
        out(f"Lesbar und vollständig, Stand {manifest['at']}. Die Bücher darin werden geprüft …")
        if not (folder / "smartecr.sqlite3").exists():
            text = "Die Bücher liegen als Auszug von PostgreSQL darin; pg_restore bringt sie in eine leere Datenbank."
            out(text)
            return Drill(manifest["at"], holds=True, text=text)
        code, text = _verified(folder)
        out(text)
        return Drill(manifest["at"], holds=code == 0, text=text)


def _verified(folder: Path) -> tuple[int, str]:
    """Verify the books of a folder in a process of its own, which sees them as its shop; return code and words."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "smartecr.server.cli", "verify", "books", "--upgrade"]
    done = subprocess.run(  # noqa: S603 ours
        command, env=environment | {"SMARTECR_DATA": str(folder)}, check=False, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def restore(file: Path, secret: str, folder: Path) -> int:
    """Bring a backup back as the data folder, which must be empty; 2 when it cannot be."""
    try:
        manifest = backup.restore(file, secret, folder)
    except BackupError as error:
        complain(str(error))
        return 2
    say(f"Wiederhergestellt in {folder}, Stand {manifest['at']} (UTC).")
    if (folder / "smartecr.pgdump").exists():
        say(f"Bücher einspielen: pg_restore --no-owner --dbname=DATENBANK {folder / 'smartecr.pgdump'}")
    say("Die TSE wird dabei nie zurückgesetzt: Was sie danach noch signiert hat, steht in ihrem eigenen Export.")
    say("Jetzt prüfen: smartecr verify books")
    return 0
