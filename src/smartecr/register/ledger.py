"""Writing facts: one lock, one transaction, journal and rows together.

`writing(till, actor)` is the only way to write. It holds the process-wide write lock and a database transaction,
numbers and chains the facts appended, projects them into rows, and commits all or nothing (with synchronous=FULL
the commit is on the disk when the block ends). SQLite has one writer anyway; on PostgreSQL an advisory lock keeps
other processes from forking the chain.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from smartecr.register.errors import RegisterError
from smartecr.register.journal import GENESIS, Body, Entry, canonical, digest
from smartecr.register.projection import Change, Delete, Insert, Operation, Put, project, tables
from smartecr.register.till import Till, moment
from smartecr.staff.actor import Actor

ZONE = ZoneInfo("Europe/Berlin")
WRITE_LOCK = threading.RLock()

_JOURNAL = (
    "INSERT INTO register_journal (register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, "
    "previous, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class Writer:
    """Facts of one transaction. `append` adds one; they reach the database on `flush` and at the end of the block."""

    def __init__(self, till: Till, actor: Actor, cursor: CursorWrapper) -> None:
        self.till = till
        self.actor = actor
        self.cursor = cursor
        self.at = till.now()
        self._pending: list[Entry] = []
        cursor.execute(
            "SELECT seq, hash FROM register_journal WHERE register_id = %s ORDER BY seq DESC LIMIT 1",
            [till.register_id],
        )
        head: tuple[int, str] = cursor.fetchone() or (0, GENESIS)
        self._seq, self._hash = head
        cursor.execute(
            "SELECT z_number, business_day, closed_at FROM register_period WHERE register_id = %s "
            "ORDER BY z_number DESC LIMIT 1",
            [till.register_id],
        )
        last = cursor.fetchone() or (0, "", "-")
        self.period_open = last[2] == ""
        self.z_number: int = last[0] if self.period_open else last[0] + 1
        self.business_day: str = last[1] if self.period_open else self._new_day(last[1])

    def _new_day(self, previous: str) -> str:
        """Business day of a period opened now: the local date, yesterday's before the cut-off, never going back."""
        self.cursor.execute("SELECT cutoff_hour FROM register_shop WHERE id = %s", [self.till.shop_id])
        (hours,) = self.cursor.fetchone() or (0,)
        local = moment(self.at).astimezone(ZONE) - timedelta(hours=hours)
        return max(previous, local.date().isoformat())

    def open_period(self) -> bool:
        """Open the period (its number and business day are fixed from here on) unless it is; return True if opened."""
        if self.period_open:
            return False
        self.append("period_opened", {"z_number": self.z_number})
        self.period_open = True
        return True

    def seen(self, entry_ids: Sequence[str]) -> set[str]:
        """Return those of `entry_ids` that are in the journal already."""
        if not entry_ids:
            return set()
        marks = ", ".join(["%s"] * len(entry_ids))
        self.cursor.execute(f"SELECT id FROM register_journal WHERE id IN ({marks})", list(entry_ids))  # noqa: S608 marks only
        return {row[0] for row in self.cursor.fetchall()}

    def append(self, kind: str, body: Body, entry_id: str = "") -> Entry:
        """Chain one fact to the journal and return it. `entry_id` is the client's; without one a fresh id is made."""
        self._seq += 1
        entry = Entry(
            register_id=self.till.register_id,
            seq=self._seq,
            id=entry_id or self.till.new_id(),
            shop_id=self.till.shop_id,
            kind=kind,
            business_day=self.business_day,
            at=self.at,
            actor_id=self.actor.person_id,
            actor_name=self.actor.name,
            body=canonical(body),
            previous=self._hash,
        )
        self._hash = digest(entry)
        entry = replace(entry, hash=self._hash)
        self._pending.append(entry)
        return entry

    def flush(self) -> None:
        """Write the pending facts and their rows into the open transaction."""
        entries, self._pending = self._pending, []
        if not entries:
            return
        self.cursor.executemany(
            _JOURNAL,
            [
                (e.register_id, e.seq, e.id, e.shop_id, e.kind, e.business_day, e.at, e.actor_id, e.actor_name, e.body,
                 e.previous, e.hash)
                for e in entries
            ],
        )  # fmt: skip
        execute(self.cursor, [operation for entry in entries for operation in project(entry)])


@contextmanager
def writing(till: Till, actor: Actor) -> Iterator[Writer]:
    """Write facts all or nothing, keeping other writers waiting.

    Raises RegisterError("storage") when the database cannot write (disk full, read-only, gone); nothing is written.
    """
    try:
        with WRITE_LOCK, transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [till.register_id])
            writer = Writer(till, actor, cursor)
            yield writer
            writer.flush()
    except OperationalError as error:
        raise RegisterError(
            "storage",
            "Die Kasse kann gerade nicht speichern. Was bezahlt ist, bleibt gespeichert.",
            "Speicherplatz freigeben, dann noch einmal versuchen.",
        ) from error


def execute(cursor: CursorWrapper, operations: Sequence[Operation]) -> None:
    """Carry out row operations in order; runs of inserts into one table go as one statement."""
    index = 0
    while index < len(operations):
        operation = operations[index]
        end = index + 1
        if isinstance(operation, Insert):
            while end < len(operations) and _same_insert(operation, operations[end]):
                end += 1
            rows = [list(other.columns.values()) for other in operations[index:end] if isinstance(other, Insert)]
            cursor.executemany(_insert(operation.table, tuple(operation.columns)), rows)
        elif isinstance(operation, Put):
            cursor.execute(_put(operation.table, tuple(operation.columns)), list(operation.columns.values()))
        elif isinstance(operation, Change):
            sql = _change(operation.table, tuple(operation.columns))
            cursor.execute(sql, [*operation.columns.values(), *operation.key])
        else:
            cursor.execute(_delete(operation), [operation.value])
        index = end


def _same_insert(first: Insert, other: Operation) -> bool:
    return isinstance(other, Insert) and other.table == first.table


# Table and column names below come from the models, never from outside.


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


@cache
def _put(table: str, columns: tuple[str, ...]) -> str:
    key = tables()[table].key
    rest = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"


@cache
def _change(table: str, columns: tuple[str, ...]) -> str:
    assigned = ", ".join(f"{name} = %s" for name in columns)
    where = " AND ".join(f"{name} = %s" for name in tables()[table].key)
    return f"UPDATE {table} SET {assigned} WHERE {where}"  # noqa: S608


def _delete(operation: Delete) -> str:
    return f"DELETE FROM {operation.table} WHERE {operation.column} = %s"  # noqa: S608


def fetch(sql: str, arguments: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query as dicts by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
