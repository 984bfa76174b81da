"""Stretches of days: the chooser's day, week, month and year, what each is compared with, and how rollups cover it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from smartecr.core.records import dataclass

LENGTHS = ("day", "week", "month", "year")
LONGEST = 3660
"""Days of the longest stretch anybody may ask for."""


@dataclass(frozen=True, slots=True)
class Span:
    """Business days from `first` to `last`, both included. `length` is one of LENGTHS, or "free"."""

    first: date
    last: date
    length: str = "free"

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def edges(self) -> tuple[str, str]:
        """Return its first and last day as the rollups write them."""
        return self.first.isoformat(), self.last.isoformat()

    def __iter__(self) -> Iterator[date]:
        """Yield its days."""
        return (self.first + timedelta(days=place) for place in range(self.days))

    def until(self, day: date) -> Span:
        """Return the part up to `day` (at least the first day)."""
        return Span(self.first, max(self.first, min(self.last, day)), self.length)


def around(day: date, length: str) -> Span:
    """Return the day, week (from Monday), month or year `day` lies in."""
    if length == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6), length)
    if length == "month":
        return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]), length)
    if length == "year":
        return Span(date(day.year, 1, 1), date(day.year, 12, 31), length)
    return Span(day, day, "day")


def neighbour(span: Span, step: int) -> Span:
    """Return the stretch before (`step` -1) or after (1)."""
    edge = span.last + timedelta(days=1) if step > 0 else span.first - timedelta(days=1)
    if span.length in LENGTHS:
        return around(edge, span.length)
    shift = timedelta(days=span.days * step)
    return Span(span.first + shift, span.last + shift)


def before(span: Span) -> Span:
    """Return what a stretch is compared with: the same weekdays a week earlier, or as many days of the month or year
    before. A day and a week are compared with those a week earlier, so that Mondays meet Mondays."""
    if span.length == "month":
        begin = around(span.first - timedelta(days=1), "month")
        return Span(begin.first, min(begin.last, begin.first + timedelta(days=span.days - 1)), "month")
    if span.length == "year":
        return last_year(span)
    shift = timedelta(days=7 * -(-span.days // 7))
    return Span(span.first - shift, span.last - shift, span.length)


def last_year(span: Span) -> Span:
    """Return the stretch of last year: the same dates for months and years, else the same weekdays (364 days ago)."""
    if span.length in ("month", "year"):
        return Span(_year_ago(span.first), _year_ago(span.last), span.length)
    shift = timedelta(days=364)
    return Span(span.first - shift, span.last - shift, span.length)


def _year_ago(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))


@dataclass(frozen=True, slots=True)
class Part:
    """Rollup rows of one grain, "d", "w", "m" or "y", with spans from `first` to `last`."""

    grain: str
    first: str
    last: str


def cover(span: Span) -> list[Part]:
    """Return few ranges of rollup rows that make up a stretch: whole years, whole months beside them, weeks, days.

    Weeks ("w") are named by their Monday.
    """
    return _years(span.first, span.last + timedelta(days=1))


def _years(first: date, after: date) -> list[Part]:
    """Return whole years, and what is around them, from `first` up to the day before `after`."""
    begin = first if (first.month, first.day) == (1, 1) else date(first.year + 1, 1, 1)
    end = date(after.year, 1, 1)
    if begin >= end:
        return _months(first, after)
    return [Part("y", str(begin.year), str(end.year - 1)), *_months(first, begin), *_months(end, after)]


def _months(first: date, after: date) -> list[Part]:
    begin = first if first.day == 1 else around(first, "month").last + timedelta(days=1)
    end = after.replace(day=1)
    if begin >= end:
        return _weeks(first, after)
    months = Part("m", _month(begin), _month(end - timedelta(days=1)))
    return [months, *_weeks(first, begin), *_weeks(end, after)]


def _weeks(first: date, after: date) -> list[Part]:
    """Return whole weeks, and the days around them, from `first` up to the day before `after`."""
    monday = first + timedelta(days=-first.weekday() % 7)
    end = after - timedelta(days=after.weekday())
    if monday >= end:
        return _days(first, after)
    weeks = Part("w", monday.isoformat(), (end - timedelta(days=7)).isoformat())
    return [weeks, *_days(first, monday), *_days(end, after)]


def _days(first: date, after: date) -> list[Part]:
    last = after - timedelta(days=1)
    return [Part("d", first.isoformat(), last.isoformat())] if first <= last else []


def whole_months(span: Span) -> Part:
    """Return rollup rows of the months a stretch touches, or, for more than two, of the year of its last day.

    What is bought together is kept by month and year only: pairs are many, and their habits slow.
    """
    first, last = _month(span.first), _month(span.last)
    if first != last and neighbour(around(span.first, "month"), 1).last < span.last:
        return Part("y", str(span.last.year), str(span.last.year))
    return Part("m", first, last)


def in_months(span: Span) -> tuple[Part | None, list[Span]]:
    """Return the whole months of a stretch, if there are any, and the stretches of days around them."""
    after = span.last + timedelta(days=1)
    begin = span.first if span.first.day == 1 else around(span.first, "month").last + timedelta(days=1)
    end = after.replace(day=1)
    if begin >= end:
        return None, [span]
    days = [Span(one, until - timedelta(days=1)) for one, until in ((span.first, begin), (end, after)) if one < until]
    return Part("m", _month(begin), _month(end - timedelta(days=1))), days


def _month(day: date) -> str:
    return day.isoformat()[:7]
