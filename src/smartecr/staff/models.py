"""Tables of the staff: people with their role and PIN hash, and the guard that slows guessing down."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

ROLES = ("cashier", "manager", "owner")
LANGUAGES = ("de", "en")


class Person(models.Model):
    """Somebody who works at the till. People are never deleted (receipts name them), only made inactive."""

    id = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=40, unique=True)
    role = models.CharField(max_length=10)
    pin_hash = models.CharField(max_length=160)
    language = models.CharField(max_length=2, default="de")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Exact(Length(F("id")), Value(32)), name="person_id_has_32_digits"),
            models.CheckConstraint(condition=~Q(name=""), name="person_has_name"),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="person_role_is_known"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="person_language_is_known"),
            models.CheckConstraint(condition=Q(pin_hash__startswith="$argon2id$"), name="person_pin_is_hashed"),
        ]

    def __str__(self) -> str:
        return self.name


class LoginGuard(models.Model):
    """Wrong PINs since the last right one, and until when (UTC) no further try is looked at."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="guard")
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.failures}"
