"""Sums by person apart from those by hour, tallies of events, sums of years, pairs of articles as one integer.

Periods kept before are added up anew at the next start, for they lack all of these.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

KEPT = ("Kept", "ArticleSum", "MeansSum", "VatTotal", "CustomerSum", "Event")


def begin_anew(apps: Any, _schema_editor: object) -> None:
    """Throw the rollups away; `keeping.catch_up` makes them again."""
    for name in KEPT:
        apps.get_model("insights", name).objects.all().delete()


def _selling(pk: str, *own: tuple[str, models.Field[Any, Any]]) -> list[tuple[str, models.Field[Any, Any]]]:
    """Return the fields of `models.Selling` with those of one table, whose key ends with `pk`."""
    return [
        (
            "pk",
            models.CompositePrimaryKey(
                "business_day", "register_id", "z_number", pk,
                blank=True, editable=False, primary_key=True, serialize=False,
            ),
        ),
        ("business_day", models.CharField(max_length=10)),
        ("register_id", models.CharField(max_length=32)),
        ("z_number", models.IntegerField()),
        ("receipts", models.IntegerField()),
        ("revenue_cents", models.BigIntegerField()),
        ("lines", models.IntegerField()),
        ("refunds", models.IntegerField()),
        ("refund_cents", models.BigIntegerField()),
        ("discounts", models.IntegerField()),
        ("discount_cents", models.BigIntegerField()),
        ("promotion_cents", models.BigIntegerField()),
        *own,
    ]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_promotions_and_weeks")]
    operations = [
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
        migrations.DeleteModel("HourSum"),
        migrations.DeleteModel("Together"),
        migrations.CreateModel(
            name="HourSum",
            fields=_selling("hour", ("hour", models.SmallIntegerField()), ("weekday", models.SmallIntegerField())),
            options={"db_table": "insights_hour"},
        ),
        migrations.CreateModel(
            name="WorkSum",
            fields=_selling(
                "person_id",
                ("person_id", models.CharField(max_length=32)),
                ("person_name", models.CharField(max_length=80)),
            ),
            options={"db_table": "insights_work"},
        ),
        migrations.CreateModel(
            name="Together",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("receipts", models.IntegerField()),
            ],
            options={"db_table": "insights_together"},
        ),
        migrations.CreateModel(
            name="Numbered",
            fields=[
                ("article_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
            ],
            options={"db_table": "insights_number"},
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "business_day", "register_id", "z_number", "person_id", "kind",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("business_day", models.CharField(max_length=10)),
                ("register_id", models.CharField(max_length=32)),
                ("z_number", models.IntegerField()),
                ("person_id", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=12)),
                ("count", models.IntegerField()),
                ("cents", models.BigIntegerField()),
            ],
            options={"db_table": "insights_tally"},
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["kind", "person_id", "business_day"], name="insights_event_person"),
        ),
    ]  # fmt: skip
