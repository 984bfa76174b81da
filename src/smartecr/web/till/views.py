"""The till screen: the page, and the parts of it that are fetched anew."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.catalog import search as catalog_search
from smartecr.catalog import tiles
from smartecr.core.money import format_cents
from smartecr.register import cards, queries, stations
from smartecr.register.queries import BasketState, ReceiptState
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.web.ports import till
from smartecr.web.security import WITH_FRAMES
from smartecr.web.till import drawing, guest, shelf, ticket
from smartecr.web.till.access import actor_of, staff_only
from smartecr.web.till.screen import frame, health, local

FOUND = 30


@require_safe
@staff_only
def till_page(request: HttpRequest) -> HttpResponse:
    """Show the till with the register's open basket."""
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
    return {
        **frame(request),
        **ticket_context(register, state),
        "groups": shelf.groups(),
        "tiles_group": shelf.FAVOURITES,
        "tiles_html": shelf.tiles_html(shelf.FAVOURITES, level, version),
        "catalogue_version": version,
        "has_terminal": register.cards is not None,
        "browser_camera": register.arrivals is not None and register.arrivals.look is not None,
        "has_stations": bool(stations.routes(register)),
        "has_codes": register.codes is not None,
        "card_payment": request.GET.get("card", "") or cards.waiting(register),
    }


def ticket_context(register: Till, state: BasketState | None = None) -> dict[str, Any]:
    """Return the register's ticket: `ticket` (its values), `ticket_html`, and `stamp`, which changes with its look."""
    state = state or queries.current(register)
    drawn = ticket.make(
        priced=state.priced,
        basket=state.basket,
        newest_line_id=state.newest_line_id,
        number=state.number,
        label=state.label,
        parked=_parked(register),
    )
    last = None if drawn.count else queries.last_receipt(register)
    stamp = _stamp(state, drawn, last)
    unsent = stations.unsent(register, state.id, state.basket.lines)
    html = drawing.ticket(drawn, stamp, unsent, _last(last) if last else None, _guest(state))
    return {"ticket": drawn, "ticket_html": html, "stamp": stamp}


def _guest(state: BasketState) -> str:
    """Return whose card lies on the ticket, with the group, as the ticket says it."""
    found = guest.of_basket(state) if state.guest else None
    return " · ".join(filter(None, (found.name, found.group))) if found else ""


def _parked(register: Till) -> int:
    sql = "SELECT count(*) AS parked FROM register_basket WHERE register_id = %s AND state = 'parked'"
    return int(fetch(sql, [register.register_id])[0]["parked"])


def _stamp(state: BasketState, drawn: ticket.Ticket, last: ReceiptState | None) -> str:
    """Return what changes whenever the ticket looks different, so that a page can ask whether it is up to date."""
    shown = (last.id, last.tendered_cents) if last else ()
    return ".".join(map(str, (state.id, state.version, state.number, drawn.parked, *shown)))


def _last(receipt: ReceiptState) -> dict[str, str]:
    """Return what an empty ticket says of the receipt before."""
    paid_out = receipt.total_cents < 0
    if not receipt.signed:
        word = _("Bezahlt, ohne TSE")
    elif receipt.reference_id:
        word = _("Storniert und signiert")
    else:
        word = _("Ausgezahlt und signiert") if paid_out else _("Bezahlt und signiert")
    total = format_cents(receipt.total_cents)
    note = _("Rückgeld auf {given} €").format(given=format_cents(receipt.tendered_cents or 0))
    return {
        "id": receipt.id,
        "word": word,
        "state": "ok" if receipt.signed else "warn",
        "title": _("Bon {number} · {time}").format(number=receipt.number, time=f"{local(receipt.at):%-H:%M}"),
        "amount": f"{format_cents(receipt.change_cents)} €" if receipt.change_cents else f"{total} €",
        "note": note if receipt.change_cents else _("ansehen"),
    }


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
