"""Making out an invoice over a receipt, taking one back, and printing either again, always the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smartecr.core.receipt import ReceiptContent
from smartecr.core.vat import NOT_TAXABLE
from smartecr.fiscal.einvoice import buyers, cii, model
from smartecr.fiscal.einvoice.model import Party
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.invoice import invoices
from smartecr.register.invoice.invoices import Stored
from smartecr.register.journal import canonical
from smartecr.register.rights import require
from smartecr.register.sale import returns, training
from smartecr.register.signing import securing
from smartecr.register.till import ZONE, Till, moment
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

REMARK = "Rechnung"


def issue(till: Till, actor: Actor, invoice_id: str, receipt_id: str, buyer: Mapping[str, str]) -> Stored:
    """Make out an invoice over a signed receipt and return it; the same call again returns the same one.

    `buyer` are the fields of `buyers.FIELDS`. Raises RegisterError: "kind", "refunded", "invoiced", "not_issued";
    CoreError for a buyer the law refuses.
    """
    if securing.known(till, invoice_id) is not None:
        return _found(invoice_id)
    training.refuse(till)
    state = queries.find_receipt(receipt_id)
    refused = invoices.refusal(state)
    if refused is not None or state is None:
        raise refused or RegisterError("unknown", "Diesen Bon gibt es nicht.")
    before = invoices.standing(receipt_id)
    if before is not None:
        raise RegisterError(
            "invoiced", f"Über diesen Bon gibt es schon die Rechnung {before.number}.", "Die Rechnung ansehen."
        )
    content = invoices.merged(state.content, returns.contents_of(receipt_id))
    gross = sum(row.gross_cents for row in content.vat if row.vat_key != NOT_TAXABLE)
    if gross <= 0:
        raise RegisterError("refunded", "Von diesem Bon ist alles zurückgenommen.")
    party = buyers.checked(buyer, gross)
    day = moment(till.now()).astimezone(ZONE).date().isoformat()
    invoice = invoices.built(state, content, party, day)
    draft = securing.Draft(
        id=invoice_id,
        content=invoices.vorgang(content, receipt_id),
        started_at=till.now(),
        customer=canonical(_customer(party)) if party is not None else "",
        invoice=(invoice, receipt_id, ""),
        reason=REMARK,
    )
    securing.issue(till, actor, draft)
    return _found(invoice_id)


def cancel(
    till: Till, actor: Actor, cancel_id: str, invoice_id: str, reason: str, approver: Actor | None = None
) -> Stored:
    """Take a wrong invoice back and return what does; the receipt stays, another may follow (§ 31 (5) UStDV).

    Raises RegisterError: "kind" (nothing to take back), "corrected" (a part of it was), "reason", and for the right.
    """
    if securing.known(till, cancel_id) is not None:
        return _found(cancel_id)
    note = require(actor, approver, Right.REFUND)
    training.refuse(till)
    original = invoices.find(invoice_id)
    if original is None or not original.open:
        raise RegisterError("kind", "Diese Rechnung ist schon zurückgenommen.")
    if any(one.refers_id == original.id for one in invoices.of_receipt(original.receipt_id)):
        raise RegisterError(
            "corrected", "Zu dieser Rechnung gibt es schon eine Korrektur.", "Den Rest über den Bon zurücknehmen."
        )
    if not reason.strip():
        raise RegisterError("reason", "Warum wird die Rechnung zurückgenommen?", "Grund wählen oder eintippen.")
    state = queries.receipt(original.receipt_id)
    content = _content_of(original, state)
    day = moment(till.now()).astimezone(ZONE).date().isoformat()
    invoice = replace(
        original.invoice,
        kind=model.CORRECTION,
        number="",
        day=day,
        due_day="",
        reason=reason.strip()[:200],
        refers=model.Reference(number=original.number, day=original.invoice.day),
        lines=tuple(_negated(line) for line in original.invoice.lines),
        rates=tuple(
            replace(rate, gross_cents=-rate.gross_cents, net_cents=-rate.net_cents, tax_cents=-rate.tax_cents)
            for rate in original.invoice.rates
        ),
        paid=tuple(replace(paid, cents=-paid.cents) for paid in original.invoice.paid),
        outside_cents=-original.invoice.outside_cents,
    )
    party = original.invoice.buyer
    draft = securing.Draft(
        id=cancel_id,
        content=invoices.vorgang(content, original.receipt_id, -1),
        started_at=till.now(),
        customer=canonical(_customer(party)) if party is not None else "",
        invoice=(invoice, original.receipt_id, original.id),
        reason=REMARK,
        note=note,
    )
    securing.issue(till, actor, draft)
    return _found(cancel_id)


def _content_of(original: Stored, state: queries.ReceiptState) -> ReceiptContent:
    """Return the content an invoice was made out over: that of its own Vorgang."""
    own = queries.find_receipt(original.id)
    return own.content if own is not None else state.content


def _negated(line: model.Line) -> model.Line:
    return replace(line, quantity=-line.quantity, gross_cents=-line.gross_cents, net_cents=-line.net_cents)


def _customer(party: Party) -> dict[str, str]:
    """Return the buyer as DSFinV-K knows one (KUNDE_ columns)."""
    return {
        "name": party.name,
        "kind": "Rechnungsempfänger",
        "street": party.street,
        "postcode": party.postcode,
        "city": party.city,
        "country": buyers.ALPHA3[party.country],
        "vat_id": party.vat_id,
    }


def xrechnung(stored: Stored) -> bytes:
    """Return an invoice as XRechnung (CII). Raises RegisterError("xrechnung") naming what it lacks."""
    missing = buyers.gaps(stored.invoice)
    if missing:
        raise RegisterError(
            "xrechnung", f"Für eine XRechnung fehlt: {', '.join(missing)}.", "Im Büro unter Rechnungen ergänzen."
        )
    return cii.write(stored.invoice, "xrechnung")


def _found(invoice_id: str) -> Stored:
    found = invoices.find(invoice_id)
    if found is None:
        raise RegisterError("unknown", "Diese Rechnung gibt es nicht.")
    return found
