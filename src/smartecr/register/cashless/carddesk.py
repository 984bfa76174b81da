"""Where a till takes cashless money: its card terminal, and the contracts for customers' codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import partial

from smartecr.core.records import dataclass
from smartecr.core.remembered import Recent
from smartecr.register.cashless import cardbooks
from smartecr.register.cashless.cardbooks import CardPayment, Order
from smartecr.register.errors import RegisterError, checked_id
from smartecr.register.till import Till
from smartecr.terminal.api import Capability, PaymentIntent
from smartecr.terminal.doubt import State
from smartecr.terminal.events import PaymentEvent
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.routing import is_ours, plain, schemes_of
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.service import TerminalService

_PATIENCE = 120.0

_MOST = 64
"""Payments and refunds a desk remembers beside its books: screens show the last ones, a till serves for months."""


@dataclass(slots=True)
class Cards:
    """A terminal of a till: its worker, its books, the latest news of each payment, the one under way.

    `asked` is what was asked for last; its books do not have it when it was refused before anything was written.
    `wallet` takes customers' codes; None at a card terminal. `waits` is what a code is waited for, and since when.
    `refunds` are those asked of it that its books do not have: not yet, or turned away before anything was written. Of
    both the newest are kept.
    """

    terminal_id: str
    service: TerminalService
    capabilities: Capability
    books: cardbooks.CardBooks
    finish: Callable[[CardPayment], None]
    news: Recent[str, list[PaymentEvent]] = field(default_factory=partial(Recent, _MOST))
    under_way: PaymentIntent | None = None
    asked: PaymentIntent | None = None
    wallet: QrTerminal | None = None
    waits: tuple[int, float] = (0, 0.0)
    refunds: Recent[str, CardPayment] = field(default_factory=partial(Recent, _MOST))

    def expect(self, cents: int, at: float) -> None:
        """Remember that a guest's code for `cents` is waited for since `at` (unix seconds); 0: no longer."""
        self.waits = (cents, at)

    def expected(self, at: float) -> int:
        """Return the cents a guest's code is waited for, 0 when it is not: a till left alone forgets."""
        cents, since = self.waits
        return cents if at - since < _PATIENCE else 0

    def heard(self, event: PaymentEvent) -> None:
        """Keep an event for the screens."""
        if event.payment_id:
            self.news[event.payment_id] = [*self.news.get(event.payment_id, ()), event]


def desks(till: Till) -> tuple[Cards, ...]:
    """Return the terminals of a till."""
    return tuple(desk for desk in (till.cards, till.codes) if desk is not None)


def card_desk(till: Till) -> Cards:
    """Return the card terminal. Raises RegisterError("terminal") without one."""
    if till.cards is None:
        raise RegisterError("terminal", "An dieser Kasse ist kein Kartenterminal.", "Bar bezahlen.")
    return till.cards


def code_desk(till: Till) -> Cards:
    """Return the contracts for customers' codes. Raises RegisterError("terminal") without any."""
    if till.codes is None:
        raise RegisterError("terminal", "Diese Kasse nimmt keine Handy-Codes.", "Bar oder mit Karte bezahlen.")
    return till.codes


def desk_of(till: Till, payment_id: str) -> Cards | None:
    """Return the terminal a payment is at, or was; None for an unknown one."""
    for desk in desks(till):
        if payment_id in desk.news:
            return desk
    payment = cardbooks.find(payment_id)
    if payment is None:
        return None
    return next((desk for desk in desks(till) if desk.terminal_id == payment.terminal_id), None)


def find(till: Till, payment_id: str) -> CardPayment | None:
    """Return a payment of the books, or a refund asked of a terminal that they do not have; None for no such one."""
    aside = (desk.refunds.get(payment_id) for desk in desks(till))
    return cardbooks.find(payment_id) or next((one for one in aside if one is not None), None)


def last_try(till: Till, payment: CardPayment) -> CardPayment:
    """Return the payment of the refund `payment` belongs to that a screen shows: the latest without money."""
    booked = cardbooks.refunds_of(payment.original_id)
    known = {one.id for one in booked}
    aside = [one for desk in desks(till) for one in list(desk.refunds.values()) if one.id not in known]
    tries = [one for one in (*booked, *aside) if one.receipt_id == payment.receipt_id]
    return max(tries, key=lambda one: (not one.paid, one.began_at))


def reason_of(payment: CardPayment) -> str:
    """Return why a payment gives money back."""
    return payment.purpose.split(" ", 1)[-1]


def note_refund(desk: Cards, order: Order, intent: PaymentIntent, state: State, at: str) -> None:
    """Remember how a refund stands that the books do not have, asked at `at` (journal text)."""
    desk.refunds[intent.id] = CardPayment(
        id=intent.id,
        terminal_id=desk.terminal_id,
        kind=intent.kind,
        state=state,
        asked_cents=intent.amount,
        planned_tip_cents=0,
        basket_id="",
        receipt_id=order.receipt_id,
        original_id=order.original_id,
        began_at=at,
        actor=order.actor,
        result=None,
        purpose=order.reason,
        means=intent.means,
    )


def desk_for(till: Till, payment: CardPayment) -> Cards:
    """Return the terminal of a payment. Raises RegisterError("terminal") when it is not at this till any more."""
    for desk in desks(till):
        if desk.terminal_id == payment.terminal_id:
            return desk
    return card_desk(till) if payment.terminal_id.startswith("t") else code_desk(till)


def known(till: Till, payment_id: str) -> bool:
    """Tell whether this payment was asked for already. Raises RegisterError("id")."""
    asked = checked_id(payment_id)
    return any(asked in desk.news for desk in desks(till)) or cardbooks.find(asked) is not None


def contract(till: Till, text: str) -> tuple[str, CustomerCode]:
    """Return whose code a text is (the name of the contract) and the code itself.

    The text is told to nobody. Raises RegisterError: "code" (no customer's code), "contract" (none for it).
    """
    desk = code_desk(till)
    assert desk.wallet is not None
    found = schemes_of(text)
    if not found:
        if is_ours(text):
            raise RegisterError(
                "code", "Das ist ein Code zum Bezahlen von Rechnungen.", "Der Gast öffnet den Code in seiner App."
            )
        raise RegisterError("code", "Das ist kein Handy-Code zum Bezahlen.", "Den Code aus der Bezahl-App scannen.")
    for scheme in found:
        for provider in desk.wallet.providers.values():
            if scheme in provider.schemes:
                return provider.name, CustomerCode(plain(text))
    raise RegisterError(
        "contract", "Diese App nimmt der Laden nicht an.", "Mit einer anderen App, Karte oder bar bezahlen."
    )


def no_doubt(cards: Cards) -> None:
    """Raise RegisterError("doubt") while a payment at this terminal is under way or not clear."""
    if cardbooks.open_payment(cards.terminal_id) is not None:
        raise RegisterError("doubt", *in_the_way(cards))


def in_the_way(cards: Cards) -> tuple[str, str]:
    """Return what keeps a terminal, or a provider of codes, from the next payment, and what to do."""
    if cards.under_way is not None:
        return "Das Terminal ist noch bei einem anderen Bon.", "Den dort zu Ende bringen oder hier anders bezahlen."
    if cards.wallet is not None:
        return "Ein Handy-Code ist noch ungeklärt.", "Bis dahin bar oder mit Karte bezahlen."
    return "Eine Kartenzahlung ist noch ungeklärt.", "Zuerst das Terminal fragen."
