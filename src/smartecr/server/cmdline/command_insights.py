"""`smartecr insights rebuild`: the rollups behind the figures, made anew from the books."""

from __future__ import annotations

from pathlib import Path

from smartecr.core.counted import counted
from smartecr.server.cmdline.commands import StopError, open_books
from smartecr.server.cmdline.console import Progress, complain, say


def rebuild(folder: Path) -> int:
    """Throw the rollups in `folder` away and add up every closing anew. The books themselves are only read."""
    try:
        with open_books(folder, alone=True):
            from smartecr.insights import keeping

            progress = Progress()
            count = keeping.rebuild(lambda done, every: progress(done, every, "Abschlüsse"))
            progress(count, count, "Abschlüsse")
    except StopError as error:
        complain(str(error))
        return 2
    closings = counted(count, "Kassenabschluss", "Kassenabschlüsse")
    say(f"Auswertungen neu gerechnet: {closings}. Die Bücher blieben, wie sie sind.")
    return 0
