"""Promotions in the office: what is in force, a rule made or changed, what it would have cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.catalog.models import Group
from smartecr.core import ids
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, format_percent, parse_cents
from smartecr.core.promotions import Promotion, coupon_code
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.regulars import guests, loyalty, previewing
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import done, office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, refusal
from smartecr.web.till.forms import whole_of
from smartecr.web.till.words import said

KINDS = (
    ("percent", gettext_lazy("Prozent")),
    ("amount", gettext_lazy("Betrag")),
    ("n_for_m", gettext_lazy("Mehr für weniger (3 für 2)")),
    ("combo", gettext_lazy("Paar zum Festpreis")),
    ("stamps", gettext_lazy("Stempelkarte")),
    ("earn", gettext_lazy("Punkte sammeln")),
)
DAYS = tuple(zip("1234567", ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), strict=True))
_TEXTS = ("name", "kind", "start", "end", "first", "last", "code", "customers", "occasion")
WEEKS = 4
"""So many weeks back a preview looks."""


@require_safe
@office_only(Right.CUSTOMERS)
def promotions(request: HttpRequest) -> HttpResponse:
    """List the promotions in the order in which equals are given."""
    found = [{"rule": rule, "active": active, "what": what(rule)} for rule, active in loyalty.every()]
    context = {"found": found, "new_id": till().new_id()}
    return render(request, "office/promotions/list.html", {**frame(request, "promotions"), **context})


def what(rule: Promotion) -> str:
    """Return a promotion in a few words."""
    amount = f"{format_cents(rule.value)} €"
    if rule.kind == "percent":
        words = format_percent(rule.value)
    elif rule.kind == "n_for_m":
        words = _("{count} für {paid}").format(count=rule.count, paid=rule.value)
    elif rule.kind == "combo":
        words = _("Paar für {amount}").format(amount=amount)
    elif rule.kind == "stamps":
        words = _("nach {count} Stempeln eins frei").format(count=rule.count)
    elif rule.kind == "earn":
        words = _("1 Punkt je {amount}").format(amount=amount)
    else:
        words = _("{amount} weniger").format(amount=amount)
    if rule.points:
        words += _(", kostet {points} Punkte").format(points=rule.points)
    if rule.code:
        words += _(", Coupon {code}").format(code=rule.code)
    return words


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.CUSTOMERS)
def promotion(request: HttpRequest, key: str) -> HttpResponse:
    """Show the form of a promotion, new or known (GET); keep it (POST)."""
    if not ids.is_id(key):
        raise Http404(key)
    rule, active = _known(key)
    if request.method != "POST":
        context = {
            "rule": rule, "active": active, "kinds": KINDS, "days": DAYS, "value": _shown(rule),
            "groups": Group.objects.filter(Q(active=True) | Q(id__in=(*rule.groups, *rule.partners))),
            "customer_groups": guests.groups(), "least": _least(rule),
            "was": meanwhile.as_shown(_fields(key)) if rule.name else "",
        }  # fmt: skip
        return render(request, "office/promotions/one.html", {**frame(request, "promotions"), **context})

    def save(fields: Fields) -> None:
        loyalty.save(till(), actor_of(request), read(fields, _known(key)[0]), active=bool(fields["active"]))

    typed = meanwhile.take(request.POST, lambda: _fields(key), save, RegisterError, CoreError)
    problem = typed.wrong(_words(), _told)
    if problem:
        return meanwhile.refused(request, typed, problem)
    return done(request, "office:promotions")


def _known(key: str) -> tuple[Promotion, bool]:
    """Return a promotion with whether it is in force, a new one for a key nobody knows."""
    known = {rule.id: (rule, active) for rule, active in loyalty.every()}
    return known.get(key, (Promotion(id=key, name="", kind="percent"), True))


def _fields(key: str) -> Fields:
    rule, active = _known(key)
    numbers = {name: str(getattr(rule, name) or "") for name in ("count", "points", "from_points")}
    texts = {name: getattr(rule, name) for name in _TEXTS}
    return {
        **texts, **numbers, "value": _shown(rule), "least": _least(rule), "groups": sorted(rule.groups),
        "partners": sorted(rule.partners), "days": sorted(rule.days), "card": rule.card, "active": active,
    }  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "name": _("Name"), "kind": _("Art"), "value": _("Prozent, Euro, Stück"), "count": _("Stück oder Stempel"),
        "groups": _("Wofür"), "partners": _("Beim Paar: zusammen mit"), "days": _("Wann"), "start": _("von Uhrzeit"),
        "end": _("bis Uhrzeit"), "first": _("erster Tag"), "last": _("letzter Tag"),
        "least": _("ab Warenwert in Euro"), "code": _("nur mit Coupon"), "points": _("kostet Punkte"),
        "from_points": _("ab gesammelten Punkten"), "customers": _("nur für die Gruppe"), "occasion": _("Anlass"),
        "card": _("nur mit Kundenkarte"), "active": _("läuft"),
    }  # fmt: skip


def _told(name: str, value: str) -> str:
    """Return a field's value as the page shows it."""
    if name in ("groups", "partners"):
        found = Group.objects.filter(id=value).first()
        return found.name.replace("\u00ad", "") if found else value
    if name == "customers":
        return next((one["name"] for one in guests.groups() if one["id"] == value), value)
    if name == "occasion":
        return {"birthday": _("Geburtstag"), "welcome": _("erster Einkauf mit Karte")}.get(value, value)
    choices: dict[str, Any] = {"kind": dict(KINDS), "days": dict(DAYS)}
    return str(choices.get(name, {}).get(value) or meanwhile.day(value))


def _least(rule: Promotion) -> str:
    return format_cents(rule.from_cents) if rule.from_cents else ""


def _shown(rule: Promotion) -> str:
    if not rule.value:
        return ""
    if rule.kind == "n_for_m":
        return str(rule.value)
    return format_percent(rule.value).removesuffix(" %") if rule.kind == "percent" else format_cents(rule.value)


def read(fields: Fields, old: Promotion) -> Promotion:
    """Return the promotion in a form over `old`, whose single articles the form does not show.

    Raises CoreError for an amount nobody can read, RegisterError for a number.
    """
    texts = {name: str(text) for name, text in fields.items() if isinstance(text, str)}
    ticked = {name: tuple(keys) for name, keys in fields.items() if isinstance(keys, list)}
    kind: Any = texts["kind"]
    amount = 0
    if texts["value"] and kind != "stamps":
        amount = whole_of(texts["value"]) if kind == "n_for_m" else parse_cents(texts["value"])
    return Promotion(
        id=old.id,
        name=" ".join(texts["name"].split()),
        kind=kind,
        value=amount,
        count=whole_of(texts["count"]),
        articles=old.articles,
        groups=ticked["groups"],
        partners=ticked["partners"],
        from_cents=parse_cents(texts["least"]) if texts["least"] else 0,
        days="".join(sorted(set("".join(ticked["days"])) & set("1234567"))),
        start=texts["start"][:5],
        end=texts["end"][:5],
        first=texts["first"][:10],
        last=texts["last"][:10],
        card=bool(fields["card"]),
        customers=texts["customers"],
        occasion=texts["occasion"],
        code=coupon_code(texts["code"]),
        points=whole_of(texts["points"]),
        from_points=whole_of(texts["from_points"]),
    )


@require_POST
@office_only(Right.CUSTOMERS)
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """Say what the promotion in the form would have cost in the last four weeks, were it alone."""
    try:
        rule = read(meanwhile.read(request.POST, _fields(key)).fields, _known(key)[0])
        loyalty.check(rule)
    except (RegisterError, CoreError) as error:
        return refusal(request, said(error.message), said(getattr(error, "next_step", "")))
    today = date.fromisoformat(queries.business_day(till()))
    told = previewing.preview(rule, (today - timedelta(weeks=WEEKS)).isoformat(), today.isoformat())
    share = format_percent(told.cents * 1000 // told.turnover * 10) if told.turnover else "0 %"
    return render(request, "office/promotions/_preview.html", {"told": told, "share": share, "weeks": WEEKS})
