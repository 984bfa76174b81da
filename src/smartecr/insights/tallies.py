"""How many events of a kind each person caused: what the rules of `odd` and the pages count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from smartecr.core.records import dataclass
from smartecr.insights.roll import Event

SHORT, DRAWER_VOID = "short", "drawer_void"
"""Kinds of tallies beside `roll.EVENTS`: a difference of 5 € or more missing, the drawer opened soon after a void."""

VOIDS = ("line_void", "late_void", "abort")

SOURCES = {SHORT: ("difference",), DRAWER_VOID: ("drawer", *VOIDS)}
"""Kinds of events such a tally is made of."""

MINUS_CENTS = 500
NEAR_SECONDS = 300
"""A drawer opened this soon after a void belongs to it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events, and the cents they took away together."""

    count: int = 0
    cents: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(self.count + other.count, self.cents + other.cents)


NOTHING = Tally()


def tallies(events: Iterable[Event]) -> dict[tuple[str, str], Tally]:
    """Return the tallies of a period by (person, kind)."""
    events = list(events)
    counted = [(event, event.kind) for event in events]
    counted += [(event, SHORT) for event in events if short(event)]
    counted += [(drawer, DRAWER_VOID) for _void, drawer in drawers_after_voids(events)]
    found: dict[tuple[str, str], Tally] = {}
    for event, kind in counted:
        found[event.person_id, kind] = found.get((event.person_id, kind), NOTHING) + Tally(1, event.cents)
    return found


def by_kind(found: Mapping[tuple[str, str], Tally]) -> list[tuple[str, int, int]]:
    """Return kind, count and cents of tallies, those of all people together, in the order of their kinds."""
    kinds: dict[str, Tally] = {}
    for (_person, kind), tally in found.items():
        kinds[kind] = kinds.get(kind, NOTHING) + tally
    return [(kind, tally.count, tally.cents) for kind, tally in sorted(kinds.items())]


def short(event: Event) -> bool:
    """Tell whether an event is a difference with money missing."""
    return event.kind == "difference" and event.cents <= -MINUS_CENTS


def drawers_after_voids(events: Iterable[Event]) -> Iterator[tuple[Event, Event]]:
    """Yield (void, drawer) of one period: drawers opened by hand soon after a void of the same person, the latest."""
    last: dict[str, Event] = {}
    for event in sorted(events, key=lambda one: (one.at, one.kind == "drawer")):
        if event.kind in VOIDS:
            last[event.person_id] = event
        elif event.kind == "drawer" and event.person_id in last:
            void = last[event.person_id]
            apart = datetime.fromisoformat(event.at) - datetime.fromisoformat(void.at)
            if apart.total_seconds() <= NEAR_SECONDS:
                yield void, event
