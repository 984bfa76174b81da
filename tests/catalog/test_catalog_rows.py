"""Rows of master data: every field checked alone, then beside the rows already there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from smartecr.catalog import checks, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group

A, B, C, G = ("0a" * 16, "0b" * 16, "0c" * 16, "0d" * 16)
GROUP = {"id": G, "name": "Tee & Kakao"}
ARTICLE = {"id": A, "number": "100", "name": "Tee", "group_id": G, "vat_key_in": 1, "vat_key_out": 2}


def test_a_new_group_is_whole() -> None:
    assert rows.group_row(GROUP) == {
        "table": "catalog_group",
        "key": G,
        "columns": {
            "id": G,
            "name": "Tee & Kakao",
            "icon": "tag",
            "hue": 84,
            "position": 0,
            "vat_key_in": 1,
            "vat_key_out": 1,
            "active": True,
            "station": "",
        },
    }


def test_a_new_article_is_whole() -> None:
    row = rows.article_row({**ARTICLE, "price_cents": 380, "prices": {3: 320, 2: 350}})
    assert row["columns"] == {
        **ARTICLE,
        "price_cents": 380,
        "cost_cents": None,
        "prices": '{"2":350,"3":320}',
        "offers": "{}",
        "stocked": False,
        "stock_min": None,
        "stock_full": None,
        "open_price": False,
        "unit": "",
        "content": None,
        "content_unit": "",
        "favourite_position": None,
        "position": 0,
        "sold_out": False,
        "age": 0,
        "deposit_article_id": None,
        "gv_typ": "Umsatz",
        "icon": "",
        "picture": "",
        "active": True,
    }


def test_columns_are_those_of_the_tables() -> None:
    for model, row in (
        (Group, rows.group_row(GROUP)),
        (Article, rows.article_row(ARTICLE)),
        (Barcode, rows.barcode_row("ABC", A)),
    ):
        assert row["table"] == model._meta.db_table
        assert row["columns"] is not None
        assert list(row["columns"]) == [field.column for field in model._meta.concrete_fields]
        json.dumps(row)


def test_a_change_keeps_the_rest() -> None:
    old = rows.article_row({**ARTICLE, "price_cents": 380, "age": 18})["columns"]
    row = rows.article_row({"sold_out": True}, old)
    assert row["columns"] == {**(old or {}), "sold_out": True}
    again = rows.article_row({}, row["columns"])
    assert again == row


@pytest.mark.parametrize(
    "values",
    [
        {"content": None, "content_unit": "g"},
        {"content": 250_000, "content_unit": "g", "gv_typ": "Pfand"},
        {"content": 250_000, "content_unit": "g", "unit": "kg"},
        {"content": 250_000, "content_unit": "g", "unit": "L"},
    ],
)
def test_a_content_is_that_of_packed_goods(values: dict[str, Any]) -> None:
    packed = rows.article_row({**ARTICLE, "content": 250_000, "content_unit": "g", "unit": "Glas"})["columns"]
    assert packed is not None
    with pytest.raises(CatalogError) as caught:
        rows.article_row(values, packed)
    assert caught.value.field == "content"


def test_vat_keys_come_from_the_group() -> None:
    group = rows.group_row({**GROUP, "vat_key_in": 1, "vat_key_out": 2})["columns"]
    values = {key: ARTICLE[key] for key in ("id", "number", "name", "group_id")}
    row = rows.article_row(values, group=group)
    assert row["columns"] is not None
    assert (row["columns"]["vat_key_in"], row["columns"]["vat_key_out"]) == (1, 2)
    with pytest.raises(CatalogError) as caught:
        rows.article_row(values)
    assert (caught.value.code, caught.value.field) == ("missing", "vat_key_in")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "x"),
        ("id", "0A" * 16),
        ("number", ""),
        ("number", "Ä1"),
        ("number", " 1"),
        ("number", "=1"),
        ("number", "1" * 31),
        ("number", 100),
        ("name", ""),
        ("name", "\u00ad"),
        ("name", "x" * 121),
        ("name", "a\nb"),
        ("name", "a\x00"),
        ("name", "a\u202eb"),
        ("name", None),
        ("group_id", None),
        ("vat_key_in", 0),
        ("vat_key_in", 11),
        ("vat_key_in", 99),
        ("vat_key_out", True),
        ("vat_key_out", "1"),
        ("price_cents", 1.5),
        ("price_cents", 100_000_000),
        ("price_cents", -1),
        ("prices", {1: 100}),
        ("prices", {10: 100}),
        ("prices", {2: "1"}),
        ("prices", {2: True}),
        ("prices", "[]"),
        ("prices", "{"),
        ("prices", "[" * 100_000),
        ("prices", None),
        ("open_price", 1),
        ("unit", "x" * 13),
        ("content", 0),
        ("content", 250_000),
        ("content", 250.5),
        ("content_unit", "Stück"),
        ("favourite_position", 0),
        ("position", -1),
        ("sold_out", None),
        ("age", 17),
        ("age", False),
        ("deposit_article_id", ""),
        ("deposit_article_id", A),
        ("gv_typ", "Rabatt"),
        ("gv_typ", []),
        ("icon", "Coffee"),
        ("icon", "../x"),
        ("picture", 5),
        ("active", "ja"),
        ("colour", "red"),
    ],
)
def test_bad_article_fields_are_named(field: str, value: Any) -> None:
    with pytest.raises(CatalogError) as caught:
        rows.article_row({**ARTICLE, field: value})
    assert caught.value.field == field
    assert caught.value.message[-1] in ".-"


@pytest.mark.parametrize(
    ("field", "value"),
    [("hue", 360), ("hue", -1), ("icon", ""), ("name", "x" * 51), ("position", 10**6), ("vat_key_in", 12)],
)
def test_bad_group_fields_are_named(field: str, value: Any) -> None:
    with pytest.raises(CatalogError) as caught:
        rows.group_row({**GROUP, field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "cents", "good"),
    [
        ("PfandRueckzahlung", -25, True),
        ("PfandRueckzahlung", 25, False),
        ("Pfand", 25, True),
        ("Pfand", -25, False),
        ("Umsatz", 0, True),
        ("Umsatz", -1, False),
    ],
)
def test_sign_follows_the_kind(kind: str, cents: int, good: bool) -> None:
    values = {**ARTICLE, "gv_typ": kind, "price_cents": cents}
    if good:
        assert rows.article_row(values)["key"] == A
        return
    with pytest.raises(CatalogError) as caught:
        rows.article_row(values)
    assert (caught.value.code, caught.value.field) == ("sign", "price_cents")


def test_the_sign_holds_at_every_level() -> None:
    with pytest.raises(CatalogError) as caught:
        rows.article_row({**ARTICLE, "prices": {2: -5}})
    assert (caught.value.code, caught.value.field) == ("sign", "price_cents")


def test_names_are_tidied() -> None:
    row = rows.article_row({**ARTICLE, "name": "  Mohn\u00adschnecke   mit  Ka\u0308se "})
    assert row["columns"] is not None
    assert row["columns"]["name"] == "Mohn\u00adschnecke mit Käse"


def test_an_id_never_changes() -> None:
    with pytest.raises(CatalogError, match="Kennung bleibt"):
        rows.article_row({"id": B}, rows.article_row(ARTICLE)["columns"])


@given(st.dictionaries(st.integers(2, 9), st.integers(0, 99_999_999)))
def test_price_levels_survive(prices: dict[int, int]) -> None:
    row = rows.article_row({**ARTICLE, "price_cents": 5, "prices": prices})
    assert row["columns"] is not None
    article = Article(**row["columns"])
    assert article.level_prices == prices
    assert [article.price_at(level) for level in range(1, 10)] == [5, *(prices.get(level, 5) for level in range(2, 10))]
    assert rows.article_row({}, row["columns"]) == row


def codes_of(*pairs: tuple[str, str]) -> list[rows.Row]:
    return [rows.barcode_row(code, article) for code, article in pairs]


@pytest.mark.django_db
class TestBesideOthers:
    """`checks.verify` against a catalogue with one group, a deposit and an article that takes it."""

    @pytest.fixture(autouse=True)
    def _shop(self, write) -> None:  # type: ignore[no-untyped-def]
        deposit = rows.article_row({**ARTICLE, "id": B, "number": "900", "gv_typ": "Pfand", "price_cents": 25})
        article = rows.article_row({**ARTICLE, "deposit_article_id": B})
        write([rows.group_row(GROUP), article, deposit, *codes_of(("4006381333931", A))])

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ([rows.article_row({**ARTICLE, "id": C})], "number_taken", "number"),
            (
                [rows.article_row({**ARTICLE, "id": C, "number": "5"}), rows.article_row({**ARTICLE, "number": "5"})],
                "number_taken",
                "number",
            ),
            ([rows.article_row({**ARTICLE, "id": C, "number": "5", "group_id": C})], "unknown_group", "group_id"),
            ([rows.article_row({**ARTICLE, "deposit_article_id": C})], "deposit", "deposit_article_id"),
            (
                [rows.article_row({**ARTICLE, "id": C, "number": "5", "deposit_article_id": A})],
                "deposit",
                "deposit_article_id",
            ),
            ([rows.article_row({**ARTICLE, "id": B, "number": "900", "price_cents": 25})], "deposit", "gv_typ"),
            (codes_of(("4006381333931", B)), "code_taken", "code"),
            (codes_of(("X", C)), "unknown_article", "article_id"),
            (codes_of(("X", A), ("X", B)), "twice", "key"),
            ([rows.Row(table=rows.ARTICLE, key=A, columns=None)], "keep", "active"),
            ([rows.Row(table="register_journal", key=A, columns={})], "table", ""),
        ],
    )
    def test_what_does_not_fit(self, changes: list[rows.Row], code: str, field: str) -> None:
        with pytest.raises(CatalogError) as caught:
            checks.verify(changes)
        assert (caught.value.code, caught.value.field) == (code, field)

    @pytest.mark.parametrize(
        "changes",
        [
            [],
            [rows.article_row({**ARTICLE, "deposit_article_id": B})],
            [rows.article_row({**ARTICLE, "number": "7"}), rows.article_row({**ARTICLE, "id": C})],
            [rows.without_barcode("4006381333931"), *codes_of(("4006381333931", B))],
            codes_of(("4006381333931", A)),
            [rows.group_row({**GROUP, "id": C}), rows.article_row({**ARTICLE, "group_id": C})],
            [rows.article_row(ARTICLE), rows.article_row({**ARTICLE, "id": B, "number": "900", "price_cents": 25})],
        ],
    )
    def test_what_fits(self, changes: list[rows.Row], write) -> None:  # type: ignore[no-untyped-def]
        write(changes)
        for row in changes:
            if row["columns"] is not None:
                model = {rows.GROUP: Group, rows.ARTICLE: Article, rows.BARCODE: Barcode}[row["table"]]
                found = model.objects.values().get(pk=row["key"])
                assert found == row["columns"]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("price_cents", 10**8),
            ("age", 17),
            ("number", ""),
            ("name", ""),
            ("number", "900"),
            ("vat_key_in", 0),
            ("prices", "[]"),
            ("deposit_article_id", A),
            ("id", "short"),
        ],
    )
    def test_the_tables_refuse_it_too(self, column: str, value: object) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE catalog_article SET {column} = %s WHERE number = '100'", [value])
            connection.check_constraints()
