"""The forecast: medians, level, closed weekdays, and an error that is measured against "same as last week"."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from smartecr.insights.baskets import pairs
from smartecr.insights.forecast import forecast

TODAY = date(2026, 11, 24)


def past(days: int, value: dict[int, int], start: date = TODAY) -> dict[date, int]:
    """Return days before `start` with a value by weekday; weekdays without one are closed."""
    found = (start - timedelta(days=back) for back in range(1, days + 1))
    return {day: value[day.weekday()] for day in found if day.weekday() in value}


def test_steady_weeks_are_forecast_exactly() -> None:
    found = forecast(past(120, {0: 100, 1: 200, 2: 300, 3: 400, 4: 500, 5: 600}), TODAY)
    assert found is not None
    assert [one.value for one in found.days] == [200, 300, 400, 500, 600, 0, 100], "Sundays are closed"
    assert (found.errors.own_bp, found.errors.same_bp, found.errors.days) == (0, 0, 48)
    assert all(one.low == one.value == one.high for one in found.days)


def test_one_wild_day_moves_nothing() -> None:
    sales = past(120, dict.fromkeys(range(7), 1000))
    sales[TODAY - timedelta(days=27)] = 9000
    found = forecast(sales, TODAY)
    assert found is not None
    assert {one.value for one in found.days} == {1000}
    assert found.errors.own_bp is not None
    assert found.errors.same_bp is not None
    assert found.errors.own_bp < found.errors.same_bp, "last week would have been wrong twice"


@pytest.mark.parametrize(("factor", "value"), [(120, 1100), (80, 900), (300, 1250), (10, 800)])
def test_a_new_level_is_followed_half_way_and_within_bounds(factor: int, value: int) -> None:
    sales = past(120, dict.fromkeys(range(7), 1000))
    for back in range(1, 15):
        sales[TODAY - timedelta(days=back)] = 10 * factor
    found = forecast(sales, TODAY)
    assert found is not None
    assert {one.value for one in found.days} == {value}


def test_nothing_is_made_up_without_a_past() -> None:
    assert forecast({}, TODAY) is None
    assert forecast(past(27, dict.fromkeys(range(7), 10)), TODAY) is None
    assert forecast(past(28, dict.fromkeys(range(7), 10)), TODAY) is not None
    found = forecast({TODAY - timedelta(days=40): 10}, TODAY)
    assert found is not None
    assert [one.value for one in found.days] == [0] * 7
    assert found.errors.own_bp is None


def test_today_is_not_over_and_not_looked_at() -> None:
    sales = past(60, dict.fromkeys(range(7), 1000))
    assert forecast(sales | {TODAY: 1}, TODAY) == forecast(sales, TODAY)


def test_noise_is_forecast_better_than_by_last_week() -> None:
    draw = random.Random(3)
    week = (900, 950, 1000, 1000, 1200, 1500, 1400)
    sales = {
        TODAY - timedelta(days=back): round(week[(TODAY - timedelta(days=back)).weekday()] * draw.gauss(1, 0.12))
        for back in range(1, 150)
    }
    found = forecast(sales, TODAY)
    assert found is not None
    assert found.errors.own_bp is not None
    assert found.errors.same_bp is not None
    assert found.errors.own_bp < found.errors.same_bp * 9 // 10
    assert 500 < found.errors.own_bp < 1500
    assert all(one.low < one.value < one.high for one in found.days)


def test_pairs_say_support_confidence_and_lift() -> None:
    alone = {("", ""): 200, ("a", ""): 40, ("b", ""): 50, ("c", ""): 150}
    counts = alone | {("a", "b"): 20, ("a", "c"): 30, ("b", "c"): 9}
    found = pairs(counts, 10)
    assert [(one.one, one.two, one.receipts) for one in found] == [("a", "b", 20), ("a", "c", 30)]
    assert (found[0].support_bp, found[0].confidence_bp, found[0].lift_hundredths) == (1000, 5000, 200)
    assert found[1].lift_hundredths == 100, "no bond: as chance has it"
    assert pairs({("a", "b"): 20}, 10) == []
