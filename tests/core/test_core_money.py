"""Money: rounding, spreading, reading and writing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smartecr.core.errors import CoreError, MoneyError
from smartecr.core.money import (
    MAX_CENTS,
    check_cents,
    format_cents,
    format_percent,
    parse_cents,
    round_half_up,
    spread,
)

PAGE = "rounding-and-vat.md"
AMOUNTS = st.integers(-MAX_CENTS, MAX_CENTS)


@pytest.mark.cases(PAGE, "Rounding half up")
def test_rounds_half_away_from_zero(case):
    assert round_half_up(int(case["numerator"]), int(case["denominator"])) == int(case["result"])


@given(st.integers(), st.integers(1, 10**6))
def test_rounding_is_symmetric_and_nearest(numerator, denominator):
    rounded = round_half_up(numerator, denominator)
    assert round_half_up(-numerator, denominator) == -rounded
    distance = abs(Fraction(numerator, denominator) - rounded)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(numerator, denominator))


@pytest.mark.cases("discounts.md", "Spreading cents")
def test_spreads_by_largest_remainder(case, tongue):
    weights = [tongue.number(weight, 2) for weight in case["weights"].split(", ")]
    shares = [tongue.number(share, 2) for share in case["shares"].split(", ")]
    assert spread(tongue.number(case["total"], 2), weights) == shares


WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@given(st.integers(-(10**7), 10**7), WEIGHTS)
def test_spread_loses_no_cent_and_is_fair(total, weights):
    shares = spread(total, weights)
    assert sum(shares) == total
    assert spread(-total, weights) == [-share for share in shares]
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1
        assert share * total >= 0


@given(st.data(), WEIGHTS)
def test_no_share_exceeds_its_weight_while_the_total_does_not(data, weights):
    total = data.draw(st.integers(0, sum(weights)))
    assert all(share <= weight for share, weight in zip(spread(total, weights), weights, strict=True))


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=6, unique=True), st.randoms())
def test_a_weight_gets_its_share_wherever_it_stands(total, weights, random):
    remainders = [total * weight % sum(weights) for weight in weights]
    assume(len(set(remainders)) == len(remainders))  # ties go to the lowest index
    order = random.sample(range(len(weights)), len(weights))
    here = spread(total, weights)
    assert spread(total, [weights[index] for index in order]) == [here[index] for index in order]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2], [3, -5]])
def test_spread_refuses_weights_that_carry_nothing(weights):
    with pytest.raises(MoneyError) as refused:
        spread(100, weights)
    assert refused.value.code == "weights"


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (-5, "−0,05"),
        (100, "1,00"),
        (99_999, "999,99"),
        (100_000, "1.000,00"),
        (123_456, "1.234,56"),
        (-123_456, "−1.234,56"),
        (123_456_789, "1.234.567,89"),
    ],
)
def test_writes_amounts(cents, text):
    assert format_cents(cents) == text


def test_writes_another_minus():
    assert format_cents(-1234, minus="-") == "-12,34"


@pytest.mark.cases(PAGE, "Reading an amount")
def test_reads_amounts(case):
    if case["cents"].lstrip("-").isdigit():
        assert parse_cents(case["typed"]) == int(case["cents"])
    else:
        with pytest.raises(MoneyError) as refused:
            parse_cents(case["typed"])
        assert refused.value.code == case["cents"]


@given(AMOUNTS, st.sampled_from(["-", "−"]), st.sampled_from(["", " €", "€", "  "]))
def test_reads_what_it_writes(cents, minus, tail):
    assert parse_cents(format_cents(cents, minus) + tail) == cents


@given(st.text(max_size=20))
def test_reading_answers_or_refuses(text):
    try:
        assert abs(parse_cents(text)) <= MAX_CENTS
    except MoneyError as refused:
        assert refused.message


@given(st.text(alphabet="0123456789.,-−€ ", max_size=14))
def test_reading_never_loses_a_digit(text):
    """Whatever is accepted contains the typed digits, in their order, up to zeros at the ends."""
    try:
        cents = parse_cents(text)
    except MoneyError:
        return
    digits = "".join(char for char in text if char.isdigit())
    assert str(abs(cents)).strip("0") == digits.strip("0")


def test_limits_amounts():
    assert check_cents(MAX_CENTS) == MAX_CENTS
    assert check_cents(-MAX_CENTS) == -MAX_CENTS
    for cents in (MAX_CENTS + 1, -MAX_CENTS - 1):
        with pytest.raises(MoneyError, match=r"999\.999,99") as refused:
            check_cents(cents)
        assert refused.value.code == "amount_too_large"


@pytest.mark.parametrize(
    ("basis_points", "text"),
    [(1900, "19 %"), (700, "7 %"), (780, "7,8 %"), (3333, "33,33 %"), (5, "0,05 %"), (0, "0 %"), (-550, "−5,5 %")],
)
def test_writes_percentages(basis_points, text):
    assert format_percent(basis_points) == text


def test_errors_carry_code_sentence_and_gaps():
    error = CoreError("too_much", "Höchstens {limit} €, nicht {{mehr}}.", limit="5,00")
    assert (error.code, error.message, str(error)) == ("too_much", "Höchstens 5,00 €, nicht {mehr}.", error.message)
    assert error.template.format(**error.values) == error.message


def test_a_typed_brace_stays_text():
    with pytest.raises(MoneyError, match=r"\{limit\}"):
        parse_cents("{limit}")
