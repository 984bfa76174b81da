"""The guided page that replaces a TSE at the end of its life."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from smartecr.register.errors import RegisterError
from smartecr.register.signing import swapping
from smartecr.register.signing.swapping import Stage
from smartecr.register.till import Till
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right
from smartecr.tse.credentials import Role
from smartecr.tse.errors import TseError
from smartecr.web import meanwhile
from smartecr.web.meanwhile import Fields
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.tse import SECTION, report
from smartecr.web.office.tsewords import problem, size
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of

PLACES = (
    gettext_lazy("Vorbereiten"), gettext_lazy("Daten sichern"), gettext_lazy("Kasse abmelden"),
    gettext_lazy("Neue TSE"), gettext_lazy("Finanzamt"),
)  # fmt: skip
_PLACES = {Stage.EXPORT: 1, Stage.RETIRE: 2, Stage.FINAL: 2, Stage.REPLACE: 3, Stage.REPORT: 4}


@require_http_methods(["GET", "HEAD", "POST"])
@office_only(Right.DEVICES)
def swap(request: HttpRequest) -> HttpResponse:
    """Show the next step; POST does it (`do`)."""
    act = _ACTS.get(request.POST.get("do", ""))
    try:
        swapping.take(till(), actor_of(request))
        if request.method == "POST" and act is not None:
            typed = meanwhile.press(request.POST, _stage, partial(act, till(), actor_of(request), request))
            if typed.crossed:
                return _page(request, {"message": typed.problem({"stage": _("Schritt")}, _stage_told), "next_step": ""})
            return redirect("office:tse-swap")
    except (RegisterError, TseError) as error:
        return _page(request, problem(error))
    return _page(request)


def _stage() -> Fields:
    standing = swapping.standing(till())
    return {"stage": standing.stage if standing else ""}


def _stage_told(_name: str, stage: str) -> str:
    return str(PLACES[_PLACES[Stage(stage)]]) if stage else _("kein Wechsel")


_ACTS: dict[str, Callable[[Till, Actor, HttpRequest], Any]] = {
    "begin": lambda register, actor, _request: swapping.begin(register, actor),
    "export": lambda register, actor, _request: swapping.export(register, actor),
    "retire": lambda register, actor, request: swapping.retire(register, actor, request.POST.get("admin_pin", "")),
    "skip": lambda register, actor, _request: swapping.skip(register, actor),
    "cancel": lambda register, actor, _request: swapping.cancel(register, actor),
    "end": lambda register, actor, request: swapping.end(register, actor, request.POST.get("day", "")),
}


def _page(request: HttpRequest, wrong: dict[str, str] | None = None) -> HttpResponse:
    register = till()
    standing, care = swapping.standing(register), register.care
    proof = care.proof if care else None
    export = (standing.final or standing.exported) if standing else None
    context: dict[str, Any] = {
        **frame(request, SECTION),
        "swap": standing,
        "stage": standing.stage if standing else "",
        "place": _PLACES[standing.stage] if standing else 0,
        "places": PLACES,
        "was": meanwhile.as_shown(_stage()),
        "proof": proof if standing and proof and proof.purpose == f"swap-{standing.stage}" else None,
        "export": export,
        "export_size": size(export.get("size", 0)) if export else "",
        "asks_pin": care is None or care.pin_of(Role.ADMIN) is None,
        "today": register.clock().date().isoformat(),
        **report(register),
        "wrong": wrong,
    }
    return render(request, "office/tse/swap.html", context, status=422 if wrong else 200)


@require_safe
@office_only(Right.DEVICES)
def archive(_request: HttpRequest, name: str) -> HttpResponse:
    """Give an export that lies in the folder for exports, piece by piece."""
    care = till().care
    found = care.exports / name if care else None
    if found is None or "/" in name or name.startswith(".") or not name.endswith(".tar") or not found.is_file():
        raise Http404(name)
    answer = FileResponse(found.open("rb"), as_attachment=True, filename=name, content_type="application/x-tar")
    return cast("HttpResponse", answer)
