"""Taking money: an open basket becomes a receipt, once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError

from smartecr.core.kinds import DEPOSIT, RECEIPT, STAFF_MEAL, TRAINING, TURNOVER
from smartecr.core.payment import HOME, settle
from smartecr.core.receipt import Payment, content_of
from smartecr.register import queries
from smartecr.register.cashdesk import cash, drawer
from smartecr.register.cashless import cardbooks, cards, tabs, tips
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.register.errors import RegisterError, ReplayError
from smartecr.register.head import Memory, remembered
from smartecr.register.journal import canonical
from smartecr.register.ledger import writing
from smartecr.register.paper import printing
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.sale import ordering, training
from smartecr.register.sale.baskets import OpenBasket, load
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

CASH = "Bar"


def pay(
    till: Till,
    actor: Actor,
    basket_id: str,
    receipt_id: str,
    tendered: Sequence[Payment],
    expected_cents: int | None = None,
    tip_cents: int = 0,
) -> ReceiptState:
    """Take `tendered` for a basket and return the issued receipt.

    `receipt_id` is made by the client before the first try: the same call again returns the same receipt. What cards
    have paid already counts (the receipt then bears the id that was sent to the terminal), and so does cash taken
    before (`cashparts`).
    `expected_cents` is the total the person saw; another one is refused. `tip_cents` comes on top of it. A total of
    zero or less needs no `tendered`: it is paid out in cash. Raises RegisterError: "short" when less was given, "tip".
    """
    basket, standing = _on_screen(till, basket_id, receipt_id)
    if basket is None:
        known = securing.known(till, receipt_id)
        if known is not None:
            if known != basket_id:
                raise ReplayError(receipt_id)
            return queries.receipt(receipt_id)
        basket = load(basket_id)
    if basket is None or basket.row["state"] not in ("open", "paying"):
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    prior: list[CardPayment] = []
    held = 0
    day = cash.carry_float(till, actor, standing)
    basket = ordering.correct(till, actor, basket) if basket.ordered else basket
    if basket.row["state"] == "paying":
        prior, held = _by_card(basket), int(basket.row["cash_cents"])
        basket = cards.with_tips(till, basket)
    priced = basket.priced(day)
    if not any(not line.voided for line in basket.basket.lines):
        raise RegisterError("empty", "Auf dem Bon steht nichts.", "Zuerst einen Artikel tippen.")
    due = priced.total_cents - sum(payment.cents for payment in prior) - held
    if expected_cents is not None and expected_cents != due:
        raise RegisterError("changed", "Der Bon hat sich gerade geändert.", "Summe ansehen und noch einmal bezahlen.")
    if tip_cents:
        tips.check(tip_cents, due)
        basket = tips.with_cash_tip(till, basket, receipt_id, tip_cents)
        priced = basket.priced(day)
    given = list(tendered) if due > 0 or prior or held else [Payment(kind=CASH, cents=priced.total_cents)]
    first = [*(payment.payment for payment in prior), *([Payment(kind=CASH, cents=held)] if held else [])]
    settlement = settle(priced.total_cents, [*first, *given])
    if settlement.open_cents:
        raise RegisterError(
            "short", "Das reicht noch nicht.", "Den ganzen Betrag eingeben, oder den Bon geteilt bezahlen."
        )
    practice = bool(basket.row["training"])
    drawer.covers(till, actor, () if practice else settlement.paid)
    in_cash = sum(payment.cents for payment in given if payment.kind == CASH)
    draft = securing.Draft(
        id=prior[0].receipt_id if prior else receipt_id,
        content=content_of(priced, () if practice else settlement.paid, TRAINING if practice else RECEIPT),
        started_at=basket.row["opened_at"],
        basket=basket,
        tendered_cents=held + in_cash if held + in_cash > 0 else None,
        opens_drawer=in_cash != 0 and not practice,
    )
    try:
        receipt = queries.issued(draft.content, *securing.issue(till, actor, draft))
    except IntegrityError as error:
        if securing.known(till, draft.id) is None:
            raise
        raise ReplayError(draft.id) from error
    _follow(till, actor, basket, receipt)
    return receipt


def _follow(till: Till, actor: Actor, basket: OpenBasket, receipt: ReceiptState) -> None:
    """Do what follows from a basket's receipt: paper of vouchers, its tab, the banner of one paid in part."""
    if any(line.voucher for line in receipt.content.lines):
        printing.print_sold(till, actor, receipt)
    tabs.let_go(till, actor, basket.id)
    if basket.row["state"] == "paying":
        till.publish("status")


def _on_screen(till: Till, basket_id: str, receipt_id: str) -> tuple[OpenBasket | None, Memory | None]:
    """Return the basket if it is the one known to be on the screen, and what is known: then it cannot have been paid
    with this receipt."""
    known = remembered(till)
    if known is None or known.basket is None or known.basket.id != basket_id or receipt_id in till.securing:
        return None, None
    return known.basket, known


def _by_card(basket: OpenBasket) -> list[CardPayment]:
    """Return what cards have paid of a basket. Raises RegisterError("doubt") while one is under way or not clear."""
    payments = cardbooks.of_basket(basket.id)
    if any(payment.state in cards.HOLDING for payment in payments):
        raise RegisterError("doubt", "Die Kartenzahlung ist noch nicht zu Ende.", "Das Terminal fragen oder abbrechen.")
    return [payment for payment in payments if payment.paid and payment.pays]


def after_cards(till: Till, payment: CardPayment) -> None:
    """Issue the receipt of a basket that cards have paid in full, and print what has to be on paper."""
    receipt = pay(till, payment.actor, payment.basket_id, payment.receipt_id, [])
    printing.after_sale(till, payment.actor, receipt.id)


def change_tender(till: Till, actor: Actor, receipt_id: str, tendered_cents: int) -> ReceiptState:
    """Correct what the guest handed over; the paid amount stays as signed.

    Raises RegisterError("short") for less than the cash paid and ("late") once another receipt was issued.
    """
    state = queries.receipt(receipt_id)
    paid = sum(payment.cents for payment in state.content.payments if payment.kind == CASH)
    if state.tendered_cents is None or tendered_cents < paid:
        raise RegisterError("short", "Das wäre weniger als bezahlt.", "Einen größeren Betrag wählen.")
    if any(payment.currency != HOME for payment in state.content.payments):
        raise RegisterError("currency", "Mit fremden Scheinen bezahlt: Das lässt sich nicht ändern.", "Stornieren.")
    if tendered_cents > 100_000_00:
        raise RegisterError("large", "Dieser Betrag ist zu groß.", "Betrag prüfen.")
    last = queries.last_receipt(till)
    if last is None or last.id != receipt_id:
        raise RegisterError("late", "Dieser Bon ist abgeschlossen.", "Der nächste Bon hat schon begonnen.")
    if state.tendered_cents != tendered_cents:
        with writing(till, actor) as writer:
            writer.append("tender_changed", {"receipt": receipt_id, "tendered": tendered_cents})
        till.publish("receipt")
    return queries.receipt(receipt_id)


def give(
    till: Till, actor: Actor, basket_id: str, receipt_id: str, name: str, approver: Actor | None = None
) -> ReceiptState:
    """Record a basket as eaten by `name` of the staff: AVSachbezug, nothing is paid; the payroll deals with it.

    The same call again returns the same receipt. Raises RegisterError: "paid", "empty", "name" (missing), "training",
    "kind" (something other than goods is on the ticket).
    """
    note = require(actor, approver, Right.DISCOUNT)
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    basket = load(basket_id)
    if basket is None or basket.row["state"] != "open":
        raise RegisterError("paid", "Dieser Bon ist schon bezahlt.", "Der nächste Artikel beginnt den nächsten Bon.")
    training.refuse(till)
    _check_meal(basket, name)
    basket = ordering.correct(till, actor, basket) if basket.ordered else basket
    priced = basket.priced(cash.carry_float(till, actor))
    draft = securing.Draft(
        id=receipt_id,
        content=content_of(priced, (), STAFF_MEAL),
        started_at=basket.row["opened_at"],
        basket=basket,
        customer=canonical({"name": name.strip()[:50], "kind": "Mitarbeiter"}),
        note=note,
    )
    receipt = queries.issued(draft.content, *securing.issue(till, actor, draft))
    tabs.let_go(till, actor, basket.id)
    return receipt


def _check_meal(basket: OpenBasket, name: str) -> None:
    lines = [line for line in basket.basket.lines if not line.voided]
    if not lines:
        raise RegisterError("empty", "Auf dem Bon steht nichts.", "Zuerst einen Artikel tippen.")
    if any(line.gv_typ not in (TURNOVER, DEPOSIT) or line.quantity < 0 for line in lines):
        raise RegisterError("kind", "Auf dem Bon steht mehr als Essen und Trinken.", "Das andere zuerst bezahlen.")
    if not name.strip():
        raise RegisterError("name", "Wer isst?", "Einen Namen wählen.")
