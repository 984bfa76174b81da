"""The till screen: the page, and the parts of it that are fetched anew."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from smartecr.catalog import search as catalog_search
from smartecr.catalog import tiles
from smartecr.register import queries
from smartecr.register.cashless import cards, cashparts
from smartecr.register.head import head
from smartecr.register.models import Register
from smartecr.register.sale import stations
from smartecr.register.till import Till
from smartecr.web.ports import till
from smartecr.web.security import WITH_FRAMES
from smartecr.web.till import shelf
from smartecr.web.till.access import actor_of, staff_only
from smartecr.web.till.screen import frame, health
from smartecr.web.till.shown import ticket_context

FOUND = 30


@require_safe
@staff_only
def till_page(request: HttpRequest) -> HttpResponse:
    """Show the till with the register's open basket; lead to the guide while it is not set up."""
    if not Register.objects.filter(id=till().register_id).exists():
        return redirect("setup")
    context = till_context(request)
    response = render(request, "till/till.html", context)
    if context["browser_camera"]:
        response.headers["Content-Security-Policy"] = WITH_FRAMES
    return response


def till_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the till page."""
    register = till()
    state = queries.current(register)
    level = state.basket.price_level
    version = tiles.version()
    practice = head(register).training
    return {
        **frame(request),
        **ticket_context(register, state),
        "groups": shelf.groups(),
        "tiles_group": shelf.FAVOURITES,
        "tiles_html": shelf.tiles_html(shelf.FAVOURITES, level, version),
        "catalogue_version": version,
        "has_terminal": register.cards is not None and not practice,
        "browser_camera": register.arrivals is not None and register.arrivals.look is not None,
        "has_stations": bool(stations.routes(register)),
        "has_codes": register.codes is not None and not practice,
        "card_payment": request.GET.get("card", "") or cards.waiting(register) or _cash_part(register),
    }


def _cash_part(register: Till) -> str:
    """Return which payment a page should ask for when only cash has paid a part of a basket: the one that waits."""
    return "now" if cashparts.waiting(register) is not None else ""


@require_safe
@staff_only
def ticket_part(request: HttpRequest) -> HttpResponse:
    """Return the ticket; nothing (204) when the page has this version of this basket already."""
    context = ticket_context(till())
    if request.GET.get("have") == context["stamp"]:
        return HttpResponse(status=204)
    return HttpResponse(context["ticket_html"])


@require_safe
@staff_only
def tiles_part(request: HttpRequest, group: str) -> HttpResponse:
    """Return tiles of a group (or the favourites) from `?start=` on; nothing (204) to a page that has `?have=`."""
    start = request.GET.get("start", "0")
    level = queries.current(till()).basket.price_level
    number = int(start) if start.isdecimal() and len(start) < 7 else 0
    version = tiles.version()
    if request.GET.get("have") == str(version):
        return HttpResponse(status=204)
    response = HttpResponse(shelf.tiles_html(group, level, version, number))
    response.headers["X-Catalogue"] = str(version)
    return response


@require_safe
@staff_only
def codes_part(_request: HttpRequest) -> HttpResponse:
    """Return what codes stand for: JSON [[code, article, name, cents, deposit], …] (see `catalog.coded`)."""
    return HttpResponse(shelf.codes(), content_type="application/json")


@require_safe
@staff_only
def search_part(request: HttpRequest) -> HttpResponse:
    """Return the articles that fit `?q=`, as tiles."""
    text = request.GET.get("q", "").strip()
    level = queries.current(till()).basket.price_level
    found = [tiles.tile(article, level) for article in catalog_search.search(text, FOUND)] if text else []
    return render(request, "till/_found.html", {"tiles": found, "text": text})


@require_safe
@staff_only
def status_part(request: HttpRequest) -> HttpResponse:
    """Return status dots and banners."""
    return render(request, "till/_health.html", health(till(), actor_of(request)))
