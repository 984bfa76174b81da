"""The rows of card payments; projections of the journal like those of `models`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from smartecr.register.fields import id_field, text_field


class CardTerminal(models.Model):
    """A card terminal: which payment locks it (""), and what it did last as far as known.

    `baseline` is its last payment as JSON ("" unknown), `total_cents` the sum of its open batch (None unknown).
    """

    id = models.CharField(max_length=40, primary_key=True)
    register_id = id_field()
    open_payment = id_field(default="")
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

    id = id_field(primary_key=True)
    register_id = id_field()
    terminal_id = models.CharField(max_length=40)
    basket_id = id_field(default="")
    receipt_id = id_field()
    original_id = id_field(default="")
    purpose = text_field(200)
    kind = models.CharField(max_length=12)
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=16)
    intent = models.TextField()
    result = models.TextField(default="", blank=True)
    began_at = models.CharField(max_length=24)
    person_id = id_field()
    person_name = text_field(80)
    decided_by = text_field(80)
    reason = text_field(200)

    class Meta:
        db_table = "register_card_payment"
        indexes = [
            models.Index(fields=["basket_id"], condition=~Q(basket_id=""), name="card_payment_basket"),
            models.Index(fields=["receipt_id"], name="card_payment_receipt"),
        ]


class CardReceipt(models.Model):
    """The wording of a receipt as the terminal sent it, to be printed unchanged; `lines` is JSON."""

    pk = models.CompositePrimaryKey("payment_id", "position")
    payment_id = id_field()
    position = models.IntegerField()
    type = models.CharField(max_length=16)
    lines = models.TextField()
    signature = models.BooleanField(default=False)

    class Meta:
        db_table = "register_card_receipt"


class CardBatch(models.Model):
    """A batch a terminal closed (Kassenschnitt); `data` is what it told, as JSON."""

    id = id_field(primary_key=True)
    register_id = id_field()
    terminal_id = models.CharField(max_length=40)
    at = models.CharField(max_length=24)
    total_cents = models.BigIntegerField()
    data = models.TextField()

    class Meta:
        db_table = "register_card_batch"


class PaymentSettings(models.Model):
    """What a shop decided about payments; `id` is the shop's.

    `tips` is whose tips without cash are ("TrinkgeldAN", "TrinkgeldAG", "" not asked for), `transfer` who may confirm
    that a transfer by GiroCode arrived ("manager", "anyone", "" none are taken), to the account beside it. `code` is
    the same for the EMVCo code of the payment service `code_title`: its identifier (`code_scheme`), our number there,
    the merchant category (ISO 18245), and name and city as the guest's app shows them.
    """

    id = id_field(primary_key=True)
    tips = models.CharField(max_length=12, default="", blank=True)
    transfer = models.CharField(max_length=8, default="", blank=True)
    account_name = text_field(70)
    account_iban = text_field(34)
    account_bic = text_field(11)
    code = models.CharField(max_length=8, default="", blank=True)
    code_title = text_field(24)
    code_scheme = text_field(32)
    code_account = text_field(35)
    code_category = text_field(4)
    code_name = text_field(25)
    code_city = text_field(15)

    class Meta:
        db_table = "register_payment_settings"
