"""`smartecr export datev`: posting batches and the cash book of a period for the tax adviser, as one ZIP."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from smartecr.core.counted import counted
from smartecr.server.cmdline import newfile
from smartecr.server.cmdline.commands import StopError, open_books
from smartecr.server.cmdline.console import complain, say
from smartecr.server.cmdline.period import Period, check_target


def export(folder: Path, target: Path, period: Period, given: Mapping[str, Any]) -> int:
    """Write the closings of a period to `target`; `given` options go before those saved. 2 when it cannot be."""
    try:
        check_target(target, period)
        with open_books(folder, alone=False):
            return _write(target, period, given)
    except StopError as error:
        complain(str(error))
        return 2


def _write(target: Path, period: Period, given: Mapping[str, Any]) -> int:
    from smartecr.register.books import bookkeeping
    from smartecr.register.cashdesk import cashbook
    from smartecr.register.errors import RegisterError
    from smartecr.register.models import Register, Shop
    from smartecr.register.till import ZONE

    shop = Shop.objects.order_by("id").first()
    if shop is None:
        raise StopError("In diesem Ordner ist kein Laden.")
    try:
        agreed = bookkeeping.adviser(shop.id, given)
        months = list(bookkeeping.months(shop.id, agreed, period.first_text, period.last_text))
    except RegisterError as error:
        raise StopError(f"{error.message} {error.next_step}") from error
    if not months:
        raise StopError("In diesem Zeitraum gibt es keinen Kassenabschluss. Zuerst den Tag abschließen.")
    made = datetime.now(ZONE)

    def files() -> Iterator[tuple[str, bytes]]:
        for month in months:
            yield f"EXTF_Kasse_{month.first:%Y-%m}.csv", bookkeeping.batch(month, agreed, made)
        for register in Register.objects.filter(shop_id=shop.id).order_by("id"):
            entries = cashbook.entries(register.id, period.first_text, period.last_text)
            name = "".join(sign for sign in register.name if sign.isalnum()) or register.id[-6:]
            for key, lines in bookkeeping.cash_lines(entries).items():
                yield f"Kassenbuch_{name}_{key}.csv", bookkeeping.cash_csv(lines)
        yield "Protokoll.txt", bookkeeping.protocol(months, agreed).encode()

    write_zip(target, files())
    closings = counted(sum(month.closings for month in months), "Abschluss", "Abschlüsse")
    booked = counted(sum(len(month.postings) for month in months), "Buchung", "Buchungen")
    say(f"{target}: {closings}, {booked}, geprüft auf null.")
    return 0


def write_zip(target: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Write files into a ZIP that appears whole or not at all. Raises StopError when it cannot be written."""
    try:
        with newfile.whole(target) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files:
                archive.writestr(name, data)
    except newfile.NotWrittenError as error:
        raise StopError(str(error)) from error
