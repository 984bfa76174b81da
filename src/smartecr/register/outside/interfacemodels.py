"""Rows of the interface for others: ways in for programmes, and who is told what happened. Projections all."""

from __future__ import annotations

from django.db import models

from smartecr.register.fields import id_field, text_field


class ApiToken(models.Model):
    """A way in for a programme (`interface`): `scopes` parted by blanks; of the token itself only a hash is kept."""

    id = id_field(primary_key=True)
    shop_id = id_field()
    name = text_field(40)
    scopes = text_field(200)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.CharField(max_length=24)
    created_by = text_field(80)
    until = models.CharField(max_length=24)
    revoked_at = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        db_table = "register_api_token"


class Webhook(models.Model):
    """An address that is told of `events` (parted by blanks) of this register from journal entry `since` on.

    `generation` counts the secrets it had (`webhooks.secret_of`), `rotated_at` is when the present one began.
    """

    id = id_field(primary_key=True)
    shop_id = id_field()
    register_id = id_field()
    name = text_field(40)
    address = models.CharField(max_length=500)
    events = text_field(200)
    generation = models.IntegerField(default=1)
    rotated_at = models.CharField(max_length=24, default="", blank=True)
    since = models.BigIntegerField()
    created_at = models.CharField(max_length=24)
    removed_at = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        db_table = "register_webhook"
