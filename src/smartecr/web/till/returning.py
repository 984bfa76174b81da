"""Taking lines of an earlier receipt back: how many of which, why, and what goes back to whom."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.core.errors import CoreError
from smartecr.core.quantity import ONE, format_quantity
from smartecr.core.returning import returnable
from smartecr.printer import names
from smartecr.register import queries
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import refunding, returns
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.forms import reason_of
from smartecr.web.till.receipts import REASONS
from smartecr.web.till.words import said

_FIELD = "line-"


def _receipt(receipt_id: str) -> ReceiptState:
    receipt = queries.find_receipt(receipt_id)
    if receipt is None:
        raise Http404(receipt_id)
    return receipt


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def take_back(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Ask which lines go back and why (GET), take them back (POST) and show the receipt that says so."""
    receipt = _receipt(receipt_id)
    if request.method != "POST":
        context = {
            "receipt": receipt,
            "lines": _lines(receipt),
            "reasons": REASONS,
            "new_id": till().new_id(),
            "parts": returns.parts_of(receipt_id),
        }
        return render(request, "till/sheets/take_back.html", context)

    def act(approver: Any) -> HttpResponse:
        post = request.POST
        reason = reason_of(post.get("choice", ""), post.get("reason", ""))
        new_id = post.get("receipt", "")
        done = refunding.refund_lines(
            till(), actor_of(request), new_id, receipt_id, _chosen(post), reason, approver=approver
        )
        response = HttpResponse(status=204)
        to_card = isinstance(done, str)
        target = f"{reverse('till')}?card={done}" if to_card else reverse("receipt-view", args=[new_id])
        response.headers["HX-Redirect"] = target
        return response

    return attempt(request, Right.REFUND, act)


@require_safe
@staff_only
def preview(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Say what would go back to whom, for the lines chosen so far."""
    receipt = _receipt(receipt_id)
    context: dict[str, Any] = {"total": 0, "paid": (), "wrong": ""}
    chosen = _chosen(request.GET)
    if any(chosen.values()):
        try:
            content = refunding.part_of(till(), receipt, chosen)
        except CoreError as error:
            context["wrong"] = said(error.message)
        else:
            paid = [(names.payment(one.kind, one.name), -one.cents) for one in content.payments]
            settled = [(names.case(one.gv_typ), one.amount_cents) for one in content.lines if one.gv_typ in _SETTLED]
            context |= {"total": sum(cents for _, cents in [*paid, *settled]), "paid": [*settled, *paid]}
    return render(request, "till/_take_back_sum.html", context)


_SETTLED = frozenset({"Forderungsentstehung", "MehrzweckgutscheinEinloesung", "EinzweckgutscheinEinloesung"})


def _chosen(fields: QueryDict) -> dict[str, int]:
    """Return thousandths by line id; what is no number counts as nothing."""
    return {
        name.removeprefix(_FIELD): int(text)
        for name, text in fields.items()
        if name.startswith(_FIELD) and isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10
    }


def _lines(receipt: ReceiptState) -> list[dict[str, Any]]:
    """Return the lines that may go back, each with the quantities to choose from."""
    return [
        {
            "name": f"{_FIELD}{one.line.line_id}",
            "text": one.line.text,
            "cents": one.line.unit_cents if not one.whole else one.line.amount_cents,
            "sold": f"{format_quantity(one.line.quantity)} {one.line.unit}".strip(),
            "left": one.left,
            "choices": _choices(one.left, one.line.quantity, one.line.unit, whole=one.whole),
        }
        for one in returnable(receipt.content, returns.contents_of(receipt.id))
    ]


def _choices(left: int, quantity: int, unit: str, *, whole: bool) -> list[tuple[int, str]]:
    if whole:
        return [(quantity, f"{format_quantity(quantity)} {unit}".strip())] if left == quantity else []
    return [(number * ONE, str(number)) for number in range(1, left // ONE + 1)]
