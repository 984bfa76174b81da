"""Exporting and checking what a TSE wrote, in the background: it may be gigabytes, and somebody watches.

One at a time. The file of an upload goes when its check is over; an export of this register's TSE stays in the folder
for exports, whole or not at all.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import field
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO, Literal, cast

from smartecr.core import oswords
from smartecr.core.records import dataclass
from smartecr.register.till import Till
from smartecr.tse.api import ALL, ExportReceipt, Selection, TseError, TseUnavailable
from smartecr.tse.checking import scan
from smartecr.tse.checking.report import ExportReport

log = logging.getLogger(__name__)

Phase = Literal["export", "check", "done", "failed"]


class _StoppedError(Exception):
    """Somebody does not want the result any more."""


@dataclass(slots=True)
class Proof:
    """An export under way and its check. `done` and `total` count bytes (total 0: not known yet).

    `archive` is where the export stays, None for an upload; `purpose` says what it was made for. In `failed`, `message`
    and `next_step` are German.
    """

    title: str
    complete: bool
    purpose: str = ""
    archive: Path | None = None
    phase: Phase = "check"
    done: int = 0
    total: int = 0
    receipt: ExportReceipt | None = None
    report: ExportReport | None = None
    message: str = ""
    next_step: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def over(self) -> bool:
        """Whether nothing moves any more."""
        return self.phase in ("done", "failed")

    @property
    def percent(self) -> int:
        """How far the present phase is."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    def stop(self) -> None:
        """Give up; an export at the device itself is let to its end."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; false when it is not over by then."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.over

    def note(self, done: int) -> None:
        """Take note of bytes done; the way out when it was stopped."""
        self.done = done
        if self._stop.is_set():
            raise _StoppedError


class _Counting:
    """A file that tells how much was written."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told

    def write(self, data: bytes) -> int:
        written = self._file.write(data)
        self._told(self._file.tell())
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def check_file(file: Path, title: str, *, complete: bool) -> Proof:
    """Check the export in `file`, which goes when that is over."""
    proof = Proof(title=title, complete=complete)

    def work() -> None:
        try:
            _check(proof, file)
        finally:
            file.unlink(missing_ok=True)

    return _begin(proof, work)


def export(till: Till, folder: Path, selection: Selection = ALL, purpose: str = "") -> Proof:
    """Export this register's TSE into `folder` and check what came."""
    name = _fresh(folder, f"tse-{till.serial}-{till.clock():%Y%m%d-%H%M%S}")
    proof = Proof(title=name, complete=selection == ALL, purpose=purpose, archive=folder / name, phase="export")

    def work() -> None:
        _export(till, proof, selection)
        _check(proof, cast("Path", proof.archive))

    return _begin(proof, work)


def _fresh(folder: Path, stem: str) -> str:
    """Return a name nothing has yet: an archive is never written over."""
    names = chain([f"{stem}.tar"], (f"{stem}-{number}.tar" for number in count(2)))
    return next(name for name in names if not (folder / name).exists())


def _begin(proof: Proof, work: Callable[[], None]) -> Proof:
    def run() -> None:
        try:
            work()
        except Exception as error:
            log.info("no proof of %s", proof.title, exc_info=error)
            _explain(proof, error)

    proof._thread = threading.Thread(target=run, name="tse-proof", daemon=True)
    proof._thread.start()
    return proof


def _explain(proof: Proof, error: Exception) -> None:
    """Say why there is no result; trouble with our own file comes wrapped in the device's error."""
    cause = error.__cause__ if isinstance(error, TseError) and error.__cause__ else error
    if isinstance(cause, _StoppedError):
        _fail(proof, "Abgebrochen.", "Es ist nichts verändert.")
    elif isinstance(cause, OSError):
        why = oswords.reason(cause)
        _fail(proof, f"Der Datenträger der Kasse macht nicht mit ({why}).", "Platz schaffen, dann noch einmal.")
    elif isinstance(cause, TseError):
        cause = cause.cause if isinstance(cause, TseUnavailable) and cause.cause else cause
        _fail(proof, f"Kein Export: {cause.reason}.", cause.next_step)
    else:
        _fail(proof, "Das ging unerwartet schief; das Protokoll der Kasse nennt die Stelle.", "Noch einmal versuchen.")


def _fail(proof: Proof, message: str, next_step: str) -> None:
    proof.message, proof.next_step = message, next_step
    proof.phase = "failed"


def _export(till: Till, proof: Proof, selection: Selection) -> None:
    """Write the export beside its place and move it there when it is whole and on the disk."""
    place = cast("Path", proof.archive)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    proof.total = _size_at_device(till)
    try:
        with draft.open("xb") as file:
            sink = cast("BinaryIO", _Counting(file, proof.note))
            proof.receipt = till.tse.export(sink, selection).result()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(place)
    finally:
        draft.unlink(missing_ok=True)


def _size_at_device(till: Till) -> int:
    try:
        return till.tse.info().storage_used or 0
    except TseError:
        return 0


def _check(proof: Proof, file: Path) -> None:
    proof.done, proof.total = 0, file.stat().st_size
    proof.phase = "check"
    try:
        proof.report = scan.check_export([file], complete=proof.complete, progress=proof.note)
    except scan.NotAnExportError as error:
        _fail(
            proof, str(error).replace(file.name, proof.title), "Die TAR-Datei nehmen, wie die TSE sie geschrieben hat."
        )
        return
    proof.phase = "done"
