"""SQL on the path of a sale, close to the driver.

Django's cursors translate and wrap every statement anew, which for a sale's three dozen costs more than the statements
themselves. Here SQLite is spoken to directly, each statement translated once; what Django raises is raised here too.
PostgreSQL, and any test that watches or counts statements, goes through Django.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NoReturn, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError, atomic


@lru_cache(maxsize=256)
def _native(sql: str) -> str:
    return sql.replace("%s", "?")


class _Here(threading.local):
    """This thread's connection, as Django keeps it for as long as the thread lives, and how SQLite commits on it."""

    def __init__(self) -> None:
        self.wrapper = connections[DEFAULT_DB_ALIAS]
        self.level: tuple[object, int] = (None, 0)
        self.whole = False


_here = _Here()
"""Django's own look-up of a thread's connection costs as much as a small statement."""


def _sqlite() -> BaseDatabaseWrapper | None:
    """Return the open connection where it may be spoken to directly."""
    wrapper = _here.wrapper
    if wrapper.vendor != "sqlite" or wrapper.execute_wrappers or wrapper.force_debug_cursor:
        return None
    if wrapper.connection is None:
        wrapper.ensure_connection()
    return wrapper


def let_go() -> None:
    """Close this thread's connection if something failed on it and it does not work any more; the next one is new."""
    wrapper = _here.wrapper
    if wrapper.errors_occurred:
        wrapper.close_if_unusable_or_obsolete()


_ROOM_KIB = 200_000

_NORMAL, _FULL = 1, 2
"""Levels of SQLite's `PRAGMA synchronous` in WAL mode: synced at the checkpoint, synced at every commit."""


@contextmanager
def transaction(*, synced: bool) -> Iterator[None]:
    """Carry out the block all or nothing; `synced` waits for the disk at the end, for this commit and all before it.

    Within another transaction it is a part of that one, which keeps its own level. Raises django.db.Error.
    """
    wrapper = _sqlite()
    if wrapper is None or wrapper.in_atomic_block:
        _choose_sync(synced)
        with atomic(savepoint=not _here.whole):
            if on_postgresql():
                write(f"SET LOCAL synchronous_commit = {'on' if synced else 'off'}", [])
            yield
        return
    _choose_sync(synced)
    run = wrapper.connection.execute
    with wrapper.wrap_database_errors:
        run("BEGIN IMMEDIATE")
        wrapper.in_atomic_block = True  # what uses Django's own transactions within becomes a savepoint of this one
        try:
            yield
            if wrapper.needs_rollback or wrapper.run_on_commit:
                raise TransactionManagementError("broken by what ran within, or asked for more than a commit")
            run("COMMIT")
        except BaseException:
            if wrapper.connection.in_transaction:
                run("ROLLBACK")
            raise
        finally:
            wrapper.in_atomic_block = wrapper.needs_rollback = False
            wrapper.run_on_commit = []


@contextmanager
def whole() -> Iterator[None]:
    """Make one commit of all transactions within, none of them with a way back of its own.

    For work that is begun anew when anything in it fails. Raises TransactionManagementError when something failed and
    was caught within: nothing of it is kept.
    """
    with atomic():
        _here.whole = True
        try:
            yield
        finally:
            _here.whole = False
        if _here.wrapper.needs_rollback:
            raise TransactionManagementError("a transaction within the whole was broken off")


@contextmanager
def roomy() -> Iterator[None]:
    """Let SQLite hold much of its file in memory for the block: for work that goes through years of it."""
    if on_postgresql():
        yield
        return
    ((usual,),) = select("PRAGMA cache_size")
    select(f"PRAGMA cache_size = -{_ROOM_KIB}")
    try:
        yield
    finally:
        select(f"PRAGMA cache_size = {int(usual)}")


@contextmanager
def mapped() -> Iterator[None]:
    """Have SQLite's file mapped into memory for the block: its small pages then cost no system call each.

    For processes that only read; the map is given back, so that it never holds more of the file than the block needs.
    """
    if on_postgresql():
        yield
        return
    select(f"PRAGMA mmap_size = {1 << 36}")
    try:
        yield
    finally:
        select("PRAGMA mmap_size = 0")


def _choose_sync(synced: bool) -> None:
    """Set how SQLite commits next; it cannot be changed within a transaction, which then keeps its own level."""
    wrapper = _here.wrapper
    if wrapper.vendor != "sqlite" or wrapper.in_atomic_block:
        return
    if wrapper.connection is None:
        wrapper.ensure_connection()
    wanted = (wrapper.connection, _FULL if synced else _NORMAL)
    if _here.level != wanted:
        wrapper.connection.execute(f"PRAGMA synchronous = {wanted[1]}")
        _here.level = wanted


def on_postgresql() -> bool:
    """Tell whether the books lie in PostgreSQL."""
    return bool(_here.wrapper.vendor == "postgresql")


def alone(name: str) -> None:
    """Keep other processes out of what bears this name until the transaction ends; SQLite has one writer anyway."""
    if on_postgresql():
        select("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def _raise_django(wrapper: BaseDatabaseWrapper, error: sqlite3.Error) -> NoReturn:
    """Raise an error of the driver as Django's. Its own way is entered for every statement, failing or not."""
    with wrapper.wrap_database_errors:
        raise error
    raise AssertionError("an error leaves the block")


def select(sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query with %s marks. Raises django.db.Error."""
    wrapper = _sqlite()
    if wrapper is not None:
        try:
            return cast("list[tuple[Any, ...]]", wrapper.connection.execute(_native(sql), arguments).fetchall())
        except sqlite3.Error as error:
            _raise_django(wrapper, error)
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        return list(cursor.fetchall())


def packed(columns: Iterable[str]) -> str:
    """Return the SQL of one JSON array of several columns.

    Of rows that are mostly alike many values cost more to fetch than one text, of which the reader knows what it is.
    """
    array = "json_build_array" if on_postgresql() else "json_array"
    return f"CAST({array}({', '.join(columns)}) AS text)"


def member(column: str, name: str) -> str:
    """Return the SQL of one member of a column of JSON objects, itself as JSON text."""
    if on_postgresql():
        return f"CAST(CAST({column} AS json) -> '{name}' AS text)"
    return f"CAST(json_extract({column}, '$.{name}') AS text)"


def fetch(sql: str, arguments: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query as dicts by column name. Raises django.db.Error."""
    wrapper = _sqlite()
    if wrapper is not None:
        try:
            found = wrapper.connection.execute(_native(sql), arguments)
            return _dicts(found.description, found.fetchall())
        except sqlite3.Error as error:
            _raise_django(wrapper, error)
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        return _dicts(cursor.description, cursor.fetchall())


def _dicts(description: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    names = [column[0] for column in description]
    return [dict(zip(names, row, strict=True)) for row in rows]


_PATIENCE_MS = 200


def shred() -> None:
    """Have SQLite overwrite what is deleted in this transaction; PostgreSQL does so when it vacuums."""
    if not on_postgresql():
        select("PRAGMA secure_delete = ON")


def clear_log() -> None:
    """Leave no copy of rows deleted before in SQLite's write-ahead log; while others read, the next checkpoint does."""
    wrapper = _sqlite()
    if wrapper is not None and not wrapper.in_atomic_block:
        select(f"PRAGMA busy_timeout = {_PATIENCE_MS}")  # no sale waits long for it
        select("PRAGMA wal_checkpoint(TRUNCATE)")
        select(f"PRAGMA busy_timeout = {1000 * wrapper.settings_dict['OPTIONS']['timeout']}")


def write(sql: str, arguments: Sequence[Any]) -> None:
    """Carry out one statement within a transaction. Raises django.db.Error."""
    wrapper = _sqlite()
    if wrapper is not None:
        try:
            wrapper.connection.execute(_native(sql), arguments)
        except sqlite3.Error as error:
            _raise_django(wrapper, error)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))


def write_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Carry out one statement for every row within a transaction. Raises django.db.Error."""
    wrapper = _sqlite()
    if wrapper is not None:
        try:
            wrapper.connection.executemany(_native(sql), rows)
        except sqlite3.Error as error:
            _raise_django(wrapper, error)
        return
    with connection.cursor() as cursor:
        cursor.executemany(sql, [list(row) for row in rows])
