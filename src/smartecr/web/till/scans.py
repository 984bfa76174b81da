"""Codes from the scanners: fetched by the page that sells, handed to the payment while one is under way, explained.

The page turns each into a command with the id given here, so a code is booked once whichever window took it.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.core.money import format_cents
from smartecr.core.records import dataclass
from smartecr.register.regulars import loyalty
from smartecr.register.sale import scanned
from smartecr.scanner.code import Code, Kind
from smartecr.tse import receipt_qr
from smartecr.web.ports import till
from smartecr.web.till import shelf
from smartecr.web.till.access import attempt, staff_only


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a receipt's code says: `state` "ok" or "bad", a sentence, and what stands in the code."""

    state: str
    message: str
    facts: tuple[tuple[str, str], ...]


@require_POST
@staff_only
def take(_request: HttpRequest) -> HttpResponse:
    """Give out the codes that have come: `{"scans": [{"id", "code"}]}`. Whoever asks sells them."""
    arrivals = till().arrivals
    taken = arrivals.take() if arrivals is not None else []
    return JsonResponse({"scans": [{"id": one.id, "code": one.text} for one in taken]})


@require_POST
@staff_only
def beside_payment(request: HttpRequest) -> HttpResponse:
    """Say whether `code`, scanned while paying, belongs on the ticket (204), or why not (422)."""

    def act(_approver: Any) -> HttpResponse:
        scanned.beside_payment(till(), request.POST.get("code", ""))
        return HttpResponse(status=204)

    return attempt(request, "", act)


def learn_sheet(request: HttpRequest) -> dict[str, Any]:
    """Price and group for a code nobody knows; the price of press and labels stands there already."""
    code = _code(request)
    if not code.valid or code.kind not in scanned.LEARNABLE:
        raise Http404
    price = format_cents(code.price) if code.price else ""
    return {"code": scanned.key(code), "text": request.GET["code"], "price": price, "groups": shelf.groups()}


def receipt_sheet(request: HttpRequest) -> dict[str, Any]:
    """Whose receipt a code is, and what its signature proves."""
    code = _code(request)
    if code.kind is not Kind.RECEIPT:
        raise Http404
    verdict = _verdict(code) if code.format == "tse" else None
    counts = any(rule.kind == "stamps" for rule in loyalty.rules(till()))
    return {
        "receipt_id": scanned.receipt_of(till(), code),
        "verdict": verdict,
        "token": code.text if counts else "",
    }


def _code(request: HttpRequest) -> Code:
    return scanned.parse(till(), request.GET.get("code", ""), typed=True)


def _verdict(code: Code) -> Verdict:
    try:
        found = receipt_qr.verify(code.text)
    except receipt_qr.ReceiptQrError:
        return Verdict("bad", _("Dieser Code ist unvollständig."), ())
    receipt = found.receipt
    facts = (
        (_("Kasse"), receipt.client_id),
        (_("Transaktion"), str(receipt.transaction_number)),
        (_("Signaturzähler"), str(receipt.signature_counter)),
    )
    return Verdict("ok" if found.valid else "bad", found.message, facts)
