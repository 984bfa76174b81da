"""What kitchen and bar were told, and which table went to which or came off which, as rows (see `models`)."""

from __future__ import annotations

from django.db import models

from smartecr.register.fields import id_field, text_field


class StationLine(models.Model):
    """What a station (kitchen, bar) knows of a line since its last slip; `quantity` 0: taken back there."""

    pk = models.CompositePrimaryKey("basket_id", "line_id", "station")
    basket_id = id_field()
    line_id = id_field()
    station = models.CharField(max_length=20)
    register_id = id_field()
    text = models.CharField(max_length=255)
    quantity = models.BigIntegerField()
    unit = text_field(20)
    remark = text_field(40)
    wish = text_field(60)
    label = text_field(40)
    number = models.BigIntegerField()

    class Meta:
        db_table = "register_station_line"
        indexes = [models.Index(fields=["register_id", "number"], name="station_line_number")]


class JoinedBasket(models.Model):
    """A basket whose lines went into another one; `label` is the table or tab it was. Kept for the orders under it."""

    basket_id = id_field(primary_key=True)
    into_id = id_field()
    register_id = id_field()
    label = text_field(40)

    class Meta:
        db_table = "register_joined_basket"
        indexes = [models.Index(fields=["into_id"], name="joined_basket_into")]


class PartedBasket(models.Model):
    """A basket whose lines came off another one's, the bill of a guest for himself; `label` is the table or tab it was.

    `pieces` (JSON, "" for none) are the lines that pieces were taken off, by the id of the new line.
    """

    basket_id = id_field(primary_key=True)
    from_id = id_field()
    register_id = id_field()
    label = text_field(40)
    pieces = models.TextField(default="")

    class Meta:
        db_table = "register_parted_basket"
