"""Business cases beside the plain sale: order, advance payment, sale on account, staff meal, practice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from smartecr.core.kinds import ADVANCE, ON_ACCOUNT
from smartecr.register import queries, standing
from smartecr.register.errors import RegisterError
from smartecr.register.sale import credit, ordering, paying, training
from smartecr.register.sale.credit import OpenItem
from smartecr.staff import people
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.web.ports import till
from smartecr.web.till import shelf
from smartecr.web.till.access import actor_of, attempt, staff_only
from smartecr.web.till.screen import local


def advance_sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return what the sheet of advance payments shows: the groups that tax one, and those not used yet."""
    return {"groups": shelf.groups(), "open_items": _listed(ADVANCE)}


def account_sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return what the sheet of accounts shows: what is due on the ticket, and the accounts not paid yet."""
    state = queries.current(till())
    return {"due": max(0, state.priced.total_cents), "basket_id": state.id, "open_items": _listed(ON_ACCOUNT)}


def _listed(kind: str) -> list[tuple[OpenItem, str]]:
    """Return open items with the day each began."""
    return [(item, f"{local(item.at):%d.%m.}") for item in credit.open_items(till(), kind)]


def meal_sheet(request: HttpRequest) -> dict[str, Any]:
    """Return what the sheet of a staff meal shows: who may eat."""
    register = till()
    state = queries.current(register)
    return {
        "names": [person.name for person in people.working()],
        "basket_id": state.id,
        "receipt_id": register.new_id(),
        "own": actor_of(request).name,
    }


def training_sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return whether the register is in practice."""
    return {"training": standing.status(till()).training}


@require_POST
@staff_only
def order(request: HttpRequest) -> HttpResponse:
    """Send what is new on the ticket as an order and park it as `label`."""

    def act(_approver: Actor | None) -> HttpResponse:
        post, same = request.POST, request.POST.get("same") == "1"
        basket, receipt, label = (post.get(name, "") for name in ("basket", "receipt", "label"))
        try:
            ordering.order(till(), actor_of(request), basket, receipt, label, same=same)
        except RegisterError as error:
            if error.code != "name_taken":
                raise
            asked = HttpResponse(status=422)
            asked.headers["HX-Trigger"], asked.headers["HX-Reswap"] = "name-taken", "none"
            return asked
        return _back()

    return attempt(request, "", act)


@require_POST
@staff_only
def meal(request: HttpRequest) -> HttpResponse:
    """Record the ticket as eaten by `choice`, or by the name typed in `reason`."""

    def act(approver: Actor | None) -> HttpResponse:
        post = request.POST
        name = " ".join(post.get("reason", "").split()) or post.get("choice", "")
        basket, receipt = post.get("basket", ""), post.get("receipt", "")
        paying.give(till(), actor_of(request), basket, receipt, name, approver)
        return _back()

    return attempt(request, Right.DISCOUNT, act)


@require_POST
@staff_only
def practise(request: HttpRequest) -> HttpResponse:
    """Begin (`on`) or end practising."""

    def act(approver: Actor | None) -> HttpResponse:
        training.switch(till(), actor_of(request), request.POST.get("on") == "1", approver)
        return _back()

    return attempt(request, Right.TRAINING, act)


def _back() -> HttpResponse:
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = reverse("till")
    return response
