"""What all pages of figures share: the stretch of days asked for, its words, the moment it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.insights.asking import Live
from smartecr.insights.spans import LENGTHS, LONGEST, Span, around, neighbour
from smartecr.insights.today import minute_now
from smartecr.register import queries
from smartecr.register.till import ZONE
from smartecr.web.ports import till


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for, and when: `today` is the business day, `minute` counts from its midnight."""

    live: Live
    span: Span
    today: date
    now: datetime
    minute: int
    against: str

    @property
    def running(self) -> bool:
        """Tell whether the stretch is not over yet."""
        return self.span.first <= self.today <= self.span.last

    @property
    def words(self) -> str:
        """Return what the stretch is called; a day of another year with its year."""
        words, year = span_words(self.span), self.span.first.year
        return f"{words} {year}" if self.span.days == 1 and year != self.today.year else words

    @property
    def query(self) -> str:
        """Return the stretch as it stands in an address."""
        return urlencode(span_query(self.span) | ({"against": self.against} if self.against != "before" else {}))


def asked(request: HttpRequest, usual: str) -> Asked:
    """Read the stretch out of a request; without one, or with nonsense, the `usual` length around today.

    What begins after today is nonsense.
    """
    register = till()
    now = register.clock().astimezone(ZONE)
    today = date.fromisoformat(queries.business_day(register))
    against = "year" if request.GET.get("against") == "year" else "before"
    span = _span(request, today, usual)
    return Asked(Live(), span, today, now, minute_now(now, today), against)


def _span(request: HttpRequest, today: date, usual: str) -> Span:
    first, last = _day(request.GET.get("from", "")), _day(request.GET.get("to", ""))
    if first and last:
        first, last = min(first, last), max(first, last)
        if first <= today:
            return Span(first, min(last, first + timedelta(days=LONGEST)))
    length = request.GET.get("length", "")
    day = _day(request.GET.get("day", "")) or today
    return around(min(day, today), length if length in LENGTHS else usual)


def _day(text: str) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if 2000 <= day.year < 2200:
            return day
    return None


def span_query(span: Span) -> dict[str, str]:
    """Return the fields of an address that name a stretch."""
    if span.length == "free":
        return {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return {"length": span.length, "day": span.first.isoformat()}


def span_words(span: Span) -> str:
    """Return what a stretch is called: "Montag, 23. November", "16. bis 22. November 2026", "November 2026", "2026"."""
    if span.length == "year" and span == around(span.first, "year"):
        return str(span.first.year)
    if span.length == "month" and span == around(span.first, "month"):
        return date_format(span.first, "F Y")
    if span.days == 1:
        return date_format(span.first, _("l, j. F"))
    begin = (_("j. F Y"), _("j. F"), _("j."))[_alike(span)]
    return _("{first} bis {last}").format(
        first=date_format(span.first, begin), last=date_format(span.last, _("j. F Y"))
    )


def _alike(span: Span) -> int:
    """Return 2 for days of one month, 1 for those of one year, else 0."""
    same_year = span.first.year == span.last.year
    return same_year + (same_year and span.first.month == span.last.month)


def span_dates(span: Span) -> str:
    """Return what a stretch is called at the head of a column: "23.11.2026", "16.–22.11.2026", "November 2026"."""
    if span.days == 1:
        return f"{span.first:%d.%m.%Y}"
    if span in (around(span.first, "month"), around(span.first, "year")):
        return span_words(span)
    begin = ("%d.%m.%Y", "%d.%m.", "%d.")[_alike(span)]
    return f"{span.first:{begin}}–{span.last:%d.%m.%Y}"


def against_words(span: Span, other: Span, moment: str = "") -> str:
    """Return what a stretch compared with is called: "letzten Montag, 14:30", "den Montag vor einem Jahr, 14:30"."""
    back = (span.first - other.first).days
    if other.days == 1 and back in (7, 364):
        weekday = date_format(other.first, "l")
        last = _("letzten {weekday}") if back == 7 else _("den {weekday} vor einem Jahr")
        word = last.format(weekday=weekday)
    else:
        word = span_words(other)
    return f"{word}, {moment}" if moment else word


def chooser(request: HttpRequest, ask: Asked) -> dict[str, Any]:
    """Return the context of `_span.html`: lengths, the stretch before and after, the days themselves."""
    path = request.path
    anchor = min(max(ask.span.first, min(ask.today, ask.span.last)), ask.span.last)
    names = {"day": _("Tag"), "week": _("Woche"), "month": _("Monat"), "year": _("Jahr")}
    after = neighbour(ask.span, 1)
    return {
        "span": ask.span,
        "span_words": ask.words,
        "lengths": [
            {
                "word": names[length],
                "href": f"{path}?{urlencode({'length': length, 'day': anchor.isoformat()})}",
                "chosen": ask.span.length == length,
            }
            for length in LENGTHS
        ],
        "earlier": f"{path}?{urlencode(span_query(neighbour(ask.span, -1)))}",
        "later": f"{path}?{urlencode(span_query(after))}" if after.first <= ask.today else "",
        "now_href": path,
        "running": ask.running,
        "now": ask.now,
    }
