"""Writing facts: one lock, one transaction, journal and rows together.

`writing(till, actor)` is the only way to write. It holds the process-wide write lock and a database transaction,
numbers and chains the facts appended, projects them into rows, and commits all or nothing. SQLite has one writer
anyway; on PostgreSQL an advisory lock keeps other processes from forking the chain.

Every commit survives the death of the process. A commit that is `synced` survives a power cut too, and with it all
before it; the others are on the disk within a second (`Till.unsynced`). Unsynced are taps on an open basket and
signatures, which the TSE can be asked for again (ADR 0005).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import OperationalError, transaction

from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.journal import Body, Entry, canonical, digest
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, tables
from smartecr.register.till import Till
from smartecr.sql import choose_sync, on_postgresql, select, write, write_many
from smartecr.staff.actor import Actor

WRITE_LOCK = threading.RLock()

_JOURNAL = (
    "INSERT INTO register_journal (register_id, seq, id, shop_id, kind, business_day, at, actor_id, actor_name, body, "
    "previous, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class Writer:
    """Facts of one transaction. `append` adds one; they reach the database on `flush` and at the end of the block."""

    def __init__(self, till: Till, actor: Actor) -> None:
        self.till = till
        self.actor = actor
        self.at = till.now()
        self.head = head(till, self.at)
        self.period_open = self.head.period_open
        self.z_number = self.head.z_number
        self.business_day = self.head.business_day
        self._seq, self._hash = self.head.seq, self.head.hash
        self._pending: list[tuple[Entry, Body]] = []

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
        sql = f"SELECT id FROM register_journal WHERE id IN ({marks})"  # noqa: S608 marks only
        return {row[0] for row in select(sql, entry_ids)}

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
        entry.hash = self._hash = digest(entry)
        self._pending.append((entry, body))
        return entry

    def flush(self) -> None:
        """Write the pending facts and their rows into the open transaction."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        write_many(
            _JOURNAL,
            [
                (e.register_id, e.seq, e.id, e.shop_id, e.kind, e.business_day, e.at, e.actor_id, e.actor_name, e.body,
                 e.previous, e.hash)
                for e, _ in pending
            ],
        )  # fmt: skip
        execute([operation for entry, body in pending for operation in project(entry, body)])


@contextmanager
def writing(till: Till, actor: Actor, *, synced: bool = True) -> Iterator[Writer]:
    """Write facts all or nothing, keeping other writers waiting.

    Raises RegisterError("storage") when the database cannot write (disk full, read-only, gone); nothing is written.
    """
    try:
        with WRITE_LOCK:
            choose_sync(synced)
            with transaction.atomic():
                if on_postgresql():
                    select("SELECT pg_advisory_xact_lock(hashtext(%s))", [till.register_id])
                    write(f"SET LOCAL synchronous_commit = {'on' if synced else 'off'}", [])
                writer = Writer(till, actor)
                yield writer
                writer.flush()
        if not synced:
            till.unsynced()
    except OperationalError as error:
        raise RegisterError(
            "storage",
            "Die Kasse kann gerade nicht speichern. Was bezahlt ist, bleibt gespeichert.",
            "Speicherplatz freigeben, dann noch einmal versuchen.",
        ) from error


def execute(operations: Sequence[Operation]) -> None:
    """Carry out row operations as if one after the other, in as few statements as possible.

    New rows of a table go together, and changes of one row become one; a deletion waits for all before it.
    """
    batch = _Batch()
    for operation in operations:
        if isinstance(operation, Delete):
            batch.write()
            write(_delete(operation), [operation.value])
        elif not batch.take(operation):
            batch.write()
            batch.take(operation)
    batch.write()


class _Batch:
    """Row operations that may be reordered: no two that touch the same row in different ways."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, bool], dict[tuple[Any, ...], list[Any]]] = {}
        self._changes: dict[tuple[str, tuple[Any, ...]], dict[str, Any]] = {}

    def take(self, operation: Insert | Put | Change) -> bool:
        """Take an operation in; return False when what is held must be written first."""
        if isinstance(operation, Change):
            self._changes.setdefault((operation.table, operation.key), {}).update(operation.columns)
            return True
        key = tuple(operation.columns[name] for name in tables()[operation.table].key)
        if (operation.table, key) in self._changes:
            return False
        rows = self._rows.setdefault((operation.table, isinstance(operation, Put)), {})
        if key in rows:
            return False
        rows[key] = list(operation.columns.values())
        return True

    def write(self) -> None:
        """Write what is held: rows first, then the changes of rows."""
        for (table, put), rows in self._rows.items():
            columns = tuple(tables()[table].defaults)
            write_many(_put(table, columns) if put else _insert(table, columns), list(rows.values()))
        for (table, key), columns_set in self._changes.items():
            write(_change(table, tuple(columns_set)), [*columns_set.values(), *key])
        self._rows, self._changes = {}, {}


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
