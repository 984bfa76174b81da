from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0019_interface"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("kind", "line_voided")),
                fields=["register_id", "at"],
                name="journal_line_voided",
            ),
        ),
    ]
