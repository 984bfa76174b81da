"""The page of everything that prints: how it is, what goes where, the drawer's sensor, what could be plugged in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.catalog import rows
from smartecr.catalog.models import Group
from smartecr.printer import discovery, drawer, status
from smartecr.printer.discovery import AddressError
from smartecr.printer.spool import Spool
from smartecr.printer.status import Problem
from smartecr.register.cashdesk import cash
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.sale import weighing
from smartecr.register.shop import masterdata
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.screen import frame
from smartecr.web.till.words import said

MOST_ADDRESSES = 8


@require_safe
@staff_only
def page(request: HttpRequest) -> HttpResponse:
    """Show the printers, the routes of orders, the drawer."""
    register = till()
    context = {
        **frame(request),
        "section": "printers",
        "printers": [_card(name, spool) for name, spool in printing.printers(register).items()],
        **routes(),
        "drawer": _drawer(register.drawer),
        "line": register.line_display,
        "scale": register.scale,
        "why_not": said(weighing.WHY_NOT),
    }
    return render(request, "till/printers.html", context)


def _card(name: str, spool: Spool) -> dict[str, Any]:
    problem = spool.problem
    jobs = spool.jobs()
    if problem is None:
        word = _("bereit") if spool.ready else _("noch nicht erreicht")
        return {"name": name, "profile": spool.profile, "picture": "", "word": word, "next": "", "jobs": len(jobs)}
    word, then = said(status.word(problem)), said(status.next_step(problem))
    near_end = problem is Problem.PAPER_NEAR_END
    return {
        "name": name, "profile": spool.profile, "picture": problem.value, "word": word, "next": then,
        "jobs": len(jobs), "bad": not near_end,
    }  # fmt: skip


def _drawer(watch: drawer.Watch | None) -> dict[str, str] | None:
    if watch is None:
        return None
    words = {
        drawer.State.OPEN: _("offen"),
        drawer.State.CLOSED: _("geschlossen"),
        drawer.State.UNKNOWN: _("kein Fühler eingelernt"),
    }
    return {"state": watch.state.value, "word": words[watch.state]}


@require_POST
@staff_only
def test(request: HttpRequest) -> HttpResponse:
    """Send the test page to the printer called `name`."""

    def act(_approver: Actor | None) -> HttpResponse:
        printing.print_test(till(), request.POST.get("name", ""))
        return render(request, "till/_printing.html", {"copy": False, "problem": ""})

    return attempt(request, "", act)


@require_POST
@staff_only
def route(request: HttpRequest, group_id: str) -> HttpResponse:
    """Let the orders of a product group come out at `station` ("": nowhere); the choice is drawn anew."""

    def act(approver: Actor | None) -> HttpResponse:
        def save(fields: Fields) -> None:
            changed = rows.group_row({"station": fields["station"]}, _columns(group_id))
            masterdata.save_articles(till(), actor_of(request), [changed], approver)

        typed = meanwhile.take(request.POST, lambda: _station(group_id), save, matter="catalogue")
        group = Group.objects.get(id=group_id)
        context = {
            "stations": list(till().stations),
            "group": group,
            "was": meanwhile.as_shown({"station": group.station}),
            "now": typed.now["station"] or _("nirgends"),
            "wanted": (typed.fields["station"] or _("nirgends")) if typed.crossed else "",
        }
        return render(request, "till/_routed.html", context, status=422 if typed.crossed else 200)

    return attempt(request, Right.CATALOG, act)


def routes() -> dict[str, Any]:
    """Return what the list of routes shows: stations, and product groups with what their choices bring back."""
    groups = Group.objects.filter(active=True)
    return {
        "stations": list(till().stations),
        "product_groups": [(one, meanwhile.as_shown({"station": one.station})) for one in groups],
    }


def _columns(group_id: str) -> dict[str, Any]:
    found = Group.objects.filter(id=group_id).values().first()
    if found is None:
        raise RegisterError("gone", "Diese Warengruppe gibt es nicht mehr.", "Die Seite neu öffnen.")
    return {**found}


def _station(group_id: str) -> Fields:
    return {"station": _columns(group_id)["station"]}


@require_safe
@staff_only
def find(request: HttpRequest) -> HttpResponse:
    """Show what is plugged in, and what listens at the addresses in `?addresses=`."""
    addresses = request.GET.get("addresses", "").replace(",", " ").split()[:MOST_ADDRESSES]
    try:
        asked = [{"address": address, "found": found} for address, found in discovery.asked(addresses)]
    except AddressError as error:
        return refusal(request, str(error))
    context = {"plugged": discovery.plugged_in(), "asked": asked}
    return render(request, "till/_printers_found.html", context)


@require_POST
@staff_only
def learn_drawer(request: HttpRequest) -> HttpResponse:
    """Learn the drawer's sensor in three looks: `seen` holds the levels seen so far ("1", "10"), closed and open."""

    def act(approver: Actor | None) -> HttpResponse:
        register = till()
        watch = register.drawer
        if watch is None:
            raise RegisterError("drawer", "An dieser Kasse ist keine Lade.")
        seen = request.POST.get("seen", "")
        if "look" in request.POST:
            level = watch.port.level
            if level is None:
                raise RegisterError("drawer", "Der Drucker sagt nichts über die Lade.", "Drucker und Kabel prüfen.")
            seen = (seen + str(int(level)))[:3]
        if seen and len(seen) == 1:
            cash.open_drawer(register, actor_of(request), register.new_id(), "Fühler der Lade einlernen", approver)
        if len(seen) == 3:
            return _learned(request, watch, [digit == "1" for digit in seen])
        return render(request, "till/_drawer_learning.html", {"seen": seen, "step": len(seen)})

    return attempt(request, Right.DRAWER_OPEN, act)


def _learned(request: HttpRequest, watch: drawer.Watch, levels: list[bool]) -> HttpResponse:
    level = drawer.learn(*levels)
    try:
        watch.learned(level)
    except OSError as error:
        raise RegisterError("storage", "Das Gelernte lässt sich nicht speichern.", "Platz freigeben.") from error
    return render(request, "till/_drawer_learning.html", {"step": 3, "has_sensor": level is not None})
