"""The rows of the register. All are projections of the journal, written only by `ledger`; screens read them.

Amounts are cents, quantities thousandths, rates basis points. Instants are text in UTC ("2026-11-23T08:42:00.123Z"),
business days text ("2026-11-23"): the same bytes in the journal, in SQLite and in PostgreSQL. Ids are 32 hex digits.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace

from smartecr.core.kinds import PAID_OUT
from smartecr.register.books import bookmodels as bookmodels  # their tables belong to this app
from smartecr.register.books.bookmodels import Invoice as Invoice
from smartecr.register.books.bookmodels import Outage as Outage
from smartecr.register.cashdesk.drawermodels import CashCount as CashCount
from smartecr.register.cashdesk.drawermodels import DrawerOpening as DrawerOpening
from smartecr.register.cashless import cardmodels as cardmodels
from smartecr.register.fields import id_field, text_field
from smartecr.register.journal import INDEXED, STRUCK
from smartecr.register.outside.interfacemodels import ApiToken as ApiToken
from smartecr.register.outside.interfacemodels import Webhook as Webhook
from smartecr.register.sale.stationmodels import JoinedBasket as JoinedBasket
from smartecr.register.sale.stationmodels import PartedBasket as PartedBasket
from smartecr.register.sale.stationmodels import StationLine as StationLine
from smartecr.register.shop.timemodels import TimeStamp as TimeStamp


class Journal(models.Model):
    """One fact. `hash` is the SHA-256 over the fact and the hash before it (`journal.digest`)."""

    pk = models.CompositePrimaryKey("register_id", "seq")
    register_id = id_field()
    seq = models.BigIntegerField()
    id = id_field(unique=True)
    shop_id = id_field()
    kind = models.CharField(max_length=40)
    business_day = models.CharField(max_length=10)
    at = models.CharField(max_length=24)
    actor_id = id_field()
    actor_name = text_field(80)
    body = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "register_journal"
        indexes = [
            models.Index(
                # a chain of OR, as SQLite proves no more from one kind
                fields=["kind", "register_id", "seq"],
                condition=reduce(or_, (Q(kind=kind) for kind in INDEXED)),
                name="journal_kind",
            ),
            models.Index(
                fields=["register_id", "seq"],
                condition=Q(kind="receipt_recorded") & ~Q(body=Replace("body", Value(STRUCK), Value(""))),
                name="journal_struck",
            ),
        ]


class ChainEnd(models.Model):
    """The last entry of a register's journal, sealed with a key that is not in the database (see `chainend`)."""

    register_id = id_field(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    seal = models.CharField(max_length=64)

    class Meta:
        db_table = "register_chain_end"


class Shop(models.Model):
    """Name, address and settings of the shop as they stand on receipts; `owner` where the sign is not the full name.

    `paper_always` prints every receipt; else paper comes when the guest wants it, the display offers the digital one
    (§ 146a (2) AO: paper or, with consent, electronic).
    """

    id = id_field(primary_key=True)
    name = text_field(60)
    owner = text_field(60)
    tagline = text_field(60)
    street = text_field(60)
    postcode = text_field(10)
    city = text_field(62)
    country = models.CharField(max_length=3, default="DEU")
    tax_number = text_field(20)
    vat_id = text_field(15)
    footer = text_field(200)
    blind_count = models.BooleanField(default=True)
    cutoff_hour = models.SmallIntegerField(default=4)
    opening_hours = text_field(200)
    paper_always = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)

    class Meta:
        db_table = "register_shop"


class Register(models.Model):
    """One recording system (§ 146a AO). `serial` is its client id at the TSE, on receipts and in the export."""

    id = id_field(primary_key=True)
    shop_id = id_field()
    name = text_field(40)
    serial = text_field(30)
    training = models.BooleanField(default=False)

    class Meta:
        db_table = "register_register"


class Tse(models.Model):
    """A TSE that has signed for this shop; what receipts, QR codes and the export say of it."""

    serial = models.CharField(max_length=64, primary_key=True)
    algorithm = models.CharField(max_length=21)
    time_format = models.CharField(max_length=31)
    public_key = models.CharField(max_length=512)
    certificates = models.TextField(help_text="DER in base64, leaf first, one a line")
    description = text_field(200)
    is_test = models.BooleanField(default=False)

    class Meta:
        db_table = "register_tse"


class TseEvent(models.Model):
    """A step in the life of a TSE at this register (`register.tselife`); `detail` is JSON, never with a secret."""

    id = id_field(primary_key=True)
    register_id = id_field()
    seq = models.BigIntegerField()
    at = models.CharField(max_length=24)
    kind = models.CharField(max_length=24)
    serial = text_field(64)
    person_name = text_field(80)
    detail = models.TextField()

    class Meta:
        db_table = "register_tse_event"


class Period(models.Model):
    """The time between two closings of a register, and the business day it counts for."""

    pk = models.CompositePrimaryKey("register_id", "z_number")
    register_id = id_field()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    opened_at = models.CharField(max_length=24)
    closed_at = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        db_table = "register_period"


class Basket(models.Model):
    """An open basket. It may live for hours; "open" is the one on the screen.

    Others are parked, "paying" (at a terminal, or paid in part) or on their way out ("ending"). `ordered` are the
    quantities sent as orders so far by line id, `customer` who it is for, `guest` whose card and codes were shown (all
    JSON, "" for none); what was rung up in `training` never becomes a sale. `cash_cents` were taken in cash before the
    rest is paid another way (`cashparts`).
    """

    id = id_field(primary_key=True)
    shop_id = id_field()
    register_id = id_field()
    state = models.CharField(max_length=8)
    label = text_field(40)
    in_house = models.BooleanField(default=True)
    price_level = models.SmallIntegerField(default=1)
    discount = models.TextField(default="")
    newest_line_id = id_field(default="")
    opened_at = models.CharField(max_length=24)
    opened_by = text_field(80)
    tse_serial = text_field(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)
    version = models.IntegerField(default=0)
    training = models.BooleanField(default=False)
    ordered = models.TextField(default="")
    customer = models.TextField(default="")
    guest = models.TextField(default="")
    cash_cents = models.BigIntegerField(default=0)

    class Meta:
        db_table = "register_basket"
        constraints = [
            models.UniqueConstraint(fields=["register_id"], condition=Q(state="open"), name="one_open_basket"),
            models.CheckConstraint(condition=Q(state__in=["open", "parked", "paying", "ending"]), name="basket_state"),
        ]


class BasketLine(models.Model):
    """A line of an open basket: `data` is a `core.basket.Line` as canonical JSON."""

    pk = models.CompositePrimaryKey("basket_id", "id")
    basket_id = id_field()
    id = id_field()
    position = models.IntegerField()
    data = models.TextField()

    class Meta:
        db_table = "register_basket_line"


class Receipt(models.Model):
    """A finished Vorgang, written once when it is decided (before the TSE is asked) and never changed.

    It is issued as soon as its `ReceiptSignature` stands; a receipt without one was cut off and is completed by
    `recovery` at the next start. `tendered_cents` is the cash handed over, `drawer` says that the drawer opened.
    `customer` (JSON, "" for none) is who it is made out to, `label` the table or tab it belongs to.
    """

    id = id_field(primary_key=True)
    shop_id = id_field()
    register_id = id_field()
    number = models.BigIntegerField()
    type = models.CharField(max_length=30)
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    started_at = models.CharField(max_length=24)
    recorded_at = models.CharField(max_length=24)
    person_id = id_field()
    person_name = text_field(80)
    total_cents = models.BigIntegerField()
    tendered_cents = models.BigIntegerField(null=True)
    drawer = models.BooleanField(default=False)
    basket_id = id_field(default="")
    reference_id = id_field(default="")
    reason = text_field(200)
    token = models.CharField(max_length=48)
    process_data = models.TextField()
    tse_serial = text_field(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)
    customer = models.TextField(default="")
    label = text_field(40)

    class Meta:
        db_table = "register_receipt"
        constraints = [models.UniqueConstraint(fields=["register_id", "number"], name="receipt_number")]
        indexes = [
            models.Index(fields=["reference_id"], condition=~Q(reference_id=""), name="receipt_reference"),
            models.Index(fields=["basket_id"], condition=Q(type="AVBestellung"), name="receipt_order"),
        ]


class ReceiptLine(models.Model):
    """A line as printed; one VAT key a line. `parent_position` ties a deposit or discount to its article line."""

    pk = models.CompositePrimaryKey("receipt_id", "position")
    receipt_id = id_field()
    position = models.IntegerField()
    line_id = id_field()
    text = models.CharField(max_length=255)
    gv_typ = models.CharField(max_length=30)
    gv_name = text_field(40)
    quantity = models.BigIntegerField()
    unit_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    vat_key = models.IntegerField()
    article_id = id_field(default="")
    article_number = text_field(50)
    gtin = text_field(50)
    group_id = id_field(default="")
    group_name = text_field(50)
    unit = text_field(20)
    in_house = models.BooleanField(null=True)
    parent_position = models.IntegerField(null=True)
    reason = text_field(200)
    voucher = text_field(50)
    reference_id = id_field(default="")
    promotion = models.TextField(default="", blank=True)

    class Meta:
        db_table = "register_receipt_line"
        indexes = [
            models.Index(fields=["gv_typ"], condition=~Q(gv_typ="Umsatz"), name="receipt_line_case"),
            models.Index(fields=["receipt_id"], condition=Q(gv_name=PAID_OUT), name="receipt_line_paid_out"),
            models.Index(fields=["voucher"], condition=~Q(voucher=""), name="receipt_line_voucher"),
            models.Index(fields=["reference_id"], condition=~Q(reference_id=""), name="receipt_line_reference"),
        ]


class ReceiptVat(models.Model):
    """Gross, net and tax of one VAT key of a receipt, as printed."""

    pk = models.CompositePrimaryKey("receipt_id", "vat_key")
    receipt_id = id_field()
    vat_key = models.IntegerField()
    rate_bp = models.IntegerField()
    gross_cents = models.BigIntegerField()
    net_cents = models.BigIntegerField()
    tax_cents = models.BigIntegerField()

    class Meta:
        db_table = "register_receipt_vat"


class ReceiptPayment(models.Model):
    """A payment as kept: cash is what stays in the drawer (given minus change). `kind` is the ZAHLART_TYP.

    `cents` are euros; `foreign_cents` is what was handed over where `currency` is another one, else None.
    """

    pk = models.CompositePrimaryKey("receipt_id", "position")
    receipt_id = id_field()
    position = models.IntegerField()
    kind = models.CharField(max_length=25)
    name = text_field(60)
    currency = models.CharField(max_length=3, default="EUR")
    cents = models.BigIntegerField()
    foreign_cents = models.BigIntegerField(null=True)

    class Meta:
        db_table = "register_receipt_payment"


class ReceiptSignature(models.Model):
    """What the TSE answered, or why it did not: `outage` is then the reason and the TSE fields are empty."""

    receipt_id = id_field(primary_key=True)
    at = models.CharField(max_length=24)
    tse_serial = text_field(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)
    tse_end = models.BigIntegerField(default=0)
    tse_counter = models.BigIntegerField(default=0)
    signature = models.TextField(default="")
    outage = text_field(200)

    class Meta:
        db_table = "register_receipt_signature"
        indexes = [models.Index(fields=["receipt_id"], condition=~Q(outage=""), name="receipt_unsigned")]


class ReceiptTender(models.Model):
    """What the guest really handed over, where a note was tapped wrongly (the paid amount never changes)."""

    receipt_id = id_field(primary_key=True)
    tendered_cents = models.BigIntegerField()

    class Meta:
        db_table = "register_receipt_tender"


class ReceiptPrint(models.Model):
    """A receipt was sent to the printer for the first time; every further print is a copy and says so."""

    receipt_id = id_field(primary_key=True)
    at = models.CharField(max_length=24)

    class Meta:
        db_table = "register_receipt_print"


class Closing(models.Model):
    """A Z closing: totals of its period frozen with the master data of that moment. Never changed."""

    id = id_field(primary_key=True)
    shop_id = id_field()
    register_id = id_field()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    opened_at = models.CharField(max_length=24)
    closed_at = models.CharField(max_length=24)
    person_name = text_field(80)
    expected_cents = models.BigIntegerField()
    counted_cents = models.BigIntegerField(null=True)
    kept_cents = models.BigIntegerField()
    last_number = models.BigIntegerField()
    totals = models.TextField()

    class Meta:
        db_table = "register_closing"
        constraints = [models.UniqueConstraint(fields=["register_id", "z_number"], name="z_number")]


IMMUTABLE = (Journal, Receipt, ReceiptLine, ReceiptVat, ReceiptPayment, ReceiptSignature, Closing, Invoice)
