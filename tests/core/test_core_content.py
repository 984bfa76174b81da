"""Contents of packages as people write them, and the unit prices that follow from them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.content import UNITS, Content, format_content, parse_content, per_unit, told, told_loose
from smartecr.core.errors import QuantityError
from smartecr.core.money import MAX_CENTS
from smartecr.core.quantity import MAX_QUANTITY


@pytest.mark.cases("unit-price.md", "Unit prices")
def test_unit_prices(case, tongue):
    assert told(tongue.number(case["price"], 2), *parse_content(case["content"])) == case["unit price"]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("250 g", (250_000, "g")),
        ("250g", (250_000, "g")),
        (" 250\u00a0G ", (250_000, "g")),
        ("0,33 l", (330, "l")),
        (".5 L", (500, "l")),
        ("0.75 Liter", (750, "l")),
        ("6 x 0,33 l", (1980, "l")),
        ("6×0,5l", (3000, "l")),
        ("1,75 qm", (1750, "m²")),
        ("1,75 m2", (1750, "m²")),
        ("2 m³", (2000, "m³")),
        ("9999,999 ml", (9_999_999, "ml")),
    ],
)
def test_contents_as_people_write_them(text: str, content: tuple[int, str]) -> None:
    assert parse_content(text) == content


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_content"),
        ("250", "not_a_content"),
        ("g", "not_a_content"),
        ("250 Stück", "not_a_content"),
        ("250 g netto", "not_a_content"),
        ("-250 g", "not_a_content"),
        ("250 g" * 3000, "not_a_content"),
        ("٢٥٠ g", "not_a_content"),
        ("1.000 g", "ambiguous"),
        ("0,0001 kg", "too_many_decimals"),
        ("10000 g", "quantity_too_large"),
        ("0 g", "content"),
        ("0 x 1 l", "content"),
        ("12 x 1000 ml", "content"),
        ("1,2,3 l", "not_a_quantity"),
    ],
)
def test_what_is_no_content_is_refused(text: str, code: str) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_content(text)
    assert refused.value.code == code
    assert len(refused.value.message) < 120


@given(st.integers(1, MAX_QUANTITY), st.sampled_from(sorted(UNITS)))
def test_a_content_is_read_as_it_is_written(quantity: int, unit: str) -> None:
    assert parse_content(format_content(quantity, unit)) == Content(quantity, unit)


@given(st.integers(1, MAX_CENTS), st.integers(1, MAX_QUANTITY), st.sampled_from(sorted(UNITS)))
def test_a_unit_price_is_at_most_half_a_cent_off(cents: int, quantity: int, unit: str) -> None:
    found = per_unit(cents, quantity, unit)
    whole, parts = UNITS[unit]
    share = Fraction(quantity, parts * 1000)
    if found is None:
        assert share == 1 or (whole in ("kg", "l") and share < Fraction(1, 100))
    else:
        exact = cents / share
        assert found[1] == whole
        assert -Fraction(1, 2) < exact - found[0] < Fraction(1, 2) or found[0] - exact == Fraction(1, 2)


@pytest.mark.parametrize(
    ("cents", "unit", "text"),
    [
        (1290, "kg", "1 kg = 12,90 €"), (1290, " Kilo", "1 kg = 12,90 €"), (2, "g", "1 kg = 20,00 €"),
        (450, "m", "1 m = 4,50 €"), (1, "cl", "1 l = 1,00 €"), (0, "kg", ""), (-100, "kg", ""), (320, "", ""),
        (320, "Stück", ""), (320, "Std", ""),
    ],
)  # fmt: skip
def test_loose_goods_are_told_by_the_whole_unit(cents: int, unit: str, text: str) -> None:
    assert told_loose(cents, unit) == text
