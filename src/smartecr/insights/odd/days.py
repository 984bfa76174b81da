"""Rules about days: a burst of something, and hours without a receipt in which many are usual."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import reduce
from itertools import accumulate
from math import exp
from operator import or_

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartecr.insights.odd.evidence import Behind, Evidence, Finding, chance_of
from smartecr.insights.spans import Span

BACK_DAYS = 56
"""Days before that say what is usual."""

LEAST = 3
LEAST_HISTORY = 14

BURSTS = (
    ("refund_burst", "refund", 1e-3, gettext_lazy("{count} Stornos nach Zahlung")),
    ("drawer_burst", "drawer", 3e-4, gettext_lazy("Lade {count}× ohne Verkauf offen")),
    ("abort_burst", "abort", 3e-4, gettext_lazy("{count} Bons abgebrochen")),
)
"""Rule, kind of event, how seldom chance may give as many on one day, and what it is called."""

QUIET_FROM = 10.0
"""Receipts usual in an hour from which an empty hour speaks: chance gives one in 22,000 (e⁻¹⁰)."""


def bursts(evidence: Evidence) -> Iterator[Finding]:
    """Yield days with far more of something than the eight weeks before, measured by the receipts of the day."""
    days = evidence.days_open()
    receipts = {day: evidence.days[day].receipts for day in days}
    written_before = [0, *accumulate(receipts[day] for day in days)]
    for rule, kind, rare, title in BURSTS:
        counts = evidence.by_day(kind)
        counted_before = [0, *accumulate(counts[day] for day in days)]
        for place, day in enumerate(days):
            if counts[day] < LEAST or not _inside(evidence, day):
                continue
            since = (date.fromisoformat(day) - timedelta(days=BACK_DAYS)).isoformat()
            begin = bisect_left(days, since)
            written = written_before[place] - written_before[begin]
            if place - begin < LEAST_HISTORY or written <= 0:
                continue
            expected = max(1, receipts[day]) * (counted_before[place] - counted_before[begin] + 1) / written
            chance = chance_of(counts[day], expected)
            if chance < rare:
                usual = [counts[one] for one in days[begin:place]]
                low, high = _quantile(usual, 10), _quantile(usual, 90)
                yield Finding(
                    rule=rule,
                    title=str(title).format(count=counts[day]),
                    sentence=_("An einem Tag mit {count} Bons.").format(count=receipts[day]),
                    usual=(_("üblich {low} bis {high}") if low < high else _("üblich {low}")).format(
                        low=low, high=high
                    ),
                    chance=chance,
                    span=_one(day),
                    behind=Behind(kind=kind, span=_one(day)),
                )


def _quantile(values: list[int], percent: int) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def quiet_hours(evidence: Evidence) -> Iterator[Finding]:
    """Yield stretches of hours without a receipt on a day with sales, where many are usual on that weekday.

    The hours of a day with receipts are the bits of one number.
    """
    busy = {
        day: sum(1 << hour for hour, receipts in one.hours.items() if receipts) for day, one in evidence.days.items()
    }
    of_weekday: dict[int, list[str]] = defaultdict(list)
    for day in evidence.days_open():
        earlier = of_weekday[date.fromisoformat(day).weekday()]
        if len(earlier) >= 4 and _inside(evidence, day) and day != evidence.running:
            past = earlier[-8:]
            empty = reduce(or_, (busy[one] for one in past)) & ~busy[day]
            if empty:
                yield from _quiet(evidence, day, past, [hour for hour in range(24) if empty >> hour & 1])
        earlier.append(day)


def _quiet(evidence: Evidence, day: str, past: list[str], hours: list[int]) -> Iterator[Finding]:
    empty: list[tuple[int, float]] = []
    for hour in hours:
        usual = sum(evidence.days[one].hours.get(hour, 0) for one in past) / len(past)
        if usual >= QUIET_FROM:
            empty.append((hour, usual))
    if not empty:
        return
    expected = sum(usual for _hour, usual in empty)
    yield Finding(
        rule="quiet_hours",
        title=_("Stunden ohne Bon"),
        sentence=_("Von {first} bis {last} Uhr gibt es keinen Bon.").format(first=empty[0][0], last=empty[-1][0] + 1),
        usual=_("üblich sind dann {count}").format(count=round(expected)),
        chance=exp(-expected),
        span=_one(day),
    )


def _inside(evidence: Evidence, day: str) -> bool:
    return evidence.span.first.isoformat() <= day <= evidence.span.last.isoformat()


def _one(day: str) -> Span:
    return Span(date.fromisoformat(day), date.fromisoformat(day), "day")
