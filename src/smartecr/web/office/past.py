"""The time machine: the register as it stood at a moment, step by step, and what differs between two."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from smartecr.staff.rights import Right
from smartecr.web import past
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till


@require_safe
@office_only(Right.X_REPORT)
def show(request: HttpRequest) -> HttpResponse:
    """Show the register at `?day=&time=` (local) or after `?entry=`, against `?then_day=&then_time=` if asked for."""
    found = past.context(till(), request.GET.dict())
    status = 422 if found["asked"].problem else 200
    return render(request, "office/books/past.html", {**frame(request, "books"), **found}, status=status)
