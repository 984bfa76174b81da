"""All rules at once, over a stretch of days with a year before it as what is usual."""

from __future__ import annotations

from datetime import date, timedelta

from smartecr.insights import asking
from smartecr.insights.asking import Live
from smartecr.insights.odd import days, digits, people
from smartecr.insights.odd.evidence import Evidence, Finding, Work
from smartecr.insights.spans import Span

HISTORY_DAYS = 365


def gather(live: Live, span: Span, today: date) -> Evidence:
    """Read what the rules look at; the business day `today` is not over yet."""
    whole = Span(span.first - timedelta(days=HISTORY_DAYS), span.last)
    work, names = {}, {}
    takings: dict[str, int] = {}
    for (day, person), sums in asking.hours(live, whole, "work").items():
        work[day, person] = Work(sums.receipts, sums.revenue_cents)
        names[person] = sums.name
        takings[day] = takings.get(day, 0) + sums.revenue_cents
    hours = {key: sums.receipts for key, sums in asking.hours(live, whole, "daily").items()}
    events = asking.events(live, whole)
    for one in events:
        names.setdefault(one.event.person_id, one.event.person_name)
    return Evidence(span, whole.first, events, work, names, hours, takings, today.isoformat())


def find(evidence: Evidence) -> list[Finding]:
    """Return what all rules find, the least likely by chance first."""
    found = [
        *people.more_than_usual(evidence),
        *people.drawer_after_void(evidence),
        *people.missing_cash(evidence),
        *days.bursts(evidence),
        *days.quiet_hours(evidence),
        *digits.made_up(evidence),
    ]
    return sorted(found, key=lambda one: (one.chance, one.span.first, one.rule))
