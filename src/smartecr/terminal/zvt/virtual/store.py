"""The virtual terminal's memory: a small append-only file that survives a kill at any point.

One line a change: a CRC-32, then a JSON object of the values that changed together (``null`` deletes). A line is
written by one ``write`` before anything is answered, so it survives the death of the process; a torn last line was
never answered and is cut off. On opening, the file is written anew when most of its lines are outdated.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from pathlib import Path
from typing import Any

from smartecr.core import oswords

_LARGEST_FILE = 64 << 20
_SPARE_LINES = 64


class StoreError(Exception):
    """The state file cannot be used; ``message`` is the German sentence for whoever started the terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Store:
    """Values by name. Without ``path`` nothing is kept. Raises StoreError where the file is damaged or in use."""

    def __init__(self, path: Path | None = None) -> None:
        self._values: dict[str, Any] = {}
        self._file = -1
        if path is not None:
            self._path = path
            self._open()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value as JSON knows it."""
        return self._values.get(name, default)

    def named(self, prefix: str) -> dict[str, Any]:
        """Return the values whose names begin with ``prefix``, by the rest of the name, oldest first."""
        return {name[len(prefix) :]: value for name, value in self._values.items() if name.startswith(prefix)}

    def put(self, changes: dict[str, Any]) -> None:
        """Keep these values together: all of them or, after a kill, none. Raises StoreError when the disk is full."""
        if self._file >= 0:
            line = _line(changes)
            try:
                written = os.write(self._file, line)
            except OSError as error:
                why = oswords.reason(error)
                raise StoreError(f"Der Zustand des Terminals lässt sich nicht speichern: {why}.") from None
            if written != len(line):
                os.ftruncate(self._file, self._end)
                raise StoreError("Der Zustand des Terminals lässt sich nicht speichern: kein Platz.")
            self._end += len(line)
        self._apply(changes)

    def close(self) -> None:
        """Release the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StoreError(f"{self._path} benutzt schon ein anderes virtuelles Terminal.") from None
        except OSError as error:
            raise StoreError(f"{self._path} lässt sich nicht öffnen: {oswords.reason(error)}.") from None
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        size = os.fstat(self._file).st_size
        if size > _LARGEST_FILE:
            raise StoreError(f"{self._path} ist zu groß für ein virtuelles Terminal.")
        content = os.pread(self._file, size, 0)
        self._end = content.rfind(b"\n") + 1
        lines = content[: self._end].splitlines()
        for number, line in enumerate(lines, start=1):
            changes = _parse(line)
            if changes is None:
                raise StoreError(f"{self._path} ist in Zeile {number} beschädigt.")
            self._apply(changes)
        os.ftruncate(self._file, self._end)
        if len(lines) > 2 * len(self._values) + _SPARE_LINES:
            self._rewrite()

    def _rewrite(self) -> None:
        """Write what counts into a new file and put it in the old one's place."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.fdopen(os.dup(file), "wb") as out:
            for name, value in self._values.items():
                out.write(_line({name: value}))
            out.flush()
            os.fsync(file)
        fresh.replace(self._path)
        self.close()
        self._file, self._end = file, os.fstat(file).st_size

    def _apply(self, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value


def _line(changes: dict[str, Any]) -> bytes:
    body = json.dumps(changes, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _parse(line: bytes) -> dict[str, Any] | None:
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    try:
        changes = json.loads(body)
    except ValueError:
        return None
    return changes if isinstance(changes, dict) else None
