"""The stretches of the journal read by several processes, or here; what they gave comes in the journal's order."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection

from smartecr.register.journal import GENESIS
from smartecr.register.verifying.receipts import Added, Receipts
from smartecr.register.verifying.walk import Read, Stretch, Walk
from smartecr.sql import select

STRETCH = 6000
"""Entries a stretch; so many findings, sums and open baskets wait in memory."""

_WORTH_PROCESSES = 3
"""Fewer stretches are read before other processes would have started."""


class Part(NamedTuple):
    """What a stretch gave, and its receipts added up."""

    stretch: Stretch
    read: Read
    added: Added


def stretches() -> list[Stretch]:
    """Return the stretches of all registers' journals, as they stand now."""
    found = []
    for register_id, first, last in select(
        "SELECT register_id, min(seq), max(seq) FROM register_journal GROUP BY register_id ORDER BY register_id"
    ):
        found += [
            Stretch(register_id, after, min(after + STRETCH, last)) for after in range(min(first, 1) - 1, last, STRETCH)
        ]
    return found


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


def read_all(parts: Sequence[Stretch], workers: int) -> Iterator[Part]:
    """Yield what all stretches gave, in order; `workers` processes share them where that pays (0: none).

    Others see only what is committed, so within a transaction everything is read here. Raises OSError when a process
    was ended from outside.
    """
    if workers < 1 or len(parts) < _WORTH_PROCESSES or _nobody_else_sees():
        yield from map(read, parts)
        return
    # a process with threads must not be forked; one without starts its workers at once that way
    start = "fork" if threading.active_count() == 1 and hasattr(os, "fork") else "spawn"
    context = multiprocessing.get_context(start)
    database = {key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(database,)) as pool:
        try:
            yield from pool.map(_read_mapped, parts)
        except BrokenProcessPool:
            raise OSError("Ein Prozess der Prüfung wurde beendet (zu wenig Speicher?).") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _nobody_else_sees() -> bool:
    name = str(connection.settings_dict["NAME"])
    return connection.in_atomic_block or (
        connection.vendor == "sqlite" and (":memory:" in name or "mode=memory" in name)
    )


_inherited: list[object] = []
"""Connections of the process this one was forked from: neither used nor closed here, as both would harm it."""


def _begin(database: dict[str, Any]) -> None:
    """Bring Django up over the same database with a connection of its own, and leave the processor to the till."""
    import django
    from django.apps import apps
    from django.conf import settings

    if apps.ready:
        _inherited.append(connection.connection)
        connection.connection = None
    else:
        settings.DATABASES[DEFAULT_DB_ALIAS].update(database)
        django.setup()
    with suppress(OSError):
        os.nice(5)


def _read_mapped(stretch: Stretch) -> Part:
    """Read a stretch with SQLite's file mapped into memory: its half kilobytes cost no system call each.

    The map is given back after the stretch, so that it never holds more of the file than one.
    """
    if connection.vendor != "sqlite":
        return read(stretch)
    select(f"PRAGMA mmap_size = {1 << 36}")
    try:
        return read(stretch)
    finally:
        select("PRAGMA mmap_size = 0")
