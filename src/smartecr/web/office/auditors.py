"""Kassen-Nachschau from the owner's side: let an auditor in, see who was in, and what was handed over."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.register.books import auditing, handing
from smartecr.register.errors import RegisterError
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.forms import count_of
from smartecr.web.till.screen import local
from smartecr.web.till.words import said


@require_safe
@office_only(Right.STAFF)
def auditors(request: HttpRequest) -> HttpResponse:
    """Show the form that lets somebody in, who is in, and the log of handovers."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    register = till()
    now = register.now()
    shown = [
        (one, local(one.opened_at), local(one.closed_at or one.until), not one.closed_at and one.until > now, _was(one))
        for one in auditing.accesses(register.shop_id)
    ]
    context = {
        **frame(request, "books", "kassen-nachschau"),
        "accesses": shown,
        "log": [(one, local(one.at)) for one in handing.log(register.shop_id)],
        "hours": auditing.HOURS,
        "access_id": register.new_id(),
        "address": request.build_absolute_uri(reverse("audit:door")),
        **more,
    }
    return render(request, "office/books/auditors.html", context, status=status)


@require_POST
@office_only(Right.STAFF)
def let_in(request: HttpRequest) -> HttpResponse:
    """Open a way in; its code is shown on this answer and never again."""
    post = request.POST
    hours = count_of(post.get("hours", ""))
    try:
        access, code = auditing.let_in(
            till(), actor_of(request), post.get("access", ""), post.get("name", ""), post.get("badge", ""), hours
        )
    except RegisterError as error:
        return _page(request, 422, wrong=said(error.message), next_step=said(error.next_step))
    return _page(request, opened=access, code=f"{code[:4]} {code[4:]}", until=local(access.until))


@require_POST
@office_only(Right.STAFF)
def let_out(request: HttpRequest, access_id: str) -> HttpResponse:
    """Close a way in before its time."""
    try:
        access = auditing.find(access_id)
    except RegisterError:
        raise Http404(access_id) from None
    close = partial(auditing.let_out, till(), actor_of(request), access_id)
    typed = meanwhile.press(request.POST, lambda: _closed(auditing.find(access_id)), close)
    if typed.crossed:
        words = {"closed": _("Zugang für {name}").format(name=access.name)}
        return _page(request, 422, wrong=typed.problem(words, lambda _name, _at: _("geschlossen")))
    return redirect("office:auditors")


def _was(access: auditing.Access) -> str:
    return meanwhile.as_shown(_closed(access))


def _closed(access: auditing.Access) -> Fields:
    return {"closed": access.closed_at}
