"""The auditor's pages: receipts, closings, drawer, master data, TSE, documents, and taking the data along."""

from __future__ import annotations

import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from smartecr.fiscal import notification
from smartecr.printer import names
from smartecr.register import queries, standing
from smartecr.register.books import closing, handing, notice, procedure
from smartecr.register.cashdesk import foreign
from smartecr.register.errors import RegisterError
from smartecr.register.paper import procedurepaper, receipts, reportpaper
from smartecr.web import past
from smartecr.web.audit import tables
from smartecr.web.audit.access import access_of, audit_only, frame, seen
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till.forms import count_of
from smartecr.web.till.screen import local

FOUND = 200


@require_safe
@audit_only
def receipt_list(request: HttpRequest) -> HttpResponse:
    """Search the receipts by number, TSE transaction, amount, article, person or table (`?q=`) and day (`?day=`)."""
    text, day = request.GET.get("q", "").strip(), _day(request.GET.get("day", ""))
    rows = queries.receipts(seen(request), day=day, text=text, limit=FOUND, widely=True)
    found = [(row, local(row.at), _what(row)) for row in rows]
    context = {**frame(request, "receipts"), "found": found, "text": text, "day": day, "limit": FOUND}
    return render(request, "audit/receipts.html", context)


def _what(row: queries.ReceiptRow) -> str:
    if row.type != "Beleg":
        return names.vorgang(row.type)
    if row.refund:
        return "Storno"
    if row.returns:
        return "Rücknahme"
    return "Verkauf" if row.gv_typ in ("Umsatz", "") else names.case(row.gv_typ)


@require_safe
@audit_only
def receipt(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """Show a receipt as it was issued, marked as a copy."""
    try:
        document = receipts.document(receipt_id, copy=True)
    except RegisterError as error:
        raise Http404(receipt_id) from error
    state = queries.receipt(receipt_id)
    code = qr.svg(document.qr, "QR-Code der TSE") if document.qr else ""
    return render(
        request,
        "audit/receipt.html",
        {**frame(request, "receipts"), "document": document, "qr": code, "receipt": state},
    )


@require_safe
@audit_only
def closing_list(request: HttpRequest) -> HttpResponse:
    """List the closings; `?below=` is a Z number to go on from."""
    below = count_of(request.GET.get("below", ""), 0)
    context = {**frame(request, "closings"), "tables": tables.closings(seen(request), below), "link": "audit:closing"}
    return render(request, "audit/tables.html", context)


@require_safe
@audit_only
def closing_view(request: HttpRequest, closing_id: str) -> HttpResponse:
    """Show a closing's report."""
    done = closing.find_closing(closing_id)
    if done is None:
        raise Http404(closing_id)
    context = {**frame(request, "closings"), "document": reportpaper.z_document(done), "closing": done}
    return render(request, "audit/closing.html", context)


@require_safe
@audit_only
def cash(request: HttpRequest) -> HttpResponse:
    """Show cash book (`?first=` to `?last=`), counts, openings, and what should lie in the drawer now."""
    register = seen(request)
    first, last = _day(request.GET.get("first", "")), _day(request.GET.get("last", ""))
    context = {
        **frame(request, "cash"),
        "tables": tables.drawer(register, first, last),
        "stock": queries.cash_stock(register),
        "foreign_stocks": foreign.stocks(register),
        "span": (first, last),
    }
    return render(request, "audit/tables.html", context)


@require_safe
@audit_only
def past_view(request: HttpRequest) -> HttpResponse:
    """Show the register as it stood at a moment (see `web.past`)."""
    found = past.context(till(), request.GET.dict())
    status = 422 if found["asked"].problem else 200
    return render(request, "audit/past.html", {**frame(request, "past"), **found}, status=status)


@require_safe
@audit_only
def master(request: HttpRequest) -> HttpResponse:
    """Show the history of master data; `?q=` is looked for in the facts."""
    text = request.GET.get("q", "").strip()[:80]
    context = {**frame(request, "master"), "tables": tables.master(till(), text), "search": True, "text": text}
    return render(request, "audit/tables.html", context)


@require_safe
@audit_only
def tse(request: HttpRequest) -> HttpResponse:
    """Show the TSE, its state and its outages."""
    register = seen(request)
    status = standing.status(register) if register is till() else None  # the state of a device is known where it is
    context = {**frame(request, "tse"), "tables": tables.tse(register), "status": status}
    return render(request, "audit/tables.html", context)


@require_safe
@audit_only
def documents(request: HttpRequest) -> HttpResponse:
    """Show the procedure document with its versions, and the notification."""
    current = procedure.current(till())
    known = procedure.versions(till().register_id)
    wanted = request.GET.get("version", "")
    chosen = next((one for one in known if str(one.number) == wanted), current)
    context = {
        **frame(request, "documents"),
        "version": chosen,
        "versions": [(one, local(one.at)) for one in known],
        "notice": notification.sheet(notice.current(till().shop_id)),
    }
    return render(request, "audit/documents.html", context)


@require_safe
@audit_only
def procedure_pdf(_request: HttpRequest, number: int) -> HttpResponse:
    """Give a version of the procedure document as PDF/A."""
    return version_response(number)


def version_response(number: int) -> HttpResponse:
    """Return a version of the procedure document as PDF/A, 404 for one there is not."""
    found = next((one for one in procedure.versions(till().register_id) if one.number == number), None)
    if found is None:
        raise Http404(str(number))
    response = HttpResponse(procedurepaper.pdf(found), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="Verfahrensdokumentation-{number}.pdf"'
    return response


@require_safe
@audit_only
def handover(request: HttpRequest) -> HttpResponse:
    """Ask for a period and a way, and show what was handed over so far."""
    return _handover(request)


def _handover(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **frame(request, "handover"),
        "asked": {"tse": "1"},
        "sticks": [str(path) for path in handing.sticks()],
        "log": [(one, local(one.at)) for one in handing.log(till().shop_id)],
        **more,
    }
    return render(request, "audit/handover.html", context, status=status)


@require_POST
@audit_only
def take(request: HttpRequest) -> HttpResponseBase:
    """Write everything of the period to a stick, or give it as one ZIP."""
    post, access = request.POST, access_of(request)
    first, last = _day(post.get("first", "")), _day(post.get("last", ""))
    stick = next((path for path in handing.sticks() if str(path) == post.get("way")), None)
    told: dict[str, Any] = {"whom": access.name, "with_tse": "tse" in post}
    try:
        if stick is not None:
            done = handing.hand_over(till(), access.actor, stick, first, last, way="usb", **told)
            return _handover(request, done=done, place=str(done.folder))
        with tempfile.TemporaryDirectory(prefix="smartecr-") as scratch:
            done = handing.hand_over(till(), access.actor, Path(scratch), first, last, way="download", **told)
            return _download(done)
    except RegisterError as error:
        return _handover(request, status=422, wrong=error.message, next_step=error.next_step, asked=post)


def _download(done: handing.Handed) -> FileResponse:
    """Give the folder as a ZIP; it stays on this device only while it is sent."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 the response closes it
    with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(done.folder.iterdir()):
            archive.write(file, f"{done.folder.name}/{file.name}")
    spool.seek(0)
    return FileResponse(spool, as_attachment=True, filename=f"{done.folder.name}.zip", content_type="application/zip")


def _day(text: str) -> str:
    """Return a day as the books write it, "" for anything else."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
