"""The rows of the register. All are projections of the journal, written only by `ledger`; screens read them.

Amounts are cents, quantities thousandths, rates basis points. Instants are text in UTC ("2026-11-23T08:42:00.123Z"),
business days text ("2026-11-23"): the same bytes in the journal, in SQLite and in PostgreSQL. Ids are 32 hex digits.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


def _id(**options: object) -> models.CharField[str, str]:
    return models.CharField(max_length=32, **options)  # type: ignore[arg-type]


def _text(length: int = 200) -> models.CharField[str, str]:
    return models.CharField(max_length=length, default="", blank=True)


class Journal(models.Model):
    """One fact. `hash` is the SHA-256 over the fact and the hash before it (`journal.digest`)."""

    pk = models.CompositePrimaryKey("register_id", "seq")
    register_id = _id()
    seq = models.BigIntegerField()
    id = _id(unique=True)
    shop_id = _id()
    kind = models.CharField(max_length=40)
    business_day = models.CharField(max_length=10)
    at = models.CharField(max_length=24)
    actor_id = _id()
    actor_name = _text(80)
    body = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "register_journal"


class Shop(models.Model):
    """Name, address and settings of the shop as they stand on receipts; `owner` where the sign is not the full name.

    `paper_always` prints every receipt; else paper comes when the guest wants it, the display offers the digital one
    (§ 146a (2) AO: paper or, with consent, electronic).
    """

    id = _id(primary_key=True)
    name = _text(60)
    owner = _text(60)
    tagline = _text(60)
    street = _text(60)
    postcode = _text(10)
    city = _text(62)
    country = models.CharField(max_length=3, default="DEU")
    tax_number = _text(20)
    vat_id = _text(15)
    footer = _text(200)
    blind_count = models.BooleanField(default=True)
    cutoff_hour = models.SmallIntegerField(default=4)
    paper_always = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)

    class Meta:
        db_table = "register_shop"


class Register(models.Model):
    """One recording system (§ 146a AO). `serial` is its client id at the TSE, on receipts and in the export."""

    id = _id(primary_key=True)
    shop_id = _id()
    name = _text(40)
    serial = _text(30)

    class Meta:
        db_table = "register_register"


class Tse(models.Model):
    """A TSE that has signed for this shop; what receipts, QR codes and the export say of it."""

    serial = models.CharField(max_length=64, primary_key=True)
    algorithm = models.CharField(max_length=21)
    time_format = models.CharField(max_length=31)
    public_key = models.CharField(max_length=512)
    certificates = models.TextField(help_text="DER in base64, leaf first, one a line")
    description = _text(200)
    is_test = models.BooleanField(default=False)

    class Meta:
        db_table = "register_tse"


class Period(models.Model):
    """The time between two closings of a register, and the business day it counts for."""

    pk = models.CompositePrimaryKey("register_id", "z_number")
    register_id = _id()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    opened_at = models.CharField(max_length=24)
    closed_at = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        db_table = "register_period"


class Basket(models.Model):
    """An open basket. It may live for hours; "open" is the one on the screen.

    Others are parked, "paying" (at a terminal, or paid in part) or on their way out ("ending").
    """

    id = _id(primary_key=True)
    shop_id = _id()
    register_id = _id()
    state = models.CharField(max_length=8)
    label = _text(40)
    in_house = models.BooleanField(default=True)
    price_level = models.SmallIntegerField(default=1)
    discount = models.TextField(default="")
    newest_line_id = _id(default="")
    opened_at = models.CharField(max_length=24)
    opened_by = _text(80)
    tse_serial = _text(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)
    version = models.IntegerField(default=0)

    class Meta:
        db_table = "register_basket"
        constraints = [
            models.UniqueConstraint(fields=["register_id"], condition=Q(state="open"), name="one_open_basket"),
            models.CheckConstraint(condition=Q(state__in=["open", "parked", "paying", "ending"]), name="basket_state"),
        ]


class BasketLine(models.Model):
    """A line of an open basket: `data` is a `core.basket.Line` as canonical JSON."""

    pk = models.CompositePrimaryKey("basket_id", "id")
    basket_id = _id()
    id = _id()
    position = models.IntegerField()
    data = models.TextField()

    class Meta:
        db_table = "register_basket_line"


class Receipt(models.Model):
    """A finished Vorgang, written once when it is decided (before the TSE is asked) and never changed.

    It is issued as soon as its `ReceiptSignature` stands; a receipt without one was cut off and is completed by
    `recovery` at the next start. `tendered_cents` is the cash handed over, `drawer` says that the drawer opened.
    """

    id = _id(primary_key=True)
    shop_id = _id()
    register_id = _id()
    number = models.BigIntegerField()
    type = models.CharField(max_length=30)
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    started_at = models.CharField(max_length=24)
    recorded_at = models.CharField(max_length=24)
    person_id = _id()
    person_name = _text(80)
    total_cents = models.BigIntegerField()
    tendered_cents = models.BigIntegerField(null=True)
    drawer = models.BooleanField(default=False)
    basket_id = _id(default="")
    reference_id = _id(default="")
    reason = _text(200)
    token = models.CharField(max_length=48)
    process_data = models.TextField()
    tse_serial = _text(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)

    class Meta:
        db_table = "register_receipt"
        constraints = [models.UniqueConstraint(fields=["register_id", "number"], name="receipt_number")]
        indexes = [
            models.Index(fields=["reference_id"], condition=~Q(reference_id=""), name="receipt_reference"),
        ]


class ReceiptLine(models.Model):
    """A line as printed; one VAT key a line. `parent_position` ties a deposit or discount to its article line."""

    pk = models.CompositePrimaryKey("receipt_id", "position")
    receipt_id = _id()
    position = models.IntegerField()
    line_id = _id()
    text = models.CharField(max_length=255)
    gv_typ = models.CharField(max_length=30)
    gv_name = _text(40)
    quantity = models.BigIntegerField()
    unit_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    vat_key = models.IntegerField()
    article_id = _id(default="")
    article_number = _text(50)
    gtin = _text(50)
    group_id = _id(default="")
    group_name = _text(50)
    unit = _text(20)
    in_house = models.BooleanField(null=True)
    parent_position = models.IntegerField(null=True)
    reason = _text(200)

    class Meta:
        db_table = "register_receipt_line"


class ReceiptVat(models.Model):
    """Gross, net and tax of one VAT key of a receipt, as printed."""

    pk = models.CompositePrimaryKey("receipt_id", "vat_key")
    receipt_id = _id()
    vat_key = models.IntegerField()
    rate_bp = models.IntegerField()
    gross_cents = models.BigIntegerField()
    net_cents = models.BigIntegerField()
    tax_cents = models.BigIntegerField()

    class Meta:
        db_table = "register_receipt_vat"


class ReceiptPayment(models.Model):
    """A payment as kept: cash is what stays in the drawer (given minus change). `kind` is the ZAHLART_TYP."""

    pk = models.CompositePrimaryKey("receipt_id", "position")
    receipt_id = _id()
    position = models.IntegerField()
    kind = models.CharField(max_length=25)
    name = _text(60)
    currency = models.CharField(max_length=3, default="EUR")
    cents = models.BigIntegerField()

    class Meta:
        db_table = "register_receipt_payment"


class ReceiptSignature(models.Model):
    """What the TSE answered, or why it did not: `outage` is then the reason and the TSE fields are empty."""

    receipt_id = _id(primary_key=True)
    at = models.CharField(max_length=24)
    tse_serial = _text(64)
    tse_number = models.BigIntegerField(default=0)
    tse_start = models.BigIntegerField(default=0)
    tse_end = models.BigIntegerField(default=0)
    tse_counter = models.BigIntegerField(default=0)
    signature = models.TextField(default="")
    outage = _text(200)

    class Meta:
        db_table = "register_receipt_signature"


class ReceiptTender(models.Model):
    """What the guest really handed over, where a note was tapped wrongly (the paid amount never changes)."""

    receipt_id = _id(primary_key=True)
    tendered_cents = models.BigIntegerField()

    class Meta:
        db_table = "register_receipt_tender"


class ReceiptPrint(models.Model):
    """A receipt was sent to the printer for the first time; every further print is a copy and says so."""

    receipt_id = _id(primary_key=True)
    at = models.CharField(max_length=24)

    class Meta:
        db_table = "register_receipt_print"


class CardTerminal(models.Model):
    """A card terminal: which payment locks it (""), and what it did last as far as known.

    `baseline` is its last payment as JSON ("" unknown), `total_cents` the sum of its open batch (None unknown).
    """

    id = models.CharField(max_length=40, primary_key=True)
    register_id = _id()
    open_payment = _id(default="")
    baseline = models.TextField(default="", blank=True)
    total_cents = models.BigIntegerField(null=True)

    class Meta:
        db_table = "register_card_terminal"


class CardPayment(models.Model):
    """Money moved, or not, by a terminal: for a basket, or back for the receipt `original_id`.

    `state` is `smartecr.terminal.doubt.State`, `intent` and `result` what was asked and answered, as JSON without card
    data beyond the masked number. `receipt_id` is the receipt it is for, `purpose` why money goes back; `decided_by`
    and `reason` name the person who settled a doubt.
    """

    id = _id(primary_key=True)
    register_id = _id()
    terminal_id = models.CharField(max_length=40)
    basket_id = _id(default="")
    receipt_id = _id()
    original_id = _id(default="")
    purpose = _text(200)
    kind = models.CharField(max_length=12)
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=16)
    intent = models.TextField()
    result = models.TextField(default="", blank=True)
    began_at = models.CharField(max_length=24)
    person_id = _id()
    person_name = _text(80)
    decided_by = _text(80)
    reason = _text(200)

    class Meta:
        db_table = "register_card_payment"
        indexes = [
            models.Index(fields=["basket_id"], condition=~Q(basket_id=""), name="card_payment_basket"),
            models.Index(fields=["receipt_id"], name="card_payment_receipt"),
        ]


class CardReceipt(models.Model):
    """The wording of a receipt as the terminal sent it, to be printed unchanged; `lines` is JSON."""

    pk = models.CompositePrimaryKey("payment_id", "position")
    payment_id = _id()
    position = models.IntegerField()
    type = models.CharField(max_length=16)
    lines = models.TextField()
    signature = models.BooleanField(default=False)

    class Meta:
        db_table = "register_card_receipt"


class CardBatch(models.Model):
    """A batch a terminal closed (Kassenschnitt); `data` is what it told, as JSON."""

    id = _id(primary_key=True)
    register_id = _id()
    terminal_id = models.CharField(max_length=40)
    at = models.CharField(max_length=24)
    total_cents = models.BigIntegerField()
    data = models.TextField()

    class Meta:
        db_table = "register_card_batch"


class Outage(models.Model):
    """Begin, end and reason of a time without TSE (AEAO zu § 146a)."""

    id = _id(primary_key=True)
    register_id = _id()
    began_at = models.CharField(max_length=24)
    ended_at = models.CharField(max_length=24, default="", blank=True)
    reason = _text(200)

    class Meta:
        db_table = "register_outage"


class DrawerOpening(models.Model):
    """The drawer was opened by hand, with a reason. Openings by a receipt stand there (`Receipt.drawer`)."""

    id = _id(primary_key=True)
    register_id = _id()
    at = models.CharField(max_length=24)
    person_name = _text(80)
    reason = _text(200)

    class Meta:
        db_table = "register_drawer_opening"


class Closing(models.Model):
    """A Z closing: totals of its period frozen with the master data of that moment. Never changed."""

    id = _id(primary_key=True)
    shop_id = _id()
    register_id = _id()
    z_number = models.IntegerField()
    business_day = models.CharField(max_length=10)
    opened_at = models.CharField(max_length=24)
    closed_at = models.CharField(max_length=24)
    person_name = _text(80)
    expected_cents = models.BigIntegerField()
    counted_cents = models.BigIntegerField(null=True)
    kept_cents = models.BigIntegerField()
    last_number = models.BigIntegerField()
    totals = models.TextField()

    class Meta:
        db_table = "register_closing"
        constraints = [models.UniqueConstraint(fields=["register_id", "z_number"], name="z_number")]


IMMUTABLE = (Journal, Receipt, ReceiptLine, ReceiptVat, ReceiptPayment, ReceiptSignature, Closing)
