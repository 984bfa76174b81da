"""The books of card payments: what a terminal's worker writes down while money moves, and what is read from it.

`CardBooks` is the `smartecr.terminal.journal.PaymentJournal` of a register: every step is a fact in the journal. Steps
that must not be lost (intent, result, receipt, end) are on the disk when they return; how far a payment got in between
is written in passing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from smartecr.core.receipt import Payment
from smartecr.core.records import dataclass
from smartecr.register.ledger import writing
from smartecr.register.rows import Row
from smartecr.register.till import Till
from smartecr.sql import fetch, select
from smartecr.staff.actor import Actor
from smartecr.terminal.api import (
    BatchResult,
    Kind,
    PaymentIntent,
    PaymentRef,
    ReceiptBlock,
    ReceiptType,
    TerminalResult,
)
from smartecr.terminal.doubt import State, effect_of
from smartecr.terminal.errors import PaymentPending
from smartecr.terminal.journal import PaymentRecord

log = logging.getLogger(__name__)

TRANSFER = "Überweisung"
"""Name of what a person confirmed: no terminal moved it."""

_SHOWN = "QR "


def shown_name(title: str) -> str:
    """Return the name of what was paid by a code we showed, in the books: a person saw it at the service `title`."""
    return _SHOWN + title


SYSTEM = Actor("", "smartECR", "owner")
_DEBIT = frozenset({"girocard", "Maestro", "V PAY", "Lastschrift"})
_WALLETS = frozenset(
    {"Alipay", "BlueCode", "Bluecode", "Alipay+", "WeChat Pay", "PAYBACK PAY", "Yapital", "Instant Payment"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a payment is for: a basket, or the way back of the receipt `original_id`. `actor` asked for it."""

    actor: Actor
    receipt_id: str
    basket_id: str = ""
    original_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPayment:
    """A payment as the books have it."""

    id: str
    terminal_id: str
    kind: Kind
    state: State
    asked_cents: int
    planned_tip_cents: int
    basket_id: str
    receipt_id: str
    original_id: str
    began_at: str
    actor: Actor
    result: TerminalResult | None
    purpose: str
    means: str

    @property
    def paid(self) -> bool:
        """Tell whether money moved for certain."""
        return self.state is State.COMPLETED

    @property
    def pays(self) -> bool:
        """Tell whether it is to pay a basket; a reservation only holds."""
        return self.kind in (Kind.SALE, Kind.CAPTURE)

    @property
    def cents(self) -> int:
        """Return what was authorised, tip included."""
        return self.asked_cents if self.result is None or self.result.amount is None else self.result.amount

    @property
    def tip_cents(self) -> int:
        """Return the tip: what was planned, and what the customer added at the terminal."""
        return self.planned_tip_cents + max(0, self.cents - self.asked_cents)

    @property
    def brand(self) -> str:
        """Return the scheme of the card, "" when the terminal did not say."""
        return self.result.brand if self.result is not None else ""

    @property
    def payment(self) -> Payment:
        """Return it as a receipt has it (ZAHLART_TYP by scheme)."""
        return Payment(kind=zahlart(self.brand), cents=self.cents, name=self.brand)


def zahlart(brand: str) -> str:
    """Return the ZAHLART_TYP (DSFinV-K Anhang D) of a card scheme."""
    if brand in _DEBIT:
        return "ECKarte"
    if brand in _WALLETS:
        return "ElZahlungsdienstleister"
    return "Kreditkarte" if brand else "Unbar"


def of_basket(basket_id: str) -> list[CardPayment]:
    """Return the payments asked for a basket, in order."""
    return _payments("basket_id = %s", [basket_id])


def taken(basket_id: str) -> list[CardPayment]:
    """Return what cards have paid of a basket."""
    return [payment for payment in of_basket(basket_id) if payment.paid and payment.pays]


def of_receipt(receipt_id: str) -> list[CardPayment]:
    """Return the payments that belong to a receipt and moved money, in order."""
    return [payment for payment in _payments("receipt_id = %s", [receipt_id]) if payment.paid]


def refunds_of(original_id: str) -> list[CardPayment]:
    """Return the payments that took money of a receipt back, or tried to, in order."""
    return _payments("original_id = %s", [original_id])


def find(payment_id: str) -> CardPayment | None:
    """Return a payment, or None."""
    return next(iter(_payments("id = %s", [payment_id])), None)


def unfinished(register_id: str) -> list[CardPayment]:
    """Return the ended payments of a register from which something still follows: a receipt, a basket set free."""
    return _payments(
        "register_id = %s AND NOT EXISTS (SELECT 1 FROM register_receipt r WHERE r.id = receipt_id) AND ("
        "(original_id <> '' AND state = 'completed') OR "
        "EXISTS (SELECT 1 FROM register_basket b WHERE b.id = basket_id AND b.state = 'paying'))",
        [register_id],
    )


def _payments(where: str, arguments: Sequence[Any]) -> list[CardPayment]:
    sql = f"SELECT * FROM register_card_payment WHERE {where} ORDER BY began_at, id"  # noqa: S608 constants
    return [_payment(row) for row in fetch(sql, arguments)]


def _payment(row: Row) -> CardPayment:
    intent = orjson.loads(row["intent"])
    return CardPayment(
        id=row["id"],
        terminal_id=row["terminal_id"],
        planned_tip_cents=int(intent["tip"]),
        means=intent.get("means", ""),
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        asked_cents=row["amount_cents"],
        basket_id=row["basket_id"],
        receipt_id=row["receipt_id"],
        original_id=row["original_id"],
        began_at=row["began_at"],
        actor=Actor(row["person_id"], row["person_name"], "cashier"),
        result=TerminalResult(**orjson.loads(row["result"])) if row["result"] else None,
        purpose=row["purpose"],
    )


def receipts_of(payment_id: str) -> list[ReceiptBlock]:
    """Return the receipts the terminal sent for a payment."""
    sql = "SELECT * FROM register_card_receipt WHERE payment_id = %s ORDER BY position"
    return [
        ReceiptBlock(
            type=ReceiptType(row["type"]),
            lines=tuple((attribute, text) for attribute, text in orjson.loads(row["lines"])["lines"]),
            signature=bool(row["signature"]),
        )
        for row in fetch(sql, [payment_id])
    ]


def completed_since(terminal_id: str, since: str) -> list[CardPayment]:
    """Return the payments of a terminal that moved money from an instant on (journal text), in order."""
    return _payments("terminal_id = %s AND began_at >= %s AND state = 'completed'", [terminal_id, since])


def moved_for(receipt_ids: Sequence[str]) -> dict[str, int]:
    """Return the cents terminals moved for those of the receipts they moved any for; what went back is negative."""
    sums: dict[str, int] = {}
    if not receipt_ids:  # PostgreSQL knows no empty list
        return sums
    marks = ", ".join(["%s"] * len(receipt_ids))
    sql = (
        "SELECT receipt_id, kind, amount_cents, result FROM register_card_payment "  # noqa: S608 marks
        f"WHERE receipt_id IN ({marks}) AND state = %s"
    )
    for receipt_id, kind, asked, result in select(sql, [*receipt_ids, State.COMPLETED.value]):
        amount = orjson.loads(result)["amount"] if result else None
        moved = effect_of(Kind(kind), asked if amount is None else amount)
        sums[receipt_id] = sums.get(receipt_id, 0) + moved
    return sums


def confirmed_by_hand(name: str) -> bool:
    """Tell whether a person confirmed a payment of this name: it was made without cash and without a terminal."""
    return name == TRANSFER or name.startswith(_SHOWN)


def open_payment(terminal_id: str) -> CardPayment | None:
    """Return the payment that locks a terminal, or None."""
    rows = fetch(
        "SELECT p.* FROM register_card_terminal t JOIN register_card_payment p ON p.id = t.open_payment "
        "WHERE t.id = %s",
        [terminal_id],
    )
    return _payment(rows[0]) if rows else None


class CardBooks:
    """`PaymentJournal` of one till. `settled` is called with a payment's id after its end was written."""

    def __init__(self, till: Till, settled: Callable[[str], None]) -> None:
        self._till = till
        self._settled = settled
        self._orders: dict[str, Order] = {}

    def expect(self, payment_id: str, order: Order) -> None:
        """Remember what a payment will be for, before the terminal's worker begins it."""
        self._orders[payment_id] = order

    def forget(self, payment_id: str) -> None:
        """Let go of a payment that ended or never began."""
        self._orders.pop(payment_id, None)

    def begin(self, terminal_id: str, intent: PaymentIntent, /) -> None:
        """As in PaymentJournal."""
        order = self._orders[intent.id]
        with writing(self._till, order.actor) as writer:
            row = self._row(terminal_id)
            if row is not None and row["open_payment"]:
                raise PaymentPending(row["open_payment"])
            if order.original_id and fetch("SELECT id FROM register_receipt WHERE id = %s", [order.receipt_id]):
                raise PaymentPending(intent.id)  # given back in cash meanwhile
            if row is None:
                writer.append("terminal_seen", {"terminal": terminal_id})
            payment = {
                "id": intent.id,
                "terminal_id": terminal_id,
                "basket_id": order.basket_id,
                "receipt_id": order.receipt_id,
                "original_id": order.original_id,
                "purpose": order.reason,
                "kind": intent.kind.value,
                "amount_cents": intent.amount,
                "intent": _intent_body(intent),
            }
            writer.append("card_begun", {"payment": payment})

    def note(self, payment_id: str, state: State, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, self._actor(payment_id), synced=False) as writer:
            writer.append("card_noted", {"payment": payment_id, "state": state.value})

    def result(self, payment_id: str, result: TerminalResult, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, self._actor(payment_id)) as writer:
            writer.append("card_result", {"payment": payment_id, "result": asdict(result)})

    def receipt(self, payment_id: str, block: ReceiptBlock, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, self._actor(payment_id)) as writer:
            sql = "SELECT count(*) AS n FROM register_card_receipt WHERE payment_id = %s"
            body = {
                "payment": payment_id,
                "position": int(fetch(sql, [payment_id])[0]["n"]) + 1,
                "type": block.type.value,
                "lines": {"lines": [list(line) for line in block.lines]},
                "signature": block.signature,
            }
            writer.append("card_receipt", body)

    def give_up(self, payment_id: str, by: str, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, self._actor(payment_id)) as writer:
            writer.append("card_given_up", {"payment": payment_id, "by": by[:80]})

    def finish(
        self, payment_id: str, state: State, result: TerminalResult | None, /, *, by: str = "", reason: str = ""
    ) -> None:
        """As in PaymentJournal."""
        row = fetch("SELECT * FROM register_card_payment WHERE id = %s", [payment_id])[0]
        with writing(self._till, self._actor(payment_id)) as writer:
            terminal = self._row(row["terminal_id"]) or {}
            body = {
                "payment": payment_id,
                "terminal": row["terminal_id"],
                "state": state.value,
                "result": None if result is None else asdict(result),
                "by": by[:80],
                "reason": reason[:200],
                **_after(terminal, Kind(row["kind"]), row["amount_cents"], state, result, decided=bool(by)),
            }
            writer.append("card_finished", body)
        self.forget(payment_id)
        try:
            self._settled(payment_id)
        except Exception:
            # the money is in the books; what follows from it is done at the next start, or when somebody looks
            log.exception("what follows from payment %s could not be done", payment_id)

    def open(self, terminal_id: str, /) -> PaymentRecord | None:
        """As in PaymentJournal."""
        row = self._row(terminal_id)
        if row is None or not row["open_payment"]:
            return None
        payment = fetch("SELECT * FROM register_card_payment WHERE id = %s", [row["open_payment"]])[0]
        return PaymentRecord(
            intent=_intent(orjson.loads(payment["intent"])),
            terminal_id=terminal_id,
            state=State(payment["state"]),
            result=TerminalResult(**orjson.loads(payment["result"])) if payment["result"] else None,
            receipts=tuple(receipts_of(payment["id"])),
        )

    def baseline(self, terminal_id: str, /) -> PaymentRef | None:
        """As in PaymentJournal."""
        row = self._row(terminal_id)
        return PaymentRef(**orjson.loads(row["baseline"])) if row is not None and row["baseline"] else None

    def expected_total(self, terminal_id: str, /) -> int | None:
        """As in PaymentJournal."""
        row = self._row(terminal_id)
        return row["total_cents"] if row is not None else None

    def learn(self, terminal_id: str, baseline: PaymentRef, total: int | None, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, SYSTEM) as writer:
            if self._row(terminal_id) is None:
                writer.append("terminal_seen", {"terminal": terminal_id})
            body = {"terminal": terminal_id, "baseline": asdict(baseline), "total": total}
            writer.append("terminal_learned", body)

    def closed(self, terminal_id: str, batch: BatchResult, /) -> None:
        """As in PaymentJournal."""
        with writing(self._till, SYSTEM) as writer:
            writer.append("batch_closed", {"terminal": terminal_id, "batch": asdict(batch)})

    def _row(self, terminal_id: str) -> Row | None:
        return next(iter(fetch("SELECT * FROM register_card_terminal WHERE id = %s", [terminal_id])), None)

    def _actor(self, payment_id: str) -> Actor:
        order = self._orders.get(payment_id)
        return order.actor if order is not None else SYSTEM


def _after(
    terminal: Row, kind: Kind, amount: int, state: State, result: TerminalResult | None, *, decided: bool
) -> dict[str, Any]:
    """Return what is known of a terminal after the end of a payment (see `PaymentJournal.finish`)."""
    if decided or (state is State.COMPLETED and (result is None or not result.trace)):
        return {"baseline": None, "total": None}
    total = terminal.get("total_cents")
    if state is not State.COMPLETED or result is None:
        known = terminal.get("baseline")
        return {"baseline": orjson.loads(known) if known else None, "total": total}
    moved = effect_of(kind, result.amount or amount)
    return {"baseline": asdict(result.ref), "total": None if total is None else total + moved}


def _intent_body(intent: PaymentIntent) -> dict[str, Any]:
    """Return an intent as the journal takes it: without floats, the instant in milliseconds."""
    body = asdict(intent)
    body["created_at"] = round(intent.created_at * 1000)
    return body


def _intent(body: dict[str, Any]) -> PaymentIntent:
    references = {
        name: PaymentRef(**body[name]) if body[name] is not None else None for name in ("original", "baseline")
    }
    return PaymentIntent(**{**body, **references, "kind": Kind(body["kind"]), "created_at": body["created_at"] / 1000})
