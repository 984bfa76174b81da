"""Backups by themselves: once a day into the folder that SMARTECR_BACKUP names, while the shop goes on.

SMARTECR_BACKUP=/media/stick?keep=30 keeps the newest 30 (0, and without it: all).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from smartecr.server import backup, command_backup
from smartecr.server.backup import BackupError

DUE_AFTER = timedelta(hours=20)
"""Shorter than a day, so that the hour does not wander."""

RETRY_AFTER = timedelta(hours=1)
LOOK_SECONDS = 300.0
_log = logging.getLogger(__name__)


class BackupSettingError(Exception):
    """SMARTECR_BACKUP cannot be understood; the message says why."""


def target_of(setting: str) -> tuple[Path, int] | None:
    """Return folder and number of backups to keep, None for no setting. Raises BackupSettingError."""
    if not setting:
        return None
    parts = urlsplit(setting)
    keep = parse_qs(parts.query).get("keep", ["0"])[-1]
    if parts.scheme or not parts.path.startswith("/") or not keep.isdecimal():
        raise BackupSettingError(f"SMARTECR_BACKUP: {setting!r} ist kein Ordner wie /media/stick?keep=30")
    return Path(parts.path), int(keep)


class Schedule:
    """One thread that looks every few minutes whether a backup is due."""

    def __init__(self, folder: Path, target: Path, keep: int, clock: Callable[[], datetime]) -> None:
        self._folder, self._target, self._keep, self._clock = folder, target, keep, clock
        self._tried: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a backup under way is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Take a backup if one is due; return whether one was taken. A failure is kept and tried again in an hour."""
        now = self._clock()
        if not self._due(now):
            return False
        self._tried = now
        try:
            made = backup.create(self._folder, self._target, now, command_backup.dump_of(self._folder))
        except BackupError as error:
            _log.error("backup failed", exc_info=error)
            backup.keep(self._folder, {"failed": str(error)})
            return False
        command_backup.remember(self._folder, made, self._keep)
        return True

    def _due(self, now: datetime) -> bool:
        kept = backup.settings(self._folder)
        if not kept.get("recipient") or (self._tried and now - self._tried < RETRY_AFTER):
            return False
        last = kept.get("last")
        return not last or now - datetime.fromisoformat(last["at"]) >= DUE_AFTER

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.look()
