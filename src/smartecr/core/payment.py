"""What was tendered against what is due. Worked numbers: ``docs/algorithms/payment-and-change.md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from smartecr.core.errors import PaymentError
from smartecr.core.kinds import CASH, PAYMENT_KINDS
from smartecr.core.money import MAX_CENTS, format_cents
from smartecr.core.receipt import Payment
from smartecr.core.records import dataclass

HOME: Final = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """``paid`` is what the receipt records: cash in one row less the change, everything else as tendered.

    ``change_cents`` (never negative) goes back in cash. ``open_cents`` is what is still missing: positive to be paid,
    negative to be paid out, 0 when settled. ``sum(paid) + open_cents`` is the total.
    """

    paid: tuple[Payment, ...]
    change_cents: int
    open_cents: int


def settle(total: int, tendered: Sequence[Payment]) -> Settlement:
    """Settles ``total`` cents with what was ``tendered``, several means in any order.

    Change comes from cash alone and never exceeds it: other means must not exceed the total. A negative total is paid
    out: what is tendered is then negative and must not exceed it. Raises PaymentError.
    """
    for payment in tendered:
        _check(payment, total)
    cash = sum(payment.cents for payment in tendered if payment.kind == CASH)
    given = sum(payment.cents for payment in tendered)
    if total < 0:
        if given < total:
            raise PaymentError("paid_out_too_much", "Es würde mehr ausgezahlt, als der Kundschaft zusteht.")
        change = 0
    else:
        if given - cash > total:
            limit = format_cents(total)
            raise PaymentError("no_change_from_card", "Ohne Bargeld sind höchstens {limit} € möglich.", limit=limit)
        change = max(0, given - total)
    return Settlement(paid=_paid(tendered, cash - change), change_cents=change, open_cents=total - (given - change))


def _paid(tendered: Sequence[Payment], cash: int) -> tuple[Payment, ...]:
    """What was tendered with all cash in one row, where it first appeared; rows without an amount are left out.

    Foreign notes stay whole, as they lie in the drawer; what they are worth too much goes back in euros, as a negative
    row (DSFinV-K: change for foreign cash).
    """
    paid: list[Payment] = []
    cash_seen = False
    cash -= sum(payment.cents for payment in tendered if payment.kind == CASH and payment.currency != HOME)
    for payment in tendered:
        if payment.kind != CASH or payment.currency != HOME:
            paid.append(payment)
        elif not cash_seen:
            cash_seen = True
            paid.append(payment._replace(cents=cash))
    if not cash_seen:
        paid.append(Payment(kind=CASH, cents=cash))
    return tuple(payment for payment in paid if payment.cents)


def _check(payment: Payment, total: int) -> None:
    if payment.kind not in PAYMENT_KINDS:
        raise PaymentError("unknown_kind", "Die Zahlart „{kind}“ gibt es nicht.", kind=payment.kind)
    if payment.currency != HOME and (payment.kind != CASH or not payment.foreign_cents or payment.cents < 0):
        raise PaymentError("currency", "Diese Kasse nimmt nur Euro an, nicht {currency}.", currency=payment.currency)
    if abs(payment.cents) > MAX_CENTS:
        limit = format_cents(MAX_CENTS)
        raise PaymentError("amount_too_large", "Der Betrag ist zu groß. Höchstens {limit} € sind möglich.", limit=limit)
    if payment.cents < 0 <= total:
        raise PaymentError("negative", "Ein gegebener Betrag kann nicht negativ sein.")
    if payment.cents > 0 > total:
        raise PaymentError("positive", "Bei einer Rückzahlung wird nichts angenommen.")
