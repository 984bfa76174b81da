"""What the interface remembers of its own work: answers given, when a token was used, what was told to whom.

None of it belongs to the books: it is not in the journal, and losing it loses no fact.
"""

from __future__ import annotations

from django.db import models


class Answer(models.Model):
    """The answer to a write, by its `Idempotency-Key`: given again when the same request comes again.

    It is written in the transaction of what the request did. `fingerprint` is a keyed hash of method, address and body.
    `headers` is JSON. No answer to a write holds personal data (see `customers`).
    """

    pk = models.CompositePrimaryKey("token_id", "key")
    token_id = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    at = models.CharField(max_length=24)
    status = models.SmallIntegerField()
    headers = models.TextField()
    body = models.TextField()

    class Meta:
        db_table = "api_answer"
        indexes = [models.Index(fields=["at"], name="api_answer_at")]


class TokenUse(models.Model):
    """When a token was used last, to the minute."""

    token_id = models.CharField(primary_key=True, max_length=32)
    at = models.CharField(max_length=24)

    class Meta:
        db_table = "api_token_use"


class HookState(models.Model):
    """How far an address was told: up to journal entry `seq`. `attempts` and `next_at` are those of the event after it.

    `pending` is that event as it was first sent (JSON), so that each attempt sends the same, "" before its first.
    `stopped` is "" or why nothing more is sent ("gone", "tries", "address"), `stopped_at` since when.
    """

    webhook_id = models.CharField(primary_key=True, max_length=32)
    seq = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    next_at = models.CharField(max_length=24, default="", blank=True)
    pending = models.TextField(default="", blank=True)
    stopped = models.CharField(max_length=20, default="", blank=True)
    stopped_at = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        db_table = "api_hook_state"


class Delivery(models.Model):
    """One attempt to tell an address of an event: `status` is its HTTP status, 0 without one; `error` says why."""

    id = models.BigAutoField(primary_key=True)
    webhook_id = models.CharField(max_length=32)
    event_id = models.CharField(max_length=32)
    event_type = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    attempt = models.IntegerField()
    at = models.CharField(max_length=24)
    ms = models.IntegerField()
    status = models.SmallIntegerField()
    error = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        db_table = "api_delivery"
        indexes = [models.Index(fields=["webhook_id", "id"], name="api_delivery_of_webhook")]
