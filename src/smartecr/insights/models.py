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
    """A closed period in the rollups. `curve` is what it sold by minute of the day, JSON: [[minute, cents], …]."""

    pk = models.CompositePrimaryKey("register_id", "z_number")
    register_id = _id()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    curve = models.TextField()

    class Meta:
        db_table = "insights_kept"
        indexes: ClassVar = [models.Index(fields=["business_day"], name="insights_kept_day")]


class Selling(models.Model):
    """What was sold in a part of a period.

    `discounts` are receipts with a discount by hand; `discount_cents` are all, `promotion_cents` those of promotions.
    `receipts` are sales less cancellations, `refunds` and `refund_cents` (negative) the cancellations alone.
    """

    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    receipts = models.IntegerField()
    revenue_cents = _cents()
    lines = models.IntegerField()
    refunds = models.IntegerField()
    refund_cents = _cents()
    discounts = models.IntegerField()
    discount_cents = _cents()
    promotion_cents = _cents()

    class Meta:
        abstract = True


class HourSum(Selling):
    """What was sold in one hour of a period; `weekday` counts from Monday, 0."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "hour")
    hour = models.SmallIntegerField()
    weekday = models.SmallIntegerField()

    class Meta:
        db_table = "insights_hour"


class WorkSum(Selling):
    """What one person sold in a period."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "person_id")
    person_id = _id()
    person_name = models.CharField(max_length=80)

    class Meta:
        db_table = "insights_work"


class Sold(models.Model):
    """What an `ArticleSum` tells of, each once: an article (or group) as it was booked. Rows are added, never changed.

    A discount on a whole basket stands under the empty article with the GV_TYP Rabatt. `in_house`: "y", "n", "" where
    nobody asks. A new name, group or rate is another row.
    """

    number = models.IntegerField(primary_key=True)
    gv_typ = models.CharField(max_length=30)
    article_id = _id()
    group_id = _id()
    vat_key = models.IntegerField()
    in_house = models.CharField(max_length=1)
    rate_bp = models.IntegerField()
    name = models.CharField(max_length=255)
    article_number = models.CharField(max_length=50)
    group_name = models.CharField(max_length=50)

    class Meta:
        db_table = "insights_sold"


class ArticleSum(models.Model):
    """What one `Sold` brought on a day, in a week, month or year; `key` is made by `numbering`.

    `amount_cents` are its lines, `discount_cents` their own discounts. `cost_cents` is what was paid for it, as far as
    that was known at the closing: `costed_cents` is the part of amount and discount it is known for.
    """

    key = models.BigIntegerField(primary_key=True)
    quantity = models.BigIntegerField()
    amount_cents = _cents()
    discount_cents = _cents()
    cost_cents = _cents()
    costed_cents = _cents()

    class Meta:
        db_table = "insights_article"


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
    """In how many receipts of a month or year two articles stood together; `key` is made by `pairing`.

    An article alone, and all receipts, are counted too. Receipts are sales less cancellations.
    """

    key = models.BigIntegerField(primary_key=True)
    receipts = models.IntegerField()

    class Meta:
        db_table = "insights_together"


class Numbered(models.Model):
    """The number an article has in the keys of `Together`."""

    article_id = models.CharField(max_length=32, primary_key=True)
    number = models.IntegerField()

    class Meta:
        db_table = "insights_number"


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
        indexes: ClassVar = [models.Index(fields=["kind", "person_id", "business_day"], name="insights_event_person")]


class Tally(models.Model):
    """How many events of a kind one person caused in a period (see `tallies` for the kinds), and their cents."""

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number", "person_id", "kind")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    person_id = _id()
    kind = models.CharField(max_length=12)
    count = models.IntegerField()
    cents = _cents()

    class Meta:
        db_table = "insights_tally"


class DaySum(models.Model):
    """A closed period as days are looked at one by one: what it brought, when it was busy, how often what happened.

    JSON: `hours` are receipts by hour, [[hour, receipts], …], `tallies` those of all people, [[kind, count, cents], …].
    """

    pk = models.CompositePrimaryKey("business_day", "register_id", "z_number")
    business_day = models.CharField(max_length=10)
    register_id = _id()
    z_number = models.IntegerField()
    revenue_cents = _cents()
    hours = models.TextField()
    tallies = models.TextField()

    class Meta:
        db_table = "insights_day"


class PersonSum(models.Model):
    """What one person did in a month ("2026-11"): receipts less cancellations, and on how many days there was any."""

    pk = models.CompositePrimaryKey("month", "person_id")
    month = models.CharField(max_length=7)
    person_id = _id()
    person_name = models.CharField(max_length=80)
    receipts = models.IntegerField()
    days = models.IntegerField()

    class Meta:
        db_table = "insights_person"


class HabitSum(models.Model):
    """The tallies of one person in a month."""

    pk = models.CompositePrimaryKey("month", "person_id", "kind")
    month = models.CharField(max_length=7)
    person_id = _id()
    kind = models.CharField(max_length=12)
    count = models.IntegerField()
    cents = _cents()

    class Meta:
        db_table = "insights_habit"


class Card(models.Model):
    """The number a customer has in the keys of `CustomerSum`.

    Nothing personal is here: whose card it was stands in the one row that can be erased (ADR 0007).
    """

    number = models.IntegerField(primary_key=True)
    customer_id = _id()

    class Meta:
        db_table = "insights_card"


class CustomerSum(models.Model):
    """What one customer's card bought on a day, in a week, month or year; `key` is made by `numbering`.

    `receipts` are sales less cancellations, `last_day` is the newest business day with any.
    """

    key = models.BigIntegerField(primary_key=True)
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
