"""Discount lines say which promotion gave them; before, a name alone did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0020_line_voids")]
    operations = [
        migrations.AddField(model_name="receiptline", name="promotion", field=models.TextField(blank=True, default="")),
    ]
