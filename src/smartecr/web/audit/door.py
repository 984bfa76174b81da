"""In and out with a code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from smartecr.register.books import auditing
from smartecr.register.errors import RegisterError
from smartecr.web.audit.access import KEY
from smartecr.web.ports import till
from smartecr.web.till.screen import shop_of


@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """Ask for the code (GET); let in whoever knows it, and nobody else stays logged in at this screen (POST)."""
    register = till()
    context = {"shop": shop_of(register), "wrong": "", "next_step": ""}
    if request.method == "POST":
        try:
            access = auditing.enter(register, request.POST.get("code", ""))
        except RegisterError as error:
            context |= {"wrong": error.message, "next_step": error.next_step}
            return render(request, "audit/door.html", context, status=422)
        request.session.flush()
        request.session[KEY] = access.id
        return redirect("audit:receipts")
    return render(request, "audit/door.html", context)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave; the code still opens until its time is over."""
    request.session.flush()
    return redirect("audit:door")
