"""The way into the office, and the list of all its sections for a phone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame, sections_of
from smartecr.web.till.access import actor_of


@require_safe
@office_only(Right.X_REPORT)
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first section this person may see."""
    return redirect(sections_of(actor_of(request))[0].address)


@require_safe
@office_only(Right.X_REPORT)
def sections(request: HttpRequest) -> HttpResponse:
    """List all sections, with the switches of this screen: what a phone's bar has no room for."""
    return render(request, "office/sections.html", frame(request, "sections"))
