"""How the rows of a streamed table are read from the books, and whether they are what the journal makes.

To see that they are, one text for all of them does: SQLite writes it as JSON, in half the time that its values take on
their way to Python. Only where it is not what orjson writes are the rows read and compared one by one, so the two need
not write alike whatever could stand in a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import orjson
from django.db import DatabaseError

from smartecr.register.books.verifying.reading import Values, columns_of
from smartecr.register.rows import tables
from smartecr.sql import on_postgresql, select


class Shape:
    """A streamed table; its rows are found by the first column of their key, which is their first column too."""

    def __init__(self, name: str) -> None:
        self.name, table, columns = name, tables()[name], columns_of(name)
        self.key = itemgetter(*(columns.index(part) for part in table.key))
        self._columns = ", ".join(columns)
        self._json = f"json_group_array(json_array({', '.join(_as_orjson(columns, table.truths))}))"
        self._from = f"FROM {name} WHERE {table.key[0]} IN "
        self._order = f"ORDER BY {', '.join(table.key)}"

    def rows(self, first: Sequence[Any]) -> list[Values]:
        """Return the rows by the first column of their key, in the order of their keys."""
        return list(select(f"SELECT {self._columns} {self._from}({_marks(first)}) {self._order}", first))

    def hold(self, first: Sequence[Any], rows: Sequence[Values]) -> bool:
        """Tell whether the books have just these `rows`, given in the order of their keys; False when in doubt.

        The rows are not ordered, as that would write them once more: SQLite looks the keys up in their order anyway.
        """
        if on_postgresql():  # it writes JSON with blanks
            return False
        try:
            ((text,),) = select(f"SELECT {self._json} {self._from}({_marks(first)})", first)
        except DatabaseError:  # SQLite makes no JSON of bytes
            return False
        return bool(text.encode() == orjson.dumps(rows))


def _as_orjson(columns: Sequence[str], truths: frozenset[str]) -> Iterator[str]:
    for column in columns:
        truth = f"CASE {column} WHEN 1 THEN json('true') WHEN 0 THEN json('false') ELSE {column} END"
        yield truth if column in truths else column


def _marks(first: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(first))
