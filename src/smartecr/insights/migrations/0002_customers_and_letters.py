"""Sums by customer, and weekly letters. Periods kept before are added up anew at the next start, with their customers."""

from typing import Any

from django.db import migrations, models

KEPT = ("Kept", "HourSum", "ArticleSum", "MeansSum", "VatTotal", "Together", "Event")


def begin_anew(apps: Any, _schema_editor: object) -> None:
    """Throw the rollups away where cards have been laid down; `keeping.catch_up` makes them again."""
    if apps.get_model("customers", "Visit").objects.exists():
        for name in KEPT:
            apps.get_model("insights", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial"), ("customers", "0002_guests")]

    operations = [
        migrations.CreateModel(
            name="CustomerSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "grain",
                        "span",
                        "register_id",
                        "z_number",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("grain", models.CharField(max_length=1)),
                ("span", models.CharField(max_length=10)),
                ("register_id", models.CharField(max_length=32)),
                ("z_number", models.IntegerField()),
                ("customer_id", models.CharField(max_length=32)),
                ("receipts", models.IntegerField()),
                ("revenue_cents", models.BigIntegerField()),
                ("discount_cents", models.BigIntegerField()),
                ("last_day", models.CharField(max_length=10)),
            ],
            options={"db_table": "insights_customer"},
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("monday", models.CharField(max_length=10, primary_key=True, serialize=False)),
                ("made_at", models.CharField(max_length=24)),
                ("pdf", models.BinaryField()),
            ],
            options={"db_table": "insights_letter"},
        ),
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
    ]
