"""Currencies the till takes besides euros, each with its rate and the days it holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from smartecr.core.currency import CURRENCIES
from smartecr.core.errors import CoreError
from smartecr.register.cashdesk import foreign
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of

PARTS = ("rate", "first", "last")


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def currencies(request: HttpRequest) -> HttpResponse:
    """Show the rates, keep them (POST); what was typed stays when it cannot be kept."""
    register, wrong = till(), ""
    fields = _fields(register)
    if request.method == "POST":

        def save(fields: Fields) -> None:
            foreign.save(register, actor_of(request), {name: str(text) for name, text in fields.items()})

        typed = meanwhile.take(request.POST, lambda: _fields(register), save, CoreError, RegisterError)
        wrong = typed.wrong(_words())
        if not wrong:
            return redirect(f"{request.path}?saved=1")
        fields = typed.fields
    context = {
        **frame(request, "settings", "rechnungen"),
        "rows": [(one, name, *(fields[f"{one}.{part}"] for part in PARTS)) for one, name in CURRENCIES.items()],
        "was": meanwhile.as_shown(_fields(register)),
        "valid": {one.currency for one in foreign.valid(register)},
        "saved": "saved" in request.GET,
        "wrong": wrong,
    }
    return render(request, "office/settings/currencies.html", context, status=422 if wrong else 200)


def _fields(register: Till) -> Fields:
    """Return the form's fields: of each currency its rate and the days it holds."""
    kept = {one.currency: (one.text, one.first, one.last) for one in foreign.rates(register.shop_id)}
    return {
        f"{one}.{part}": value
        for one in CURRENCIES
        for part, value in zip(PARTS, kept.get(one, ("", "", "")), strict=True)
    }


def _words() -> dict[str, str]:
    parts = dict(zip(PARTS, (_("Kurs"), _("gilt ab"), _("gilt bis")), strict=True))
    return {f"{one}.{part}": f"{one} {word}" for one in CURRENCIES for part, word in parts.items()}
