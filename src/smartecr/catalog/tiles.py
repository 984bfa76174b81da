"""What the till shows of the catalogue: the group strip, tiles of a group, and favourites on their places.

Every change of the catalogue raises one counter; screens keep what they drew until it moves.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from smartecr.catalog.models import Article, Group
from smartecr.core.kinds import DEPOSIT
from smartecr.core.records import dataclass
from smartecr.sql import select

PAGE = 60
"""Tiles of a group given at once."""

MAX_FAVOURITES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One key that sells. Cents are gross at the asked price level; `deposit_cents` is charged on top."""

    article_id: str
    number: str
    name: str
    price_cents: int
    open_price: bool
    unit: str
    group_id: str
    icon: str
    hue: int
    sold_out: bool
    age: int
    deposit_cents: int
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupKey:
    """One key of the group strip."""

    group_id: str
    name: str
    icon: str
    hue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a group's tiles; `more` tells whether others follow from `start` + len(tiles)."""

    tiles: tuple[Tile, ...]
    start: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The group strip and the favourites; a place without a favourite is None."""

    version: int
    groups: tuple[GroupKey, ...]
    favourites: tuple[Tile | None, ...]


def version() -> int:
    """Return the counter of catalogue changes, 0 for a catalogue never written."""
    found = select("SELECT version FROM catalog_gridversion")
    return int(found[0][0]) if found else 0


def bump() -> None:
    """Count a change of the catalogue or its promotions. Called in the transaction that writes the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_gridversion (id, version) VALUES (1, 1) "
            "ON CONFLICT (id) DO UPDATE SET version = catalog_gridversion.version + 1"
        )


def grid(level: int = 1) -> Grid:
    """Return strip and favourites with prices of `level`; `version` is read first, so never newer than the rest."""
    seen = version()
    groups = tuple(
        GroupKey(group_id=group.id, name=group.name, icon=group.icon, hue=group.hue)
        for group in Group.objects.filter(active=True)
    )
    return Grid(version=seen, groups=groups, favourites=_favourites(level))


def page(group_id: str, level: int = 1, start: int = 0, count: int = PAGE) -> Page:
    """Return up to `count` tiles of a group from place `start` on; of an unknown group, none."""
    articles = _sold().filter(group_id=group_id).order_by("position", "id")[start : start + count + 1]
    found = [tile(article, level) for article in articles]
    return Page(tiles=tuple(found[:count]), start=start, more=len(found) > count)


def tile(article: Article, level: int = 1) -> Tile:
    """Return the tile of an article whose group and deposit article are loaded."""
    deposit = article.deposit_article
    return Tile(
        article_id=article.id,
        number=article.number,
        name=article.name,
        price_cents=article.price_at(level),
        open_price=article.open_price,
        unit=article.unit,
        group_id=article.group_id,
        icon=article.icon or article.group.icon,
        hue=article.group.hue,
        sold_out=article.sold_out,
        age=article.age,
        deposit_cents=deposit.price_at(level) if deposit else 0,
        picture=article.picture,
    )


def _favourites(level: int) -> tuple[Tile | None, ...]:
    """Every favourite on its place (from 1); of two that want the same, the second moves to the next free one."""
    wanted = _sold().filter(favourite_position__isnull=False).order_by("favourite_position", "id")[:MAX_FAVOURITES]
    places: list[Tile | None] = []
    for article in wanted:
        place = min(article.favourite_position or 1, MAX_FAVOURITES)
        places += [None] * (place - 1 - len(places))
        places.append(tile(article, level))
    return tuple(places)


def _sold() -> QuerySet[Article]:
    """Return what has a key of its own: Pfand comes with its article."""
    active = Article.objects.filter(active=True, group__active=True).exclude(gv_typ=DEPOSIT)
    return active.select_related("group", "deposit_article")
