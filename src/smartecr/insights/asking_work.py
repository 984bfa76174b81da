"""What days brought and what people did on them: by day, and by person and month.

Sums of whole months lie ready; days around them are added up from the rows of their periods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

import orjson

from smartecr.core.records import dataclass
from smartecr.insights import answers
from smartecr.insights.asking import Live
from smartecr.insights.spans import Span, in_months
from smartecr.insights.tallies import NOTHING, Tally, by_kind, tallies
from smartecr.sql import select


@dataclass(frozen=True, slots=True)
class Day:
    """A business day: its revenue in cents, receipts by hour (none without a sale), tallies by kind."""

    revenue_cents: int
    hours: Mapping[int, int]
    tallies: Mapping[str, Tally]

    @property
    def receipts(self) -> int:
        """Return its sales less cancellations."""
        return sum(self.hours.values())

    def __add__(self, other: Day) -> Day:
        """Return both together: another register's day, or another period of the same."""
        hours = {hour: self.hours.get(hour, 0) + other.hours.get(hour, 0) for hour in {*self.hours, *other.hours}}
        kinds = {*self.tallies, *other.tallies}
        found = {kind: self.tallies.get(kind, NOTHING) + other.tallies.get(kind, NOTHING) for kind in kinds}
        return Day(self.revenue_cents + other.revenue_cents, hours, found)


def days(live: Live, span: Span) -> dict[str, Day]:
    """Return the days of a stretch."""
    found = dict(answers.kept(("days", *span.edges), lambda: _closed(span)))
    for rolled in live.within(span):
        hours = {hour: sums.receipts for hour, sums in rolled.by_hour().items()}
        revenue = sum(sums.revenue_cents for sums in rolled.hours.values())
        counted = {kind: Tally(count, cents) for kind, count, cents in by_kind(tallies(rolled.events))}
        _add(found, rolled.business_day, Day(revenue, hours, counted))
    return found


def _closed(span: Span) -> dict[str, Day]:
    sql = "SELECT business_day, revenue_cents, hours, tallies FROM insights_day WHERE business_day BETWEEN %s AND %s"
    found: dict[str, Day] = {}
    for day, revenue, hours, kinds in select(sql, span.edges):
        counted = {kind: Tally(count, cents) for kind, count, cents in orjson.loads(kinds)}
        _add(found, day, Day(revenue, dict(orjson.loads(hours)), counted))
    return found


def _add(found: dict[str, Day], day: str, one: Day) -> None:
    found[day] = found[day] + one if day in found else one


@dataclass(slots=True)
class Written:
    """How many receipts somebody wrote, and on how many days there were any, by month."""

    name: str = ""
    receipts: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)


def written(live: Live, span: Span) -> dict[str, Written]:
    """Return by person what each wrote in the months of a stretch."""
    rows = _by_month(
        span,
        "SELECT month, person_id, person_name, receipts, days FROM insights_person WHERE month BETWEEN %s AND %s "
        "ORDER BY month",
        "SELECT substr(business_day, 1, 7), person_id, max(person_name), sum(receipts), "
        "count(DISTINCT business_day) FROM insights_work WHERE business_day BETWEEN %s AND %s GROUP BY 1, 2",
    )
    found: dict[str, Written] = defaultdict(Written)
    for month, person, name, receipts, count in rows:
        _add_written(found[person], month, name, int(receipts), count)
    opened = live.within(span)
    there = _there({rolled.business_day for rolled in opened})
    for rolled in opened:
        day = rolled.business_day
        for person, sums in rolled.by_person().items():
            _add_written(found[person], day[:7], sums.person_name, sums.receipts, int((day, person) not in there))
            there.add((day, person))
    return dict(found)


def _add_written(one: Written, month: str, name: str, receipts: int, count: int) -> None:
    one.name = name
    one.receipts[month] += receipts
    one.days[month] += count


def habits(live: Live, span: Span) -> dict[tuple[str, str, str], Tally]:
    """Return tallies by (month, person, kind) in a stretch."""
    rows = _by_month(
        span,
        "SELECT month, person_id, kind, count, cents FROM insights_habit WHERE month BETWEEN %s AND %s",
        "SELECT substr(business_day, 1, 7), person_id, kind, sum(count), sum(cents) FROM insights_tally "
        "WHERE business_day BETWEEN %s AND %s GROUP BY 1, 2, 3",
    )
    counted = [((month, person, kind), Tally(int(count), int(cents))) for month, person, kind, count, cents in rows]
    for rolled in live.within(span):
        counted += [((rolled.business_day[:7], *key), tally) for key, tally in tallies(rolled.events).items()]
    found: dict[tuple[str, str, str], Tally] = {}
    for place, tally in counted:
        found[place] = found.get(place, NOTHING) + tally
    return found


def _by_month(span: Span, of_months: str, of_days: str) -> list[tuple[Any, ...]]:
    """Return the rows of the whole months of a stretch, and those the days around them make."""
    months, around = in_months(span)
    rows = list(answers.rows(of_months, [months.first, months.last])) if months else []
    for one in around:
        rows += answers.rows(of_days, one.edges)
    return rows


def crews(live: Live, chosen: Collection[str]) -> dict[str, set[str]]:
    """Return who worked on each of some days."""
    found: dict[str, set[str]] = defaultdict(set)
    for day, person in _there(chosen):
        found[day].add(person)
    for rolled in live.rolled():
        if rolled.business_day in chosen:
            found[rolled.business_day].update(rolled.by_person())
    return dict(found)


def _there(chosen: Collection[str]) -> set[tuple[str, str]]:
    """Return (day, person) of closed periods on some days."""
    if not chosen:
        return set()
    marks = ", ".join(["%s"] * len(chosen))
    sql = f"SELECT DISTINCT business_day, person_id FROM insights_work WHERE business_day IN ({marks})"  # noqa: S608
    return {(day, person) for day, person in answers.rows(sql, sorted(chosen))}
