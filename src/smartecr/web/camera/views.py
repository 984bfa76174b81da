"""The page with the camera's picture, and where its frames go: to the camera's process, at most one waiting."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.web.ports import till
from smartecr.web.till.access import staff_only

MOST_BYTES = 2_000_000


@require_safe
@staff_only
def page(request: HttpRequest) -> HttpResponse:
    """Show the camera; 404 with a sentence when this till has another one."""
    arrivals = till().arrivals
    if arrivals is None or arrivals.look is None:
        then = _("Einschalten: SMARTECR_CAMERA=browser. Handscanner und Eintippen gehen immer.")
        what = _("Diese Kasse scannt nicht mit der Kamera des Browsers.")
        return render(request, "web/error.html", {"status": 404, "what": what, "then": then}, status=404)
    texts = {
        "looks": _("Code vor die Kamera halten"),
        "paused": _("Kamera sieht weg"),
        "denied": _("Die Kamera ist im Browser nicht erlaubt. Neben der Adresse freigeben, dann noch einmal."),
        "none": _("An diesem Gerät ist keine Kamera."),
        "lost": _("Kasse nicht erreichbar. Gleich geht es weiter."),
    }
    return render(request, "camera/page.html", {"texts": texts})


@require_POST
@staff_only
def frame(request: HttpRequest) -> HttpResponse:
    """Take one frame (JPEG or PNG as body). 204: seen. 409: look away, a PIN is being typed. 413: too large."""
    arrivals = till().arrivals
    if arrivals is None or arrivals.look is None:
        return HttpResponse(status=404)
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or not 0 < int(size) <= MOST_BYTES:
        return HttpResponse(status=413)
    return HttpResponse(status=204 if arrivals.look(request.body) else 409)
