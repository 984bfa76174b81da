"""Rows of what stands around the books: settings, notifications, ways in for auditors. Projections as all others."""

from __future__ import annotations

from django.db import models

from smartecr.register.fields import id_field, text_field


class Options(models.Model):
    """Settings of the books by name (`options.NAMES`), as canonical JSON."""

    pk = models.CompositePrimaryKey("shop_id", "name")
    shop_id = id_field()
    name = models.CharField(max_length=20)
    data = models.TextField()

    class Meta:
        db_table = "register_options"


class Notice(models.Model):
    """The tax office was told of the recording systems (§ 146a (4) AO): the day, and its ticket."""

    id = id_field(primary_key=True)
    shop_id = id_field()
    at = models.CharField(max_length=24)
    person_name = text_field(80)
    day = models.CharField(max_length=10)
    ticket = text_field(60)

    class Meta:
        db_table = "register_notice"


class AuditAccess(models.Model):
    """A way in for an auditor (§ 146b AO): who showed a badge, from when until when. The code is only a hash."""

    id = id_field(primary_key=True)
    shop_id = id_field()
    name = text_field(60)
    badge = text_field(40)
    opened_at = models.CharField(max_length=24)
    opened_by = text_field(80)
    until = models.CharField(max_length=24)
    closed_at = models.CharField(max_length=24, default="", blank=True)
    code_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "register_audit_access"


class Invoice(models.Model):
    """An invoice over a receipt, or what takes one back, exactly as issued; its id is that of the Vorgang it came with.

    `position` counts a register's invoices without gaps, `number` is what is printed. `receipt_id` is the sale it is
    about, `refers_id` the invoice it takes back. `data` is a `fiscal.einvoice.model.Invoice` as canonical JSON.
    """

    id = id_field(primary_key=True)
    shop_id = id_field()
    register_id = id_field()
    position = models.IntegerField()
    number = models.CharField(max_length=30)
    kind = models.CharField(max_length=3)
    receipt_id = id_field()
    refers_id = id_field(default="")
    at = models.CharField(max_length=24)
    person_name = text_field(80)
    buyer = text_field(50)
    gross_cents = models.BigIntegerField()
    data = models.TextField()

    class Meta:
        db_table = "register_invoice"
        constraints = [
            models.UniqueConstraint(fields=["register_id", "position"], name="invoice_position"),
            models.UniqueConstraint(fields=["shop_id", "number"], name="invoice_number"),
        ]
        indexes = [models.Index(fields=["receipt_id"], name="invoice_receipt")]


class Outage(models.Model):
    """Begin, end and reason of a time without TSE (AEAO zu § 146a)."""

    id = id_field(primary_key=True)
    register_id = id_field()
    began_at = models.CharField(max_length=24)
    ended_at = models.CharField(max_length=24, default="", blank=True)
    reason = text_field(200)

    class Meta:
        db_table = "register_outage"
