"""Tiles: strip, pages of a group, favourites on their places, and the counter that makes screens draw anew."""

from __future__ import annotations

import pytest

from smartecr.catalog import tiles
from smartecr.catalog.models import Article, Group

pytestmark = pytest.mark.django_db


def names(page: tiles.Page) -> list[str]:
    return [tile.name for tile in page.tiles]


def test_an_empty_catalogue_has_an_empty_grid() -> None:
    assert tiles.grid() == tiles.Grid(version=0, groups=(), favourites=())
    assert tiles.page("f" * 32) == tiles.Page(tiles=(), start=0, more=False)


def test_a_tile_says_all_a_screen_needs(add, group: str) -> None:  # type: ignore[no-untyped-def]
    deposit = add("900", "Pfand", gv_typ="Pfand", price_cents=25, prices={2: 15})
    add("1", "Apfel\u00adschorle", price_cents=340, prices={2: 300}, deposit_article_id=deposit, sold_out=True, age=16)
    add("2", "Buch", icon="book", open_price=True, unit="kg")
    first, second = tiles.page(group).tiles
    assert first == tiles.Tile(
        article_id=first.article_id,
        number="1",
        name="Apfel\u00adschorle",
        price_cents=340,
        open_price=False,
        unit="",
        group_id=group,
        icon="coffee",
        hue=58,
        sold_out=True,
        age=16,
        deposit_cents=25,
        picture="",
    )
    assert (second.icon, second.open_price, second.unit, second.deposit_cents) == ("book", True, "kg", 0)
    dear = tiles.page(group, level=2).tiles[0]
    assert (dear.price_cents, dear.deposit_cents) == (300, 15)
    assert tiles.page(group, level=3).tiles[0].price_cents == 340


def test_a_group_comes_in_pages(add, group: str) -> None:  # type: ignore[no-untyped-def]
    for place in range(5):
        add(str(place), f"Artikel {place}", position=10 - place)
    Article.objects.filter(number="3").update(active=False)
    assert names(tiles.page(group)) == ["Artikel 4", "Artikel 2", "Artikel 1", "Artikel 0"]
    page = tiles.page(group, start=1, count=2)
    assert (names(page), page.start, page.more) == (["Artikel 2", "Artikel 1"], 1, True)
    assert tiles.page(group, start=3, count=2).more is False


def test_favourites_keep_their_places(add) -> None:  # type: ignore[no-untyped-def]
    for number, place in (("a", 3), ("b", 1), ("c", 3), ("d", 6), ("e", None), ("f", 7)):
        add(number, f"Artikel {number}", favourite_position=place)
    Article.objects.filter(number="f").update(active=False)
    favourites = [tile and tile.number for tile in tiles.grid().favourites]
    assert favourites == ["b", None, "a", "c", None, "d"]


def test_places_far_out_do_not_blow_the_page_up(add) -> None:  # type: ignore[no-untyped-def]
    add("a", "Weit weg", favourite_position=999_999)
    assert len(tiles.grid().favourites) == tiles.MAX_FAVOURITES


def test_resting_groups_and_their_articles_are_not_shown(add, group: str) -> None:  # type: ignore[no-untyped-def]
    add("a", "Artikel", favourite_position=1)
    assert [key.name for key in tiles.grid().groups] == ["Kaffee"]
    Group.objects.update(active=False)
    assert tiles.grid().groups == ()
    assert tiles.grid().favourites == ()
    assert tiles.page(group).tiles == ()


def test_the_counter_counts(db: None) -> None:
    assert tiles.version() == 0
    for expected in (1, 2, 3):
        tiles.bump()
        assert tiles.version() == tiles.grid().version == expected


def test_drawing_takes_few_queries(add, group: str, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for place in range(40):
        add(str(place), f"Artikel {place}", favourite_position=place + 1)
    with django_assert_num_queries(3):
        assert len(tiles.grid().favourites) == 40
    with django_assert_num_queries(1):
        assert len(tiles.page(group).tiles) == 40
