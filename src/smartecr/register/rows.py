"""SQL on the path of a sale, close to the driver.

Django's cursors translate and wrap every statement anew, which for a sale's three dozen costs more than the statements
themselves. Here SQLite is spoken to directly, each statement translated once; what Django raises is raised here too.
PostgreSQL, and any test that watches statements with `execute_wrapper`, goes through Django.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection


@lru_cache(maxsize=256)
def _native(sql: str) -> str:
    return sql.replace("%s", "?")


def _direct() -> bool:
    if connection.vendor != "sqlite" or connection.execute_wrappers:
        return False
    if connection.connection is None:
        connection.ensure_connection()
    return True


def select(sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query with %s marks. Raises django.db.Error."""
    if _direct():
        with connection.wrap_database_errors:
            return list(connection.connection.execute(_native(sql), arguments).fetchall())
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        return list(cursor.fetchall())


def fetch(sql: str, arguments: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query as dicts by column name. Raises django.db.Error."""
    if _direct():
        with connection.wrap_database_errors:
            found = connection.connection.execute(_native(sql), arguments)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def write(sql: str, arguments: Sequence[Any]) -> None:
    """Carry out one statement within a transaction. Raises django.db.Error."""
    if _direct():
        with connection.wrap_database_errors:
            connection.connection.execute(_native(sql), arguments)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))


def write_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Carry out one statement for every row within a transaction. Raises django.db.Error."""
    if _direct():
        with connection.wrap_database_errors:
            connection.connection.executemany(_native(sql), rows)
        return
    with connection.cursor() as cursor:
        cursor.executemany(sql, [list(row) for row in rows])
