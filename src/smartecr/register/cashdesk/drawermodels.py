"""The rows of the cash drawer; projections of the journal like those of `models`."""

from __future__ import annotations

from django.db import models

from smartecr.register.fields import id_field, text_field


class DrawerOpening(models.Model):
    """The drawer was opened by hand, with a reason. Openings by a receipt stand there (`Receipt.drawer`)."""

    id = id_field(primary_key=True)
    register_id = id_field()
    at = models.CharField(max_length=24)
    person_name = text_field(80)
    reason = text_field(200)

    class Meta:
        db_table = "register_drawer_opening"


class CashCount(models.Model):
    """The drawer was counted (Kassensturz): what the books said at that moment, what lay there, piece by piece."""

    id = id_field(primary_key=True)
    register_id = id_field()
    at = models.CharField(max_length=24)
    person_name = text_field(80)
    expected_cents = models.BigIntegerField()
    counted_cents = models.BigIntegerField()
    counts = models.TextField(help_text="pieces by denomination in cents, as JSON")
    reason = text_field(200)
    occasion = text_field(40)
    number = models.BigIntegerField(help_text="last receipt before the count")

    class Meta:
        db_table = "register_cash_count"
