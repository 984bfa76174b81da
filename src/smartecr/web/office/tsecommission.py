"""The guided page that puts a new TSE into operation; what comes next, the device and the books say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from smartecr.register.errors import RegisterError
from smartecr.register.signing import adopting, commissioning
from smartecr.register.signing.commissioning import Step, View
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.tse.errors import TseError
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.tse import SECTION, report
from smartecr.web.office.tsewords import KINDS, SECRETS, STATES, day_of, problem
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of

_PLACES = {
    Step.ABSENT: 0, Step.BEGIN: 1, Step.SHOW: 1, Step.RESUME: 1, Step.REGISTER: 2, Step.ADOPT: 2, Step.GO: 2,
    Step.SIGN: 3, Step.DONE: 4, Step.OVER: 0,
}  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.DEVICES)
def commission(request: HttpRequest) -> HttpResponse:
    """Show the next step; POST does it (`do`)."""
    act = _ACTS.get(request.POST.get("do", ""))
    if request.method != "POST" or act is None:
        return _page(request)
    try:
        act(till(), actor_of(request), request)
    except (RegisterError, TseError) as error:
        return _page(request, problem(error))
    if "HX-Request" in request.headers:
        return _page(request)
    return redirect(request.get_full_path())


def _confirm(register: Till, actor: Actor, request: HttpRequest) -> None:
    rules = commissioning.look(register).rules
    if rules is None:
        raise RegisterError("gone", _("Die TSE antwortet nicht."), _("Einstecken, dann geht es hier weiter."))
    commissioning.confirm(register, actor, rules, request.POST.dict())


_ACTS: dict[str, Callable[[Till, Actor, HttpRequest], Any]] = {
    "begin": lambda register, actor, request: commissioning.begin(register, actor, request.POST.dict()),
    "confirm": _confirm,
    "resume": lambda register, actor, request: commissioning.resume(register, actor, request.POST.dict()),
    "over": lambda register, actor, _request: commissioning.start_over(register, actor),
    "go": lambda register, actor, _request: commissioning.commission(register, actor),
    "register": lambda register, actor, request: commissioning.register(register, actor, request.POST.dict()),
    "adopt": lambda register, actor, request: adopting.adopt_tse(register, actor, request.POST.get("serial", "")),
    "sign": lambda register, actor, _request: commissioning.sign(register, actor),
}


def _page(request: HttpRequest, wrong: dict[str, str] | None = None) -> HttpResponse:
    register = till()
    view = commissioning.look(register)
    info, rules = view.info, view.rules
    hidden = request.POST.get("do") in ("hide", "confirm")
    context: dict[str, Any] = {
        **frame(request, SECTION),
        "step": view.step,
        "place": _PLACES[view.step],
        "places": [_("TSE einstecken"), _("Geheimzahlen aufschreiben"), _("In Betrieb nehmen"), _("Erste Signatur")],
        "view": view,
        "kind": KINDS.get(view.kind, view.kind),
        "info": info,
        "info_state": STATES.get(info.state) if info else "",
        "expires": day_of(info.certificate_expires) if info else None,
        "why": problem(view.error) if view.error else None,
        "given": [(name, SECRETS[name], rules.length(name)) for name in rules.given] if rules else [],
        "puks": [(name, SECRETS[name]) for name in rules.used if name.endswith("puk")] if rules else [],
        "pins": [(name, SECRETS[name]) for name in rules.used if name.endswith("pin")] if rules else [],
        "slip": _slip(register, view),
        "hidden": hidden and view.step is Step.SHOW,
        "part": commissioning.PART,
        "serial_of_register": register.serial,
        "client": bool(info and info.clients and register.serial in info.clients),
        "demo": register.care is None or register.care.keep_pins is None,
        "wrong": wrong,
        **(report(register) if view.step is Step.DONE else {}),
    }  # fmt: skip
    return render(request, "office/tse/commission.html", context, status=422 if wrong else 200)


def _slip(register: Till, view: View) -> list[tuple[str, Any, str]]:
    """Return the secrets that belong on paper, in groups of digits; only as long as they are not confirmed."""
    pending = register.care.pending if register.care else None
    if view.step is not Step.SHOW or pending is None or view.rules is None:
        return []
    found = []
    for name in commissioning.slip(view.rules):
        digits = getattr(pending.credentials, name).reveal().decode()
        groups = " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))
        found.append((name, SECRETS[name], groups))
    return found
