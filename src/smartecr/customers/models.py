"""Vouchers. Projections of the journal, like all rows of the books.

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
