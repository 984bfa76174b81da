"""How a process begins that works on the books for another: loaded without Django, it brings Django up itself."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from typing import Any

_inherited: list[object] = []
"""Connections of the process this one was forked from: neither used nor closed here, as both would harm it."""


def begin(database: dict[str, Any]) -> None:
    """Bring Django up over the same database with a connection of its own, and leave the processor to the till."""
    import django
    from django.apps import apps
    from django.conf import settings
    from django.db import DEFAULT_DB_ALIAS, connection

    if apps.ready:
        _inherited.append(connection.connection)
        connection.connection = None
    else:
        settings.DATABASES[DEFAULT_DB_ALIAS].update(database)
        django.setup()
    gc.disable()  # a stretch leaves no cycles worth the search
    with suppress(OSError):
        os.nice(10)
