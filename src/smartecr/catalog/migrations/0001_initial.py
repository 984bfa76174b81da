import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="GridVersion",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("version", models.PositiveBigIntegerField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="gridversion_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
                ("icon", models.CharField(max_length=40)),
                ("hue", models.PositiveSmallIntegerField()),
                ("position", models.PositiveIntegerField()),
                ("vat_key_in", models.PositiveSmallIntegerField()),
                ("vat_key_out", models.PositiveSmallIntegerField()),
                ("active", models.BooleanField()),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            django.db.models.functions.text.Length(models.F("id")), models.Value(32)
                        ),
                        name="group_id_has_32_digits",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="group_has_name"),
                    models.CheckConstraint(condition=models.Q(("hue__lte", 359)), name="group_hue_is_degrees"),
                    models.CheckConstraint(
                        condition=models.Q(("vat_key_in__gte", 1), ("vat_key_out__gte", 1)), name="group_vat_keys"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=30, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("vat_key_in", models.PositiveSmallIntegerField()),
                ("vat_key_out", models.PositiveSmallIntegerField()),
                ("price_cents", models.IntegerField()),
                ("prices", models.TextField(default="{}")),
                ("open_price", models.BooleanField()),
                ("unit", models.CharField(blank=True, max_length=12)),
                ("favourite_position", models.PositiveIntegerField(null=True)),
                ("position", models.PositiveIntegerField()),
                ("sold_out", models.BooleanField()),
                ("age", models.PositiveSmallIntegerField()),
                ("gv_typ", models.CharField(max_length=30)),
                ("icon", models.CharField(blank=True, max_length=40)),
                ("picture", models.CharField(blank=True, max_length=200)),
                ("active", models.BooleanField()),
                (
                    "deposit_article",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.article"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="catalog.group",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Barcode",
            fields=[
                ("code", models.CharField(max_length=48, primary_key=True, serialize=False)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="barcodes", to="catalog.article"
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="barcode_has_code"),
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 1)), name="barcode_quantity_positive"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["group", "position", "id"], name="article_by_group"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("favourite_position__isnull", False)),
                fields=["favourite_position"],
                name="article_favourites",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.functions.text.Length(models.F("id")), models.Value(32)
                ),
                name="article_id_has_32_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", ""), _negated=True),
                    models.Q(("name", ""), _negated=True),
                    models.Q(("gv_typ", ""), _negated=True),
                ),
                name="article_has_texts",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_key_in__gte", 1), ("vat_key_out__gte", 1)), name="article_vat_keys"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_cents__gte", -99999999), ("price_cents__lte", 99999999)),
                name="article_price_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("prices__startswith", "{")), name="article_prices_is_object"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("age__in", (0, 16, 18))), name="article_age_is_legal"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("deposit_article", models.F("id")), _negated=True),
                name="article_no_deposit_on_itself",
            ),
        ),
    ]
