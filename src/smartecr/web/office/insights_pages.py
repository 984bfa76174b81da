"""The pages of figures: each asks, and returns charts with the tables under them. See `insights_parts`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartecr.core.money import round_half_up
from smartecr.core.records import dataclass
from smartecr.core.vat import label
from smartecr.insights import asking, asking_events
from smartecr.insights.asking import Sums
from smartecr.insights.charts import bars, columns, heat
from smartecr.insights.measure import REVENUE, means_word
from smartecr.insights.tables import COUNT, PERCENT, TEXT, Column, Table
from smartecr.insights.tallies import NOTHING, Tally
from smartecr.staff.rights import Right
from smartecr.web.office.insights import Asked, span_dates, span_words
from smartecr.web.office.insights_ahead import ahead
from smartecr.web.office.insights_customers import customers
from smartecr.web.office.insights_events import kind_words, listing
from smartecr.web.office.insights_odd import odd
from smartecr.web.office.insights_parts import Against, Page, Part, against, strokes
from smartecr.web.office.insights_selling import articles, groups, together
from smartecr.web.templatetags.till import cents

Rows = list[tuple[Any, ...]]
Slots = dict[tuple[int, int], Sums]

SHOWN_EVENTS = 200
"""Events in the list, the newest."""


def hours(ask: Asked) -> Page:
    """When guests come: a heat map of revenue, and columns by hour and by weekday."""
    other = against(ask)
    names = heat.weekdays()
    slots, were = (asking.hours(ask.live, span, "slot") for span in (ask.span, other.span))
    values = {slot: max(0, sums.revenue_cents) for slot, sums in slots.items()}
    words = {
        (weekday, hour): _("{weekday}, {hour} Uhr: {cents} €, {count} Bons").format(
            weekday=names[weekday], hour=hour, cents=cents(sums.revenue_cents), count=sums.receipts
        )
        for (weekday, hour), sums in slots.items()
    }
    title = _("Umsatz je Stunde und Wochentag")
    hours_found = sorted({hour for _weekday, hour in slots}, key=lambda hour: (hour < 4, hour))
    table = Table(
        key="slots",
        title=title,
        columns=(Column(_("Stunde"), TEXT), *(Column(name) for name in names)),
        rows=[
            (
                _("{hour} Uhr").format(hour=hour),
                *(slots[day, hour].revenue_cents if (day, hour) in slots else 0 for day in range(7)),
            )
            for hour in hours_found
        ],
    )
    wide, narrow = (heat.draw(values, title, words, None, width) for width in (560, 320))
    lead = _("Am meisten: {slot}").format(slot=words[wide.peak]) if wide.peak else ""
    return Page(
        parts=[
            Part(table=table, wide=wide.svg, narrow=narrow.svg, lead=lead, half=True),
            _by(other, slots, were, 0, _("Nach Wochentag"), lambda key: names[key], range(7)),
            _by(other, slots, were, 1, _("Nach Stunde"), lambda key: _("{hour} Uhr").format(hour=key), hours_found),
        ]
    )


def _by(
    other: Against, slots: Slots, were: Slots, place: int, title: str, word: Callable[[Any], str], keys: Any
) -> Part:
    """Return columns by weekday (`place` 0) or hour (1)."""
    sums, was, by = asking.folded(slots, place), asking.folded(were, place), ("weekday", "hour")[place]
    rows: Rows = []
    drawn = []
    for key in keys:
        one, then = sums.get(key, Sums()), was.get(key, Sums())
        rows.append(
            (word(key), one.receipts, one.revenue_cents, one.average_cents,
             *other.cells(one.revenue_cents, then.revenue_cents))
        )  # fmt: skip
        hover = f"{word(key)}: {cents(one.revenue_cents)} €"
        short = str(key) if by == "hour" else word(key)
        drawn.append(columns.Column(short, one.revenue_cents, (other.tells and then.revenue_cents) or None, hover))
    table = Table(
        key=by,
        title=title,
        columns=(
            Column(_("Stunde") if by == "hour" else _("Wochentag"), TEXT), Column(_("Bons"), COUNT),
            Column(_("Umsatz")), Column(_("je Bon")), *other.columns,
        ),
        rows=rows if sums or (was and other.tells) else [],
    )  # fmt: skip
    half = by == "weekday"
    wide = columns.draw(drawn, title, 500 if half else 1000, 260)
    lead = strokes(span_words(other.span)) if any(one.before for one in drawn) else ""
    return Part(table=table, wide=wide, narrow=columns.draw(drawn, title, 320, 180), half=half, lead=lead)


def people(ask: Asked) -> Page:
    """Who sold what, and how often somebody took something back or gave a discount."""
    found = asking.hours(ask.live, ask.span, "person")
    other = against(ask)
    was = asking.hours(ask.live, other.span, "person")
    voids: Counter[str] = Counter()
    given: dict[str, Tally] = {}
    for (person, kind), tally in asking_events.tallies(ask.live, ask.span, "person").items():
        if kind in ("line_void", "late_void"):
            voids[person] += tally.count
        elif kind == "discount":
            given[person] = tally
    ordered = sorted(found.items(), key=lambda item: -item[1].revenue_cents)
    rows: Rows = []
    for person, sums in ordered:
        then, off = was.get(person, Sums()).revenue_cents, given.get(person, NOTHING)
        rows.append(
            (sums.name, sums.receipts, sums.revenue_cents, sums.average_cents, off.count, off.cents,
             voids[person], sums.refunds, *other.cells(sums.revenue_cents, then))
        )  # fmt: skip
    every = asking.hours(ask.live, ask.span, "all").get("", Sums())
    earlier, off = sum(one.revenue_cents for one in was.values()), sum(given.values(), NOTHING)
    total = (
        _("Zusammen"), every.receipts, every.revenue_cents, every.average_cents, off.count, off.cents,
        voids.total(), every.refunds, *other.cells(every.revenue_cents, earlier),
    )  # fmt: skip
    table = Table(
        key="people",
        title=_("Team"),
        columns=(
            Column(_("Wer"), TEXT), Column(_("Bons"), COUNT), Column(_("Umsatz")), Column(_("je Bon")),
            Column(_("Bons mit Rabatt von Hand"), COUNT), Column(_("Rabatt von Hand")),
            Column(_("Zeilen storniert"), COUNT), Column(_("Bons storniert"), COUNT), *other.columns,
        ),
        rows=rows,
        total=total if rows else None,
    )  # fmt: skip
    return Page(parts=[Part(table=table)])


def means(ask: Asked) -> Page:
    """Wie bezahlt wird, mit Marken."""
    found = asking.means(ask.live, ask.span)
    other = against(ask)
    was = asking.means(ask.live, other.span)
    ordered = sorted(found.items(), key=lambda item: -item[1][1])
    total, earlier = (sum(paid for _count, paid in one.values()) for one in (found, was))
    most = max((paid for _count, paid in found.values()), default=0)
    rows: Rows = []
    for (kind, name), (count, paid) in ordered:
        then = was.get((kind, name), (0, 0))[1]
        share = round_half_up(paid * 10_000, total) if total > 0 else None
        rows.append((means_word(kind, name), count, paid, share, *other.cells(paid, then)))
    table = Table(
        key="means",
        title=_("Zahlarten"),
        columns=(Column(_("Zahlart"), TEXT), Column(_("Zahlungen"), COUNT), Column(_("Betrag")),
                 Column(_("Anteil"), PERCENT), *other.columns),
        rows=rows,
        total=(_("Zusammen"), sum(count for count, _paid in found.values()), total, None,
               *other.cells(total, earlier)) if rows else None,
        bars=[bars.bar(paid, most, "c-plain") for _key, (_count, paid) in ordered],
        note=_("Mit Pfand und Gutscheinen: so viel wurde bezahlt."),
    )  # fmt: skip
    return Page(parts=[Part(table=table)])


def vat(ask: Asked) -> Page:
    """Umsatzsteuer, im Haus und außer Haus, and how revenue becomes the turnover of the books."""
    taxed = asking.vat(ask.live, ask.span)
    tax = Table(
        key="vat",
        title=_("Umsatzsteuer"),
        columns=(Column(_("Satz"), TEXT), Column(_("Brutto")), Column(_("Netto")), Column(_("Steuer"))),
        rows=[(label(key, rate), gross, net, due) for key, rate, gross, net, due in taxed],
        total=(_("Zusammen"), *(sum(row[place] for row in taxed) for place in (2, 3, 4))) if taxed else None,
        note=_("Netto und Steuer sind die Summen der Kassenabschlüsse."),
    )
    rows = asking.articles(ask.live, ask.span)
    return Page(parts=[Part(table=tax), Part(table=_sides(rows), half=True), Part(table=_books(rows), half=True)],
                compares=False)  # fmt: skip


def _sides(rows: list[asking.ArticleRow]) -> Table:
    sums = dict.fromkeys(("y", "n", ""), 0)
    for row in rows:
        if row.gv_typ in REVENUE:
            sums[row.in_house] += row.revenue_cents
    total = sum(sums.values())
    words = {"y": _("Im Haus"), "n": _("Außer Haus"), "": _("Ohne Unterschied")}
    return Table(
        key="sides",
        title=_("Im Haus und außer Haus"),
        columns=(Column(_("Wo"), TEXT), Column(_("Umsatz")), Column(_("Anteil"), PERCENT)),
        rows=[(words[side], value, round_half_up(value * 10_000, total) if total > 0 else None)
              for side, value in sums.items() if value],
        total=(_("Zusammen"), total, None) if total else None,
    )  # fmt: skip


def _books(rows: list[asking.ArticleRow]) -> Table:
    """Return the way from revenue as shown here to the turnover of the closings."""
    sums = asking.sides(rows)
    words = {"revenue": _("Umsatz, wie er hier steht"), "deposit": _("Pfand"), "voucher": _("Gutscheine"),
             "other": _("Sonstiges")}  # fmt: skip
    shown = [(words[side], sums[side]) for side in words if sums[side] or side == "revenue"]
    return Table(
        key="books",
        title=_("Bis zum Umsatz der Bücher"),
        columns=(Column(_("Was"), TEXT), Column(_("Betrag"))),
        rows=list(shown),
        total=(_("Umsatz laut Kassenabschlüssen"), sum(value for _word, value in shown)),
        note=_("Bewegtes Bargeld (Wechselgeld, Einlagen, Entnahmen) ist kein Umsatz."),
    )


def given_away(ask: Asked) -> Page:
    """Discounts and voids: how many, how much, by whom."""
    kinds = kind_words()
    found = asking_events.tallies(ask.live, ask.span, "kind")
    other = against(ask)
    was = asking_events.tallies(ask.live, other.span, "kind")
    rows: Rows = []
    for kind, word in kinds.items():
        now = found.get(kind, NOTHING)
        then = (was.get(kind, NOTHING).count,) if other.tells else ()
        rows.append((word, now.count, now.cents or None, *then))
    promotions = asking.hours(ask.live, ask.span, "all").get("", Sums()).promotion_cents
    if promotions:
        rows.append((_("Aktionen, von selbst gegeben"), None, promotions, *((None,) if other.tells else ())))
    sums = Table(
        key="given",
        title=_("Rabatte und Stornos"),
        columns=(Column(_("Was"), TEXT), Column(_("Anzahl"), COUNT), Column(_("Betrag")),
                 *((Column(span_dates(other.span), COUNT),) if other.tells else ())),
        rows=rows,
    )  # fmt: skip
    told = [kind for kind in kinds if kind != "abort"]
    newest = asking_events.events(ask.live, ask.span, told, newest=SHOWN_EVENTS)
    return Page(parts=[Part(table=sums), Part(table=listing(reversed(newest)))])


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the list of pages."""

    word: Promise | str
    make: Callable[[Asked], Page]
    usual: str = "month"
    right: Right = Right.X_REPORT


PAGES: dict[str, Entry] = {
    "hours": Entry(gettext_lazy("Zeiten"), hours),
    "articles": Entry(gettext_lazy("Artikel"), articles),
    "groups": Entry(gettext_lazy("Gruppen"), groups),
    "together": Entry(gettext_lazy("Warenkörbe"), together),
    "people": Entry(gettext_lazy("Team"), people),
    "customers": Entry(gettext_lazy("Kunden"), customers, right=Right.CUSTOMERS),
    "means": Entry(gettext_lazy("Zahlarten"), means),
    "vat": Entry(gettext_lazy("Steuer"), vat),
    "given": Entry(gettext_lazy("Rabatte, Stornos"), given_away),
    "odd": Entry(gettext_lazy("Auffälliges"), odd, "year"),
    "ahead": Entry(gettext_lazy("Prognose"), ahead),
}
