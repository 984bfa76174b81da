"""Paying by card or a customer's code: to the terminal, its steps, and what to do when nobody knows how it ended."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.register import queries
from smartecr.register.cashless import cardbooks, carddesk, cards, cashparts, tabs
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.register.cashless.carddesk import Cards, desk_of
from smartecr.register.head import head
from smartecr.register.sale import refunding
from smartecr.register.sale.baskets import OpenBasket, load, load_aside, load_open
from smartecr.register.till import Till
from smartecr.staff.rights import Right
from smartecr.terminal.api import Capability, Kind
from smartecr.terminal.doubt import State
from smartecr.terminal.errors import AmountTooHigh
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.web.ports import till
from smartecr.web.till import slip
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.cardwords import View, saying, steps, telling, title
from smartecr.web.till.forms import cents_of, reason_of
from smartecr.web.till.pay import paid_context
from smartecr.web.till.screen import local

_REFUSED = frozenset({State.DECLINED, State.ABORTED, State.REJECTED, State.NOT_CHARGED})
_TABS: dict[Kind, View] = {Kind.RESERVATION: "held", Kind.RELEASE: "freed"}
_DOUBT = frozenset({EventKind.CONNECTION_LOST, EventKind.RESOLVING, EventKind.MANUAL_DECISION})


@require_POST
@staff_only
def start(request: HttpRequest) -> HttpResponse:
    """Send what is due of `basket` (or `cents` of it, and a `tip`) to the terminal, and show its steps.

    With `code` it goes to the provider of that customer's code. `do` is "reserve" (open a tab of `cents`), "book" (the
    tab pays) or "give_up" (it is released).
    """
    post = request.POST

    def act(_approver: Any) -> HttpResponse:
        part, tip = post.get("cents", ""), post.get("tip", "")
        if post.get("do"):
            _tab(request, post["do"], cents_of(part) if part else 0)
            return _screen(request, post.get("payment", ""))
        cards.pay(
            till(),
            actor_of(request),
            post.get("basket", ""),
            post.get("receipt", ""),
            post.get("payment", ""),
            cents_of(post.get("expected", "")),
            cents_of(part) if part else None,
            tip_cents=cents_of(tip) if tip else 0,
            code=post.get("code", ""),
        )
        return _screen(request, post.get("payment", ""))

    return attempt(request, "", act)


def _tab(request: HttpRequest, what: str, cents: int) -> None:
    post, register, actor = request.POST, till(), actor_of(request)
    basket, payment = post.get("basket", ""), post.get("payment", "")
    if what == "reserve":
        tabs.reserve(register, actor, basket, payment, cents)
    elif what == "book":
        expected = cents_of(post.get("expected", ""))
        tabs.book(register, actor, basket, post.get("receipt", ""), payment, expected)
    else:
        tabs.give_up(register, actor, basket, payment)


@require_safe
@staff_only
def show(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Show how a payment stands; once its receipt is issued, that."""
    return _screen(request, payment_id)


@require_safe
@staff_only
def present(request: HttpRequest) -> HttpResponse:
    """Show the payment under way or not clear, or a basket paid in part; nothing (204) when there is none."""
    payment_id = cards.waiting(till())
    if payment_id:
        return _screen(request, payment_id)
    basket = cashparts.waiting(till())
    return _part(request, basket) if basket is not None else HttpResponse(status=204)


@require_POST
@staff_only
def cash_part(request: HttpRequest) -> HttpResponse:
    """Take `cents` of what is due of `basket` in cash first, or (`do` "back") give that cash back to the guest."""
    register, post = till(), request.POST

    def act(_approver: Any) -> HttpResponse:
        basket_id = post.get("basket", "")
        if post.get("do") == "back":
            cashparts.give_back(register, actor_of(request), basket_id)
        else:
            expected = cents_of(post.get("expected", ""))
            cashparts.take(register, actor_of(request), basket_id, cents_of(post.get("cents", "")), expected)
        basket = load(basket_id)
        if basket is None or basket.row["state"] != "paying":
            return HttpResponse(status=204)
        return _part(request, basket)

    return attempt(request, "", act)


def _part(request: HttpRequest, basket: OpenBasket) -> HttpResponse:
    """Show what is still due of a basket paid in part, whatever became of its last payment."""
    register = till()
    context = {
        "payment_id": "",
        "view": "part",
        "title": title(Kind.SALE, by_code=False),
        "by_code": False,
        "has_codes": register.codes is not None,
        "has_terminal": register.cards is not None,
        "receipt_id": register.new_id(),
        "refund": False,
        **_of_basket(register, basket),
    }
    response = render(request, "till/_card.html", context)
    response.headers["X-Card"] = "part"
    return response


@require_POST
@staff_only
def expect(request: HttpRequest) -> HttpResponse:
    """Have the guest's display ask for a code for `cents`, "" no longer."""
    register = till()
    cents = request.POST.get("cents", "")
    if register.codes is not None:
        register.codes.expect(cents_of(cents) if cents else 0, register.clock().timestamp())
        register.publish("payment")
    return HttpResponse(status=204)


@require_POST
@staff_only
def abort(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Ask the terminal to stop."""

    def act(_approver: Any) -> HttpResponse:
        cards.abort(till(), actor_of(request), payment_id)
        return _screen(request, payment_id)

    return attempt(request, "", act)


@require_POST
@staff_only
def ask(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Ask the terminal what became of the payment."""

    def act(_approver: Any) -> HttpResponse:
        cards.ask(till(), payment_id)
        return _screen(request, payment_id)

    return attempt(request, "", act)


@require_POST
@staff_only
def decide(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Settle a doubt by a person's word: `charged` 1 or 0, `reason`, `number` of the terminal's receipt."""
    post = request.POST

    def act(_approver: Any) -> HttpResponse:
        reason = reason_of(post.get("choice", ""), post.get("reason", ""))
        charged = post.get("charged") == "1"
        number = post.get("number", "")[:20]
        cards.decide(till(), actor_of(request), payment_id, charged=charged, reason=reason, receipt_no=number)
        return _screen(request, payment_id)

    return attempt(request, "", act)


@require_POST
@staff_only
def give_back(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Go on with a refund the terminal refused: once more to a card, as `payment`, or (`do` "cash") in cash."""
    register, post = till(), request.POST

    def act(approver: Any) -> HttpResponse:
        if post.get("do") == "cash":
            refunding.in_cash(register, actor_of(request), payment_id, approver)
            return _screen(request, payment_id)
        refunding.again(register, actor_of(request), payment_id, post.get("payment", ""), approver)
        return _screen(request, post.get("payment", ""))

    return attempt(request, Right.REFUND, act)


def _screen(request: HttpRequest, payment_id: str) -> HttpResponse:
    register = till()
    desk = desk_of(register, payment_id)
    payment = carddesk.find(register, payment_id)
    if desk is None:
        raise Http404(payment_id)
    news = desk.news.get(payment_id)
    if payment is not None:
        receipt = queries.find_receipt(payment.receipt_id)
        if receipt is not None and receipt.issued:
            response = render(request, "till/_paid.html", paid_context(receipt))
            response.headers["X-Receipt"] = receipt.id
            response.headers["X-Signed"] = "1" if receipt.signed else "0"
            return response
        if payment.original_id and payment.paid:  # the next card of this refund is asked for now
            following = carddesk.last_try(register, payment)
            if not following.paid:
                return _screen(request, following.id)
    context = _context(register, desk, payment_id, payment, news or [])
    if context is None:
        return refusal(request, _("Dieser Bon ist nicht mehr da."))
    response = render(request, "till/_card.html", context)
    response.headers["X-Card"] = str(context["view"])
    return response


def _context(
    register: Till, desk: Cards, payment_id: str, payment: CardPayment | None, news: list[PaymentEvent]
) -> dict[str, Any] | None:
    view = _view(cardbooks.find(payment_id), news)
    by_code = desk.wallet is not None
    kind = _kind(desk, payment_id, payment)
    context: dict[str, Any] = {
        "payment_id": payment_id,
        "view": view,
        "kind": kind,
        "title": title(kind, by_code=by_code),
        "by_code": by_code,
        "can_undo": view == "doubt" and Capability.UNDO in desk.capabilities,
        "has_codes": register.codes is not None,
        "has_terminal": register.cards is not None,
        "steps": steps(view, news, kind, by_code=by_code),
        **saying(news, kind, by_code=by_code),
        "at": f"{local(payment.began_at):%-H:%M:%S}" if payment is not None else "",
        **telling(payment, news),
        "timeout": next((event.timeout_s for event in reversed(news) if event.timeout_s), 0),
        "retry_id": register.new_id(),
        "receipt_id": register.new_id(),
        "refund": payment is not None and bool(payment.original_id),
        "tip": _tip(desk, payment_id, payment) if view == "refused" else 0,
        "too_high": payment is not None and payment.result is not None and payment.result.error == AmountTooHigh.code,
    }
    if payment is not None and payment.original_id:
        original = queries.receipt(payment.original_id)
        begun = refunding.card_has_some(payment)
        shown = {"slip": slip.of_receipt(original), "original_id": original.id, "begun": begun}
        return {**context, **shown, "cents": payment.asked_cents, "due": 0}
    basket = load(payment.basket_id) if payment is not None else _claimed(register)
    if basket is None:
        return None
    shown = _of_basket(register, basket)
    return {**context, **shown, "cents": payment.asked_cents if payment is not None else shown["due"]}


def _of_basket(register: Till, basket: OpenBasket) -> dict[str, Any]:
    """Return what is due of a basket, what has paid for it, and the cash (`held`) among that."""
    standing = head(register)
    state = queries.basket_state(cards.with_tips(register, basket), standing.business_day, standing.next_number)
    held = int(basket.row["cash_cents"])
    taken = [(_("Bar"), held)] if held else []
    taken += [(one.brand or _("Karte"), one.cents) for one in cardbooks.taken(basket.id)]
    return {
        "slip": slip.of_basket(state),
        "basket_id": basket.id,
        "due": cards.due_cents(register, basket),
        "taken": taken,
        "held": held,
    }


def _claimed(register: Till) -> OpenBasket | None:
    """Return the basket of a payment that was never begun: the one on its way, or back on the screen."""
    aside = load_aside(register.register_id, "paying")
    return aside[-1] if aside else load_open(register.register_id)


def _kind(desk: Cards, payment_id: str, payment: CardPayment | None) -> Kind:
    if payment is not None:
        return payment.kind
    asked = desk.under_way
    return asked.kind if asked is not None and asked.id == payment_id else Kind.SALE


def _tip(desk: Cards, payment_id: str, payment: CardPayment | None) -> int:
    """Return the tip that was to come with a payment, and still is to with the next."""
    if payment is not None:
        return payment.planned_tip_cents
    return desk.asked.tip if desk.asked is not None and desk.asked.id == payment_id else 0


def _view(payment: CardPayment | None, news: list[PaymentEvent]) -> View:
    last = news[-1].kind if news else None
    if payment is None:
        return "refused" if last is EventKind.DECLINED else "going"
    if payment.state in _REFUSED or payment.state is State.CANCELLING:
        return "refused"
    if payment.state is State.LOST_AFTER_ACK:
        return "lost"
    if payment.paid and payment.kind in _TABS:
        return _TABS[payment.kind]
    if payment.paid:
        return "part" if payment.basket_id else "going"
    if payment.state is State.MANUAL or last is EventKind.MANUAL_DECISION:
        return "manual"
    if payment.state is State.IN_DOUBT or last in _DOUBT or not news:
        return "doubt"
    return "going"
