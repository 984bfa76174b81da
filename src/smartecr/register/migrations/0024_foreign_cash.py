"""What was handed over in another currency; and the guards of lines, which a column before had cost."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _guard(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite made the table of lines anew for `promotion` and forgot its triggers: set those of 0002 again."""
    if schema_editor.connection.vendor == "sqlite":
        for event in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS register_receipt_line_no_{event.lower()} BEFORE {event} "
                "ON register_receipt_line BEGIN SELECT RAISE(ABORT, 'register_receipt_line is append-only'); END",
                None,
            )


class Migration(migrations.Migration):
    dependencies = [("register", "0023_indexed_facts")]
    operations = [
        migrations.AddField(model_name="receiptpayment", name="foreign_cents", field=models.BigIntegerField(null=True)),
        migrations.RunPython(_guard, migrations.RunPython.noop),
    ]
