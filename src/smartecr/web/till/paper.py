"""Paper from the till: print a receipt or a closing, see what waits, say what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.core.vouchers import shown
from smartecr.printer import status
from smartecr.printer.spool import Job, Spool
from smartecr.register import queries
from smartecr.register.books import closing
from smartecr.register.paper import printing
from smartecr.terminal.api import ReceiptType
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.words import said


@require_POST
@staff_only
def print_receipt(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Print a receipt (a second time: a copy), and answer with what happens to it."""

    def act(_approver: Any) -> HttpResponse:
        copy = printing.print_receipt(till(), actor_of(request), receipt_id)
        printing.print_slips(till(), actor_of(request), receipt_id)
        return render(request, "till/_printing.html", {"copy": copy, **problem(till().printer)})

    return attempt(request, "", act)


@require_POST
@staff_only
def print_slip(request: HttpRequest, payment_id: str, kind: str) -> HttpResponse:
    """Print the terminal's receipt of a payment: "customer", "merchant"."""

    def act(_approver: Any) -> HttpResponse:
        again = printing.print_slip(till(), actor_of(request), payment_id, ReceiptType(kind))
        return render(request, "till/_printing.html", {"copy": again, **problem(till().printer)})

    return attempt(request, "", act) if kind in ("customer", "merchant") else HttpResponse(status=404)


@require_POST
@staff_only
def print_closing(request: HttpRequest, closing_id: str) -> HttpResponse:
    """Print a Z report."""

    def act(_approver: Any) -> HttpResponse:
        printing.print_closing(till(), actor_of(request), closing_id)
        return render(request, "till/_printing.html", {"copy": False, "report": True, **problem(till().printer)})

    return attempt(request, "", act)


@require_POST
@staff_only
def settle(request: HttpRequest, job_id: str) -> HttpResponse:
    """Take note of what came out (`out` 1 or 0) and show the queue anew."""
    came_out = request.POST.get("out") == "1"
    return _queue_after(request, lambda: printing.settle(till(), actor_of(request), job_id, came_out=came_out))


@require_POST
@staff_only
def drop(request: HttpRequest, job_id: str) -> HttpResponse:
    """Take a job that waits or has failed out of the queue and show the queue anew."""
    return _queue_after(request, lambda: printing.drop(till(), actor_of(request), job_id))


@require_POST
@staff_only
def hand_over(request: HttpRequest, job_id: str) -> HttpResponse:
    """Print a job on the printer called `to` and show the queue anew."""
    name = request.POST.get("to", "")
    return _queue_after(request, lambda: printing.hand_over(till(), actor_of(request), job_id, name))


def _queue_after(request: HttpRequest, change: Callable[[], None]) -> HttpResponse:
    def act(_approver: Any) -> HttpResponse:
        change()
        return render(request, "till/sheets/printer.html", queue(request))

    return attempt(request, "", act)


def queue(_request: HttpRequest) -> dict[str, Any]:
    """Return the context of the printer's sheet: the jobs of every printer, and what keeps each from printing."""
    printers = printing.printers(till())
    jobs = [_shown(job, name, list(printers)) for name, spool in printers.items() for job in spool.jobs()]
    problems = [{"name": name, **problem(spool)} for name, spool in printers.items() if problem(spool)["problem"]]
    return {
        "unknown": [job for job in jobs if job["state"] == "unknown"],
        "failed": [job for job in jobs if job["state"] == "failed"],
        "waiting": [job for job in jobs if job["waits"]],
        "problems": problems,
        "several": len(printers) > 1,
    }


def problem(spool: Spool | None) -> dict[str, str]:
    """Return what keeps a printer from printing, as key, sentence and next step ("" when nothing does)."""
    found = spool.problem if spool is not None else None
    if found is None or found is status.Problem.PAPER_NEAR_END:
        return {"picture": "", "problem": "", "next_step": ""}
    return {
        "picture": found.value,
        "problem": said(status.sentence(found)),
        "next_step": said(status.next_step(found)),
    }


def _shown(job: Job, printer: str, names: list[str]) -> dict[str, Any]:
    return {
        "id": job.id,
        "word": _word(job),
        "state": job.state,
        "waits": job.waits,
        "receipt": job.what.get("receipt", ""),
        "order": "order" in job.what,
        "printer": printer,
        "others": [name for name in names if name != printer],
    }


def _word(job: Job) -> str:
    what = job.what
    if "receipt" in what:
        receipt = queries.find_receipt(what["receipt"])
        return _("Bon {number}").format(number=receipt.number if receipt else "?")
    if "order" in what:
        return _("Bestellung {number}").format(number=what["order"].get("number", "?"))
    if "test" in what:
        return _("Testseite")
    if "count" in what:
        return _("Kassensturz")
    if "card" in what:
        return _("Kundenkarte")
    if "voucher" in what:
        return _("Gutschein {number}").format(number=shown(what["voucher"]))
    done = closing.find_closing(what.get("closing", ""))
    return _("Abschluss {number}").format(number=done.z_number if done else "?")
