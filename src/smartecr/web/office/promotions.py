"""Promotions in the office: what is in force, a rule made or changed, what it would have cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.catalog.models import Group
from smartecr.core import ids
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, format_percent, parse_cents
from smartecr.core.promotions import Promotion
from smartecr.register import guests, loyalty, previewing, queries
from smartecr.register.errors import RegisterError
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, refusal
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
    known = {rule.id: (rule, active) for rule, active in loyalty.every()}
    rule, active = known.get(key, (Promotion(id=key, name="", kind="percent"), True))
    if request.method != "POST":
        context = {
            "rule": rule, "active": active, "kinds": KINDS, "days": DAYS, "value": _shown(rule),
            "groups": Group.objects.filter(active=True), "customer_groups": guests.groups(),
            "least": format_cents(rule.from_cents) if rule.from_cents else "",
        }  # fmt: skip
        return render(request, "office/promotions/one.html", {**frame(request, "promotions"), **context})
    if not ids.is_id(key):
        return HttpResponse(status=400)
    try:
        loyalty.save(till(), actor_of(request), read(request, key), active="active" in request.POST)
    except (RegisterError, CoreError) as error:
        return refusal(request, said(error.message), said(getattr(error, "next_step", "")))
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = redirect("office:promotions").url
    return response


def _shown(rule: Promotion) -> str:
    if not rule.value:
        return ""
    if rule.kind == "n_for_m":
        return str(rule.value)
    return format_percent(rule.value).removesuffix(" %") if rule.kind == "percent" else format_cents(rule.value)


def read(request: HttpRequest, key: str) -> Promotion:
    """Return the promotion in a form. Raises CoreError for an amount nobody can read, RegisterError for a number."""
    post = request.POST
    kind: Any = post.get("kind", "")
    value = post.get("value", "").strip()
    amount = 0
    if value and kind != "stamps":
        amount = _number(value) if kind == "n_for_m" else parse_cents(value)
    return Promotion(
        id=key,
        name=" ".join(post.get("name", "").split()),
        kind=kind,
        value=amount,
        count=_number(post.get("count", "")),
        groups=tuple(post.getlist("groups")),
        partners=tuple(post.getlist("partners")),
        from_cents=parse_cents(post["least"]) if post.get("least", "").strip() else 0,
        days="".join(sorted(set("".join(post.getlist("days"))) & set("1234567"))),
        start=post.get("start", "")[:5],
        end=post.get("end", "")[:5],
        first=post.get("first", "")[:10],
        last=post.get("last", "")[:10],
        card="card" in post,
        customers=post.get("customers", ""),
        occasion=post.get("occasion", ""),
        code=post.get("code", "").strip().upper(),
        points=_number(post.get("points", "")),
        from_points=_number(post.get("from_points", "")),
    )


def _number(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise RegisterError("number", _("Hier gehört eine ganze Zahl hin."))
    return int(text)


@require_POST
@office_only(Right.CUSTOMERS)
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """Say what the promotion in the form would have cost in the last four weeks, were it alone."""
    try:
        rule = read(request, key)
        loyalty.check(rule)
    except (RegisterError, CoreError) as error:
        return refusal(request, said(error.message), said(getattr(error, "next_step", "")))
    today = date.fromisoformat(queries.business_day(till()))
    told = previewing.preview(rule, (today - timedelta(weeks=WEEKS)).isoformat(), today.isoformat())
    share = format_percent(told.cents * 1000 // told.turnover * 10) if told.turnover else "0 %"
    return render(request, "office/promotions/_preview.html", {"told": told, "share": share, "weeks": WEEKS})
