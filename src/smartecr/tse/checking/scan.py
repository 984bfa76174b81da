"""Checks whole exports: walks the archives once, lets all cores check batches, puts the order and the report together.

Archives given together are one export in parts. Memory stays flat: batches on their way are counted, what is kept of
a message is a small record that goes to disk beyond a limit, findings and certificates are bounded.
"""

import os
import stat
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from smartecr.core import oswords
from smartecr.core.workers import Workers, loss_told
from smartecr.tse import export_names
from smartecr.tse.checking.certificates import Certificates
from smartecr.tse.checking.findings import Findings, Place
from smartecr.tse.checking.messages import Batch, Checked, Checker, Key
from smartecr.tse.checking.records import Fields, Records
from smartecr.tse.checking.report import ExportReport
from smartecr.tse.checking.sequence import Sequence as Order
from smartecr.tse.log_message import LogMessageError, parse
from smartecr.tse.tar import ExportReader, TarError

_BATCH = 1000
_BATCH_BYTES = 2 << 20
#: smaller exports are checked before other processes would have started
_WORTH_PROCESSES = 8 << 20
_AHEAD = 4
_PACKED = {b"\x1f\x8b": "gzip", b"PK": "ZIP", b"BZ": "bzip2", b"\xfd7": "xz", b"7z": "7-Zip", b"\x28\xb5": "Zstandard"}
_REASONS = {
    "truncated": "Es endet mitten in einer Datei",
    "no_header": "Ein Dateikopf ist beschädigt",
    "extended_header": "Ein erweiterter Dateikopf ist beschädigt",
    "name": "Ein Dateiname führt aus dem Archiv hinaus",
    "kind": "Es enthält Verweise oder Geräte statt Dateien",
    "size": "Eine Datei gibt eine unmögliche Größe an",
}


class NotAnExportError(ValueError):
    """What was given is no export of a TSE; the message is German and says why."""


class _Archive(NamedTuple):
    """A file to read, with its number and the name it has in the report."""

    number: int
    path: Path
    name: str

    def batch(self) -> Batch:
        """Begin a batch of its members."""
        return Batch(self.number, self.name, self.path)


class _Postponed(NamedTuple):
    """A batch whose certificate had not been seen yet: where it begins, how many members it has."""

    archive: _Archive
    offset: int
    members: int


def check_export(
    paths: Sequence[Path],
    *,
    complete: bool = False,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Check the archives of one export. ``complete``: it claims to be whole, so gaps are errors.

    ``workers`` processes share the work (None: as many as cores, none for small exports; 0: none). ``progress`` is
    told the bytes read so far; what it raises ends the check. Raises
    NotAnExportError when a file is unreadable or no TAR archive, or when no log message is in any; OSError when the
    disk for temporary files is full.
    """
    archives = [_Archive(number, path, path.name) for number, path in enumerate(paths)]
    size = sum(_size(archive.path) for archive in archives)
    if workers is None:
        workers = 0 if size < _WORTH_PROCESSES else os.cpu_count() or 1
    scan = _Scan(archives, complete, progress)
    try:
        with loss_told():
            return scan.run(0 if workers == 1 else workers)
    finally:
        scan.records.close()


class _Scan:
    def __init__(self, archives: list[_Archive], complete: bool, progress: Callable[[int], None] | None) -> None:
        self._archives = archives
        self._progress = progress
        self._complete = complete
        self._findings = Findings(complete=complete)
        self._certificates = Certificates()
        self._keys: dict[bytes, Key] = {}
        self._kinds: Counter[str] = Counter()
        self._used: Counter[bytes] = Counter()
        self._formats: set[tuple[bytes, str, bytes]] = set()
        self._valid = self._invalid = self._unchecked = 0
        self.records = Records()

    def run(self, workers: int) -> ExportReport:
        postponed: list[_Postponed] = []
        with ExitStack() as stack:
            crew = _Crew(workers, self._complete)
            stack.callback(crew.close)
            batches = self._batches()
            for batch, checked in crew.work(batches, self._keys, final=False):
                if checked is None:
                    postponed.append(_Postponed(self._archives[batch.file], batch.offsets[0], len(batch.names)))
                else:
                    self._take(checked)
            again = (_reread(one) for one in postponed)
            for _, checked in crew.work(again, self._keys, final=True):
                assert checked is not None
                self._take(checked)
        if not self._kinds.total():
            raise NotAnExportError(self._nothing())
        return self._conclude()

    def _batches(self) -> Iterator[Batch]:
        """Walk all archives, telling how far."""
        before = 0
        for archive in self._archives:
            for batch in self._walk(archive):
                if self._progress is not None:
                    self._progress(before + batch.offsets[-1])
                yield batch
            before += archive.path.stat().st_size if self._progress is not None else 0

    def _walk(self, archive: _Archive) -> Iterator[Batch]:
        """Read an archive once: yield its log messages in batches, take certificates and info.csv on the way.

        A batch is made of neighbours, so that it can be found again by its first member.
        """
        batch = archive.batch()
        members = 0
        info = False
        with _open(archive.path) as stream:
            reader = ExportReader(stream)
            try:
                for entry in reader.entries():
                    members += 1
                    data = reader.content()
                    if not entry.name.endswith(".log") and not self._other(entry.name, data, archive):
                        info = info or entry.name == export_names.INFO
                        if batch.names:
                            yield batch
                            batch = archive.batch()
                        continue
                    if batch.names and entry.start + entry.size - batch.starts[0] > _BATCH_BYTES:
                        yield batch
                        batch = archive.batch()
                    batch.add(entry)
                    if len(batch.names) >= _BATCH:
                        yield batch
                        batch = archive.batch()
            except TarError as error:
                self._broken(archive, error, members)
            else:
                self._judge_end(archive, reader, members)
            if not info:
                self._findings.add("info_missing", Place(archive.name), "Die Datei info.csv fehlt.")
        if batch.names:
            yield batch

    def _other(self, name: str, data: bytes, archive: _Archive) -> bool:
        """Take a member that is not called a log message; True when it is one all the same."""
        place = Place(archive.name, name)
        if name == export_names.INFO:
            if export_names.read_info(data[:10_000]) is None:
                self._findings.add("info_unreadable", place, "Die Datei info.csv hat nicht die vorgeschriebene Form.")
            return False
        if self._certificates.add(data, place, self._findings):
            self._learn_keys()
            return False
        try:
            parse(data)
        except LogMessageError:
            text = "Die Datei gehört nicht in den Export einer TSE; sie blieb unbeachtet."
            self._findings.add("member_unknown", place, text)
            return False
        return True

    def _learn_keys(self) -> None:
        for serial, one in self._certificates.by_serial.items():
            self._keys.setdefault(serial, Key(one.key.point, one.begin, one.end))

    def _broken(self, archive: _Archive, error: TarError, members: int) -> None:
        text = f"{_REASONS[error.reason]} (Byte {error.offset})."
        if not members:
            raise NotAnExportError(f"{archive.name} ist kein TAR-Archiv einer TSE. {text}") from None
        text = f"Das Archiv ist nicht bis zum Ende lesbar. {text}"
        self._findings.add("archive_broken", Place(archive.name), text)

    def _judge_end(self, archive: _Archive, reader: ExportReader, members: int) -> None:
        if not members:
            raise NotAnExportError(f"{archive.name} enthält keine Dateien.")
        if not reader.has_end_blocks:
            text = "Dem Archiv fehlt das Ende; es kann abgeschnitten sein (manche TSE schreiben keines)."
            self._findings.add("archive_not_closed", Place(archive.name), text)
        elif reader.rest().strip(b"\x00"):
            text = "Hinter dem Ende des Archivs stehen weitere Daten; sie blieben unbeachtet."
            self._findings.add("archive_continues", Place(archive.name), text)

    def _take(self, checked: Checked) -> None:
        self._kinds += checked.kinds
        self._used += checked.used
        self._formats |= checked.formats
        self._valid += checked.valid
        self._invalid += checked.invalid
        self._unchecked += checked.unchecked
        self._findings.merge(checked.kept, checked.counts)
        self.records.add(checked.records)

    def _nothing(self) -> str:
        names = ", ".join(archive.name for archive in self._archives)
        return f"{names}: keine Log-Nachricht einer TSE gefunden."

    def _conclude(self) -> ExportReport:
        self._certificates.judge(self._used, self._findings)
        order = Order(self._findings, self._locate)
        order.read(self.records.in_order())
        if order.overlap:
            text = f"{order.overlap} Nachrichten stehen gleich in mehreren Archiven: Die Teile überlappen sich."
            self._findings.add("counter_overlap", Place(), text)
        if len(self._used) > 1:
            text = f"Der Export enthält Nachrichten von {len(self._used)} TSE."
            self._findings.add("several_devices", Place(), text)
        if len(self._formats) > len(self._used):
            text = "Eine TSE schreibt mehr als ein Zeitformat oder Signaturverfahren."
            self._findings.add("several_formats", Place(), text)
        serials = {serial[:8]: serial for serial in self._used}
        _, counts = self._findings.collected()
        return ExportReport(
            files=tuple(archive.name for archive in self._archives),
            complete=self._complete,
            transaction=self._kinds["transaction"],
            system=self._kinds["system"],
            audit=self._kinds["audit"],
            signatures_valid=self._valid,
            signatures_invalid=self._invalid,
            signatures_unchecked=self._unchecked,
            devices=tuple(replace(device, serial=serials[device.serial]) for device in order.devices),
            findings=self._findings.report(),
            counts=counts,
        )

    def _locate(self, row: Fields) -> Place:
        """Tell the place of a record: reads the member's name again."""
        archive = self._archives[row[7]]
        batch = _reread(_Postponed(archive, row[8], 1))
        return Place(archive.name, batch.names[0] if batch.names else "", row[1])


class _Crew:
    """Checks batches, here or in worker processes; results come in the order of the batches."""

    def __init__(self, workers: int, complete: bool) -> None:
        self._complete = complete
        self._ahead = workers * _AHEAD
        self._checker = Checker()
        self._workers = Workers(workers)

    def work(
        self, batches: Iterable[Batch], keys: dict[bytes, Key], *, final: bool
    ) -> Iterator[tuple[Batch, Checked | None]]:
        waiting: deque[Batch] = deque()
        for batch in batches:
            if not self._ahead:
                yield batch, self._checker.check(batch, keys, complete=self._complete, final=final)
                continue
            self._workers.ask(_check, batch, dict(keys), self._complete, final)
            waiting.append(batch)
            if len(waiting) >= self._ahead:
                yield waiting.popleft(), self._workers.take()
        while waiting:
            yield waiting.popleft(), self._workers.take()

    def close(self) -> None:
        self._workers.end()


@cache
def _checker_of_process() -> Checker:
    return Checker()


def _check(batch: Batch, keys: dict[bytes, Key], complete: bool, final: bool) -> Checked | None:
    return _checker_of_process().check(batch, keys, complete=complete, final=final)


def _size(path: Path) -> int:
    """Tell a file's size. Raises NotAnExportError for what cannot be an archive of an export."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise NotAnExportError(f"{path.name} ist ein Ordner; gebraucht wird die TAR-Datei des TSE-Exports.")
        if not stat.S_ISREG(status.st_mode):
            raise NotAnExportError(f"{path.name} ist keine gewöhnliche Datei.")
        with path.open("rb") as stream:
            begin = stream.read(512)
    except OSError as error:
        raise NotAnExportError(f"{path.name} ist nicht lesbar ({oswords.reason(error)}).") from None
    except ValueError as error:
        if isinstance(error, NotAnExportError):
            raise
        raise NotAnExportError("Der Name der Datei ist nicht möglich.") from None
    packed = next((kind for magic, kind in _PACKED.items() if begin.startswith(magic)), "")
    if packed and begin[257:262] != b"ustar":
        raise NotAnExportError(f"{path.name} ist gepackt ({packed}). Bitte zuerst entpacken.")
    return status.st_size


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise NotAnExportError(f"{path.name} ist nicht lesbar ({oswords.reason(error)}).") from None


def _reread(one: _Postponed) -> Batch:
    """Find members of an archive again; fewer when the file has changed meanwhile."""
    batch = one.archive.batch()
    with _open(one.archive.path) as stream, suppress(TarError):
        stream.seek(one.offset)
        reader = ExportReader(stream, one.offset, ahead=64 << 10)
        for entry in reader.entries():
            reader.content()
            batch.add(entry)
            if len(batch.names) == one.members:
                break
    return batch
