"""The office's first page: how the day (week, month, year) stands, and what wants a look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from smartecr.catalog.models import Group
from smartecr.core.money import format_percent
from smartecr.insights import abc, asking, today
from smartecr.insights.charts import bars, columns, course, heat, tank
from smartecr.insights.measure import means_word
from smartecr.insights.spans import Span, around
from smartecr.insights.tables import TEXT, Column, Table, thousands
from smartecr.insights.today import Standing
from smartecr.register.books import bookproof, closing
from smartecr.staff.rights import Right
from smartecr.tse.api import TseInfo
from smartecr.tse.gauge import Reading, gauge
from smartecr.web.office import insights_odd
from smartecr.web.office.access import office_only
from smartecr.web.office.frame import frame
from smartecr.web.office.insights import Asked, against_words, asked, chooser, span_dates, span_words
from smartecr.web.office.insights_parts import strokes
from smartecr.web.office.tsewords import day_of
from smartecr.web.ports import till
from smartecr.web.templatetags.till import cents, hue
from smartecr.web.till.screen import local
from smartecr.web.till.words import said

SHOWN = 9
"""Articles in the list of what carries the shop."""

CARRIES_DAYS = 30
CERTIFICATE_DAYS = 5 * 365
"""How long a TSE's certificate usually runs: the full mark of the tank where only its end is known."""

CARD = ("ECKarte", "Kreditkarte")
HUES = {"Karte": 225, "Bar": 92, "ElZahlungsdienstleister": 165, "Guthabenkarte": 355}


@require_safe
@office_only(Right.X_REPORT)
def page(request: HttpRequest) -> HttpResponse:
    """Show how a stretch stands; the page fetches itself anew when a receipt was written."""
    ask = asked(request, "day")
    context = {
        **frame(request, "today"),
        **chooser(request, ask),
        "address": request.get_full_path(),
        **_revenue(ask),
        **_busy(ask),
        **_carries(ask),
        "means": _means(ask),
        "tank": _tank(),
        "books": _books(),
        "odd": insights_odd.lately(ask),
    }
    return render(request, "office/insights/today.html", context)


def _revenue(ask: Asked) -> dict[str, Any]:
    stand = today.standing(ask.live, ask.span, ask.today, ask.minute)
    moment = f"{ask.now:%H:%M}" if ask.running else ""
    year = today.standing(ask.live, ask.span, ask.today, ask.minute, year=True) if ask.span.length != "year" else None
    if ask.span.days == 1:
        chart, table = _day_chart(ask)
    else:
        chart, table = _days_chart(ask, stand)
    return {
        "stand": stand,
        "difference": _difference(stand, moment),
        "year_difference": _difference(year, moment) if year else None,
        "receipts": thousands(stand.sums.receipts),
        "charts": chart,
        "table": table,
    }


def _difference(stand: Standing, moment: str) -> dict[str, str] | None:
    """Return the figure and the words of a comparison, None where there is nothing to compare with."""
    if stand.against is None:
        return None
    sign = "+" if stand.difference >= 0 else ""
    change = ""
    if stand.change_bp is not None:
        change = f" ({'+' if stand.change_bp >= 0 else ''}{format_percent(round(stand.change_bp, -1))})"
    return {
        "figure": f"{sign}{cents(stand.difference)} €{change}",
        "words": _("gegen {what}").format(what=against_words(stand.span, stand.other, moment)),
    }


def _day_chart(ask: Asked) -> tuple[dict[str, str] | None, Table]:
    day = ask.span.first
    found = today.course(ask.live, day, ask.minute if ask.running else None)
    words = (Column(_("Uhrzeit"), TEXT), Column(_("Umsatz bis dahin")), Column(_("Eine Woche vorher")))
    if found is None:
        return None, Table(key="course", title=_("Umsatz"), columns=words, rows=[])
    name = _("letzter {weekday}").format(weekday=date_format(day - timedelta(weeks=1), "l"))
    if not ask.running:
        name = date_format(day - timedelta(weeks=1), _("j. F"))
    title = _("Umsatz im Lauf des Tages, dahinter die übliche Spanne der letzten acht Wochen ohne besten und "
              "schwächsten Tag")  # fmt: skip
    before = dict(found.last_week)
    rows = [
        (f"{minute // 60 % 24}:{minute % 60:02d}", total, before.get(minute))
        for minute, total in found.today
        if minute % 60 == 0 or minute == found.now
    ]
    charts = {
        "wide": course.draw(found, title, name, 720, 270),
        "narrow": course.draw(found, title, name, 326, 150),
    }
    return charts, Table(key="course", title=_("Umsatz"), columns=words, rows=rows)


def _days_chart(ask: Asked, stand: Standing) -> tuple[dict[str, str], Table]:
    """Return columns by day, for a year by month, each with a mark where the stretch compared with stood."""
    sums = asking.hours(ask.live, ask.span, "day")
    other = asking.hours(ask.live, stand.other, "day")
    yearly = ask.span.days > 62
    pairs = _months(ask.span, stand.other) if yearly else _paired(ask.span, stand.other)
    bars_of, rows = [], []
    for one, compared in pairs:
        value = sum(sums[day.isoformat()].revenue_cents for day in one if day.isoformat() in sums)
        was = sum(other[day.isoformat()].revenue_cents for day in compared if day.isoformat() in other)
        word = date_format(one.first, "M") if yearly else date_format(one.first, "D" if ask.span.days <= 7 else _("j."))
        long = date_format(one.first, "F Y" if yearly else _("l, j. F"))
        kind = "now" if one.first <= ask.today <= one.last else ""
        title = f"{long}: {cents(value)} €"
        bars_of.append(columns.Column(word, value, was or None, title, kind))
        rows.append((long, value, was or None))
    title = _("Umsatz {span}, Striche: {other}").format(span=span_words(ask.span), other=span_words(stand.other))
    charts = {
        "wide": columns.draw(bars_of, title, 720, 250),
        "narrow": columns.draw(bars_of, title, 326, 160),
        "strokes": strokes(span_words(stand.other)) if any(one.before for one in bars_of) else "",
    }
    words = (Column(_("Monat") if yearly else _("Tag"), TEXT), Column(_("Umsatz")), Column(span_dates(stand.other)))
    return charts, Table(key="course", title=_("Umsatz"), columns=words, rows=rows)


def _paired(span: Span, other: Span) -> list[tuple[Span, Span]]:
    days = list(other)
    nothing = Span(date(1999, 1, 1), date(1999, 1, 1))
    return [
        (Span(day, day), Span(days[place], days[place]) if place < len(days) else nothing)
        for place, day in enumerate(span)
    ]


def _months(span: Span, other: Span) -> list[tuple[Span, Span]]:
    return [
        (around(date(span.first.year, month, 1), "month"), around(date(other.first.year, month, 1), "month"))
        for month in range(1, 13)
    ]


def _busy(ask: Asked) -> dict[str, Any]:
    sums, weeks = today.usual_hours(ask.live, ask.today)
    values = {slot: one.receipts for slot, one in sums.items()}
    names = heat.weekdays()
    words = {
        (weekday, hour): _("{weekday}, {hour} Uhr: {average} Bons").format(
            weekday=names[weekday], hour=hour, average=_tenths(count, weeks)
        )
        for (weekday, hour), count in values.items()
    }
    now = (ask.today.weekday(), ask.now.hour)
    title = _("Bons je Stunde und Wochentag, im Schnitt der letzten Wochen")
    wide, narrow = (heat.draw(values, title, words, now, width) for width in (440, 320))
    peak = ""
    if wide.peak is not None:
        peak = _("Spitze: {weekday}, {hour} Uhr").format(weekday=names[wide.peak[0]], hour=wide.peak[1])
    hours = sorted({hour for _weekday, hour in values})
    table = Table(
        key="busy",
        title=_("Bons je Stunde"),
        columns=(Column(_("Stunde"), TEXT), *(Column(name, TEXT) for name in names)),
        rows=[
            (
                _("{hour} Uhr").format(hour=hour),
                *(_tenths(values.get((weekday, hour), 0), weeks) for weekday in range(7)),
            )
            for hour in hours
        ],
    )
    return {
        "heat": wide,
        "heat_narrow": narrow,
        "heat_most": _tenths(wide.most, weeks),
        "heat_peak": peak,
        "heat_table": table,
        "heat_steps": range(heat.STEPS + 1),
        "heat_weeks": weeks,
    }


def _tenths(count: int, weeks: int) -> str:
    """Return a count over some weeks as receipts a day ("12,5")."""
    whole, rest = divmod((10 * count + weeks // 2) // max(1, weeks), 10)
    return f"{whole},{rest}" if rest else str(whole)


def _carries(ask: Asked) -> dict[str, Any]:
    last = min(ask.today, max(ask.span.last, ask.span.first))
    span = Span(last - timedelta(days=CARRIES_DAYS - 1), last)
    ordered = [one for one in abc.selling(asking.articles(ask.live, span)) if one.revenue_cents > 0]
    hues = dict(Group.objects.values_list("id", "hue"))
    most = ordered[0].revenue_cents if ordered else 0
    return {
        "carrying": [
            {
                "letter": one.letter,
                "name": one.name,
                "cents": one.revenue_cents,
                "bar": bars.bar(one.revenue_cents, most, f"c-tint {hue(hues.get(one.group_id, 84))}", 110),
            }
            for one in ordered[:SHOWN]
        ],
        "carrying_a": abc.class_a(ordered),
        "carrying_all": len(ordered),
        "carrying_days": CARRIES_DAYS,
    }


def _means(ask: Asked) -> dict[str, Any]:
    """Return the means of payment of the stretch: all cards as one, the rest by kind."""
    sums: dict[str, int] = {}
    for (kind, _name), (_count, paid) in asking.means(ask.live, ask.span).items():
        key = "Karte" if kind in CARD else kind
        sums[key] = sums.get(key, 0) + paid
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    classes = {key: f"c-tint {hue(HUES.get(key, 305))}" for key, _paid in ordered}
    return {
        "bar": bars.stack([(paid, classes[key]) for key, paid in ordered]),
        "rows": [
            {"word": _("Karte") if key == "Karte" else means_word(key, ""), "cents": paid,
             "spot": bars.bar(1, 1, classes[key], 12)}
            for key, paid in ordered
        ],
    }  # fmt: skip


def _tank() -> dict[str, Any]:
    """Return what the TSE's tank shows; of a device that does not answer only its sentence."""
    register = till()
    state = register.tse.state
    info = register.tse.known if state.level != "bad" else None
    if info is None:
        return {"sentence": said(state.message)}
    now = int(register.clock().timestamp())
    gauges = register.care.gauges if register.care else None
    read = gauges.read(info, now) if gauges else gauge([Reading.of(info, now)], info.certificate_expires, now)
    signed, stored = _used(info.max_signatures, info.signatures_remaining), _stored(info)
    left = [100 - used for used in (signed, stored) if used is not None]
    if info.certificate_expires:
        left.append(max(0, min(100, (info.certificate_expires - now) // 864 // CERTIFICATE_DAYS)))
    days = [one for one in (read.storage_days, read.signature_days, read.certificate_days) if one is not None]
    fill = min(left, default=None)
    title = _("TSE: {percent} % übrig").format(percent=fill)
    return {
        "name": _("Test-TSE") if info.is_test else info.description,
        "warning": said(read.text),
        "until": date.fromordinal(register.clock().date().toordinal() + min(days)) if days else None,
        "expires": day_of(info.certificate_expires) if info.certificate_expires else None,
        "signed": signed,
        "stored": stored,
        "chart": "" if fill is None else tank.draw(fill, title, _("leer"), _("voll")),
        "sentence": said(state.message),
    }


def _used(most: int | None, left: int | None) -> int | None:
    """Return how many of a hundred signatures are used, None where the device does not say."""
    return 100 - 100 * left // most if most and left is not None else None


def _stored(info: TseInfo) -> int | None:
    """Return how many of a hundred bytes are taken, None where the device does not say."""
    known = info.storage_total and info.storage_used is not None
    return round(100 * info.storage_used / info.storage_total) if known else None  # type: ignore[operator]


def _books() -> dict[str, Any]:
    """Return how the last proof of the books ended, if there was one, and the last closing."""
    register = till()
    proof, newest = bookproof.last(register.register_id), closing.closings(register, 1)
    return {"proof": proof, "at": local(proof.at) if proof else None, "closing": newest[0] if newest else None}
