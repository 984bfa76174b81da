"""Quantities and line amounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.errors import QuantityError
from smartecr.core.money import MAX_CENTS
from smartecr.core.quantity import MAX_QUANTITY, check_quantity, format_quantity, line_cents, parse_quantity

PAGE = "rounding-and-vat.md"
QUANTITIES = st.integers(-MAX_QUANTITY, MAX_QUANTITY)


@pytest.mark.cases(PAGE, "Line amounts")
def test_multiplies_and_rounds_once(case, tongue):
    unit, quantity = tongue.number(case["unit price"], 2), tongue.number(case["quantity"], 3)
    assert line_cents(unit, quantity) == tongue.number(case["amount"], 2)


@given(st.integers(-MAX_CENTS, MAX_CENTS), QUANTITIES)
def test_a_return_is_the_exact_opposite(unit, quantity):
    amount = line_cents(unit, quantity)
    assert line_cents(unit, -quantity) == line_cents(-unit, quantity) == -amount
    assert abs(amount * 1000 - unit * quantity) <= 500


@pytest.mark.cases(PAGE, "Reading a quantity")
def test_reads_quantities(case):
    if case["thousandths"].lstrip("-").isdigit():
        assert parse_quantity(case["typed"]) == int(case["thousandths"])
    else:
        with pytest.raises(QuantityError) as refused:
            parse_quantity(case["typed"])
        assert refused.value.code == case["thousandths"]


@pytest.mark.parametrize(
    ("quantity", "text"),
    [(1000, "1"), (2000, "2"), (275, "0,275"), (500, "0,5"), (1250, "1,25"), (-1000, "−1"), (-5, "−0,005"), (0, "0")],
)
def test_writes_quantities(quantity, text):
    assert format_quantity(quantity) == text


@given(QUANTITIES)
def test_reads_what_it_writes(quantity):
    assert parse_quantity(format_quantity(quantity)) == quantity
    assert parse_quantity(format_quantity(quantity).replace("−", "-")) == quantity


@given(st.text(max_size=12))
def test_reading_answers_or_refuses(text):
    try:
        assert abs(parse_quantity(text)) <= MAX_QUANTITY
    except QuantityError as refused:
        assert refused.message


@pytest.mark.parametrize(("quantity", "code"), [(0, "zero"), (10_000_000, "quantity_too_large")])
def test_limits_quantities(quantity, code):
    for value in (quantity, -quantity):
        with pytest.raises(QuantityError) as refused:
            check_quantity(value)
        assert refused.value.code == code
    assert check_quantity(MAX_QUANTITY) == MAX_QUANTITY
    assert check_quantity(-MAX_QUANTITY) == -MAX_QUANTITY
