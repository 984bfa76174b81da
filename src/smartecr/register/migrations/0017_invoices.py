"""Invoices, which nobody changes once issued, and receipts found by the one they take a part back of."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q


def _guard(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER register_invoice_no_{event.lower()} BEFORE {event} ON register_invoice "
                "BEGIN SELECT RAISE(ABORT, 'register_invoice is append-only'); END",
                None,
            )
    else:
        schema_editor.execute(
            "CREATE TRIGGER register_invoice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_invoice "
            "FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()",
            None,
        )


class Migration(migrations.Migration):
    dependencies = [("register", "0016_shown_codes")]
    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("shop_id", models.CharField(max_length=32)),
                ("register_id", models.CharField(max_length=32)),
                ("position", models.IntegerField()),
                ("number", models.CharField(max_length=30)),
                ("kind", models.CharField(max_length=3)),
                ("receipt_id", models.CharField(max_length=32)),
                ("refers_id", models.CharField(default="", max_length=32)),
                ("at", models.CharField(max_length=24)),
                ("person_name", models.CharField(blank=True, default="", max_length=80)),
                ("buyer", models.CharField(blank=True, default="", max_length=50)),
                ("gross_cents", models.BigIntegerField()),
                ("data", models.TextField()),
            ],
            options={"db_table": "register_invoice"},
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["receipt_id"], name="invoice_receipt"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("register_id", "position"), name="invoice_position"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("shop_id", "number"), name="invoice_number"),
        ),
        migrations.AddIndex(
            model_name="receiptline",
            index=models.Index(condition=~Q(reference_id=""), fields=["reference_id"], name="receipt_line_reference"),
        ),
        migrations.RunPython(_guard, migrations.RunPython.noop),
    ]
