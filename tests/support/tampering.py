"""Somebody with the database in his hands: what tests need to change what must not be changed."""

from __future__ import annotations

from django.db import connection


class UndoError(Exception):
    """Rolls a tampering back."""


def unguard() -> None:
    """Take the triggers away, as somebody with the database in his hands would."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'register_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("DROP FUNCTION register_append_only() CASCADE")
