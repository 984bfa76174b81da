"""Stretches of days: neighbours, what is compared with what, and that rollup parts cover each day exactly once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.insights.spans import LENGTHS, Span, around, before, cover, last_year, neighbour, whole_months

days = st.dates(date(2020, 1, 1), date(2028, 12, 31))


EVERY = {
    "d": [(date(2019, 1, 1) + timedelta(days=place)).isoformat() for place in range(366 * 16)],
    "m": [f"{year}-{month:02d}" for year in range(2019, 2035) for month in range(1, 13)],
    "y": [str(year) for year in range(2019, 2035)],
}


def spelled(parts: list, grain: str) -> list[str]:  # type: ignore[type-arg]
    """Return every span a list of parts asks for in one grain, of those that exist between 2019 and 2034."""
    return [one for part in parts if part.grain == grain for one in EVERY[grain] if part.first <= one <= part.last]


@given(days, st.integers(0, 2000))
def test_parts_cover_each_day_once(first: date, more: int) -> None:
    span = Span(first, first + timedelta(days=more))
    parts = cover(span)
    found = spelled(parts, "d")
    for part in parts:
        if part.grain == "w":
            first_monday, last_monday = date.fromisoformat(part.first), date.fromisoformat(part.last)
            assert first_monday.weekday() == last_monday.weekday() == 0
            found += [day.isoformat() for day in Span(first_monday, last_monday + timedelta(days=6))]
    for month in spelled(parts, "m"):
        found += [day.isoformat() for day in around(date.fromisoformat(f"{month}-01"), "month")]
    for year in spelled(parts, "y"):
        found += [day.isoformat() for day in around(date.fromisoformat(f"{year}-01-01"), "year")]
    assert sorted(found) == [day.isoformat() for day in span]
    assert len(spelled(parts, "d")) <= 60, "whole months are taken whole"
    assert len(spelled(parts, "m")) <= 22, "whole years are taken whole"


@given(days, st.integers(0, 1500))
def test_months_touched_are_covered_once(first: date, more: int) -> None:
    span = Span(first, first + timedelta(days=more))
    touched = sorted({day.isoformat()[:7] for day in span})
    part = whole_months(span)
    if len(touched) <= 2:
        assert spelled([part], "m") == touched
    else:
        assert (part.grain, spelled([part], "y")) == ("y", [touched[-1][:4]])


@given(days, st.sampled_from(LENGTHS))
def test_neighbours_meet_without_gap(day: date, length: str) -> None:
    span = around(day, length)
    assert day in span
    assert neighbour(span, 1).first == span.last + timedelta(days=1)
    assert neighbour(span, -1).last == span.first - timedelta(days=1)
    assert neighbour(neighbour(span, 1), -1) == span


@pytest.mark.parametrize(
    ("length", "other", "year"),
    [
        ("day", (date(2026, 11, 16), date(2026, 11, 16)), (date(2025, 11, 24), date(2025, 11, 24))),
        ("week", (date(2026, 11, 16), date(2026, 11, 22)), (date(2025, 11, 24), date(2025, 11, 30))),
        ("month", (date(2026, 10, 1), date(2026, 10, 30)), (date(2025, 11, 1), date(2025, 11, 30))),
        ("year", (date(2025, 1, 1), date(2025, 12, 31)), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_like_is_compared_with_like(length: str, other: tuple[date, date], year: tuple[date, date]) -> None:
    span = around(date(2026, 11, 23), length)
    assert (before(span).first, before(span).last) == other
    assert (last_year(span).first, last_year(span).last) == year


def test_leap_days_and_free_stretches() -> None:
    assert last_year(around(date(2024, 2, 29), "month")).last == date(2023, 2, 28)
    free = Span(date(2026, 11, 3), date(2026, 11, 12))
    assert before(free) == Span(date(2026, 10, 20), date(2026, 10, 29)), "two weeks earlier: weekdays stay"
    assert neighbour(free, 1) == Span(date(2026, 11, 13), date(2026, 11, 22))
    assert free.until(date(2026, 11, 1)).days == 1
