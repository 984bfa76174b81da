"""Groups and tiles as the till draws them, drawn once per version of the catalogue.

The version is asked first and the rest read after it, so what is kept under a version is never older than it.
"""

from __future__ import annotations

from functools import lru_cache

import orjson
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from smartecr.catalog import coded, tiles
from smartecr.catalog.tiles import GroupKey, Page, Tile

FAVOURITES = "favourites"


def groups() -> tuple[GroupKey, ...]:
    """Return the keys of the group strip."""
    return _groups(tiles.version())


def tiles_html(group: str, level: int, version: int, start: int = 0) -> SafeString:
    """Return the tiles of a group (or the favourites) with prices of `level`, from place `start` on."""
    return _html(group, level, version, start, get_language() or "")


def codes() -> bytes:
    """Return the codes a page may know beforehand, as JSON."""
    return _codes(tiles.version())


@lru_cache(maxsize=1)
def _codes(_version: int) -> bytes:
    return orjson.dumps(coded.plain())


@lru_cache(maxsize=4)
def _groups(_version: int) -> tuple[GroupKey, ...]:
    return tiles.grid().groups


@lru_cache(maxsize=256)
def _html(group: str, level: int, _version: int, start: int, _language: str) -> SafeString:
    if group == FAVOURITES:
        page = Page(tiles=(), start=0, more=False)
        places: tuple[Tile | None, ...] = tiles.grid(level).favourites
        hint = _("Favoriten legt man in der Artikelliste fest.")
    else:
        page = tiles.page(group, level, start)
        places = page.tiles
        hint = _("Artikel dieser Gruppe legt man in der Artikelliste an.")
    following = start + len(page.tiles) if page.more else 0
    return render_to_string("till/_tiles.html", {"tiles": places, "next": following, "start": start, "hint": hint})


def forget() -> None:
    """Forget what was drawn: another catalogue is served from now on."""
    _codes.cache_clear()
    _groups.cache_clear()
    _html.cache_clear()
