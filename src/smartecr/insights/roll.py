"""From the rows of a period to its sums. Pure: the same for a closing, for a rebuild and for the open day.

`roll` reads a `Period`: its receipts with lines, VAT rates and payments, and those facts of its journal that are no
receipts. Every line lands in exactly one `articles` row and every payment in one `means` row, so the sums equal the
books to the cent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import NamedTuple

from smartecr.core.kinds import CASH_KINDS, DISCOUNT, RECEIPT
from smartecr.core.quantity import line_cents
from smartecr.core.vat import split_gross
from smartecr.insights.measure import REVENUE, clock

EVENTS = ("discount", "refund", "line_void", "late_void", "drawer", "abort", "difference")
"""Kinds of events: a receipt with a discount by hand, a cancellation, a line voided before the payment, one voided
after its basket had been put aside (the guest had seen the sum), the drawer opened by hand, a basket given up, a
difference counted."""

MOST_TOGETHER = 12
"""Articles of a receipt beyond these are left out of what is bought together (a wholesale order is no habit)."""


class Receipt(NamedTuple):
    """A receipt's head; `at` is journal text."""

    id: str
    number: int
    type: str
    at: str
    person_id: str
    person_name: str
    reference_id: str
    reason: str
    total_cents: int


class Line(NamedTuple):
    """A line as booked; `parent` is the position of the line a discount belongs to, `promotion` what gave it."""

    receipt_id: str
    position: int
    gv_typ: str
    article_id: str
    number: str
    name: str
    group_id: str
    group_name: str
    vat_key: int
    in_house: bool | None
    parent: int | None
    quantity: int
    cents: int
    promotion: str = ""


class Fact(NamedTuple):
    """A journal entry that is no receipt: `kind` is line_voided, drawer_opened or aside (a basket parked)."""

    id: str
    kind: str
    at: str
    person_id: str
    person_name: str
    basket_id: str
    cents: int
    text: str


@dataclass(slots=True, kw_only=True)
class Period:
    """The rows of one period. `rates`: (receipt, VAT key) → basis points; `payments`: (receipt, kind, name, cents).

    `visits`: receipt → customer whose card lay on it.
    """

    register_id: str
    z_number: int
    business_day: str
    receipts: Sequence[Receipt]
    lines: Iterable[Line]
    rates: Mapping[tuple[str, int], int]
    payments: Iterable[tuple[str, str, str, int]]
    facts: Iterable[Fact]
    costs: Mapping[str, int] = field(default_factory=dict)
    visits: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Customer:
    """See `models.CustomerSum`."""

    receipts: int = 0
    revenue_cents: int = 0
    discount_cents: int = 0


@dataclass(slots=True)
class Hour:
    """See `models.HourSum`."""

    person_name: str
    receipts: int = 0
    revenue_cents: int = 0
    lines: int = 0
    refunds: int = 0
    refund_cents: int = 0
    discounts: int = 0
    discount_cents: int = 0
    promotion_cents: int = 0


@dataclass(slots=True)
class Article:
    """See `models.ArticleSum`."""

    rate_bp: int
    name: str
    number: str
    group_name: str
    quantity: int = 0
    amount_cents: int = 0
    discount_cents: int = 0
    cost_cents: int = 0
    costed_cents: int = 0


class ArticleKey(NamedTuple):
    """Which row of `articles`."""

    gv_typ: str
    article_id: str
    group_id: str
    vat_key: int
    in_house: str


class Event(NamedTuple):
    """See `models.Event`."""

    kind: str
    id: str
    at: str
    hour: int
    person_id: str
    person_name: str
    cents: int
    receipt_id: str
    number: int
    text: str


@dataclass(slots=True)
class Rolled:
    """The sums of a period. `curve`: (minute, cents) of each sale, in order; `vat`: (key, rate) → gross cents.

    `aside` are the baskets that were parked: what is voided on them later was seen by its guest.
    """

    register_id: str
    z_number: int
    business_day: str
    hours: dict[tuple[int, str], Hour] = field(default_factory=dict)
    articles: dict[ArticleKey, Article] = field(default_factory=dict)
    means: dict[tuple[str, str, bool], tuple[int, int]] = field(default_factory=dict)
    vat: Counter[tuple[int, int]] = field(default_factory=Counter)
    customers: dict[str, Customer] = field(default_factory=dict)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    curve: list[tuple[int, int]] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)

    def copy(self) -> Rolled:
        """Return sums of their own that begin as these."""
        return replace(
            self,
            hours={key: replace(row) for key, row in self.hours.items()},
            articles={key: replace(row) for key, row in self.articles.items()},
            means=dict(self.means),
            customers={key: replace(row) for key, row in self.customers.items()},
            vat=self.vat.copy(),
            together=self.together.copy(),
            events=list(self.events),
            curve=list(self.curve),
            aside=set(self.aside),
        )

    @property
    def weekday(self) -> int:
        """Return the weekday of the business day, Monday 0."""
        return date.fromisoformat(self.business_day).weekday()

    def vat_rows(self) -> list[tuple[int, int, int, int, int]]:
        """Return (key, rate, gross, net, tax), net and tax split once a key as a closing does."""
        return [(key, rate, gross, *split_gross(gross, rate)) for (key, rate), gross in sorted(self.vat.items())]


def roll(period: Period) -> Rolled:
    """Add a period up."""
    return add(Rolled(period.register_id, period.z_number, period.business_day), period)


def add(rolled: Rolled, period: Period) -> Rolled:
    """Add the rows of a period, or those that came since, to its sums."""
    of_receipt: dict[str, list[Line]] = defaultdict(list)
    for line in period.lines:
        of_receipt[line.receipt_id].append(line)
    selling: set[str] = set()
    for receipt in period.receipts:
        lines = of_receipt.get(receipt.id, [])
        if receipt.type != RECEIPT:
            if receipt.type == "AVBelegabbruch":
                rolled.events.append(_event(rolled, "abort", receipt, receipt.total_cents))
            continue
        if any(line.gv_typ not in CASH_KINDS for line in lines):
            selling.add(receipt.id)
        _add_lines(rolled, lines, period.rates, period.costs)
        _add_receipt(rolled, receipt, lines, period.visits.get(receipt.id, ""))
    booked = {receipt.id for receipt in period.receipts if receipt.type == RECEIPT}
    for receipt_id, kind, name, cents in period.payments:
        if receipt_id in booked and cents:
            count, sum_cents = rolled.means.get((kind, name, receipt_id in selling), (0, 0))
            rolled.means[kind, name, receipt_id in selling] = (count + 1, sum_cents + cents)
    _add_facts(rolled, period)
    rolled.curve.sort()
    rolled.events.sort(key=lambda event: (event.at, event.kind, event.id))
    return rolled


def _event(rolled: Rolled, kind: str, receipt: Receipt, cents: int) -> Event:
    hour, _minute = clock(receipt.at, rolled.business_day)
    return Event(
        kind, receipt.id, receipt.at, hour, receipt.person_id, receipt.person_name, cents, receipt.id, receipt.number,
        receipt.reason,
    )  # fmt: skip


def _add_lines(
    rolled: Rolled, lines: Sequence[Line], rates: Mapping[tuple[str, int], int], costs: Mapping[str, int]
) -> None:
    """Put each line where it belongs: a discount on a line stands with the article it reduces."""
    by_position = {line.position: line for line in lines}
    for line in lines:
        rate = rates[line.receipt_id, line.vat_key]
        if line.gv_typ not in CASH_KINDS:
            rolled.vat[line.vat_key, rate] += line.cents
        owner = by_position[line.parent] if line.gv_typ == DISCOUNT and line.parent is not None else line
        key = ArticleKey(owner.gv_typ, owner.article_id, owner.group_id, owner.vat_key, _side(owner.in_house))
        row = rolled.articles.get(key)
        if row is None:
            row = rolled.articles[key] = Article(rate, owner.name, owner.number, owner.group_name)
        if line is owner:
            row.quantity += line.quantity
            row.amount_cents += line.cents
        else:
            row.discount_cents += line.cents
        cost = costs.get(owner.article_id)
        if cost is not None and owner.gv_typ in REVENUE:
            row.costed_cents += line.cents
            if line is owner:
                row.cost_cents += line_cents(cost, line.quantity)


def _side(in_house: bool | None) -> str:
    return "" if in_house is None else "y" if in_house else "n"


def _add_receipt(rolled: Rolled, receipt: Receipt, lines: Sequence[Line], customer_id: str) -> None:
    """Count a receipt in its hour, on the curve, for its customer and among what is bought together."""
    earning = [line for line in lines if line.gv_typ in REVENUE]
    different = sum(line.cents for line in lines if line.gv_typ == "DifferenzSollIst")
    if different:
        rolled.events.append(_event(rolled, "difference", receipt, different))
    if not earning:
        return
    hour, minute = clock(receipt.at, rolled.business_day)
    row = rolled.hours.get((hour, receipt.person_id))
    if row is None:
        row = rolled.hours[hour, receipt.person_id] = Hour(receipt.person_name)
    cents = sum(line.cents for line in earning)
    row.revenue_cents += cents
    rolled.curve.append((minute, cents))
    if receipt.reference_id:
        row.receipts -= 1
        row.refunds += 1
        row.refund_cents += cents
        rolled.events.append(_event(rolled, "refund", receipt, cents))
    else:
        row.receipts += 1
    row.lines += sum(1 for line in earning if line.gv_typ != DISCOUNT)
    off = sum(line.cents for line in earning if line.gv_typ == DISCOUNT)
    row.discount_cents += off
    given = sum(line.cents for line in earning if line.gv_typ == DISCOUNT and line.promotion)
    row.promotion_cents += given
    if off != given and not receipt.reference_id:
        row.discounts += 1
        rolled.events.append(_event(rolled, "discount", receipt, off - given))
    sign = -1 if receipt.reference_id else 1
    if customer_id:
        customer = rolled.customers.setdefault(customer_id, Customer())
        customer.receipts += sign
        customer.revenue_cents += cents
        customer.discount_cents += off
    _count_together(rolled, earning, sign)


def _count_together(rolled: Rolled, lines: Sequence[Line], sign: int) -> None:
    articles = sorted({line.article_id for line in lines if line.article_id})[:MOST_TOGETHER]
    rolled.together["", ""] += sign
    for article in articles:
        rolled.together[article, ""] += sign
    for pair in combinations(articles, 2):
        rolled.together[pair] += sign


def _add_facts(rolled: Rolled, period: Period) -> None:
    """Take in what the journal tells beside receipts."""
    for fact in period.facts:
        if fact.kind == "aside":
            rolled.aside.add(fact.basket_id)
            continue
        late = fact.basket_id in rolled.aside
        kind = "drawer" if fact.kind == "drawer_opened" else "late_void" if late else "line_void"
        hour, _minute = clock(fact.at, rolled.business_day)
        rolled.events.append(
            Event(kind, fact.id, fact.at, hour, fact.person_id, fact.person_name, fact.cents, "", 0, fact.text)
        )
