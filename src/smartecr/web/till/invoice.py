"""Invoices from the till and the office: made out over a receipt, looked at, sent on, taken back."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop as marked
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.fiscal.einvoice import buyers, model
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoicepaper, invoices, invoicing
from smartecr.register.invoice.invoices import Stored
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.forms import reason_of

REASONS = (marked("Falscher Name"), marked("Falsche Anschrift"), marked("Doppelt geschrieben"))
LATEST = 6


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def invoice(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Ask who the invoice over a receipt is made out to (GET, `?like=` fills in an earlier buyer), make it out (POST).

    Where one stands already, that is shown.
    """
    receipt = queries.find_receipt(receipt_id)
    if receipt is None:
        raise Http404(receipt_id)
    if request.method == "POST":
        return attempt(request, "", lambda _approver: _made(request, receipt_id))
    standing = invoices.standing(receipt_id)
    if standing is not None:
        return render(request, "till/sheets/invoice_done.html", done(standing))
    refused = invoices.refusal(receipt)
    if refused is not None:
        return refusal(request, refused.message, refused.next_step)
    like = invoices.find(request.GET.get("like", ""))
    context = {
        "receipt": receipt,
        "new_id": till().new_id(),
        "needed": receipt.total_cents > model.SMALL_CENTS,
        "countries": buyers.COUNTRIES.items(),
        "most": buyers.FIELDS,
        "buyer": like.invoice.buyer if like is not None and like.invoice.buyer else model.Party(name=""),
        "latest": _latest(),
        "gaps": buyers.shop_gaps(invoices.seller(till().shop_id)),
    }
    return render(request, "till/sheets/invoice.html", context)


def _latest() -> list[Stored]:
    """Return the newest invoice of each of the latest buyers."""
    found: dict[tuple[str, str], Stored] = {}
    for one in invoices.newest(till().shop_id, limit=50):
        if one.invoice.buyer is not None and one.kind == model.INVOICE:
            found.setdefault((one.buyer, one.invoice.buyer.street), one)
    return list(found.values())[:LATEST]


def _made(request: HttpRequest, receipt_id: str) -> HttpResponse:
    new_id = request.POST.get("invoice", "")
    made = invoicing.issue(till(), actor_of(request), new_id, receipt_id, request.POST.dict())
    return render(request, "till/sheets/invoice_done.html", {**done(made), "fresh": True})


def done(stored: Stored) -> dict[str, Any]:
    """Return the context of an invoice that stands: its files, what an XRechnung lacks."""
    receipt = queries.find_receipt(stored.id)
    return {
        "invoice": stored,
        "receipt_id": stored.receipt_id,
        "vorgang": receipt,
        "gaps": buyers.gaps(stored.invoice),
        "reasons": REASONS,
        "new_id": till().new_id(),
    }


def _stored(invoice_id: str) -> Stored:
    found = invoices.find(invoice_id)
    if found is None:
        raise Http404(invoice_id)
    return found


@require_safe
@staff_only
def invoice_pdf(_request: HttpRequest, invoice_id: str) -> HttpResponse:
    """Give an invoice as PDF/A-3 with its XML, always the same."""
    return pdf_response(_stored(invoice_id))


def pdf_response(stored: Stored) -> HttpResponse:
    """Return the PDF of an invoice."""
    response = HttpResponse(invoicepaper.pdf(stored), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{stored.number}.pdf"'
    return response


@require_safe
@staff_only
def invoice_xml(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """Give an invoice as XRechnung; what it lacks is said."""
    stored = _stored(invoice_id)
    try:
        data = invoicing.xrechnung(stored)
    except RegisterError as error:
        return refusal(request, error.message, error.next_step)
    response = HttpResponse(data, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="xrechnung-{stored.number}.xml"'
    return response


@require_POST
@staff_only
def cancel(request: HttpRequest, invoice_id: str) -> HttpResponse:
    """Take a wrong invoice back; the receipt stays, another one can be made out."""

    def act(approver: Any) -> HttpResponse:
        post = request.POST
        reason = reason_of(post.get("choice", ""), post.get("reason", ""))
        back = invoicing.cancel(till(), actor_of(request), post.get("new", ""), invoice_id, reason, approver)
        return render(request, "till/sheets/invoice_done.html", {**done(back), "fresh": True})

    return attempt(request, Right.REFUND, act)
