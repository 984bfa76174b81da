from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0021_line_promotion"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "shop_saved",
                            "register_saved",
                            "training_changed",
                            "rows_saved",
                            "prices_turned",
                            "period_opened",
                            "day_closed",
                            "outage_began",
                            "outage_ended",
                            "logged_in",
                            "logged_out",
                        ),
                    )
                ),
                fields=["register_id", "kind", "seq"],
                name="journal_lasting",
            ),
        ),
    ]
