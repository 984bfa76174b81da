"""The register proves its own books: chain, rows, sums, numbers, signatures, closings, export, drawer, outages.

`examine` recomputes every hash of the journal, projects the journal anew and compares each row of the books with it,
checks the arithmetic and the TSE signature of every receipt, adds up every closing from its receipts and from what the
DSFinV-K export says of them, and holds drawer, cash book, outages and card terminals against the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from smartecr.core.counted import counted, dotted
from smartecr.register import chainend
from smartecr.register.books.verifying import archives, closings, crew, invoices, walk, words
from smartecr.register.books.verifying.reading import STREAMED, rows_at, total
from smartecr.register.books.verifying.receipts import Added, doubled
from smartecr.register.books.verifying.standing import Standing
from smartecr.register.books.verifying.verdict import Progress, Verdict, silent
from smartecr.register.regulars import guests, vouchers
from smartecr.register.rows import tables

_SHOWN = 50


def verify(out: Callable[[str], None], progress: Progress = silent, workers: int = 0) -> int:
    """Check the books, tell `out` one page in German line by line, and return 0 when all holds, else 1."""
    verdict = examine(progress, workers)
    for line in page(verdict):
        out(line)
    return 0 if verdict.holds else 1


def looked_at(verdict: Verdict) -> Iterator[str]:
    """Yield what was looked at, a line each."""
    yield f"Journal: {counted(verdict.facts, 'Eintrag', 'Einträge')}, Kette {'geprüft' if verdict.facts else 'leer'}"
    yield f"Bücher: {counted(verdict.rows, 'Zeile', 'Zeilen')} aus dem Journal neu aufgebaut und verglichen"
    signatures = counted(verdict.signatures, "TSE-Signatur", "TSE-Signaturen")
    yield f"Belege: {dotted(verdict.receipts)}, davon {signatures} gültig, {dotted(verdict.without_tse)} ohne TSE"
    yield f"Abschlüsse: {dotted(verdict.closings)} aus Belegen und Export neu gerechnet"


def page(verdict: Verdict) -> Iterator[str]:
    """Yield the lines of the page that says what holds and what does not."""
    yield from looked_at(verdict)
    for line in verdict.explained[:_SHOWN]:
        yield f"· {line}"
    for finding in verdict.findings[:_SHOWN]:
        yield f"✗ {finding}"
    if len(verdict.findings) > _SHOWN:
        yield f"✗ und {dotted(len(verdict.findings) - _SHOWN)} weitere"
    if verdict.holds:
        yield "Die Bücher stimmen."
        return
    yield "Was zu tun ist: Weiter verkaufen ist möglich. Den Datenordner sichern, nichts löschen, den Händler anrufen."
    yield f"Die Bücher stimmen nicht: {counted(len(verdict.findings), 'Befund', 'Befunde')}."


def examine(progress: Progress = silent, workers: int = 0) -> Verdict:
    """Check everything as it stands at this moment, while the shop may sell. Memory does not grow with the books.

    `workers` other processes read the journal and check the receipts where that pays (0: all in this one).
    """
    with _snapshot():
        stretches = crew.stretches(workers)
        facts = sum(stretch.until - stretch.after for stretch in stretches)
        with crew.read_all(stretches, workers) as parts:
            # while others read
            whole, counts = _whole(lambda word: progress(0, facts, word)), {name: total(name) for name in tables()}
            verdict = _read(parts, counts, lambda told: progress(told.facts, facts, _looked_at(told)))
        verdict.merge(whole)
    return verdict


def _looked_at(verdict: Verdict) -> str:
    return f"{counted(verdict.receipts, 'Beleg', 'Belege')}, {counted(verdict.facts, 'Eintrag', 'Einträge')}"


def _read(parts: Iterable[crew.Part], counts: Mapping[str, int], progress: Callable[[Verdict], None]) -> Verdict:
    """Take in what the stretches gave; hold the tables, with their `counts` of rows, and the journals' ends to it."""
    verdict, added = Verdict(), Added()
    standing = Standing(verdict)
    seen: Counter[str] = Counter()
    ends: dict[str, tuple[int, str]] = {}
    for part in parts:
        verdict.merge(part.read.verdict)
        added.merge(part.added)
        standing.take(part.read)
        seen.update(part.read.seen)
        for closing_id in part.read.closed:
            closings.check(verdict, closing_id, added)
        ends[part.stretch.register_id] = part.read.last[:2]
        progress(verdict)
    verdict.findings += chainend.wrong(ends)
    verdict.explained += chainend.foreign()
    wanted = [*((name, seen[name]) for name in STREAMED), *standing.compare()]
    verdict.rows += sum(counts[name] for name, _ in wanted if name not in STREAMED)
    verdict.findings += _strangers(wanted, counts)
    closings.late(verdict, added)
    return verdict


def _whole(progress: Callable[[str], None]) -> Verdict:
    """Ask what is asked of the books as a whole."""
    verdict = Verdict()
    for word, check in _WHOLE.items():
        progress(word)
        try:
            check(verdict)
        except (LookupError, TypeError, ValueError) as error:
            verdict.findings.append(f"{word}: unlesbar ({type(error).__name__})")
    return verdict


_WHOLE: dict[str, Callable[[Verdict], None]] = {
    "Signaturzähler": doubled,
    "Nummern": closings.numbers,
    "Kassenbuch": closings.drawers,
    "TSE-Ausfälle": closings.outages,
    "Kartenterminal": closings.doubts,
    "Archive der TSE": lambda verdict: archives.check(verdict, Path(settings.DATA) / "exports"),
    "Rechnungen": invoices.check,
    "Gutscheine": lambda verdict: verdict.findings.extend(vouchers.wrong()),
    "Kundenkarten": lambda verdict: verdict.findings.extend(guests.wrong()),
}
"""What is asked of the books as a whole, by the word the progress shows."""


def _strangers(sizes: Iterable[tuple[str, int]], counts: Mapping[str, int]) -> Iterator[str]:
    """Name rows that no fact has made, given tables with how many rows they ought to have, and how many they have."""
    for name, wanted in sizes:
        if counts[name] != wanted:
            strangers = list(walk.unknown(name))
            yield from (words.stranger(name, key, rows_at(name, [key]).get(key)) for key in strangers)
            if counts[name] - len(strangers) != wanted:
                yield f"{words.WORDS.get(name, name)}: das Journal nennt dieselbe Zeile zweimal ({name})"


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read everything as of one moment; within a transaction that is so already."""
    if connection.in_atomic_block:
        yield
        return
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if sqlite:
            cursor.execute("PRAGMA temp_store = FILE")  # what is sorted grows with the years
        cursor.execute("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
            if sqlite:
                cursor.execute("PRAGMA temp_store = MEMORY")
