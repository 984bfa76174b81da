"""The register proves its own books: chain, rows, sums, numbers, signatures, closings, export, drawer, outages.

`examine` recomputes every hash of the journal, projects the journal anew and compares each row of the books with it,
checks the arithmetic and the TSE signature of every receipt, adds up every closing from its receipts and from what the
DSFinV-K export says of them, and holds drawer, cash book, outages and card terminals against the books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from smartecr.register import guests, vouchers
from smartecr.register.verifying import closings, invoices, receipts, walk
from smartecr.register.verifying.verdict import Progress, Verdict, silent

_SHOWN = 50


def verify(out: Callable[[str], None], progress: Progress = silent) -> int:
    """Check the books, tell `out` one page in German line by line, and return 0 when all holds, else 1."""
    verdict = examine(progress)
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


def examine(progress: Progress = silent) -> Verdict:
    """Check everything as it stands at this moment, while the shop may sell. Memory does not grow with the books."""
    verdict = Verdict()
    with _snapshot():
        of_receipts = receipts.Receipts(verdict)
        walk.Walk(verdict, progress, of_receipts.check).run()
        closings.check(verdict, of_receipts, progress)
        invoices.check(verdict)
        verdict.findings += [*vouchers.wrong(), *guests.wrong()]
    return verdict


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
