"""What the customer display shows right now, computed from the register's state. Pure; the templates only draw it.

After a payment the change is shown large for `CHANGE_SECONDS`, then the code of the digital receipt; the code stays
`CODE_SECONDS` in all, even if the next guest's first line comes earlier: it then moves beside that basket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from smartecr.core.basket import Priced
from smartecr.core.kinds import CASH
from smartecr.core.records import dataclass
from smartecr.core.totals import PricedLine
from smartecr.register.queries import BasketState, ReceiptState
from smartecr.terminal.api import Kind
from smartecr.terminal.events import SECURE, EventKind, PaymentEvent

CHANGE_SECONDS = 4
CODE_SECONDS = 28
IDLE_SECONDS = 300
PICTURE_SECONDS = 12

Daypart = Literal["morning", "day", "evening"]
Step = Literal["present", "secure", "wait", "show", "phone", "transfer", "rest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A second row of a line: its discount, its deposit, or (`left`) what stays on a voucher."""

    text: str
    cents: int
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the basket. `place` is "in" or "out" when it differs from the basket's, else ""; `quantity` 0: none.

    `per_unit` is the unit price (Grundpreis), "1 kg = 12,90 €", "" where none is needed.
    """

    text: str
    quantity: int
    unit: str
    cents: int
    extras: tuple[Extra, ...] = ()
    place: str = ""
    per_unit: str = ""
    newest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The receipt just issued. `seconds` is how long its code still stays, `given_cents` 0 when nothing came back."""

    token: str
    total_cents: int
    given_cents: int
    change_cents: int
    in_cash: bool
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A payment at the terminal: `cents` of it, `step` what the guest does, `text` in their words.

    With "secure" the guest types at the terminal's own pad: the display says only where to look. `by_code` tells that
    the guest pays with a code; "show" asks for it, "phone" to confirm there. "rest" is what is still due after a part
    was paid. With "transfer" `text` is the code to be scanned (`title` is the payment service's name, "" for a
    GiroCode, `reference` what stands beside the money).
    """

    cents: int
    step: Step
    text: str = ""
    kind: Kind = Kind.SALE
    by_code: bool = False
    title: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One picture: `name` says which, `next_seconds` after how long it turns into another by itself (0: never)."""

    name: Literal["idle", "basket", "change", "receipt", "card", "message"]
    daypart: Daypart
    next_seconds: float = 0
    rows: tuple[Row, ...] = ()
    priced: Priced | None = None
    paid: Paid | None = None
    card: Card | None = None
    picture: str = ""
    message: str = ""


def compose(
    basket: BasketState,
    receipt: ReceiptState | None,
    issued: datetime | None,
    now: datetime,
    card: Card | None = None,
    *,
    pictures: Sequence[str] = (),
    message: str = "",
    unit_prices: Mapping[str, str] = MappingProxyType({}),
) -> Screen:
    """Return the screen for the basket on the till, the last receipt, and what is at the card terminal.

    `issued` is when that receipt was issued; `now` is the local time, by which the greeting and the shop's own
    `pictures` go; `unit_prices` are by line. A `message` to the guests (its key) stands where the display rests.
    """
    daypart = part_of_day(now)
    if card is not None:
        return Screen(name="card", daypart=daypart, card=card)
    age = (now - issued).total_seconds() if issued is not None else CODE_SECONDS
    paid = _paid(receipt, age) if receipt is not None and 0 <= age < CODE_SECONDS else None
    rows = _rows(basket, unit_prices)
    if rows:
        left = CODE_SECONDS - age if paid else 0
        return Screen(name="basket", daypart=daypart, rows=rows, priced=basket.priced, paid=paid, next_seconds=left)
    if paid is None:
        return _resting(daypart, now, pictures, message)
    if paid.change_cents and age < CHANGE_SECONDS:
        return Screen(name="change", daypart=daypart, paid=paid, next_seconds=CHANGE_SECONDS - age)
    return Screen(name="receipt", daypart=daypart, paid=paid, next_seconds=CODE_SECONDS - age)


def _resting(daypart: Daypart, now: datetime, pictures: Sequence[str], message: str) -> Screen:
    if message:
        return Screen(name="message", daypart=daypart, message=message)
    if not pictures:
        return Screen(name="idle", daypart=daypart, next_seconds=IDLE_SECONDS)
    turn, past = divmod(now.timestamp(), PICTURE_SECONDS)
    picture = pictures[int(turn) % len(pictures)]
    return Screen(name="idle", daypart=daypart, next_seconds=PICTURE_SECONDS - past, picture=picture)


_BEGUN = frozenset({EventKind.REQUESTED, EventKind.ACCEPTED})


def at_terminal(cents: int, news: Sequence[PaymentEvent], *, kind: Kind = Kind.SALE, by_code: bool = False) -> Card:
    """Return what the guest sees of a payment with these events."""
    last = news[-1] if news else None
    at = last.kind if last is not None else EventKind.REQUESTED
    step: Step = "wait"
    if by_code:
        step = "phone" if at is EventKind.CUSTOMER_INPUT else "wait"
    elif at is EventKind.PRESENT_CARD or (at in _BEGUN and not kind.by_number):
        step = "present"
    elif at in SECURE:
        step = "secure"
    return Card(cents=cents, step=step, text=last.customer_text if last is not None else "", kind=kind, by_code=by_code)


def part_of_day(now: datetime) -> Daypart:
    """Return which greeting fits: morning until 11, evening from 17 and before 4."""
    if 4 <= now.hour < 11:
        return "morning"
    return "day" if 11 <= now.hour < 17 else "evening"


def _paid(receipt: ReceiptState, age: float) -> Paid:
    return Paid(
        token=receipt.token,
        total_cents=receipt.total_cents,
        given_cents=(receipt.tendered_cents or 0) if receipt.change_cents else 0,
        change_cents=receipt.change_cents,
        in_cash=bool(receipt.content.payments) and all(payment.kind == CASH for payment in receipt.content.payments),
        seconds=int(CODE_SECONDS - age),
    )


def _rows(state: BasketState, unit_prices: Mapping[str, str]) -> tuple[Row, ...]:
    children: dict[str, list[PricedLine]] = {}
    for priced in state.priced.lines:
        if priced.line.parent_id and not priced.line.voided:
            children.setdefault(priced.line.parent_id, []).append(priced)
    shown = {priced.line.id for priced in state.priced.lines if not priced.line.voided}
    rows = [
        _row(priced, children.get(priced.line.id, []), state, unit_prices.get(priced.line.id, ""))
        for priced in state.priced.lines
        if priced.line.id in shown and priced.line.parent_id not in shown
    ]
    discount = state.priced.discount
    if rows and discount is not None and state.priced.discount_cents:
        rows.append(Row(text=discount.text, quantity=0, unit="", cents=state.priced.discount_cents))
    return tuple(rows)


def _row(priced: PricedLine, children: list[PricedLine], state: BasketState, per_unit: str) -> Row:
    line = priced.line
    extras = [Extra(text=f"+ {child.line.text}", cents=child.amount_cents) for child in children]
    if line.discount is not None and priced.discount_cents:
        extras.insert(0, Extra(text=line.discount.text, cents=priced.discount_cents))
    if line.limit_cents:
        extras.append(Extra(text="", cents=line.left_cents, left=True))
    differs = line.in_house != state.basket.in_house
    return Row(
        text=line.text,
        quantity=0 if line.limit_cents else line.quantity,
        unit=line.unit,
        cents=priced.gross_cents,
        extras=tuple(extras),
        place=("in" if line.in_house else "out") if differs else "",
        per_unit=per_unit,
        newest=state.newest_line_id in (line.id, *(child.line.id for child in children)),
    )
