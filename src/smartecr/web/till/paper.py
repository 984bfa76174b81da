"""Paper from the till: print a receipt or a closing, see what waits, say what came out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.printer import status
from smartecr.printer.spool import Job
from smartecr.register import closing, printing, queries
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.screen import shop_of
from smartecr.web.till.words import said


def after_sale(register: Till, actor: Actor, receipt_id: str) -> None:
    """Print the receipt of a sale where the shop always wants paper; a printer that is not there stops no sale."""
    if register.printer is None or not shop_of(register).paper_always:
        return
    try:
        printing.print_receipt(register, actor, receipt_id)
    except RegisterError:
        return  # the sale stands; the printer's state is on the screen


@require_POST
@staff_only
def print_receipt(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Print a receipt (a second time: a copy), and answer with what happens to it."""

    def act(_approver: Any) -> HttpResponse:
        copy = printing.print_receipt(till(), actor_of(request), receipt_id)
        return render(request, "till/_printing.html", {"copy": copy, **problem(till())})

    return attempt(request, "", act)


@require_POST
@staff_only
def print_closing(request: HttpRequest, closing_id: str) -> HttpResponse:
    """Print a Z report."""

    def act(_approver: Any) -> HttpResponse:
        printing.print_closing(till(), actor_of(request), closing_id)
        return render(request, "till/_printing.html", {"copy": False, "report": True, **problem(till())})

    return attempt(request, "", act)


@require_POST
@staff_only
def settle(request: HttpRequest, job_id: str) -> HttpResponse:
    """Take note of what came out (`out` 1 or 0) and show the queue anew."""

    def act(_approver: Any) -> HttpResponse:
        printing.settle(till(), actor_of(request), job_id, came_out=request.POST.get("out") == "1")
        return render(request, "till/sheets/printer.html", queue(request))

    return attempt(request, "", act)


@require_POST
@staff_only
def drop(request: HttpRequest, job_id: str) -> HttpResponse:
    """Take a waiting job out of the queue and show the queue anew."""
    spool = till().printer
    if spool is not None and any(job.id == job_id and job.state == "queued" for job in spool.jobs()):
        spool.drop(job_id)
    return render(request, "till/sheets/printer.html", queue(request))


def queue(_request: HttpRequest) -> dict[str, Any]:
    """Return the context of the printer's sheet."""
    register = till()
    jobs = register.printer.jobs() if register.printer is not None else []
    shown = [{"id": job.id, "word": _word(job), "state": job.state} for job in jobs]
    return {
        "unknown": [job for job in shown if job["state"] == "unknown"],
        "waiting": [job for job in shown if job["state"] != "unknown"],
        **problem(register),
    }


def problem(register: Till) -> dict[str, str]:
    """Return what keeps the printer from printing, as sentence and next step ("" when nothing does)."""
    found = register.printer.problem if register.printer is not None else None
    if found is None or found is status.Problem.PAPER_NEAR_END:
        return {"problem": "", "next_step": ""}
    return {"problem": said(status.sentence(found)), "next_step": said(status.next_step(found))}


def _word(job: Job) -> str:
    if "receipt" in job.what:
        receipt = queries.find_receipt(job.what["receipt"])
        return _("Bon {number}").format(number=receipt.number if receipt else "?")
    done = closing.find_closing(job.what["closing"])
    return _("Abschluss {number}").format(number=done.z_number if done else "?")
