"""The devices in the office: how each is, its test keys, and which station gets the orders of a product group."""

from __future__ import annotations

import base64
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.core.quantity import format_quantity
from smartecr.register.cashdesk import cash
from smartecr.register.cashless import terminalcare
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.till import Till
from smartecr.scanner.scale.api import ScaleError
from smartecr.staff.rights import Right
from smartecr.web.office import devicelist
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till import printers
from smartecr.web.till.access import actor_of, is_fragment
from smartecr.web.till.words import said

SECTION = "devices"
PICTURE_SECONDS = 6.0
TEST_CENTS = 100
"""The price of a kilogram a test weighing asks for: a scale gives no weight without one."""


@require_safe
@office_only(Right.DEVICES)
def devices(request: HttpRequest) -> HttpResponse:
    """Show all parts; as a fragment only the cards, which fetch themselves when something changes."""
    register = till()
    context = {
        "devices": devicelist.devices(register),
        "reason": _("Probe der Lade aus dem Büro"),
    }
    if is_fragment(request):
        return render(request, "office/devices/_cards.html", context)
    context |= {**printers.routes(), **frame(request, SECTION)}
    return render(request, "office/devices/page.html", context)


@require_POST
@office_only(Right.DEVICES)
def test(request: HttpRequest, name: str) -> HttpResponse:
    """Try out one part; the answer stands in its card. `name` is print, drawer, picture, line, scale or a care word."""
    probes = {"print": _print, "drawer": _drawer, "picture": _picture, "line": _line, "scale": _scale}
    care = name in ("status", "diagnose", "initialise")
    if name not in probes and not care:
        raise Http404(name)
    try:
        answer = _care(request, name) if care else probes[name](request, till())
    except RegisterError as error:
        answer = {"bad": True, "what": said(error.message), "then": said(error.next_step)}
    return render(request, "office/devices/_answer.html", {"answer": answer})


Answer = dict[str, Any]


def _print(request: HttpRequest, register: Till) -> Answer:
    name = request.POST.get("printer", "")
    printing.print_test(register, name)
    spool = printing.printers(register)[name]
    if spool.problem is not None:
        return {
            "bad": True,
            "what": _("Die Testseite wartet."),
            "then": _("Sie druckt, sobald der Drucker bereit ist."),
        }
    return {
        "what": _("Die Testseite ist unterwegs."),
        "then": _("Kommt sie lesbar heraus, ist der Drucker in Ordnung."),
    }


def _drawer(request: HttpRequest, register: Till) -> Answer:
    if register.drawer is None:
        raise RegisterError("drawer", "An dieser Kasse ist keine Lade.")
    reason = request.POST.get("reason", "").strip()[:100]
    if not reason:
        return {"bad": True, "what": _("Jede Öffnung braucht einen Grund."), "then": _("Er steht im Kassenbuch.")}
    cash.open_drawer(register, actor_of(request), register.new_id(), reason, None)
    return {
        "what": _("Die Lade hat ihren Impuls bekommen."),
        "then": _("Die Öffnung steht mit ihrem Grund im Journal."),
    }


def _picture(_request: HttpRequest, register: Till) -> Answer:
    arrivals = register.arrivals
    if arrivals is None or arrivals.show is None:
        raise RegisterError("camera", "An dieser Kasse ist keine Kamera.")
    picture = arrivals.show(PICTURE_SECONDS)
    if picture is None:
        what = _("In {seconds} Sekunden kam kein Bild.").format(seconds=int(PICTURE_SECONDS))
        then = _(
            "Stecker prüfen. Die Kamera des Browsers sieht nur, solange die Kasse offen ist und niemand eine PIN tippt."
        )
        return {"bad": True, "what": what, "then": then}
    data = base64.b64encode(picture).decode()
    return {"what": _("So sieht die Kamera gerade."), "then": _("Es wird nicht gespeichert."), "picture": data}


def _line(_request: HttpRequest, register: Till) -> Answer:
    line = register.line_display
    if line is None:
        raise RegisterError("line", "An dieser Kasse ist keine Zeilenanzeige.")
    line.wake()
    if not line.connected:
        return {"bad": True, "what": _("Die Anzeige nimmt nichts an."), "then": _("Strom und Kabel prüfen.")}
    shown = line.picture
    lines = (f"{shown.upper.left} {shown.upper.right}".strip(), f"{shown.lower.left} {shown.lower.right}".strip())
    return {"what": _("Neu geschrieben. Dort muss stehen:"), "lines": lines}


def _scale(_request: HttpRequest, register: Till) -> Answer:
    if register.scale is None:
        raise RegisterError("scale", "An dieser Kasse ist keine Waage.", "Gewicht eintippen.")
    try:
        weighing = register.scale.weigh(TEST_CENTS)
    except ScaleError as error:
        raise RegisterError("scale", error.message, error.next_step) from error
    kilograms = format_quantity(weighing.weight_g)
    return {"what": _("Die Waage zeigt {weight} kg.").format(weight=kilograms), "then": _("Nichts wurde verkauft.")}


def _care(request: HttpRequest, action: str) -> Answer:
    register = till()
    if action != "status":
        terminalcare.maintain(register, actor_of(request), action)
    status = terminalcare.status(register)
    if status.ready:
        version = _("Software {version}").format(version=status.software) if status.software else ""
        return {"what": _("Das Terminal antwortet und ist betriebsbereit."), "then": version}
    return {"bad": True, "what": said(status.message), "then": said(status.next_step)}
