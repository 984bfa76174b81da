"""`smartecr export dsfinvk`: the books of a period as a ZIP for the tax office or the tax adviser."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smartecr.core.counted import counted
from smartecr.server.cmdline.commands import StopError, open_books
from smartecr.server.cmdline.console import Progress, complain, say
from smartecr.server.cmdline.period import Period, check_target

if TYPE_CHECKING:
    from smartecr.fiscal.dsfinvk.writer import Written


def export(folder: Path, target: Path, first: date | None, last: date | None) -> int:
    """Write the closings of the business days `first` to `last` (None: no limit) to `target`; 2 when it cannot be.

    An existing file stays untouched: it may be the export that was handed over.
    """
    try:
        check_target(target, Period(first, last))
        with open_books(folder, alone=False):
            return _write(target, first, last)
    except StopError as error:
        complain(str(error))
        return 2


def _write(target: Path, first: date | None, last: date | None) -> int:
    from smartecr.fiscal.dsfinvk import writer
    from smartecr.fiscal.dsfinvk.dialect import ValueRefusedError
    from smartecr.register.books import exporting

    closings = exporting.chosen(first.isoformat() if first else "", last.isoformat() if last else "")
    if not closings:
        raise StopError("In diesem Zeitraum gibt es keinen Kassenabschluss. Zuerst den Tag abschließen.")
    progress = Progress()

    def show(written: Written) -> None:
        progress(written.closings, len(closings), _said(written))

    try:
        done = exporting.write(target, closings, at=datetime.now(UTC), workers=os.cpu_count() or 1, progress=show)
    except writer.ExportError as error:
        raise StopError(str(error)) from error
    except ValueRefusedError as error:
        raise StopError(f"Nichts geschrieben: {error}\nFehlende Angaben zum Laden in der Kasse ergänzen.") from error
    say(f"{target}: {_said(done)}. Prüfen: smartecr verify dsfinvk {target}")
    return 0


def _said(written: Written) -> str:
    closings = counted(written.closings, "Abschluss", "Abschlüsse")
    return f"{closings}, {counted(written.receipts, 'Vorgang', 'Vorgänge')}"
