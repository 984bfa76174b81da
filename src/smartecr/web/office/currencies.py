"""Currencies the till takes besides euros, each with its rate and the days it holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from smartecr.core.currency import CURRENCIES
from smartecr.core.errors import CoreError
from smartecr.register import foreign
from smartecr.register.errors import RegisterError
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.words import said


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.STAFF)
def currencies(request: HttpRequest) -> HttpResponse:
    """Show the rates, keep them (POST); what was typed stays when it cannot be kept."""
    register, wrong = till(), ""
    kept = {one.currency: (one.text, one.first, one.last) for one in foreign.rates(register.shop_id)}
    if request.method == "POST":
        try:
            foreign.save(register, actor_of(request), request.POST.dict())
            return redirect(f"{request.path}?saved=1")
        except (CoreError, RegisterError) as error:
            wrong = f"{said(error.message)} {said(getattr(error, 'next_step', ''))}".strip()
        names = ("rate", "first", "last")
        kept = {one: tuple(request.POST.get(f"{one}.{name}", "") for name in names) for one in CURRENCIES}  # type: ignore[misc]
    context = {
        **frame(request, "settings"),
        "rows": [(one, name, *kept.get(one, ("", "", ""))) for one, name in CURRENCIES.items()],
        "valid": {one.currency for one in foreign.valid(register)},
        "saved": "saved" in request.GET,
        "wrong": wrong,
    }
    return render(request, "office/settings/currencies.html", context, status=422 if wrong else 200)
