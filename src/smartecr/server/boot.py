"""Bringing Django and the database up, once a process."""

from __future__ import annotations

import gc
import os

_GARBAGE = 20_000


def setup() -> None:
    """Load settings and apps. Raises OSError when the data folder cannot be written.

    What is loaded here stays for good: the garbage collector need not look at it while it loads, nor ever again.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartecr.server.settings")
    gc.disable()
    try:
        import django

        django.setup()
    finally:
        gc.freeze()
        gc.set_threshold(_GARBAGE, 10, 10)
        gc.enable()


def pending_migrations() -> list[str]:
    """Return the names of migrations that the database lacks, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrate() -> list[str]:
    """Bring the database up to date; return the names of the migrations applied (none at most starts)."""
    pending = pending_migrations()
    if pending:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
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
