"""The TSE as the till shows it: how it is, how long it lasts, and another one that wants to be taken over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from smartecr.register.signing import adopting
from smartecr.register.till import ZONE
from smartecr.staff.rights import Right, allows
from smartecr.tse.api import TseError
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.words import said


def sheet(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the TSE's sheet."""
    register = till()
    state = register.tse.state
    context: dict[str, Any] = {
        "state": {"ok": "ok", "slow": "warn"}.get(state.level, "bad"),
        "message": said(state.message),
        "next_step": said(state.next_step),
        "foreign": register.tse.foreign,
        "may_act": allows(actor_of(request).role, Right.DEVICES),
        "is_new": state.code == "tse_not_initialized",
    }
    if state.level == "bad":
        return context
    try:
        info = register.tse.info()
    except TseError:
        return context
    expires = info.certificate_expires
    used = None
    if info.storage_total and info.storage_used is not None:
        used = round(100 * info.storage_used / info.storage_total)
    return {
        **context,
        "info": info,
        "expires": datetime.fromtimestamp(expires, UTC).astimezone(ZONE).date() if expires else None,
        "used": used,
    }


@require_POST
@staff_only
def adopt(request: HttpRequest) -> HttpResponse:
    """Take the TSE `serial` into service."""

    def act(approver: Any) -> HttpResponse:
        adopting.adopt_tse(till(), actor_of(request), request.POST.get("serial", ""), approver)
        return render(request, "till/sheets/tse.html", sheet(request))

    return attempt(request, Right.DEVICES, act)
