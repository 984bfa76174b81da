"""From the rows of a period to its sums. Pure: the same for a closing, for a rebuild and for the open day.

`roll` reads a `Period`: its receipts with what they say, and those facts of its journal that are no receipts. Every
line lands in exactly one `articles` row and every payment in one `means` row, so the sums equal the books to the cent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import field, replace
from datetime import date
from itertools import chain, combinations
from typing import NamedTuple, TypeVar

from smartecr.core.alike import occurrences
from smartecr.core.closing import CountedContent, CountedLine
from smartecr.core.kinds import CASH_KINDS, DISCOUNT, JOINED, PAID_OUT, RECEIPT, TIPS, moves_cash
from smartecr.core.quantity import line_cents
from smartecr.core.records import dataclass
from smartecr.core.vat import split_gross
from smartecr.insights.flat import astuple
from smartecr.insights.measure import REVENUE, clock
from smartecr.register.booked import Booked

K = TypeVar("K")

EVENTS = ("discount", "refund", "line_void", "late_void", "drawer", "abort", "difference")
"""Kinds of events: a receipt with a discount by hand, a cancellation, a line voided before the payment, one voided
after its basket had been put aside (the guest had seen the sum), the drawer opened by hand, a basket given up, a
difference counted."""

MOST_TOGETHER = 12
"""Articles of a receipt beyond these are left out of what is bought together (a wholesale order is no habit)."""


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
    """What one period holds. `costs`: article → net cents a unit; `visits`: receipt → customer whose card lay on it."""

    register_id: str
    z_number: int
    business_day: str
    receipts: Sequence[Booked]
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
    """What one person sold in one hour; see `models.Selling`."""

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


_Sold = tuple[str, str, str, int, str]
"""Which row of `articles`: gv_typ, article, group, VAT key, in the house ("y", "n", "")."""


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
    articles: dict[_Sold, Article] = field(default_factory=dict)
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

    def by_hour(self) -> dict[int, Hour]:
        """Return what was sold by hour, whoever sold it."""
        return self._folded(lambda key: key[0])

    def by_person(self) -> dict[str, Hour]:
        """Return what each person sold, at whatever hour."""
        return self._folded(lambda key: key[1])

    def _folded(self, place: Callable[[tuple[int, str]], K]) -> dict[K, Hour]:
        found: dict[K, Hour] = {}
        for key, row in self.hours.items():
            known = found.get(place(key), Hour(row.person_name))
            sums = (one + other for one, other in zip(astuple(known)[1:], astuple(row)[1:], strict=True))
            found[place(key)] = Hour(row.person_name, *sums)
        return found

    @property
    def weekday(self) -> int:
        """Return the weekday of the business day, Monday 0."""
        return date.fromisoformat(self.business_day).weekday()

    def vat_rows(self) -> list[tuple[int, int, int, int, int]]:
        """Return (key, rate, gross, net, tax), net and tax split once a key as a closing does."""
        return [(key, rate, gross, *split_gross(gross, rate)) for (key, rate), gross in sorted(self.vat.items())]


def by_minute(curve: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what a curve brought by minute, in order."""
    found: Counter[int] = Counter()
    for minute, cents in curve:
        found[minute] += cents
    return sorted(found.items())


def roll(period: Period) -> Rolled:
    """Add a period up."""
    return add(Rolled(period.register_id, period.z_number, period.business_day), period)


def add(rolled: Rolled, period: Period) -> Rolled:
    """Add the receipts and facts of a period, or those that came since, to its sums."""
    bought: Counter[tuple[str, ...]] = Counter()
    sales = [receipt for receipt in period.receipts if receipt.content.type == RECEIPT]
    _add_lines(rolled, sales, period.costs)
    for receipt in sales:
        _add_payments(rolled, receipt.content)
        _add_receipt(rolled, receipt, period.visits.get(receipt.id, ""), bought)
    for receipt in period.receipts:
        if receipt.content.type == "AVBelegabbruch" and not receipt.reason.startswith(JOINED):
            rolled.events.append(_event(rolled, "abort", receipt, receipt.content.total_cents))
    _count_together(rolled, bought)
    _add_facts(rolled, period)
    rolled.curve.sort()
    rolled.events.sort(key=lambda event: (event.at, event.kind, event.id))
    return rolled


def _event(rolled: Rolled, kind: str, receipt: Booked, cents: int) -> Event:
    hour, _minute = clock(receipt.at, rolled.business_day)
    return Event(
        kind, receipt.id, receipt.at, hour, receipt.person_id, receipt.person_name, cents, receipt.id, receipt.number,
        receipt.reason,
    )  # fmt: skip


def _add_lines(rolled: Rolled, receipts: Sequence[Booked], costs: Mapping[str, int]) -> None:
    """Put each line where it belongs, those that are one and the same together: a discount with what it reduces."""
    lines = list(chain.from_iterable([receipt.content.lines for receipt in receipts]))
    discounts: set[int] = set()
    for line, times in occurrences(lines):
        cents = times * line.amount_cents
        if line.gv_typ == TIPS and line.gv_name == PAID_OUT:
            continue
        if line.gv_typ not in CASH_KINDS:
            rolled.vat[line.vat_key, line.rate_bp] += cents
        if line.gv_typ == DISCOUNT and line.parent_position is not None:
            discounts.add(id(line))
            continue
        row = rolled.articles.get(_sold(line))
        if row is None:
            row = rolled.articles[_sold(line)] = Article(line.rate_bp, line.text, line.article_number, line.group_name)
        row.quantity += times * line.quantity
        row.amount_cents += cents
        cost = costs.get(line.article_id)
        if cost is not None and line.gv_typ in REVENUE:
            row.costed_cents += cents
            row.cost_cents += times * line_cents(cost, line.quantity)
    if discounts:
        _add_discounts(rolled, receipts, costs, discounts)


def _add_discounts(rolled: Rolled, receipts: Sequence[Booked], costs: Mapping[str, int], discounts: Set[int]) -> None:
    """Put each of these lines (`id`) with the one it reduces, in its own receipt."""
    for receipt in receipts:
        lines = receipt.content.lines
        for line in lines:
            if id(line) in discounts:
                owner = lines[(line.parent_position or 0) - 1]
                row = rolled.articles[_sold(owner)]
                row.discount_cents += line.amount_cents
                if owner.article_id in costs and owner.gv_typ in REVENUE:
                    row.costed_cents += line.amount_cents


def _sold(line: CountedLine) -> _Sold:
    return line.gv_typ, line.article_id, line.group_id, line.vat_key, _SIDES[line.in_house]


_SIDES = {None: "", True: "y", False: "n"}


def _add_payments(rolled: Rolled, content: CountedContent) -> None:
    sells = any(not moves_cash(line.gv_typ, line.gv_name) for line in content.lines)
    for paid in content.payments:
        if paid.cents:
            count, cents = rolled.means.get((paid.kind, paid.name, sells), (0, 0))
            rolled.means[paid.kind, paid.name, sells] = (count + 1, cents + paid.cents)


def _add_receipt(rolled: Rolled, receipt: Booked, customer_id: str, bought: Counter[tuple[str, ...]]) -> None:
    """Count a receipt in its hour, on the curve, for its customer and, by its articles, among what was `bought`."""
    earning: list[str] = []
    cents = off = given = sold = different = 0
    for line in receipt.content.lines:
        if line.gv_typ in REVENUE:
            earning.append(line.article_id)
            cents += line.amount_cents
            if line.gv_typ != DISCOUNT:
                sold += 1
                continue
            off += line.amount_cents
            given += line.amount_cents if line.promotion else 0
        elif line.gv_typ == "DifferenzSollIst":
            different += line.amount_cents
    if different:
        rolled.events.append(_event(rolled, "difference", receipt, different))
    if not earning:
        return
    hour, minute = clock(receipt.at, rolled.business_day)
    row = rolled.hours.get((hour, receipt.person_id))
    if row is None:
        row = rolled.hours[hour, receipt.person_id] = Hour(receipt.person_name)
    row.revenue_cents += cents
    rolled.curve.append((minute, cents))
    if receipt.reference_id:
        row.receipts -= 1
        row.refunds += 1
        row.refund_cents += cents
        rolled.events.append(_event(rolled, "refund", receipt, cents))
    else:
        row.receipts += 1
    row.lines += sold
    row.discount_cents += off
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
    bought[tuple(earning)] += sign


def _count_together(rolled: Rolled, bought: Mapping[tuple[str, ...], int]) -> None:
    """Count articles and pairs of them, by what was `bought` in one go and how often that was."""
    for sold, times in bought.items():
        articles = sorted(set(sold) - {""})[:MOST_TOGETHER]
        rolled.together["", ""] += times
        for article in articles:
            rolled.together[article, ""] += times
        for pair in combinations(articles, 2):
            rolled.together[pair] += times


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
