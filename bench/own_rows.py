"""A sale's own statements, run bare: what its commits, rows and look-ups cost without a line of the register's code.

Real sales are recorded as they reach SQLite and run once each, in their order, against a copy of the file made before
them: the same three transactions with the same durability, the same pages. Two raw signatures belong to each, as to
the floor of `bench.floor`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import books
from bench.floor import RawSale

_Statement = tuple[str, bool, Sequence[Any]]


class OwnRows:
    """Runs recorded sales, one a call, `count` in all; `raw` signs. `file` is where the copy of the books goes."""

    def __init__(self, seller: books.Seller, count: int, file: Path, raw: RawSale) -> None:
        from smartecr.server.database import PRAGMAS

        with seller.aside() as source, sqlite3.connect(source) as books_file:
            self._database = sqlite3.connect(file, isolation_level=None)
            books_file.backup(self._database)
        self._database.executescript(PRAGMAS)
        self._raw = raw
        self._sales = iter([_recorded(seller) for _ in range(count)])

    def sell(self) -> None:
        """Run the statements of the next sale and make its two signatures."""
        for sql, many, arguments in next(self._sales):
            if many:
                self._database.executemany(sql, arguments)
            else:
                self._database.execute(sql, arguments).fetchall()
        self._raw.sign()

    def close(self) -> None:
        """Close the copy."""
        self._database.close()


def _recorded(seller: books.Seller) -> list[_Statement]:
    statements: list[_Statement] = []
    with _listening(statements):
        seller.sell()
    return statements


@contextmanager
def _listening(statements: list[_Statement]) -> Iterator[None]:
    """Have what `smartecr.sql` says to SQLite within the block noted."""
    from django.db import connection

    connection.ensure_connection()
    real = connection.connection
    connection.connection = _Listener(real, statements)
    try:
        yield
    finally:
        connection.connection = real


class _Listener:
    """A connection that notes what it carries out. Another way to its database would be missed, so there is none."""

    def __init__(self, real: sqlite3.Connection, statements: list[_Statement]) -> None:
        self._real = real
        self._statements = statements

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def execute(self, sql: str, arguments: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._statements.append((sql, False, arguments))
        return self._real.execute(sql, arguments)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
        self._statements.append((sql, True, rows))
        return self._real.executemany(sql, rows)
