"""The closings in the office: found by their day, read beside the list, taken along as PDF."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from smartecr.register.books import closing
from smartecr.register.books.closing import Closing
from smartecr.register.paper import reportpaper
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.registers import choice, looked_at
from smartecr.web.ports import till
from smartecr.web.till.access import is_fragment
from smartecr.web.till.cash import closing_row
from smartecr.web.till.forms import count_of

SHOWN = 60
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@require_safe
@office_only(Right.X_REPORT)
def closings(request: HttpRequest) -> HttpResponse:
    """List a register's closings, newest first; `?day=` a business day, `?below=` goes on from a Z number.

    `?register=` is another register of the shop.
    """
    register, day, below = looked_at(request), request.GET.get("day", ""), request.GET.get("below", "")
    day = day if _DAY.fullmatch(day) else ""
    found = closing.closings(register, SHOWN, day=day, below=count_of(below))
    context = {"closings": [closing_row(one) for one in found], "day": day, "next": 0, **choice(register)}
    if len(found) == SHOWN:
        context["next"] = found[-1].z_number
    if is_fragment(request):
        return render(request, "office/books/_closings.html", context)
    return render(request, "office/books/closings.html", {**frame(request, "books"), **context})


@require_safe
@office_only(Right.X_REPORT)
def one(request: HttpRequest, closing_id: str) -> HttpResponse:
    """Show a Z report with what can be done with it; a fragment for the list's right side."""
    done = _find(closing_id)
    context = {"closing": done, "document": reportpaper.z_document(done), "has_printer": till().printer is not None}
    if is_fragment(request):
        return render(request, "office/books/_closing.html", context)
    return render(request, "office/books/closing.html", {**frame(request, "books"), **context})


@require_safe
@office_only(Right.X_REPORT)
def as_pdf(_request: HttpRequest, closing_id: str) -> HttpResponse:
    """Give a Z report as PDF/A."""
    done = _find(closing_id)
    response = HttpResponse(reportpaper.closing_pdf(done), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="Z-{done.z_number}-{done.business_day}.pdf"'
    return response


def _find(closing_id: str) -> Closing:
    done = closing.find_closing(closing_id)
    if done is None:
        raise Http404(closing_id)
    return done
