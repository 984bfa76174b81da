"""Checking what a TSE wrote: an export (uploaded in pieces, or this register's), and the code of a receipt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.core import oswords
from smartecr.register.errors import RegisterError
from smartecr.register.signing import proving
from smartecr.register.signing.tselife import Care
from smartecr.register.till import Till
from smartecr.staff.rights import Right
from smartecr.tse import receipt_picture, report
from smartecr.tse.checking.findings import Finding, printable
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.tse import moment_of
from smartecr.web.office.tsewords import problem, size
from smartecr.web.ports import till
from smartecr.web.till.words import said

SECTION = "proofs"
LARGEST = 16 << 30
"""Bytes of an upload; two full devices of today."""
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_TEXT = 1 << 16


@require_safe
@office_only(Right.DEVICES)
def proofs(request: HttpRequest) -> HttpResponse:
    """Show both checks, and how far the present one of an export is."""
    if request.GET.get("part") == "proof":
        return render(request, "office/proofs/_proof.html", _proof(till()))
    return _page(request)


@require_POST
@office_only(Right.DEVICES)
def upload(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Take a piece of an archive: the body stands at byte `offset` of `size`. The last one begins the check.

    A piece that is repeated is written over; one that leaves a gap is refused with 409.
    """
    try:
        offset, total = int(request.GET.get("offset", "")), int(request.GET.get("size", ""))
    except ValueError:
        return HttpResponse(status=400)
    if not _ID.fullmatch(upload_id) or not 0 <= offset <= total <= LARGEST:
        return _refused(_("Die Datei ist zu groß."))
    file = _folder() / f"{upload_id}.upload"
    try:
        piece = request.read()  # request.body would refuse what does not fit into a form
        _write(file, offset, piece)
        if offset + len(piece) < total:
            return HttpResponse(status=204)
        title = printable(request.GET.get("name", ""))[:120] or "export.tar"
        _begin(file, title, complete=request.GET.get("complete") == "1")
    except OSError as error:
        file.unlink(missing_ok=True)
        why = said(oswords.reason(error))
        return _refused(_("Der Datenträger der Kasse macht nicht mit ({why}).").format(why=why))
    except RegisterError as error:
        file.unlink(missing_ok=True)
        return HttpResponse(problem(error)["message"], content_type="text/plain; charset=utf-8", status=409)
    return HttpResponse(status=201)


def _refused(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=413)


def _folder() -> Path:
    folder = _care(till()).exports / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(file: Path, offset: int, data: bytes) -> None:
    if offset == 0:
        _forget(file)
    with file.open("r+b" if offset else "w+b") as sink:
        if offset > sink.seek(0, 2):
            raise RegisterError("gap", _("Ein Stück der Datei fehlt."), _("Noch einmal hochladen."))
        sink.seek(offset)
        sink.write(data)


def _forget(newest: Path) -> None:
    """Drop what earlier uploads left that never came to their end."""
    present = till().care
    busy = present is not None and present.proof is not None and not present.proof.over
    for left in newest.parent.glob("*.upload"):
        if not busy and left != newest:
            left.unlink(missing_ok=True)


def _begin(file: Path, title: str, *, complete: bool) -> None:
    care = _care(till())
    with care.lock:
        _free(care)
        care.proof = proving.check_file(file, title, complete=complete)


def _free(care: Care) -> None:
    if care.proof is not None and not care.proof.over:
        raise RegisterError("busy", _("Es wird gerade ein Export geprüft."), _("Warten, bis er fertig ist."))


@require_POST
@office_only(Right.DEVICES)
def own(request: HttpRequest) -> HttpResponse:
    """Export this register's TSE and check it; with `stop` give up what is under way."""
    care = _care(till())
    if "stop" in request.POST:
        if care.proof is not None:
            care.proof.stop()
        return redirect("office:proofs")
    try:
        with care.lock:
            _free(care)
            care.proof = proving.export(till(), care.exports)
    except RegisterError as error:
        return _page(request, problem(error))
    return redirect("office:proofs")


@require_http_methods(["POST"])
@office_only(Right.DEVICES)
def receipt(request: HttpRequest) -> HttpResponse:
    """Check the code of a receipt: its text, or a picture of it."""
    try:
        text = _receipt_text(request)
    except receipt_picture.PictureError as error:
        return _page(request, receipt={"code": report.UNREADABLE, "value": {"error": str(error)}}, status=422)
    if not text:
        empty = _("Ein Bild wählen oder den Inhalt des QR-Codes einfügen.")
        return _page(request, receipt={"code": report.UNREADABLE, "value": {"error": empty}}, status=422)
    code, value = report.receipt_json(text)
    value = {name: printable(one) if isinstance(one, str) else one for name, one in value.items()}
    return _page(request, receipt={"code": code, "value": value, "text": text}, status=200 if code == 0 else 422)


def _receipt_text(request: HttpRequest) -> str:
    """Return the code's text. Raises PictureError."""
    picture = request.FILES.get("picture")
    if picture is not None and not isinstance(picture, list):
        data = picture.read(receipt_picture.LARGEST_FILE + 1)
        if receipt_picture.is_picture(data):
            return receipt_picture.read_code(data)
        return bytes(data[:_LONGEST_TEXT]).decode("utf-8", "replace").strip()
    return request.POST.get("text", "")[:_LONGEST_TEXT].strip()


def _page(
    request: HttpRequest, wrong: dict[str, str] | None = None, receipt: dict[str, Any] | None = None, status: int = 0
) -> HttpResponse:
    register = till()
    context = {
        **frame(request, SECTION),
        **_proof(register),
        "wrong": wrong,
        "receipt": receipt,
        "upload_id": register.new_id(),
        "can_export": register.tse.known is not None,
    }
    return render(request, "office/proofs/page.html", context, status=status or (422 if wrong else 200))


def _proof(register: Till) -> dict[str, Any]:
    """Return what the page shows; how far it is comes first: a check that ends meanwhile is asked for once more."""
    proof = register.care.proof if register.care else None
    phase = proof.phase if proof else ""
    moving = phase in ("export", "check")
    found = proof.report if proof and not moving else None
    return {
        "proof": proof,
        "phase": phase,
        "moving": moving,
        "report": found,
        "archive_size": size(proof.receipt.size) if proof and proof.receipt else "",
        "totals": {name: found.total(name) for name in ("error", "warning", "note")} if found else {},
        "devices": [_device(one) for one in found.devices] if found else [],
        "findings": [
            {"severity": one.severity, "code": one.code, "place": _place(one), "message": printable(one.message),
             "count": one.count}
            for one in found.findings
        ] if found else [],
    }  # fmt: skip


def _place(finding: Finding) -> str:
    """Say where, without the archive's name: there is one."""
    place = finding.place
    counter = _("Zähler {number}").format(number=place.counter) if place.counter else ""
    return ", ".join(filter(None, [printable(place.name), counter]))


def _device(device: Any) -> dict[str, Any]:
    return {
        "serial": device.serial.hex(),
        "first": device.counter_first,
        "last": device.counter_last,
        "missing": device.missing_total,
        "open": device.open_total,
        "begin": moment_of(device.time_first),
        "end": moment_of(device.time_last),
    }


def _care(register: Till) -> Care:
    assert register.care is not None
    return register.care
