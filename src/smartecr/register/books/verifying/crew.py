"""The stretches of the journal read by several processes, or here; what they gave comes in the journal's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from smartecr.core.workers import loss_told
from smartecr.register.books.sharing import shared
from smartecr.register.books.verifying.reading import Read, Stretch
from smartecr.register.books.verifying.receipts import Added, Receipts
from smartecr.register.books.verifying.walk import Walk
from smartecr.register.journal import GENESIS
from smartecr.sql import select

STRETCH = 2000
"""Entries a stretch at most; so many findings, sums and open baskets wait in memory."""


class Part(NamedTuple):
    """What a stretch gave, and its receipts added up."""

    stretch: Stretch
    read: Read
    added: Added


def stretches(workers: int) -> list[Stretch]:
    """Return the stretches of all registers' journals, as they stand now, so long that `workers` end together."""
    journals = list(_journals())
    entries = sum(last - after for _, after, last in journals)
    count = -(-entries // (STRETCH * max(workers, 1))) * max(workers, 1)
    size = -(-entries // max(count, 1))
    return [
        Stretch(register_id, after, min(after + size, last))
        for register_id, begin, last in journals
        for after in range(begin, last, size)
    ]


def _journals() -> Iterator[Stretch]:
    """Yield the whole journal of each register; its ends are looked up, not found by reading all between them."""
    register_id = ""
    while rows := select(
        "SELECT register_id, seq FROM register_journal WHERE register_id > %s ORDER BY register_id, seq LIMIT 1",
        [register_id],
    ):
        register_id, first = rows[0]
        ((last,),) = select("SELECT max(seq) FROM register_journal WHERE register_id = %s", [register_id])
        yield Stretch(register_id, min(first, 1) - 1, last)


def read(stretch: Stretch) -> Part:
    """Read a stretch in this process."""
    found, added = Read(), Added()
    Walk(Receipts(found.verdict, added).check, found).run(stretch, _before(stretch))
    return Part(stretch, found, added)


def _before(stretch: Stretch) -> tuple[int, str, str]:
    """Return number, hash and instant of the last entry before a stretch: its own hash was checked with its stretch."""
    sql = "SELECT seq, hash, at FROM register_journal WHERE register_id = %s AND seq <= %s ORDER BY seq DESC LIMIT 1"
    rows = select(sql, [stretch.register_id, stretch.after])
    return rows[0] if rows else (0, GENESIS, "")


@contextmanager
def read_all(parts: Sequence[Stretch], workers: int) -> Iterator[Iterator[Part]]:
    """Yield what all stretches gave, in order; `workers` processes share them as `sharing.shared` says.

    Raises OSError when a process was ended from outside.
    """
    with loss_told(), shared(_read, parts, workers) as gave:
        yield gave


def _read(stretch: Stretch) -> tuple[Part]:
    return (read(stretch),)
