"""Taking back: a receipt is mirrored to the cent by a new one that names it (DSFinV-K 4.2.2), or lines of it are.

Lines taken back are an ordinary Beleg with negative quantities whose lines name their receipt (BON_STORNO 0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from smartecr.core.errors import CoreError
from smartecr.core.kinds import ADVANCE, CASH, ON_ACCOUNT, moves_cash
from smartecr.core.payment import HOME
from smartecr.core.receipt import Payment, ReceiptContent, mirror
from smartecr.core.returning import part
from smartecr.register import queries
from smartecr.register.cashdesk import cash, drawer
from smartecr.register.cashless import cardbooks, carddesk, cards, means
from smartecr.register.cashless.cardbooks import CardPayment
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import vouchers
from smartecr.register.rights import require
from smartecr.register.sale import credit, returns, training
from smartecr.register.signing import securing
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

Note = Mapping[str, Any]
"""What the journal says beside a refund: who approved it, which payment the terminal refused."""


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
    return _record(till, actor, receipt_id, original, _mirrored(till, actor, original), reason, note, whole=True)


def check(
    till: Till,
    actor: Actor,
    original_id: str,
    reason: str,
    approver: Actor | None,
    chosen: Mapping[str, int] | None = None,
) -> tuple[ReceiptState, dict[str, dict[str, str]]]:
    """Return the receipt to be cancelled, or of which `chosen` lines are taken back, and the note on the right used.

    Raises RegisterError("refunded") for one already cancelled, ("partly") for one of which a part was taken back,
    ("kind") for what is no sale, ("reason") without one, ("used") for one that sold a voucher of which something was
    redeemed.
    """
    original = queries.find_receipt(original_id)
    note = require(actor, approver, Right.REFUND, _going_back(till, original, chosen))
    training.refuse(till)
    whole = chosen is None
    if original is None or original.type != "Beleg":
        raise RegisterError("kind", "Diesen Bon kann man nicht stornieren.")
    if all(moves_cash(line.gv_typ, line.gv_name) for line in original.content.lines):
        raise RegisterError("kind", "Eine Geldbewegung storniert man nicht.", "Den Betrag zurück buchen.")
    if means.is_correction(original.content):
        raise RegisterError(
            "kind", "Eine Korrektur der Zahlart lässt sich nicht stornieren.", "Den Bon stornieren, den sie berichtigt."
        )
    if original.reference_id:
        raise RegisterError("kind", "Ein Storno lässt sich nicht stornieren.", "Die Artikel neu eintippen.")
    if returns.part_of(original):
        raise RegisterError("kind", "Eine Rücknahme lässt sich nicht stornieren.", "Die Artikel neu eintippen.")
    if original.refunded_by:
        raise RegisterError("refunded", f"Bon {original.number} ist schon storniert.")
    if whole and returns.parts_of(original_id):
        raise RegisterError(
            "partly", "Von diesem Bon ist schon etwas zurückgenommen.", "Die übrigen Zeilen auch zurücknehmen."
        )
    if any(line.gv_typ in (ADVANCE, ON_ACCOUNT) for line in original.content.lines) and credit.used(original_id):
        raise RegisterError(
            "used", "Dieser Bon ist schon verrechnet.", "Zuerst den Bon stornieren, der ihn verrechnet."
        )
    if not reason.strip():
        raise RegisterError("reason", "Für ein Storno braucht es einen Grund.", "Grund wählen oder eintippen.")
    if whole:
        vouchers.covers(original.content)
    return original, note


def _going_back(till: Till, original: ReceiptState | None, chosen: Mapping[str, int] | None) -> int | None:
    if original is None or chosen is None:
        return None if original is None else original.total_cents
    try:
        return part_of(till, original, chosen).total_cents
    except CoreError:
        return None  # refused for itself, by whoever may take back


def begin(till: Till, actor: Actor, receipt_id: str, original_id: str, reason: str, approver: Actor | None) -> None:
    """Write down that a cancellation goes to the card terminal, and who allowed it.

    Raises RegisterError as `check`, and ("doubt") while a card is getting money back for another refund.
    """
    _original, note = check(till, actor, original_id, reason, approver)
    _alone(original_id, receipt_id)
    _note_begun(till, actor, receipt_id, original_id, None, reason, note)


def after_cards(till: Till, payment: CardPayment) -> None:
    """Go on with a refund after a card has its money back: the next card, or the receipt that says so."""
    reason, chosen = carddesk.reason_of(payment), _begun(till, payment.receipt_id)
    original = queries.receipt(payment.original_id)
    parts = None if chosen is None else card_parts(original, part_of(till, original, chosen))
    again = cards.refund(till, payment.actor, payment.receipt_id, payment.original_id, till.new_id(), reason, parts)
    if again is not None or securing.known(till, payment.receipt_id) is not None:
        return
    content = _mirrored(till, payment.actor, original) if chosen is None else part_of(till, original, chosen)
    content = _as_taken(content, payment)
    _record(till, payment.actor, payment.receipt_id, original, content, reason, {}, whole=chosen is None)


def again(till: Till, actor: Actor, payment_id: str, new_id: str, approver: Actor | None = None) -> None:
    """Ask the terminal again, as payment `new_id`, for what it refused to give back as `payment_id`: to another card.

    Returns at once; the same call again does nothing. Raises RegisterError as `check`, ("refunded") when the refund is
    done meanwhile, ("doubt") while a card is getting money back.
    """
    if carddesk.known(till, new_id):
        return
    payment = _payment(till, payment_id)
    if securing.known(till, payment.receipt_id) is not None:
        raise RegisterError("refunded", "Dieses Geld ist schon zurück.", "Den Bon neu ansehen.")
    chosen, reason = _begun(till, payment.receipt_id), carddesk.reason_of(payment)
    original, note = check(till, actor, payment.original_id, reason, approver, chosen)
    _alone(original.id, payment.receipt_id)
    parts = None if chosen is None else card_parts(original, part_of(till, original, chosen))
    _note_begun(till, actor, payment.receipt_id, original.id, chosen, reason, note)
    if cards.refund(till, actor, payment.receipt_id, original.id, new_id, reason, parts) is None:
        after_cards(till, payment)


def in_cash(till: Till, actor: Actor, payment_id: str, approver: Actor | None = None) -> ReceiptState:
    """Give back in cash what the terminal refused as `payment_id` and return the refund's receipt; again the same one.

    What other cards took back stays on them. Raises RegisterError as `check`, ("doubt") while a card is getting money
    back, ("stock") when so much does not lie in the drawer.
    """
    payment = _payment(till, payment_id)
    if securing.known(till, payment.receipt_id) is not None:
        return queries.receipt(payment.receipt_id)
    chosen, reason = _begun(till, payment.receipt_id), carddesk.reason_of(payment)
    original, note = check(till, actor, payment.original_id, reason, approver, chosen)
    said: Note = {**note, "refused": payment.id}
    content = _mirrored(till, actor, original) if chosen is None else part_of(till, original, chosen)
    parts = None if chosen is None else card_parts(original, content)
    content = _as_taken(content, payment)
    for one, cents in cards.to_give_back(original.id, payment.receipt_id, parts):
        content = _moved(content, one.payment, cents, CASH)
    return _record(till, actor, payment.receipt_id, original, content, reason, said, whole=chosen is None)


def card_has_some(payment: CardPayment) -> bool:
    """Tell whether another card has got money back for the refund a payment belongs to."""
    tries = cardbooks.refunds_of(payment.original_id)
    return any(one.paid and one.receipt_id == payment.receipt_id for one in tries)


def _payment(till: Till, payment_id: str) -> CardPayment:
    payment = carddesk.find(till, payment_id)
    if payment is None or not payment.original_id:
        raise RegisterError("unknown", "Diese Rückgabe kennt die Kasse nicht mehr.", "Den Bon neu zurücknehmen.")
    return payment


def _as_taken(content: ReceiptContent, payment: CardPayment) -> ReceiptContent:
    """Return a refund by the cards that really took it: the guest may have shown another one."""
    paid = {one.id: one for one in cardbooks.of_receipt(payment.original_id)}
    for one in cardbooks.refunds_of(payment.original_id):
        came = paid.get(one.purpose.split(" ", 1)[0])
        if not one.paid or one.receipt_id != payment.receipt_id or came is None:
            continue
        if one.brand and one.brand != came.brand:
            content = _moved(content, came.payment, one.cents, one.payment.kind, one.brand)
    return content


def _moved(content: ReceiptContent, came: Payment, cents: int, kind: str, name: str = "") -> ReceiptContent:
    """Return a refund with `cents` of what goes back the way they `came` going back by another means."""
    paid = list(content.payments)
    for place, one in enumerate(content.payments):
        if (one.kind, one.name) == (came.kind, came.name):
            moved = min(cents, -one.cents)
            paid[place], cents = one._replace(cents=one.cents + moved), cents - moved
            paid.append(Payment(kind=kind, name=name, cents=-moved))
    sums: dict[tuple[str, str], int] = {}
    for one in sorted(paid, key=lambda one: one.kind == CASH):
        sums[one.kind, one.name] = sums.get((one.kind, one.name), 0) + one.cents
    payments = [Payment(kind=means, name=title, cents=total) for (means, title), total in sums.items() if total]
    return replace(content, payments=tuple(payments))


def _note_begun(
    till: Till,
    actor: Actor,
    receipt_id: str,
    original_id: str,
    chosen: Mapping[str, int] | None,
    reason: str,
    note: Note,
) -> None:
    lines = {} if chosen is None else {"new": receipt_id, "lines": dict(chosen)}
    with writing(till, actor) as writer:
        writer.append("refund_begun", {"receipt": original_id, **lines, "reason": reason.strip()[:200], **note})


def in_euro(content: ReceiptContent) -> ReceiptContent:
    """Return a mirror with foreign cash given back in euros: the notes stay in the drawer, change came in euros too."""
    if all(payment.currency == HOME for payment in content.payments):
        return content
    cash_cents = sum(payment.cents for payment in content.payments if payment.kind == CASH)
    rest = tuple(payment for payment in content.payments if payment.kind != CASH)
    return replace(content, payments=(*rest, Payment(kind=CASH, cents=cash_cents)))


def refund_lines(
    till: Till,
    actor: Actor,
    receipt_id: str,
    original_id: str,
    chosen: Mapping[str, int],
    reason: str,
    approver: Actor | None = None,
) -> ReceiptState | str:
    """Take lines of a receipt back (`chosen`: line ids to thousandths) and return the receipt that says so.

    Where a card paid, its part goes to the terminal first: then the id of that payment is returned, and the receipt
    follows. The same call again returns the same. Raises RegisterError as `check`, and ("doubt") while a card is
    getting money back for another refund; ReceiptError as `core.returning.part`.
    """
    if securing.known(till, receipt_id) is not None:
        return queries.receipt(receipt_id)
    original, note = check(till, actor, original_id, reason, approver, chosen)
    _alone(original_id, receipt_id)
    content = part_of(till, original, chosen)
    parts = card_parts(original, content)
    if not parts:
        return _record(till, actor, receipt_id, original, content, reason, note)
    _note_begun(till, actor, receipt_id, original_id, chosen, reason, note)
    payment_id = till.new_id()
    cards.refund(till, actor, receipt_id, original_id, payment_id, reason, parts)
    return payment_id


def _alone(original_id: str, receipt_id: str) -> None:
    if returns.under_way(original_id, receipt_id):
        raise RegisterError("doubt", "Von diesem Bon geht gerade Geld auf eine Karte zurück.", "Erst das abschließen.")


def part_of(till: Till, original: ReceiptState, chosen: Mapping[str, int]) -> ReceiptContent:
    """Return what taking `chosen` of a receipt back would say. Raises ReceiptError as `core.returning.part`."""
    day = date.fromisoformat(queries.business_day(till))
    return part(means.really(original), returns.contents_of(original.id), chosen, day, original.id)


def card_parts(original: ReceiptState, content: ReceiptContent) -> dict[str, int]:
    """Return what of a refund goes back over a terminal: cents by card payment of the original."""
    found: dict[str, int] = {}
    due = {(paid.kind, paid.name): -paid.cents for paid in content.payments}
    for payment, cents in _before(original.id):
        place = payment.payment.kind, payment.payment.name
        back = min(cents, due.get(place, 0))
        if back > 0:
            due[place] -= back
            found[payment.id] = back
    return found


def _before(original_id: str) -> list[tuple[CardPayment, int]]:
    """Return the card payments of a receipt with what recorded refunds have left of each."""
    back: dict[str, int] = {}
    for one in cardbooks.refunds_of(original_id):
        if one.paid and queries.find_receipt(one.receipt_id) is not None:
            key = one.purpose.split(" ", 1)[0]
            back[key] = back.get(key, 0) + one.cents
    return [(one, one.cents - back.get(one.id, 0)) for one in cardbooks.of_receipt(original_id) if one.pays]


def _begun(till: Till, receipt_id: str) -> dict[str, int] | None:
    """Return the lines chosen for a refund that goes over a card terminal, None for a whole one."""
    sql = (
        "SELECT body FROM register_journal WHERE register_id = %s AND kind = 'refund_begun' AND body LIKE %s "
        "ORDER BY seq DESC LIMIT 1"
    )
    rows = select(sql, [till.register_id, f'%"new":"{receipt_id}"%'])
    lines: dict[str, int] | None = json.loads(rows[0][0])["lines"] if rows else None
    return lines


def _record(
    till: Till,
    actor: Actor,
    receipt_id: str,
    original: ReceiptState,
    content: ReceiptContent,
    reason: str,
    note: Note,
    *,
    whole: bool = False,
) -> ReceiptState:
    cash.carry_float(till, actor)
    drawer.covers(till, actor, content.payments)
    draft = securing.Draft(
        id=receipt_id,
        content=content,
        started_at=till.now(),
        reference_id=original.id if whole else "",
        returned_id="" if whole else original.id,
        reason=reason.strip()[:200],
        opens_drawer=any(payment.kind == CASH for payment in content.payments),
        note=note,
    )
    return queries.issued(draft.content, *securing.issue(till, actor, draft))


def _mirrored(till: Till, actor: Actor, original: ReceiptState) -> ReceiptContent:
    day = cash.carry_float(till, actor)
    return in_euro(mirror(means.really(original), date.fromisoformat(day)))
