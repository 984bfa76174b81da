"""The digital receipt as a page, as text and as PDF.

Whoever knows the address sees the receipt, so it must not travel: it is in no referrer, in no index and in no shared
cache. Only staff sees who served, copies and cash vouchers.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.printer import pdf
from smartecr.printer import text as plain_text
from smartecr.printer.document import ReceiptDocument
from smartecr.register import receipts, slips
from smartecr.register.errors import RegisterError
from smartecr.tse import receipt_qr
from smartecr.web.receipt import qr

COLUMNS = (48, 42, 32)

_PRIVATE = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt as a page; `?copy=1` marks it as a copy for logged-in staff."""
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
        }
        return private(render(request, "receipt/page.html", context))


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
        with translation.override(translation.get_language_from_request(request)):
            return private(render(request, "receipt/missing.html", status=404))
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
