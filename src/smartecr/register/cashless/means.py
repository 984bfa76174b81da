"""The wrong means of payment put right before the closing: a new receipt moves the amount, the old one stays as signed.

It has one line without an amount (DSFinV-K knows no receipt without lines) and sums to nothing: less by the old means,
as much by the right one. So closing, cash stock and export agree with what was really paid, and the change is seen.
"""

from __future__ import annotations

from dataclasses import replace

from smartecr.core.kinds import CASH, RECEIPT, TURNOVER
from smartecr.core.payment import HOME
from smartecr.core.quantity import ONE
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.core.vat import NOT_TAXABLE
from smartecr.register import queries
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import cardbooks
from smartecr.register.errors import RegisterError
from smartecr.register.head import head
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.signing import securing
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
        and not _moved_to(receipt.id)
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
    original = queries.find_receipt(original_id)
    note = require(actor, approver, Right.REFUND, None if original is None else original.total_cents)
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


def is_correction(content: ReceiptContent) -> bool:
    """Tell whether a receipt puts the means of another one right."""
    return any(_moves_only_means(line) for line in content.lines)


def really(original: ReceiptState) -> ReceiptContent:
    """Return what a receipt says with the means that really paid it: money goes back the way it came."""
    paid = [Payment(kind=kind, name=name, cents=cents) for kind, name, cents in _moved_to(original.id)]
    return replace(original.content, payments=tuple(paid)) if paid else original.content


def _moved_to(original_id: str) -> list[tuple[str, str, int]]:
    """Return the means a correction named instead: kind, name, cents; nothing where there is none."""
    sql = (
        "SELECT p.kind, p.name, p.cents FROM register_receipt_line l "
        "JOIN register_receipt_payment p ON p.receipt_id = l.receipt_id AND p.cents > 0 "
        "WHERE l.reference_id = %s AND NOT (l.reference_id = '') "
        "AND l.gv_typ = %s AND l.vat_key = %s AND l.amount_cents = 0 AND l.quantity = %s"
    )
    return select(sql, [original_id, TURNOVER, NOT_TAXABLE, ONE])


def _moves_only_means(line: ReceiptLine) -> bool:
    fits = (line.gv_typ, line.vat_key, line.amount_cents, line.quantity) == (TURNOVER, NOT_TAXABLE, 0, ONE)
    return fits and bool(line.reference_id)
