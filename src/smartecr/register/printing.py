"""Paper: what goes to the printer, and what is written down about it.

The receipt is issued before any of this; a printer that fails changes nothing about the sale.
"""

from __future__ import annotations

from smartecr.printer import escpos
from smartecr.printer.profile import Profile
from smartecr.printer.spool import Job, Spool, SpoolError
from smartecr.register import closing, counting, queries, receipts, reportpaper
from smartecr.register.errors import RegisterError
from smartecr.register.ledger import writing
from smartecr.register.till import Till
from smartecr.sql import select
from smartecr.staff.actor import Actor


def print_receipt(till: Till, actor: Actor, receipt_id: str) -> bool:
    """Send an issued receipt to the printer; a second time it is a copy and says so. Return whether it is a copy.

    One that still waits in the queue is not sent again. Raises RegisterError: "unknown", "not_issued", "printer" (there
    is none), "storage" (it cannot be queued).
    """
    spool = _spool(till)
    state = queries.receipt(receipt_id)
    if not state.issued:
        raise RegisterError("not_issued", "Dieser Bon wird gerade signiert.", "Einen Augenblick warten.")
    waiting = {job.what.get("receipt"): bool(job.what.get("copy")) for job in spool.jobs() if job.state != "unknown"}
    if receipt_id in waiting:
        return waiting[receipt_id]
    copy = bool(select("SELECT at FROM register_receipt_print WHERE receipt_id = %s", [receipt_id]))
    with writing(till, actor) as writer:
        entry = writer.append("receipt_printed", {"receipt": receipt_id, "copy": copy})
    _add(spool, entry.id, {"receipt": receipt_id, "copy": copy})
    return copy


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


def settle(till: Till, actor: Actor, job_id: str, *, came_out: bool) -> None:
    """End a job of unknown outcome: a person has looked. What did not come out is printed again, as a copy."""
    spool = _spool(till)
    job = next((one for one in spool.jobs() if one.id == job_id and one.state == "unknown"), None)
    if job is None:
        return
    with writing(till, actor) as writer:
        writer.append("print_settled", {"job": job_id, "came_out": came_out, **job.what})
    spool.drop(job_id)
    if came_out:
        return
    if "receipt" in job.what:
        print_receipt(till, actor, job.what["receipt"])
    elif "count" in job.what:
        print_count(till, actor, job.what["count"])
    else:
        print_closing(till, actor, job.what["closing"])


def render(job: Job, profile: Profile) -> bytes:
    """Return the bytes of a job. Raises LookupError for what is not in the books (any more)."""
    what = job.what
    try:
        if "receipt" in what:
            return escpos.render(receipts.document(what["receipt"], copy=bool(what["copy"])), profile, job.mark)
        if "count" in what:
            return escpos.render(counting.document(counting.find(what["count"])), profile, job.mark)
        return escpos.render(reportpaper.z_document(_closing(what["closing"])), profile, job.mark)
    except RegisterError as error:
        raise LookupError(str(error)) from error


def _closing(closing_id: str) -> closing.Closing:
    found = closing.find_closing(closing_id)
    if found is None:
        raise RegisterError("unknown", "Diesen Abschluss gibt es nicht.")
    return found


def _spool(till: Till) -> Spool:
    if till.printer is None:
        raise RegisterError("printer", "An dieser Kasse ist kein Drucker.", "Den Bon aufs Handy geben.")
    return till.printer


def _add(spool: Spool, job_id: str, what: dict[str, object]) -> None:
    try:
        spool.add(job_id, what)
    except SpoolError as error:
        raise RegisterError(
            "storage", "Der Druckauftrag lässt sich nicht speichern. Der Bon selbst ist sicher.", "Platz freigeben."
        ) from error
