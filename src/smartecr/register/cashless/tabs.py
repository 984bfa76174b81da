"""Tabs on a card: an amount reserved when the guest sits down, booked with what was drunk, or given up.

A reservation moves no money and is no receipt; it hangs on a basket. Booking the total pays that basket.
"""

from __future__ import annotations

import logging

from smartecr.register.cashless import cardbooks, cards
from smartecr.register.cashless.cardbooks import CardPayment, Order
from smartecr.register.cashless.carddesk import card_desk, known
from smartecr.register.errors import RegisterError
from smartecr.register.sale.baskets import load
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.terminal.api import Capability, Kind, PaymentIntent

log = logging.getLogger(__name__)

MOST = 500_000
"""The largest tab, in cents."""


def held(basket_id: str) -> CardPayment | None:
    """Return the reservation a basket has on a card, neither booked nor given up; None without one."""
    payments = [payment for payment in cardbooks.of_basket(basket_id) if payment.paid]
    ended = {payment.purpose for payment in payments if payment.kind in (Kind.CAPTURE, Kind.RELEASE)}
    open_ones = [one for one in payments if one.kind is Kind.RESERVATION and one.id not in ended]
    return open_ones[-1] if open_ones else None


def reserve(till: Till, actor: Actor, basket_id: str, payment_id: str, cents: int) -> None:
    """Reserve `cents` on a card for a basket on the screen; returns at once.

    Raises RegisterError: "terminal" (it cannot), "tab" (there is one), "amount", "paid", "doubt".
    """
    if known(till, payment_id):
        return
    if held(basket_id) is not None:
        raise RegisterError("tab", "Auf diesem Bon ist schon eine Karte vorgemerkt.", "Abrechnen oder freigeben.")
    if not 0 < cents <= MOST:
        raise RegisterError("amount", "Dieser Betrag lässt sich nicht vormerken.", "Einen kleineren Betrag wählen.")
    intent = PaymentIntent(id=payment_id, kind=Kind.RESERVATION, amount=cents, created_at=till.clock().timestamp())
    _begin(till, actor, basket_id, till.new_id(), intent, "")


def book(till: Till, actor: Actor, basket_id: str, receipt_id: str, payment_id: str, expected_cents: int) -> None:
    """Book what is due of a basket on its reservation: that pays it. `expected_cents` is what the person saw.

    Raises RegisterError: "tab" (none, or more than reserved), "changed", and as `reserve`.
    """
    if known(till, payment_id):
        return
    reservation = _held(basket_id)
    basket = load(basket_id)
    if basket is None:
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    due = cards.due_cents(till, basket)
    if due != expected_cents:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    if not 0 < due <= reservation.cents:
        raise RegisterError(
            "tab", "Der Bon ist höher als vorgemerkt.", "Die Vormerkung freigeben und mit Karte bezahlen."
        )
    assert reservation.result is not None
    intent = PaymentIntent(
        id=payment_id,
        kind=Kind.CAPTURE,
        amount=due,
        created_at=till.clock().timestamp(),
        original=reservation.result.ref,
    )
    _begin(till, actor, basket_id, receipt_id, intent, reservation.id)


def give_up(till: Till, actor: Actor, basket_id: str, payment_id: str) -> None:
    """Give a basket's reservation up. Raises RegisterError as `reserve`."""
    if known(till, payment_id):
        return
    reservation = _held(basket_id)
    assert reservation.result is not None
    intent = PaymentIntent(
        id=payment_id,
        kind=Kind.RELEASE,
        amount=reservation.cents,
        created_at=till.clock().timestamp(),
        original=reservation.result.ref,
    )
    _begin(till, actor, basket_id, till.new_id(), intent, reservation.id)


def let_go(till: Till, actor: Actor, basket_id: str) -> None:
    """Give up the reservation of a basket that ended another way: the guest's money is free again.

    Returns at once and never fails: where the terminal cannot be asked now, the reservation ends by itself after days.
    """
    if till.cards is None or Capability.RESERVATION not in till.cards.capabilities:
        return
    reservation = held(basket_id)
    if reservation is None or reservation.result is None:
        return
    intent = PaymentIntent(
        id=till.new_id(),
        kind=Kind.RELEASE,
        amount=reservation.cents,
        created_at=till.clock().timestamp(),
        original=reservation.result.ref,
    )
    order = Order(actor=actor, receipt_id=till.new_id(), basket_id=basket_id, reason=reservation.id)
    try:
        cards.send_aside(till, till.cards, order, intent)
    except RegisterError:
        log.warning("the reservation %s of an ended basket stays until it lapses", reservation.id)


def _held(basket_id: str) -> CardPayment:
    reservation = held(basket_id)
    if reservation is None:
        raise RegisterError("tab", "Auf diesem Bon ist keine Karte vorgemerkt.", "Mit Karte oder bar bezahlen.")
    return reservation


def _begin(till: Till, actor: Actor, basket_id: str, receipt_id: str, intent: PaymentIntent, purpose: str) -> None:
    desk = card_desk(till)
    if Capability.RESERVATION not in desk.capabilities:
        raise RegisterError("terminal", "Dieses Terminal kann nichts vormerken.", "Erst am Ende mit Karte bezahlen.")
    order = Order(actor=actor, receipt_id=receipt_id, basket_id=basket_id, reason=purpose)
    cards.send(till, actor, desk, order, intent)
