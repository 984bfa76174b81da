"""Paying by card: a basket goes to the terminal, and what the terminal's books say decides what becomes of it.

A basket at the terminal, or paid in part, is "paying": nobody changes it. What follows from the end of a payment
(`follow`) is read from the books alone, so that it can be done at once, after a restart, or any number of times:
all paid: the receipt is issued; nothing paid: the basket is set free; a part: the rest stays due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial

from smartecr.register import queries
from smartecr.register.cashless import cardbooks, carddesk, tips
from smartecr.register.cashless.cardbooks import CardPayment, Order
from smartecr.register.cashless.carddesk import Cards, card_desk, code_desk, contract, desk_for, desk_of, desks, known
from smartecr.register.cashless.tips import with_tips as with_tips
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.sale.baskets import OpenBasket, load, load_open
from smartecr.register.signing import securing
from smartecr.register.till import ZONE, Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.terminal.api import Capability, Kind, PaymentIntent, PaymentRef, PaymentTerminal
from smartecr.terminal.doubt import FINAL, State
from smartecr.terminal.errors import TerminalError
from smartecr.terminal.events import EventKind, PaymentEvent
from smartecr.terminal.payments import Outcome, Payments
from smartecr.terminal.qr.terminal import QrTerminal
from smartecr.terminal.service import TerminalService

log = logging.getLogger(__name__)

OPEN_STATES = frozenset(State) - FINAL
HOLDING = OPEN_STATES - {State.CANCELLING}
"""States that keep a basket: one that was given up is cancelled apart from it."""


def pay(
    till: Till,
    actor: Actor,
    basket_id: str,
    receipt_id: str,
    payment_id: str,
    expected_cents: int,
    cents: int | None = None,
    *,
    tip_cents: int = 0,
    code: str = "",
) -> None:
    """Send what is due, or `cents` of it, to the terminal; returns at once. `expected_cents` is what the person saw.

    `tip_cents` comes on top. With a customer's `code` it goes to the code's provider instead. `receipt_id` is the
    receipt the basket will become, `payment_id` this try: the same call again does nothing. Raises RegisterError:
    "terminal" (none here), "code", "contract", "doubt" (another payment is not clear), "paid", "empty", "changed",
    "amount", "tip".
    """
    if known(till, payment_id):
        return
    means, secret = contract(till, code) if code else ("", None)
    cards = code_desk(till) if code else card_desk(till)
    if securing.known(till, receipt_id) is not None:
        return
    carddesk.no_doubt(cards)
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
    tips.check(tip_cents, amount)
    carddesk.no_doubt(cards)
    _take(till, actor, basket)
    receipt = next((payment.receipt_id for payment in cardbooks.taken(basket_id)), receipt_id)
    order = Order(actor=actor, receipt_id=receipt, basket_id=basket_id)
    intent = PaymentIntent(
        id=payment_id,
        kind=Kind.SALE,
        amount=amount + tip_cents,
        tip=tip_cents,
        created_at=till.clock().timestamp(),
        means=means,
    )
    if secret is not None and cards.wallet is not None:
        cards.expect(0, 0.0)
        cards.wallet.offer(payment_id, secret)
    _send(till, cards, order, intent)
    _aside(till)


def send(till: Till, actor: Actor, cards: Cards, order: Order, intent: PaymentIntent) -> None:
    """Take the basket of an order off the screen and have the terminal carry an intent out; returns at once.

    Raises RegisterError: "doubt" (another payment is not clear), "paid", "changed".
    """
    carddesk.no_doubt(cards)
    basket = load(order.basket_id)
    if basket is None or basket.row["state"] != "open":
        raise RegisterError("paid", "Dieser Bon ist gerade nicht auf dem Schirm.", "Den Bon zurückholen.")
    _take(till, actor, basket)
    _send(till, cards, order, intent)
    _aside(till)


def _aside(till: Till) -> None:
    """Tell all screens that a basket went to the card, or came from it: its ticket and the banner that speaks of it."""
    till.publish("basket")
    till.publish("status")


def send_aside(till: Till, cards: Cards, order: Order, intent: PaymentIntent) -> None:
    """Have the terminal carry an intent out that holds no basket; returns at once. Raises RegisterError("doubt")."""
    carddesk.no_doubt(cards)
    _send(till, cards, order, intent)


def _take(till: Till, actor: Actor, basket: OpenBasket) -> None:
    with writing(till, actor, synced=False) as writer:
        _claim(writer.append, basket)


def _claim(append: Callable[..., object], basket: OpenBasket) -> None:
    """Take the basket off the screen, unless it was changed or taken meanwhile (within the writer's transaction)."""
    rows = fetch("SELECT state, version FROM register_basket WHERE id = %s", [basket.id])
    if not rows or rows[0]["version"] != basket.row["version"]:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    if rows[0]["state"] != "paying":
        append("basket_changed", {"basket": basket.id, "columns": {"state": "paying"}})


def _send(till: Till, cards: Cards, order: Order, intent: PaymentIntent) -> None:
    cards.news[intent.id] = []
    cards.under_way = cards.asked = intent
    cards.books.expect(intent.id, order)
    if order.original_id:
        carddesk.note_refund(cards, order, intent, State.SENT, till.now())
    cards.service.pay(intent).add_done_callback(partial(_answered, till, cards, order, intent))


def _answered(till: Till, cards: Cards, order: Order, intent: PaymentIntent, future: Future[Outcome]) -> None:
    """The terminal's worker is done with a payment, or refused it before anything was written."""
    error = future.exception()
    cards.under_way = None
    if isinstance(error, TerminalError):
        cards.books.forget(intent.id)
        if order.original_id:
            carddesk.note_refund(cards, order, intent, State.REJECTED, till.now())
        if order.original_id or order.basket_id:
            cards.heard(_refusal(till, intent.id, error))
        if order.basket_id:
            release(till, order.basket_id)
            till.publish("status")
    elif error is not None:
        log.error("a card payment ended unexpectedly", exc_info=error)
    till.publish("payment")


def _refusal(till: Till, payment_id: str, error: TerminalError) -> PaymentEvent:
    text = f"{error.message} {error.next_step}".strip()
    at = till.clock().timestamp()
    return PaymentEvent(kind=EventKind.DECLINED, at=at, cashier_text=text, payment_id=payment_id)


def due_cents(till: Till, basket: OpenBasket) -> int:
    """Return what is still to be paid of a basket, in cents."""
    taken = sum(payment.cents for payment in cardbooks.taken(basket.id)) + int(basket.row["cash_cents"])
    return with_tips(till, basket).priced(queries.business_day(till)).total_cents - taken


def follow(till: Till, payment_id: str) -> None:
    """Do what follows from the end of a payment, once; safe to repeat."""
    payment = cardbooks.find(payment_id)
    if payment is None or payment.state not in FINAL:
        return
    if payment.original_id:
        if payment.paid:
            desk_for(till, payment).finish(payment)
    elif payment.kind in (Kind.RESERVATION, Kind.RELEASE):
        release(till, payment.basket_id)
    elif payment.paid:
        basket = load(payment.basket_id)
        if basket is not None and due_cents(till, basket) == 0:
            desk_for(till, payment).finish(payment)
    else:
        release(till, payment.basket_id)
    till.publish("payment")
    till.publish("status")


def release(till: Till, basket_id: str) -> None:
    """Set a basket free of which nothing is paid: back on the screen, or parked when another one is there."""
    basket = load(basket_id)
    if basket is None or basket.row["state"] != "paying" or basket.row["cash_cents"]:
        return
    if cardbooks.taken(basket_id) or any(one.state in HOLDING for one in cardbooks.of_basket(basket_id)):
        return
    shown = load_open(till.register_id)
    columns = {"state": "open"} if shown is None else {"state": "parked", "label": "Karte offen"}
    with writing(till, securing.SYSTEM, synced=False) as writer:
        writer.append("basket_changed", {"basket": basket_id, "columns": columns})
    till.publish("basket")


def waiting(till: Till) -> str:
    """Return the payment a screen should show: one that is not at its end, or the last of what is paid in part.

    One that was just sent is not in the books yet; it is asked for before them, so that it is in either of the two.
    """
    for desk in desks(till):
        sent = desk.under_way
        if sent is not None and cardbooks.find(sent.id) is None:
            return sent.id
        open_one = cardbooks.open_payment(desk.terminal_id)
        if open_one is not None and open_one.state in HOLDING:
            return open_one.id
    ended = cardbooks.unfinished(till.register_id)
    part = [one.id for one in ended if one.basket_id and one.paid and one.pays]
    part = part or [carddesk.last_try(till, one).id for one in ended if one.original_id]
    return part[-1] if part else ""


def cancelling(till: Till) -> bool:
    """Tell whether a payment was given up and its provider has not confirmed yet."""
    opened = (cardbooks.open_payment(desk.terminal_id) for desk in desks(till))
    return any(payment is not None and payment.state is State.CANCELLING for payment in opened)


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
    till: Till,
    actor: Actor,
    receipt_id: str,
    original_id: str,
    payment_id: str,
    reason: str,
    parts: Mapping[str, int] | None = None,
) -> CardPayment | None:
    """Have the terminal give back what cards paid of `original_id`; the receipt that says so follows by itself.

    `parts` are cents by payment where not all goes back. The whole of a payment within the terminal's open batch is a
    reversal, all else a refund to the card that is shown. Returns the payment that is taken back next, None when none
    is left. Raises RegisterError: "terminal", "doubt".
    """
    waiting = to_give_back(original_id, receipt_id, parts)
    if not waiting:
        return None
    payment, cents = waiting[0]
    cards = desk_for(till, payment)
    carddesk.no_doubt(cards)
    if not known(till, payment_id):
        reference = payment.result.ref if payment.result is not None else PaymentRef(amount=payment.cents)
        whole = cents == payment.cents and Capability.REVERSAL in cards.capabilities and reference.receipt_no
        intent = PaymentIntent(
            id=payment_id,
            kind=Kind.REVERSAL if whole and _in_open_batch(cards, payment) else Kind.REFUND,
            amount=cents,
            created_at=till.clock().timestamp(),
            original=reference,
            means=payment.means,
        )
        purpose = f"{payment.id} {reason}"[:200]
        order = Order(actor=actor, receipt_id=receipt_id, original_id=original_id, reason=purpose)
        _send(till, cards, order, intent)
    return payment


def to_give_back(original_id: str, receipt_id: str, parts: Mapping[str, int] | None) -> list[tuple[CardPayment, int]]:
    """Return what no card has got back yet for the refund `receipt_id`: payments with cents of each, as `refund`."""
    if parts is None:
        return left(original_id)
    done = {_taken_back(one) for one in cardbooks.refunds_of(original_id) if one.paid and one.receipt_id == receipt_id}
    return [(one, parts[one.id]) for one, _ in left(original_id) if parts.get(one.id) and one.id not in done]


def kept(original_id: str) -> list[CardPayment]:
    """Return the card payments of a receipt of which not all has been given back."""
    return [payment for payment, _cents in left(original_id)]


def left(original_id: str) -> list[tuple[CardPayment, int]]:
    """Return the card payments of a receipt with the cents of each that have not been given back."""
    back: dict[str, int] = {}
    for payment in cardbooks.refunds_of(original_id):
        if payment.paid:
            key = _taken_back(payment)
            back[key] = back.get(key, 0) + payment.cents
    paid = [payment for payment in cardbooks.of_receipt(original_id) if payment.pays]
    return [(one, one.cents - back.get(one.id, 0)) for one in paid if one.cents > back.get(one.id, 0)]


def _taken_back(payment: CardPayment) -> str:
    return payment.purpose.split(" ", 1)[0]


def _in_open_batch(cards: Cards, payment: CardPayment) -> bool:
    sql = "SELECT at FROM register_card_batch WHERE terminal_id = %s AND at > %s LIMIT 1"
    return not fetch(sql, [cards.terminal_id, payment.began_at])


def abort(till: Till, actor: Actor, payment_id: str) -> None:
    """Ask the terminal to stop; how it ended comes with the payment.

    One in doubt whose provider can cancel is given up: the basket is free, the provider is asked until it confirms.
    """
    desk = desk_of(till, payment_id) or card_desk(till)
    payment = cardbooks.find(payment_id)
    in_doubt = desk.under_way is None and payment is not None and payment.state in HOLDING - {State.ACKED}
    if not (payment is not None and in_doubt and Capability.UNDO in desk.capabilities):
        desk.service.abort(payment_id)
        return
    try:
        desk.service.give_up(payment_id, actor.name).result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    if payment.basket_id:
        release(till, payment.basket_id)
    till.publish("payment")


def ask(till: Till, payment_id: str = "") -> None:
    """Ask the terminal about the payment in doubt ("Terminal fragen"). Raises RegisterError when it cannot be asked."""
    desk = (desk_of(till, payment_id) if payment_id else None) or card_desk(till)
    try:
        desk.service.resolve().result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    till.publish("payment")


def decide(till: Till, actor: Actor, payment_id: str, *, charged: bool, reason: str, receipt_no: str = "") -> None:
    """Settle a doubt by a person's word. Raises RegisterError("reason") without one."""
    if not reason.strip():
        raise RegisterError("reason", "Warum ist das sicher?", "Kurz eintippen, was am Terminal steht.")
    decided = (desk_of(till, payment_id) or card_desk(till)).service.decide(
        payment_id, charged=charged, by=actor.name, reason=reason.strip(), receipt_no=receipt_no
    )
    try:
        decided.result()
    except TerminalError as error:
        raise RegisterError("terminal", error.message, error.next_step) from error
    till.publish("payment")


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
    wallet = terminal if isinstance(terminal, QrTerminal) else None
    made = Cards(terminal_id, service, terminal.capabilities, books, finish, wallet=wallet)

    def heard(event: PaymentEvent) -> None:
        made.heard(event)
        till.publish("payment")

    service.subscribe(heard)
    if wallet is None:
        till.cards = made
    else:
        till.codes = made
    recover(till)
    return made
