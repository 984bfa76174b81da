"""Paying by card: to the terminal, its steps, and what to do when nobody knows how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.register import cardbooks, cards, queries
from smartecr.register.baskets import OpenBasket, load, load_aside, load_open
from smartecr.register.cardbooks import CardPayment
from smartecr.register.head import head
from smartecr.register.till import Till
from smartecr.terminal.doubt import State
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.web.ports import till
from smartecr.web.till import slip
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.forms import cents_of, reason_of
from smartecr.web.till.pay import paid_context
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

View = Literal["going", "refused", "doubt", "manual", "part", "lost"]

_STEPS = {
    EventKind.CARD_DETECTED: 2,
    EventKind.CURRENCY_CHOICE: 2,
    EventKind.AUTHORISING: 2,
    EventKind.PROCESSING: 2,
    EventKind.CUSTOMER_INPUT: 3,
    EventKind.PIN_WRONG: 3,
    EventKind.APPROVED_PREVIEW: 3,
    EventKind.REMOVE_CARD: 3,
    EventKind.APPROVED: 4,
}
_REFUSED = frozenset({State.DECLINED, State.ABORTED, State.REJECTED, State.NOT_CHARGED})
_DOUBT = frozenset({EventKind.CONNECTION_LOST, EventKind.RESOLVING, EventKind.MANUAL_DECISION})


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four steps: "done", "now", "open" (the answer is missing) or "next"."""

    number: int
    word: str
    state: str


@require_POST
@staff_only
def start(request: HttpRequest) -> HttpResponse:
    """Send what is due of `basket` (or `cents` of it) to the terminal, and show its steps."""
    post = request.POST

    def act(_approver: Any) -> HttpResponse:
        part = post.get("cents", "")
        cards.pay(
            till(),
            actor_of(request),
            post.get("basket", ""),
            post.get("receipt", ""),
            post.get("payment", ""),
            cents_of(post.get("expected", "")),
            cents_of(part) if part else None,
        )
        return _screen(request, post.get("payment", ""))

    return attempt(request, "", act)


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
    return _screen(request, payment_id) if payment_id else HttpResponse(status=204)


@require_POST
@staff_only
def abort(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Ask the terminal to stop."""

    def act(_approver: Any) -> HttpResponse:
        cards.abort(till())
        return _screen(request, payment_id)

    return attempt(request, "", act)


@require_POST
@staff_only
def ask(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Ask the terminal what became of the payment."""

    def act(_approver: Any) -> HttpResponse:
        cards.ask(till())
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


def _screen(request: HttpRequest, payment_id: str) -> HttpResponse:
    register = till()
    if register.cards is None:
        raise Http404(payment_id)
    news = register.cards.news.get(payment_id)
    payment = cardbooks.find(payment_id)
    if payment is None and news is None:
        raise Http404(payment_id)
    if payment is not None:
        receipt = queries.find_receipt(payment.receipt_id)
        if receipt is not None and receipt.issued:
            response = render(request, "till/_paid.html", paid_context(receipt))
            response.headers["X-Receipt"] = receipt.id
            response.headers["X-Signed"] = "1" if receipt.signed else "0"
            return response
    context = _context(register, payment_id, payment, news or [])
    if context is None:
        return refusal(request, _("Dieser Bon ist nicht mehr da."))
    response = render(request, "till/_card.html", context)
    response.headers["X-Card"] = str(context["view"])
    return response


def _context(
    register: Till, payment_id: str, payment: CardPayment | None, news: list[PaymentEvent]
) -> dict[str, Any] | None:
    standing = head(register)
    view = _view(payment, news)
    context: dict[str, Any] = {
        "payment_id": payment_id,
        "view": view,
        "steps": _steps(view, news),
        **_saying(news),
        "at": f"{local(payment.began_at):%-H:%M:%S}" if payment is not None else "",
        **_words(payment, news),
        "timeout": next((event.timeout_s for event in reversed(news) if event.timeout_s), 0),
        "retry_id": register.new_id(),
        "receipt_id": register.new_id(),
        "refund": payment is not None and bool(payment.original_id),
    }
    if payment is not None and payment.original_id:
        original = queries.receipt(payment.original_id)
        return {**context, "slip": slip.of_receipt(original), "cents": payment.asked_cents, "due": 0}
    basket = load(payment.basket_id) if payment is not None else _claimed(register)
    if basket is None:
        return None
    due = cards.due_cents(register, basket)
    state = queries.basket_state(cards.with_tips(basket), standing.business_day, standing.receipt_number + 1)
    taken = [(one.brand or _("Karte"), one.cents) for one in cardbooks.taken(basket.id)]
    return {
        **context,
        "slip": slip.of_basket(state),
        "basket_id": basket.id,
        "cents": payment.asked_cents if payment is not None else due,
        "due": due,
        "taken": taken,
        "going_back": basket.row["state"] == "open",
    }


def _claimed(register: Till) -> OpenBasket | None:
    """Return the basket of a payment that was never begun: the one on its way, or back on the screen."""
    aside = load_aside(register.register_id, "paying")
    return aside[-1] if aside else load_open(register.register_id)


def _view(payment: CardPayment | None, news: list[PaymentEvent]) -> View:
    last = news[-1].kind if news else None
    if payment is None:
        return "refused" if last is EventKind.DECLINED else "going"
    if payment.state in _REFUSED:
        return "refused"
    if payment.state is State.LOST_AFTER_ACK:
        return "lost"
    if payment.paid:
        return "part" if payment.basket_id else "going"
    if payment.state is State.MANUAL or last is EventKind.MANUAL_DECISION:
        return "manual"
    if payment.state is State.IN_DOUBT or last in _DOUBT or not news:
        return "doubt"
    return "going"


def _steps(view: View, news: list[PaymentEvent]) -> list[Step]:
    words = (_("Karte erwartet"), _("Karte gelesen"), _("PIN, falls nötig"), _("Bezahlt"))
    reached = max((_STEPS.get(event.kind, 1) for event in news), default=1)
    if view in ("doubt", "manual"):
        reached = min(reached, 3)
    steps = []
    for number, word in enumerate(words, 1):
        state = "done" if number < reached else "now" if number == reached else "next"
        if state == "now" and view in ("doubt", "manual"):
            state, word = "open", _("Antwort fehlt")
        steps.append(Step(number, word, state))
    return steps


def _saying(news: list[PaymentEvent]) -> dict[str, Any]:
    """Return the step reached and what the guest does now, in a few words."""
    reached = max((_STEPS.get(event.kind, 1) for event in news), default=1)
    words = {
        1: _("Karte anhalten oder stecken"),
        2: _("Die Karte wird gelesen"),
        3: _("Der Gast tippt am Terminal"),
        4: _("Bezahlt"),
    }
    removing = bool(news) and news[-1].kind is EventKind.REMOVE_CARD
    return {"reached": reached, "say": _("Die Karte entnehmen") if removing else words[reached]}


def _words(payment: CardPayment | None, news: list[PaymentEvent]) -> dict[str, str]:
    """Return `message`, the newest sentence for the cashier, and `next_step` where the terminal refused."""
    if payment is not None and payment.result is not None and not payment.result.approved:
        return {"message": said(payment.result.reason), "next_step": said(payment.result.next_step)}
    message = next((said(event.cashier_text) for event in reversed(news) if event.cashier_text), "")
    return {"message": message, "next_step": ""}
