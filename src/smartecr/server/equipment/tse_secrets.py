"""What the shop entrusts to the register for its TSE: `tse-secrets.json` in the data folder, for its owner alone.

    {"pins": {"admin": "12345678", "timeAdmin": "87654321"}, "fiskaly": {"api_key": "…", "api_secret": "…"}}

Every part may be missing; there may be no file at all. The PINs are those of `smartecr.tse.credentials.Role`. A PUK
has no place here: only a person types it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from smartecr.core import oswords
from smartecr.server.equipment import secretfile
from smartecr.tse.credentials import Role, Secret

NAME = "tse-secrets.json"
_PARTS = {"pins": {str(role) for role in Role}, "fiskaly": {"api_key", "api_secret"}}
_EXAMPLE = '{"pins": {"admin": "…", "timeAdmin": "…"}, "fiskaly": {"api_key": "…", "api_secret": "…"}}'

log = logging.getLogger(__name__)


class TseSettingError(ValueError):
    """A setting names no TSE, or its secrets cannot be used; the message is German and says what may stand there."""


class TseSecrets:
    """The file in `folder`, read anew whenever something is asked for, so that a new PIN needs no new start."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> dict[str, dict[str, str]]:
        """Return the content, empty without a file. Raises TseSettingError, which quotes nothing of it."""
        try:
            return secretfile.read(self._path, _PARTS, _EXAMPLE)
        except secretfile.SecretFileError as error:
            raise TseSettingError(str(error)) from None

    def fiskaly(self) -> tuple[str, Secret]:
        """Return key and secret of the service. Raises TseSettingError when they are missing."""
        found = self.read().get("fiskaly", {})
        if set(found) != _PARTS["fiskaly"]:
            raise TseSettingError(f"SMARTECR_TSE: fiskaly braucht api_key und api_secret in {self._path}.")
        return found["api_key"], Secret(found["api_secret"])

    def pin_of(self, role: Role) -> Secret | None:
        """Return the PIN entrusted to the register, None without one (or while the file cannot be used)."""
        try:
            pin = self.read().get("pins", {}).get(str(role))
        except TseSettingError as error:
            log.warning("no PIN of the TSE: %s", error)
            return None
        return Secret(pin) if pin else None

    def keep(self, pins: Mapping[Role, Secret]) -> None:
        """Write PINs beside what stands there, on the disk when it returns. Raises TseSettingError when it cannot."""
        content = self.read()
        content["pins"] = content.get("pins", {}) | {str(role): pin.reveal().decode() for role, pin in pins.items()}
        draft = self._path.with_name(f".{NAME}.{os.getpid()}")
        try:
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
            _sync(self._path.parent)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise TseSettingError(f"{self._path} ist nicht zu schreiben ({oswords.reason(error)}).") from None


def _sync(folder: Path) -> None:
    """Have the renaming reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
