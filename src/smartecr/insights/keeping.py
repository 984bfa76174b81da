"""Keeping the rollups: with each closing, for closings that have none yet, and all of them anew."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from datetime import date, timedelta

from django.db import Error, transaction
from django.db.models import Model

from smartecr.insights import answers, models, reading
from smartecr.insights.reading import Bounds
from smartecr.insights.roll import Article, ArticleKey, Customer, Rolled, roll
from smartecr.sql import fetch, roomy, write, write_many

log = logging.getLogger(__name__)

TABLES = (
    models.Kept,
    models.HourSum,
    models.ArticleSum,
    models.MeansSum,
    models.VatTotal,
    models.CustomerSum,
    models.Together,
    models.Event,
)


_ARTICLE_SUMS = ("quantity", "amount_cents", "discount_cents", "cost_cents", "costed_cents")
_TOGETHER = 3
"""Periods caught up in one commit: the shop sells meanwhile and waits no longer than for that."""


def keep(closing_id: str) -> None:
    """Add a closed period to the rollups, within the transaction that closes it.

    Figures never keep a shop from closing: if they cannot be written, the closing stands, its period is read from the
    receipts like an open one, and `catch_up` adds it at the next start.
    """
    try:
        with transaction.atomic():
            spans = _Spans()
            _write(roll(reading.read(reading.bounds(closing_id), reading.costs_now())), spans)
            spans.write()
            answers.changed()
    except (Error, KeyError, ValueError):
        log.exception("closing %s is not in the rollups", closing_id)


def catch_up() -> int:
    """Add all closed periods that are missing; return how many there were.

    What articles cost is taken from the journal as it stood at each closing, so that late rollups are no other ones.
    """
    missing = reading.missing()
    for start in range(0, len(missing), _TOGETHER):
        with transaction.atomic():
            _write_all(missing[start : start + _TOGETHER], lambda _done: None)
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


class _Spans:
    """Sums of weeks, months and years on their way into their rows.

    They are added up here and written when another one begins, or another register: what is bought together are
    thousands of pairs a day, and most of them come again tomorrow.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def add(self, rolled: Rolled) -> None:
        """Take a period in."""
        day = date.fromisoformat(rolled.business_day)
        monday = (day - timedelta(days=day.weekday())).isoformat()
        for grain, span in (("w", monday), ("m", rolled.business_day[:7]), ("y", rolled.business_day[:4])):
            held = self._held.get(grain)
            if held is None or (held.register_id, held.span) != (rolled.register_id, span):
                if held is not None:
                    held.write()
                held = self._held[grain] = _Held(grain, rolled.register_id, span)
            held.add(rolled)

    def write(self) -> None:
        """Write what is held."""
        for held in self._held.values():
            held.write()


class _Held:
    """The sums of a week ("w"), month ("m") or year ("y"): pairs of months and years, all else of weeks and months."""

    def __init__(self, grain: str, register_id: str, span: str) -> None:
        self.grain, self.register_id, self.span = grain, register_id, span
        self._articles: dict[ArticleKey, Article] = {}
        self._customers: dict[str, tuple[Customer, str]] = {}
        self._pairs: Counter[tuple[str, str]] = Counter()

    def add(self, rolled: Rolled) -> None:
        """Add a period of this span."""
        if self.grain != "w":
            self._pairs.update(rolled.together)
        if self.grain == "y":
            return
        for key, row in rolled.articles.items():
            known = self._articles.get(key)
            if known is None:
                self._articles[key] = replace(row)
                continue
            for name in _ARTICLE_SUMS:
                setattr(known, name, getattr(known, name) + getattr(row, name))
        for customer_id, one in rolled.customers.items():
            sums, last = self._customers.get(customer_id, (Customer(), ""))
            whole = Customer(*(a + b for a, b in zip(astuple(sums), astuple(one), strict=True)))
            self._customers[customer_id] = (whole, max(last, rolled.business_day))

    def write(self) -> None:
        """Add the sums to their rows."""
        place = (self.grain, self.span, self.register_id)
        pairs = ((*place, *pair, count) for pair, count in self._pairs.items() if count)
        _add(models.Together, pairs, ("receipts",))
        _add(
            models.ArticleSum, ((*place, 0, *key, *astuple(row)) for key, row in self._articles.items()), _ARTICLE_SUMS
        )
        customers = ((*place, 0, key, *astuple(row), last) for key, (row, last) in self._customers.items())
        _add(models.CustomerSum, customers, ("receipts", "revenue_cents", "discount_cents"), newest="last_day")


def _write(rolled: Rolled, spans: _Spans) -> None:
    day, whose = rolled.business_day, (rolled.register_id, rolled.z_number)
    curve = " ".join(f"{minute}:{cents}" for minute, cents in rolled.curve)
    _insert(models.Kept, [(*whose, day, curve)])
    _insert(
        models.HourSum,
        (
            (day, *whose, hour, person, row.person_name, rolled.weekday, *astuple(row)[1:])
            for (hour, person), row in rolled.hours.items()
        ),
    )
    _insert(models.ArticleSum, (("d", day, *whose, *key, *astuple(row)) for key, row in rolled.articles.items()))
    _insert(models.CustomerSum, (("d", day, *whose, key, *astuple(row), day) for key, row in rolled.customers.items()))
    _insert(models.MeansSum, ((day, *whose, *key, *sums) for key, sums in rolled.means.items()))
    _insert(models.VatTotal, ((day, *whose, *row) for row in rolled.vat_rows()))
    spans.add(rolled)
    _insert(
        models.Event,
        (
            (day, *whose, one.kind, one.id, one.at, one.hour, one.person_id, one.person_name, one.cents,
             one.receipt_id, one.number, one.text[:255])
            for one in rolled.events
        ),
    )  # fmt: skip


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
