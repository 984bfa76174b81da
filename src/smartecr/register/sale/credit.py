"""Money before the goods and goods before the money: advance payments and sales on account, as lines of a basket.

An advance is taxed when it is taken, at the rate of what it is for; it is used as a negative line of the same key. A
sale on account is taxed when the goods go (Soll-Versteuerung): the claim is a negative line with VAT key 5, and the
receipt is paid by nothing; paying it later is a line of its own. Both go back to their receipt (references.csv).
DSFinV-K examples 4.1, 4.2, 1.5, 1.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartecr.core.basket import Basket, Line, add_line, find_line
from smartecr.core.kinds import ACCOUNT_PAID, ADVANCE, ADVANCE_USED, ON_ACCOUNT
from smartecr.core.lines import check_text
from smartecr.core.records import dataclass
from smartecr.core.vat import NOT_TAXABLE
from smartecr.register.errors import RegisterError
from smartecr.register.sale import items
from smartecr.register.till import Till
from smartecr.sql import fetch, select

_USES = {ADVANCE: ADVANCE_USED, ON_ACCOUNT: ACCOUNT_PAID}
_WORDS = {ADVANCE_USED: "Anzahlung verrechnet", ACCOUNT_PAID: "Rechnung bezahlt"}
_LIMIT = 100_000_00


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An advance not used yet, or an account not paid yet; `cents` is positive, `at` is UTC journal text."""

    receipt_id: str
    number: int
    at: str
    text: str
    vat_key: int
    cents: int


# NOT (gv_typ = 'Umsatz'): only so does SQLite see that the index on what is no turnover serves
_OPEN = (
    "SELECT o.origin AS receipt_id, o.vat_key, sum(o.cents) AS cents FROM ("
    "SELECT CASE WHEN NOT (l.reference_id = '') THEN l.reference_id WHEN r.reference_id = '' THEN r.id "
    "ELSE r.reference_id END AS origin, l.vat_key, "
    "l.amount_cents AS cents FROM register_receipt_line l JOIN register_receipt r ON r.id = l.receipt_id "
    "WHERE l.gv_typ = %s AND NOT (l.gv_typ = 'Umsatz') AND r.type = 'Beleg' AND r.shop_id = %s "
    "UNION ALL SELECT l.reference_id, l.vat_key, l.amount_cents FROM register_receipt_line l "
    "JOIN register_receipt r ON r.id = l.receipt_id "
    "WHERE l.gv_typ = %s AND NOT (l.gv_typ = 'Umsatz') AND r.type = 'Beleg' AND r.shop_id = %s"
    ") o GROUP BY o.origin, o.vat_key HAVING sum(o.cents) <> 0"
)


def open_items(till: Till, kind: str) -> list[OpenItem]:
    """Return what is open of `kind` (ADVANCE or ON_ACCOUNT) in the shop, oldest first."""
    use = _USES[kind]
    rows = fetch(_OPEN, [kind, till.shop_id, use, till.shop_id])
    if not rows:
        return []
    marks = ", ".join(["%s"] * len(rows))
    sql = (
        "SELECT r.id, r.number, r.recorded_at, l.text FROM register_receipt r "  # noqa: S608 marks only
        f"JOIN register_receipt_line l ON l.receipt_id = r.id WHERE r.id IN ({marks}) AND l.gv_typ = %s"
    )
    origins = {row["id"]: row for row in fetch(sql, [*(row["receipt_id"] for row in rows), kind])}
    found = [
        OpenItem(
            receipt_id=row["receipt_id"],
            number=origin["number"],
            at=origin["recorded_at"],
            text=origin["text"],
            vat_key=row["vat_key"],
            cents=abs(int(row["cents"])),
        )
        for row in rows
        if (origin := origins.get(row["receipt_id"])) is not None
    ]
    return sorted(found, key=lambda one: one.at)


def used(receipt_id: str) -> bool:
    """Tell whether an advance was used, or an account paid, that began with this receipt."""
    sql = (
        "SELECT coalesce(sum(l.amount_cents), 0) FROM register_receipt_line l "
        "JOIN register_receipt r ON r.id = l.receipt_id WHERE l.gv_typ IN (%s, %s) AND NOT (l.gv_typ = 'Umsatz') "
        "AND l.reference_id = %s AND r.type = 'Beleg'"
    )
    return bool(select(sql, [ADVANCE_USED, ACCOUNT_PAID, receipt_id])[0][0])


def take_advance(basket: Basket, command_id: str, command: Mapping[str, Any]) -> Basket:
    """Return `basket` with an advance of `cents` for what `text` says, taxed as `group`. Raises RegisterError."""
    cents, text = items.number(command["cents"]), str(command.get("text", "")).strip()
    _check(cents, text)
    rate = items.open_amount(str(command["group"]), command_id, cents, 1000, basket)
    words = f"Anzahlung: {text}"
    return add_line(basket, Line(
        id=command_id, text=words, quantity=1000, unit_cents=cents, vat_key_in=rate.vat_key_in,
        vat_key_out=rate.vat_key_out, in_house=basket.in_house, gv_typ=ADVANCE,
    ))  # fmt: skip


def put_on_account(basket: Basket, command_id: str, name: str, due_cents: int) -> Basket:
    """Return `basket` with everything still due on the account of `name`. Raises RegisterError."""
    _check(due_cents, name)
    text = f"Auf Rechnung: {name}"
    return add_line(basket, _line(basket, command_id, text, ON_ACCOUNT, -due_cents, NOT_TAXABLE, ""))


def use(till: Till, basket: Basket, command_id: str, kind: str, receipt_id: str) -> Basket:
    """Return `basket` with what is open of a receipt: its advance taken off, its account added.

    Raises RegisterError("gone") when nothing is open, ("twice") when it is on the ticket already.
    """
    open_ones = [item for item in open_items(till, kind) if item.receipt_id == receipt_id]
    if not open_ones:
        raise RegisterError("gone", "Hier ist nichts mehr offen.", "Die Liste neu öffnen.")
    gv_typ = _USES[kind]
    if any(line.reference_id == receipt_id and line.gv_typ == gv_typ and not line.voided for line in basket.lines):
        raise RegisterError("twice", "Das steht schon auf dem Bon.")
    for place, item in enumerate(open_ones):
        line_id = command_id if place == 0 else till.new_id()
        text = f"{_WORDS[gv_typ]} (Bon {item.number})"
        cents = -item.cents if kind == ADVANCE else item.cents
        basket = add_line(basket, _line(basket, line_id, text, gv_typ, cents, item.vat_key, receipt_id))
    return basket


def check_change(basket: Basket, line_id: str, *, cents: int = 0, quantity: int = 1000) -> None:
    """Raise RegisterError("open") when a line of this kind would be counted, or used beyond what is open."""
    line = find_line(basket, line_id)
    if line.gv_typ not in (*_USES, *_WORDS):
        return
    listed = line.unit_cents if line.list_cents is None else line.list_cents
    if quantity != 1000 or (line.reference_id and abs(cents) > abs(listed)):
        raise RegisterError("open", "Mehr ist hier nicht offen.", "Den Betrag prüfen.")


def _check(cents: int, text: str) -> None:
    if not 0 < cents <= _LIMIT:
        raise RegisterError("amount", "Dieser Betrag geht hier nicht.", "Betrag prüfen.")
    if not text.strip():
        raise RegisterError("text", "Für wen oder wofür?", "Einen Namen eintippen.")
    check_text(text[:200])


def _line(basket: Basket, line_id: str, text: str, gv_typ: str, cents: int, vat_key: int, reference: str) -> Line:
    return Line(
        id=line_id, text=text[:255], quantity=1000, unit_cents=cents, vat_key_in=vat_key, vat_key_out=vat_key,
        in_house=basket.in_house, gv_typ=gv_typ, reference_id=reference,
    )  # fmt: skip
