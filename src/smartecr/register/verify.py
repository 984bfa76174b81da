"""The register proves its own books: chain, rows, sums, numbers, signatures, closings, export, drawer, outages.

`examine` recomputes every hash of the journal, projects the journal anew and compares each row of the books with it,
checks the arithmetic and the TSE signature of every receipt, adds up every closing from its receipts and from what the
DSFinV-K export says of them, and holds drawer, cash book, outages and card terminals against the books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from smartecr.register import chainend, guests, vouchers
from smartecr.register.verifying import closings, crew, invoices, walk
from smartecr.register.verifying.receipts import Added, doubled
from smartecr.register.verifying.standing import Standing
from smartecr.register.verifying.verdict import Progress, Verdict, silent
from smartecr.sql import select

_SHOWN = 50


def verify(out: Callable[[str], None], progress: Progress = silent, workers: int = 0) -> int:
    """Check the books, tell `out` one page in German line by line, and return 0 when all holds, else 1."""
    verdict = examine(progress, workers)
    for line in page(verdict):
        out(line)
    return 0 if verdict.holds else 1


def looked_at(verdict: Verdict) -> Iterator[str]:
    """Yield what was looked at, a line each."""
    yield f"Journal: {verdict.facts} Einträge, Kette {'geprüft' if verdict.facts else 'leer'}"
    yield f"Bücher: {verdict.rows} Zeilen aus dem Journal neu aufgebaut und verglichen"
    yield (
        f"Belege: {verdict.receipts}, davon {verdict.signatures} TSE-Signaturen gültig, {verdict.without_tse} ohne TSE"
    )
    yield f"Abschlüsse: {verdict.closings} aus Belegen und Export neu gerechnet"


def page(verdict: Verdict) -> Iterator[str]:
    """Yield the lines of the page that says what holds and what does not."""
    yield from looked_at(verdict)
    for line in verdict.explained[:_SHOWN]:
        yield f"· {line}"
    for finding in verdict.findings[:_SHOWN]:
        yield f"✗ {finding}"
    if len(verdict.findings) > _SHOWN:
        yield f"✗ und {len(verdict.findings) - _SHOWN} weitere"
    yield "Die Bücher stimmen." if verdict.holds else f"Die Bücher stimmen nicht: {len(verdict.findings)} Befunde."


def examine(progress: Progress = silent, workers: int = 0) -> Verdict:
    """Check everything as it stands at this moment, while the shop may sell. Memory does not grow with the books.

    `workers` other processes read the journal and check the receipts where that pays (0: all in this one).
    """
    verdict, added = Verdict(), Added()
    standing = Standing(verdict)
    seen = dict.fromkeys(walk.STREAMED, 0)
    ends: dict[str, tuple[int, str]] = {}
    with _snapshot():
        total = int(select("SELECT count(*) FROM register_journal")[0][0])
        for part in crew.read_all(crew.stretches(), workers):
            verdict.merge(part.read.verdict)
            added.merge(part.added)
            for step in part.read.steps:
                standing.take(step)
            for name, count in part.read.seen.items():
                seen[name] += count
            ends[part.stretch.register_id] = part.read.last[:2]
            progress(verdict.facts, total, f"{verdict.receipts} Belege, {verdict.facts} Einträge")
        verdict.findings += chainend.wrong(ends)
        verdict.explained += chainend.foreign()
        standing.compare()
        verdict.findings += [*_strangers(seen), *doubled()]
        closings.check(verdict, added, progress)
        invoices.check(verdict)
        verdict.findings += [*vouchers.wrong(), *guests.wrong()]
    return verdict


def _strangers(seen: dict[str, int]) -> Iterator[str]:
    """Name rows that no fact has made: there are some when more lie in a table than were met."""
    for name, met in seen.items():
        (count,) = select(f"SELECT count(*) FROM {name}")[0]  # noqa: S608 models' names
        if count != met:
            yield from (f"{name} {'/'.join(map(str, key))}: steht nicht im Journal" for key in walk.unknown(name))


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read everything as of one moment; within a transaction that is so already."""
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
