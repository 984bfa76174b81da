"""What the commands do, each a function that returns an exit code (see `cli`). Speaks German to the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartecr.core import oswords
from smartecr.server import boot, logs
from smartecr.server.cmdline import newfile
from smartecr.server.cmdline.console import Progress, complain, say
from smartecr.server.demoshop import firstshop
from smartecr.server.equipment.tse_secrets import TseSettingError
from smartecr.server.owner import FolderBusyError, ForeignFolderError, Ownership


class StopError(Exception):
    """The command cannot go on; the message says why."""


def require_shop(folder: Path) -> None:
    """Raise StopError for a folder without books, before anything is made in it."""
    if not os.environ.get("DATABASE_URL") and not (folder / "smartecr.sqlite3").exists():
        raise StopError(f"In {folder} liegt kein Laden. Anderer Ordner: SMARTECR_DATA; neuer Laden: smartecr serve")


@contextmanager
def open_books(folder: Path, *, alone: bool, new: bool = False) -> Iterator[None]:
    """Open the books in `folder`, up to date; `alone` keeps every other process out meanwhile, `new` may make them.

    Raises StopError, also for what the database raises meanwhile.
    """
    if not new:
        require_shop(folder)
    try:
        owner = Ownership(folder) if alone else None
        if owner:
            firstshop.clear_unfinished(folder)
        logs.start(folder)
        boot.setup()
    except FolderBusyError as error:
        raise StopError(f"{error}\nBitte zuerst beenden.") from error
    except ForeignFolderError as error:
        raise StopError(str(error)) from error
    except OSError as error:
        raise StopError(f"Der Datenordner {folder} ist nicht beschreibbar ({oswords.reason(error)}).") from error
    from django.db import Error

    try:
        if alone:
            boot.migrate()
        elif boot.pending_migrations():
            raise StopError("Die Datenbank ist noch nicht auf dem Stand dieser Version: einmal `smartecr serve`.")
        yield
    except Error as error:
        name = getattr(error.__cause__, "sqlite_errorname", "")
        raise StopError(
            f"Die Datenbank in {folder} macht nicht mit{f' ({name})' if name else ''}. "
            "Was gebucht ist, bleibt gebucht. Platz und Rechte prüfen, dann: smartecr doctor"
        ) from error
    finally:
        if owner:
            owner.close()


def serve(folder: Path, host: str, port: int, *, demo_days: int | None, open_page: bool) -> int:
    """Serve the shop in `folder`; with `demo_days` make the demo shop first when there is none."""
    from smartecr.server.serving import serve as server

    def prepare() -> None:
        logs.start(folder)
        if demo_days is not None:
            firstshop.clear_unfinished(folder)
        boot.setup()
        boot.migrate()
        if demo_days is not None:
            firstshop.make(folder, demo_days, Progress())

    return server.serve(host, port, folder=folder, prepare=prepare, open_page=open_page)


def demo(folder: Path, days: int) -> int:
    """Make the demo shop with `days` past days of business. Refuses a folder that already has a shop."""
    try:
        with open_books(folder, alone=True, new=True):
            if not firstshop.make(folder, days, Progress()):
                complain(f"In {folder} liegt schon ein Laden. Für einen neuen: SMARTECR_DATA=anderer-ordner.")
                return 1
    except StopError as error:
        complain(str(error))
        return 2
    say(f"Der Demo-Laden liegt in {folder}. Starten: ./run smartecr serve")
    return 0


def verify_books(folder: Path, upgrade: bool) -> int:
    """Recompute chain, rows and signatures and say what holds; 1 when something does not.

    `upgrade` brings books of an earlier version up to date first, which keeps every other process out.
    """
    try:
        with open_books(folder, alone=upgrade):
            from smartecr.register.books import verify

            return verify.verify(say, Progress(sys.stderr), os.cpu_count() or 1)
    except StopError as error:
        complain(str(error))
        return 2


def import_articles(folder: Path, file: Path) -> int:
    """Read articles from a CSV file, all or none; 1 when the file has errors, each named by line and column."""
    try:
        data = file.read_bytes()
    except OSError as error:
        complain(f"{file} ist nicht lesbar ({oswords.reason(error)}).")
        return 2
    try:
        with open_books(folder, alone=True):
            return _import(data)
    except (StopError, TseSettingError) as error:
        complain(str(error))
        return 2


def _import(data: bytes) -> int:
    from smartecr.catalog import csvfile
    from smartecr.register.shop import masterdata
    from smartecr.server import wiring

    try:
        reading = csvfile.read(data)
    except csvfile.CsvError as error:
        for problem in error.problems:
            complain(f"Zeile {problem.line}, Spalte {problem.column}: {problem.message}")
        complain("Nichts wurde übernommen.")
        return 1
    for notice in reading.notices:
        say(notice)
    try:
        masterdata.save_articles(wiring.till(), wiring.SYSTEM, reading.rows)
    finally:
        wiring.close()
    say(f"{reading.created} Artikel neu, {reading.changed} geändert, {reading.unchanged} unverändert.")
    return 0


def export_articles(folder: Path, file: Path | None) -> int:
    """Write all articles as CSV to `file`, or to standard output."""
    try:
        if file is not None:
            newfile.check(file)
        with open_books(folder, alone=False):
            from smartecr.catalog import csvfile

            text = csvfile.export_articles()
        if file is None:
            sys.stdout.write(text)
        else:
            with newfile.whole(file) as draft:
                draft.write_text(text, encoding="utf-8", newline="")
            say(f"{file}: alle Artikel.")
    except (StopError, newfile.NotWrittenError) as error:
        complain(str(error))
        return 2
    return 0
