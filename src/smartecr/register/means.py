"""The wrong means of payment put right before the closing: a new receipt moves the amount, the old one stays as signed.

It has one line without an amount (DSFinV-K knows no receipt without lines) and sums to nothing: less by the old means,
as much by the right one. So closing, cash stock and export agree with what was really paid, and the change is seen.
"""

from __future__ import annotations

from smartecr.core.kinds import CASH, RECEIPT, TURNOVER
from smartecr.core.payment import HOME
from smartecr.core.quantity import ONE
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.core.vat import NOT_TAXABLE
from smartecr.register import cardbooks, cash, queries, securing
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

TITLE = "Korrektur der Zahlart"
CHOICES = {
    "cash": Payment(kind=CASH, cents=0),
    "debit": Payment(kind="ECKarte", cents=0),
    "credit": Payment(kind="Kreditkarte", cents=0),
    "app": Payment(kind="ElZahlungsdienstleister", cents=0),
    "transfer": Payment(kind="Unbar", cents=0, name=cardbooks.TRANSFER),
}
_MOVABLE = frozenset({CASH, "Unbar", "ECKarte", "Kreditkarte", "ElZahlungsdienstleister"})


def may_correct(till: Till, receipt: ReceiptState) -> bool:
    """Tell whether the means of a receipt can be put right: of the open period, once, and no terminal moved money."""
    return (
        receipt.type == RECEIPT
        and receipt.issued
        and receipt.number > head(till).closed_number
        and not receipt.reference_id
        and not receipt.refunded_by
        and len(receipt.content.payments) == 1
        and receipt.content.payments[0].kind in _MOVABLE
        and receipt.content.payments[0].currency == HOME
        and receipt.total_cents > 0
        and not cardbooks.of_receipt(receipt.id)
        and not _corrected(receipt.id)
    )


def correct(
    till: Till, actor: Actor, receipt_id: str, original_id: str, choice: str, reason: str, approver: Actor | None = None
) -> ReceiptState:
    """Book what was paid for `original_id` by the means `choice` (of `CHOICES`) instead, as receipt `receipt_id`.

    The same call again returns the same receipt. Raises RegisterError: "means" (not possible any more, or the same),
    "reason", and for the right.
    """
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    note = require(actor, approver, Right.REFUND)
    original = queries.find_receipt(original_id)
    if original is None or not may_correct(till, original):
        raise RegisterError(
            "means", "Die Zahlart dieses Bons lässt sich nicht ändern.", "Stornieren und neu kassieren."
        )
    if not reason.strip():
        raise RegisterError("reason", "Für die Änderung braucht es einen Grund.", "Grund wählen oder eintippen.")
    (was,) = original.content.payments
    right = CHOICES.get(choice)
    if right is None or right.kind == was.kind:
        raise RegisterError("means", "Der Bon ist schon so bezahlt.", "Eine andere Zahlart wählen.")
    cents = was.cents
    payments = (
        Payment(kind=was.kind, cents=-cents, name=was.name),
        Payment(kind=right.kind, cents=cents, name=right.name),
    )
    cash.carry_float(till, actor)
    line = ReceiptLine(
        position=1,
        line_id=till.new_id(),
        text=f"{TITLE} zu Bon {original.number}",
        gv_typ=TURNOVER,
        quantity=ONE,
        unit_cents=0,
        amount_cents=0,
        vat_key=NOT_TAXABLE,
        reference_id=original_id,
    )
    vat = VatSum(vat_key=NOT_TAXABLE, rate_bp=0, gross_cents=0, net_cents=0, tax_cents=0)
    draft = securing.Draft(
        id=receipt_id,
        content=ReceiptContent(lines=(line,), vat=(vat,), payments=payments, total_cents=0),
        started_at=till.now(),
        reason=f"{TITLE}: {reason.strip()}"[:200],
        opens_drawer=CASH in (was.kind, right.kind),
        note=note,
    )
    return queries.issued(draft.content, *securing.issue(till, actor, draft))


def _corrected(original_id: str) -> bool:
    sql = (
        "SELECT receipt_id FROM register_receipt_line WHERE reference_id = %s AND NOT (reference_id = '') "
        "AND gv_typ = %s AND vat_key = %s LIMIT 1"
    )
    return bool(select(sql, [original_id, TURNOVER, NOT_TAXABLE]))
