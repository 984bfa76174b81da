"""Where the books lie: SQLite in the data folder, or PostgreSQL by address. One place decides the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PRAGMAS = (
    "PRAGMA page_size=512; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8000; "
    "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
)
"""Small pages: a sale changes a few hundred bytes in many tables; pages of 4096 would make it write three times it."""


def configuration(address: str, folder: Path) -> dict[str, Any]:
    """Return Django's DATABASES entry for `address` (postgresql://…; empty means SQLite in `folder`).

    A receipt that was printed must survive a power cut, hence WAL with synchronous=FULL; IMMEDIATE
    transactions fail early instead of deadlocking. Raises ValueError for any other scheme.
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "smartecr.sqlite3",
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": folder / "test.sqlite3"},
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5, "init_command": PRAGMAS},
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL: {parts.scheme!r} wird nicht unterstützt, nur postgresql://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "smartecr",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": query,
    }
