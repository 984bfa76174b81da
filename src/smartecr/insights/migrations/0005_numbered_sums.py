"""Sums of articles and customers under one integer, by day instead of by period; curves by minute.

Periods kept before are added up anew at the next start.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

KEPT = ("Kept", "HourSum", "WorkSum", "MeansSum", "VatTotal", "Together", "Numbered", "Event", "Tally")


def begin_anew(apps: Any, _schema_editor: object) -> None:
    """Throw the rollups away; `keeping.catch_up` makes them again."""
    for name in KEPT:
        apps.get_model("insights", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("insights", "0004_tallies_and_pairs")]
    operations = [
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
        migrations.DeleteModel("ArticleSum"),
        migrations.DeleteModel("CustomerSum"),
        migrations.CreateModel(
            name="Sold",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False)),
                ("gv_typ", models.CharField(max_length=30)),
                ("article_id", models.CharField(max_length=32)),
                ("group_id", models.CharField(max_length=32)),
                ("vat_key", models.IntegerField()),
                ("in_house", models.CharField(max_length=1)),
                ("rate_bp", models.IntegerField()),
                ("name", models.CharField(max_length=255)),
                ("article_number", models.CharField(max_length=50)),
                ("group_name", models.CharField(max_length=50)),
            ],
            options={"db_table": "insights_sold"},
        ),
        migrations.CreateModel(
            name="ArticleSum",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("quantity", models.BigIntegerField()),
                ("amount_cents", models.BigIntegerField()),
                ("discount_cents", models.BigIntegerField()),
                ("cost_cents", models.BigIntegerField()),
                ("costed_cents", models.BigIntegerField()),
            ],
            options={"db_table": "insights_article"},
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False)),
                ("customer_id", models.CharField(max_length=32)),
            ],
            options={"db_table": "insights_card"},
        ),
        migrations.CreateModel(
            name="CustomerSum",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("receipts", models.IntegerField()),
                ("revenue_cents", models.BigIntegerField()),
                ("discount_cents", models.BigIntegerField()),
                ("last_day", models.CharField(max_length=10)),
            ],
            options={"db_table": "insights_customer"},
        ),
    ]
