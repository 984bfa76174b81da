"""The settings of the shop: each a row here with its words, so that all are shown, found, checked and written alike.

A setting is a column of the shop; what a device is comes from the environment (`smartecr doctor` tells).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from smartecr.register import masterdata
from smartecr.register.models import Register, Shop
from smartecr.staff.rights import Right
from smartecr.web.office import taxids
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.screen import shop_of

Check = Callable[[str], str]


def _free(text: str) -> str:
    return text


def _needed(text: str) -> str:
    if not text:
        raise taxids.RefusedError(_("Diese Angabe steht auf jedem Bon und darf nicht fehlen."))
    return text


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the shop's column, its word, what it does; `hours` and `flag` are no text fields.

    `check` returns the text as it is kept or raises `taxids.RefusedError`; `words` are others people look for it by.
    """

    column: str
    word: Any
    about: Any = ""
    check: Check = _free
    kind: str = "text"
    words: Any = ""
    complete: str = "off"


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together."""

    key: str
    word: Any
    settings: tuple[Setting, ...]


GROUPS = (
    Group("shop", gettext_lazy("Laden"), (
        Setting("name", gettext_lazy("Name des Ladens"), gettext_lazy("Groß auf Bon und Anzeige"), _needed,
                complete="organization"),
        Setting("owner", gettext_lazy("Inhaber oder Firma"),
                gettext_lazy("Voller Name, wenn der Laden anders heißt (§ 6 KassenSichV)"),
                words=gettext_lazy("Firma")),
        Setting("tagline", gettext_lazy("Untertitel"), gettext_lazy("Kleine Zeile unter dem Namen")),
        Setting("street", gettext_lazy("Straße und Hausnummer"), "", _needed, complete="street-address"),
        Setting("postcode", gettext_lazy("Postleitzahl"), "", _needed, complete="postal-code"),
        Setting("city", gettext_lazy("Ort"), "", _needed, complete="address-level2"),
    )),
    Group("tax", gettext_lazy("Steuer"), (
        Setting("tax_number", gettext_lazy("Steuernummer"), gettext_lazy("Wie im Bescheid, zum Beispiel 12/345/67890"),
                taxids.tax_number, words=gettext_lazy("Finanzamt")),
        Setting("vat_id", gettext_lazy("USt-IdNr."), gettext_lazy("DE und neun Ziffern; leer, wenn es keine gibt"),
                taxids.vat_id, words=gettext_lazy("Umsatzsteuer")),
    )),
    Group("receipt", gettext_lazy("Bon"), (
        Setting("footer", gettext_lazy("Fußzeile"), gettext_lazy("Ein Gruß am Ende des Bons")),
        Setting("paper_always", gettext_lazy("Jeden Bon drucken"),
                gettext_lazy("Sonst kommt Papier, wenn der Gast es will; die Anzeige bietet den digitalen Bon an."),
                kind="flag", words=gettext_lazy("Papier Belegausgabe")),
    )),
    Group("day", gettext_lazy("Kassentag"), (
        Setting("cutoff_hour", gettext_lazy("Tageswechsel"),
                gettext_lazy("Bis zu dieser Stunde zählt der Verkauf noch zum Vortag."), kind="hours",
                words=gettext_lazy("Mitternacht Uhr")),
        Setting("blind_count", gettext_lazy("Blind zählen"),
                gettext_lazy("Beim Abschluss zeigt die Kasse das Soll erst nach dem Zählen."), kind="flag",
                words=gettext_lazy("Kassensturz")),
    )),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def settings(request: HttpRequest) -> HttpResponse:
    """Show all settings, take over those of one group (POST with its `group`)."""
    shop = shop_of(till())
    values = {one.column: getattr(shop, one.column) for group in GROUPS for one in group.settings}
    wrong: dict[str, str] = {}
    if request.method == "POST":
        chosen = next((group for group in GROUPS if group.key == request.POST.get("group")), None)
        typed, wrong = read(chosen.settings if chosen else (), request)
        values |= typed
        if not wrong:
            if any(getattr(shop, column) != value for column, value in typed.items()):
                masterdata.save_shop(till(), actor_of(request), typed)
            return redirect(f"{request.path}?saved={request.POST.get('group', '')}")
    context = {
        **frame(request, "settings"),
        "groups": [(group, [(one, values[one.column], wrong.get(one.column, "")) for one in group.settings])
                   for group in GROUPS],
        "saved": request.GET.get("saved", ""),
        "hours": range(12),
        "register": Register.objects.filter(id=till().register_id).first(),
    }  # fmt: skip
    return render(request, "office/settings/settings.html", context, status=422 if wrong else 200)


def read(settings: tuple[Setting, ...], request: HttpRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was typed by column, and the sentence of each refused column."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for one in settings:
        text = " ".join(request.POST.get(one.column, "").split())
        if one.kind == "flag":
            values[one.column] = one.column in request.POST
        elif one.kind == "hours":
            values[one.column] = int(text) if text in map(str, range(12)) else 4
        else:
            values[one.column] = text
            most = int(getattr(Shop._meta.get_field(one.column), "max_length", 0) or 0)
            try:
                if len(text) > most or not text.isprintable():
                    raise taxids.RefusedError(_("Höchstens {most} sichtbare Zeichen.").format(most=most))
                values[one.column] = one.check(text)
            except taxids.RefusedError as error:
                wrong[one.column] = str(error)
    return values, wrong
