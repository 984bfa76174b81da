"""Keeping the rollups: with each closing, for closings that have none yet, and all of them anew."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple

from django.db import Error, transaction
from django.db.models import Model

from smartecr.insights import models, reading
from smartecr.insights.roll import Rolled, roll
from smartecr.sql import fetch, write, write_many

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


def keep(closing_id: str) -> None:
    """Add a closed period to the rollups, within the transaction that closes it.

    Figures never keep a shop from closing: if they cannot be written, the closing stands, its period is read from the
    receipts like an open one, and `catch_up` adds it at the next start.
    """
    try:
        with transaction.atomic():
            _write(roll(reading.read(reading.bounds(closing_id), reading.costs_now())))
    except (Error, KeyError, ValueError):
        log.exception("closing %s is not in the rollups", closing_id)


def catch_up() -> int:
    """Add all closed periods that are missing; return how many there were.

    What articles cost is taken from the journal as it stood at each closing, so that late rollups are no other ones.
    """
    missing = reading.missing()
    costs = _Costs() if missing else None
    for where in missing:
        with transaction.atomic():
            _write(roll(reading.read(where, costs.at(where.closed_at) if costs else {})))
    return len(missing)


def rebuild(progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Throw all rollups away and add every closed period anew, in one transaction; return how many there are."""
    with transaction.atomic():
        for model in TABLES:
            write(f"DELETE FROM {model._meta.db_table}", [])  # noqa: S608 our tables
        missing = reading.missing()
        costs = _Costs()
        for place, where in enumerate(missing):
            progress(place, len(missing))
            _write(roll(reading.read(where, costs.at(where.closed_at))))
    return len(missing)


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


def _write(rolled: Rolled) -> None:
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
    _articles(rolled)
    _customers(rolled)
    _insert(models.MeansSum, ((day, *whose, *key, *sums) for key, sums in rolled.means.items()))
    _insert(models.VatTotal, ((day, *whose, *row) for row in rolled.vat_rows()))
    for grain, length in (("m", 7), ("y", 4)):
        _add(
            models.Together,
            ((grain, day[:length], whose[0], *pair, count) for pair, count in rolled.together.items() if count),
            ("receipts",),
        )
    _insert(
        models.Event,
        (
            (day, *whose, one.kind, one.id, one.at, one.hour, one.person_id, one.person_name, one.cents,
             one.receipt_id, one.number, one.text[:255])
            for one in rolled.events
        ),
    )  # fmt: skip


def _articles(rolled: Rolled) -> None:
    day, sums = rolled.business_day, ("quantity", "amount_cents", "discount_cents", "cost_cents", "costed_cents")

    def rows(grain: str, span: str, z_number: int) -> Iterator[tuple[object, ...]]:
        for key, row in rolled.articles.items():
            yield (grain, span, rolled.register_id, z_number, *key, *astuple(row))

    _insert(models.ArticleSum, rows("d", day, rolled.z_number))
    _add(models.ArticleSum, rows("m", day[:7], 0), sums)


def _customers(rolled: Rolled) -> None:
    day = rolled.business_day

    def rows(grain: str, span: str, z_number: int) -> Iterator[tuple[object, ...]]:
        for key, row in rolled.customers.items():
            yield (grain, span, rolled.register_id, z_number, key, *astuple(row), day)

    _insert(models.CustomerSum, rows("d", day, rolled.z_number))
    _add(models.CustomerSum, rows("m", day[:7], 0), ("receipts", "revenue_cents", "discount_cents"), newest="last_day")


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
