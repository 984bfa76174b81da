"""Working times in the office: a person's month, what does not fit the law, corrections, the sheet as CSV and PDF."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from smartecr.catalog.csvcells import guard
from smartecr.core import moments, worktime
from smartecr.core.errors import CoreError
from smartecr.core.records import dataclass
from smartecr.core.worktime import Stamp
from smartecr.printer import pdf
from smartecr.printer.document import Block, Heading, Note, Pair, ReportDocument, Rule
from smartecr.register.errors import RegisterError
from smartecr.register.shop import worktime as times_of
from smartecr.register.shop.worktime import Worked
from smartecr.register.till import ZONE
from smartecr.staff.models import Person
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.ports import till
from smartecr.web.till.access import actor_of
from smartecr.web.till.screen import shop_of
from smartecr.web.till.time import span
from smartecr.web.till.words import said

SECTION = "times"
WARNINGS = {
    "open": gettext_lazy("Das Gehen fehlt. Bitte berichtigen."),
    "long": gettext_lazy("Mehr als zehn Stunden (§\N{NO-BREAK SPACE}3 ArbZG)."),
    "break": gettext_lazy("Zu wenig Pause (§\N{NO-BREAK SPACE}4 ArbZG): 30 Minuten über sechs, 45 über neun Stunden."),
    "rest": gettext_lazy("Weniger als elf Stunden Ruhe davor (§\N{NO-BREAK SPACE}5 ArbZG)."),
}


@dataclass(frozen=True, slots=True)
class Month:
    """A person's month as the page and the files show it."""

    person: Person
    first: date
    shifts: list[Worked]
    total: timedelta

    @property
    def before(self) -> str:
        """Return the month before as "2026-10"."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """Return the month after."""
        return f"{self.first + timedelta(days=32):%Y-%m}"


def _month(person_id: str, text: str) -> Month:
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise Http404(person_id)
    now = till().clock().astimezone(ZONE)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = now.date().replace(day=1)
    shifts = times_of.worked(till(), person.id, first.year, first.month)
    return Month(person, first, shifts, times_of.total(shifts, now))


@require_safe
@office_only(Right.TIMES)
def times(request: HttpRequest) -> HttpResponse:
    """Show a month of `?person=` (the first by default)."""
    return _page(request, request.GET.get("person", ""), request.GET.get("month", ""))


def _page(request: HttpRequest, person_id: str, text: str, problem: str = "", typed: Any = None) -> HttpResponse:
    people = list(Person.objects.order_by("-active", "position", "name"))
    chosen = person_id or (people[0].id if people else "")
    month = _month(chosen, text)
    now = till().clock().astimezone(ZONE)
    context = {
        **frame(request, SECTION),
        "people": people,
        "month": month,
        "title": date_format(month.first, "F Y"),
        "key": f"{month.first:%Y-%m}",
        "rows": [_row(one, now) for one in month.shifts],
        "total": span(month.total),
        "present": [(one, times_of.present(till(), one.id)) for one in people if one.active],
        "problem": problem,
        "typed": typed or {},
        "warned": sum(1 for one in month.shifts if one.warnings),
    }
    return render(request, "office/times.html", context, status=422 if problem else 200)


def _row(one: Worked, now: datetime) -> dict[str, Any]:
    shift = one.shift
    return {
        "came": shift.came,
        "went": shift.went,
        "paused": span(shift.paused),
        "worked": "–" if shift.forgotten else span(shift.worked(now)),
        "going": shift.went is None and not shift.forgotten,
        "breaks": [(begin, end) for begin, end in shift.breaks],
        "warnings": [WARNINGS[key] for key in one.warnings],
        "reason": one.reason,
        "stamps": " ".join(one.stamps),
    }


@require_POST
@office_only(Right.TIMES)
def correct(request: HttpRequest, person_id: str) -> HttpResponse:
    """Write a shift anew (or take it away): day, coming, up to two breaks, going, and the reason."""
    post, text = request.POST, request.POST.get("month", "")
    try:
        stamps = [] if "away" in post else _stamps(post)
        times_of.correct(
            till(), actor_of(request), person_id, post.get("stamps", "").split(), stamps, post.get("reason", "")
        )
    except RegisterError as error:
        return _page(request, person_id, text, f"{said(error.message)} {said(error.next_step)}".strip(), post)
    except CoreError as error:
        return _page(request, person_id, text, said(error.message), post)
    return redirect(f"{reverse('office:times')}?person={person_id}&month={text}")


def _stamps(post: Any) -> list[Stamp]:
    """Return the stamps typed; a time earlier than the one before it is meant for the day after."""
    found: list[Stamp] = []
    names = (("come", worktime.COME), ("pause1", worktime.PAUSE), ("resume1", worktime.RESUME),
             ("pause2", worktime.PAUSE), ("resume2", worktime.RESUME), ("go", worktime.GO))  # fmt: skip
    day = str(post.get("day", "")).strip()
    for name, kind in names:
        clock = str(post.get(name, "")).strip()
        if not clock:
            continue
        at = moments.local(moments.read(f"{day} {clock}"))
        if found and at <= found[-1].at:
            at = moments.local(moments.read(f"{at.date() + timedelta(days=1)} {clock}"))
        found.append(Stamp(kind, at))
    return found


@require_safe
@office_only(Right.TIMES)
def as_csv(request: HttpRequest, person_id: str) -> HttpResponse:
    """Return the month's sheet as CSV."""
    month = _month(person_id, request.GET.get("month", ""))
    now = till().clock().astimezone(ZONE)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        ["Person", "Tag", "Kommen", "Gehen", "Pause (min)", "Arbeitszeit", "Stunden", "Hinweis", "Berichtigt"]
    )
    for one in month.shifts:
        shift = one.shift
        worked = shift.worked(now)
        writer.writerow([
            guard(month.person.name), f"{shift.came:%d.%m.%Y}", f"{shift.came:%H:%M}",
            f"{shift.went:%H:%M}" if shift.went else "", int(shift.paused.total_seconds() // 60),
            "" if shift.forgotten else span(worked).removesuffix(" h"), _hours(worked),
            " ".join(str(WARNINGS[key]) for key in one.warnings), guard(one.reason),
        ])  # fmt: skip
    writer.writerow([guard(month.person.name), "Summe", "", "", "", span(month.total).removesuffix(" h"),
                     _hours(month.total), "", ""])  # fmt: skip
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="arbeitszeit-{month.first:%Y-%m}.csv"'
    return response


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:.2f}".replace(".", ",")


@require_safe
@office_only(Right.TIMES)
def as_pdf(request: HttpRequest, person_id: str) -> HttpResponse:
    """Return the month's sheet as PDF/A, to be signed."""
    month = _month(person_id, request.GET.get("month", ""))
    now = till().clock().astimezone(ZONE)
    head = _("Arbeitszeit {month}").format(month=date_format(month.first, "F Y"))
    blocks: list[Block] = [Heading(shop_of(till()).name, 1), Heading(head, 2), Note(month.person.name), Rule()]
    for one in month.shifts:
        shift = one.shift
        went = f"{shift.went:%H:%M}" if shift.went else "…"
        label = f"{date_format(shift.came, 'D d.m.')} {shift.came:%H:%M}–{went}"
        worked = _("fehlt") if shift.forgotten else span(shift.worked(now))
        paused = _("Pause {time}").format(time=span(shift.paused)) if shift.paused else ""
        blocks.append(Pair(label, f"{paused} {worked}".strip()))
        blocks += [Note(str(WARNINGS[key]), centred=False) for key in one.warnings]
        if one.reason:
            blocks.append(Note(_("Berichtigt: {reason}").format(reason=one.reason), centred=False))
    blocks += [Rule(double=True), Pair(_("Summe"), span(month.total))]
    blocks.append(Note(_("Aufzubewahren: zwei Jahre (§\N{NO-BREAK SPACE}16 Abs. 2 ArbZG)")))
    title = _("Arbeitszeit {month}").format(month=f"{month.first:%Y-%m}")
    document = ReportDocument(title=f"{title} {month.person.name}", blocks=tuple(blocks))
    response = HttpResponse(pdf.render(document, now, "a4"), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="arbeitszeit-{month.first:%Y-%m}.pdf"'
    return response
