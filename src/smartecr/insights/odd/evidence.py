"""What rules look at, what they find, and the one question they ask of chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from math import exp, lgamma, log

from smartecr.core.records import dataclass
from smartecr.insights.asking_events import Dated
from smartecr.insights.asking_work import Day, Written
from smartecr.insights.spans import Span
from smartecr.insights.tallies import DRAWER_VOID, SHORT, SOURCES, Tally, drawers_after_voids, short

RARE = 1e-3
"""How seldom chance may give as much before a rule speaks."""

CLEAR = 1e-6
"""How seldom chance gives it when a finding is called clear."""


@dataclass(slots=True)
class Evidence:
    """Tallies of events and the work beside them; rules speak about `span` and take what lies before it as usual.

    `habits` are tallies by (month, person, kind), where the month is "" for all days before the span; `written` is
    what each person wrote, by the same months. `days` are all days with what happened on each, `crews` who worked on
    those of the span on which cash was missing. `running` is the day that is not over yet ("" for none): its empty
    hours and its takings say nothing.
    """

    span: Span
    habits: Mapping[tuple[str, str, str], Tally]
    written: Mapping[str, Written]
    days: Mapping[str, Day]
    crews: Mapping[str, Set[str]]
    running: str = ""

    def windows(self) -> Iterator[Span]:
        """Yield the calendar months of the span, cut to it."""
        first = self.span.first
        while first <= self.span.last:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            last = min(self.span.last, date.fromordinal(after.toordinal() - 1))
            yield Span(first, last)
            first = after

    def days_open(self) -> list[str]:
        """Return the days with sales, in order."""
        return sorted(day for day, one in self.days.items() if one.hours)

    def people(self) -> list[str]:
        """Return who worked, in the order of their ids."""
        return sorted(self.written)

    def receipts(self) -> Counter[str]:
        """Return how many receipts all of them wrote, by month."""
        found: Counter[str] = Counter()
        for one in self.written.values():
            found.update(one.receipts)
        return found

    def by_day(self, kind: str) -> Counter[str]:
        """Return how many events of a kind there were by day."""
        return Counter({day: one.tallies[kind].count for day, one in self.days.items() if kind in one.tallies})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The events behind a finding: of a `kind` (see `tallies`), in a stretch, one person's ("" for anybody's).

    `days` are the only ones meant, None for all.
    """

    kind: str
    span: Span
    person_id: str = ""
    days: frozenset[str] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of events to read."""
        return SOURCES.get(self.kind, (self.kind,))

    def of(self, events: Iterable[Dated]) -> list[Dated]:
        """Return those of `events` that are meant."""
        first, last = self.span.edges
        found = [
            one for one in events
            if first <= one.day <= last and one.event.kind in self.kinds
            and self.person_id in ("", one.event.person_id) and (self.days is None or one.day in self.days)
        ]  # fmt: skip
        if self.kind == SHORT:
            return [one for one in found if short(one.event)]
        if self.kind == DRAWER_VOID:
            return _pairs(found)
        return found


def _pairs(events: Iterable[Dated]) -> list[Dated]:
    """Return drawers soon after voids, and those voids, looked for within a day of a register."""
    of_day: dict[tuple[str, str], dict[str, Dated]] = defaultdict(dict)
    for one in events:
        of_day[one.day, one.register_id][one.event.id] = one
    return [
        known[event.id]
        for known in of_day.values()
        for pair in drawers_after_voids(one.event for one in known.values())
        for event in pair
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at. `title` and `sentence` are German for a person, `usual` says what is usual.

    `chance` is how often chance alone gives as much (0 to 1), `span` the days it speaks of. `behind` are its events,
    None where it stands on the lack of any.
    """

    rule: str
    title: str
    sentence: str
    usual: str
    chance: float
    span: Span
    person_id: str = ""
    behind: Behind | None = None

    @property
    def clear(self) -> bool:
        """Tell whether chance is as good as excluded."""
        return self.chance < CLEAR


def chance_of(count: int, expected: float) -> float:
    """Return the probability of at least `count` events where `expected` are usual (Poisson)."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    term = exp(count * log(expected) - expected - lgamma(count + 1))
    total, k = 0.0, count
    if count <= expected:
        while k and term > total * 1e-17:
            term *= k / expected
            k -= 1
            total += term
        return 1.0 - total
    while term > total * 1e-12:
        total += term
        k += 1
        term *= expected / k
    return min(1.0, total)
