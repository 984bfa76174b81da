"""What was handed over in another currency."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0021_line_promotion")]
    operations = [
        migrations.AddField(model_name="receiptpayment", name="foreign_cents", field=models.BigIntegerField(null=True)),
    ]
