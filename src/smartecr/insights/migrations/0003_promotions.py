"""Discounts of promotions beside those given by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0002_customers_and_letters")]
    operations = [
        migrations.AddField(model_name="hoursum", name="promotion_cents", field=models.BigIntegerField(default=0)),
    ]
