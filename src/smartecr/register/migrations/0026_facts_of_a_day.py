from django.db import migrations, models
from django.db.models.functions import Replace


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0025_time_stamps"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="journal",
            name="journal_line_voided",
        ),
        migrations.RemoveIndex(
            model_name="journal",
            name="journal_kind",
        ),
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(
                    ("kind", "shop_saved"),
                    ("kind", "register_saved"),
                    ("kind", "training_changed"),
                    ("kind", "rows_saved"),
                    ("kind", "prices_turned"),
                    ("kind", "period_opened"),
                    ("kind", "day_closed"),
                    ("kind", "outage_began"),
                    ("kind", "outage_ended"),
                    ("kind", "logged_in"),
                    ("kind", "logged_out"),
                    ("kind", "audit_refused"),
                    ("kind", "basket_changed"),
                    ("kind", "books_verified"),
                    ("kind", "data_handed_over"),
                    ("kind", "drawer_opened"),
                    ("kind", "line_voided"),
                    ("kind", "procedure_changed"),
                    ("kind", "refund_begun"),
                    ("kind", "slip_printed"),
                    ("kind", "tse_seen"),
                    _connector="OR",
                ),
                fields=["kind", "register_id", "seq"],
                name="journal_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(
                    ("kind", "receipt_recorded"),
                    models.Q(("body", Replace("body", models.Value('"voided":'), models.Value(""))), _negated=True),
                ),
                fields=["register_id", "seq"],
                name="journal_struck",
            ),
        ),
    ]
