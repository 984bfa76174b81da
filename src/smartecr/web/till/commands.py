"""What is tapped, scanned and swiped: batches of commands in, the ticket and one outcome each out."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from smartecr.register.errors import RegisterError
from smartecr.register.sale import selling
from smartecr.register.sale.selling import Outcome
from smartecr.staff.actor import Actor
from smartecr.staff.errors import LoginError
from smartecr.web.ports import till, till_at_once
from smartecr.web.till import drawing
from smartecr.web.till.access import actor_of, staff_only, wrong_pin
from smartecr.web.till.shown import ticket_context
from smartecr.web.till.words import said

MOST = 200
"""Most commands in one batch; a page that was offline for long sends several."""

_AT_ONCE = ("article", "scan")
"""What needs no device."""


@staff_only
def commands(request: HttpRequest) -> HttpResponse:
    """Carry out `{"commands": [...], "approver": {"person", "pin", "right"}}`, answer with the ticket and the outcomes.

    A body that is no such object is 400. A wrong PIN carries out nothing and is answered like every wrong PIN.
    """
    if request.method != "POST":  # Django's decorator would load all of Django's own views
        return HttpResponseNotAllowed(["POST"])
    order = _order(request.body)
    if order is None:
        return HttpResponse(_("Die Kasse versteht diese Anfrage nicht."), status=400)
    wanted, grant = order
    register = till_at_once() if all(one.get("do") in _AT_ONCE for one in wanted) else till()
    approver: Actor | None = None
    if grant:
        from smartecr.staff.login import approve  # and with it what hashes PINs

        try:
            approver = approve(grant["person"], grant["pin"], grant["right"], register.clock())
        except LoginError as error:
            return wrong_pin(error, grant["right"])
        except ValueError:
            return HttpResponse(_("Diese Freigabe gibt es nicht."), status=400)
    try:
        outcomes = selling.run(register, actor_of(request), wanted, approver)
    except RegisterError as error:
        outcomes = [selling.refused(str(command.get("id", "")), error) for command in wanted]
    html = ticket_context(register)["ticket_html"]
    return HttpResponse(html + drawing.outcomes(_worded(outcome) for outcome in outcomes))


def _order(body: bytes) -> tuple[list[dict[str, Any]], dict[str, str]] | None:
    """Return commands and grant ({} for none) of a request body, None when it is something else."""
    try:
        order = orjson.loads(body)
        wanted, grant = order["commands"], order.get("approver") or {}
        grant = {key: str(grant[key]) for key in ("person", "pin", "right")} if grant else {}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if not isinstance(wanted, list) or len(wanted) > MOST or not all(isinstance(one, dict) for one in wanted):
        return None
    return wanted, grant


def _worded(outcome: Outcome) -> dict[str, Any]:
    message = "" if outcome.ok else said(outcome.message)
    return {
        "id": outcome.id,
        "ok": outcome.ok,
        "code": outcome.code,
        "line": outcome.line_id,
        "right": outcome.right,
        "about": outcome.about,
        "message": message,
    }
