"""Days as one row each, and what people do by month: filled from the sums that are there."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from django.db import migrations, models

PERSONS = (
    "INSERT INTO insights_person (month, person_id, person_name, receipts, days) "
    "SELECT substr(business_day, 1, 7), person_id, max(person_name), sum(receipts), count(DISTINCT business_day) "
    "FROM insights_work GROUP BY 1, 2"
)
HABITS = (
    "INSERT INTO insights_habit (month, person_id, kind, count, cents) "
    "SELECT substr(business_day, 1, 7), person_id, kind, sum(count), sum(cents) FROM insights_tally GROUP BY 1, 2, 3"
)
KEPT = "SELECT business_day, register_id, z_number FROM insights_kept"
HOURS = "SELECT business_day, register_id, z_number, hour, receipts, revenue_cents FROM insights_hour ORDER BY hour"
KINDS = (
    "SELECT business_day, register_id, z_number, kind, sum(count), sum(cents) FROM insights_tally "
    "GROUP BY business_day, register_id, z_number, kind ORDER BY kind"
)
DAY = (
    "INSERT INTO insights_day (business_day, register_id, z_number, revenue_cents, hours, tallies) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)


def fill(_apps: Any, schema_editor: Any) -> None:
    """Add up what was kept of each period, and of each month."""
    revenue: Counter[tuple[Any, ...]] = Counter()
    hours: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    kinds: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(HOURS)
        for *period, hour, receipts, cents in cursor.fetchall():
            hours[*period].append((hour, receipts))
            revenue[*period] += cents
        cursor.execute(KINDS)
        for *period, kind, count, cents in cursor.fetchall():
            kinds[*period].append((kind, int(count), int(cents)))
        cursor.execute(KEPT)
        rows = [(*period, revenue[period], _json(hours[period]), _json(kinds[period])) for period in cursor.fetchall()]
        cursor.executemany(DAY, rows)
        cursor.execute(PERSONS)
        cursor.execute(HABITS)


def _json(rows: list[Any]) -> str:
    return json.dumps(rows, separators=(",", ":"))


class Migration(migrations.Migration):
    dependencies = [("insights", "0005_numbered_sums")]
    operations = [
        migrations.CreateModel(
            name="DaySum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "business_day", "register_id", "z_number",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("business_day", models.CharField(max_length=10)),
                ("register_id", models.CharField(max_length=32)),
                ("z_number", models.IntegerField()),
                ("revenue_cents", models.BigIntegerField()),
                ("hours", models.TextField()),
                ("tallies", models.TextField()),
            ],
            options={"db_table": "insights_day"},
        ),
        migrations.CreateModel(
            name="PersonSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "person_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.CharField(max_length=7)),
                ("person_id", models.CharField(max_length=32)),
                ("person_name", models.CharField(max_length=80)),
                ("receipts", models.IntegerField()),
                ("days", models.IntegerField()),
            ],
            options={"db_table": "insights_person"},
        ),
        migrations.CreateModel(
            name="HabitSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "person_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.CharField(max_length=7)),
                ("person_id", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=12)),
                ("count", models.IntegerField()),
                ("cents", models.BigIntegerField()),
            ],
            options={"db_table": "insights_habit"},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]  # fmt: skip
