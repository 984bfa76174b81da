from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0031_joined_baskets"),
    ]

    operations = [
        migrations.AddField(
            model_name="stationline",
            name="wish",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
    ]
