"""What screens ask: the open basket, receipts, parked baskets, the state of the register. Reads only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from smartecr.core.basket import Basket, Priced, price
from smartecr.core.kinds import RECEIPT, STAFF_MEAL, TRAINING
from smartecr.core.receipt import ReceiptContent
from smartecr.core.records import dataclass
from smartecr.register import receiptcontents
from smartecr.register.booked import ENDLESS
from smartecr.register.errors import RegisterError
from smartecr.register.head import head, remembered
from smartecr.register.rows import Row
from smartecr.register.sale.baskets import OpenBasket, load_aside, load_open
from smartecr.register.till import Till
from smartecr.sql import fetch, select

_AMOUNT = re.compile(r"[-−]?(\d{1,7}|\d{1,3}(?:\.\d{3}){1,2})[.,](\d\d)(?: ?€)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketState:
    """The basket on the screen (`id` is "" when there is none) with its numbers; `number` is the receipt's to be.

    `guest` is what guests have shown for it, as JSON ("" for nothing; see `guestkeys`).
    """

    id: str
    basket: Basket
    priced: Priced
    newest_line_id: str
    label: str
    number: int
    version: int
    guest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedBasket:
    """A parked basket as the recall list shows it; `opened_at` is UTC journal text."""

    id: str
    label: str
    opened_at: str
    opened_by: str
    total_cents: int
    pieces: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptState:
    """A receipt with all that is known of it. `outage_reason` is set when it was issued without TSE.

    `at` and `started_at` are UTC journal text; `tendered_cents` is None when no cash was handed over, `drawer` tells
    whether the drawer was opened for it.
    """

    id: str
    number: int
    type: str
    z_number: int
    business_day: str
    started_at: str
    at: str
    person_name: str
    total_cents: int
    content: ReceiptContent
    tendered_cents: int | None
    change_cents: int
    issued: bool
    signed: bool
    outage_reason: str
    token: str
    reason: str
    reference_id: str
    refunded_by: str
    process_data: str
    tse_serial: str
    tse_number: int
    tse_start: int
    tse_end: int
    tse_counter: int
    tse_signature: str
    customer: str
    label: str
    basket_id: str
    drawer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A receipt in a list; `kinds` are its payment kinds, `gv_typ` the kind of business of its first line."""

    id: str
    number: int
    type: str
    at: str
    business_day: str
    person_name: str
    total_cents: int
    signed: bool
    refund: bool
    refunded: bool
    gv_typ: str
    returns: bool = False


def business_day(till: Till) -> str:
    """Return the business day facts written now count for ("2026-11-23")."""
    return head(till).business_day


def current(till: Till) -> BasketState:
    """Return the basket on the register's screen."""
    known = remembered(till)
    standing = head(till) if known is None else known.newest.at(till.now())
    stored = known.basket if known is not None and known.basket_known else load_open(till.register_id)
    number, day = standing.next_number, standing.business_day
    if stored is None:
        empty = Basket(id="", lines=())
        priced = price(empty, date.fromisoformat(day))
        return BasketState(id="", basket=empty, priced=priced, newest_line_id="", label="", number=number, version=0)
    return basket_state(stored, day, number)


def basket_state(stored: OpenBasket, day: str, number: int) -> BasketState:
    """Return a stored basket as screens show it, priced for a business day; `number` is the next receipt's."""
    return BasketState(
        id=stored.id,
        basket=stored.basket,
        priced=stored.priced(day),
        newest_line_id=stored.row["newest_line_id"],
        label=stored.row["label"],
        number=number + stored.struck,
        version=stored.row["version"],
        guest=stored.row["guest"],
    )


def parked(till: Till) -> list[ParkedBasket]:
    """Return the parked baskets, oldest first."""
    day = business_day(till)
    return [aside(stored, stored.row["label"], day) for stored in load_aside(till.register_id)]


def aside(stored: OpenBasket, label: str, day: str) -> ParkedBasket:
    """Return a basket as lists show it."""
    priced = stored.priced(day)
    return ParkedBasket(
        id=stored.id,
        label=label,
        opened_at=stored.row["opened_at"],
        opened_by=stored.row["opened_by"],
        total_cents=priced.total_cents,
        pieces=priced.pieces,
        texts=tuple(line.text for line in stored.basket.lines if not line.voided and not line.parent_id),
    )


# NOT (x = '') and not x <> '': only so does SQLite see that the index on what is refunded serves
_RECEIPT = (
    "SELECT r.*, s.outage, s.tse_end, s.tse_counter, s.signature, "
    "s.receipt_id AS issued_id, t.tendered_cents AS corrected_cents, b.id AS refunded_by FROM register_receipt r "
    "LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
    "LEFT JOIN register_receipt_tender t ON t.receipt_id = r.id "
    "LEFT JOIN register_receipt b ON b.reference_id = r.id AND NOT (b.reference_id = '') "
)


def receipt(receipt_id: str) -> ReceiptState:
    """Return a receipt. Raises RegisterError("unknown")."""
    found = find_receipt(receipt_id)
    if found is None:
        raise RegisterError("unknown", "Diesen Bon gibt es nicht.")
    return found


def find_receipt(receipt_id: str) -> ReceiptState | None:
    """Return a receipt, or None."""
    found = stored("WHERE r.id = %s", [receipt_id])
    return found[0] if found else None


def stored(rest: str, arguments: Sequence[Any]) -> list[ReceiptState]:
    """Return receipts by the rest of a query: r is the receipt, s its signature."""
    rows = fetch(f"{_RECEIPT} {rest}", arguments)
    found = receiptcontents.read(rows)
    return [_receipt(row, found[row["id"]]) for row in rows]


def issued(content: ReceiptContent, receipt: Row, signature: Row) -> ReceiptState:
    """Return a receipt just issued, from the rows written for it, as `receipt` would read it back."""
    signed = {name: signature[name] for name in ("outage", "tse_end", "tse_counter", "signature")}
    row = {**receipt, **signed, "issued_id": receipt["id"], "corrected_cents": None, "refunded_by": None}
    return _receipt(row, content)


def last_receipt(till: Till, *, meals: bool = False) -> ReceiptState | None:
    """Return the register's latest issued receipt a guest may hold (no cash movement, no abort), or None.

    With `meals` it may be a staff meal. In practice it is the latest one practised since the last closing.
    """
    now = head(till)
    kind, since = (TRAINING, now.closed_number) if now.training else (RECEIPT, 0)
    found = stored(
        "WHERE r.register_id = %s AND r.type IN (%s, %s) AND r.number > %s AND s.receipt_id IS NOT NULL "
        "AND (r.basket_id <> '' OR NOT (r.reference_id = '')) ORDER BY r.number DESC LIMIT 1",
        [till.register_id, kind, STAFF_MEAL if meals and not now.training else kind, since],
    )
    return found[0] if found else None


def _receipt(row: Row, content: ReceiptContent) -> ReceiptState:
    practised = row["total_cents"] if row["type"] == TRAINING else 0
    in_cash = practised + sum(payment.cents for payment in content.payments if payment.kind == "Bar")
    tendered = row["tendered_cents"] if row["corrected_cents"] is None else row["corrected_cents"]
    issued = row["issued_id"] is not None
    return ReceiptState(
        id=row["id"],
        number=row["number"],
        type=row["type"],
        z_number=row["z_number"],
        business_day=row["business_day"],
        started_at=row["started_at"],
        at=row["recorded_at"],
        person_name=row["person_name"],
        total_cents=row["total_cents"],
        content=content,
        tendered_cents=tendered,
        change_cents=max(0, tendered - in_cash) if tendered is not None else 0,
        issued=issued,
        signed=issued and not row["outage"],
        outage_reason=row["outage"] or "",
        token=row["token"],
        reason=row["reason"],
        reference_id=row["reference_id"],
        refunded_by=row["refunded_by"] or "",
        process_data=row["process_data"],
        tse_serial=row["tse_serial"],
        tse_number=row["tse_number"],
        tse_start=row["tse_start"],
        tse_end=row["tse_end"] or 0,
        tse_counter=row["tse_counter"] or 0,
        tse_signature=row["signature"] or "",
        customer=row["customer"],
        label=row["label"],
        basket_id=row["basket_id"],
        drawer=bool(row["drawer"]),
    )


_OF_DAY = (
    "r.business_day = %s AND r.number > COALESCE("  # noqa: S608 constants
    "(SELECT max(last_number) FROM register_closing WHERE register_id = %s AND business_day < %s), 0) "
    "AND r.number <= COALESCE((SELECT min(last_number) FROM register_closing WHERE register_id = %s "
    f"AND business_day > %s), {ENDLESS})"
)
"""A day's receipts lie between the closings around it: business days never go back."""


def reaches_all(till: Till, reach: int) -> bool:
    """Tell whether the register has no more receipts than `reach`."""
    rows = select("SELECT 1 FROM register_receipt WHERE register_id = %s LIMIT 1 OFFSET %s", [till.register_id, reach])
    return not rows


def receipts(
    till: Till, day: str = "", text: str = "", limit: int = 50, *, widely: bool = False, reach: int = 0
) -> list[ReceiptRow]:
    """Return the register's receipts, newest first: of a business day, or whose number, amount or article matches.

    An amount ("12,50") is one by its two decimals. `widely` looks at the TSE's transaction number, the person and the
    table too. Words and amounts are looked for in the newest `reach` receipts (0: in all), or in those of the day.
    """
    where, arguments = ["r.register_id = %s"], [till.register_id]
    if day:
        where.append(_OF_DAY)
        arguments += [day, till.register_id, day, till.register_id, day]
    elif reach and text.strip() and not text.strip().isdecimal():
        where.append("r.number > (SELECT max(number) FROM register_receipt WHERE register_id = %s) - %s")
        arguments += [till.register_id, reach]  # type: ignore[list-item]
    wanted = text.strip()
    if wanted.isdecimal():
        number = int(wanted) if len(wanted) < 18 else -1
        where.append("(r.number = %s OR r.tse_number = %s)" if widely else "r.number = %s")
        arguments += [number, number] if widely else [number]  # type: ignore[list-item]
    elif wanted:
        pattern = "%" + wanted.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found = (
            "EXISTS (SELECT 1 FROM register_receipt_line l WHERE l.receipt_id = r.id "
            "AND lower(l.text) LIKE %s ESCAPE '\\')"
        )
        if widely:
            found += " OR lower(r.person_name) LIKE %s ESCAPE '\\' OR lower(r.label) LIKE %s ESCAPE '\\'"
        arguments += [pattern] * (3 if widely else 1)
        if amount := _AMOUNT.fullmatch(wanted):
            found += " OR abs(r.total_cents) = %s"
            arguments.append(int(amount[1].replace(".", "") + amount[2]))  # type: ignore[arg-type]
        where.append(f"({found})")
    sql = (
        "SELECT r.id, r.number, r.type, r.recorded_at, r.business_day, r.person_name, r.total_cents, r.reference_id, "  # noqa: S608
        "s.outage, s.receipt_id AS issued_id, "
        "(SELECT b.id FROM register_receipt b WHERE b.reference_id = r.id AND NOT (b.reference_id = '')) "
        "AS refunded_by, "
        "(SELECT l.gv_typ FROM register_receipt_line l WHERE l.receipt_id = r.id AND l.position = 1) AS gv_typ, "
        "(SELECT CASE WHEN NOT (l.reference_id = '') AND l.quantity < 0 THEN 1 ELSE 0 END FROM register_receipt_line l "
        "WHERE l.receipt_id = r.id AND l.position = 1) AS returns "
        "FROM register_receipt r LEFT JOIN register_receipt_signature s ON s.receipt_id = r.id "
        f"WHERE {' AND '.join(where)} ORDER BY r.number DESC LIMIT %s"
    )
    return [
        ReceiptRow(
            id=row["id"],
            number=row["number"],
            type=row["type"],
            at=row["recorded_at"],
            business_day=row["business_day"],
            person_name=row["person_name"],
            total_cents=row["total_cents"],
            signed=row["issued_id"] is not None and not row["outage"],
            refund=bool(row["reference_id"]),
            refunded=bool(row["refunded_by"]),
            gv_typ=row["gv_typ"] or "",
            returns=bool(row["returns"]) and row["type"] == RECEIPT,
        )
        for row in fetch(sql, [*arguments, limit])
    ]


def registers(shop_id: str) -> list[tuple[str, str]]:
    """Return the registers of a shop as (id, name)."""
    rows = select("SELECT id, name FROM register_register WHERE shop_id = %s ORDER BY name, id", [shop_id])
    return [(key, name or key[-6:]) for key, name in rows]


def cash_stock(till: Till) -> int:
    """Return the cents that should lie in the drawer: the float kept or booked, and all cash since the last closing.

    Euros alone: notes of other currencies lie apart (`foreign.stocks`).
    """
    standing = head(till)
    rows = fetch(
        "SELECT coalesce(sum(p.cents), 0) AS cents FROM register_receipt r "
        "JOIN register_receipt_payment p ON p.receipt_id = r.id AND p.kind = 'Bar' AND p.currency = 'EUR' "
        "WHERE r.register_id = %s AND r.number > %s",
        [till.register_id, standing.closed_number],
    )
    return int(rows[0]["cents"]) + standing.float_to_carry
