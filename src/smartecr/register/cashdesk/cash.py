"""Cash that moves without a sale: each movement is a Beleg of its own with VAT key 5 (DSFinV-K, GV_TYP list)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.core.vat import rate_on, split_gross
from smartecr.register import queries
from smartecr.register.cashdesk import drawer, foreign
from smartecr.register.errors import RegisterError
from smartecr.register.head import Memory, head
from smartecr.register.ledger import writing
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.sale import training
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

FLOAT = "Anfangsbestand"
DIFFERENCE = "DifferenzSollIst"
MOVES = {
    FLOAT: "Anfangsbestand",
    "Geldtransit": "Geldtransit",
    "Lohnzahlung": "Lohnzahlung",
    "Privateinlage": "Privateinlage",
    "Privatentnahme": "Privatentnahme",
    "Einzahlung": "Einzahlung",
    "Auszahlung": "Auszahlung",
}
"""What a person may book, with the word printed."""

_OUT = ("Privatentnahme", "Auszahlung", "Lohnzahlung")
_IN = (FLOAT, "Privateinlage", "Einzahlung")
NOT_TAXABLE = 5
LIMIT = 100_000_00


def content(
    gv_typ: str, cents: int, text: str, day: str, paid: Payment | None = None, gv_name: str = ""
) -> ReceiptContent:
    """Return the content of a cash movement: one line, VAT key 5, paid in cash; `cents` may be negative.

    `paid` says so where the cash is of another currency, `gv_name` is the GV_NAME.
    """
    rate = rate_on(NOT_TAXABLE, date.fromisoformat(day))
    net, tax = split_gross(cents, rate)
    line = ReceiptLine(
        position=1, line_id="", text=text, gv_typ=gv_typ, quantity=1000, unit_cents=cents, amount_cents=cents,
        vat_key=NOT_TAXABLE, gv_name=gv_name,
    )  # fmt: skip
    vat = VatSum(vat_key=NOT_TAXABLE, rate_bp=rate, gross_cents=cents, net_cents=net, tax_cents=tax)
    return ReceiptContent(lines=(line,), vat=(vat,), payments=(paid or Payment(kind="Bar", cents=cents),),
                          total_cents=cents)  # fmt: skip


def move(
    till: Till, actor: Actor, receipt_id: str, gv_typ: str, cents: int, reason: str, approver: Actor | None = None
) -> ReceiptState:
    """Book a cash movement of `cents` (positive into the drawer, negative out of it) and return its receipt.

    Raises RegisterError: "kind", "amount", "reason" (needed for all but the float), "stock" (more than is there),
    "float" (a second opening float).
    """
    note = require(actor, approver, Right.CASH_MOVE, cents)
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    training.refuse(till)
    _check(gv_typ, cents, reason)
    day = carry_float(till, actor)
    if gv_typ == FLOAT and has_float(till):
        raise RegisterError("float", "Der Anfangsbestand ist schon gebucht.", "Weiteres Geld als Einlage buchen.")
    drawer.covers(till, actor, [Payment(kind="Bar", cents=cents)])
    return _book(till, actor, receipt_id, gv_typ, cents, reason.strip(), day, note)


def _check(gv_typ: str, cents: int, reason: str) -> None:
    if gv_typ not in MOVES:
        raise RegisterError("kind", "Diese Buchung gibt es nicht.")
    if cents == 0 or abs(cents) > LIMIT or (cents > 0 and gv_typ in _OUT) or (cents < 0 and gv_typ in _IN):
        raise RegisterError("amount", "Dieser Betrag geht hier nicht.", "Betrag und Richtung prüfen.")
    if gv_typ != FLOAT and not reason.strip():
        raise RegisterError("reason", "Wofür ist das Geld?", "Einen Grund eintippen.")


def _book(
    till: Till,
    actor: Actor,
    receipt_id: str,
    gv_typ: str,
    cents: int,
    reason: str,
    day: str,
    note: Mapping[str, Any] | None = None,
    paid: Payment | None = None,
) -> ReceiptState:
    draft = securing.Draft(
        id=receipt_id,
        content=content(gv_typ, cents, MOVES.get(gv_typ, "Kassendifferenz"), day, paid),
        started_at=till.now(),
        reason=reason[:200],
        opens_drawer=gv_typ != DIFFERENCE,
        note=note,
    )
    return queries.issued(draft.content, *securing.issue(till, actor, draft))


def book_difference(till: Till, actor: Actor, receipt_id: str, cents: int, reason: str) -> None:
    """Book counted minus calculated cash before a closing (GV_TYP DifferenzSollIst)."""
    _book(till, actor, receipt_id, DIFFERENCE, cents, reason, queries.business_day(till))


def book_transit(till: Till, actor: Actor, receipt_id: str, cents: int) -> None:
    """Book cash taken to the safe at a closing (`cents` negative, GV_TYP Geldtransit)."""
    day = queries.business_day(till)
    _book(till, actor, receipt_id, "Geldtransit", cents, "Entnahme beim Kassenabschluss", day)


def empty_foreign(
    till: Till, actor: Actor, differences: Iterable[tuple[foreign.Stock, int, int]], reason: str
) -> list[list[Any]]:
    """Book what of foreign notes differs from the books, and their way out of the drawer, before a closing.

    Return [currency, expected, counted, cents] of each; `differences` are those of `foreign.differences`.
    """
    found: list[list[Any]] = []
    day = queries.business_day(till)
    for stock, differs, cents in differences:
        currency, amount = stock.currency, stock.foreign_cents + differs
        if differs:
            paid = foreign.payment(currency, differs, cents)
            _book(till, actor, till.new_id(), DIFFERENCE, cents, reason, day, paid=paid)
        if amount or stock.cents + cents:
            paid = foreign.payment(currency, -amount, -stock.cents - cents)
            text = f"{currency} zum Umtausch, beim Kassenabschluss"
            _book(till, actor, till.new_id(), "Geldtransit", -stock.cents - cents, text, day, paid=paid)
        found.append([currency, stock.foreign_cents, amount, stock.cents + cents])
    return found


def has_float(till: Till) -> bool:
    """Tell whether the open period has its float, booked by hand or left by the last closing."""
    standing = head(till)
    sql = (
        "SELECT 1 AS one FROM register_receipt r JOIN register_receipt_line l ON l.receipt_id = r.id "
        "WHERE r.register_id = %s AND r.number > %s AND l.gv_typ = %s LIMIT 1"
    )
    booked = fetch(sql, [till.register_id, standing.closed_number, FLOAT])
    return bool(booked) or standing.float_to_carry > 0


def carry_float(till: Till, actor: Actor, known: Memory | None = None) -> str:
    """Book what the last closing left in the drawer as the new period's Anfangsbestand, before its first receipt.

    `known` is where the register stands if that was just looked up. Return the business day that receipts count for
    from now on.
    """
    standing = head(till) if known is None else known.newest.at(till.now())
    if standing.float_to_carry > 0:
        kept, day = standing.float_to_carry, standing.business_day
        _book(till, actor, till.new_id(), FLOAT, kept, "Übernahme vom letzten Abschluss", day)
    return standing.business_day


def drawer_seen_open(till: Till, actor: Actor) -> None:
    """Write down that the drawer opened without our pulse, as its sensor says."""
    with writing(till, actor) as writer:
        writer.append("drawer_opened", {"reason": "Ohne Kasse geöffnet (Schlüssel)"})


def open_drawer(till: Till, actor: Actor, entry_id: str, reason: str, approver: Actor | None = None) -> None:
    """Open the drawer without a sale; recorded with its reason. Raises RegisterError("reason") without one."""
    note = require(actor, approver, Right.DRAWER_OPEN)
    if not reason.strip():
        raise RegisterError("reason", "Warum soll die Lade auf?", "Einen Grund wählen.")
    with writing(till, actor) as writer:
        fresh = not writer.seen([entry_id])
        if fresh:
            writer.append("drawer_opened", {"reason": reason.strip()[:200], **note}, entry_id)
    if fresh:
        till.kick()
    till.publish("status")
