"""What follows from catalogue rows just written: the search index and the counter that makes screens draw anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartecr.catalog import search, tiles
from smartecr.catalog.rows import ARTICLE, BARCODE


def follow(rows: Sequence[Mapping[str, Any]]) -> None:
    """Bring index and counter in line with `rows`; called in the transaction that wrote them.

    A row may carry "old", the columns it replaced: the article a code was taken from is indexed anew as well.
    """
    touched: dict[str, None] = {}
    for row in rows:
        if row["table"] == ARTICLE:
            touched[row["key"]] = None
        elif row["table"] == BARCODE:
            for columns in (row["columns"], row.get("old")):
                if columns and columns.get("article_id"):
                    touched[columns["article_id"]] = None
    search.index(touched)
    tiles.bump()
