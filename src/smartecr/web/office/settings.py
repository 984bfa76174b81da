"""The settings of the shop: each a row here with its words, so that all are shown, found, checked and written alike.

A setting is a column of the shop; what a device is comes from the environment (`smartecr doctor` tells).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from smartecr.core.records import dataclass
from smartecr.register.models import Register, Shop
from smartecr.register.shop import masterdata
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
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


def _postcode(text: str) -> str:
    if _needed(text).isascii() and text.isdigit() and len(text) == 5:
        return text
    raise taxids.RefusedError(_("Eine Postleitzahl hat fünf Ziffern."))


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
                gettext_lazy("Voller Name, wenn der Laden anders heißt (§\N{NO-BREAK SPACE}6 KassenSichV)"),
                words=gettext_lazy("Firma")),
        Setting("tagline", gettext_lazy("Untertitel"), gettext_lazy("Kleine Zeile unter dem Namen")),
        Setting("street", gettext_lazy("Straße und Hausnummer"), "", _needed, complete="street-address"),
        Setting("postcode", gettext_lazy("Postleitzahl"), "", _postcode, complete="postal-code"),
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
    wrong: dict[str, str] = {}
    chosen = next((group for group in GROUPS if group.key == request.POST.get("group")), None)
    now = {group.key: _fields(group) for group in GROUPS}
    shown, crossed = dict(now), ""
    if request.method == "POST" and chosen:

        def save(fields: Fields) -> None:
            shop = shop_of(till())
            values, refused = read(chosen.settings, fields)
            wrong.update(refused)
            if not wrong and any(getattr(shop, column) != value for column, value in values.items()):
                masterdata.save_shop(till(), actor_of(request), values)

        typed = meanwhile.take(request.POST, lambda: _fields(chosen), save)
        crossed = typed.problem({one.column: one.word for one in chosen.settings})
        if not wrong and not crossed:
            return redirect(f"{request.path}?saved={chosen.key}")
        now[chosen.key], shown[chosen.key] = typed.now, typed.fields
    context = {
        **frame(request, "settings"),
        "groups": [(group, meanwhile.as_shown(now[group.key]), crossed if group is chosen else "",
                    [(one, shown[group.key][one.column], wrong.get(one.column, "")) for one in group.settings])
                   for group in GROUPS],
        "saved": request.GET.get("saved", ""),
        "hours": [str(hour) for hour in range(12)],
        "register": Register.objects.filter(id=till().register_id).first(),
    }  # fmt: skip
    return render(request, "office/settings/settings.html", context, status=422 if wrong or crossed else 200)


def _fields(group: Group) -> Fields:
    """Return the fields of a group's form as the shop is now."""
    shop = shop_of(till())
    return {
        one.column: bool(value) if one.kind == "flag" else str(value)
        for one in group.settings
        for value in [getattr(shop, one.column)]
    }


def read(settings: tuple[Setting, ...], fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was typed by column, and the sentence of each refused column."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for one in settings:
        text = " ".join(str(fields.get(one.column, "")).split())
        if one.kind == "flag":
            values[one.column] = bool(fields.get(one.column))
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
    if not wrong and "tax_number" in values and not (values["tax_number"] or values["vat_id"]):
        wrong["tax_number"] = _("Steuernummer oder USt-IdNr. gehört auf jeden Bon.")
    return values, wrong
