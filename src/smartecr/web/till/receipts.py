"""The receipts of this register: found again, looked at, copied, cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as marked
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core.counted import dotted
from smartecr.core.kinds import CASH, REDEMPTIONS
from smartecr.core.records import dataclass
from smartecr.core.returning import Returnable, returnable
from smartecr.core.vouchers import shown
from smartecr.printer import names
from smartecr.printer.document import ReceiptDocument
from smartecr.register import queries
from smartecr.register.cashless import cardbooks, cards, means
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import entertaining, invoices
from smartecr.register.paper import receipts
from smartecr.register.queries import ReceiptRow, ReceiptState
from smartecr.register.sale import refunding, returns
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till.access import actor_of, attempt, is_fragment, staff_only
from smartecr.web.till.forms import reason_of
from smartecr.web.till.screen import frame, local

SHOWN = 100
REACH = 20_000
"""Receipts a search for words or an amount looks back over while somebody types: weeks of a busy shop."""
REASONS = (marked("Falsch getippt"), marked("Ware zurück"), marked("Gast unzufrieden"), marked("Doppelt kassiert"))
SALE = "Beleg"
TYPES = {
    "AVBelegabbruch": gettext_lazy("Abbruch"),
    "AVBestellung": gettext_lazy("Bestellung"),
    "AVTraining": gettext_lazy("Übung"),
    "AVSachbezug": gettext_lazy("Personalverzehr"),
    "AVRechnung": gettext_lazy("Rechnung"),
}
CASES = {
    "DifferenzSollIst": gettext_lazy("Kassendifferenz"),
    "Geldtransit": gettext_lazy("Geldtransit"),
    "Lohnzahlung": gettext_lazy("Lohnzahlung"),
    "TrinkgeldAN": gettext_lazy("Trinkgeld"),
    "MehrzweckgutscheinKauf": gettext_lazy("Gutschein verkauft"),
    "EinzweckgutscheinKauf": gettext_lazy("Gutschein verkauft"),
    "Anzahlungseinstellung": gettext_lazy("Anzahlung"),
    "Anzahlungsaufloesung": gettext_lazy("Anzahlung verrechnet"),
    "Forderungsaufloesung": gettext_lazy("Rechnung bezahlt"),
}

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """A receipt in the list: local time, what it is in a word, and its state in a shape and a word."""

    row: ReceiptRow
    time: str
    day: str
    what: Any
    state: str
    word: str


@require_safe
@staff_only
def receipt_list(request: HttpRequest) -> HttpResponse:
    """List the receipts, newest first; `?q=` is a number, amount or part of a name, `?day=` a business day."""
    context = found_in(request, reverse("receipts"), till())
    if is_fragment(request):
        return render(request, "till/_receipt_rows.html", context)
    return render(request, "till/receipts.html", {**frame(request), **context, "section": "receipts"})


def found_in(request: HttpRequest, finder: str, register: Till) -> dict[str, Any]:
    """Return what `till/_receipt_finder.html` needs, of a register's receipts.

    `finder` answers its search and, with an id behind it, is one.
    """
    text = request.GET.get("q", "").strip()
    day = request.GET.get("day", "")
    chosen, reach = day if _DAY.fullmatch(day) else "", 0 if "all" in request.GET else REACH
    rows = queries.receipts(register, day=chosen, text=text, limit=SHOWN, reach=reach)
    older = bool(reach and text and not text.isdecimal() and not chosen and len(rows) < SHOWN)
    return {"found": _found(rows), "text": text, "day": day, "limit": SHOWN, "finder": finder,
            "reach": dotted(reach) if older and not queries.reaches_all(register, reach) else ""}  # fmt: skip


def _found(rows: Iterable[ReceiptRow]) -> list[Found]:
    found = []
    for row in rows:
        at = local(row.at)
        state, word = _state(row)
        found.append(Found(row, f"{at:%-H:%M}", f"{at:%d.%m.%Y}", _what(row), state, word))
    return found


def _what(row: ReceiptRow) -> Any:
    if row.type != SALE:
        return TYPES.get(row.type, row.type)
    if row.refund:
        return _("Storno")
    if row.returns:
        return _("Rücknahme")
    if row.gv_typ in ("Umsatz", "Pfand", "PfandRueckzahlung", "Rabatt", ""):
        return _("Verkauf")
    return CASES.get(row.gv_typ, _(row.gv_typ))


def _state(row: ReceiptRow) -> tuple[str, str]:
    if row.refunded:
        return "bad", _("storniert")
    return ("ok", _("signiert")) if row.signed else ("warn", _("ohne TSE"))


@require_safe
@staff_only
def receipt_view(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show a receipt as paper with what can be done with it; a fragment for the list's right side."""
    context = paper_of(receipt_id)
    if is_fragment(request):
        return render(request, "till/_receipt.html", context)
    return render(request, "till/receipt.html", {**frame(request), **context, "section": "receipts"})


@require_safe
@staff_only
def receipt_paper(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Return the paper alone, for a sheet."""
    return render(request, "till/sheets/paper.html", paper_of(receipt_id))


def _receipt(receipt_id: str) -> ReceiptState:
    receipt = queries.find_receipt(receipt_id)
    if receipt is None:
        raise Http404(receipt_id)
    return receipt


def paper_of(receipt_id: str) -> dict[str, Any]:
    """Return what `till/_receipt.html` needs: the receipt as paper, and what may follow it. Raises Http404."""
    receipt = _receipt(receipt_id)
    document = _document(receipt)
    moves = receipts.is_cash_movement(receipt.content)
    return {
        "receipt": receipt,
        "has_printer": till().printer is not None,
        "document": document,
        "qr": qr.svg(document.qr, _("QR-Code der TSE")) if document is not None and document.qr else "",
        "sale": receipt.type == SALE and not moves,
        "slips": [
            (payment.id, block.type.value, block.text)
            for payment in cardbooks.of_receipt(receipt.id)
            for block in cardbooks.receipts_of(payment.id)
        ],
        "can_correct": means.may_correct(till(), receipt),
        **_further(receipt, moves=moves),
    }


def _further(receipt: ReceiptState, *, moves: bool) -> dict[str, Any]:
    """Return what may follow a receipt: taking it back, whole or in part, an invoice, a form for whoever invited."""
    part_of = returns.part_of(receipt)
    moves = moves or means.is_correction(receipt.content)
    standing = receipt.type == SALE and not moves and not receipt.reference_id and not receipt.refunded_by
    parts = returns.parts_of(receipt.id) if standing else []
    left = standing and not part_of and any(one.left for one in _returnable(receipt))
    return {
        "part_of": part_of,
        "parts": parts,
        "can_refund": standing and not part_of and not parts,
        "can_take_back": left,
        "invoice": invoices.find(receipt.id) or (invoices.standing(receipt.id) if receipt.type == SALE else None),
        "can_invoice": standing and invoices.refusal(receipt) is None,
        "can_entertain": not moves and not part_of and entertaining.suits(receipt),
    }


def _returnable(receipt: ReceiptState) -> list[Returnable]:
    return returnable(receipt.content, returns.contents_of(receipt.id))


def _document(receipt: ReceiptState) -> ReceiptDocument | None:
    try:
        return receipts.document(receipt.id)
    except RegisterError:
        return None


@require_POST
@staff_only
def receipt_copy(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Write down that a second print was made, and show it marked as a copy."""
    receipt = _receipt(receipt_id)
    masterdata.note(till(), actor_of(request), "receipt_copied", {"receipt": receipt.id})
    return redirect(f"{reverse('receipt:page', args=[receipt.token])}?copy=1")


MEANS = {
    "cash": marked("Bar"),
    "debit": marked("Debitkarte"),
    "credit": marked("Kreditkarte"),
    "app": marked("Bezahl-App"),
    "transfer": marked("Überweisung"),
}
MEANS_REASONS = (marked("Falsche Taste"), marked("Gast zahlte anders"), marked("Fremdes Terminal"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def correct_means(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Ask how a receipt was really paid (GET), book that (POST) and show the new receipt."""
    receipt = _receipt(receipt_id)
    if request.method != "POST":
        was = {payment.kind for payment in receipt.content.payments}
        words = [(name, word) for name, word in MEANS.items() if means.CHOICES[name].kind not in was]
        context = {"receipt": receipt, "means": words, "reasons": MEANS_REASONS, "new_id": till().new_id()}
        return render(request, "till/sheets/means.html", context)

    def act(approver: Any) -> HttpResponse:
        post = request.POST
        reason = reason_of(post.get("choice", ""), post.get("reason", ""))
        new_id = post.get("receipt", "")
        means.correct(till(), actor_of(request), new_id, receipt_id, post.get("means", ""), reason, approver)
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = reverse("receipt-view", args=[new_id])
        return response

    return attempt(request, Right.REFUND, act)


def _ways_back(receipt: ReceiptState) -> list[tuple[str, str, int]]:
    """Return how the money of a receipt goes back: (way, name, cents).

    The way is "cash", "paid_in" (the guest gives back what was paid out), "terminal", "voucher" (it may be spent again)
    or "hand": what a person once confirmed (a transfer, a service's code) no terminal can give back.
    """
    left = sum(payment.cents for payment in cards.kept(receipt.id))
    paid = means.really(receipt).payments
    in_cash = sum(payment.cents for payment in paid if payment.kind == CASH)  # foreign notes go back in euros too
    ways = [("cash" if in_cash > 0 else "paid_in", "", abs(in_cash))] if in_cash else []
    for payment in (one for one in paid if one.kind != CASH):
        if left >= payment.cents > 0:
            left -= payment.cents
            ways.append(("terminal", payment.name or names.payment(payment.kind), payment.cents))
        else:
            ways.append(("hand", payment.name or names.payment(payment.kind), payment.cents))
    redeemed = (line for line in receipt.content.lines if line.gv_typ in REDEMPTIONS)
    return ways + [("voucher", shown(line.voucher), -line.amount_cents) for line in redeemed]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def refund(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Ask for the reason of a cancellation (GET), cancel the whole receipt (POST) and show the new one."""
    receipt = _receipt(receipt_id)
    if request.method != "POST":
        context = {"receipt": receipt, "reasons": REASONS, "new_id": till().new_id(), "ways": _ways_back(receipt)}
        return render(request, "till/sheets/refund.html", context)

    def act(approver: Any) -> HttpResponse:
        reason = reason_of(request.POST.get("choice", ""), request.POST.get("reason", ""))
        new_id, actor, register = request.POST.get("receipt", ""), actor_of(request), till()
        response = HttpResponse(status=204)
        if cards.kept(receipt_id):
            payment_id = register.new_id()
            refunding.begin(register, actor, new_id, receipt_id, reason, approver)
            cards.refund(register, actor, new_id, receipt_id, payment_id, reason)
            response.headers["HX-Redirect"] = f"{reverse('till')}?card={payment_id}"
        else:
            refunding.refund(register, actor, new_id, receipt_id, reason, approver=approver)
            response.headers["HX-Redirect"] = reverse("receipt-view", args=[new_id])
        return response

    return attempt(request, Right.REFUND, act)
