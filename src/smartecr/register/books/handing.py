"""Handing the data over (§ 147 (6), § 146b AO): one folder with everything an auditor may ask for, and its checksums.

The folder appears whole or not at all. What left the device, to whom and with which checksums, stays in the journal.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from smartecr.core import oswords
from smartecr.core.records import dataclass
from smartecr.fiscal import notification
from smartecr.fiscal.dsfinvk import writer
from smartecr.fiscal.dsfinvk.dialect import ValueRefusedError
from smartecr.printer import text as plain
from smartecr.register import ledger
from smartecr.register.books import bookkeeping, closing, exporting, notice, procedure
from smartecr.register.cashdesk import cashbook
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoicepaper, invoices
from smartecr.register.models import Register
from smartecr.register.paper import procedurepaper, reportpaper
from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch, select
from smartecr.staff.actor import Actor
from smartecr.tse.api import ALL, Selection, TseError

SUMS = "pruefsummen.sha256"
_PAGE = 2000
_README = """Datenüberlassung nach § 147 Abs. 6 und § 146b AO

dsfinvk.zip                 Kassenabschlüsse und Einzeldaten (DSFinV-K 2.4)
tse.tar                     Export der TSE (BSI TR-03151)
journal.jsonl               das Journal der Kasse, eine Tatsache je Zeile, mit Hashkette
abschluesse.txt             Z-Berichte
kassenbuch-*.csv            Kassenbuch
verfahrensdokumentation.*   Verfahrensdokumentation, als Text und als PDF/A
mitteilung-146a.txt         Mitteilung der Aufzeichnungssysteme
pruefsummen.sha256          SHA-256 jeder Datei (prüfen: sha256sum -c pruefsummen.sha256)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A handover: its folder, (name, bytes, SHA-256) of every file; `missing` says in German what could not be had."""

    id: str
    folder: Path
    files: tuple[tuple[str, int, str], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A handover as the log shows it; `at` is UTC journal text."""

    at: str
    person: str
    whom: str
    first: str
    last: str
    way: str
    files: tuple[tuple[str, int, str], ...]
    missing: tuple[str, ...]


def hand_over(
    till: Till, actor: Actor, target: Path, first: str, last: str, *, whom: str, way: str, with_tse: bool = True
) -> Handed:
    """Write everything of the business days `first` to `last` ("": no limit) into a new folder below `target`.

    `way` ("download", "usb") and `whom` go into the log. Raises RegisterError("storage") when it cannot be written,
    ("last") for days in the wrong order, ("empty") when there is no closing yet, ("data") when a value does not fit the
    export.
    """
    if first and last and last < first:
        raise RegisterError("last", "Der letzte Tag liegt vor dem ersten.", "Die Tage prüfen.")
    chosen = exporting.chosen(first, last)
    if not chosen:
        raise RegisterError(
            "empty", "In diesem Zeitraum gibt es keinen Kassenabschluss.", "Zuerst den Tag abschließen."
        )
    handover_id = till.new_id()
    name = f"kassendaten-{till.clock().astimezone(ZONE):%Y-%m-%d-%H%M%S}"
    part = target / f".{name}"
    missing: list[str] = []
    try:
        part.mkdir(parents=True)
        _write(till, part, chosen, first, last, missing, with_tse=with_tse)
        files = tuple(_sums(part))
        part.rename(target / name)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise RegisterError(
            "storage", f"Das lässt sich nicht schreiben ({oswords.reason(error)}).", "Platz schaffen."
        ) from error
    except (writer.ExportError, ValueRefusedError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise RegisterError("data", str(error)[:200], "Die Angaben zum Laden ergänzen.") from error
    body = {"whom": whom, "way": way, "first": first, "last": last, "files": files, "missing": missing}
    with ledger.writing(till, actor) as journal:
        journal.append("data_handed_over", body, handover_id)
    return Handed(id=handover_id, folder=target / name, files=files, missing=tuple(missing))


def _write(
    till: Till, part: Path, chosen: Sequence[str], first: str, last: str, missing: list[str], *, with_tse: bool
) -> None:
    exporting.write(part / "dsfinvk.zip", chosen, at=datetime.now(UTC))
    if with_tse:
        _tse(till, part / "tse.tar", first, last, missing)
    else:
        missing.append("Der Export der TSE wurde nicht verlangt.")
    with (part / "journal.jsonl").open("wb") as out:
        out.writelines(_journal(till.shop_id, first, last))
    with (part / "abschluesse.txt").open("w", encoding="utf-8") as report:
        for closing_id in chosen:
            done = closing.find_closing(closing_id)
            if done is not None:
                report.write(plain.render(reportpaper.z_document(done)) + "\n\f\n")
    for register in Register.objects.filter(shop_id=till.shop_id).order_by("id"):
        entries = cashbook.entries(register.id, first, last)
        lines = [line for month in bookkeeping.cash_lines(entries).values() for line in month]
        (part / f"kassenbuch-{register.id[-6:]}.csv").write_bytes(bookkeeping.cash_csv(lines))
    version = procedure.current(till)
    (part / "verfahrensdokumentation.txt").write_text(version.text, encoding="utf-8")
    (part / "verfahrensdokumentation.pdf").write_bytes(procedurepaper.pdf(version))
    _invoices(part / "rechnungen.zip", till.shop_id, first, last)
    (part / "mitteilung-146a.txt").write_text(notification.sheet(notice.current(till.shop_id)), encoding="utf-8")
    (part / "LIESMICH.txt").write_text(_README + "".join(f"\n{line}" for line in missing), encoding="utf-8")


def _invoices(file: Path, shop_id: str, first: str, last: str) -> None:
    """Write the invoices issued on these days as PDF; no file where there are none."""
    found = invoices.issued(shop_id, first, last)
    if found:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for one in found:
                archive.writestr(f"{one.number}.pdf", invoicepaper.pdf(one))


def _tse(till: Till, file: Path, first: str, last: str, missing: list[str]) -> None:
    begin = _midnight(first) if first else None
    end = _midnight(last, 1) - 1 if last else None
    selection = ALL if begin is end is None else Selection(begin=begin, end=end)
    try:
        with file.open("wb") as sink:
            till.tse.export(sink, selection).result()
    except TseError as error:
        file.unlink(missing_ok=True)
        missing.append(f"Der Export der TSE kam nicht: {error.reason}.")


def _midnight(day: str, after: int = 0, zone: ZoneInfo = ZONE) -> int:
    wanted = date.fromisoformat(day) + timedelta(days=after)
    return int(datetime(wanted.year, wanted.month, wanted.day, tzinfo=zone).timestamp())


def _journal(shop_id: str, first: str, last: str) -> Iterator[bytes]:
    """Yield the facts of these business days as JSON lines, in the order of each register's chain."""
    for (register_id,) in select("SELECT id FROM register_register WHERE shop_id = %s ORDER BY id", [shop_id]):
        seq = -1
        while rows := fetch(
            "SELECT * FROM register_journal WHERE register_id = %s AND seq > %s AND business_day >= %s "
            "AND business_day <= %s ORDER BY seq LIMIT %s",
            [register_id, seq, first, last or "9999-12-31", _PAGE],
        ):
            for row in rows:
                yield orjson.dumps(row) + b"\n"
            seq = rows[-1]["seq"]


def _sums(part: Path) -> Iterator[tuple[str, int, str]]:
    """Write the checksums beside the files and yield them."""
    found = []
    for file in sorted(part.iterdir()):
        with file.open("rb") as data:
            found.append((file.name, file.stat().st_size, hashlib.file_digest(data, "sha256").hexdigest()))
    (part / SUMS).write_text("".join(f"{digest}  {name}\n" for name, _, digest in found), encoding="utf-8")
    yield from found


def log(shop_id: str, limit: int = 50) -> list[Logged]:
    """Return what was handed over, newest first."""
    rows = select(
        "SELECT at, actor_name, body FROM register_journal WHERE shop_id = %s AND kind = 'data_handed_over' "
        "ORDER BY at DESC LIMIT %s",
        [shop_id, limit],
    )
    return [_logged(at, person, json.loads(body)) for at, person, body in rows]


def _logged(at: str, person: str, body: dict[str, object]) -> Logged:
    files = tuple(tuple(one) for one in body["files"])  # type: ignore[attr-defined]
    told = {name: str(body[name]) for name in ("whom", "first", "last", "way")}
    return Logged(at=at, person=person, files=files, missing=tuple(body["missing"]), **told)  # type: ignore[arg-type]


def sticks(roots: Sequence[Path] = (Path("/media"), Path("/run/media"), Path("/mnt"))) -> list[Path]:
    """Return the folders of storage plugged in that can be written to, at most two levels below `roots`."""
    found: list[Path] = []
    for root in roots:
        folders = sorted([*root.glob("*"), *root.glob("*/*")])
        found += [folder for folder in folders if folder.is_mount() and _writable(folder)]
    return found


def _writable(folder: Path, probe: Callable[[Path], object] = Path.touch) -> bool:
    try:
        mark = folder / ".smartecr-probe"
        probe(mark)
        mark.unlink()
    except OSError:
        return False
    return True
