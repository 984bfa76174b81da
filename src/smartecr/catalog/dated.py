"""Prices with a date: what a moment makes of an article's prices, and when the next one comes.

A price without end becomes the article's own when it begins. One with an end stands beside it, in `Article.offers`, as
long as it holds; two of them for the same article and level never hold at once. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Price
from smartecr.catalog.rows import ARTICLE, PRICE, Row, prices_text
from smartecr.sql import select

NEVER = "9999"
"""Later than every moment of the books."""

_NEXT = (
    "SELECT (SELECT min(begins) FROM catalog_price WHERE NOT begun), "
    "(SELECT min(ends) FROM catalog_price WHERE begun AND NOT ended AND ends <> '')"
)


def following() -> str:
    """Return the UTC text of the next moment at which a price begins or ends, NEVER without one."""
    ((begins, ends),) = select(_NEXT)
    return min(begins or NEVER, ends or NEVER)


def due(at: str) -> list[Row]:
    """Return what the moment `at` (UTC text) changes: articles and dated prices, only the columns that change."""
    late = Price.objects.filter(Q(begun=False, begins__lte=at) | (Q(ended=False, ends__lte=at) & ~Q(ends="")))
    keys = sorted({price.article_id for price in late})
    changed: list[Row] = []
    for article in Article.objects.filter(id__in=keys).order_by("id"):
        prices = list(Price.objects.filter(article_id=article.id, ended=False).order_by("begins", "id"))
        changed += _turned(article, prices, at)
    return changed


def price_on(article: Article, prices: Sequence[Price], at: str) -> int:
    """Return what will be charged for an article at the moment `at` (UTC text), as far as it is planned, in cents.

    `prices` are its dated prices that are not over, by beginning.
    """
    base, offer = article.price_cents, None
    for price in prices:
        if price.level == 1 and price.begins <= at:
            if not price.ends:
                base = price.cents
            elif at < price.ends:
                offer = price.cents
    return base if offer is None else offer


def _turned(article: Article, prices: Sequence[Price], at: str) -> list[Row]:
    own = {**article.level_prices, 1: article.price_cents}
    offers: dict[int, int] = {}
    flags: list[Row] = []
    for price in prices:
        begun, over = price.begins <= at, bool(price.ends) and price.ends <= at
        if begun and not price.ends and not price.begun:
            own[price.level] = price.cents
        if begun and price.ends and not over:
            offers[price.level] = price.cents
        marks = {"begun": begun or price.begun, "ended": over or (begun and not price.ends)}
        if marks != {"begun": price.begun, "ended": price.ended}:
            flags.append(Row(table=PRICE, key=price.id, columns=marks))
    base = own.pop(1)
    columns: dict[str, Any] = {"price_cents": base, "prices": prices_text(own), "offers": prices_text(offers)}
    differing = {name: value for name, value in columns.items() if getattr(article, name) != value}
    return [*([Row(table=ARTICLE, key=article.id, columns=differing)] if differing else []), *flags]


def verify(rows: Sequence[Row]) -> None:
    """Raise CatalogError for a dated price that does not fit beside the others, or that has begun and cannot change."""
    keys = [row["key"] for row in rows]
    begun = {price.id: price for price in Price.objects.filter(id__in=keys, begun=True)}
    for row in rows:
        kept = begun.get(row["key"])
        if kept is not None and not _only_ends_sooner(kept, row["columns"]):
            raise CatalogError("begun", _("Dieser Preis gilt schon. Er lässt sich nur noch beenden."), "begins")
    put = [row["columns"] for row in rows if row["columns"]]
    articles = {columns["article_id"] for columns in put}
    others = Price.objects.filter(article_id__in=articles, ended=False).exclude(id__in=keys)
    spans: list[dict[str, Any]] = [*put, *map(dict, others.values("article_id", "level", "begins", "ends"))]
    for columns in put:
        alone(columns, spans)


def _only_ends_sooner(kept: Price, columns: dict[str, Any] | None) -> bool:
    if columns is None or kept.ended or not kept.ends or not columns["ends"]:
        return False
    same = ("article_id", "level", "cents", "begins", "begun", "ended")
    return columns["ends"] <= kept.ends and all(columns[name] == getattr(kept, name) for name in same)


def alone(wanted: dict[str, Any], spans: Iterable[dict[str, Any]]) -> None:
    """Raise CatalogError if `wanted` does not fit beside the other `spans` of its article and level.

    Two prices for a time may follow each other but not overlap; two for good do not begin at the same moment.
    """
    for other in spans:
        if other is wanted or any(other[name] != wanted[name] for name in ("article_id", "level")):
            continue
        both_end = wanted["ends"] and other["ends"]
        if both_end and wanted["begins"] < other["ends"] and other["begins"] < wanted["ends"]:
            raise CatalogError("overlap", _("In dieser Zeit gilt schon ein anderer befristeter Preis."), "begins")
        if not wanted["ends"] and not other["ends"] and wanted["begins"] == other["begins"]:
            raise CatalogError("twice", _("Zu diesem Zeitpunkt beginnt schon ein anderer Preis."), "begins")


def planned(article_ids: Iterable[str] | None = None) -> list[Price]:
    """Return the prices that are still to begin or hold for a time just now, by beginning; of all articles or some."""
    found = Price.objects.filter(ended=False).select_related("article").order_by("begins", F("ends").desc(), "id")
    return list(found if article_ids is None else found.filter(article_id__in=list(article_ids)))
