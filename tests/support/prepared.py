"""Shops made once and put back for every test that wants one: the rows of the database, the files of their folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

_OF_DJANGO = "django_"
_INDEX = "catalog_search_terms"


class _Shop(NamedTuple):
    files: Path
    tables: dict[str, Any]
    more: Any


class Shops:
    """Prepared shops by name. A test's transaction takes everything back at its end, so each begins with the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shops: dict[str, _Shop] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._shops

    def keep(self, name: str, folder: Path, more: Any = None) -> None:
        """Remember all rows and the files below `folder` as they are now, and `more`; nobody may be using them."""
        files = self._folder / str(len(self._shops))
        shutil.copytree(folder, files)
        self._shops[name] = _Shop(files, {table: _read(table) for table in _filled()}, more)

    def put_back(self, name: str, folder: Path) -> Any:
        """Write rows and files of a shop that was kept, into empty tables; return its `more`."""
        shop = self._shops[name]
        shutil.copytree(shop.files, folder, dirs_exist_ok=True)
        for table, held in shop.tables.items():
            _write(table, held)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {_INDEX} ({_INDEX}) VALUES ('rebuild')")
        return shop.more


def _filled() -> list[str]:
    names = [name for name in connection.introspection.table_names() if not name.startswith((_OF_DJANGO, _INDEX))]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names))
        return [name for (name,) in cursor.fetchall()]


def _read(table: str) -> Any:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
                return b"".join(bytes(part) for part in copy)
        cursor.execute(f"SELECT * FROM {table}")
        return cursor.fetchall()


def _write(table: str, held: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(held)
        else:
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(held[0]))})", held)
