"""Codes and exact lookup: one indexed query, GTINs with any number of leading zeros."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from smartecr.catalog import codes, lookup, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article

digits = st.text("0123456789", min_size=13, max_size=13)


@pytest.mark.parametrize(
    ("stem", "digit"),
    [("400638133393", "1"), ("03600029145", "2"), ("9638507", "4"), ("978316148410", "0"), ("590123412345", "7")],
)
def test_check_digit(stem: str, digit: str) -> None:
    assert codes.check_digit(stem) == digit


@given(digits, st.integers(0, 12))
def test_one_wrong_digit_is_always_noticed(stem: str, place: int) -> None:
    good = stem + codes.check_digit(stem)
    bad = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
    if good.strip("0"):
        assert codes.checked(good) == codes.canonical(good)
    with pytest.raises(CatalogError) as caught:
        codes.checked(bad)
    assert (caught.value.code, caught.value.field) == ("check_digit", "code")


@given(st.integers(1, 9_999_999))
def test_leading_zeros_make_no_other_product(stem: int) -> None:
    short = f"{stem:07d}" + codes.check_digit(f"{stem:07d}")
    assert {codes.canonical(short.zfill(length)) for length in (8, 12, 13, 14)} == {short}


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (" 4006381333931 ", "4006381333931"),
        ("036000291452", "0036000291452"),
        ("00036000291452", "0036000291452"),
        ("14006381333938", "14006381333938"),
        ("ABC-123", "ABC-123"),
        ("A 1", "A 1"),
        ("123", "123"),
        ("12345678901", "12345678901"),
    ],
)
def test_kept_form(code: str, kept: str) -> None:
    assert codes.checked(code) == kept


@pytest.mark.parametrize(
    "code", ["", "  ", "ä1", "a\nb", "x" * 49, "٤٠٠٦٣٨١٣٣٣٩٣١", "00000000", "0000000000000", "a\x00", "a|b", "a*2"]
)
def test_refused_codes(code: str) -> None:
    with pytest.raises(CatalogError):
        codes.checked(code)


@pytest.fixture
def honey(add) -> str:  # type: ignore[no-untyped-def]
    deposit = add("901", "Pfand 0,25", gv_typ="Pfand", price_cents=25)
    return add("77", "Honig", ["4006381333931", "036000291452", "H-1"], deposit_article_id=deposit)


@pytest.mark.parametrize(
    "code",
    ["4006381333931", "04006381333931", "036000291452", "0036000291452", "00036000291452", "H-1", "77", " 77\r\n"],
)
def test_by_code(honey: str, code: str) -> None:
    found = lookup.by_code(code)
    assert found is not None
    assert (found[0].id, found[1]) == (honey, 1000)


@pytest.mark.parametrize("code", ["", "4006381333932", "h-1", "7", "077", "'", "%", "x" * 10_000, "\x00", "77\x00"])
def test_unknown_codes(honey: str, code: str) -> None:
    assert lookup.by_code(code) is None


def test_a_pack_code_stands_for_more_than_one(honey: str, write) -> None:
    write([rows.barcode_row("14006381333938", honey, 6000)])
    found = lookup.by_code("14006381333938")
    assert found is not None
    assert found[1] == 6000


def test_a_code_goes_before_a_number(add) -> None:  # type: ignore[no-untyped-def]
    add("4006381333931", "Nummer wie ein Code")
    coded = add("5", "Mit Code", ["4006381333931"])
    found = lookup.by_code("4006381333931")
    assert found is not None
    assert found[0].id == coded


def test_inactive_articles_are_not_scanned_but_known(honey: str) -> None:
    Article.objects.filter(id=honey).update(active=False)
    assert lookup.by_code("77") is None
    article = lookup.by_id(honey)
    assert article is not None
    assert article.active is False
    assert lookup.by_id("f" * 32) is None
    assert lookup.by_ids([]) == []
    assert [one.number for one in lookup.by_ids(["f" * 32, honey])] == ["77"]


def test_one_query_brings_all_a_line_needs(honey: str, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        found = lookup.by_code("77")
        assert found is not None
        article = found[0]
        assert article.group.name == "Kaffee"
        assert article.deposit_article is not None
        assert article.deposit_article.group.name == "Kaffee"
        assert article.deposit_article.price_cents == 25
    assert article == Article.objects.get(id=honey)
    for field in Article._meta.concrete_fields:
        stored = getattr(Article.objects.get(id=honey), field.attname)
        assert (getattr(article, field.attname), type(getattr(article, field.attname))) == (stored, type(stored))


def test_the_query_uses_indexes_only(honey: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("small tables are scanned by PostgreSQL, and rightly so")
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + lookup._by_code_sql(), ["77", "77"])
        plan = [row[3] for row in cursor.fetchall()]
    assert not [step for step in plan if step.startswith("SCAN") and "hit" not in step]
