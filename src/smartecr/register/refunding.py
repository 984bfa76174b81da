"""Taking back: a receipt is mirrored to the cent by a new one that names it (DSFinV-K 4.2.2)."""

from __future__ import annotations

from datetime import date

from smartecr.core.kinds import ADVANCE, CASH_KINDS, ON_ACCOUNT
from smartecr.core.receipt import mirror
from smartecr.register import cards, cash, credit, queries, securing, training, vouchers
from smartecr.register.cardbooks import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.queries import ReceiptState
from smartecr.register.rights import require
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right


def refund(
    till: Till, actor: Actor, receipt_id: str, original_id: str, reason: str, approver: Actor | None = None
) -> ReceiptState:
    """Cancel a whole receipt and return the mirror receipt `receipt_id`; the same call again returns it again.

    Raises RegisterError as `check`, and ("card") while a card's money has not gone back: `cards.refund` does that.
    """
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    original, note = check(till, actor, original_id, reason, approver)
    if cards.kept(original_id):
        raise RegisterError("card", "Hier hat eine Karte bezahlt.", "Zuerst am Terminal zurückgeben.")
    return _mirror(till, actor, receipt_id, original, reason, note)


def check(
    till: Till, actor: Actor, original_id: str, reason: str, approver: Actor | None
) -> tuple[ReceiptState, dict[str, dict[str, str]]]:
    """Return the receipt to be cancelled and the journal's note on the right used.

    Raises RegisterError("refunded") for one already cancelled, ("kind") for what is no sale, ("reason") without one,
    ("used") for one that sold a voucher of which something was redeemed.
    """
    note = require(actor, approver, Right.REFUND)
    training.refuse(till)
    original = queries.find_receipt(original_id)
    if original is None or original.type != "Beleg":
        raise RegisterError("kind", "Diesen Bon kann man nicht stornieren.")
    if all(line.gv_typ in CASH_KINDS for line in original.content.lines):
        raise RegisterError("kind", "Eine Geldbewegung storniert man nicht.", "Den Betrag zurück buchen.")
    if original.reference_id:
        raise RegisterError("kind", "Ein Storno lässt sich nicht stornieren.", "Die Artikel neu eintippen.")
    if original.refunded_by:
        raise RegisterError("refunded", f"Bon {original.number} ist schon storniert.")
    if any(line.gv_typ in (ADVANCE, ON_ACCOUNT) for line in original.content.lines) and credit.used(original_id):
        raise RegisterError(
            "used", "Dieser Bon ist schon verrechnet.", "Zuerst den Bon stornieren, der ihn verrechnet."
        )
    if not reason.strip():
        raise RegisterError("reason", "Für ein Storno braucht es einen Grund.", "Grund wählen oder eintippen.")
    vouchers.covers(original.content)
    return original, note


def begin(till: Till, actor: Actor, original_id: str, reason: str, approver: Actor | None) -> None:
    """Write down that a cancellation goes to the card terminal, and who allowed it. Raises RegisterError as `check`."""
    _original, note = check(till, actor, original_id, reason, approver)
    with writing(till, actor) as writer:
        writer.append("refund_begun", {"receipt": original_id, "reason": reason.strip()[:200], **note})


def after_cards(till: Till, payment: CardPayment) -> None:
    """Go on with a cancellation after a card has its money back: the next card, or the mirror receipt."""
    reason = cards.reason_of(payment)
    again = cards.refund(till, payment.actor, payment.receipt_id, payment.original_id, till.new_id(), reason)
    if again is None and securing.known(till, payment.receipt_id) is None:
        original = queries.receipt(payment.original_id)
        _mirror(till, payment.actor, payment.receipt_id, original, reason, {})


def _mirror(
    till: Till, actor: Actor, receipt_id: str, original: ReceiptState, reason: str, note: dict[str, dict[str, str]]
) -> ReceiptState:
    day = cash.carry_float(till, actor)
    draft = securing.Draft(
        id=receipt_id,
        content=mirror(original.content, date.fromisoformat(day)),
        started_at=till.now(),
        reference_id=original.id,
        reason=reason.strip()[:200],
        opens_drawer=any(payment.kind == "Bar" for payment in original.content.payments),
        note=note,
    )
    return queries.issued(draft.content, *securing.issue(till, actor, draft))
