"""Paying in cash: what is due, the tap that pays, the change, and the wrong note corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core.cash import sensible_notes
from smartecr.core.kinds import TRAINING
from smartecr.core.receipt import Payment
from smartecr.printer import names
from smartecr.register import queries
from smartecr.register.cashdesk import foreign
from smartecr.register.cashless import cards, paymentsettings, tabs, tips, transfers
from smartecr.register.cashless.transfers import CodeKind
from smartecr.register.head import head
from smartecr.register.paper import printing
from smartecr.register.queries import ReceiptState
from smartecr.register.sale import paying
from smartecr.register.sale.baskets import load
from smartecr.register.till import Till
from smartecr.staff.rights import Right
from smartecr.terminal.api import Capability
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till import apart, money, shelf, slip, voucher
from smartecr.web.till.access import actor_of, attempt, is_fragment, refusal, staff_only
from smartecr.web.till.forms import cents_of
from smartecr.web.till.shown import outcome, ticket_context
from smartecr.web.till.views import till_context

_PAGES = {"code": "till/_code.html", "part": "till/_part.html", "transfer": "till/_transfer.html"}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def pay(request: HttpRequest) -> HttpResponse:
    """Show what is due (GET); take the money named by `basket`, `receipt`, `expected`, `tip`, `tendered` (POST).

    `by` is "code" for the screen that waits for a customer's code, "part" for a part or a tip. With `stay` the answer
    is the ticket, for a sale paid exactly; else it is the change. A `basket` that is no longer open is 410.
    """
    if request.method == "POST":
        return attempt(request, "", lambda _approver: _take(request))
    if not is_fragment(request):
        return redirect("till")
    context = due_context(till(), request.GET)
    if context is None and request.GET.get("basket"):
        gone = refusal(request, _("Dieser Bon ist nicht mehr offen."), _("Er wurde anderswo bezahlt oder geparkt."))
        gone.status_code = 410
        return gone
    if context is None:
        return refusal(request, _("Auf dem Bon steht nichts."), _("Erst einen Artikel antippen."))
    if request.GET.get("by") == "transfer":
        return attempt(request, "", lambda _approver: _transfer(request, context))
    return render(request, _PAGES.get(request.GET.get("by", ""), "till/_due.html"), context)


def _transfer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the code for what is due, here and on the guest's display: a GiroCode, or (`kind`) the service's own."""
    register = till()
    kind = _kind(request.GET)
    code = transfers.code(register, kind, context["due"], head(register).next_number)
    register.shown_code = code
    register.publish("payment")
    picture = qr.svg(code.text, _("Code zum Bezahlen mit der App"))
    return render(request, _PAGES["transfer"], {**context, "picture": picture, "code": code, "cents": 0, "tip": 0})


def _kind(values: Mapping[str, str]) -> CodeKind:
    merchant = values.get("kind") == CodeKind.MERCHANT.value
    return CodeKind.MERCHANT if merchant else CodeKind.GIROCODE


@require_POST
@staff_only
def transfer(request: HttpRequest) -> HttpResponse:
    """Issue the receipt of `basket`: somebody saw `expected` arrive by the code. Without a basket: stop showing."""
    register, post = till(), request.POST

    def confirm(approver: Any) -> HttpResponse:
        if post.get("basket"):
            expected = cents_of(post.get("expected", ""))
            receipt = transfers.confirm(
                register, actor_of(request), _kind(post), post["basket"], post.get("receipt", ""), expected, approver
            )
            printing.after_sale(register, actor_of(request), receipt.id)
            response = render(request, "till/_paid.html", paid_context(receipt))
            response.headers["X-Receipt"] = receipt.id
            response.headers["X-Signed"] = "1" if receipt.signed else "0"
        else:
            response = HttpResponse(status=204)
        register.shown_code = None
        register.publish("payment")
        return response

    return attempt(request, Right.CASH_MOVE, confirm)


def due_context(register: Till, query: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the context of a payment screen: what is due, the part (`cents`) and `tip` chosen; None for nothing."""
    rest = _rest(register, query.get("basket", ""))
    practice = rest is None and head(register).training
    if rest is None:
        state = queries.current(register)
        if (query.get("basket") or state.id) != state.id:  # paid or parked at another window since
            return None
        if not state.priced.pieces and not state.priced.total_cents and not _open_lines(state):
            return None
        paper = slip.of_basket(state, practice=practice)
        rest = {"slip": paper, "due": state.priced.total_cents, "basket_id": state.id}
        rest |= {"apart": apart.many(state), "came_off": apart.rest_of(register, state.id)}
    due = rest["due"]
    part, tip = (_chosen(query.get(name, "")) for name in ("cents", "tip"))
    part = part if 0 < part < due else 0
    tab = tabs.held(rest["basket_id"])
    return {
        **rest,
        "chips": sensible_notes(due + tip),
        "foreign_rates": foreign.valid(register) if due > 0 else (),
        "receipt_id": register.new_id(),
        "cents": part,
        "tip": tip,
        "part": part or due,
        "asked": (part or due) + tip,
        "in_cash": due + tip,
        "rest": due - part if part else 0,
        "tab": tab.cents if tab is not None else 0,
        **({} if practice else means(register)),  # practice is in cash
    }


def _chosen(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def means(register: Till) -> dict[str, Any]:
    """Return which means of payment a till has besides cash, and whether it asks for tips.

    `shows_code` names the payment service whose code it shows, "" for none.
    """
    return {
        "has_terminal": register.cards is not None,
        "has_codes": register.codes is not None,
        "takes_tips": bool(tips.kind_of(register)),
        "takes_tabs": register.cards is not None and Capability.RESERVATION in register.cards.capabilities,
        **_shown(paymentsettings.of(register)),
    }


def _shown(settings: paymentsettings.Settings) -> dict[str, Any]:
    return {"takes_transfers": bool(settings.transfer), "shows_code": settings.code_title if settings.code else ""}


def _rest(register: Till, basket_id: str) -> dict[str, Any] | None:
    """Return what is due of a basket at the terminal or paid in part, None for any other."""
    basket = load(basket_id) if basket_id else None
    if basket is None or basket.row["state"] != "paying":
        return None
    standing = head(register)
    state = queries.basket_state(cards.with_tips(register, basket), standing.business_day, standing.next_number)
    due = cards.due_cents(register, basket)
    return {
        "slip": slip.of_basket(state),
        "due": due,
        "basket_id": basket.id,
        "aside": True,
        "begun": due < state.priced.total_cents,
    }


def _open_lines(state: queries.BasketState) -> bool:
    return any(not line.voided for line in state.basket.lines)


def _take(request: HttpRequest) -> HttpResponse:
    """Take cash; the tiles stay where "Passend" asks for it, unless a voucher was sold that no printer hands out."""
    register = till()
    post = request.POST
    expected = cents_of(post.get("expected", ""))
    tendered = cents_of(post.get("tendered", ""))
    currency = post.get("currency", "")
    given = foreign.tendered(register, currency, tendered) if currency else Payment(kind=paying.CASH, cents=tendered)
    receipt = paying.pay(
        register,
        actor_of(request),
        post.get("basket", ""),
        post.get("receipt", ""),
        [given],
        expected_cents=expected,
        tip_cents=_chosen(post.get("tip", "")),
    )
    printing.after_sale(register, actor_of(request), receipt.id)
    to_hand_over = register.printer is None and voucher.sells(receipt)
    if "stay" in post and not to_hand_over:
        response = HttpResponse(ticket_context(register)["ticket_html"])
        response.headers["X-Stays"] = "1"
    else:
        response = render(request, "till/_paid.html", paid_context(receipt))
    response.headers["X-Receipt"] = receipt.id
    response.headers["X-Signed"] = "1" if receipt.signed else "0"
    return response


def paid_context(receipt: ReceiptState) -> dict[str, Any]:
    """Return the context of a paid receipt: change, drawing, what may have been given."""
    abroad = any(payment.foreign_cents is not None for payment in receipt.content.payments)
    chips = sensible_notes(receipt.total_cents) if receipt.tendered_cents is not None else []
    other = receipt.tendered_cents not in (receipt.total_cents, *chips)
    payments = receipt.content.payments
    cash_back = -sum(payment.cents for payment in payments if payment.kind == paying.CASH)
    return {
        "receipt": receipt,
        "word": outcome(receipt),
        "cash_back": cash_back,
        "also_back": [(one.name or names.payment(one.kind), -one.cents) for one in payments if one.kind != paying.CASH],
        "takes_back": slip.takes_back(receipt),
        "practice": receipt.content.type == TRAINING,
        "abroad": abroad,
        "slip": slip.of_receipt(receipt),
        "chips": chips,
        "other": receipt.tendered_cents if other else None,
        "mixed": any(payment.kind != paying.CASH for payment in payments),
        "pile": money.pile(cash_back if receipt.total_cents < 0 else receipt.change_cents),
        "has_printer": till().printer is not None,
        "vouchers": voucher.sells(receipt),
        "came_off": apart.rest_of(till(), receipt.basket_id),
        "groups": shelf.groups(),
    }


@require_safe
@staff_only
def paid(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show the till with the receipt just paid; an earlier one is shown among the receipts."""
    register = till()
    last = queries.last_receipt(register)
    if last is None or last.id != receipt_id or last.reference_id:
        return redirect("receipt-view", receipt_id=receipt_id)
    context = till_context(request) | paid_context(last)
    return render(request, "till/till.html", {**context, "paid": last})


@require_POST
@staff_only
def tender(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Correct what was handed over for a receipt to `tendered`; the paid amount stays as signed."""

    def correct(_approver: object) -> HttpResponse:
        given = cents_of(request.POST.get("tendered", ""))
        receipt = paying.change_tender(till(), actor_of(request), receipt_id, given)
        return render(request, "till/_paid.html", paid_context(receipt))

    return attempt(request, "", correct)


@require_safe
@staff_only
def handout(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show the code of the digital receipt, for the guest's phone."""
    receipt = queries.find_receipt(receipt_id)
    if receipt is None or not receipt.issued:
        return HttpResponse(status=404)
    path = reverse("receipt:page", args=[receipt.token])
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    address = base + path if base else request.build_absolute_uri(path)
    context = {"receipt": receipt, "code": qr.svg(address, _("QR-Code des Bons")), "address": address}
    return render(request, "till/_handout.html", context)
