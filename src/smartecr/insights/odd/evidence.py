"""What rules look at, what they find, and the one question they ask of chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import exp, lgamma, log

from smartecr.insights.asking import Dated
from smartecr.insights.spans import Span

RARE = 1e-3
"""How seldom chance may give as much before a rule speaks."""

CLEAR = 1e-6
"""How seldom chance gives it when a finding is called clear."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one person did on one day."""

    receipts: int
    revenue_cents: int


@dataclass(slots=True)
class Evidence:
    """Events and work from `since` on; rules speak about `span` and take what lies before it as usual.

    `work` is by (day, person), `hours` are receipts by (day, hour), `takings` cents of revenue by day. `running` is the
    day that is not over yet ("" for none): its empty hours and its takings say nothing.
    """

    span: Span
    since: date
    events: Sequence[Dated]
    work: Mapping[tuple[str, str], Work]
    names: Mapping[str, str]
    hours: Mapping[tuple[str, int], int]
    takings: Mapping[str, int]
    running: str = ""
    _by_kind: dict[str, list[Dated]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Dated]:
        """Return the events of some kinds, in order of time."""
        if not self._by_kind:
            grouped: dict[str, list[Dated]] = defaultdict(list)
            for one in self.events:
                grouped[one.event.kind].append(one)
            self._by_kind = dict(grouped)
        found = [one for kind in kinds for one in self._by_kind.get(kind, [])]
        return found if len(kinds) == 1 else sorted(found, key=lambda one: one.event.at)

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
        return sorted(self.takings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at. `title` and `sentence` are German for a person, `usual` says what is usual.

    `chance` is how often chance alone gives as much (0 to 1); `events` are behind it; `days` the days it speaks of.
    """

    rule: str
    title: str
    sentence: str
    usual: str
    chance: float
    span: Span
    person_id: str = ""
    events: tuple[Dated, ...] = ()

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
    if count <= expected:
        return 1.0 - sum(_term(k, expected) for k in range(count))
    total, k = 0.0, count
    while True:
        term = _term(k, expected)
        total += term
        if term < total * 1e-12:
            return min(1.0, total)
        k += 1


def _term(k: int, expected: float) -> float:
    return exp(k * log(expected) - expected - lgamma(k + 1))
