from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0026_facts_of_a_day"),
    ]

    operations = [
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
                    ("kind", "person_saved"),
                    ("kind", "procedure_changed"),
                    ("kind", "refund_begun"),
                    ("kind", "slip_printed"),
                    ("kind", "tse_adopted"),
                    ("kind", "tse_seen"),
                    _connector="OR",
                ),
                fields=["kind", "register_id", "seq"],
                name="journal_kind",
            ),
        ),
    ]
