"""Customers at the till: found, enrolled, laid on the ticket, their card handed over."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.core import ids
from smartecr.core.vouchers import shown
from smartecr.customers.consent import CURRENT, TEXTS
from smartecr.customers.errors import CardError
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.paper import printing
from smartecr.register.queries import BasketState
from smartecr.register.regulars import guestkeys, guests, loyalty
from smartecr.register.regulars.guests import Guest
from smartecr.web.ports import till
from smartecr.web.receipt import qr
from smartecr.web.till import paper
from smartecr.web.till.access import actor_of, attempt, refusal, staff_only
from smartecr.web.till.words import said

FIELDS = ("name", "phone", "mail", "birthday", "note")


def of_basket(state: BasketState) -> Guest | None:
    """Return whose card lies on the ticket; costs nothing where none does."""
    customer = guestkeys.of({"guest": state.guest}).get("customer")
    return guests.find(customer) if customer else None


def sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return the context of the sheet: the customer on the ticket, the latest ones, the form for a new one."""
    register = till()
    guest = of_basket(queries.current(register))
    return {
        "guest": guest,
        **collected(guest),
        "found": guests.search("", 3),
        "customer_id": register.new_id(),
        "consent": TEXTS[CURRENT],
    }


def collected(guest: Guest | None) -> dict[str, Any]:
    """Return what lies on a card, and the rewards its points are enough for."""
    if guest is None:
        return {"points": 0, "stamps": [], "rewards": []}
    lying = loyalty.accounts(guest.id)
    known = loyalty.rules(till())
    points = lying.get(loyalty.POINTS, 0)
    return {
        "points": points,
        "stamps": [(rule.name, lying.get(rule.id, 0), rule.count) for rule in known if rule.kind == "stamps"],
        "rewards": [rule for rule in known if rule.points and rule.points <= points],
    }


@require_safe
@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """Return the customers that fit `?q=`."""
    return render(request, "till/_guests.html", {"found": guests.search(request.GET.get("q", ""), 12)})


@require_POST
@staff_only
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol somebody who agreed, and show the card to hand over."""
    post = request.POST
    customer_id = post.get("customer", "")
    if not ids.is_id(customer_id):
        return HttpResponse(status=400)
    values = {field: post.get(field, "") for field in FIELDS}
    try:
        guest = guests.save(till(), actor_of(request), customer_id, values, agreed="agreed" in post)
    except (CardError, RegisterError) as error:
        return refusal(request, said(error.message), said(error.next_step))
    return render(request, "till/_card_handout.html", handout(request, guest))


def handout(request: HttpRequest, guest: Guest) -> dict[str, Any]:
    """Return the context of a card to hand over: the code that opens its page on a phone."""
    path = reverse("guest:card", args=[guest.code.removeprefix("KD:")])
    base = settings.PUBLIC_ADDRESS.rstrip("/")
    address = base + path if base else request.build_absolute_uri(path)
    return {
        "guest": guest,
        "number": shown(guest.number),
        "address": address,
        "code": qr.svg(address, _("QR-Code der Kundenkarte")),
        "has_printer": till().printer is not None,
    }


@require_safe
@staff_only
def card(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Show somebody's card to be handed over again."""
    guest = guests.find(customer_id)
    if guest is None or not guest.secret:
        raise Http404(customer_id)
    return render(request, "till/_card_handout.html", handout(request, guest))


@require_POST
@staff_only
def print_card(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Print a card, and answer with what happens to it."""

    def act(_approver: Any) -> HttpResponse:
        printing.print_card(till(), actor_of(request), customer_id)
        return render(request, "till/_printing.html", {"copy": False, **paper.problem(till().printer)})

    return attempt(request, "", act)
