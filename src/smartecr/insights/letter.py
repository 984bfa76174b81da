"""The weekly letter: what a week brought, held against others, what was odd, what comes. One page.

It is made by itself once the week's last day is closed (`due`), kept as it was made, and can be made anew for any week
(`compose`). Letters name people in findings, so they are kept for a year and no longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smartecr.core.kinds import VOUCHER_SALES
from smartecr.core.money import format_cents, format_percent, round_half_up
from smartecr.insights import abc, asking, asking_events, forecast, paper, today
from smartecr.insights.asking import Live, Sums
from smartecr.insights.charts import columns
from smartecr.insights.measure import VOUCHERS, side_of
from smartecr.insights.models import Letter
from smartecr.insights.odd import finder
from smartecr.insights.spans import Span, around
from smartecr.insights.tables import CHANGE, QUANTITY, TEXT, Column, Table, thousands
from smartecr.insights.today import Standing
from smartecr.register.till import instant
from smartecr.sql import select

KEEP = 53
"""Letters kept: a year."""

TOP, ODD = 10, 3
HISTORY_DAYS = 7 * (2 * forecast.WEEKS + 2)


def due(day: date) -> date | None:
    """Return the Monday of the newest week that is over, closed and without a letter; None without one.

    `day` is the business day. A week is over when its Sunday is closed or past; an open period of it keeps it waiting.
    """
    week = around(day, "week")
    sunday = select("SELECT 1 FROM insights_kept WHERE business_day = %s", [week.last.isoformat()])
    if not sunday:
        week = around(week.first - timedelta(days=1), "week")
    edges = [week.first.isoformat(), week.last.isoformat()]
    if not select("SELECT 1 FROM insights_kept WHERE business_day BETWEEN %s AND %s LIMIT 1", edges):
        return None
    if select("SELECT 1 FROM register_period WHERE closed_at = '' AND business_day BETWEEN %s AND %s", edges):
        return None
    return None if Letter.objects.filter(monday=edges[0]).exists() else week.first


def post(monday: date, shop: str, at: datetime) -> Letter:
    """Make the letter of a week and keep it; the oldest beyond a year go. `at` is now, in the shop's zone."""
    values = {"made_at": instant(at), "pdf": render(monday, shop, at)}
    letter, _made = Letter.objects.update_or_create(monday=monday.isoformat(), defaults=values)
    kept = Letter.objects.order_by("-monday").values_list("monday", flat=True)[:KEEP]
    Letter.objects.exclude(monday__in=list(kept)).delete()
    return letter


def shop_words() -> str:
    """Return what the shop is called, with its line below."""
    return ", ".join(filter(None, next(iter(select("SELECT name, tagline FROM register_shop")), ())))


def render(monday: date, shop: str, at: datetime) -> bytes:
    """Return the letter of the week from `monday` on as PDF."""
    return paper.render("letter", compose(monday, shop, at), at)


def picture(monday: date, shop: str, at: datetime) -> bytes:
    """Return the same page as PNG."""
    return paper.render("letter", compose(monday, shop, at), at, picture=True)


def compose(monday: date, shop: str, at: datetime) -> dict[str, Any]:
    """Return what the letter of a week says, ready for its template."""
    live, week = Live(), around(monday, "week")
    after = week.last + timedelta(days=1)
    stand = today.standing(live, week, after, 0)
    year = today.standing(live, week, after, 0, year=True)
    days = asking.hours(live, week, "day")
    articles = asking.articles(live, week)
    return {
        "title": _("Die Woche vom {span}").format(span=_span(week)),
        "shop": shop,
        "week": _("Wochenbrief, KW {week}").format(week=week.first.isocalendar().week),
        "prose": _prose([stand, year], days, [_like(live, one.other, days) for one in (stand, year)]),
        **_chart(live, week, stand, days),
        "carried": _carried(live, stand.other if _like(live, stand.other, days) else None, articles),
        "facts": {"title": _("In Zahlen"), "rows": _facts(live, week, stand, articles)},
        "odd": _odd(live, week, after),
        "ahead": _ahead(live, after),
        "foot": _(
            "Umsatz brutto, nach Rabatten und Stornos, ohne Pfand und Gutscheinverkauf; aus den Büchern der Kasse."
        ),
        "made": f"{at:%d.%m.%Y, %H:%M}",
    }


def _span(week: Span) -> str:
    first = date_format(week.first, _("j.") if week.first.month == week.last.month else _("j. F"))
    return _("{first} bis {last}").format(first=first, last=date_format(week.last, _("j. F Y")))


def _euros(cents: int) -> str:
    return f"{format_cents(cents)}\u00a0€"


def _percent(bp: int) -> str:
    return format_percent(round(bp, -1)).replace(" ", "\u00a0")


def _like(live: Live, other: Span, days: Mapping[str, Sums]) -> bool:
    """Tell whether a week compared with had as many days, give or take one: a week half closed says nothing."""
    return len(asking.hours(live, other, "day")) >= len(days) - 1 > 0


def _prose(stands: list[Standing], days: Mapping[str, Sums], like: list[bool]) -> str:
    """Return the week in sentences, held against those of the two weeks that are `like` it."""
    sums = stands[0].sums
    if sums.receipts <= 0 and not sums.revenue_cents:
        return _("In dieser Woche wurde nichts verkauft.")
    said = [
        _("{revenue} mit {receipts} Bons, {average} je Bon.").format(
            revenue=_euros(sums.revenue_cents), receipts=thousands(sums.receipts), average=_euros(sums.average_cents)
        )
    ]
    whats = (_("in der Woche davor"), _("in derselben Woche vor einem Jahr"))
    told = [_than(stand, what) for stand, what, same in zip(stands, whats, like, strict=True) if same]
    compared = [text for text in told if text]
    if compared:
        said.append(_("Das sind {compared}.").format(compared=_(" und ").join(compared)))
    best = max(days, key=lambda day: days[day].revenue_cents)
    least = min(days, key=lambda day: days[day].revenue_cents)
    if len(days) > 1:
        said.append(
            _("Der stärkste Tag war {best} mit {most}, der ruhigste {least} mit {fewest}.").format(
                best=_weekday(best), most=_euros(days[best].revenue_cents), least=_weekday(least),
                fewest=_euros(days[least].revenue_cents),
            )
        )  # fmt: skip
    return " ".join(said)


def _weekday(day: str) -> str:
    return date_format(date.fromisoformat(day), "l")


def _than(stand: Standing, what: str) -> str:
    """Return "4,2 % mehr als …", "" where there is nothing to compare with."""
    if stand.change_bp is None:
        return ""
    if abs(stand.change_bp) < 50:
        return _("so viel wie {what}").format(what=what)
    more = _("{percent} mehr als {what}") if stand.change_bp > 0 else _("{percent} weniger als {what}")
    return more.format(percent=_percent(abs(stand.change_bp)), what=what)


def _chart(live: Live, week: Span, stand: Standing, days: Mapping[str, Sums]) -> dict[str, str]:
    other = asking.hours(live, stand.other, "day")
    drawn = []
    for day, before in zip(week, stand.other, strict=True):
        value = days.get(day.isoformat(), Sums()).revenue_cents
        was = other.get(before.isoformat(), Sums()).revenue_cents
        drawn.append(columns.Column(date_format(day, "l"), value, was or None))
    alt = _("Umsatz je Tag, die Striche zeigen die Woche davor")
    legend = _("Säulen: Umsatz je Tag. Striche: dieselben Tage der Woche davor.")
    return {"svg": paper.printed(columns.draw(drawn, alt, 960, 250)), "alt": alt, "legend": legend}


def _carried(live: Live, other: Span | None, rows: list[asking.ArticleRow]) -> dict[str, Any]:
    """Return the articles that brought most, with the change against the week before."""
    before = abc.selling(asking.articles(live, other)) if other else []
    was = {one.key: one.revenue_cents for one in before}
    found = [one for one in abc.selling(rows) if one.name and one.revenue_cents > 0][:TOP]
    table = Table(
        key="carried",
        title=_("Was den Laden trug"),
        columns=(Column(_("Artikel"), TEXT), Column(_("Menge"), QUANTITY), Column(_("Umsatz")),
                 Column(_("zur Vorwoche"), CHANGE)),
        rows=[
            (one.name.replace("\u00ad", ""), one.quantity, one.revenue_cents,
             round_half_up(10_000 * (one.revenue_cents - was[one.key]), was[one.key])
             if was.get(one.key, 0) > 0 else None)
            for one in found
        ],
    )  # fmt: skip
    return {"title": table.title, **paper.cells(table)}


def _facts(live: Live, week: Span, stand: Standing, rows: list[asking.ArticleRow]) -> list[tuple[str, str]]:
    """Return the small figures of the week: word and value."""
    sides: Counter[str] = Counter()
    vouchers: Counter[bool] = Counter()
    for row in rows:
        if row.gv_typ in VOUCHERS:
            vouchers[row.gv_typ in VOUCHER_SALES] += row.revenue_cents
        elif side_of(row.gv_typ) == "revenue":
            sides[row.in_house] += row.revenue_cents
    found = abc.selling(rows)
    known = sum(one.known_net_cents for one in found)
    margin = known - sum(one.cost_cents for one in found)
    paid: Counter[str] = Counter()
    for (kind, _name), (_count, cents) in asking.means(live, week).items():
        paid["Bar" if kind == "Bar" else ""] += cents
    cards = asking.customers(live, week)
    events = asking_events.tallies(live, week, "kind")
    voids = sum(events[kind].count for kind in ("line_void", "late_void") if kind in events)
    revenue, all_paid, asked = stand.sums.revenue_cents, sum(paid.values()), sides["y"] + sides["n"]
    facts = [
        (_("Im Haus"), _share(sides["y"], asked)),
        (_("Außer Haus"), _share(sides["n"], asked)),
        (_("Bar bezahlt"), _share(paid["Bar"], all_paid)),
        (_("Mit Kundenkarte"), _share(sum(row.revenue_cents for row in cards), revenue)),
        (_("Rabatte und Aktionen"), _euros(stand.sums.discount_cents)),
        (_("Bons storniert"), str(stand.sums.refunds)),
        (_("Zeilen storniert"), str(voids)),
    ]
    if known > 0:
        facts.append((_("Rohertrag"), f"{_euros(margin)} ({round(100 * margin / known)}\u00a0%)"))
    if vouchers:
        facts += [
            (_("Gutscheine verkauft"), _euros(vouchers[True])),
            (_("Gutscheine eingelöst"), _euros(-vouchers[False])),
        ]
    return facts


def _share(part: int, whole: int) -> str:
    return _percent(round_half_up(10_000 * part, whole)) if whole > 0 else "–"


def _odd(live: Live, week: Span, after: date) -> dict[str, Any]:
    found = finder.find(finder.gather(live, week, after))
    more = len(found) - ODD
    return {
        "title": _("Was auffiel"),
        "nothing": _("Alles liegt im Rahmen des Üblichen."),
        "found": [
            {"title": one.title, "sentence": one.sentence, "usual": one.usual, "clear": one.clear}
            for one in found[:ODD]
        ],
        "more": ngettext("{count} weiterer Fund steht unter Auswertungen, Auffälliges.",
                         "{count} weitere Funde stehen unter Auswertungen, Auffälliges.", more).format(count=more)
        if more > 0 else "",
    }  # fmt: skip


def _ahead(live: Live, after: date) -> dict[str, Any]:
    """Return what the coming week will bring, as far as four weeks of sales say."""
    history = Span(after - timedelta(days=HISTORY_DAYS), after - timedelta(days=1))
    sold = {date.fromisoformat(day): sums.revenue_cents for day, sums in asking.hours(live, history, "day").items()}
    found = forecast.forecast(sold, after)
    title = _("Was kommt")
    if found is None:
        nothing = _("Eine Prognose braucht vier Wochen Verkauf. Bis dahin steht hier nichts Erfundenes.")
        return {"title": title, "svg": "", "alt": "", "honest": "", "prose": nothing}
    drawn = [
        columns.Column(date_format(one.day, "D"), one.value, None, "", "next", one.low, one.high) for one in found.days
    ]
    value = sum(one.value for one in found.days)
    low, high = _week_range(found)
    prose = _("In den nächsten sieben Tagen etwa {value}, meist {low} bis {high}.").format(
        value=_round(value), low=_round(low), high=_round(high)
    )
    alt = _("Prognose je Tag mit ihrer Spanne")
    svg = paper.printed(columns.draw(drawn, alt, 480, 190))
    return {"title": title, "svg": svg, "alt": alt, "prose": prose, "honest": honesty(found.errors)}


def _week_range(found: forecast.Forecast) -> tuple[int, int]:
    """Return a range for the sum of days: their own ranges, narrower by the root of how many they are."""
    value = sum(one.value for one in found.days)
    below = sum((one.value - one.low) ** 2 for one in found.days)
    above = sum((one.high - one.value) ** 2 for one in found.days)
    return value - round(below**0.5), value + round(above**0.5)


def _round(cents: int) -> str:
    return f"{thousands(round(cents, -4) // 100)}\u00a0€"


def honesty(errors: forecast.Errors) -> str:
    """Return how far off past forecasts were on the days measured, beside "same as last week"; "" without any."""
    if errors.own_bp is None or errors.same_bp is None:
        return ""
    return ngettext(
        "An einem nachgerechneten Tag lag die Prognose {own} daneben, „wie letzte Woche“ {same}.",
        "An {count} nachgerechneten Tagen lag die Prognose im Mittel {own} daneben, „wie letzte Woche“ {same}.",
        errors.days,
    ).format(count=errors.days, own=_percent(errors.own_bp), same=_percent(errors.same_bp))
