"""The page of the coming days: what to expect, and how far off such expectations were."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from smartecr.insights import abc, asking, forecast
from smartecr.insights.charts import columns
from smartecr.insights.letter import honesty
from smartecr.insights.spans import Span
from smartecr.insights.tables import PERCENT, QUANTITY, TEXT, Column, Table
from smartecr.web.office.insights import Asked
from smartecr.web.office.insights_parts import Page, Part
from smartecr.web.templatetags.till import cents

SHOWN_PAST = 14
HISTORY_DAYS = 7 * (2 * forecast.WEEKS + 2)
TOP = 15


def ahead(ask: Asked) -> Page:
    """What the coming days will bring, and how many of the top articles they will take."""
    history = Span(ask.today - timedelta(days=HISTORY_DAYS), ask.today)
    sold = {date.fromisoformat(day): sums.revenue_cents for day, sums in asking.hours(ask.live, history, "day").items()}
    found = forecast.forecast(sold, ask.today)
    if found is None:
        return Page(lead=_("Eine Prognose braucht vier Wochen Verkauf. Bis dahin steht hier nichts Erfundenes."),
                    compares=False, chooses=False)  # fmt: skip
    return Page(
        parts=[_days(sold, found, ask.today), Part(table=_articles(ask, history))],
        lead=honesty(found.errors),
        compares=False,
        chooses=False,
    )


def _days(sold: dict[date, int], found: forecast.Forecast, today: date) -> Part:
    drawn = []
    for back in range(SHOWN_PAST, 0, -1):
        day = today - timedelta(days=back)
        value = sold.get(day, 0)
        drawn.append(
            columns.Column(date_format(day, "D"), value, None, f"{date_format(day, _('l, j. F'))}: {cents(value)} €")
        )
    for one in found.days:
        hover = _("{day}: etwa {value} €, meist {low} bis {high} €").format(
            day=date_format(one.day, _("l, j. F")), value=cents(one.value), low=cents(one.low), high=cents(one.high)
        )
        drawn.append(columns.Column(date_format(one.day, "D"), one.value, None, hover, "next", one.low, one.high))
    title = _("Sieben Tage ab heute, davor die letzten zwei Wochen")
    table = Table(
        key="days",
        title=title,
        columns=(Column(_("Tag"), TEXT), Column(_("Prognose")), Column(_("meist von")), Column(_("bis")),
                 Column(_("Eine Woche vorher"))),
        rows=[
            (date_format(one.day, _("l, j. F")), one.value, one.low, one.high, sold.get(one.day - timedelta(weeks=1)))
            for one in found.days
        ],
        note=_("Median der letzten acht gleichen Wochentage, halb an die letzten vierzehn Tage angeglichen. Die Spanne "
               "hielt acht von zehn vergangenen Tagen. Feiertage und Wetter kennt sie nicht."),
    )  # fmt: skip
    return Part(table=table, wide=columns.draw(drawn, title, 900, 260), narrow=columns.draw(drawn, title, 326, 180))


def _articles(ask: Asked, history: Span) -> Table:
    """Return what the top articles of four weeks will sell from today on, with each one's past error."""
    month = Span(ask.today - timedelta(days=28), ask.today - timedelta(days=1))
    top = [one for one in abc.selling(asking.articles(ask.live, month)) if one.name][:TOP]
    days = asking.article_days(ask.live, history, [one.key for one in top])
    rows = []
    for one in top:
        sold = {date.fromisoformat(day): quantity for day, quantity in days.get(one.key, {}).items()}
        found = forecast.forecast(sold, ask.today)
        if found is not None:
            week = sum(sold.get(ask.today - timedelta(days=back), 0) for back in range(1, 8))
            expected = round(sum(day.value for day in found.days), -3)
            rows.append((one.name.replace("\u00ad", ""), expected, week, found.errors.own_bp, found.errors.same_bp))
    return Table(
        key="articles",
        title=_("Artikel, sieben Tage ab heute"),
        columns=(Column(_("Artikel"), TEXT), Column(_("Prognose"), QUANTITY), Column(_("letzte sieben Tage"), QUANTITY),
                 Column(_("daneben je Tag"), PERCENT), Column(_("„wie letzte Woche“ daneben"), PERCENT)),
        rows=rows,
        note=_("Einzelne Artikel schwanken von Tag zu Tag; über die Woche gleicht sich viel aus."),
    )  # fmt: skip
