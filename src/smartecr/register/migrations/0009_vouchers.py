"""Vouchers are found on receipt lines by their number."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("register", "0008_station_lines")]
    operations = [
        migrations.AddIndex(
            model_name="receiptline",
            index=models.Index(condition=~Q(voucher=""), fields=["voucher"], name="receipt_line_voucher"),
        ),
    ]
