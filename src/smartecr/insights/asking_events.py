"""Events of a stretch of days, and how many there were: of closed periods from the rollups, of open ones as rolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from smartecr.core.records import dataclass
from smartecr.insights import answers, asking_work
from smartecr.insights.asking import Live
from smartecr.insights.roll import Event
from smartecr.insights.spans import Span
from smartecr.insights.tallies import NOTHING, Tally
from smartecr.sql import select


@dataclass(frozen=True, slots=True)
class Dated:
    """An event with its business day and register."""

    day: str
    register_id: str
    event: Event = field(repr=False)


_EVENTS = (
    "SELECT business_day, register_id, kind, id, at, hour, person_id, person_name, cents, receipt_id, number, text "
    "FROM insights_event WHERE "
)
_BETWEEN = "business_day BETWEEN %s AND %s"


def events(live: Live, span: Span, kinds: Sequence[str], person_id: str = "", newest: int = 0) -> list[Dated]:
    """Return the events of a stretch of some `kinds` (see `roll.EVENTS`) in order of time.

    `person_id` narrows them to one person's, `newest` to so many.
    """
    first, last = span.edges
    marks = ", ".join(["%s"] * len(kinds))
    # Without a person the days are few; by its kind alone SQLite would walk through the events of all years.
    kind, arguments = ("kind" if person_id else "kind || ''"), [*kinds]
    where = f"{_BETWEEN} AND {kind} IN ({marks})"
    if person_id:
        where += " AND person_id = %s"
        arguments.append(person_id)
    if newest:
        first = _since(where, [first, last, *arguments], newest) or first
    rows = select(_EVENTS + where, [first, last, *arguments])
    found = [Dated(row[0], row[1], Event(*row[2:])) for row in rows]
    for rolled in live.within(span):
        found += [
            Dated(rolled.business_day, rolled.register_id, event)
            for event in rolled.events
            if event.kind in kinds and person_id in ("", event.person_id)
        ]
    found.sort(key=lambda one: (one.day, one.event.at))
    return found[-newest:]


def _since(where: str, arguments: Sequence[str], newest: int) -> str:
    """Return the day from which on there are at least so many events, "" without any."""
    sql = (
        f"SELECT business_day, sum(count) FROM insights_tally WHERE {where} GROUP BY business_day "  # noqa: S608 ours
        f"ORDER BY business_day DESC LIMIT {newest}"
    )
    since, found = "", 0
    for day, count in answers.rows(sql, arguments):
        if found >= newest:
            break
        since, found = day, found + int(count)
    return since


def tallies(live: Live, span: Span, by: str) -> dict[Any, Tally]:
    """Return how many events there were, by "kind" or "person" (person, kind)."""
    found: dict[Any, Tally] = {}
    for (_month, person, kind), tally in asking_work.habits(live, span).items():
        place = kind if by == "kind" else (person, kind)
        found[place] = found.get(place, NOTHING) + tally
    return found
