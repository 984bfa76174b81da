"""What business cases need: orders, training, advance payments, accounts, vouchers."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_REMADE = ("register_receipt", "register_receipt_line")


def _guard(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite makes a table anew for a new column and forgets its triggers: set those of 0002 again."""
    if schema_editor.connection.vendor == "sqlite":
        for table in _REMADE:
            for event in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                    None,
                )


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0004_card_payments"),
    ]

    operations = [
        migrations.AddField(
            model_name="basket",
            name="customer",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="basket",
            name="ordered",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="basket",
            name="training",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="receipt",
            name="customer",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="receipt",
            name="label",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="reference_id",
            field=models.CharField(default="", max_length=32),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="voucher",
            field=models.CharField(blank=True, default="", max_length=50),
        ),
        migrations.AddField(
            model_name="register",
            name="training",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("type", "AVBestellung")), fields=["basket_id"], name="receipt_order"
            ),
        ),
        migrations.AddIndex(
            model_name="receiptline",
            index=models.Index(
                condition=models.Q(("gv_typ", "Umsatz"), _negated=True), fields=["gv_typ"], name="receipt_line_case"
            ),
        ),
        migrations.RunPython(_guard, migrations.RunPython.noop),
    ]
