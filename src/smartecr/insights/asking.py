"""Sums over a stretch of days: closed periods from the rollups, periods still open from their receipts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from smartecr.core.records import dataclass
from smartecr.insights import answers, numbering, reading, running
from smartecr.insights.measure import side_of
from smartecr.insights.roll import Rolled, by_minute, roll
from smartecr.insights.spans import Part, Span, cover


class Live:
    """Periods that are not in the rollups (open, or closed while the rollups could not be written), rolled when asked.

    One object serves one page, so that all its figures tell of the same moment.
    """

    def __init__(self) -> None:
        self._rolled: list[Rolled] | None = None

    def rolled(self) -> list[Rolled]:
        """Return the sums of all such periods."""
        if self._rolled is None:
            opened, missing = reading.open_periods(), reading.missing()
            costs = reading.costs_now() if opened or missing else {}
            self._rolled = [running.rolled(one, costs) for one in opened]
            self._rolled += [roll(reading.read(one, costs)) for one in missing]
        return self._rolled

    def within(self, span: Span) -> list[Rolled]:
        """Return the sums of those whose business day lies in a stretch."""
        first, last = span.edges
        return [rolled for rolled in self.rolled() if first <= rolled.business_day <= last]


_SUMS = ("receipts", "revenue_cents", "lines", "refunds", "refund_cents", "discounts", "discount_cents",
         "promotion_cents")  # fmt: skip
_KEYS = {
    "day": "insights_work business_day",
    "register": "insights_work register_id",
    "person": "insights_work person_id",
    "all": "insights_work",
    "hour": "insights_hour hour",
    "slot": "insights_hour weekday, hour",
}
"""The rollup that answers a question, and what it groups by."""


@dataclass(slots=True)
class Sums:
    """Added-up `HourRow` figures."""

    receipts: int = 0
    revenue_cents: int = 0
    lines: int = 0
    refunds: int = 0
    refund_cents: int = 0
    discounts: int = 0
    discount_cents: int = 0
    promotion_cents: int = 0
    name: str = ""

    def add(self, figures: Sequence[int]) -> None:
        """Add the eight figures."""
        self.receipts += figures[0]
        self.revenue_cents += figures[1]
        self.lines += figures[2]
        self.refunds += figures[3]
        self.refund_cents += figures[4]
        self.discounts += figures[5]
        self.discount_cents += figures[6]
        self.promotion_cents += figures[7]

    @property
    def average_cents(self) -> int:
        """Return the revenue a receipt, rounded half up; 0 without receipts."""
        return (2 * self.revenue_cents + self.receipts) // (2 * self.receipts) if self.receipts > 0 else 0


def hours(live: Live, span: Span, by: str) -> dict[Any, Sums]:
    """Return sums by one of `_KEYS`: "day", "register", "hour" or "person", or by "slot" (weekday, hour).

    "all" has the one key "".
    """
    table, _space, keys = _KEYS[by].partition(" ")
    named = "person_id" in keys
    columns = [
        *([keys] if keys else []),
        "max(person_name)" if named else "''",
        *(f"CAST(sum({name}) AS BIGINT)" for name in _SUMS),
    ]
    grouped = f"GROUP BY {keys}" if keys else ""
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE business_day BETWEEN %s AND %s {grouped}"  # noqa: S608 ours
    found: dict[Any, Sums] = defaultdict(Sums)
    for row in answers.rows(sql, span.edges):
        if row[-1] is None:
            continue
        key = row[:-9]
        sums = found[key if len(key) > 1 else key[0] if key else ""] = Sums(*row[-8:])
        sums.name = row[-9]
    for rolled in live.within(span):
        for (hour, person), hour_sums in rolled.hours.items():
            places: dict[str, Any] = {
                "day": rolled.business_day,
                "register": rolled.register_id,
                "hour": hour,
                "person": person,
                "slot": (rolled.weekday, hour),
                "all": "",
            }
            one = found[places[by]]
            one.add([getattr(hour_sums, name) for name in _SUMS])
            one.name = hour_sums.person_name if named else ""
    return dict(found)


def folded(slots: Mapping[tuple[int, int], Sums], place: int) -> dict[int, Sums]:
    """Return sums by weekday (`place` 0) or by hour (1) of those by both."""
    found: dict[int, Sums] = defaultdict(Sums)
    for slot, sums in slots.items():
        found[slot[place]].add([getattr(sums, name) for name in _SUMS])
    return dict(found)


@dataclass(slots=True)
class ArticleRow:
    """An article, group or side of the house over a stretch; see `models.ArticleSum`."""

    gv_typ: str
    article_id: str
    group_id: str
    vat_key: int
    in_house: str
    rate_bp: int
    name: str
    number: str
    group_name: str
    quantity: int
    amount_cents: int
    discount_cents: int
    cost_cents: int
    costed_cents: int

    @property
    def revenue_cents(self) -> int:
        """Return what it brought: lines and their discounts."""
        return self.amount_cents + self.discount_cents

    def add(self, other: ArticleRow) -> None:
        """Add what the same brought elsewhere; of several names the one last in the alphabet stays."""
        self.name, self.number = max((self.name, self.number), (other.name, other.number))
        self.group_name = max(self.group_name, other.group_name)
        self.quantity += other.quantity
        self.amount_cents += other.amount_cents
        self.discount_cents += other.discount_cents
        self.cost_cents += other.cost_cents
        self.costed_cents += other.costed_cents


_SOLD = "s.gv_typ, s.article_id, s.group_id, s.vat_key, s.in_house, s.rate_bp, s.name, s.article_number, s.group_name"
_FIGURES = ("quantity", "amount_cents", "discount_cents", "cost_cents", "costed_cents")


def articles(live: Live, span: Span) -> list[ArticleRow]:
    """Return all lines of a stretch by GV_TYP, article, group, VAT key, side of the house and VAT rate."""
    found: dict[tuple[Any, ...], ArticleRow] = {}
    rows = [ArticleRow(*row) for row in _summed(span, "insights_article", _FIGURES, _SOLD, "insights_sold")]
    for rolled in live.within(span):
        rows += [
            ArticleRow(
                *key, row.rate_bp, row.name, row.number, row.group_name, row.quantity, row.amount_cents,
                row.discount_cents, row.cost_cents, row.costed_cents,
            )
            for key, row in rolled.articles.items()
        ]  # fmt: skip
    for row in rows:
        key = (row.gv_typ, row.article_id, row.group_id, row.vat_key, row.in_house, row.rate_bp)
        known = found.get(key)
        if known is None:
            found[key] = row
        else:
            known.add(row)
    return list(found.values())


def _summed(
    span: Span, table: str, figures: Sequence[str], told: str, things: str, *, newest: str = "", only: str = ""
) -> list[tuple[Any, ...]]:
    """Return what `things` say by number, columns `told` as s, with the sums of their `figures` over a stretch.

    The greatest value of a column `newest` stands behind them; `only` are the numbers asked for, all without any.
    """
    parts, columns = _cover(span), [*figures, *([newest] if newest else [])]
    part = f"SELECT {numbering.NUMBER} AS number, {', '.join(columns)} FROM {table} WHERE key BETWEEN %s AND %s"  # noqa: S608
    if only:
        part += f" AND {numbering.NUMBER} IN ({only})"
    sums = [f"CAST(sum({name}) AS BIGINT) AS {name}" for name in figures]
    sums += [f"max({newest}) AS {newest}"] if newest else []
    sql = (
        f"SELECT {told}, {', '.join(f't.{name}' for name in columns)} FROM (SELECT number, {', '.join(sums)} "  # noqa: S608
        f"FROM ({' UNION ALL '.join([part] * len(parts))}) AS p GROUP BY number) AS t "
        f"JOIN {things} s ON s.number = t.number"
    )
    return answers.rows(sql, numbering.edges(parts))


def sides(rows: Sequence[ArticleRow]) -> Counter[str]:
    """Return cents by side ("revenue", "deposit", "voucher", "other", "cash"): what the books hold, told apart."""
    found: Counter[str] = Counter()
    for row in rows:
        found[side_of(row.gv_typ)] += row.revenue_cents
    return found


def begun(live: Live) -> date | None:
    """Return the first business day there are figures of."""
    kept = _kept()
    days = [date.fromisoformat(rolled.business_day) for rolled in live.rolled() if rolled.hours]
    return min([*days, kept.first] if kept else days, default=None)


def tells(live: Live, other: Span) -> bool:
    """Tell whether a stretch says enough to be compared with: half of it at least lies after the shop's first sale."""
    first = begun(live)
    return first is not None and 2 * (first - other.first).days <= other.days


def _kept() -> Span | None:
    """Return the first and the last day in the rollups."""
    ((first, last),) = answers.rows("SELECT min(business_day), max(business_day) FROM insights_kept")
    return Span(date.fromisoformat(first), date.fromisoformat(last)) if first else None


def _cover(span: Span) -> list[Part]:
    """Return the rollup rows of a stretch: where nothing lies beyond an end of it, those of its whole year."""
    kept, first, last = _kept(), span.first, span.last
    if kept and first <= kept.first:
        first = first.replace(month=1, day=1)
    if kept and kept.last <= last:
        last = last.replace(month=12, day=31)
    return cover(Span(first, last))


def means(live: Live, span: Span) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (count, cents) of the payments of sales by ZAHLART_TYP and name."""
    sql = (
        "SELECT kind, name, sum(count), sum(cents) FROM insights_means WHERE business_day BETWEEN %s AND %s AND sale "
        "GROUP BY kind, name"
    )
    found = {(row[0], row[1]): (int(row[2]), int(row[3])) for row in answers.rows(sql, span.edges)}
    for rolled in live.within(span):
        for (kind, name, sale), (count, cents) in rolled.means.items():
            if sale:
                known = found.get((kind, name), (0, 0))
                found[kind, name] = (known[0] + count, known[1] + cents)
    return found


def vat(live: Live, span: Span) -> list[tuple[int, int, int, int, int]]:
    """Return (key, rate, gross, net, tax) summed over periods, in the order of the keys."""
    sql = (
        "SELECT vat_key, rate_bp, sum(gross_cents), sum(net_cents), sum(tax_cents) FROM insights_vat "
        "WHERE business_day BETWEEN %s AND %s GROUP BY vat_key, rate_bp"
    )
    found: dict[tuple[int, int], list[int]] = {
        (row[0], row[1]): [int(one) for one in row[2:]] for row in answers.rows(sql, span.edges)
    }
    for rolled in live.within(span):
        for key, rate, *figures in rolled.vat_rows():
            known = found.setdefault((key, rate), [0, 0, 0])
            found[key, rate] = [one + other for one, other in zip(known, figures, strict=True)]
    return [(key, rate, figures[0], figures[1], figures[2]) for (key, rate), figures in sorted(found.items())]


@dataclass(slots=True)
class CustomerRow:
    """A customer over a stretch; see `models.CustomerSum`."""

    customer_id: str
    receipts: int
    revenue_cents: int
    discount_cents: int
    last_day: str


_BOUGHT = ("receipts", "revenue_cents", "discount_cents")


def customers(live: Live, span: Span, only: Collection[str] | None = None) -> list[CustomerRow]:
    """Return what each customer's card bought in a stretch, most revenue first; of some alone where `only` is given."""
    chosen = "" if only is None else _numbers_of(only)
    summed = _summed(
        span, "insights_customer", _BOUGHT, "s.customer_id", "insights_card", newest="last_day", only=chosen
    )
    rows = [CustomerRow(*row) for row in summed]
    for rolled in live.within(span):
        rows += [
            CustomerRow(key, row.receipts, row.revenue_cents, row.discount_cents, rolled.business_day)
            for key, row in rolled.customers.items()
            if only is None or key in only
        ]
    found: dict[str, CustomerRow] = {}
    for row in rows:
        known = found.setdefault(row.customer_id, row)
        if known is not row:
            known.receipts += row.receipts
            known.revenue_cents += row.revenue_cents
            known.discount_cents += row.discount_cents
            known.last_day = max(known.last_day, row.last_day)
    return sorted(found.values(), key=lambda row: (-row.revenue_cents, row.customer_id))


def _numbers_of(customer_ids: Collection[str]) -> str:
    """Return the numbers of some customers for SQL; customers without any sum have none."""
    known = answers.rows("SELECT number, customer_id FROM insights_card")
    return ", ".join(str(number) for number, customer in known if customer in customer_ids) or "-1"


def cards(live: Live, span: Span) -> Sums:
    """Return the receipts and the revenue of all cards together over a stretch."""
    found = Sums()
    parts = _cover(span)
    ranges = " OR ".join(["key BETWEEN %s AND %s"] * len(parts))
    sql = f"SELECT sum(receipts), sum(revenue_cents) FROM insights_customer WHERE {ranges}"  # noqa: S608 ranges
    ((receipts, cents),) = answers.rows(sql, numbering.edges(parts))
    found.receipts, found.revenue_cents = int(receipts or 0), int(cents or 0)
    for rolled in live.within(span):
        found.receipts += sum(row.receipts for row in rolled.customers.values())
        found.revenue_cents += sum(row.revenue_cents for row in rolled.customers.values())
    return found


def curves(live: Live, span: Span) -> dict[str, list[tuple[int, int]]]:
    """Return (minute, cents) by business day, in order of the minutes; days without sales are missing."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for day, text in answers.rows(
        "SELECT business_day, curve FROM insights_kept WHERE business_day BETWEEN %s AND %s", span.edges
    ):
        found[day] += json.loads(text)
    for rolled in live.within(span):
        found[rolled.business_day] += rolled.curve
    return {day: by_minute(points) for day, points in found.items() if points}


def article_days(live: Live, span: Span, article_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the quantities (thousandths) of some articles by article and business day."""
    if not article_ids:
        return {}
    marks = ", ".join(["%s"] * len(article_ids))
    sql = (
        "SELECT s.article_id, d.business_day, CAST(sum(a.quantity) AS BIGINT) FROM insights_sold s CROSS JOIN "  # noqa: S608
        "(SELECT DISTINCT business_day FROM insights_kept WHERE business_day BETWEEN %s AND %s) AS d "
        f"JOIN insights_article a ON a.key = {numbering.DAY.format(day='d.business_day')} | s.number "
        f"WHERE s.article_id IN ({marks}) GROUP BY s.article_id, d.business_day"
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for article, day, quantity in answers.rows(sql, [*span.edges, *article_ids]):
        found[article][day] = quantity
    for rolled in live.within(span):
        for (_, article_id, *_rest), row in rolled.articles.items():
            if article_id in article_ids:
                days = found[article_id]
                days[rolled.business_day] = days.get(rolled.business_day, 0) + row.quantity
    return dict(found)
