"""Log-in by PIN, change of user, and the PIN of somebody who approves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from smartecr.register.errors import RegisterError
from smartecr.register.shop import masterdata
from smartecr.register.signing.securing import SYSTEM
from smartecr.register.till import ZONE
from smartecr.staff import people
from smartecr.staff.demopins import PINS
from smartecr.staff.errors import LoginError
from smartecr.staff.login import log_in, waiting
from smartecr.staff.rights import Right
from smartecr.web import session
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of, staff_only
from smartecr.web.till.screen import health, shop_of, texts
from smartecr.web.till.words import said

WORDS = {
    Right.PRICE_OVERRIDE: gettext_lazy("Preis ändern"),
    Right.DISCOUNT: gettext_lazy("Rabatt geben"),
    Right.REFUND: gettext_lazy("Stornieren und zurücknehmen"),
    Right.CASH_MOVE: gettext_lazy("Geld ein- oder auszahlen"),
    Right.DRAWER_OPEN: gettext_lazy("Lade ohne Verkauf öffnen"),
    Right.X_REPORT: gettext_lazy("X-Bericht ansehen"),
    Right.CLOSE_DAY: gettext_lazy("Tag abschließen"),
    Right.SELL_SOLD_OUT: gettext_lazy("Ausverkauftes doch verkaufen"),
    Right.CATALOG: gettext_lazy("Artikel ändern"),
    Right.TRAINING: gettext_lazy("Übungsmodus ein- und ausschalten"),
    Right.DEVICES: gettext_lazy("Geräte einrichten"),
    Right.STAFF: gettext_lazy("Personal und Laden ändern"),
    Right.CUSTOMERS: gettext_lazy("Kundendaten auswerten, ausgeben und löschen"),
    Right.TIMES: gettext_lazy("Arbeitszeiten ansehen und berichtigen"),
    Right.VOUCHERS: gettext_lazy("Gutscheine sperren oder trotz Fristablauf annehmen"),
}
"""What is approved, in words for the person who is called."""

ROLES = {
    "cashier": gettext_lazy("Kasse"),
    "manager": gettext_lazy("Leitung"),
    "owner": gettext_lazy("Geschäftsführung"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Show who works here with a PIN pad; a right PIN leads to the till."""
    person_id = request.POST.get("person", "")
    problem, wait, status = "", 0, 200
    if request.method == "POST":
        try:
            _enter(request, person_id)
            return redirect(_onward(request) or "till")
        except LoginError as error:
            problem, wait, status = error.message, error.wait_seconds, 503 if error.code == "storage" else 422
        except RegisterError as error:
            problem, status = f"{said(error.message)} {said(error.next_step)}", 503
    elif len(working := people.working()) == 1:
        person_id = working[0].id
    return render(request, "till/login.html", _context(request, person_id, problem, wait), status=status)


def _enter(request: HttpRequest, person_id: str) -> None:
    """Let in whose PIN this is, once it is written down. Raises LoginError, RegisterError("storage")."""
    register = till()
    try:
        actor = log_in(person_id, request.POST.get("pin", ""), register.clock())
    except LoginError as error:
        if error.code != "storage":
            masterdata.note(register, SYSTEM, "login_refused", {"person": person_id, "code": error.code})
        raise
    _note_gone(request, actor.person_id)
    masterdata.note(register, actor, "logged_in", {})
    session.log_in(request, actor)


def _onward(request: HttpRequest) -> str:
    """Return the page of this server that sent somebody to the log-in (`next`), "" for none or a foreign one."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    return onward if url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else ""


def _context(request: HttpRequest, chosen: str, problem: str, wait: int) -> dict[str, Any]:
    register = till()
    now = register.clock()
    staff = [_key(person, waiting(person.id, now)) for person in people.working()]
    shop = shop_of(register)
    return {
        "shop": shop,
        "people": staff,
        "chosen": chosen,
        "demo_pins": [(one["name"], PINS[one["name"]]) for one in staff if one["name"] in PINS] if shop.demo else [],
        "problem": problem,
        "wait": wait,
        "onward": _onward(request),
        "present": getattr(request, "actor", None),
        "now": now,
        "zone": ZONE.key,
        "texts": texts(),
        **health(register),
    }


def _key(person: Any, wait: int) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "role": ROLES.get(person.role, ""), "wait": wait}


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Leave nobody at this screen."""
    _note_gone(request)
    session.log_out(request)
    return redirect("login")


def _note_gone(request: HttpRequest, person_id: str = "") -> None:
    """Write down that whoever was at this screen has left it, unless it is the same person again."""
    present = getattr(request, "actor", None)
    if present is not None and present.person_id != person_id:
        masterdata.note(till(), present, "logged_out", {})


@require_safe
@staff_only
def approval(request: HttpRequest, right: str) -> HttpResponse:
    """Return who may approve `right` (for `?about=`, an amount), with a PIN pad. An unknown right is 404."""
    if right not in set(Right):
        return HttpResponse(status=404)
    now = till().clock()
    own = actor_of(request).person_id
    staff = [_key(person, waiting(person.id, now)) for person in people.having(right) if person.id != own]
    context = {
        "people": staff,
        "right": right,
        "word": WORDS[Right(right)],
        "about": request.GET.get("about", "")[:40],
        "chosen": staff[0]["id"] if len(staff) == 1 else "",
    }
    return render(request, "till/_approve.html", context)
