"""Backups by themselves: once a day into a folder, while the shop goes on.

SMARTECR_BACKUP=/media/stick?keep=30 keeps the newest 30 (0, and without it: all) and comes before what the office set.

What makes a backup is loaded by the first look, minutes after the start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from smartecr.server.serving.beat import Beat

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


def target_in(folder: Path, setting: str) -> tuple[Path, int] | None:
    """Return where backups of `folder` go and how many are kept: the setting, else what the office set, else None.

    Raises BackupSettingError.
    """
    named = target_of(setting)
    if named is not None:
        return named
    from smartecr.server.backups import backup

    kept = backup.settings(folder)
    return (Path(kept["target"]), int(kept.get("keep", 0))) if kept.get("target") else None


class Schedule(Beat):
    """Looks every few minutes whether a backup is due. `setting` is that of SMARTECR_BACKUP."""

    def __init__(self, folder: Path, setting: str, clock: Callable[[], datetime]) -> None:
        super().__init__("backups", self._beat, first=LOOK_SECONDS, longest=LOOK_SECONDS)
        self._folder, self._setting, self._clock = folder, setting, clock
        self._tried: datetime | None = None

    def look(self) -> bool:
        """Take a backup if one is due; return whether one was taken. A failure is kept and tried again in an hour."""
        from smartecr.server.backups import backup
        from smartecr.server.cmdline import command_backup

        now, target = self._clock(), target_in(self._folder, self._setting)
        if target is None or not self._due(now):
            return False
        self._tried = now
        try:
            made = backup.create(self._folder, target[0], now, command_backup.dump_of(self._folder))
        except backup.BackupError as error:
            _log.error("backup failed", exc_info=error)
            backup.keep(self._folder, {"failed": str(error)})
            return False
        command_backup.remember(self._folder, made, target[1])
        return True

    def _due(self, now: datetime) -> bool:
        from smartecr.server.backups import backup

        kept = backup.settings(self._folder)
        if not kept.get("recipient") or (self._tried and now - self._tried < RETRY_AFTER):
            return False
        last = kept.get("last")
        return not last or now - datetime.fromisoformat(last["at"]) >= DUE_AFTER

    def _beat(self) -> float:
        self.look()
        return LOOK_SECONDS
