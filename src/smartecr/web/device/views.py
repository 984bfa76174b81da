"""The bench's page and its control side. Only on the device itself, and only while its parts are virtual."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.scanner import frames
from smartecr.scanner.errors import PictureUnreadable
from smartecr.web import ports
from smartecr.web.device.bench import Bench
from smartecr.web.device.paper import png
from smartecr.web.security import WITH_FRAMES, is_local

MOST_BYTES = 2_000_000
P = ParamSpec("P")


def on_the_bench(
    view: Callable[Concatenate[HttpRequest, Bench, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Refuse, with a sentence, where the parts are real or somebody is elsewhere; else hand the bench to the view."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        bench = ports.bench()
        if bench is None:
            return _refuse(
                request,
                _("Diese Kasse ist echt."),
                _("Die Seite des Übungsgeräts gibt es nur mit virtueller TSE. Verkaufen geht wie immer."),
            )
        if not is_local(request):
            return _refuse(request, _("Das Übungsgerät steht woanders."), _("Diese Seite läuft nur am Gerät selbst."))
        return view(request, bench, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded)


def _refuse(request: HttpRequest, what: str, then: str) -> HttpResponse:
    return render(request, "web/error.html", {"status": 403, "what": what, "then": then}, status=403)


@require_safe
@on_the_bench
def page(request: HttpRequest, bench: Bench) -> HttpResponse:
    """Show the whole device."""
    texts = {
        "well": _("Alles bereit."),
        "count": _("{count} aktiv: {names}."),
        "lost": _("Die Kasse antwortet nicht. Gleich geht es weiter."),
        "no_effect": _("Gerade ohne Wirkung."),
        "dark": _("Das Feld ist dunkel. Erst an der Kasse auf Karte tippen."),
        "away": _("Die Kamera sieht weg, solange eine PIN getippt wird."),
        "unreadable": _("Das Bild ist nicht lesbar. JPEG oder PNG bis 2 MB nehmen."),
        "paper": _("Papier {percent} %"),
        "no_paper": _("Papier leer"),
        "cover": _("Deckel offen"),
        "no_power": _("Ohne Strom"),
        "drawer_open": _("offen, zum Schließen antippen"),
        "drawer_closed": _("zu"),
        "tse_in": _("TSE ziehen"),
        "tse_out": _("TSE stecken"),
        "scale_full": _("Mehr passt nicht auf die Waage."),
        "torn": _("Bon {number}, abgerissen"),
        "hanging": _("Bon abreißen"),
        "silent": _("Keine Verbindung zur Kasse"),
        "insert": _("Stecken"),
        "remove": _("Ziehen"),
    }
    response = render(request, "device/page.html", {"bench": bench, "state": bench.state(), "texts": texts})
    response.headers["Content-Security-Policy"] = WITH_FRAMES
    return response


@require_safe
@on_the_bench
def state(_request: HttpRequest, bench: Bench) -> HttpResponse:
    """Return how all parts are."""
    return JsonResponse(bench.state())


@require_POST
@on_the_bench
def do(request: HttpRequest, bench: Bench) -> HttpResponse:
    """Do what hands do: `{"do": what, …}`, answered with `{"effect"}` and the state. 400 for anything else."""
    try:
        values = json.loads(request.body)
        effect = bench.do(str(values.pop("do")), values)
    except (ValueError, KeyError, AttributeError, TypeError):
        return HttpResponse(status=400)
    return JsonResponse({"effect": effect, "state": bench.state()})


@require_POST
@on_the_bench
def picture(request: HttpRequest, bench: Bench) -> HttpResponse:
    """Hold a picture of one's own (JPEG or PNG as body) before the camera. 400 for what is none, 413 too large."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or not 0 < int(size) <= MOST_BYTES:
        return HttpResponse(status=413)
    try:
        shown = bench.show(frames.grey_frame(request.body))
    except PictureUnreadable:
        return HttpResponse(status=400)
    return JsonResponse({"effect": shown, "state": bench.state()})


@require_safe
@on_the_bench
def paper(_request: HttpRequest, bench: Bench, number: int) -> HttpResponse:
    """Return a piece of paper as its printer's dots."""
    found = bench.roll.picture(number) if bench.roll is not None else None
    if found is None:
        raise Http404(number)
    return HttpResponse(png(found), content_type="image/png")


@require_safe
@on_the_bench
def thing(_request: HttpRequest, bench: Bench, thing_id: str) -> HttpResponse:
    """Return the picture of something to hold before the camera, small."""
    found = bench.icon(thing_id)
    if found is None:
        raise Http404(thing_id)
    return HttpResponse(found, content_type="image/png")
