"""A small catalogue written the way the register writes it: rows in, then index and tile counter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from smartecr.catalog.rows import Row

Write = Callable[[Sequence["Row"]], None]
Add = Callable[..., str]


def key(number: int) -> str:
    """An id for tests."""
    return f"{number:032x}"


@pytest.fixture
def write(db: None) -> Write:
    """Writes rows as the journal projection does."""
    from smartecr.catalog import checks, rows, written
    from smartecr.catalog.models import Article, Barcode, Group

    tables: dict[str, Any] = {rows.GROUP: Group, rows.ARTICLE: Article, rows.BARCODE: Barcode}

    def all_of(changes: Sequence[Row]) -> None:
        checks.verify(changes)
        done = []
        for row in changes:
            model = tables[row["table"]]
            old = model.objects.filter(pk=row["key"]).values().first()
            if row["columns"] is None:
                model.objects.filter(pk=row["key"]).delete()
            else:
                model.objects.update_or_create(pk=row["key"], defaults=row["columns"])
            done.append({**row, "old": old})
        written.follow(done)

    return all_of


@pytest.fixture
def group(write: Write) -> str:
    """The id of a group at 19 %."""
    from smartecr.catalog import rows

    row = rows.group_row({"id": key(0xA), "name": "Kaffee", "icon": "coffee", "hue": 58, "position": 1})
    write([row])
    return row["key"]


@pytest.fixture
def add(group: str, write: Write) -> Add:
    """Adds an article: `add(number, name, codes=(…), **columns)` returns its id."""
    from smartecr.catalog import rows

    count = iter(range(0x100, 0x10000))

    def one(number: str, name: str, codes: Sequence[str] = (), **columns: Any) -> str:
        values = {"id": key(next(count)), "number": number, "name": name, "group_id": group}
        values |= {"vat_key_in": 1, "vat_key_out": 1, "price_cents": 240, **columns}
        article = rows.article_row(values)
        write([article, *(rows.barcode_row(code, article["key"]) for code in codes)])
        return article["key"]

    return one
