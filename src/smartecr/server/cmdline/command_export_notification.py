"""`smartecr export notification`: the notification of the registers to the tax office, as XML and as a sheet."""

from __future__ import annotations

from pathlib import Path

from smartecr.core.counted import counted
from smartecr.server.cmdline.command_export_datev import write_zip
from smartecr.server.cmdline.commands import StopError, open_books
from smartecr.server.cmdline.console import complain, say
from smartecr.server.cmdline.period import Period, check_target


def export(folder: Path, target: Path) -> int:
    """Write the state of today to `target` (ZIP); 1 when the tax office would ask for more, 2 when it cannot be."""
    try:
        check_target(target, Period(None, None))
        with open_books(folder, alone=False):
            return _write(target)
    except StopError as error:
        complain(str(error))
        return 2


def _write(target: Path) -> int:
    from smartecr.fiscal import notification
    from smartecr.register.books import notice
    from smartecr.register.models import Shop

    shop = Shop.objects.order_by("id").first()
    if shop is None:
        raise StopError("In diesem Ordner ist kein Laden.")
    current = notice.current(shop.id)
    text = notification.sheet(current)
    files = (("Mitteilung_146a.xml", notification.xml(current)), ("Mitteilung_146a.txt", text.encode()))
    write_zip(target, iter(files))
    due = f"fällig bis {current.due:%d.%m.%Y}" if current.due else "nichts Neues seit der letzten Mitteilung"
    say(f"{target}: {counted(len(current.systems), 'Kasse', 'Kassen')}, {due}. In Mein ELSTER vor dem Senden ansehen.")
    gaps = notification.missing(current)
    for gap in gaps:
        complain(f"Noch zu ergänzen: {gap}")
    return 1 if gaps else 0
