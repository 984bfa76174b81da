"""The newest events are found without a walk through those of all years."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from smartecr.insights import answers, asking, asking_events
from smartecr.insights.roll import EVENTS
from smartecr.insights.spans import Span

TELLS = "business_day>? AND business_day<?"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "index"),
    [("", "sqlite_autoindex_insights_event_1"), ("f" * 32, "insights_event_person")],
    ids=["anybody's", "a person's"],
)
def test_the_newest_events_are_found_by_an_index(person: str, index: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite; PostgreSQL scans small tables on purpose")
    answers.changed()
    plans: dict[str, list[str]] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        for table in ("insights_event", "insights_tally"):
            if table in sql and sql.startswith("SELECT"):
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                    plans[table] = [row[3] for row in cursor.fetchall()]
        return execute(sql, params, many, context)

    span = Span(date(2023, 1, 1), date(2026, 12, 31))
    with connection.execute_wrapper(note):
        asking_events.events(asking.Live(), span, EVENTS, person, newest=200)
    assert set(plans) == {"insights_event", "insights_tally"}
    (event,) = plans["insights_event"]
    assert index in event
    assert TELLS in event
    assert [step for step in plans["insights_tally"] if TELLS in step]
    assert not [step for steps in plans.values() for step in steps if step.startswith("SCAN")]
