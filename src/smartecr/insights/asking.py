"""Sums over a stretch of days: closed periods from the rollups, periods still open from their receipts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from smartecr.insights import answers, reading, running
from smartecr.insights.measure import side_of
from smartecr.insights.roll import Event, Rolled, roll
from smartecr.insights.spans import Part, Span, cover, whole_months
from smartecr.sql import select


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
        first, last = _edges(span)
        return [rolled for rolled in self.rolled() if first <= rolled.business_day <= last]


def _edges(span: Span) -> tuple[str, str]:
    return span.first.isoformat(), span.last.isoformat()


_SUMS = ("receipts", "revenue_cents", "lines", "refunds", "refund_cents", "discounts", "discount_cents",
         "promotion_cents")  # fmt: skip
_HOUR_KEYS = {
    "day": "business_day",
    "register": "register_id",
    "hour": "hour",
    "person": "person_id, max(person_name)",
    "weekday": "weekday",
    "slot": "weekday, hour",
    "daily": "business_day, hour",
    "work": "business_day, person_id, max(person_name)",
    "all": "",
}


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
    def by_hand_cents(self) -> int:
        """Return the discounts somebody gave, without those of promotions."""
        return self.discount_cents - self.promotion_cents

    @property
    def average_cents(self) -> int:
        """Return the revenue a receipt, rounded half up; 0 without receipts."""
        return (2 * self.revenue_cents + self.receipts) // (2 * self.receipts) if self.receipts > 0 else 0


def hours(live: Live, span: Span, by: str) -> dict[Any, Sums]:
    """Return sums by one of `_HOUR_KEYS`: "day", "register", "hour", "person" or "weekday", and by pairs of them.

    Pairs are "slot" (weekday, hour), "daily" (day, hour) and "work" (day, person); "all" has the one key "".
    """
    columns = _HOUR_KEYS[by]
    named = "max(person_name)" in columns
    keys = columns.replace(", max(person_name)", "")
    sums = ", ".join(f"sum({name})" for name in _SUMS)
    grouped = f"GROUP BY {keys}" if keys else ""
    sql = (
        f"SELECT {columns}{', ' if columns else ''}{sums} FROM insights_hour "  # noqa: S608 constants
        f"WHERE business_day BETWEEN %s AND %s {grouped}"
    )
    found: dict[Any, Sums] = defaultdict(Sums)
    for row in answers.rows(sql, _edges(span)):
        if row[-1] is None:
            continue
        key = row[: -9 if named else -8]
        one = found[key if len(key) > 1 else key[0] if key else ""]
        one.add([int(figure) for figure in row[-8:]])
        one.name = row[-9] if named else ""
    for rolled in live.within(span):
        for (hour, person), hour_sums in rolled.hours.items():
            places: dict[str, Any] = {
                "day": rolled.business_day,
                "register": rolled.register_id,
                "hour": hour,
                "person": person,
                "weekday": rolled.weekday,
                "slot": (rolled.weekday, hour),
                "daily": (rolled.business_day, hour),
                "work": (rolled.business_day, person),
                "all": "",
            }
            one = found[places[by]]
            one.add([getattr(hour_sums, name) for name in _SUMS])
            one.name = hour_sums.person_name if named else ""
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


_ARTICLE = (
    "SELECT gv_typ, article_id, group_id, vat_key, in_house, max(rate_bp), max(name), max(number), max(group_name), "
    "sum(quantity), sum(amount_cents), sum(discount_cents), sum(cost_cents), sum(costed_cents) FROM insights_article "
    "WHERE grain = %s AND span BETWEEN %s AND %s GROUP BY gv_typ, article_id, group_id, vat_key, in_house"
)


def articles(live: Live, span: Span) -> list[ArticleRow]:
    """Return all lines of a stretch by GV_TYP, article, group, VAT key and side of the house."""
    found: dict[tuple[Any, ...], ArticleRow] = {}
    rows = [ArticleRow(*row[:9], *map(int, row[9:])) for part in cover(span) for row in _part(_ARTICLE, part)]
    for rolled in live.within(span):
        rows += [
            ArticleRow(
                *key, row.rate_bp, row.name, row.number, row.group_name, row.quantity, row.amount_cents,
                row.discount_cents, row.cost_cents, row.costed_cents,
            )
            for key, row in rolled.articles.items()
        ]  # fmt: skip
    for row in rows:
        key = (row.gv_typ, row.article_id, row.group_id, row.vat_key, row.in_house)
        known = found.get(key)
        if known is None:
            found[key] = row
        else:
            for name in ("quantity", "amount_cents", "discount_cents", "cost_cents", "costed_cents"):
                setattr(known, name, getattr(known, name) + getattr(row, name))
    return list(found.values())


def _part(sql: str, part: Part) -> list[tuple[Any, ...]]:
    return answers.rows(sql, [part.grain, part.first, part.last])


def sides(rows: Sequence[ArticleRow]) -> Counter[str]:
    """Return cents by side ("revenue", "deposit", "voucher", "other", "cash"): what the books hold, told apart."""
    found: Counter[str] = Counter()
    for row in rows:
        found[side_of(row.gv_typ)] += row.revenue_cents
    return found


def means(live: Live, span: Span) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (count, cents) of the payments of sales by ZAHLART_TYP and name."""
    sql = (
        "SELECT kind, name, sum(count), sum(cents) FROM insights_means WHERE business_day BETWEEN %s AND %s AND sale "
        "GROUP BY kind, name"
    )
    found = {(row[0], row[1]): (int(row[2]), int(row[3])) for row in answers.rows(sql, _edges(span))}
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
        (row[0], row[1]): [int(one) for one in row[2:]] for row in answers.rows(sql, _edges(span))
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


_CUSTOMER = (
    "SELECT customer_id, sum(receipts), sum(revenue_cents), sum(discount_cents), max(last_day) FROM insights_customer "
    "WHERE grain = %s AND span BETWEEN %s AND %s GROUP BY customer_id"
)


def customers(live: Live, span: Span) -> list[CustomerRow]:
    """Return what each customer's card bought in a stretch, most revenue first."""
    rows = [
        CustomerRow(row[0], int(row[1]), int(row[2]), int(row[3]), row[4])
        for part in cover(span)
        for row in _part(_CUSTOMER, part)
    ]
    for rolled in live.within(span):
        rows += [
            CustomerRow(key, row.receipts, row.revenue_cents, row.discount_cents, rolled.business_day)
            for key, row in rolled.customers.items()
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


def together(live: Live, span: Span, least: int = 1) -> dict[tuple[str, str], int]:
    """Return receipts by pair of articles over the months (or the year) `spans.whole_months` takes for a stretch.

    ("", "") are all receipts, (article, "") one article's. Pairs stand on at least `least` receipts and on one in a
    thousand of all.
    """
    part = whole_months(span)
    where = "FROM insights_together WHERE grain = %s AND span BETWEEN %s AND %s"
    open_days = [
        rolled for rolled in live.rolled() if part.first <= rolled.business_day[: len(part.first)] <= part.last
    ]
    found: Counter[tuple[str, str]] = Counter()
    for one, count in _part(f"SELECT one, sum(receipts) {where} AND two = '' GROUP BY one", part):
        found[one, ""] += int(count)
    least = max(least, found["", ""] // 1000)
    running = max((count for rolled in open_days for pair, count in rolled.together.items() if pair[1]), default=0)
    pairs = f"SELECT one, two, sum(receipts) {where} AND two <> '' GROUP BY one, two HAVING sum(receipts) >= "
    for one, two, count in _part(f"{pairs}{max(1, least - running)}", part):
        found[one, two] += int(count)
    for rolled in open_days:
        found.update(rolled.together)
    return {pair: count for pair, count in found.items() if count >= least or not pair[1]}


@dataclass(frozen=True, slots=True)
class Dated:
    """An event with its business day and register."""

    day: str
    register_id: str
    event: Event = field(repr=False)


def events(live: Live, span: Span, kinds: Sequence[str] = ()) -> list[Dated]:
    """Return the events of a stretch in order of time; `kinds` narrows them (see `roll.EVENTS`)."""
    marks = f"AND kind IN ({', '.join(['%s'] * len(kinds))}) " if kinds else ""
    sql = (
        "SELECT business_day, register_id, kind, id, at, hour, person_id, person_name, cents, receipt_id, number, text "  # noqa: S608
        f"FROM insights_event WHERE business_day BETWEEN %s AND %s {marks}"
    )

    def read() -> list[Dated]:
        return [Dated(row[0], row[1], Event(*row[2:])) for row in select(sql, [*_edges(span), *kinds])]

    found = list(answers.kept((sql, *_edges(span), *kinds), read))
    for rolled in live.within(span):
        found += [
            Dated(rolled.business_day, rolled.register_id, event)
            for event in rolled.events
            if not kinds or event.kind in kinds
        ]
    return sorted(found, key=lambda one: one.event.at)


def curves(live: Live, span: Span) -> dict[str, list[tuple[int, int]]]:
    """Return (minute, cents) of each sale by business day, in order; days without sales are missing."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for day, text in answers.rows(
        "SELECT business_day, curve FROM insights_kept WHERE business_day BETWEEN %s AND %s", _edges(span)
    ):
        for pair in text.split():
            minute, _colon, cents = pair.partition(":")
            found[day].append((int(minute), int(cents)))
    for rolled in live.within(span):
        found[rolled.business_day] += rolled.curve
    return {day: sorted(points) for day, points in found.items() if points}


def article_days(live: Live, span: Span, article_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the quantities (thousandths) of some articles by article and business day."""
    if not article_ids:
        return {}
    marks = ", ".join(["%s"] * len(article_ids))
    sql = (
        "SELECT article_id, span, sum(quantity) FROM insights_article WHERE grain = 'd' AND span BETWEEN %s AND %s "  # noqa: S608
        f"AND article_id IN ({marks}) GROUP BY article_id, span"
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for article, day, quantity in answers.rows(sql, [*_edges(span), *article_ids]):
        found[article][day] = int(quantity)
    for rolled in live.within(span):
        for key, row in rolled.articles.items():
            if key.article_id in article_ids:
                days = found[key.article_id]
                days[rolled.business_day] = days.get(rolled.business_day, 0) + row.quantity
    return dict(found)
