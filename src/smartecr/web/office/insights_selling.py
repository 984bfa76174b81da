"""Pages of what is sold: articles with ABC and margin, slow movers, groups, what is bought together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog.models import Article, Group
from smartecr.insights import abc, asking, baskets, pairing
from smartecr.insights.charts import bars
from smartecr.insights.tables import COUNT, PERCENT, QUANTITY, TEXT, Column, Table
from smartecr.web.office.insights import Asked
from smartecr.web.office.insights_parts import Against, Page, Part, against
from smartecr.web.templatetags.till import hue


def articles(ask: Asked) -> Page:
    """Which articles carry the shop, which hardly move, and what stays where the cost is known."""
    found = abc.selling(asking.articles(ask.live, ask.span))
    other = against(ask)
    was = {one.key: one.revenue_cents for one in abc.selling(asking.articles(ask.live, other.span))}
    lead = _("{few} von {all} Artikeln bringen 80 % des Umsatzes.").format(
        few=abc.class_a(found), all=sum(one.revenue_cents > 0 for one in found)
    )
    table = _selling(other, "articles", _("Artikel"), _("Artikel"), found, was)
    table.marks = [f'<b class="letter letter-{one.letter}">{one.letter}</b>' for one in found]
    return Page(parts=[Part(table=table), Part(table=_slow(found))], lead=lead)


def _selling(
    other: Against,
    key: str,
    title: str,
    word: str,
    found: list[abc.Selling],
    was: Mapping[str, int],
    uncounted: Collection[str] = (),
) -> Table:
    """Return a table of articles or groups; those `uncounted` have no quantity."""
    hues = dict(Group.objects.values_list("id", "hue"))
    most = max((one.revenue_cents for one in found), default=0)
    known = any(one.margin_cents is not None for one in found)
    margin = (Column(_("Rohertrag")), Column(_("Marge"), PERCENT)) if known else ()

    def row(one: abc.Selling) -> tuple[Any, ...]:
        stays = (one.margin_cents, one.margin_bp) if known else ()
        quantity = None if one.key in uncounted else one.quantity
        return (_name(one), quantity, one.revenue_cents, *stays, *other.cells(one.revenue_cents, was.get(one.key, 0)))

    total = sum(one.revenue_cents for one in found)
    stays_all = (sum(one.margin_cents or 0 for one in found), None) if known else ()
    note = ""
    if known and total > 0:
        covered = round(100 * sum(one.known_cents for one in found) / total)
        note = _("Rohertrag: Netto-Umsatz weniger Einkauf, wo der Einkaufspreis bekannt ist ({percent} % des Umsatzes)."
                 ).format(percent=covered)  # fmt: skip
    return Table(
        key=key,
        title=title,
        columns=(Column(word, TEXT), Column(_("Menge"), QUANTITY), Column(_("Umsatz")), *margin, *other.columns),
        rows=[row(one) for one in found],
        total=(_("Zusammen"), None, total, *stays_all, *other.cells(total, sum(was.values()))) if found else None,
        faces=[one.name or _name(one) for one in found],
        bars=[bars.bar(one.revenue_cents, most, f"c-tint {hue(hues.get(one.group_id, 84))}") for one in found],
        note=note,
    )


def _name(one: abc.Selling) -> str:
    if one.name:
        return one.name.replace("\u00ad", "")
    return _("Rabatte auf ganze Bons") if not one.group_id else _("Ohne Namen")


def _slow(found: list[abc.Selling]) -> Table:
    """Return articles on sale that sold least in the stretch, those not at all first."""
    sold = {one.key: one for one in found}
    rows = []
    offered = Article.objects.filter(active=True, gv_typ="Umsatz").order_by("number")
    for article, name, number in offered.values_list("id", "name", "number"):
        one = sold.get(article)
        rows.append((name.replace("\u00ad", ""), number, one.quantity if one else 0,
                     one.revenue_cents if one else 0))  # fmt: skip
    rows.sort(key=lambda row: (row[3], row[0]))
    return Table(
        key="slow",
        title=_("Ladenhüter"),
        columns=(
            Column(_("Artikel"), TEXT),
            Column(_("Nummer"), TEXT),
            Column(_("Menge"), QUANTITY),
            Column(_("Umsatz")),
        ),
        rows=rows[:20],
        note=_("Die zwanzig Artikel im Sortiment, die am wenigsten eingebracht haben."),
    )  # fmt: skip


def groups(ask: Asked) -> Page:
    """Warengruppen."""
    found = abc.selling(asking.articles(ask.live, ask.span), by_group=True)
    other = against(ask)
    was = {one.key: one.revenue_cents for one in abc.selling(asking.articles(ask.live, other.span), by_group=True)}
    weighed = set(Article.objects.exclude(unit="").values_list("group_id", flat=True))  # pieces and kilograms: no sum
    return Page(parts=[Part(table=_selling(other, "groups", _("Warengruppen"), _("Warengruppe"), found, was, weighed))])


def together(ask: Asked) -> Page:
    """What is bought together."""
    found = baskets.pairs(pairing.counts(ask.live, ask.span, baskets.LEAST))[:30]
    names = dict(Article.objects.values_list("id", "name"))

    def name(article: str) -> str:
        return names.get(article, _("Ohne Namen")).replace("\u00ad", "")

    table = Table(
        key="together",
        title=_("Zusammen gekauft"),
        columns=(
            Column(_("Wer das kauft"), TEXT), Column(_("nimmt auch"), TEXT), Column(_("Bons"), COUNT),
            Column(_("von allen"), PERCENT), Column(_("von denen mit dem ersten"), PERCENT), Column(_("Bindung"), TEXT),
        ),
        rows=[
            (name(pair.one), name(pair.two), pair.receipts, pair.support_bp, pair.confidence_bp,
             f"{pair.lift_hundredths // 100},{pair.lift_hundredths % 100:02d}×")
            for pair in found
        ],
        note=_("Ganze Monate, bei mehr als zweien das Jahr; ab zehn Bons und einem von tausend. Bindung sagt, "
               "wievielmal öfter die beiden zusammenkommen, als wenn jeder für sich gewählt würde; um 1 herum ist es "
               "Zufall."),
    )  # fmt: skip
    return Page(parts=[Part(table=table)], compares=False)
