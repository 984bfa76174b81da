"""Weekly letters: the newest as a picture, all weeks as PDF."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from smartecr.insights import asking, letter
from smartecr.insights.asking import Live
from smartecr.insights.models import Letter
from smartecr.insights.spans import Span, around
from smartecr.register.till import ZONE, moment
from smartecr.staff.rights import Right
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.insights import asked, span_words
from smartecr.web.office.insights_views import tabs

SHOWN = 26
"""Weeks in the list: half a year."""


@require_safe
@office_only(Right.X_REPORT)
def letters(request: HttpRequest) -> HttpResponse:
    """Show the newest letter and the weeks there are letters for."""
    today = asked(request, "week").today
    weeks = _weeks(today)
    kept = next((one for one in weeks if one["made"]), None)
    context = {**frame(request, "insights"), "name": "letters", "pages": tabs(request), "weeks": weeks, "newest": kept}
    return render(request, "office/insights/letters.html", context)


def _weeks(today: date) -> list[dict[str, Any]]:
    """Return the weeks that are over and had sales, newest first."""
    last = around(today, "week").first - timedelta(days=1)
    span = Span(around(last, "week").first - timedelta(weeks=SHOWN - 1), around(today, "week").last)
    made = dict(Letter.objects.filter(monday__gte=span.first.isoformat()).values_list("monday", "made_at"))
    sums: dict[date, int] = {}
    for day, one in asking.hours(Live(), span, "day").items():
        monday = around(date.fromisoformat(day), "week").first
        sums[monday] = sums.get(monday, 0) + one.revenue_cents
    found = []
    for monday in sorted(sums, reverse=True):
        key = monday.isoformat()
        if monday > last and key not in made:
            continue
        address = reverse("office:letter", args=[key])
        found.append(
            {
                "words": span_words(around(monday, "week")),
                "week": monday.isocalendar().week,
                "cents": sums[monday],
                "made": moment(made[key]).astimezone(ZONE) if key in made else None,
                "address": address,
                "picture": reverse("office:letter-picture", args=[key]),
            }
        )
    return found


@require_safe
@office_only(Right.X_REPORT)
def letter_of(request: HttpRequest, monday: str) -> HttpResponse:
    """Hand out the letter of a week as it was made, or made now for one that has none."""
    week = _monday(monday)
    kept = Letter.objects.filter(monday=week.isoformat()).first()
    ask = asked(request, "week")
    if kept is None and (
        week >= around(ask.today, "week").first or not asking.hours(Live(), around(week, "week"), "day")
    ):
        raise Http404
    pdf = bytes(kept.pdf) if kept else letter.render(week, letter.shop_words(), ask.now)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="wochenbrief-{week.isoformat()}.pdf"'
    return answer


@require_safe
@office_only(Right.X_REPORT)
def picture_of(_request: HttpRequest, monday: str) -> HttpResponse:
    """Show the first page of a kept letter as a picture."""
    week = _monday(monday)
    kept = Letter.objects.filter(monday=week.isoformat()).first()
    if kept is None:
        raise Http404
    at = moment(kept.made_at).astimezone(ZONE)
    return HttpResponse(letter.picture(week, letter.shop_words(), at), content_type="image/png")


def _monday(text: str) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.weekday() == 0 and 2000 <= day.year < 2200:
            return day
    raise Http404
