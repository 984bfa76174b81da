"""Discounts of promotions beside those given by hand; sums of weeks; the state of the rollups.

Periods kept before are added up anew at the next start, for they lack the sums of their weeks.
"""

from typing import Any

from django.db import migrations, models

KEPT = ("Kept", "HourSum", "ArticleSum", "MeansSum", "VatTotal", "CustomerSum", "Together", "Event")


def begin_anew(apps: Any, _schema_editor: object) -> None:
    """Throw the rollups away; `keeping.catch_up` makes them again."""
    for name in KEPT:
        apps.get_model("insights", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("insights", "0002_customers_and_letters")]
    operations = [
        migrations.AddField(model_name="hoursum", name="promotion_cents", field=models.BigIntegerField(default=0)),
        migrations.CreateModel(
            name="State",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=32)),
            ],
            options={"db_table": "insights_state"},
        ),
        migrations.AddIndex(
            model_name="articlesum",
            index=models.Index(fields=["article_id", "grain", "span"], name="insights_article_days"),
        ),
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
    ]
