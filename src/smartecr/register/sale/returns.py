"""What of a receipt has been taken back in parts, and the guard that no more is than was sold.

A part is a Beleg whose lines name their receipt (references.csv, line by line); a whole refund names it as a whole.
Both are counted with the receipt's row locked, in the transaction that records them, so no two tills take the same
thing back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from smartecr.core.closing import CountedContent
from smartecr.core.kinds import DISCOUNT, RECEIPT, TURNOVER
from smartecr.core.receipt import ReceiptContent
from smartecr.core.returning import RETURNABLE, taken
from smartecr.register import queries, receiptcontents
from smartecr.register.cashless import cardbooks
from smartecr.register.errors import RegisterError
from smartecr.sql import fetch, on_postgresql, select
from smartecr.terminal.doubt import FINAL

if TYPE_CHECKING:
    from smartecr.register.ledger import Writer


class Share(NamedTuple):
    """How much of a receipt's turnover had been taken back before, is with this, and there was, in cents."""

    before: int
    after: int
    total: int

    def of(self, amount: int) -> int:
        """Return what of `amount` falls on this step; all steps together are all of it."""
        if not self.total:
            return 0
        return amount * self.after // self.total - amount * self.before // self.total


# NOT (reference_id = ''): only so does SQLite see that the partial index serves
_PARTS = (
    "SELECT DISTINCT r.id, r.type, r.number, r.total_cents, r.recorded_at FROM register_receipt_line l "
    "JOIN register_receipt r ON r.id = l.receipt_id AND r.type = %s "
    "WHERE l.reference_id = %s AND NOT (l.reference_id = '') AND l.quantity < 0 ORDER BY r.recorded_at, r.number"
)


def parts_of(receipt_id: str) -> list[tuple[str, int]]:
    """Return the receipts that took a part of this one back, oldest first: (id, number)."""
    rows = fetch(_PARTS, [RECEIPT, receipt_id])
    found = receiptcontents.read(rows)
    return [(row["id"], row["number"]) for row in rows if takes_back(found[row["id"]])]


def contents_of(receipt_id: str) -> list[ReceiptContent]:
    """Return what the parts taken back of a receipt say, oldest first."""
    rows = fetch(_PARTS, [RECEIPT, receipt_id])
    found = receiptcontents.read(rows)
    return [found[row["id"]] for row in rows if takes_back(found[row["id"]])]


def part_of(state: queries.ReceiptState) -> str:
    """Return the id of the receipt this one takes a part back of, "" for any other."""
    return state.content.lines[0].reference_id if state.type == RECEIPT and takes_back(state.content) else ""


def takes_back(content: ReceiptContent | CountedContent) -> bool:
    """Tell whether a receipt takes a part back: its lines name one receipt, sold things go back, nothing is sold."""
    if not content.lines or not content.lines[0].reference_id:
        return False
    sold = [line.quantity for line in content.lines if line.gv_typ in RETURNABLE]
    named = {line.reference_id for line in content.lines}
    return len(named) == 1 and bool(sold) and max(sold) < 0


def under_way(original_id: str, receipt_id: str) -> bool:
    """Tell whether money of a receipt is going back to a card, or went for another refund that is not recorded yet."""
    return any(
        payment.state not in FINAL
        or (
            payment.receipt_id != receipt_id
            and payment.paid
            and not fetch("SELECT id FROM register_receipt WHERE id = %s", [payment.receipt_id])
        )
        for payment in cardbooks.refunds_of(original_id)
    )


def checked(writer: Writer, original_id: str, content: ReceiptContent, receipt_id: str, *, whole: bool) -> Share:
    """Hold a refund against its receipt and what was taken back before, with the receipt's row locked.

    Raises RegisterError("refunded") when it is too much now, ("doubt") while a card is getting money back for another.
    """
    if on_postgresql():
        select("SELECT id FROM register_receipt WHERE id = %s FOR UPDATE", [original_id])
    writer.flush()
    original = queries.receipt(original_id)
    parts = contents_of(original_id)
    if original.refunded_by or (whole and parts):
        raise RegisterError("refunded", f"Bon {original.number} ist schon storniert.")
    if under_way(original_id, receipt_id):
        raise RegisterError("doubt", "Von diesem Bon geht gerade Geld auf eine Karte zurück.", "Erst das abschließen.")
    total = _turnover(original.content)
    if whole:
        return Share(0, total, total)
    sold = {line.line_id: line.quantity for line in original.content.lines if line.line_id}
    for line_id, quantity in taken([*parts, content]).items():
        if quantity > sold.get(line_id, 0):
            raise RegisterError("refunded", "Das wurde gerade schon zurückgenommen.", "Den Bon neu ansehen.")
    before = -sum(_turnover(part) for part in parts)
    return Share(before, before - _turnover(content), total)


def _turnover(content: ReceiptContent) -> int:
    return sum(line.amount_cents for line in content.lines if line.gv_typ in (TURNOVER, DISCOUNT))
