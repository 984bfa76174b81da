"""The form for whoever invited business guests, printed below a receipt or as PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from smartecr.printer import pdf
from smartecr.register import queries
from smartecr.register.invoice import entertaining, invoices
from smartecr.register.paper import printing, receipts
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.paper import problem


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def entertain(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Ask for host, guests and occasion (GET); print receipt and form, or give them as PDF (POST with `do` = "pdf")."""
    receipt = queries.find_receipt(receipt_id)
    if receipt is None:
        raise Http404(receipt_id)
    if request.method != "POST":
        invoice = invoices.standing(receipt_id)
        context = {
            "receipt": receipt,
            "must_name": entertaining.names_host(receipt),
            "host": invoice.buyer if invoice is not None else "",
            "has_printer": till().printer is not None,
        }
        return render(request, "till/sheets/entertain.html", context)

    def act(_approver: Any) -> HttpResponse:
        form = entertaining.form(receipt_id, request.POST.dict())
        if request.POST.get("do") == "pdf":
            return as_pdf(receipt_id, form)
        copy = printing.print_receipt(till(), actor_of(request), receipt_id, form)
        return render(request, "till/_printing.html", {"copy": copy, **problem(till().printer)})

    return attempt(request, "", act)


def as_pdf(receipt_id: str, form: Any, *, person: bool = True) -> HttpResponse:
    """Return a receipt with its form as PDF/A."""
    document = receipts.document(receipt_id, entertainment=form)
    if not person:
        document = replace(document, person="")
    response = HttpResponse(pdf.render(document, document.issued, "a4"), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="Bewirtungsbeleg-{document.number}.pdf"'
    return response
