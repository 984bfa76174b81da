"""Paying by card: a basket goes to the terminal, and what the terminal's books say decides what becomes of it.

A basket at the terminal, or paid in part, is "paying": nobody changes it. What follows from the end of a payment
(`follow`) is read from the books alone, so that it can be done at once, after a restart, or any number of times:
all paid: the receipt is issued; nothing paid: the basket is set free; a part: the rest stays due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

from smartecr.core.basket import Basket, Line, add_line
from smartecr.core.quantity import ONE
from smartecr.core.vat import NOT_TAXABLE
from smartecr.register import cardbooks, queries, securing
from smartecr.register.baskets import OpenBasket, load, load_open
from smartecr.register.cardbooks import CardPayment, Order
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.terminal.api import BatchResult, Capability, Kind, PaymentIntent, PaymentRef, PaymentTerminal
from smartecr.terminal.doubt import FINAL, State
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.service import TerminalService

log = logging.getLogger(__name__)

TIP = "TrinkgeldAN"
OPEN_STATES = frozenset(State) - FINAL


@dataclass(slots=True)
class Cards:
    """The card terminal of a till: its worker, its books, the latest news of each payment and the one under way."""

    terminal_id: str
    service: TerminalService
    capabilities: Capability
    books: cardbooks.CardBooks
    finish: Callable[[CardPayment], None]
    news: dict[str, list[PaymentEvent]]
    under_way: PaymentIntent | None = None

    def heard(self, event: PaymentEvent) -> None:
        """Keep an event for the screens."""
        if event.payment_id:
            self.news.setdefault(event.payment_id, []).append(event)


def pay(
    till: Till,
    actor: Actor,
    basket_id: str,
    receipt_id: str,
    payment_id: str,
    expected_cents: int,
    cents: int | None = None,
) -> None:
    """Send what is due, or `cents` of it, to the terminal; returns at once. `expected_cents` is what the person saw.

    `receipt_id` is the receipt the basket will become, `payment_id` this try: the same call again does nothing. Raises
    RegisterError: "terminal" (none here), "doubt" (another payment is not clear), "paid", "empty", "changed".
    """
    cards = _cards(till)
    if cardbooks.find(payment_id) is not None or payment_id in cards.news:
        return
    if securing.known(till, receipt_id) is not None:
        return
    _no_doubt(cards)
    basket = load(basket_id)
    if basket is not None and basket.row["training"]:
        raise RegisterError("training", "Beim Üben bleibt das Terminal aus.", "Die Bar-Taste nehmen.")
    if basket is None or basket.row["state"] not in ("open", "paying"):
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    due = due_cents(till, basket)
    if due <= 0 or not any(not line.voided for line in basket.basket.lines):
        raise RegisterError("empty", "Hier gibt es nichts mit Karte zu zahlen.", "Bar auszahlen oder Artikel tippen.")
    if due != expected_cents:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    amount = due if cents is None else cents
    if not 0 < amount <= due:
        raise RegisterError("amount", "Dieser Betrag geht hier nicht.", "Höchstens, was noch offen ist.")
    with writing(till, actor, synced=False) as writer:
        _claim(writer.append, basket)
    receipt = next((payment.receipt_id for payment in cardbooks.taken(basket_id)), receipt_id)
    order = Order(actor=actor, receipt_id=receipt, basket_id=basket_id)
    intent = PaymentIntent(id=payment_id, kind=Kind.SALE, amount=amount, created_at=till.clock().timestamp())
    _send(till, cards, order, intent)
    till.publish("basket")


def _claim(append: Callable[..., object], basket: OpenBasket) -> None:
    """Take the basket off the screen, unless it was changed or taken meanwhile (within the writer's transaction)."""
    rows = fetch("SELECT state, version FROM register_basket WHERE id = %s", [basket.id])
    if not rows or rows[0]["version"] != basket.row["version"]:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    if rows[0]["state"] != "paying":
        append("basket_changed", {"basket": basket.id, "columns": {"state": "paying"}})


def _send(till: Till, cards: Cards, order: Order, intent: PaymentIntent) -> None:
    cards.news[intent.id] = []
    cards.under_way = intent
    cards.books.expect(intent.id, order)
    cards.service.pay(intent).add_done_callback(partial(_answered, till, order, intent.id))


def _answered(till: Till, order: Order, payment_id: str, future: Future[Outcome]) -> None:
    """The terminal's worker is done with a payment, or refused it before anything was written."""
    error = future.exception()
    cards = till.cards
    if cards is not None:
        cards.under_way = None
    if cards is not None and isinstance(error, TerminalError):
        cards.books.forget(payment_id)
        if order.basket_id:
            cards.heard(_refusal(till, payment_id, error))
            release(till, order.basket_id)
    elif error is not None:
        log.error("a card payment ended unexpectedly", exc_info=error)
    till.publish("payment")


def _refusal(till: Till, payment_id: str, error: TerminalError) -> PaymentEvent:
    text = f"{error.message} {error.next_step}".strip()
    at = till.clock().timestamp()
    return PaymentEvent(kind=EventKind.DECLINED, at=at, cashier_text=text, payment_id=payment_id)


def due_cents(till: Till, basket: OpenBasket) -> int:
    """Return what is still to be paid of a basket, in cents."""
    return with_tips(basket).priced(queries.business_day(till)).total_cents - sum(
        payment.cents for payment in cardbooks.taken(basket.id)
    )


def with_tips(basket: OpenBasket) -> OpenBasket:
    """Return a basket with the tips its guests gave at the terminal as lines (GV_TYP TrinkgeldAN, not taxable)."""
    extended: Basket = basket.basket
    for payment in cardbooks.taken(basket.id):
        if payment.tip_cents and not any(line.id == payment.id for line in extended.lines):
            extended = add_line(
                extended,
                Line(
                    id=payment.id,
                    text="Trinkgeld",
                    quantity=ONE,
                    unit_cents=payment.tip_cents,
                    vat_key_in=NOT_TAXABLE,
                    vat_key_out=NOT_TAXABLE,
                    in_house=extended.in_house,
                    gv_typ=TIP,
                ),
            )
    return replace(basket, basket=extended)


def follow(till: Till, payment_id: str) -> None:
    """Do what follows from the end of a payment, once; safe to repeat."""
    payment = cardbooks.find(payment_id)
    if payment is None or payment.state not in FINAL:
        return
    if payment.original_id:
        if payment.paid:
            _cards(till).finish(payment)
    elif payment.paid:
        basket = load(payment.basket_id)
        if basket is not None and due_cents(till, basket) == 0:
            _cards(till).finish(payment)
    else:
        release(till, payment.basket_id)
    till.publish("payment")


def release(till: Till, basket_id: str) -> None:
    """Set a basket free of which nothing is paid: back on the screen, or parked when another one is there."""
    basket = load(basket_id)
    if basket is None or basket.row["state"] != "paying":
        return
    if any(payment.paid or payment.state in OPEN_STATES for payment in cardbooks.of_basket(basket_id)):
        return
    shown = load_open(till.register_id)
    columns = {"state": "open"} if shown is None else {"state": "parked", "label": "Karte offen"}
    with writing(till, securing.SYSTEM, synced=False) as writer:
        writer.append("basket_changed", {"basket": basket_id, "columns": columns})
    till.publish("basket")


def waiting(till: Till) -> str:
    """Return the payment a screen should show: one that is not at its end, or the last of a basket paid in part."""
    if till.cards is None:
        return ""
    open_one = cardbooks.open_payment(till.cards.terminal_id)
    if open_one is not None:
        return open_one.id
    part = [payment for payment in cardbooks.unfinished(till.register_id) if payment.basket_id and payment.paid]
    return part[-1].id if part else ""


def recover(till: Till) -> None:
    """Do what a cut kept from following, and set baskets free whose payment never began."""
    for payment in cardbooks.unfinished(till.register_id):
        try:
            follow(till, payment.id)
        except RegisterError:
            log.exception("what follows from payment %s waits", payment.id)  # the till starts all the same
    sql = "SELECT id FROM register_basket WHERE register_id = %s AND state = 'paying'"
    for row in fetch(sql, [till.register_id]):
        release(till, row["id"])


def refund(
    till: Till, actor: Actor, receipt_id: str, original_id: str, payment_id: str, reason: str
) -> CardPayment | None:
    """Have the terminal give back what a card paid of `original_id`; the mirror receipt follows by itself.

    Within the terminal's open batch it is a reversal, afterwards a refund to the card that is shown. Returns the
    payment that is taken back next, None when none is left. Raises RegisterError: "terminal", "doubt".
    """
    left = kept(original_id)
    if not left:
        return None
    cards = _cards(till)
    _no_doubt(cards)
    payment = left[0]
    if cardbooks.find(payment_id) is None and payment_id not in cards.news:
        reference = payment.result.ref if payment.result is not None else PaymentRef(amount=payment.cents)
        kind = Kind.REVERSAL if _in_open_batch(cards, payment) and reference.receipt_no else Kind.REFUND
        intent = PaymentIntent(
            id=payment_id, kind=kind, amount=payment.cents, created_at=till.clock().timestamp(), original=reference
        )
        purpose = f"{payment.id} {reason}"[:200]
        order = Order(actor=actor, receipt_id=receipt_id, original_id=original_id, reason=purpose)
        _send(till, cards, order, intent)
    return payment


def kept(original_id: str) -> list[CardPayment]:
    """Return the card payments of a receipt that have not been given back."""
    done = {_taken_back(payment) for payment in cardbooks.refunds_of(original_id) if payment.paid}
    return [
        payment for payment in cardbooks.of_receipt(original_id) if payment.kind is Kind.SALE and payment.id not in done
    ]


def _taken_back(payment: CardPayment) -> str:
    return payment.purpose.split(" ", 1)[0]


def reason_of(payment: CardPayment) -> str:
    """Return why a payment gives money back."""
    return payment.purpose.split(" ", 1)[-1]


def _in_open_batch(cards: Cards, payment: CardPayment) -> bool:
    sql = "SELECT at FROM register_card_batch WHERE terminal_id = %s AND at > %s LIMIT 1"
    return not fetch(sql, [cards.terminal_id, payment.began_at])


def abort(till: Till) -> None:
    """Ask the terminal to stop; how it ended comes with the payment."""
    _cards(till).service.abort()


def ask(till: Till) -> None:
    """Ask the terminal about the payment in doubt ("Terminal fragen"). Raises RegisterError when it cannot be asked."""
    try:
        _cards(till).service.resolve().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    till.publish("payment")


def decide(till: Till, actor: Actor, payment_id: str, *, charged: bool, reason: str, receipt_no: str = "") -> None:
    """Settle a doubt by a person's word. Raises RegisterError("reason") without one."""
    if not reason.strip():
        raise RegisterError("reason", "Warum ist das sicher?", "Kurz eintippen, was am Terminal steht.")
    decided = _cards(till).service.decide(
        payment_id, charged=charged, by=actor.name, reason=reason.strip(), receipt_no=receipt_no
    )
    try:
        decided.result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    till.publish("payment")


def end_of_day(till: Till) -> BatchResult | None:
    """Close the terminal's batch; None for a terminal that has none. Raises RegisterError when it could not."""
    cards = till.cards
    if cards is None or Capability.END_OF_DAY not in cards.capabilities:
        return None
    _no_doubt(cards)
    try:
        return cards.service.end_of_day().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error


def _cards(till: Till) -> Cards:
    if till.cards is None:
        raise RegisterError("terminal", "An dieser Kasse ist kein Kartenterminal.", "Bar bezahlen.")
    return till.cards


def _no_doubt(cards: Cards) -> None:
    if cardbooks.open_payment(cards.terminal_id) is not None:
        raise RegisterError("doubt", "Eine Kartenzahlung ist noch ungeklärt.", "Zuerst das Terminal fragen.")


def attach(
    till: Till,
    terminal_id: str,
    terminal: PaymentTerminal,
    after_sale: Callable[[Till, CardPayment], None],
    after_refund: Callable[[Till, CardPayment], None],
) -> Cards:
    """Put a card terminal at a till and do what a cut kept from following; the caller closes its `service`.

    `after_sale` issues the receipt of a basket that is paid in full, `after_refund` goes on with a cancellation.
    """

    def finish(payment: CardPayment) -> None:
        (after_refund if payment.original_id else after_sale)(till, payment)

    books = cardbooks.CardBooks(till, partial(follow, till))
    payments = Payments(terminal_id, terminal, books, clock=lambda: till.clock().timestamp(), zone=ZONE)
    service = TerminalService(payments)
    made = Cards(terminal_id, service, terminal.capabilities, books, finish, {})

    def heard(event: PaymentEvent) -> None:
        made.heard(event)
        till.publish("payment")

    service.subscribe(heard)
    till.cards = made
    recover(till)
    return made
