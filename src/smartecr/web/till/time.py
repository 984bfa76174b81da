"""Coming and going: one's name, what one does, one's PIN; nobody is logged in by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from smartecr.core import ids, worktime
from smartecr.register.errors import RegisterError
from smartecr.register.shop import masterdata
from smartecr.register.shop import worktime as times
from smartecr.register.signing.securing import SYSTEM
from smartecr.register.till import ZONE
from smartecr.staff import people
from smartecr.staff.errors import LoginError
from smartecr.staff.login import log_in, waiting
from smartecr.web.ports import till
from smartecr.web.till.login import ROLES
from smartecr.web.till.screen import health, shop_of, texts
from smartecr.web.till.words import said

KINDS = (
    (worktime.COME, gettext_lazy("Kommen"), "log-in"),
    (worktime.PAUSE, gettext_lazy("Pause"), "coffee"),
    (worktime.RESUME, gettext_lazy("Weiter"), "play"),
    (worktime.GO, gettext_lazy("Gehen"), "log-out"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def stamp(request: HttpRequest) -> HttpResponse:
    """Show who works here with a PIN pad; a right PIN writes the stamp down and says what it means."""
    register = till()
    post = request.POST
    chosen, kind, problem, wait, told = post.get("person", ""), post.get("kind", ""), "", 0, ""
    if request.method == "POST":
        try:
            actor = log_in(chosen, post.get("pin", ""), register.clock())
            wanted = post.get("entry", "")
            shift = times.stamp(register, actor, kind, wanted if ids.is_id(wanted) else register.new_id())
            told, chosen = _told(actor.name, kind, shift), ""
        except LoginError as error:
            problem, wait = error.message, error.wait_seconds
            masterdata.note(register, SYSTEM, "login_refused", {"person": chosen, "code": error.code})
        except RegisterError as error:
            problem = f"{said(error.message)} {said(error.next_step)}".strip()
    now = register.clock()
    staff = [
        {"id": one.id, "name": one.name, "role": ROLES.get(one.role, ""), "wait": waiting(one.id, now)}
        for one in people.working()
    ]
    context: dict[str, Any] = {
        "shop": shop_of(register), "people": staff, "chosen": chosen, "kinds": KINDS,
        "kind": kind or worktime.COME, "problem": problem, "wait": wait, "told": told, "entry": register.new_id(),
        "present": getattr(request, "actor", None), "now": now, "zone": ZONE.key, "texts": texts(), **health(register),
    }  # fmt: skip
    return render(request, "till/time.html", context, status=422 if problem else 200)


def _told(name: str, kind: str, shift: worktime.Shift) -> str:
    now = till().clock()
    clock = f"{now.astimezone(ZONE):%-H:%M}"
    if kind == worktime.COME:
        return _("Guten Tag, {name}. Gekommen um {clock} Uhr.").format(name=name, clock=clock)
    if kind == worktime.PAUSE:
        return _("{name}, Pause seit {clock} Uhr.").format(name=name, clock=clock)
    if kind == worktime.RESUME:
        return _("{name}, weiter um {clock} Uhr. Pausen bisher: {paused}.").format(
            name=name, clock=clock, paused=span(shift.paused))  # fmt: skip
    told = _("Auf Wiedersehen, {name}. Gegangen um {clock} Uhr, gearbeitet {worked}.")
    return told.format(name=name, clock=clock, worked=span(shift.worked(now)))


def span(time: timedelta) -> str:
    """Return a time as "8:05 h"."""
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
