"""Rollups: sums of closed periods. `keeping` writes them in the closing's transaction, questions read them.

Amounts are gross cents, quantities thousandths. Days are business days ("2026-11-23"), hours those on the shop's clock.
None of it is a record: all rows can be rebuilt from the books.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


def _id() -> models.CharField[str, str]:
    return models.CharField(max_length=32)


def _cents() -> models.BigIntegerField[int, int]:
    return models.BigIntegerField()


class Kept(models.Model):
    """A closed period that is in the rollups. `curve` are its sales, "minute:cents" since the day's midnight."""

    pk = models.CompositePrimaryKey("register_id", "z_number")
    register_id = _id()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    curve = models.TextField()

    class Meta:
        db_table = "insights_kept"
        indexes: ClassVar = [models.Index(fields=["business_day"], name="insights_kept_day")]


class HourSum(models.Model):
    """What one person sold in one hour of a period; `weekday` counts from Monday, 0.

    `discounts` are receipts with a discount by hand; `discount_cents` are all, `promotion_cents` those of promotions.
    `receipts` are sales less cancellations, `refunds` and `refund_cents` (negative) the cancellations alone.
    """

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "hour", "person_id")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    hour = models.SmallIntegerField()
    person_id = _id()
    person_name = models.CharField(max_length=80)
    weekday = models.SmallIntegerField()
    receipts = models.IntegerField()
    revenue_cents = _cents()
    lines = models.IntegerField()
    refunds = models.IntegerField()
    refund_cents = _cents()
    discounts = models.IntegerField()
    discount_cents = _cents()
    promotion_cents = models.BigIntegerField(default=0)

    class Meta:
        db_table = "insights_hour"


class ArticleSum(models.Model):
    """What one article brought in a period (`grain` "d", `span` a day), a week ("w", its Monday) or a month ("m",
    "2026-11"); `z_number` is 0 for weeks and months.

    `amount_cents` are its lines, `discount_cents` their own discounts. A discount on a whole basket stands under the
    empty article with the GV_TYP Rabatt. `cost_cents` is what was paid for it, as far as that was known at the closing:
    `costed_cents` is the part of amount and discount it is known for. `in_house`: "y", "n", "" where nobody asks.
    """

    pk = models.CompositePrimaryKey(
        "grain", "span", "register_id", "z_number", "gv_typ", "article_id", "group_id", "vat_key", "in_house"
    )
    grain = models.CharField(max_length=1)
    span = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    gv_typ = models.CharField(max_length=30)
    article_id = _id()
    group_id = _id()
    vat_key = models.IntegerField()
    in_house = models.CharField(max_length=1)
    rate_bp = models.IntegerField()
    name = models.CharField(max_length=255)
    number = models.CharField(max_length=50)
    group_name = models.CharField(max_length=50)
    quantity = models.BigIntegerField()
    amount_cents = _cents()
    discount_cents = _cents()
    cost_cents = _cents()
    costed_cents = _cents()

    class Meta:
        db_table = "insights_article"
        indexes: ClassVar = [models.Index(fields=["article_id", "grain", "span"], name="insights_article_days")]


class MeansSum(models.Model):
    """Payments of a period by ZAHLART_TYP and name; `sale` is false for cash that only moves."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "kind", "name", "sale")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    kind = models.CharField(max_length=25)
    name = models.CharField(max_length=60)
    sale = models.BooleanField()
    count = models.IntegerField()
    cents = _cents()

    class Meta:
        db_table = "insights_means"


class VatTotal(models.Model):
    """Gross, net and tax of a period by VAT key and rate, as its closing froze them."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "vat_key", "rate_bp")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    vat_key = models.IntegerField()
    rate_bp = models.IntegerField()
    gross_cents = _cents()
    net_cents = _cents()
    tax_cents = _cents()

    class Meta:
        db_table = "insights_vat"


class Together(models.Model):
    """In how many receipts of a month ("m") or year ("y") article `one` and article `two` stood together.

    `two` is empty for an article alone, both are empty for all receipts. Receipts are sales less cancellations.
    """

    pk = models.CompositePrimaryKey("grain", "span", "register_id", "one", "two")
    grain = models.CharField(max_length=1)
    span = models.CharField(max_length=7)
    register_id = _id()
    one = _id()
    two = _id()
    receipts = models.IntegerField()

    class Meta:
        db_table = "insights_together"


class Event(models.Model):
    """Something out of the ordinary run of sales: see `roll.EVENTS` for the kinds. `cents` is what it took away."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "kind", "id")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    kind = models.CharField(max_length=12)
    id = _id()
    at = models.CharField(max_length=24)
    hour = models.SmallIntegerField()
    person_id = _id()
    person_name = models.CharField(max_length=80)
    cents = _cents()
    receipt_id = models.CharField(max_length=32)
    number = models.BigIntegerField()
    text = models.CharField(max_length=255)

    class Meta:
        db_table = "insights_event"


class CustomerSum(models.Model):
    """What one customer's card bought in a period (`grain` "d", `span` a day), a week or a month as in `ArticleSum`.

    `receipts` are sales less cancellations, `last_day` is the newest business day with any. Nothing personal is here:
    whose card it was stands in the one row that can be erased (ADR 0007).
    """

    pk = models.CompositePrimaryKey("grain", "span", "register_id", "z_number", "customer_id")
    grain = models.CharField(max_length=1)
    span = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    customer_id = _id()
    receipts = models.IntegerField()
    revenue_cents = _cents()
    discount_cents = _cents()
    last_day = models.CharField(max_length=10)

    class Meta:
        db_table = "insights_customer"


class State(models.Model):
    """Which rollups these are: another `token` with every change (see `answers`)."""

    id = models.SmallIntegerField(primary_key=True)
    token = models.CharField(max_length=32)

    class Meta:
        db_table = "insights_state"


class Letter(models.Model):
    """The weekly letter as it was made: `monday` begins its week, `pdf` is the file."""

    monday = models.CharField(max_length=10, primary_key=True)
    made_at = models.CharField(max_length=24)
    pdf = models.BinaryField()

    class Meta:
        db_table = "insights_letter"


class SavedView(models.Model):
    """A page with its choices, kept under a name by a person."""

    id = models.BigAutoField(primary_key=True)
    person_id = _id()
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=20)
    query = models.CharField(max_length=200)

    class Meta:
        db_table = "insights_view"
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "name"], name="insights_view_name")]
