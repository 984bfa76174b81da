"""Columns every table of the register has alike."""

from __future__ import annotations

from django.db import models


def id_field(**options: object) -> models.CharField[str, str]:
    """Return a column for an id of 32 hex digits, "" for none."""
    return models.CharField(max_length=32, **options)  # type: ignore[arg-type]


def text_field(length: int = 200) -> models.CharField[str, str]:
    """Return a column for a short text that may be missing."""
    return models.CharField(max_length=length, default="", blank=True)
