"""The receipts of the register, found again and looked at in the office."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.registers import choice, looked_at
from smartecr.web.till.access import is_fragment
from smartecr.web.till.receipts import found_in, paper_of


@require_safe
@office_only(Right.X_REPORT)
def receipts(request: HttpRequest) -> HttpResponse:
    """List a register's receipts, newest first; `?q=` is a number, amount or part of a name, `?day=` a business day.

    `?register=` is another register of the shop.
    """
    register = looked_at(request)
    context = {**found_in(request, reverse("office:receipts"), register), **choice(register)}
    if is_fragment(request):
        return render(request, "till/_receipt_rows.html", context)
    return render(request, "office/receipts.html", {**frame(request, "receipts"), **context})


@require_safe
@office_only(Right.X_REPORT)
def receipt(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show a receipt with what can be done with it; a fragment for the list's right side."""
    context = paper_of(receipt_id)
    if is_fragment(request):
        return render(request, "till/_receipt.html", context)
    return render(request, "office/receipt.html", {**frame(request, "receipts"), **context})
