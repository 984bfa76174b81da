"""Together or apart: the sheet on which a guest's pieces are chosen, and what they and the rest come to."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from smartecr.core.basket import Line, Priced
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents
from smartecr.core.parting import movable, pieces_of
from smartecr.core.quantity import ONE
from smartecr.core.records import dataclass
from smartecr.register import queries
from smartecr.register.errors import RegisterError
from smartecr.register.queries import BasketState, ParkedBasket
from smartecr.register.sale import together
from smartecr.register.till import Till
from smartecr.web.ports import till
from smartecr.web.till import ticket
from smartecr.web.till.access import staff_only
from smartecr.web.till.words import said

MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A line to choose pieces of: `step` thousandths a piece, `cents` what one costs before discounts, with deposit."""

    drawn: ticket.TicketLine
    pieces: int
    step: int
    cents: int
    weighed: bool


def choices(state: BasketState) -> list[Choice]:
    """Return what may go to a ticket of its own, in the ticket's order."""
    priced = {one.line.id: one for one in state.priced.lines}
    found = []
    for drawn in ticket.lines_of(state.priced, state.basket.in_house):
        line = priced[drawn.id].line
        if not movable(line):
            continue
        pieces = pieces_of(line)
        whole = sum(priced[one.id].gross_cents for one in state.basket.lines if _hangs(one, line))
        weighed = bool(line.unit) or line.quantity % ONE != 0
        found.append(Choice(drawn, pieces, line.quantity // pieces, whole // pieces, weighed))
    return found


def _hangs(one: Line, line: Line) -> bool:
    return not one.voided and line.id in (one.id, one.parent_id)


def many(state: BasketState) -> bool:
    """Tell whether there is more than one piece to be paid apart."""
    return sum(pieces_of(line) for line in state.basket.lines if movable(line)) > 1


def sheet(_request: HttpRequest) -> dict[str, Any]:
    """Return the lines of the ticket on the screen, and what stays with the rest."""
    state = queries.current(till())
    found = choices(state)
    return {
        "state": state,
        "choices": found,
        "many": many(state),
        "notes": _notes(state.priced, bool(state.guest), len(found)),
    }


def _notes(priced: Priced, guest: bool, movable_lines: int) -> list[str]:
    """Return what is to be known of discounts and of what stays, a sentence each."""
    notes = []
    if priced.discount is not None:
        if priced.discount.kind == "percent":
            notes.append(_("{discount} gilt für jeden Teil.").format(discount=priced.discount.text))
        else:
            notes.append(_("{discount} verteilt sich nach den Beträgen.").format(discount=priced.discount.text))
    lines = [one.line for one in priced.lines if not one.line.voided]
    if any(line.discount is not None and line.discount.kind == "amount" and not line.promotion for line in lines):
        notes.append(_("Ein Rabatt in Euro bleibt auf dem Rest seiner Zeile."))
    if any(line.promotion for line in lines):
        notes.append(_("Aktionen werden für jeden Teil neu gerechnet."))
    if len([line for line in lines if not line.parent_id]) > movable_lines:
        notes.append(_("Gutscheine und Anzahlungen bleiben auf dem Rest."))
    if guest:
        notes.append(_("Die Kundenkarte bleibt auf dem Rest."))
    return notes


@require_POST
@staff_only
def preview(request: HttpRequest) -> HttpResponse:
    """Return what `{"basket", "pieces"}` and the rest would cost, as JSON; 422 with a sentence when it cannot be."""
    if len(request.body) > MOST_BYTES:
        return HttpResponse(status=413)
    from smartecr.register.sale import parting  # loaded with the first guest who pays apart

    try:
        asked = orjson.loads(request.body)
        found = parting.preview(till(), str(asked["basket"]), asked["pieces"])
    except (RegisterError, CoreError) as error:
        return HttpResponse(said(error.message), status=422, content_type="text/plain; charset=utf-8")
    except (KeyError, TypeError, ValueError):
        return HttpResponse(status=400)
    return JsonResponse({"part": format_cents(found.part_cents), "rest": format_cents(found.rest_cents)})


def rest_of(register: Till, basket_id: str) -> ParkedBasket | None:
    """Return what is still open at the table that a ticket came off; None for any other."""
    if not basket_id or together.origin(basket_id) is None:
        return None
    from smartecr.register.sale import parting  # loaded where guests pay apart

    return parting.rest_of(register, basket_id)
