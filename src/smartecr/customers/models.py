"""Customers, what they collect, promotions, vouchers. Projections of the journal, like all rows of the books.

But for one: `Person` holds what is personal. It is not in the journal, so that it can be erased (ADR 0007).

What lies on a voucher is no column: it is the sum of the receipt lines that bear its number, sold and redeemed alike
(`register.vouchers`). So a balance cannot differ from the receipts, and a refund restores it by being a receipt.
"""

from __future__ import annotations

from django.db import models


class Voucher(models.Model):
    """A voucher as sold. `kind` is the GV_TYP of its sale; `vat_key` the goods' key of a single-purpose one, else 5.

    `secret` stands on the voucher alone (see `codes`). `expires_on` is the last day it may be redeemed ("2029-12-31").
    """

    number = models.CharField(primary_key=True, max_length=8)
    secret = models.CharField(max_length=12)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    vat_key = models.IntegerField()
    cents = models.BigIntegerField()
    receipt_id = models.CharField(max_length=32)
    sold_on = models.CharField(max_length=10)
    expires_on = models.CharField(max_length=10)

    class Meta:
        db_table = "customers_voucher"
        indexes = [
            models.Index(fields=["receipt_id"], name="voucher_receipt"),
            models.Index(fields=["sold_on"], name="voucher_sold"),
        ]

    def __str__(self) -> str:
        return self.number


class VoucherMark(models.Model):
    """A voucher was blocked (lost, stolen) or freed again; the newest one counts."""

    id = models.CharField(primary_key=True, max_length=32)
    number = models.CharField(max_length=8)
    at = models.CharField(max_length=24)
    blocked = models.BooleanField()
    reason = models.CharField(max_length=200)
    person_name = models.CharField(max_length=80)

    class Meta:
        db_table = "customers_voucher_mark"
        indexes = [models.Index(fields=["number", "at"], name="voucher_mark")]

    def __str__(self) -> str:
        return self.number


class Group(models.Model):
    """A group of customers; `price_level` is what its members pay, 1 the ordinary prices."""

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=50)
    price_level = models.SmallIntegerField(default=1)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "customers_group"

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A customer without anything personal. `digest` seals the personal row (see `people`); "" once it is erased.

    `number` and `secret` are those of the card in force; a card issued anew makes the one before worthless.
    """

    id = models.CharField(primary_key=True, max_length=32)
    number = models.CharField(max_length=8, unique=True)
    secret = models.CharField(max_length=12)
    group_id = models.CharField(max_length=32, default="", blank=True)
    since = models.CharField(max_length=10)
    digest = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        db_table = "customers_customer"

    def __str__(self) -> str:
        return self.number


class Person(models.Model):
    """What is personal of a customer. Erased as a whole, with the key under which the journal knows it.

    `folded` and `digits` serve the search (`people.folded`); `birthday` is "1990-05-17", "--05-17" without the year.
    """

    customer_id = models.CharField(primary_key=True, max_length=32)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=30, default="", blank=True)
    mail = models.CharField(max_length=120, default="", blank=True)
    birthday = models.CharField(max_length=10, default="", blank=True)
    note = models.TextField(default="", blank=True)
    folded = models.CharField(max_length=200)
    digits = models.CharField(max_length=30, default="", blank=True)

    class Meta:
        db_table = "customers_person"

    def __str__(self) -> str:
        return self.customer_id


class Consent(models.Model):
    """Somebody agreed to something, or took it back (`given`), to the text with this version (`consent.TEXTS`)."""

    id = models.CharField(primary_key=True, max_length=32)
    customer_id = models.CharField(max_length=32)
    version = models.CharField(max_length=20)
    given = models.BooleanField()
    at = models.CharField(max_length=24)
    person_name = models.CharField(max_length=80)

    class Meta:
        db_table = "customers_consent"
        indexes = [models.Index(fields=["customer_id", "at"], name="consent_of_customer")]

    def __str__(self) -> str:
        return self.id


class Visit(models.Model):
    """A receipt on which a customer's card lay."""

    receipt_id = models.CharField(primary_key=True, max_length=32)
    customer_id = models.CharField(max_length=32)

    class Meta:
        db_table = "customers_visit"
        indexes = [models.Index(fields=["customer_id"], name="visit_of_customer")]

    def __str__(self) -> str:
        return self.receipt_id


class Promotion(models.Model):
    """A rule of the shop: `data` is a `core.promotions.Promotion` as JSON, only what differs from its defaults."""

    id = models.CharField(primary_key=True, max_length=32)
    position = models.IntegerField()
    data = models.TextField()
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "customers_promotion"

    def __str__(self) -> str:
        return self.id


class Entry(models.Model):
    """What a receipt gave to a customer or took: `account` is "points" or the id of a stamp card's promotion."""

    pk = models.CompositePrimaryKey("receipt_id", "account")
    receipt_id = models.CharField(max_length=32)
    account = models.CharField(max_length=32)
    customer_id = models.CharField(max_length=32)
    amount = models.IntegerField()

    class Meta:
        db_table = "customers_entry"
        indexes = [models.Index(fields=["customer_id", "account"], name="entry_of_customer")]


class Token(models.Model):
    """An earlier receipt that was shown and has counted: on which receipt it did. One counts once."""

    receipt_id = models.CharField(primary_key=True, max_length=32)
    counted_on = models.CharField(max_length=32)

    class Meta:
        db_table = "customers_token"
        indexes = [models.Index(fields=["counted_on"], name="token_counted_on")]

    def __str__(self) -> str:
        return self.receipt_id
