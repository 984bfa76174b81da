"""What screens need from above: the till of this process and, where its parts are virtual, the bench they lie on.

Screens may not import the server (imports run one way), so the settings name the function that gives the till.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.web.device.bench import Bench
    from smartecr.web.office.backupport import BackupDesk


def till() -> Till:
    """Return this process's till with its devices, building it at the first call (`settings.TILL`)."""
    return cast("Till", import_string(settings.TILL)())


def till_at_once() -> Till:
    """Return this process's till, its devices open or not: ringing up must not wait for them."""
    return cast("Till", import_string(settings.TILL_AT_ONCE)())


def backups() -> BackupDesk:
    """Return what takes backups of this installation and tries them out (`settings.BACKUPS`)."""
    return cast("BackupDesk", import_string(settings.BACKUPS)())


def bench() -> Bench | None:
    """Return the virtual parts of this process's device, None when its TSE is real (`settings.BENCH`)."""
    return cast("Bench | None", import_string(settings.BENCH)())
