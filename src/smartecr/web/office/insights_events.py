"""Events as a table whose rows lead to their receipts."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from smartecr.insights.asking_events import Dated
from smartecr.insights.tables import TEXT, Column, Table
from smartecr.register.till import ZONE, moment


def kind_words() -> dict[str, str]:
    """Return what kinds of events are called."""
    return {
        "discount": _("Bons mit Rabatt von Hand"),
        "line_void": _("Zeilen storniert vor der Zahlung"),
        "late_void": _("Zeilen storniert, nachdem der Bon geparkt war"),
        "refund": _("Bons storniert nach der Zahlung"),
        "abort": _("Bons abgebrochen"),
        "drawer": _("Lade von Hand geöffnet"),
        "difference": _("Kassendifferenzen"),
    }


def _event_words() -> dict[str, str]:
    """Return what one event of a kind is called."""
    return {
        "discount": _("Rabatt von Hand"),
        "line_void": _("Zeile storniert"),
        "late_void": _("Zeile nach dem Parken storniert"),
        "refund": _("Bon storniert"),
        "abort": _("Bon abgebrochen"),
        "drawer": _("Lade von Hand geöffnet"),
        "difference": _("Kassendifferenz"),
    }


def listing(events: Iterable[Dated]) -> Table:
    """Return a table of events in their order."""
    kinds, receipts = _event_words(), reverse("office:receipts")
    rows, links = [], []
    for one in events:
        event = one.event
        local = moment(event.at).astimezone(ZONE)
        number = str(event.number) if event.number else ""
        rows.append((f"{local:%d.%m.%Y %H:%M}", kinds[event.kind], event.person_name, number,
                     event.text, event.cents or None))  # fmt: skip
        links.append(f"{receipts}?q={event.number}" if event.number else "")
    return Table(
        key="events",
        title=_("Vorgänge"),
        columns=(Column(_("Wann"), TEXT), Column(_("Was"), TEXT), Column(_("Wer"), TEXT), Column(_("Bon"), TEXT),
                 Column(_("Grund oder Artikel"), TEXT), Column(_("Betrag"))),
        rows=rows,
        links=links,
    )  # fmt: skip
