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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from smartecr.core.kinds import RECEIPT
from smartecr.register import chainend
from smartecr.register.errors import RegisterError
from smartecr.register.head import Memory, read, remembered
from smartecr.register.journal import Body, Entry, canonical, digest
from smartecr.register.projection import project
from smartecr.register.rows import Change, Delete, Insert, Operation, Put, tables
from smartecr.register.till import Till
from smartecr.sql import alone, select, transaction, write, write_many
from smartecr.staff.actor import Actor

if TYPE_CHECKING:
    from smartecr.register.sale.baskets import OpenBasket

WRITE_LOCK = threading.RLock()

_JOURNAL = (
    f"INSERT INTO register_journal ({', '.join(Entry._fields)}) VALUES ({', '.join(['%s'] * len(Entry._fields))})"  # noqa: S608 names
)


_BASKET_KINDS = frozenset(
    {
        "basket_opened", "basket_changed", "basket_joined", "basket_parted", "line_added", "line_changed",
        "line_voided", "slip_sent", "receipt_recorded",
    }
)  # fmt: skip
"""Facts after which another basket, or the same one otherwise, may be on the screen."""
_HEAD_KINDS = frozenset(
    {"shop_saved", "register_saved", "training_changed", "period_opened", "outage_began", "outage_ended", "day_closed"}
)
"""Facts that move what `head` reads besides the chain and the receipt's number: rare, so it is read again then."""


DESCRIBED = frozenset(
    {"shop_saved", "register_saved", "options_saved", "payment_settings_saved", "tse_seen", "tse_event"}
)
"""Facts after which the procedure document may read otherwise: it is a version of its own in the same transaction."""


class Writer:
    """Facts of one transaction. `append` adds one; they reach the database on `flush` and at the end of the block.

    `basket` is the one on the register's screen (None: there is none) and whether that is known; `kinds` are those of
    the facts appended.
    """

    def __init__(self, till: Till, actor: Actor) -> None:
        self.till = till
        self.actor = actor
        self.at = till.now()
        known = remembered(till)
        self._newest = known.newest if known is not None else read(till)
        self.basket: tuple[OpenBasket | None, bool] = (
            (known.basket, known.basket_known) if known is not None else (None, False)
        )
        self._forget = False
        self.head = self._newest.at(self.at)
        self.period_open = self.head.period_open
        self.z_number = self.head.z_number
        self.business_day = self.head.business_day
        self._seq, self._hash = self.head.seq, self.head.hash
        self._number, self._sold = self.head.receipt_number, self.head.sold_number
        self._pending: list[tuple[Entry, Body]] = []
        self._versions: dict[str, int] = {}
        self.kinds: set[str] = set()
        if known is None and (end := chainend.cut(till.register_id, self._seq, self._hash)):
            self.append("chain_cut", end)

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
        fact = Entry(
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
        self._hash = digest(fact)
        entry = Entry(*fact[:-1], self._hash)
        self._pending.append((entry, body))
        self.kinds.add(kind)
        if kind in _BASKET_KINDS:
            self.basket = (None, False)
            self._versions[body.get("basket", "")] = self._seq
        elif kind in _HEAD_KINDS:
            self._forget = True
        if kind == "receipt_recorded":
            self._number = int(body["receipt"]["number"])
            self._sold = self._number if body["receipt"]["type"] == RECEIPT else self._sold
        return entry

    def leaves(self, basket: OpenBasket | None) -> None:
        """Note which basket is on the screen from now on; one that has been changed past `basket` stays unknown."""
        if basket is None or self._versions.get(basket.id, basket.row["version"]) == basket.row["version"]:
            self.basket = (basket, True)

    def memory(self) -> Memory | None:
        """Return what is known of the register when this transaction has been committed."""
        if self._forget:
            return None
        newest = self._newest._replace(
            seq=self._seq, hash=self._hash, receipt_number=self._number, sold_number=self._sold
        )
        return Memory(newest, *self.basket)

    def flush(self) -> None:
        """Write the pending facts and their rows into the open transaction."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        write_many(_JOURNAL, [entry for entry, _ in pending])
        chainend.move(self.till.register_id, self._seq, self._hash)
        execute([operation for entry, body in pending for operation in project(entry, body)])


_Pair = tuple[Callable[[], None], Callable[[], None]]
_BESIDE: ContextVar[_Pair] = ContextVar("beside", default=(lambda: None, lambda: None))


@contextmanager
def beside(first: Callable[[], None], last: Callable[[], None]) -> Iterator[None]:
    """Have what is written within this block carry out `first` before and `last` after its facts and their rows.

    Both run in the transaction: what they raise takes it back as a whole. So a request's answer is kept with what it
    did, and refused when what it was asked for has changed meanwhile.
    """
    token = _BESIDE.set((first, last))
    try:
        yield
    finally:
        _BESIDE.reset(token)


@contextmanager
def writing(till: Till, actor: Actor, *, synced: bool = True) -> Iterator[Writer]:
    """Write facts all or nothing, keeping other writers waiting.

    Raises RegisterError("storage") when the database cannot write (disk full, read-only, gone); nothing is written.
    """
    try:
        with WRITE_LOCK:
            with transaction(synced=synced):
                alone(till.register_id)
                first, last = _BESIDE.get()
                first()
                writer = Writer(till, actor)
                yield writer
                writer.flush()
                if not DESCRIBED.isdisjoint(writer.kinds):
                    _describe(writer)
                last()
            till.memory = writer.memory()
        if not synced:
            till.unsynced()
    except OperationalError as error:
        raise RegisterError(
            "storage",
            "Die Kasse kann gerade nicht speichern. Was bezahlt ist, bleibt gespeichert.",
            "Speicherplatz freigeben, dann noch einmal versuchen.",
        ) from error


def _describe(writer: Writer) -> None:
    from smartecr.register.books import procedure  # stands on this module, and is wanted seldom

    procedure.keep_up(writer)
    writer.flush()


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
        self._rows: dict[tuple[str, bool], dict[tuple[Any, ...], dict[str, Any]]] = {}
        self._changes: dict[tuple[str, tuple[Any, ...]], dict[str, Any]] = {}

    def take(self, operation: Insert | Put | Change) -> bool:
        """Take an operation in; return False when what is held must be written first."""
        if isinstance(operation, Change):
            held = self._rows.get((operation.table, False), {}).get(operation.key)
            if held is None:
                held = self._changes.setdefault((operation.table, operation.key), {})
            held.update(operation.columns)
            return True
        columns = operation.columns
        key = tuple([columns[name] for name in tables()[operation.table].key])
        if self._changes and (operation.table, key) in self._changes:
            return False
        rows = self._rows.setdefault((operation.table, isinstance(operation, Put)), {})
        if key in rows:
            return False
        rows[key] = columns
        return True

    def write(self) -> None:
        """Write what is held: rows first, then the changes of rows."""
        for (table, put), rows in self._rows.items():
            write_many(_put(table) if put else _insert(table), [tuple(row.values()) for row in rows.values()])
        for (table, key), columns_set in self._changes.items():
            write(_change(table, tuple(columns_set)), [*columns_set.values(), *key])
        self._rows, self._changes = {}, {}


# Table and column names below come from the models, never from outside.


@cache
def _insert(table: str) -> str:
    columns = tables()[table].defaults
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


@cache
def _put(table: str) -> str:
    key = tables()[table].key
    rest = ", ".join(f"{name} = excluded.{name}" for name in tables()[table].defaults if name not in key)
    return f"{_insert(table)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"


@cache
def _change(table: str, columns: tuple[str, ...]) -> str:
    assigned = ", ".join(f"{name} = %s" for name in columns)
    where = " AND ".join(f"{name} = %s" for name in tables()[table].key)
    return f"UPDATE {table} SET {assigned} WHERE {where}"  # noqa: S608


def _delete(operation: Delete) -> str:
    return f"DELETE FROM {operation.table} WHERE {operation.column} = %s"  # noqa: S608
