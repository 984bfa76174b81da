"""The TSE in the office: how it is, how long it lasts, what it missed, and what can be done about it."""

from __future__ import annotations

from concurrent.futures import TimeoutError as TooLateError
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from smartecr.core.errors import CoreError
from smartecr.fiscal import notification
from smartecr.register.books import notice
from smartecr.register.errors import RegisterError
from smartecr.register.models import Outage
from smartecr.register.shop import opening
from smartecr.register.signing import adopting, commissioning, swapping, tselife
from smartecr.register.till import ZONE, Till, moment
from smartecr.staff.rights import Right
from smartecr.tse.api import TseInfo
from smartecr.tse.credentials import Role
from smartecr.tse.errors import TseError, TseTimeout, TseUnavailable
from smartecr.tse.housekeeping import Task
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.tsewords import EVENTS, STATES, day_of, meters, problem
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.words import said

SECTION = "tse"
_SHOWN = 12
_LONG = 130.0
_NEW = {"tse_not_initialized", "tse_client_unknown"}
_TASKS: dict[str, Task] = {"test": "self_test", "time": "time"}


@require_safe
@office_only(Right.DEVICES)
def status(request: HttpRequest) -> HttpResponse:
    """Show the state."""
    return _page(request)


@require_POST
@office_only(Right.DEVICES)
def act(request: HttpRequest) -> HttpResponse:
    """Do what one of the page's keys says: `do` is test, time, hours, adopt, unblock or notified."""
    do, post, register, actor = request.POST.get("do", ""), request.POST, till(), actor_of(request)
    try:
        if do in _TASKS:
            _wait(register, _TASKS[do])
        elif do == "hours":
            typed = meanwhile.take(post, _hours, lambda fields: opening.save(register, actor, str(fields["hours"])))
            if typed.crossed:
                return _page(request, {"message": typed.problem({"hours": _("Öffnungszeiten")}), "next_step": ""}, do)
        elif do == "adopt":
            adopting.adopt_tse(register, actor, post.get("serial", ""))
        elif do == "notified":
            day = register.clock().astimezone(ZONE).date().isoformat()
            tell = partial(notice.sent, register, actor, register.new_id(), day, right=Right.DEVICES)
            typed = meanwhile.press(post, _due, tell)
            if typed.crossed:
                told = typed.problem({"due": _("Meldung")}, lambda _name, due: meanwhile.day(due) or _("vermerkt"))
                return _page(request, {"message": told, "next_step": ""}, do)
        elif do == "unblock":
            role = Role.TIME_ADMIN if post.get("role") == Role.TIME_ADMIN else Role.ADMIN
            commissioning.unblock(register, actor, role, post.get("puk", ""), post.get("new_pin", ""))
        else:
            return redirect("office:tse")
    except (RegisterError, TseError) as error:
        return _page(request, problem(error), do)
    except CoreError as error:
        return _page(request, {"message": said(error.message), "next_step": ""}, do)
    return redirect(f"{request.path.removesuffix('/do')}?done={do}")


def _hours() -> Fields:
    return {"hours": opening.text(till().shop_id)}


def _due() -> Fields:
    due = notice.current(till().shop_id).due
    return {"due": due.isoformat() if due else ""}


def _wait(register: Till, task: Task) -> None:
    try:
        register.tse.care(task).result(_LONG)
    except TooLateError:
        raise TseTimeout("care") from None


def _page(request: HttpRequest, wrong: dict[str, str] | None = None, do: str = "") -> HttpResponse:
    register = till()
    info = _reached(register)
    state = register.tse.state
    gauges = register.care.gauges if register.care else None
    now = int(register.clock().timestamp())
    gauge = gauges.read(info, now) if info and gauges else None
    outages = Outage.objects.filter(register_id=register.register_id)
    done = {
        "test": _("Der Selbsttest ist bestanden."),
        "time": _("Die Uhr der TSE ist gestellt."),
        "hours": _("Die Öffnungszeiten sind gespeichert."),
        "adopt": _("Die TSE ist übernommen."),
        "unblock": _("Die neue PIN gilt."),
        "notified": _("Die Meldung ist vermerkt."),
    }
    context: dict[str, Any] = {
        **frame(request, SECTION),
        "state": {"ok": "good", "slow": "warn"}.get(state.level, "bad") if info else "bad",
        "message": said(state.message) or _("Die TSE hat noch nicht geantwortet."),
        "next_step": said(state.next_step),
        "since": moment_of(state.since),
        "foreign": register.tse.foreign,
        "is_new": state.code in _NEW,
        "retired": state.code == "tse_retired",
        "info": info,
        "info_state": STATES.get(info.state) if info else "",
        "expires": day_of(info.certificate_expires) if info else None,
        "test_in": round((info.self_test_in or 0) / 3600) if info and info.self_test_in is not None else None,
        "time_in": round((info.time_sync_in or 0) / 3600) if info and info.time_sync_in is not None else None,
        "meters": meters(info, gauge) if info and gauge else [],
        "step_text": said(gauge.text) if gauge else "",
        "curve": curve(gauges.history(info.serial)) if info and gauges else "",
        "outages": [told(one) for one in outages.order_by("-began_at")[:_SHOWN]],
        "outage_count": outages.count(),
        "life": [_event(one) for one in reversed(tselife.events(register)[-_SHOWN:])],
        "swap": swapping.standing(register),
        "hours": request.POST.get("hours", "") if wrong and do == "hours" else opening.text(register.shop_id),
        "was": meanwhile.as_shown(_hours()),
        "was_due": meanwhile.as_shown(_due()),
        **report(register),
        "own_pins": bool(register.care and register.care.keep_pins),
        "roles": ((Role.ADMIN.value, _("Verwaltung")), (Role.TIME_ADMIN.value, _("Zeit"))),
        "wrong": wrong,
        "do": do,
        "done": done.get(request.GET.get("done", ""), ""),
    }
    return render(request, "office/tse/status.html", context, status=422 if wrong else 200)


def _reached(register: Till) -> TseInfo | None:
    """Return what the device last said, just after a start too; None while it cannot be reached."""
    if register.tse.state.level == "bad":
        return None
    try:
        return register.tse.info()
    except TseUnavailable:
        return None


def report(register: Till) -> dict[str, Any]:
    """Return what the tax office has to know (§ 146a (4) AO), as words and values, and by when."""
    current = notice.current(register.shop_id)
    place = current.premises
    address = ", ".join(filter(None, [place.street, f"{place.postcode} {place.city}".strip()]))
    missing = _("fehlt noch")
    facts = [
        (_("Unternehmen"), place.company or missing),
        (_("Betriebsstätte"), address or missing),
        (_("Steuernummer"), place.tax_number or missing),
    ]
    systems = [notification.rows(system) for system in current.systems]
    return {"due": current.due, "report_changes": current.changed, "report_facts": facts, "report_systems": systems}


def moment_of(unix: float) -> datetime:
    """Return an instant as local time."""
    return datetime.fromtimestamp(unix, ZONE)


def told(outage: Outage) -> dict[str, Any]:
    """Return an outage in local time, with its minutes (None while it lasts)."""
    began = moment(outage.began_at)
    ended = moment(outage.ended_at) if outage.ended_at else None
    return {
        "began": began.astimezone(ZONE),
        "ended": ended.astimezone(ZONE) if ended else None,
        "minutes": max(1, round((ended - began).total_seconds() / 60)) if ended else None,
        "reason": said(outage.reason),
    }


def _event(event: tselife.Event) -> dict[str, Any]:
    return {
        "at": moment(event.at).astimezone(ZONE),
        "word": EVENTS.get(event.kind, event.kind),
        "serial": event.serial,
        "name": event.person_name,
        "left_out": "skipped" in event.detail,
    }


def curve(history: list[Any]) -> str:
    """Return the points of the free storage (or the signatures left) over time for a drawing 300 wide and 60 high."""
    stock = [(one.at, one.signatures_remaining if one.storage_free is None else one.storage_free) for one in history]
    known = [(at, left) for at, left in stock if left is not None]
    if len(known) < 3 or known[-1][0] == known[0][0]:
        return ""
    first, last = known[0][0], known[-1][0]
    low, high = min(left for _at, left in known), max(left for _at, left in known)
    return " ".join(
        f"{300 * (at - first) // (last - first)},{56 - 52 * (left - low) // max(1, high - low)}" for at, left in known
    )
