"""The page of customers: what cards bring, how often they come, who they are.

Names stand on the page alone. What leaves it as a file bears the number of the card: whoever may know can look it up,
a file lying about tells nothing (Art. 5 (1) c, 25 DSGVO). Erased customers are one row without number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from smartecr.core.money import round_half_up
from smartecr.core.vouchers import shown as dashed
from smartecr.insights import asking
from smartecr.insights.asking import CustomerRow, Sums
from smartecr.insights.charts import bars, columns
from smartecr.insights.spans import Span
from smartecr.insights.tables import COUNT, PERCENT, TEXT, Column, Table, shown
from smartecr.register.vouchers import german
from smartecr.sql import fetch, select
from smartecr.web.office.insights import Asked
from smartecr.web.office.insights_parts import Page, Part, change, compared, other_of

SHOWN = 100
"""Customers in the list, those who bring most first."""

OFTEN = ((1, 1), (2, 3), (4, 6), (7, 12), (13, 24), (25, 10**6))
"""Visits in the stretch, from and to, by which customers are counted."""


def customers(ask: Asked) -> Page:
    """Who comes back with a card, how often, and what it brings."""
    found = asking.customers(ask.live, ask.span)
    was = {row.customer_id: row for row in asking.customers(ask.live, other_of(ask))}
    whole = asking.hours(ask.live, ask.span, "all").get("", Sums())
    before = asking.hours(ask.live, other_of(ask), "all").get("", Sums())
    return Page(
        lead=_lead(ask.span, found, whole),
        parts=[_with_and_without(ask, found, was, whole, before), _often(found), _list(ask, found, was)],
    )


def _lead(span: Span, found: Sequence[CustomerRow], whole: Sums) -> str:
    if not found or whole.revenue_cents <= 0:
        return ""
    sql = "SELECT count(*) FROM customers_customer WHERE since BETWEEN %s AND %s"
    ((new,),) = select(sql, [span.first.isoformat(), span.last.isoformat()])
    share = shown(round_half_up(10_000 * sum(row.revenue_cents for row in found), whole.revenue_cents), PERCENT)
    text = _("{count} Karten brachten {share} des Umsatzes, {new} davon sind neu.")
    return text.format(count=len(found), share=share.replace(" ", "\u00a0"), new=new)


def _with_and_without(
    ask: Asked, found: Sequence[CustomerRow], was: dict[str, CustomerRow], whole: Sums, before: Sums
) -> Part:
    cards = Sums(sum(row.receipts for row in found), sum(row.revenue_cents for row in found))
    others = Sums(whole.receipts - cards.receipts, whole.revenue_cents - cards.revenue_cents)
    cards_then = sum(row.revenue_cents for row in was.values())
    rows = []
    for word, one, then in (
        (_("Mit Karte"), cards, cards_then),
        (_("Ohne Karte"), others, before.revenue_cents - cards_then),
    ):
        share = round_half_up(10_000 * one.revenue_cents, whole.revenue_cents) if whole.revenue_cents > 0 else None
        rows.append((word, one.receipts, one.revenue_cents, one.average_cents, share, then,
                     change(one.revenue_cents, then)))  # fmt: skip
    table = Table(
        key="cards",
        title=_("Mit Karte und ohne"),
        columns=(Column(_("Wer"), TEXT), Column(_("Bons"), COUNT), Column(_("Umsatz")), Column(_("je Bon")),
                 Column(_("Anteil"), PERCENT), *compared(ask)),
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
    wide, narrow = (columns.draw(drawn, title, *size, label=str, unit=1) for size in ((1120, 220), (320, 180)))
    return Part(table=table, wide=wide, narrow=narrow)


def _list(ask: Asked, found: Sequence[CustomerRow], was: dict[str, CustomerRow]) -> Part:
    rows: list[tuple[Any, ...]] = []
    faces, links = [], []
    people = {
        row["id"]: row
        for row in fetch("SELECT c.id, c.number, p.name FROM customers_customer c "
                         "JOIN customers_person p ON p.customer_id = c.id")
    }  # fmt: skip
    known = [row for row in found if row.customer_id in people][:SHOWN]
    for row in known:
        person = people[row.customer_id]
        rows.append(_row(dashed(person["number"]), row, was.get(row.customer_id)))
        faces.append(person["name"])
        links.append(reverse("office:customer", args=[row.customer_id]))
    gone = [row for row in found if row.customer_id not in people]
    if gone:
        ids = {row.customer_id for row in gone}
        rows.append(_row(_("gelöscht"), _summed(gone), _summed([row for key, row in was.items() if key in ids])))
        faces.append(_("Gelöschte Karten"))
        links.append("")
    most = max((row.revenue_cents for row in known), default=0)
    table = Table(
        key="customers",
        title=_("Kunden"),
        columns=(
            Column(_("Karte"), TEXT), Column(_("Besuche"), COUNT), Column(_("Umsatz")), Column(_("je Besuch")),
            Column(_("Nachlass")), Column(_("zuletzt da"), TEXT), *compared(ask),
        ),
        rows=rows,
        faces=faces,
        links=links,
        bars=[bars.bar(row[2], most, "c-plain") for row in rows],
        note=_("Namen stehen nur hier. In Dateien steht die Nummer der Karte. Wer gelöscht ist, zählt ohne Namen mit."),
    )  # fmt: skip
    return Part(table=table)


def _row(number: str, row: CustomerRow, then: CustomerRow | None) -> tuple[Any, ...]:
    each = Sums(row.receipts, row.revenue_cents).average_cents
    before = then.revenue_cents if then else 0
    return (number, row.receipts, row.revenue_cents, each, row.discount_cents or None, german(row.last_day), before,
            change(row.revenue_cents, before))  # fmt: skip


def _summed(rows: Sequence[CustomerRow]) -> CustomerRow:
    return CustomerRow(
        "",
        sum(row.receipts for row in rows),
        sum(row.revenue_cents for row in rows),
        sum(row.discount_cents for row in rows),
        max((row.last_day for row in rows), default=""),
    )
