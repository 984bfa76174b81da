"""Tables of the catalogue. Only the journal projection writes them: the books can be rebuilt from the journal."""

from __future__ import annotations

import json
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from smartecr.core import pricing
from smartecr.core.content import format_content, told, told_loose

MAX_CENTS = 99_999_999
"""Largest amount of a price in cents, either sign."""


def _is_id(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Exact(Length(F("id")), Value(32)), name=f"{table}_id_has_32_digits")


class Group(models.Model):
    """A product group: one key of the group strip; its VAT keys serve new articles and open amounts.

    `station` is where its orders are printed ("Küche"), empty for nowhere.
    """

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=50)
    icon = models.CharField(max_length=40)
    hue = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    vat_key_in = models.PositiveSmallIntegerField()
    vat_key_out = models.PositiveSmallIntegerField()
    active = models.BooleanField()
    station = models.CharField(max_length=20, default="", blank=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            _is_id("group"),
            models.CheckConstraint(condition=~Q(name=""), name="group_has_name"),
            models.CheckConstraint(condition=Q(hue__lte=359), name="group_hue_is_degrees"),
            models.CheckConstraint(condition=Q(vat_key_in__gte=1, vat_key_out__gte=1), name="group_vat_keys"),
        ]

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    """One thing to sell. Prices are gross cents per unit; `age` in years; an empty `icon` means the group's.

    `cost_cents` is what the shop pays for a unit, without VAT; None where nobody knows. `offers` are the prices that
    hold for a time just now, by level (see `Price`), as JSON. With `stocked` its stock is kept: `stock_min` thousandths
    are the least that should lie there, `stock_full` what is ordered up to; None where nobody said. `content` is what a
    package holds, in thousandths of `content_unit`; None for what has no unit price (§ 4 PAngV).
    """

    id = models.CharField(primary_key=True, max_length=32)
    number = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="articles", db_index=False)
    vat_key_in = models.PositiveSmallIntegerField()
    vat_key_out = models.PositiveSmallIntegerField()
    price_cents = models.IntegerField()
    cost_cents = models.IntegerField(null=True)
    prices = models.TextField(default="{}")
    offers = models.TextField(default="{}")
    open_price = models.BooleanField()
    unit = models.CharField(max_length=12, blank=True)
    content = models.BigIntegerField(null=True)
    content_unit = models.CharField(max_length=3, default="", blank=True)
    favourite_position = models.PositiveIntegerField(null=True)
    position = models.PositiveIntegerField()
    sold_out = models.BooleanField()
    age = models.PositiveSmallIntegerField()
    deposit_article = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    gv_typ = models.CharField(max_length=30)
    icon = models.CharField(max_length=40, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    stocked = models.BooleanField(default=False)
    stock_min = models.BigIntegerField(null=True)
    stock_full = models.BigIntegerField(null=True)
    active = models.BooleanField()

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [
            models.Index(fields=["group", "position", "id"], name="article_by_group"),
            models.Index(
                fields=["favourite_position"], name="article_favourites", condition=Q(favourite_position__isnull=False)
            ),
            models.Index(fields=["id"], name="article_stocked", condition=Q(stocked=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(stock_min__isnull=True) | Q(stock_min__gte=0), name="article_stock_min_positive"
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=True, content_unit="") | Q(content__gte=1) & ~Q(content_unit=""),
                name="article_content_has_unit",
            ),
            _is_id("article"),
            models.CheckConstraint(condition=~Q(number="") & ~Q(name="") & ~Q(gv_typ=""), name="article_has_texts"),
            models.CheckConstraint(condition=Q(vat_key_in__gte=1, vat_key_out__gte=1), name="article_vat_keys"),
            models.CheckConstraint(
                condition=Q(price_cents__gte=-MAX_CENTS, price_cents__lte=MAX_CENTS), name="article_price_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(cost_cents__isnull=True) | Q(cost_cents__gte=0, cost_cents__lte=MAX_CENTS),
                name="article_cost_in_bounds",
            ),
            models.CheckConstraint(condition=Q(prices__startswith="{"), name="article_prices_is_object"),
            models.CheckConstraint(condition=Q(offers__startswith="{"), name="article_offers_is_object"),
            models.CheckConstraint(condition=Q(age__in=(0, 16, 18)), name="article_age_is_legal"),
            models.CheckConstraint(condition=~Q(deposit_article=F("id")), name="article_no_deposit_on_itself"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def level_prices(self) -> dict[int, int]:
        """Return the prices in cents of the levels above 1 that have their own: {2: 320}."""
        return {int(level): cents for level, cents in json.loads(self.prices).items()} if self.prices != "{}" else {}

    @property
    def level_offers(self) -> dict[int, int]:
        """Return the prices in cents that hold for a time just now, by level."""
        return {int(level): cents for level, cents in json.loads(self.offers).items()} if self.offers != "{}" else {}

    @property
    def price_now(self) -> int:
        """Return what is charged now where no level is asked for, in cents."""
        return self.price_at(1)

    def price_at(self, level: int) -> int:
        """Return what is charged now at `level`, in cents (1 is the ordinary one); see `pricing.unit_price`."""
        if self.offers == "{}" and (level == 1 or self.prices == "{}"):
            return self.price_cents
        return pricing.unit_price(self.level_prices, self.price_cents, level, self.level_offers)

    @property
    def content_text(self) -> str:
        """Return what a package holds, "250 g", "" where nobody said."""
        return format_content(self.content, self.content_unit)

    def unit_price_text(self, cents: int) -> str:
        """Return the unit price of a package at a price of `cents`, "1 kg = 13,96 €", "" where none is needed."""
        return told(cents, self.content, self.content_unit)

    def unit_price_sold(self, cents: int) -> str:
        """Return the unit price of what is sold at `cents`, packed or by weight; "" where none is needed."""
        return told_loose(cents, self.unit) or self.unit_price_text(cents)


class Barcode(models.Model):
    """A code on a package (in the form of `codes.canonical`) and the quantity, in thousandths, it stands for."""

    code = models.CharField(primary_key=True, max_length=48)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="barcodes")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(code=""), name="barcode_has_code"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="barcode_quantity_positive"),
        ]

    def __str__(self) -> str:
        return self.code


class StockMove(models.Model):
    """What came or went of an article, in thousandths, by one receipt or one fact (`source_id`); `at` is UTC text.

    What lies there is the sum of these rows and stands nowhere else, so two tills can never lose a piece between them.
    """

    pk = models.CompositePrimaryKey("source_id", "article_id")
    source_id = models.CharField(max_length=32)
    article_id = models.CharField(max_length=32)
    kind = models.CharField(max_length=10)
    quantity = models.BigIntegerField()
    at = models.CharField(max_length=24)
    person_name = models.CharField(max_length=50, default="", blank=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        db_table = "catalog_stock_move"
        indexes: ClassVar = [models.Index(fields=["article_id", "at", "quantity"], name="stock_move_by_article")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class StockCount(models.Model):
    """One counted article of a stock-taking: what the books said, what lay there, and its cost then (None: unknown)."""

    pk = models.CompositePrimaryKey("count_id", "article_id")
    count_id = models.CharField(max_length=32)
    article_id = models.CharField(max_length=32)
    expected = models.BigIntegerField()
    counted = models.BigIntegerField()
    cost_cents = models.IntegerField(null=True)
    at = models.CharField(max_length=24)
    person_name = models.CharField(max_length=50, default="", blank=True)
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        db_table = "catalog_stock_count"
        indexes: ClassVar = [models.Index(fields=["at"], name="stock_count_at")]

    def __str__(self) -> str:
        return f"{self.counted} of {self.expected}"


class Price(models.Model):
    """A price with its time: `cents` at `level` from `begins` on (UTC text), for good or until `ends` ("" for good).

    For good it becomes the article's price when it begins; for a time it stands in the article's `offers`. `begun` and
    `ended` say what has been done of that.
    """

    id = models.CharField(primary_key=True, max_length=32)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="dated")
    level = models.PositiveSmallIntegerField()
    cents = models.IntegerField()
    begins = models.CharField(max_length=24)
    ends = models.CharField(max_length=24, blank=True)
    begun = models.BooleanField(default=False)
    ended = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["begins", "id"]
        indexes: ClassVar = [
            models.Index(fields=["begins"], name="price_begins", condition=Q(begun=False)),
            models.Index(fields=["ends"], name="price_ends", condition=Q(begun=True, ended=False)),
        ]
        constraints: ClassVar = [
            _is_id("price"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=9), name="price_level_exists"),
            models.CheckConstraint(condition=Q(cents__gte=-MAX_CENTS, cents__lte=MAX_CENTS), name="price_in_bounds"),
            models.CheckConstraint(condition=Q(ends="") | Q(ends__gt=F("begins")), name="price_ends_after_begin"),
        ]

    def __str__(self) -> str:
        return f"{self.cents} from {self.begins}"


class GridVersion(models.Model):
    """One row (id 1): counts every change of the catalogue, so that tills know when their tiles are stale."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="gridversion_is_one_row")]

    def __str__(self) -> str:
        return str(self.version)
