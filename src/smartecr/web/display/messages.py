"""What the shop can tell its guests while the display rests."""

from __future__ import annotations

from django.utils.translation import gettext_noop as marked

MESSAGES = {
    "back": marked("Wir sind gleich wieder da."),
    "closed": marked("Diese Kasse ist geschlossen."),
    "other": marked("Bitte an die andere Kasse kommen."),
}
"""Sentence by key."""
