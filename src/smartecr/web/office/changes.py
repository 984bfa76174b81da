"""What was changed in the shop's master data, in words: who, when, which field, from what to what; and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from smartecr.catalog import csvdates
from smartecr.catalog.csvcells import VAT_WORDS
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Group, Price
from smartecr.catalog.rows import PRICE
from smartecr.core import moments
from smartecr.core.money import format_cents
from smartecr.core.quantity import format_quantity
from smartecr.core.records import dataclass
from smartecr.register.books import history
from smartecr.register.books.history import Change
from smartecr.staff.rights import Right
from smartecr.web.office.access import done, office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, is_fragment, refusal
from smartecr.web.till.forms import count_of
from smartecr.web.till.login import ROLES
from smartecr.web.till.screen import local

FACTS = 40

TABLES = {
    "catalog_article": pgettext_lazy("einer", "Artikel"),
    "catalog_group": gettext_lazy("Warengruppe"),
    "catalog_barcode": gettext_lazy("Strichcode"),
    "catalog_price": gettext_lazy("Preis mit Datum"),
    "shop": gettext_lazy("Laden"),
    "register": gettext_lazy("Kasse"),
    "person": gettext_lazy("Person"),
}
FIELDS = {
    "name": gettext_lazy("Name"), "number": gettext_lazy("Nummer"), "price_cents": gettext_lazy("Preis"),
    "prices": gettext_lazy("Weitere Preise"), "offers": gettext_lazy("Befristeter Preis"),
    "cents": gettext_lazy("Betrag"), "level": gettext_lazy("Preisebene"),
    "begins": gettext_lazy("Gilt ab"), "ends": gettext_lazy("Gilt bis"), "cost_cents": gettext_lazy("Einkauf netto"),
    "group_id": gettext_lazy("Warengruppe"),
    "vat_key_in": gettext_lazy("MwSt im Haus"), "vat_key_out": gettext_lazy("MwSt außer Haus"),
    "sold_out": gettext_lazy("Ausverkauft"), "active": gettext_lazy("Aktiv"), "unit": gettext_lazy("Einheit"),
    "age": gettext_lazy("Ab Alter"), "favourite_position": gettext_lazy("Favorit"),
    "stocked": gettext_lazy("Bestand führen"), "stock_min": gettext_lazy("Mindestbestand"),
    "stock_full": gettext_lazy("Auffüllen bis"),
    "content": gettext_lazy("Inhalt"), "content_unit": gettext_lazy("Einheit des Inhalts"),
    "position": gettext_lazy("Platz"), "icon": gettext_lazy("Symbol"), "picture": gettext_lazy("Bild"),
    "open_price": gettext_lazy("Freier Preis"), "deposit_article_id": gettext_lazy("Pfand"),
    "gv_typ": gettext_lazy("Art"), "hue": gettext_lazy("Farbe"), "code": gettext_lazy("Code"),
    "article_id": pgettext_lazy("einer", "Artikel"), "quantity": gettext_lazy("Menge"), "role": gettext_lazy("Rolle"),
    "language": gettext_lazy("Sprache"), "owner": gettext_lazy("Inhaber"), "tagline": gettext_lazy("Untertitel"),
    "street": gettext_lazy("Straße"), "postcode": gettext_lazy("Postleitzahl"), "city": gettext_lazy("Ort"),
    "country": gettext_lazy("Land"), "tax_number": gettext_lazy("Steuernummer"), "vat_id": gettext_lazy("USt-IdNr."),
    "footer": gettext_lazy("Fußzeile"), "blind_count": gettext_lazy("Blind zählen"),
    "cutoff_hour": gettext_lazy("Tageswechsel"), "paper_always": gettext_lazy("Immer drucken"),
    "serial": gettext_lazy("Seriennummer der Kasse"), "station": gettext_lazy("Station"),
}  # fmt: skip
_INNER = frozenset({"id", "shop_id", "demo", "training", "begun", "ended"})
"""What no person sets here: how rows hang together, and what the register notes by itself."""

_NAMED: dict[str, type[Article | Group]] = {"group_id": Group, "deposit_article_id": Article, "article_id": Article}


@dataclass(frozen=True, slots=True)
class Told:
    """A change in words: local time, what it was about, and field, old and new text of each difference."""

    change: Change
    at: datetime
    what: str
    fields: list[tuple[str, str, str]]
    fresh: bool
    gone: bool


def told(change: Change) -> Told:
    """Return a change in words."""
    if change.table == PRICE:
        change = replace(change, name=_dated(change))
    names = [name for name in FIELDS if name in change.new or name in change.old]
    fields = [
        (str(FIELDS[name]), _value(name, change.old.get(name)), _value(name, change.new.get(name))) for name in names
    ]
    if change.old.get("picture") and change.new.get("picture"):
        fields = [(word, old, _("ein anderes") if word == str(FIELDS["picture"]) else new) for word, old, new in fields]
    fresh, gone = not change.old and bool(change.new), bool(change.old) and not change.new
    return Told(
        change,
        local(change.at),
        str(TABLES.get(change.table, change.table)),
        [] if fresh or gone else fields,
        fresh,
        gone,
    )


def before_and_after(change: Change) -> tuple[str, str]:
    """Return all values of a change in two texts, whole where the row is new or gone: "Preis 2,40, Einheit kg"."""
    return _listed(change.old), _listed(change.new)


def _listed(values: Mapping[str, Any]) -> str:
    names = sorted(values.keys() - _INNER, key=lambda name: list(FIELDS).index(name) if name in FIELDS else len(FIELDS))
    said = ((FIELDS.get(name, name), _value(name, values[name])) for name in names)
    return ", ".join(f"{word} {value}" for word, value in said if value != "–") or "–"


def _dated(change: Change) -> str:
    """Say which price of which article: "Espresso, 2,60 ab 01.12.2026"."""
    columns = {**change.new, **change.old}
    if not {"article_id", "level", "cents", "begins", "ends"} <= columns.keys():
        kept = Price.objects.filter(id=change.key).values().first()
        columns = {**(kept or {}), **columns}
    if "cents" not in columns:
        return change.name
    return f"{_value('article_id', columns['article_id'])}, {csvdates.write([csvdates.of(columns)])}"


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if name in ("price_cents", "cost_cents", "cents"):
        return format_cents(value)
    if name == "picture":
        return _("eines")
    if name in ("begins", "ends"):
        return moments.write(value, through=name == "ends")
    if name in ("prices", "offers"):
        prices = json.loads(value).items()
        return ", ".join(f"{level}: {format_cents(cents)}" if level != "1" else format_cents(cents)
                         for level, cents in prices) or "–"  # fmt: skip
    if name.startswith("vat_key"):
        return VAT_WORDS.get(value, str(value))
    if name in _NAMED:
        named = _NAMED[name].objects.filter(id=value).first()
        return str(named).replace("\u00ad", "") if named else str(value)
    if name == "role":
        return str(ROLES.get(value, value))
    if name in ("stock_min", "stock_full", "content"):
        return format_quantity(value)
    if name in ("sold_out", "active", "open_price", "stocked", "blind_count", "paper_always"):
        return _("ja") if value else _("nein")
    return str(value).replace("\u00ad", "")


@require_safe
@office_only(Right.CATALOG)
def changes(request: HttpRequest) -> HttpResponse:
    """List the changes, newest first; `?q=` looks for a name or value, `?before=` goes on from a sequence number."""
    text, before = request.GET.get("q", "").strip(), request.GET.get("before", "")
    found = history.changes(till(), text=text, before=count_of(before), facts=FACTS)
    undoable = history.newest_of_catalogue(till())
    context = {
        "changes": [told(one) for one in found],
        "text": text,
        "next": found[-1].seq if len({one.seq for one in found}) == FACTS else 0,
        "undoable": undoable,
        "undoable_rows": history.rows_of(undoable),
    }
    if is_fragment(request):
        return render(request, "office/changes/_rows.html", context)
    return render(request, "office/changes/list.html", {**frame(request, "changes"), **context})


@require_POST
@office_only(Right.CATALOG)
def undo(request: HttpRequest, entry_id: str) -> HttpResponse:
    """Take back a change of the catalogue: a new fact with the old values."""
    try:
        if not history.undo(till(), actor_of(request), entry_id):
            return refusal(request, _("Danach wurde schon anderes geändert. Bitte von Hand zurückstellen."))
    except CatalogError as error:
        return refusal(request, error.message)
    return done(request, "office:changes")
