"""What the shop entrusts to the register for its TSE: `tse-secrets.json` in the data folder, for its owner alone.

    {"pins": {"admin": "12345678", "timeAdmin": "87654321"}, "fiskaly": {"api_key": "…", "api_secret": "…"}}

Every part may be missing; there may be no file at all. The PINs are those of `smartecr.tse.credentials.Role`. A PUK
has no place here: only a person types it.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from smartecr.tse.credentials import Role, Secret

NAME = "tse-secrets.json"
_PARTS = {"pins": {str(role) for role in Role}, "fiskaly": {"api_key", "api_secret"}}
_LARGEST = 64 << 10

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
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TseSettingError(f"{self._path} ist nicht lesbar ({error.strerror}).") from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
                raise TseSettingError(f"{self._path} darf nur der Besitzer lesen: chmod 600 {self._path}")
            data = os.read(descriptor, _LARGEST)
        finally:
            os.close(descriptor)
        content = _parsed(data)
        if content is None:
            raise TseSettingError(
                f'{self._path} ist nicht zu verstehen. So sieht es aus: {{"pins": {{"admin": "…", "timeAdmin": "…"}}, '
                '"fiskaly": {"api_key": "…", "api_secret": "…"}}'
            )
        return content

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
            raise TseSettingError(f"{self._path} ist nicht zu schreiben ({error.strerror}).") from None


def _sync(folder: Path) -> None:
    """Have the renaming reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parsed(data: bytes) -> dict[str, dict[str, str]] | None:
    """Return the parts with their texts, None when anything else stands there."""
    try:
        content: dict[str, dict[str, str]] = json.loads(data)
    except (ValueError, RecursionError):
        return None
    known = isinstance(content, dict) and all(
        part in _PARTS
        and isinstance(values, dict)
        and values.keys() <= _PARTS[part]
        and all(isinstance(value, str) and value for value in values.values())
        for part, values in content.items()
    )
    return content if known else None
