"""Backups: a consistent copy of everything the shop owns, taken while it sells, that only the key in the safe can open.

A backup is a TAR archive encrypted in the age format (age-encryption.org/v1) for one recipient. The device keeps the
recipient alone, so whoever steals device or backup reads nothing; the shop keeps the key on paper. Books are copied in
one read transaction (`VACUUM INTO`, or `pg_dump`), so sales go on meanwhile. The virtual TSE is left out: a TSE that
is rolled back would use its counters twice. So are logs, the print queue (nothing shall be printed again) and exports.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from smartecr import __version__
from smartecr.core import oswords
from smartecr.core.records import dataclass

SETTINGS = "backup.json"
SUFFIX = ".tar.age"
_BOOKS = "smartecr.sqlite3"
_DUMP = "smartecr.pgdump"
_LEFT_OUT = frozenset({"logs", "print", "tse", "backups", "exports", "smartecr.pid", SETTINGS})
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_NUMBER = re.compile(r"(?:Errno|os error) (\d+)")


class BackupError(Exception):
    """A backup cannot be made or read; the message is German: what is safe, what to do."""


class KeyRefusedError(BackupError):
    """A key is none, or opens nothing in this backup."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where it lies, its size in bytes, and when it was taken (UTC)."""

    path: Path
    size: int
    at: datetime


def make_key() -> tuple[str, str]:
    """Return a new key, which opens backups, and its public half, which only closes them."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def new_key(folder: Path) -> str:
    """Make a key, keep its public half in `folder` and return the secret half, which nobody else will ever know."""
    secret, recipient = make_key()
    keep(folder, {"recipient": recipient})
    return secret


def settings(folder: Path) -> dict[str, Any]:
    """Return what the folder knows of backups.

    "recipient"; "last" and "failed" of the newest tries; "target" and "keep" as the office set them; "drill", the
    newest one brought back.
    """
    try:
        kept: dict[str, Any] = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return kept


def keep(folder: Path, values: dict[str, Any]) -> None:
    """Write settings anew, whole or not at all."""
    draft = folder / f".{SETTINGS}.{os.getpid()}"
    draft.write_text(json.dumps(settings(folder) | values, indent=1), encoding="utf-8")
    draft.replace(folder / SETTINGS)


def create(folder: Path, target: Path, at: datetime, dump: Callable[[Path], None]) -> Made:
    """Write a backup of `folder` into the folder `target` and return it; `dump` copies the books to a path.

    The file appears under its name when it is whole and on the disk. Raises BackupError.
    """
    recipient = settings(folder).get("recipient")
    if not recipient:
        raise BackupError("Es gibt noch keinen Schlüssel. Zuerst: smartecr backup key")
    draft = target / f".smartecr-{os.getpid()}.unfinished"
    books = folder / f".backup-{os.getpid()}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        dump(books)
        whole = target / f"smartecr-{at:%Y%m%d-%H%M%S}{SUFFIX}"
        with draft.open("wb") as file:
            _encrypt(file, str(recipient), lambda out: _archive(out, folder, books, at))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(whole)
    except OSError as error:
        raise BackupError(
            f"Die Sicherung ließ sich nicht schreiben ({oswords.reason(error)}). Die Bücher der Kasse sind unberührt. "
            f"Platz und Anschluss von {target} prüfen."
        ) from error
    finally:
        for half in (draft, books):
            with suppress(OSError):
                half.unlink()
    return Made(whole, whole.stat().st_size, at)


def restore(file: Path, key: str, folder: Path) -> dict[str, Any]:
    """Unpack a backup into `folder`, which must be new or empty; return its manifest. Raises BackupError.

    Every file is checked against the manifest before anything is put in place.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} ist nicht leer. Wiederhergestellt wird nur in einen leeren Ordner.")
    draft = folder.with_name(f".{folder.name}.restore-{os.getpid()}")
    try:
        draft.mkdir(parents=True)
        _decrypt(file, key, lambda stream: _unpack(stream, draft))
        manifest = _checked(draft)
        if folder.exists():
            folder.rmdir()
        draft.replace(folder)
    except OSError as error:
        raise BackupError(
            f"Wiederherstellen ging nicht ({oswords.reason(error)}): {error.filename or folder}"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def old_ones(target: Path, keep_newest: int) -> list[Path]:
    """Return the backups in `target` beyond the newest `keep_newest`, oldest first."""
    found = sorted(target.glob(f"smartecr-*{SUFFIX}"))
    return found[:-keep_newest] if keep_newest else found


def copy_sqlite(books: Path) -> Callable[[Path], None]:
    """Return what copies an SQLite file in one read transaction; writers go on."""

    def dump(target: Path) -> None:
        try:
            connection = sqlite3.connect(f"file:{books}?mode=ro", uri=True)
            try:
                connection.execute("VACUUM INTO ?", [str(target)])
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise BackupError(
                "Die Bücher ließen sich nicht kopieren. Sie sind unberührt. Den Grund sucht: smartecr doctor"
            ) from error

    return dump


def copy_postgresql(address: str) -> Callable[[Path], None]:
    """Return what copies a PostgreSQL database with its own `pg_dump`."""

    def dump(target: Path) -> None:
        tool = shutil.which("pg_dump")
        if tool is None:
            raise BackupError("Für eine Sicherung von PostgreSQL fehlt pg_dump (Paket postgresql-client).")
        command = [tool, "--format=custom", "--no-owner", f"--file={target}", f"--dbname={address}"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 ours
        if done.returncode:
            raise BackupError(f"pg_dump meldet: {done.stderr.strip()[:300]}")

    return dump


def _archive(out: IO[bytes], folder: Path, books: Path, at: datetime) -> None:
    """Write the archive: every file and at the end the manifest with their checksums."""
    sums: dict[str, str] = {}
    name = _BOOKS if _is_sqlite(books) else _DUMP
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for path, inside in [(books, name), *_files(folder)]:
            sums[inside] = _sum(path)
            archive.add(path, inside, recursive=False)
        manifest = {"version": __version__, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "files": sums}
        data = json.dumps(manifest, indent=1).encode()
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(data)
        archive.addfile(head, io.BytesIO(data))


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield what else the shop owns, with its name in the archive."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        top = inside.parts[0]
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not path.is_symlink() and not hidden and top not in _LEFT_OUT and _BOOKS not in top:
            yield path, inside.as_posix()


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypt(target: IO[bytes], recipient: str, write: Callable[[IO[bytes]], None]) -> None:
    """Encrypt to `target` what `write` puts into the stream it is given, chunk by chunk."""
    import pyrage

    reading, writing = os.pipe()
    trouble: list[BaseException] = []

    def produce() -> None:
        try:
            with os.fdopen(writing, "wb") as stream:
                write(stream)
        except BaseException as error:  # noqa: BLE001 raised again below, in the caller's thread
            trouble.append(error)

    producer = threading.Thread(target=produce, name="backup")
    with os.fdopen(reading, "rb") as stream:
        producer.start()
        try:
            pyrage.encrypt_io(stream, target, [pyrage.x25519.Recipient.from_str(recipient)])
        except pyrage.EncryptError as error:
            number = _NUMBER.search(str(error))  # of the system's trouble in writing to `target`
            trouble.append(OSError(int(number[1]) if number else 0, str(error)))
    producer.join()
    if trouble:
        raise trouble[0]


def _decrypt(file: Path, key: str, read: Callable[[IO[bytes]], None]) -> None:
    """Give `read` the decrypted stream of a backup. Raises BackupError for another key or a damaged file."""
    import pyrage

    try:
        identity = pyrage.x25519.Identity.from_str(key.strip())
    except pyrage.IdentityError:
        raise KeyRefusedError("Das ist kein Schlüssel. Er beginnt mit AGE-SECRET-KEY-1.") from None
    reading, writing = os.pipe()
    trouble: list[BaseException] = []

    def produce() -> None:
        try:
            with os.fdopen(writing, "wb") as stream, file.open("rb") as source:
                pyrage.decrypt_io(source, stream, [identity])
        except BaseException as error:  # noqa: BLE001 raised again below, in the caller's thread
            trouble.append(error)

    producer = threading.Thread(target=produce, name="backup")
    broken = None
    with os.fdopen(reading, "rb") as stream:
        producer.start()
        try:
            read(stream)
            while stream.read(_CHUNK):
                pass
        except tarfile.TarError as error:
            broken = error
    producer.join()
    real = [error for error in trouble if not isinstance(error, BrokenPipeError)]
    if real and isinstance(real[0], OSError):
        raise real[0]
    if real or broken:
        kind = KeyRefusedError if real and "matching keys" in str(real[0]) else BackupError
        raise kind(
            f"{file.name} passt nicht zu diesem Schlüssel oder ist beschädigt. Es wurde nichts verändert."
        ) from (real[0] if real else broken)


def _unpack(stream: IO[bytes], folder: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            archive.extract(member, folder, filter="data")


def _checked(folder: Path) -> dict[str, Any]:
    """Return the manifest of an unpacked backup after comparing every file with it. Raises BackupError."""
    path = folder / _MANIFEST
    try:
        manifest = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        wanted = dict(manifest["files"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        raise BackupError("Der Sicherung fehlt ihr Verzeichnis. Sie ist unvollständig.") from None
    path.unlink()
    found = {one.relative_to(folder).as_posix(): _sum(one) for one in folder.rglob("*") if one.is_file()}
    if found != wanted:
        wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise BackupError(f"Die Sicherung ist unvollständig: {', '.join(wrong[:3])}")
    return manifest


def now() -> datetime:
    """Return the instant for a backup's name."""
    return datetime.now(UTC)
