"""The end of each journal gets a sealed row; journals written before are sealed where they end now."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from smartecr.register import chainend


def _seal(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    if chainend.sealed_before(settings.DATA):
        return  # this table was taken away together with its record: whatever was cut off must not be sealed away
    journal, end = apps.get_model("register", "Journal"), apps.get_model("register", "ChainEnd")
    for register_id in journal.objects.values_list("register_id", flat=True).distinct().order_by("register_id"):
        newest = journal.objects.filter(register_id=register_id).order_by("-seq").values("seq", "hash")[0]
        names = ("register_id", "seq", "hash", "key", "seal")
        end.objects.create(**dict(zip(names, chainend.row(register_id, newest["seq"], newest["hash"]), strict=True)))


class Migration(migrations.Migration):
    dependencies = [("register", "0013_audit_access")]
    operations = [
        migrations.CreateModel(
            name="ChainEnd",
            fields=[
                ("register_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=16)),
                ("seal", models.CharField(max_length=64)),
            ],
            options={"db_table": "register_chain_end"},
        ),
        migrations.RunPython(_seal, migrations.RunPython.noop),
    ]
