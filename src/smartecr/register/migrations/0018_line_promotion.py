"""Discount lines say which promotion gave them; before, a name alone did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0017_invoices")]
    operations = [
        migrations.AddField(model_name="receiptline", name="promotion", field=models.TextField(blank=True, default="")),
    ]
