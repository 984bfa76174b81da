"""A seeded year of a shop as the finder sees it, honest but for the patterns planted: who, when, which events."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import exp

from smartecr.insights.asking_events import Dated
from smartecr.insights.asking_work import Day, Written
from smartecr.insights.odd.evidence import Evidence, Finding
from smartecr.insights.roll import Event
from smartecr.insights.spans import Span, around
from smartecr.insights.tallies import SHORT, Tally, by_kind, tallies

FIRST = date(2026, 1, 1)
PEOPLE = ("Anna", "Bela", "Cem", "Dora")
HOURS = {7: 5, 8: 11, 9: 13, 10: 12, 11: 11, 12: 13, 13: 10, 14: 8, 15: 11, 16: 9, 17: 6, 18: 4}
RATES = {"line_void": 0.02, "late_void": 0.002, "discount": 0.03, "drawer": 0.006, "abort": 0.006}
"""Events a receipt that honest people cause. Cancellations are for two of them."""

REFUND_RATE = 0.006
MANAGERS = ("Anna", "Dora")


@dataclass(slots=True)
class Planted:
    """A pattern put in: whose, in which stretch, the ids of its events; `strength` is how many or how strong."""

    what: str
    person: str
    span: Span
    strength: int
    ids: set[str] = field(default_factory=set)


class Year:
    """365 days from `FIRST`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.events: list[Dated] = []
        self.work: dict[tuple[str, str], int] = {}
        self.hours: dict[tuple[str, int], int] = {}
        self.takings: dict[str, int] = {}
        self.planted: list[Planted] = []
        self._count = 0
        for place in range(365):
            self._day(FIRST + timedelta(days=place))

    def evidence(self) -> Evidence:
        """Return what the finder is given."""
        of_day: dict[str, list[Event]] = defaultdict(list)
        for one in self.events:
            of_day[one.day].append(one.event)
        habits: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        counted: dict[str, dict[str, Tally]] = defaultdict(dict)
        for day, events in of_day.items():
            found = tallies(events)
            for (person, kind), tally in found.items():
                habits[day[:7], person, kind] += tally
            counted[day] = {kind: Tally(count, cents) for kind, count, cents in by_kind(found)}
        hours: dict[str, dict[int, int]] = defaultdict(dict)
        for (day, hour), receipts in self.hours.items():
            hours[day][hour] = receipts
        days = {day: Day(cents, hours[day], counted[day]) for day, cents in self.takings.items()}
        written = {person: Written(person) for person in PEOPLE}
        crews: dict[str, set[str]] = {day: set() for day, one in days.items() if SHORT in one.tallies}
        for (day, person), receipts in self.work.items():
            written[person].receipts[day[:7]] += receipts
            written[person].days[day[:7]] += 1
            if day in crews:
                crews[day].add(person)
        return Evidence(Span(FIRST, FIRST + timedelta(days=364)), habits, written, days, crews)

    def behind(self, finding: Finding) -> list[Dated]:
        """Return the events behind a finding."""
        return finding.behind.of(self.events) if finding.behind else []

    def _poisson(self, mean: float) -> int:
        limit, product, count = exp(-mean), self.random.random(), 0
        while product > limit:
            product *= self.random.random()
            count += 1
        return count

    def _day(self, day: date) -> None:
        key = day.isoformat()
        roster = self.random.sample(PEOPLE, 3)
        receipts: Counter[str] = Counter()
        for hour, mean in HOURS.items():
            busy = mean * (1.4 if day.weekday() >= 5 else 1.0) * self.random.uniform(0.85, 1.15)
            count = self._poisson(busy)
            self.hours[key, hour] = count
            for _receipt in range(count):
                person = roster[(hour >= 11) + (hour >= 15)]
                receipts[person] += 1
                self._honest(day, hour, person)
        self.takings[key] = sum(receipts.values()) * self.random.randint(780, 980) + self.random.randrange(1000)
        for person, count in receipts.items():
            self.work[key, person] = count
        if self.random.random() < 0.3:
            self.add("difference", day, 19, roster[2], self.random.choice((-200, -50, -10, 10, 50, 200)))
        if self.random.random() < 0.02:
            self.add("difference", day, 19, roster[2], -self.random.randint(500, 2000))

    def _honest(self, day: date, hour: int, person: str) -> None:
        for kind, rate in RATES.items():
            if self.random.random() < rate:
                self.add(kind, day, hour, person)
        if person in MANAGERS and self.random.random() < REFUND_RATE:
            self.add("refund", day, hour, person)

    def add(self, kind: str, day: date, hour: int, person: str, cents: int = -350, minute: int | None = None) -> str:
        """Add an event at an hour and minute of a day and return its id."""
        self._count += 1
        key = f"{self._count:032x}"
        minute = self.random.randrange(60) if minute is None else minute
        at = datetime(day.year, day.month, day.day, hour, minute, self.random.randrange(60), tzinfo=UTC)
        text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = Event(kind, key, text, hour, person, person, cents, "", 0, "")
        self.events.append(Dated(day.isoformat(), "r", event))
        return key

    def days_of(self, person: str, month: int) -> list[date]:
        """Return the days a person worked in a month."""
        return [day for day in around(date(2026, month, 1), "month") if (day.isoformat(), person) in self.work]

    def plant(self, what: str, person: str, month: int, strength: int) -> None:
        """Plant a pattern of `strength` events into a person's month; see the branches for what each is."""
        done = Planted(what, person, around(date(2026, month, 1), "month"), strength)
        self.planted.append(done)
        if what == "quiet":
            day = date(2026, month, 14)
            done.span = Span(day, day)
            for hour in range(9, 9 + strength):
                self.hours[day.isoformat(), hour] = 0
        elif what == "digits":
            done.span = Span(FIRST, FIRST + timedelta(days=364))
            for day in list(self.takings)[: 30 * strength]:
                made_up = self.random.choices(range(10), (2, 8, 9, 14, 8, 6, 12, 16, 13, 12))[0]
                self.takings[day] = self.takings[day] // 1000 * 1000 + made_up * 100 + self.takings[day] % 100
        elif what == "burst":
            day = self.days_of(person, month)[5]
            done.span = Span(day, day)
            done.ids = {self.add("refund", day, 14, person) for _one in range(strength)}
        elif what == "missing_cash":
            done.span = Span(FIRST, FIRST + timedelta(days=364))
            days = self.random.sample([day for one in range(1, 13) for day in self.days_of(person, one)], strength)
            done.ids = {self.add("difference", day, 19, person, -1500) for day in days}
        else:
            days = self.days_of(person, month)
            for _one in range(strength):
                self._cheat(done, what, self.random.choice(days), person)

    def _cheat(self, done: Planted, what: str, day: date, person: str) -> None:
        hour, minute = self.random.choice((8, 12, 15)), self.random.randrange(50)
        if what == "drawer_after_void":
            done.ids.add(self.add("line_void", day, hour, person, minute=minute))
            done.ids.add(self.add("drawer", day, hour, person, minute=minute + self.random.randint(1, 3)))
        else:
            done.ids.add(self.add(what, day, hour, person))
