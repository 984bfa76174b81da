"""Keeping the rollups: with each closing, for closings that have none yet, and all of them anew."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date, timedelta
from operator import add
from typing import TypeVar

from django.db import Error, transaction
from django.db.models import Model

from smartecr.insights import answers, models, numbering, pairing, reading
from smartecr.insights.flat import astuple
from smartecr.insights.numbering import Numbers
from smartecr.insights.reading import Bounds
from smartecr.insights.roll import Rolled, by_minute, roll
from smartecr.insights.tallies import NOTHING, Tally, by_kind, tallies
from smartecr.register.booked import Booked
from smartecr.sql import fetch, roomy, select, write, write_many

K = TypeVar("K")

log = logging.getLogger(__name__)

TABLES = (
    models.Kept,
    models.HourSum,
    models.WorkSum,
    models.Sold,
    models.ArticleSum,
    models.MeansSum,
    models.VatTotal,
    models.Card,
    models.CustomerSum,
    models.Together,
    models.Numbered,
    models.Event,
    models.Tally,
    models.DaySum,
    models.PersonSum,
    models.HabitSum,
)


_Figures = tuple[int, ...]

_THERE = "SELECT DISTINCT person_id FROM insights_work WHERE business_day = %s"

_TOGETHER = 3
"""Periods caught up in one commit: the shop sells meanwhile and waits no longer than for that."""

_LEFT = 0.15
"""Least seconds left to the shop after it: a writer that waits for SQLite looks every tenth of a second."""


def keep(closing_id: str, receipts: Sequence[Booked]) -> None:
    """Add a closed period to the rollups, within the transaction that closes it; `receipts` are those it closed.

    Figures never keep a shop from closing: if they cannot be written, the closing stands, its period is read from the
    receipts like an open one, and `catch_up` adds it at the next start.
    """
    try:
        with transaction.atomic():
            spans = _Spans()
            _write(roll(reading.closed(reading.bounds(closing_id), reading.costs_now(), receipts)), spans)
            spans.write()
            answers.changed()
    except (Error, KeyError, ValueError):
        log.exception("closing %s is not in the rollups", closing_id)


def catch_up(wait: Callable[[float], bool], now: Callable[[], float] = time.monotonic) -> int:
    """Add all closed periods that are missing; return how many were added.

    Between two commits it calls `wait` with the seconds the shop has to itself, and ends early when that returns True.
    What articles cost is taken from the journal as it stood at each closing, so that late rollups are no other ones.
    """
    missing = reading.missing()
    for start in range(0, len(missing), _TOGETHER):
        begin = now()
        with transaction.atomic():
            _write_all(missing[start : start + _TOGETHER], lambda _done: None)
        if wait(max(_LEFT, now() - begin)):
            return min(start + _TOGETHER, len(missing))
    return len(missing)


def rebuild(progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Throw all rollups away and add every closed period anew, in one transaction; return how many there are."""
    with roomy(), transaction.atomic():
        for model in TABLES:
            write(f"DELETE FROM {model._meta.db_table}", [])  # noqa: S608 our tables
        missing = reading.missing()
        _write_all(missing, lambda done: progress(done, len(missing)))
    return len(missing)


def _write_all(missing: Sequence[Bounds], progress: Callable[[int], None]) -> None:
    """Add closed periods, in order, within one transaction."""
    costs, spans = _Costs(), _Spans()
    for place, where in enumerate(missing):
        progress(place)
        _write(roll(reading.read(where, costs.at(where.closed_at))), spans)
    spans.write()
    answers.changed()


class _Costs:
    """What articles cost at a moment, replayed from the journal; moments must not go back within a register.

    Registers are caught up one after the other, so the replay starts anew when time goes back.
    """

    _ENTRIES = "SELECT at, body FROM register_journal WHERE kind = 'rows_saved' ORDER BY at, register_id, seq"

    def __init__(self) -> None:
        self._entries = [(row["at"], json.loads(row["body"])["rows"]) for row in fetch(self._ENTRIES)]
        self._begin()

    def _begin(self) -> None:
        self._place, self._at, self._known = 0, "", dict[str, int]()

    def at(self, moment: str) -> dict[str, int]:
        """Return net cents a unit by article id as of journal text `moment`."""
        if moment < self._at:
            self._begin()
        self._at = moment
        while self._place < len(self._entries) and self._entries[self._place][0] <= moment:
            for row in self._entries[self._place][1]:
                if row["table"] == "catalog_article":
                    self._learn(row["key"], (row["columns"] or {}).get("cost_cents"))
            self._place += 1
        return self._known

    def _learn(self, article_id: str, cents: int | None) -> None:
        if cents is None:
            self._known.pop(article_id, None)
        else:
            self._known[article_id] = cents


_SOLD = ("gv_typ", "article_id", "group_id", "vat_key", "in_house", "rate_bp", "name", "article_number", "group_name")


class _Spans:
    """Sums of days, weeks, months and years on their way into their rows.

    They are added up here and written when another one begins: most of them come again tomorrow.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._sold, self._cards = Numbers("insights_sold", _SOLD), Numbers("insights_card", ("customer_id",))

    def add(self, rolled: Rolled, counted: Mapping[tuple[str, str], Tally]) -> None:
        """Take a period in, with its tallies, before its rows are written."""
        day = date.fromisoformat(rolled.business_day)
        monday = (day - timedelta(days=day.weekday())).isoformat()
        articles, customers = self._articles(rolled), self._customers(rolled)
        there = {person for (person,) in select(_THERE, [rolled.business_day])}
        for grain, span in (
            ("d", rolled.business_day), ("w", monday), ("m", rolled.business_day[:7]), ("y", rolled.business_day[:4])
        ):  # fmt: skip
            held = self._held.get(grain)
            if held is None or held.span != span:
                if held is not None:
                    held.write()
                held = self._held[grain] = _Held(grain, span)
            held.add(articles, customers, rolled)
            if grain == "m":
                held.add_people(rolled, there, counted)

    def _articles(self, rolled: Rolled) -> list[tuple[int, _Figures]]:
        things = [(*key, row.rate_bp, row.name, row.number, row.group_name) for key, row in rolled.articles.items()]
        numbers = self._sold.of(things)
        return [
            (numbers[thing], (row.quantity, row.amount_cents, row.discount_cents, row.cost_cents, row.costed_cents))
            for thing, row in zip(things, rolled.articles.values(), strict=True)
        ]

    def _customers(self, rolled: Rolled) -> list[tuple[int, _Figures]]:
        numbers = self._cards.of((customer,) for customer in rolled.customers)
        return [(numbers[customer,], astuple(row)) for customer, row in rolled.customers.items()]

    def write(self) -> None:
        """Write what is held."""
        for held in self._held.values():
            held.write()


class _Held:
    """The sums of a day, week ("w"), month ("m") or year ("y").

    Pairs of articles are kept by month and year alone, what people do by month.
    """

    def __init__(self, grain: str, span: str) -> None:
        self.grain, self.span = grain, span
        self._articles: dict[int, _Figures] = {}
        self._customers: dict[int, _Figures] = {}
        self._last: dict[int, str] = {}
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._names: dict[str, str] = {}
        self._people: dict[str, _Figures] = {}
        self._habits: dict[tuple[str, str], Tally] = {}

    def add(
        self, articles: Sequence[tuple[int, _Figures]], customers: Sequence[tuple[int, _Figures]], rolled: Rolled
    ) -> None:
        """Add a period of this span: its articles and customers by their numbers, its pairs."""
        _add_up(self._articles, articles)
        _add_up(self._customers, customers)
        for number, _figures in customers:
            self._last[number] = max(self._last.get(number, ""), rolled.business_day)
        if self.grain in "my":
            self._pairs.update(rolled.together)

    def add_people(self, rolled: Rolled, there: Set[str], counted: Mapping[tuple[str, str], Tally]) -> None:
        """Add what people did in a period; those `there` have been counted on its day before."""
        for person, row in rolled.by_person().items():
            self._names[person] = max(self._names.get(person, ""), row.person_name)
            _add_up(self._people, [(person, (row.receipts, int(person not in there)))])
        for key, tally in counted.items():
            self._habits[key] = self._habits.get(key, NOTHING) + tally

    def write(self) -> None:
        """Add the sums to their rows."""
        if self._pairs:
            pairing.add(self.span, self._pairs)
        begin = numbering.key(self.grain, self.span)
        _add(
            models.ArticleSum,
            ((begin | number, *figures) for number, figures in sorted(self._articles.items())),
            ("quantity", "amount_cents", "discount_cents", "cost_cents", "costed_cents"),
        )
        _add(
            models.CustomerSum,
            ((begin | number, *sums, self._last[number]) for number, sums in sorted(self._customers.items())),
            ("receipts", "revenue_cents", "discount_cents"),
            newest="last_day",
        )
        _add(
            models.PersonSum,
            ((self.span, person, self._names[person], *sums) for person, sums in sorted(self._people.items())),
            ("receipts", "days"),
            newest="person_name",
        )
        _add(
            models.HabitSum,
            ((self.span, *key, tally.count, tally.cents) for key, tally in sorted(self._habits.items())),
            ("count", "cents"),
        )


def _add_up(known: dict[K, _Figures], found: Iterable[tuple[K, _Figures]]) -> None:
    for number, figures in found:
        before = known.get(number)
        known[number] = tuple(map(add, before, figures)) if before else figures


def _write(rolled: Rolled, spans: _Spans) -> None:
    day, whose = rolled.business_day, (rolled.register_id, rolled.z_number)
    counted = tallies(rolled.events)
    spans.add(rolled, counted)
    _insert(models.Kept, [(*whose, day, _json(by_minute(rolled.curve)))])
    by_hour = rolled.by_hour()
    _insert(models.HourSum, ((day, *whose, *astuple(row)[1:], hour, rolled.weekday) for hour, row in by_hour.items()))
    revenue = sum(row.revenue_cents for row in by_hour.values())
    hours = sorted((hour, row.receipts) for hour, row in by_hour.items())
    _insert(models.DaySum, [(day, *whose, revenue, _json(hours), _json(by_kind(counted)))])
    _insert(
        models.WorkSum,
        ((day, *whose, *astuple(row)[1:], person, row.person_name) for person, row in rolled.by_person().items()),
    )
    _insert(models.MeansSum, ((day, *whose, *key, *sums) for key, sums in rolled.means.items()))
    _insert(models.VatTotal, ((day, *whose, *row) for row in rolled.vat_rows()))
    _insert(
        models.Event,
        (
            (day, *whose, one.kind, one.id, one.at, one.hour, one.person_id, one.person_name, one.cents,
             one.receipt_id, one.number, one.text[:255])
            for one in rolled.events
        ),
    )  # fmt: skip
    _insert(models.Tally, ((day, *whose, *key, tally.count, tally.cents) for key, tally in counted.items()))


def _json(rows: Sequence[tuple[object, ...]]) -> str:
    return json.dumps(rows, separators=(",", ":"))


def _insert(model: type[Model], rows: Iterable[tuple[object, ...]]) -> None:
    write_many(_statement(model), list(rows))


def _add(model: type[Model], rows: Iterable[tuple[object, ...]], sums: tuple[str, ...], newest: str = "") -> None:
    """Insert rows, or add their sums to the row that is there, whose column `newest` keeps the greater value."""
    table, key = model._meta.db_table, ", ".join(str(field.column) for field in model._meta.pk_fields)
    changes = [f"{name} = {table}.{name} + excluded.{name}" for name in sums]
    if newest:
        changes.append(f"{newest} = CASE WHEN excluded.{newest} > {table}.{newest} THEN excluded.{newest} "
                       f"ELSE {table}.{newest} END")  # fmt: skip
    added = ", ".join(changes)
    write_many(f"{_statement(model)} ON CONFLICT ({key}) DO UPDATE SET {added}", list(rows))


def _statement(model: type[Model]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column]
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 our tables
