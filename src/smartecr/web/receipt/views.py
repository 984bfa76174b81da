"""The digital receipt as a page, as text, as PDF and for machines, and what a guest may want with it.

Whoever knows the address sees the receipt, so it must not travel: it is in no referrer, in no index and in no shared
cache. Only staff sees who served, copies and cash vouchers.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.printer import pdf
from smartecr.printer import text as plain_text
from smartecr.printer.document import ReceiptDocument
from smartecr.register import queries
from smartecr.register.cashless import slips
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import entertaining, invoicepaper, invoices
from smartecr.register.paper import receiptdata, receipts
from smartecr.tse import receipt_qr
from smartecr.web.receipt import qr
from smartecr.web.till.words import said

COLUMNS = (48, 42, 32)
_JSON = {"ensure_ascii": False}

_PRIVATE = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt as a page, or as JSON to who accepts only that; `?copy=1` marks a copy for logged-in staff."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return data(request, token)
    with translation.override(translation.get_language_from_request(request)):
        document = _document(request, token)
        if document is None:
            return private(render(request, "receipt/missing.html", status=404))
        context = {
            "document": document,
            "language": translation.get_language(),
            "token": token,
            "qr": qr.svg(document.qr, _("QR-Code der TSE")) if document.qr else "",
            "verified": bool(document.qr) and _verified(document.qr),
            "staff": _is_staff(request),
            **_offers(receipts.by_token(token) or ""),
        }
        answer = private(render(request, "receipt/page.html", context))
        answer.headers["Vary"] = "Accept, Accept-Language, Cookie"
        return answer


def _offers(receipt_id: str) -> dict[str, Any]:
    """Return what may be had besides: the invoice over the receipt, a form for whoever invited."""
    state = queries.receipt(receipt_id)
    return {
        "invoice": invoices.find(receipt_id) or invoices.standing(receipt_id),
        "can_entertain": entertaining.suits(state),
    }


@require_safe
def data(request: HttpRequest, token: str) -> HttpResponse:
    """Give the receipt as JSON (`docs/digital-receipt.md`)."""
    if _document(request, token) is None:
        return private(JsonResponse({"error": "Diesen Bon gibt es nicht."}, status=404))
    answer = private(JsonResponse(receiptdata.of(receipts.by_token(token) or ""), json_dumps_params=_JSON))
    answer.headers["Vary"] = "Accept"
    return answer


@require_safe
def invoice(request: HttpRequest, token: str) -> HttpResponse:
    """Give the invoice over the receipt, or the one this Vorgang made known, as PDF/A-3."""
    found = _offers(receipts.by_token(token) or "")["invoice"] if _document(request, token) is not None else None
    if found is None:
        return _missing(request)
    answer = HttpResponse(invoicepaper.pdf(found), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return private(answer)


@require_http_methods(["GET", "HEAD", "POST"])
def entertain(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a guest who invited for host, guests and occasion (GET), and give receipt and form as PDF/A (POST)."""
    document = _document(request, token)
    receipt_id = receipts.by_token(token) or ""
    with translation.override(translation.get_language_from_request(request)):
        if document is None or not entertaining.suits(queries.receipt(receipt_id)):
            return _missing(request)
        wrong = ""
        if request.method == "POST":
            try:
                form = entertaining.form(receipt_id, request.POST.dict())
                full = replace(receipts.document(receipt_id, entertainment=form), person="")
                answer = HttpResponse(pdf.render(full, full.issued, "a4"), content_type="application/pdf")
                answer.headers["Content-Disposition"] = f'inline; filename="Bewirtungsbeleg-{full.number}.pdf"'
                return private(answer)
            except RegisterError as error:
                wrong = f"{said(error.message)} {said(error.next_step)}".strip()
        state = queries.receipt(receipt_id)
        standing = invoices.standing(receipt_id)
        context = {
            "document": document,
            "token": token,
            "language": translation.get_language(),
            "must_name": entertaining.names_host(state),
            "host": request.POST.get("host", standing.buyer if standing is not None else ""),
            "guests": request.POST.get("guests", ""),
            "occasion": request.POST.get("occasion", ""),
            "wrong": wrong,
        }
        return private(render(request, "receipt/entertain.html", context, status=422 if wrong else 200))


def _missing(request: HttpRequest) -> HttpResponse:
    with translation.override(translation.get_language_from_request(request)):
        return private(render(request, "receipt/missing.html", status=404))


@require_safe
def text(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt as plain text; `?columns=` is 48 (default), 42 or 32."""
    document = _document(request, token)
    if document is None:
        return private(
            HttpResponse("Diesen Bon gibt es nicht.\n", content_type="text/plain; charset=utf-8", status=404)
        )
    wanted = request.GET.get("columns", "")
    columns = int(wanted) if wanted in map(str, COLUMNS) else COLUMNS[0]
    body = plain_text.render(document, columns)
    return private(HttpResponse(body, content_type="text/plain; charset=utf-8"))


@require_safe
def as_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt as PDF/A, to be kept."""
    document = _document(request, token)
    if document is None:
        return _missing(request)
    response = HttpResponse(pdf.render(document, document.issued), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="Bon-{document.number}.pdf"'
    return private(response)


def _document(request: HttpRequest, token: str) -> ReceiptDocument | None:
    """Return what this visitor may see of the receipt, None when there is none for them."""
    receipt_id = receipts.by_token(token)
    if receipt_id is None:
        return None
    staff = _is_staff(request)
    try:
        document = receipts.document(receipt_id, copy=staff and "copy" in request.GET)
    except RegisterError:
        return None
    document = replace(document, slips=slips.customer_copies(receipt_id))
    if staff:
        return document
    return None if document.sign_here else replace(document, person="")


def _is_staff(request: HttpRequest) -> bool:
    return getattr(request, "actor", None) is not None


@lru_cache(maxsize=256)
def _verified(text: str) -> bool:
    return receipt_qr.verify(text).valid


def private(response: HttpResponse) -> HttpResponse:
    """Keep a page that its address alone protects out of referrers, indexes and shared caches."""
    for name, value in _PRIVATE.items():
        response.headers[name] = value
    return response
