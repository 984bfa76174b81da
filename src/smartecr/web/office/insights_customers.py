"""The page of customers: what cards bring, how often they come, who they are.

Names stand on the page alone. What leaves it as a file bears the number of the card: whoever may know can look it up,
a file lying about tells nothing (Art. 5 (1) c, 25 DSGVO). Erased customers are one row without number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from smartecr.core.money import round_half_up
from smartecr.core.vouchers import shown as dashed
from smartecr.insights import asking
from smartecr.insights.asking import CustomerRow, Sums
from smartecr.insights.charts import bars, columns
from smartecr.insights.spans import Span
from smartecr.insights.tables import COUNT, PERCENT, TEXT, Column, Table, shown
from smartecr.register.regulars.vouchers import german
from smartecr.sql import select
from smartecr.web.office.insights import Asked
from smartecr.web.office.insights_parts import Against, Page, Part, against

SHOWN = 100
"""Customers in the list, those who bring most first."""

OFTEN = ((1, 1), (2, 3), (4, 6), (7, 12), (13, 24), (25, 10**6))
"""Visits in the stretch, from and to, by which customers are counted."""


def customers(ask: Asked) -> Page:
    """Who comes back with a card, how often, and what it brings."""
    found = asking.customers(ask.live, ask.span)
    other = against(ask)
    was = asking.cards(ask.live, other.span)
    whole = asking.hours(ask.live, ask.span, "all").get("", Sums())
    before = asking.hours(ask.live, other.span, "all").get("", Sums())
    return Page(
        lead=_lead(ask.span, found, whole),
        parts=[_with_and_without(other, found, was, whole, before), _often(found), _list(ask, other, found)],
    )


def _lead(span: Span, found: Sequence[CustomerRow], whole: Sums) -> str:
    if not found or whole.revenue_cents <= 0:
        return ""
    sql = "SELECT count(*) FROM customers_customer WHERE since BETWEEN %s AND %s"
    ((new,),) = select(sql, [span.first.isoformat(), span.last.isoformat()])
    share = shown(round_half_up(10_000 * sum(row.revenue_cents for row in found), whole.revenue_cents), PERCENT)
    text = ngettext("{count} Karte brachte {share} des Umsatzes, {new} davon ist neu.",
                    "{count} Karten brachten {share} des Umsatzes, {new} davon sind neu.", len(found))  # fmt: skip
    return text.format(count=len(found), share=share.replace(" ", "\u00a0"), new=new)


def _with_and_without(other: Against, found: Sequence[CustomerRow], was: Sums, whole: Sums, before: Sums) -> Part:
    cards = Sums(sum(row.receipts for row in found), sum(row.revenue_cents for row in found))
    others = Sums(whole.receipts - cards.receipts, whole.revenue_cents - cards.revenue_cents)
    rows = []
    for word, one, then in (
        (_("Mit Karte"), cards, was.revenue_cents),
        (_("Ohne Karte"), others, before.revenue_cents - was.revenue_cents),
    ):
        share = round_half_up(10_000 * one.revenue_cents, whole.revenue_cents) if whole.revenue_cents > 0 else None
        rows.append((word, one.receipts, one.revenue_cents, one.average_cents, share,
                     *other.cells(one.revenue_cents, then)))  # fmt: skip
    table = Table(
        key="cards",
        title=_("Mit Karte und ohne"),
        columns=(Column(_("Wer"), TEXT), Column(_("Bons"), COUNT), Column(_("Umsatz")), Column(_("je Bon")),
                 Column(_("Anteil"), PERCENT), *other.columns),
        rows=rows if whole.receipts else [],
    )  # fmt: skip
    return Part(table=table)


def _often(found: Sequence[CustomerRow]) -> Part:
    title = _("Wie oft sie kommen")
    rows, drawn = [], []
    for least, most in OFTEN:
        inside = [row for row in found if least <= row.receipts <= most]
        word = str(least) if least == most else f"{least}+" if most >= 10**6 else f"{least}–{most}"
        revenue = sum(row.revenue_cents for row in inside)
        rows.append((word, len(inside), revenue, sum(row.receipts for row in inside)))
        hover = _("{word} Besuche: {count} Karten").format(word=word, count=len(inside))
        drawn.append(columns.Column(word, len(inside), None, hover))
    table = Table(
        key="often",
        title=title,
        columns=(Column(_("Besuche"), TEXT), Column(_("Karten"), COUNT), Column(_("Umsatz")), Column(_("Bons"), COUNT)),
        rows=rows if found else [],
    )
    wide, narrow = (columns.draw(drawn, title, *size, label=str, unit=1) for size in ((1000, 220), (320, 180)))
    return Part(table=table, wide=wide, narrow=narrow)


def _list(ask: Asked, other: Against, found: Sequence[CustomerRow]) -> Part:
    there = {key for (key,) in select("SELECT customer_id FROM customers_person")}
    known = list(islice((row for row in found if row.customer_id in there), SHOWN))
    gone = [row for row in found if row.customer_id not in there]
    then = {row.customer_id: row for row in asking.customers(ask.live, other.span, _ids([*known, *gone]))}
    people = _people(_ids(known))
    page = reverse("office:customer", args=["0" * 32])
    rows = [_row(other, dashed(people[row.customer_id][0]), row, then.get(row.customer_id)) for row in known]
    faces = [people[row.customer_id][1] for row in known]
    links = [page.replace("0" * 32, row.customer_id) for row in known]
    if gone:
        ids = _ids(gone)
        rows.append(
            _row(other, _("gelöscht"), _summed(gone), _summed([row for key, row in then.items() if key in ids]))
        )
        faces.append(_("Gelöschte Karten"))
        links.append("")
    most = max((row.revenue_cents for row in known), default=0)
    table = Table(
        key="customers",
        title=_("Kunden"),
        columns=(
            Column(_("Karte"), TEXT), Column(_("Besuche"), COUNT), Column(_("Umsatz")), Column(_("je Besuch")),
            Column(_("Nachlass")), Column(_("zuletzt da"), TEXT), *other.columns,
        ),
        rows=rows,
        faces=faces,
        links=links,
        bars=[bars.bar(row[2], most, "c-plain") for row in rows],
        note=_("Namen stehen nur hier. In Dateien steht die Nummer der Karte. Wer gelöscht ist, zählt ohne Namen mit."),
    )  # fmt: skip
    return Part(table=table)


def _ids(rows: Iterable[CustomerRow]) -> set[str]:
    return {row.customer_id for row in rows}


def _people(customer_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return number and name of some customers."""
    if not customer_ids:
        return {}
    marks = ", ".join(["%s"] * len(customer_ids))
    sql = (
        "SELECT c.id, c.number, p.name FROM customers_customer c JOIN customers_person p ON p.customer_id = c.id "  # noqa: S608
        f"WHERE c.id IN ({marks})"
    )
    return {key: (number, name) for key, number, name in select(sql, sorted(customer_ids))}


def _row(other: Against, number: str, row: CustomerRow, then: CustomerRow | None) -> tuple[Any, ...]:
    each = Sums(row.receipts, row.revenue_cents).average_cents
    before = then.revenue_cents if then else 0
    return (number, row.receipts, row.revenue_cents, each, row.discount_cents or None, german(row.last_day),
            *other.cells(row.revenue_cents, before))  # fmt: skip


def _summed(rows: Sequence[CustomerRow]) -> CustomerRow:
    return CustomerRow(
        "",
        sum(row.receipts for row in rows),
        sum(row.revenue_cents for row in rows),
        sum(row.discount_cents for row in rows),
        max((row.last_day for row in rows), default=""),
    )
