"""Kassen-Nachschau from the owner's side: let an auditor in, see who was in, and what was handed over."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from smartecr.register import auditing, handing
from smartecr.register.errors import RegisterError
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.screen import local
from smartecr.web.till.words import said


@require_safe
@office_only(Right.STAFF)
def auditors(request: HttpRequest) -> HttpResponse:
    """Show the form that lets somebody in, who is in, and the log of handovers."""
    return _page(request)


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    register = till()
    now = register.now()
    shown = [
        (one, local(one.opened_at), local(one.until), one.closed_at == "" and one.until > now)
        for one in auditing.accesses(register.shop_id)
    ]
    context = {
        **frame(request, "books"),
        "accesses": shown,
        "log": [(one, local(one.at)) for one in handing.log(register.shop_id)],
        "hours": auditing.HOURS,
        "access_id": register.new_id(),
        "address": request.build_absolute_uri(reverse("audit:door")),
        **more,
    }
    return render(request, "office/books/auditors.html", context)


@require_POST
@office_only(Right.STAFF)
def let_in(request: HttpRequest) -> HttpResponse:
    """Open a way in; its code is shown on this answer and never again."""
    post = request.POST
    hours = int(post["hours"]) if post.get("hours", "").isdecimal() else 0
    try:
        access, code = auditing.let_in(
            till(), actor_of(request), post.get("access", ""), post.get("name", ""), post.get("badge", ""), hours
        )
    except RegisterError as error:
        return _page(request, wrong=said(error.message), next_step=said(error.next_step))
    return _page(request, opened=access, code=f"{code[:4]} {code[4:]}", until=local(access.until))


@require_POST
@office_only(Right.STAFF)
def let_out(request: HttpRequest, access_id: str) -> HttpResponse:
    """Close a way in before its time."""
    auditing.let_out(till(), actor_of(request), access_id)
    return redirect("office:auditors")
