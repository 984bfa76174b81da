"""Backups for the office: what the page sees of them, a key confirmed before it counts, one thing at a time."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from smartecr.server.backups import backup
from smartecr.server.backups.backup import BackupError, KeyRefusedError
from smartecr.server.backups.backup_schedule import target_in, target_of
from smartecr.server.cmdline import command_backup
from smartecr.web.office.backupport import BackupRefusedError, BackupState, Kept, LastDrill

END = 6
_LONGEST_TEXT = 4000
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_desk: Desk | None = None


def desk() -> Desk:
    """Return the desk of this process."""
    global _desk
    with _lock:
        if _desk is None:
            from django.conf import settings

            _desk = Desk(settings.DATA, os.environ.get("SMARTECR_BACKUP", ""), backup.now)
        return _desk


class Desk:
    """See `BackupDesk`. `setting` is that of SMARTECR_BACKUP and comes before what the office sets."""

    def __init__(self, folder: Path, setting: str, clock: Callable[[], datetime]) -> None:
        self._folder, self._setting, self._clock = folder, setting, clock
        self._offered: dict[str, str] = {}
        self._busy = ""
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def state(self) -> BackupState:
        """Return how backups stand."""
        busy = self._busy  # first: what ends meanwhile is asked for once more
        kept, target = backup.settings(self._folder), target_in(self._folder, self._setting)
        last, drill = kept.get("last"), kept.get("drill")
        place = target[0] if target else None
        there = place is not None and place.is_dir()
        return BackupState(
            recipient=kept.get("recipient", ""),
            target=str(place or ""),
            keep=target[1] if target else 0,
            fixed=bool(target_of(self._setting)),
            there=there,
            same_disk=there and place is not None and place.stat().st_dev == self._folder.stat().st_dev,
            last=Kept(name=last["path"], size=last["size"], at=_moment(last["at"])) if last else None,
            failed=kept.get("failed", ""),
            files=tuple(_files(self._place()[0])),
            drill=LastDrill(**{**drill, "at": _moment(drill["at"])}) if drill else None,
            busy=busy,
        )

    def offer_key(self) -> str:
        """Make a key and return it; only its public half and its end are remembered, until one is confirmed."""
        secret, recipient = backup.make_key()
        self._offered[secret[-END:]] = recipient
        return secret

    def confirm_key(self, end: str) -> None:
        """Let the key that was offered and ends with these six characters count; several windows may show one each."""
        if not self._offered:
            raise BackupRefusedError("Dieser Schlüssel ist verfallen. Bitte einen neuen anzeigen lassen.")
        recipient = self._offered.get(end.strip().upper())
        if recipient is None:
            text = "Das sind nicht die letzten sechs Zeichen. Der alte Schlüssel gilt weiter, bis es stimmt."
            raise BackupRefusedError(text)
        backup.keep(self._folder, {"recipient": recipient})
        self._offered.clear()

    def set_target(self, folder: str, keep: int) -> None:
        """Take a backup a day into `folder`, which must be there and writable, and keep the newest `keep` (0: all)."""
        if target_of(self._setting):
            raise BackupRefusedError("Der Ordner ist mit SMARTECR_BACKUP eingestellt und lässt sich nur dort ändern.")
        place = Path(folder)
        if folder and (not place.is_absolute() or not place.is_dir()):
            raise BackupRefusedError(
                f"Den Ordner {folder} gibt es nicht. Stick einstecken; er heißt etwa /media/stick."
            )
        if folder and not os.access(place, os.W_OK):
            raise BackupRefusedError(f"In {folder} darf die Kasse nicht schreiben. Rechte des Ordners prüfen.")
        backup.keep(self._folder, {"target": folder, "keep": keep})

    def take(self) -> None:
        """Begin to take a backup now, into the folder set, else into "backups" among the shop's data."""
        if not backup.settings(self._folder).get("recipient"):
            raise BackupRefusedError("Es gibt noch keinen Schlüssel. Zuerst einen anlegen.")
        place, keep = self._place()
        self._begin("take", lambda: self._take(place, keep))

    def drill(self, name: str, key: str) -> None:
        """Begin to bring a backup of the folder back and to verify its books."""
        place = self._place()[0]
        if name not in {one.name for one in _files(place)}:
            raise BackupRefusedError("Diese Sicherung liegt nicht mehr im Ordner.")
        self._begin("drill", lambda: self._drill(place / name, key.strip()))

    def wait(self) -> None:
        """Return when nothing is under way any more."""
        if self._thread is not None:
            self._thread.join()

    def _place(self) -> tuple[Path, int]:
        return target_in(self._folder, self._setting) or (self._folder / "backups", 0)

    def _begin(self, what: str, work: Callable[[], None]) -> None:
        with self._guard:
            if self._busy:
                raise BackupRefusedError("Es wird gerade gesichert oder geprüft. Bitte einen Moment warten.")
            self._busy = what
        self._thread = threading.Thread(target=self._run, args=(work,), name="backup desk", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 whatever it is, the page says that it did not work
            _log.exception("a backup failed unexpectedly")
            backup.keep(self._folder, {"failed": "Unerwarteter Fehler; er steht im Protokoll."})
        finally:
            self._busy = ""

    def _take(self, place: Path, keep: int) -> None:
        try:
            made = backup.create(self._folder, place, self._clock(), command_backup.dump_of(self._folder))
        except BackupError as error:
            backup.keep(self._folder, {"failed": str(error)})
            return
        command_backup.remember(self._folder, made, keep)

    def _drill(self, file: Path, key: str) -> None:
        try:
            found = command_backup.brought_back(file, key, lambda _text: None)
            opened, holds, text = True, found.holds, found.text
        except BackupError as error:
            opened, holds, text = not isinstance(error, KeyRefusedError), False, str(error)
        at = f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        drill = {"at": at, "name": file.name, "opened": opened, "holds": holds, "text": text[-_LONGEST_TEXT:]}
        backup.keep(self._folder, {"drill": drill})


def _files(place: Path) -> list[Kept]:
    """Return the backups in a folder, newest first; their names say when they were taken."""
    found = []
    for path in sorted(place.glob(f"smartecr-*{backup.SUFFIX}"), reverse=True):
        stamp = path.name.removeprefix("smartecr-").removesuffix(backup.SUFFIX)
        try:
            at = datetime.strptime(stamp, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
            found.append(Kept(name=path.name, size=path.stat().st_size, at=at))
        except (ValueError, OSError):
            continue
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
