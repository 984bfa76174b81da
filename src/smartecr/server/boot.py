"""Bringing Django and the database up, once a process."""

from __future__ import annotations

import gc
import os
from pathlib import Path

_GARBAGE = 20_000


def setup() -> None:
    """Load settings and apps. Raises OSError when the data folder cannot be written."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartecr.server.settings")
    import django

    django.setup()
    settle()


def settle() -> None:
    """Have the garbage collector leave alone what is loaded by now, for it stays for good; and come more rarely."""
    gc.freeze()
    gc.set_threshold(_GARBAGE, 10, 10)


def pending_migrations() -> list[str]:
    """Return the names of migrations that the database lacks, in order.

    At most starts it lacks none, which names alone show; only else are the migrations loaded and put in order.
    """
    if _on_disk() <= _applied():
        return []
    return _plan()


def _on_disk() -> set[tuple[str, str]]:
    """Return app and name of every migration there is."""
    from django.apps import apps

    return {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in Path(app.path, "migrations").glob("[!_]*.py")
    }


def _applied() -> set[tuple[str, str]]:
    from django.db import OperationalError, ProgrammingError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except (OperationalError, ProgrammingError):  # an empty database
        return set()


def _plan() -> list[str]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrate() -> list[str]:
    """Bring the database up to date; return the names of the migrations applied (none at most starts)."""
    from django.conf import settings

    from smartecr.register import chainend

    pending = pending_migrations()
    if pending:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
    chainend.remember(settings.DATA)
    return pending


def unknown_migrations() -> list[str]:
    """Return migrations the database has and this version of the software does not: it was used by a newer one."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    apps = {app for app, _name in loader.disk_migrations}
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in apps and (app, name) not in loader.disk_migrations
    )
