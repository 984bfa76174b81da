"""Finding one article exactly: by id, and by what a scanner or a person sends. One indexed query each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

from smartecr.catalog import codes
from smartecr.catalog.models import Article, Group
from smartecr.sql import select

_JOINS = """
JOIN catalog_group g ON g.id = a.group_id
LEFT JOIN catalog_article d ON d.id = a.deposit_article_id
LEFT JOIN catalog_group dg ON dg.id = d.group_id
"""


def by_id(article_id: str) -> Article | None:
    """Return the article with this id, active or not, its group and deposit article loaded; None if there is none."""
    found = by_ids([article_id])
    return found[0] if found else None


def by_ids(article_ids: Sequence[str]) -> list[Article]:
    """Return the articles with these ids in this order, as `by_id`; unknown ones are left out."""
    if not article_ids:
        return []
    found = {article.id: article for article, _quantity in _fetch(_by_ids_sql(len(article_ids)), article_ids)}
    return [found[key] for key in article_ids if key in found]


def by_code(code: str) -> tuple[Article, int] | None:
    """Return the active article of a scanned or typed code and the quantity (thousandths) the code stands for.

    Codes on packages come first (GTINs with any number of leading zeros), then article numbers. None if unknown.
    """
    code = code.strip()
    if not code or len(code) > codes.MAX_LENGTH or "\x00" in code:
        return None
    found = _fetch(_by_code_sql(), [codes.canonical(code), code])
    return found[0] if found else None


@lru_cache(maxsize=64)
def _by_ids_sql(count: int) -> str:
    marks = ", ".join(["%s"] * count)
    return f"SELECT 1000, {_columns()} FROM catalog_article a {_JOINS} WHERE a.id IN ({marks})"  # noqa: S608


@cache
def _by_code_sql() -> str:
    hits = (
        "SELECT article_id, quantity, 0 AS place FROM catalog_barcode WHERE code = %s "
        "UNION ALL SELECT id, 1000, 1 FROM catalog_article WHERE number = %s"
    )
    return (
        f"SELECT hit.quantity, {_columns()} FROM ({hits}) hit JOIN catalog_article a ON a.id = hit.article_id "  # noqa: S608
        f"{_JOINS} WHERE a.active ORDER BY hit.place LIMIT 1"
    )


_PARTS: tuple[tuple[str, type[models.Model]], ...] = (("a", Article), ("g", Group), ("d", Article), ("dg", Group))


def _columns() -> str:
    return ", ".join(f"{alias}.{name}" for alias, model in _PARTS for name in _shape(model)[0])


@cache
def _shape(model: type[models.Model]) -> tuple[list[str], list[str], list[str]]:
    """Return column names, attribute names and those of bools (SQLite answers 0 and 1)."""
    fields = model._meta.concrete_fields
    bools = [field.attname for field in fields if isinstance(field, models.BooleanField)]
    return [str(field.column) for field in fields], [field.attname for field in fields], bools


def _fetch(sql: str, arguments: Sequence[str]) -> list[tuple[Article, int]]:
    return [_loaded(row) for row in select(sql, arguments)]


def _loaded(row: tuple[Any, ...]) -> tuple[Article, int]:
    found, start = [], 1
    for _alias, model in _PARTS:
        end = start + len(_shape(model)[0])
        found.append(_instance(model, row[start:end]))
        start = end
    article, group, deposit, deposit_group = found
    article._state.fields_cache.update(group=group, deposit_article=deposit)
    if deposit is not None:
        deposit._state.fields_cache["group"] = deposit_group
    return article, row[0]


def _instance(model: type[models.Model], values: tuple[Any, ...]) -> Any:
    """Return the instance of a row, as `from_db` does without its signals: they cost more than the query."""
    if values[0] is None:
        return None
    _columns, names, bools = _shape(model)
    instance = model.__new__(model)
    instance.__dict__.update(zip(names, values, strict=True))
    for name in bools:
        instance.__dict__[name] = bool(instance.__dict__[name])
    instance._state = ModelState()
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
    return instance
