"""All rules at once, over a stretch of days with a year before it as what is usual."""

from __future__ import annotations

from datetime import date, timedelta

from smartecr.insights import asking_events, asking_work
from smartecr.insights.asking import Live
from smartecr.insights.asking_events import Dated
from smartecr.insights.asking_work import Written
from smartecr.insights.odd import days, digits, people
from smartecr.insights.odd.evidence import Evidence, Finding
from smartecr.insights.spans import Span
from smartecr.insights.tallies import NOTHING, SHORT

HISTORY_DAYS = 365


def gather(live: Live, span: Span, today: date) -> Evidence:
    """Read what the rules look at; the business day `today` is not over yet."""
    before = Span(span.first - timedelta(days=HISTORY_DAYS), span.first - timedelta(days=1))
    written, habits = asking_work.written(live, span), asking_work.habits(live, span)
    for person, one in asking_work.written(live, before).items():
        known = written.setdefault(person, Written(one.name))
        known.receipts[""], known.days[""] = one.receipts.total(), one.days.total()
    for (_month, person, kind), tally in asking_work.habits(live, before).items():
        habits["", person, kind] = habits.get(("", person, kind), NOTHING) + tally
    days = asking_work.days(live, Span(before.first, span.last))
    first, last = span.edges
    short = [day for day, one in days.items() if SHORT in one.tallies and first <= day <= last]
    return Evidence(span, habits, written, days, asking_work.crews(live, short), today.isoformat())


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


def newest(live: Live, finding: Finding, most: int) -> list[Dated]:
    """Return the newest events behind a finding, the newest first."""
    behind = finding.behind
    if behind is None:
        return []
    enough = most if behind.days is None and behind.kinds == (behind.kind,) else 0
    found = behind.of(asking_events.events(live, behind.span, behind.kinds, behind.person_id, enough))
    return sorted(found, key=lambda one: one.event.at, reverse=True)[:most]
