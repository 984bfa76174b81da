"""Paper: what goes to which printer, and what is written down about it.

The receipt is issued before any of this; a printer that fails changes nothing about the sale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import DatabaseError

from smartecr.core.kinds import VOUCHER_SALES
from smartecr.printer import escpos, label, orderslip, selftest
from smartecr.printer.document import Entertainment
from smartecr.printer.label import Label
from smartecr.printer.profile import Profile
from smartecr.printer.spool import Job, Spool, SpoolError
from smartecr.register import queries
from smartecr.register.books import closing
from smartecr.register.cashdesk import counting
from smartecr.register.cashless import cardbooks, slips
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.models import Shop
from smartecr.register.paper import cardpaper, receipts, reportpaper, voucherpaper
from smartecr.register.queries import ReceiptState
from smartecr.register.regulars import guests, vouchers
from smartecr.register.regulars.guests import Guest
from smartecr.register.regulars.vouchers import Voucher
from smartecr.register.till import ZONE, Till, moment
from smartecr.sql import select
from smartecr.staff.actor import Actor
from smartecr.terminal.api import ReceiptType

RECEIPTS = "Bon"
"""The name of the printer receipts come from; the stations' printers bear the stations' names."""


def printers(till: Till) -> dict[str, Spool]:
    """Return the print queues of this till by name, that of the receipts first."""
    first = {RECEIPTS: till.printer} if till.printer is not None else {}
    return {**first, **till.stations}


def print_receipt(till: Till, actor: Actor, receipt_id: str, form: Entertainment | None = None) -> bool:
    """Send an issued receipt to the printer; a second time it is a copy and says so. Return whether it is a copy.

    A `form` stands below it. One that still waits in the queue is not sent again. Raises RegisterError: "unknown",
    "not_issued", "printer" (there is none), "storage" (it cannot be queued).
    """
    spool = _spool(till)
    state = queries.receipt(receipt_id)
    if not state.issued:
        raise RegisterError("not_issued", "Dieser Bon wird gerade signiert.", "Einen Augenblick warten.")
    jobs = [job for one in printers(till).values() for job in one.jobs()]
    waiting = {job.what.get("receipt"): bool(job.what.get("copy")) for job in jobs if job.waits}
    if receipt_id in waiting:
        return waiting[receipt_id]
    copy = bool(select("SELECT at FROM register_receipt_print WHERE receipt_id = %s", [receipt_id]))
    with writing(till, actor) as writer:
        what = {"receipt": receipt_id, "copy": copy}
        entry = writer.append("receipt_printed", what if form is None else {**what, "entertainment": True})
    _add(spool, entry.id, what if form is None else {**what, "form": asdict(form)})
    return copy


def print_slip(till: Till, actor: Actor, payment_id: str, kind: ReceiptType) -> bool:
    """Send the terminal's receipt of a payment to the printer; return whether it is a repetition.

    Raises RegisterError as `print_receipt`.
    """
    spool = _spool(till)
    slips.document(payment_id, kind)
    again = _slip_printed(till, payment_id, kind)
    with writing(till, actor) as writer:
        entry = writer.append("slip_printed", {"payment": payment_id, "type": kind.value, "again": again})
    _add(spool, entry.id, {"slip": payment_id, "type": kind.value, "again": again})
    return again


def _slip_printed(till: Till, payment_id: str, kind: ReceiptType) -> bool:
    """Look among the slips printed since the payment began: for one just made there are none to read."""
    payment = cardbooks.find(payment_id)
    slip = "register_id = %s AND kind = 'slip_printed'"
    sql = (
        f"SELECT id FROM register_journal WHERE {slip} AND seq > coalesce((SELECT seq FROM register_journal "  # noqa: S608
        f"WHERE {slip} AND at < %s ORDER BY seq DESC LIMIT 1), 0) AND body LIKE %s LIMIT 1"
    )
    began = payment.began_at if payment is not None else ""
    return bool(select(sql, [till.register_id, till.register_id, began, f'%"{payment_id}"%"{kind.value}"%']))


def print_slips(till: Till, actor: Actor, receipt_id: str) -> None:
    """Print the customer's terminal receipts of a receipt."""
    for payment in cardbooks.of_receipt(receipt_id):
        if slips.of_payment(payment.id, ReceiptType.CUSTOMER):
            print_slip(till, actor, payment.id, ReceiptType.CUSTOMER)


def after_sale(till: Till, actor: Actor, receipt_id: str) -> None:
    """Print the receipt of a sale where the shop always wants paper; a printer that is not there stops no sale.

    Where a scale weighs, weighed goods always get paper (VG Osnabrück, 28 June 2023, 1 A 52/22). What the guest has to
    sign of a card payment is printed whatever the shop wants.
    """
    if till.printer is None:
        return
    try:
        for payment in cardbooks.of_receipt(receipt_id):
            if slips.wants_signature(payment):
                print_slip(till, actor, payment.id, ReceiptType.MERCHANT)
        if Shop.objects.get(id=till.shop_id).paper_always or _weighed(till, receipt_id):
            print_receipt(till, actor, receipt_id)
            print_slips(till, actor, receipt_id)
    except RegisterError:
        return  # the sale stands; the printer's state is on the screen


def _weighed(till: Till, receipt_id: str) -> bool:
    if till.scale is None:
        return False
    return any(line.unit in ("kg", "g") for line in queries.receipt(receipt_id).content.lines)


def print_closing(till: Till, actor: Actor, closing_id: str) -> None:
    """Send a Z report to the printer. Raises RegisterError as `print_receipt`."""
    spool = _spool(till)
    _closing(closing_id)
    with writing(till, actor) as writer:
        entry = writer.append("closing_printed", {"closing": closing_id})
    _add(spool, entry.id, {"closing": closing_id})


def print_count(till: Till, actor: Actor, count_id: str) -> None:
    """Send the protocol of a cash count to the printer. Raises RegisterError as `print_receipt`."""
    spool = _spool(till)
    counting.find(count_id)
    with writing(till, actor) as writer:
        entry = writer.append("count_printed", {"count": count_id})
    _add(spool, entry.id, {"count": count_id})


def print_test(till: Till, name: str) -> None:
    """Send the test page to the printer called `name`. Raises RegisterError: "printer", "storage"."""
    _add(_named(till, name), till.new_id(), {"test": name, "at": till.now()})


def print_voucher(till: Till, actor: Actor, number: str) -> None:
    """Send a voucher to the printer. Raises RegisterError as `print_receipt`."""
    spool = _spool(till)
    _voucher(number)
    with writing(till, actor) as writer:
        entry = writer.append("voucher_printed", {"voucher": number})
    _add(spool, entry.id, {"voucher": number})


def print_card(till: Till, actor: Actor, customer_id: str) -> None:
    """Send a customer's card to the printer. Raises RegisterError as `print_receipt`."""
    spool = _spool(till)
    _card(customer_id)
    with writing(till, actor) as writer:
        entry = writer.append("card_printed", {"card": customer_id})
    _add(spool, entry.id, {"card": customer_id})


def print_sold(till: Till, actor: Actor, receipt: ReceiptState) -> None:
    """Print the vouchers a receipt has just sold; without a printer they go to a phone or are printed later."""
    if till.printer is None:
        return
    for line in receipt.content.lines:
        if line.gv_typ in VOUCHER_SALES and line.amount_cents > 0:
            print_voucher(till, actor, line.voucher)


def print_labels(till: Till, labels: Sequence[Label]) -> None:
    """Send labels to the receipt printer, one strip each. Raises RegisterError: "printer", "storage"."""
    spool = _spool(till)
    for one in labels:
        _add(spool, till.new_id(), {"label": asdict(one)})


def settle(till: Till, actor: Actor, job_id: str, *, came_out: bool) -> None:
    """End a job of unknown outcome: a person has looked. What did not come out is printed again, receipts as a copy."""
    spool, job = _find(till, job_id)
    if spool is None or job is None or job.state != "unknown":
        return
    with writing(till, actor) as writer:
        writer.append("print_settled", {"job": job_id, "came_out": came_out, **job.what})
    spool.drop(job_id)
    if came_out:
        return
    if "receipt" in job.what:
        print_receipt(till, actor, job.what["receipt"], _form(job.what))
    elif "slip" in job.what:
        print_slip(till, actor, job.what["slip"], ReceiptType(job.what["type"]))
    elif "count" in job.what:
        print_count(till, actor, job.what["count"])
    elif "closing" in job.what:
        print_closing(till, actor, job.what["closing"])
    else:
        _add(spool, till.new_id(), dict(job.what))


def drop(till: Till, actor: Actor, job_id: str) -> None:
    """Take a job that waits or has failed out of its queue."""
    spool, job = _find(till, job_id)
    if spool is None or job is None or job.state == "unknown":
        return
    with writing(till, actor) as writer:
        writer.append("print_dropped", {"job": job_id, **job.what})
    spool.drop(job_id)


def hand_over(till: Till, actor: Actor, job_id: str, name: str) -> None:
    """Print a job that waits or has failed on the printer called `name`. Raises RegisterError: "printer", "storage"."""
    target = _named(till, name)
    spool, job = _find(till, job_id)
    if spool is None or job is None or spool is target:
        return
    with writing(till, actor) as writer:
        writer.append("print_moved", {"job": job_id, "to": name, **job.what})
    note = {"instead_of": spool.name} if "order" in job.what else {}
    try:
        spool.hand_over(job_id, target, note)
    except SpoolError as error:
        raise _full() from error


def stood_in(till: Till, actor: Actor, job: Job, name: str) -> None:
    """Write down that another printer prints a job by itself. Raises SpoolError when that cannot be kept now."""
    try:
        with writing(till, actor) as writer:
            writer.append("print_moved", {"job": job.id, "to": name, **job.what})
    except RegisterError as error:
        raise SpoolError(str(error)) from error


def render(job: Job, profile: Profile) -> bytes:
    """Return the bytes of a job. Raises LookupError for what is not in the books (any more), SpoolError for later."""
    what = job.what
    try:
        if "receipt" in what:
            found = receipts.document(what["receipt"], bool(what["copy"]), _form(what))
            return escpos.render(found, profile, job.mark)
        if "slip" in what:
            slip = slips.document(what["slip"], ReceiptType(what["type"]), again=bool(what["again"]))
            return escpos.render(slip, profile, job.mark)
        if "count" in what:
            return escpos.render(counting.document(counting.find(what["count"])), profile, job.mark)
        if "order" in what:
            order = orderslip.reissued(orderslip.slip_of(what["order"]), what.get("instead_of", ""))
            return escpos.render(orderslip.document(order), profile, job.mark)
        if "test" in what:
            page = selftest.document(what["test"], profile, moment(what["at"]).astimezone(ZONE))
            return escpos.render(page, profile, job.mark)
        if "label" in what:
            return escpos.render(label.document(Label(**what["label"])), profile, job.mark)
        if "card" in what:
            return escpos.render(cardpaper.document(*_card(what["card"])), profile, job.mark)
        if "voucher" in what:
            return escpos.render(voucherpaper.document(*_voucher(what["voucher"])), profile, job.mark)
        return escpos.render(reportpaper.z_document(_closing(what["closing"])), profile, job.mark)
    except RegisterError as error:
        raise LookupError(str(error)) from error
    except TypeError as error:
        raise ValueError(str(error)) from error
    except DatabaseError as error:
        raise SpoolError(str(error)) from error


def _form(what: Mapping[str, Any]) -> Entertainment | None:
    """Return the form below a receipt in a queue."""
    said = what.get("form")
    return None if said is None else Entertainment(**{**said, "guests": tuple(said["guests"])})


def _closing(closing_id: str) -> closing.Closing:
    found = closing.find_closing(closing_id)
    if found is None:
        raise RegisterError("unknown", "Diesen Abschluss gibt es nicht.")
    return found


def _card(customer_id: str) -> tuple[Guest, Shop]:
    found, shop = guests.find(customer_id), Shop.objects.first()
    if found is None or shop is None or not found.secret:
        raise RegisterError("unknown", guests.UNKNOWN)
    return found, shop


def _voucher(number: str) -> tuple[Voucher, Shop]:
    found, shop = vouchers.find(number), Shop.objects.first()
    if found is None or shop is None:
        raise RegisterError("unknown", vouchers.UNKNOWN)
    return found, shop


def _spool(till: Till) -> Spool:
    if till.printer is None:
        raise RegisterError("printer", "An dieser Kasse ist kein Drucker.", "Den Bon aufs Handy geben.")
    return till.printer


def _named(till: Till, name: str) -> Spool:
    found = printers(till).get(name)
    if found is None:
        raise RegisterError("printer", "Diesen Drucker gibt es hier nicht.", "Die Liste neu öffnen.")
    return found


def _find(till: Till, job_id: str) -> tuple[Spool, Job] | tuple[None, None]:
    for spool in printers(till).values():
        for job in spool.jobs():
            if job.id == job_id:
                return spool, job
    return None, None


def _full() -> RegisterError:
    return RegisterError(
        "storage", "Der Druckauftrag lässt sich nicht speichern. Der Bon selbst ist sicher.", "Platz freigeben."
    )


def _add(spool: Spool, job_id: str, what: dict[str, object]) -> None:
    try:
        spool.add(job_id, what)
    except SpoolError as error:
        raise _full() from error
