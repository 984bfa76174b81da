"""Making the demo shop in an empty folder, and clearing away one whose making was interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from smartecr.core.counted import counted
from smartecr.server.cmdline.console import say

_MARK = "demo.unfinished"
_MADE = ("smartecr.sqlite3", "smartecr.sqlite3-wal", "smartecr.sqlite3-shm", "register.json", "secret.key", "tse")
"""What making a shop puts into the folder. Nothing else in it is ever touched: the folder may be anybody's."""


def clear_unfinished(folder: Path) -> bool:
    """Clear a half-made demo shop away from `folder`; call before the database is opened.

    The mark is only ever set in a folder without a shop, so nothing but the half-made demo is lost.
    """
    if not (folder / _MARK).exists():
        return False
    say("Der Demo-Laden wurde beim letzten Mal nicht fertig; er wird neu angelegt.")
    for path in (folder / name for name in _MADE):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (folder / _MARK).unlink()
    return True


def make(folder: Path, days: int, progress: Callable[[int, int, str], None]) -> bool:
    """Make the demo shop with `days` past days; return False, changing nothing, when there is a shop already."""
    from smartecr.register.models import Shop

    if Shop.objects.exists():
        return False
    from smartecr.server.demoshop import demo

    say(f"Der Demo-Laden wird angelegt ({counted(days, 'Tag', 'Tage')} mit Umsatz) …")
    mark = folder / _MARK
    mark.touch()
    sales = demo.build(days, progress, folder=folder)
    mark.unlink()
    say(f"Fertig: {counted(sales, 'Verkauf', 'Verkäufe')}, alle gebucht und signiert.")
    return True
