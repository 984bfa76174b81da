"""Receipts added up to a closing (DSFinV-K: only BON_TYP Beleg; rows by GV_TYP, GV_NAME and VAT key).

Net and tax are computed from the gross of each row, not summed from rounded receipts (DSFinV-K, Anhang F), so they may
differ from that sum by cents. Gross sums are exact: all rows together equal all payments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, field
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from smartecr.core.alike import occurrences
from smartecr.core.errors import ClosingError
from smartecr.core.kinds import (
    BUSINESS_KINDS,
    CASH,
    DEPOSIT_KINDS,
    DISCOUNT,
    PAID_OUT,
    RECEIPT,
    TIPS,
    TURNOVER,
    moves_cash,
)
from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.records import dataclass, new_tuple
from smartecr.core.totals import VatSum
from smartecr.core.vat import split_gross


class CountedLine(NamedTuple):
    """What sums need of a ``ReceiptLine``, with its VAT rate.

    It does not say where it stands, so lines alike may be one and the same object: these are counted together.
    """

    text: str
    gv_typ: str
    quantity: int
    amount_cents: int
    vat_key: int
    article_id: str
    article_number: str
    group_id: str
    group_name: str
    in_house: bool | None
    parent_position: int | None
    gv_name: str
    reference_id: str
    promotion: str
    rate_bp: int


class CountedContent(NamedTuple):
    """What sums need of a ``ReceiptContent``."""

    type: str
    lines: tuple[CountedLine, ...]
    payments: tuple[Payment, ...]
    total_cents: int


class ClosingEntry(NamedTuple):
    """A receipt on its way into a closing: its printed number, its content, whether it takes back another one.

    ``person`` is (id, name) of who issued it, ``hour`` the local hour (0 to 23) in which that was.
    """

    number: int
    content: CountedContent
    refund: bool = False
    person: tuple[str, str] = ("", "")
    hour: int = 0


def entry(
    number: int, content: ReceiptContent, refund: bool = False, person: tuple[str, str] = ("", ""), hour: int = 0
) -> ClosingEntry:
    """Return a receipt on its way into a closing. Raises ClosingError when a VAT row is missing."""
    return ClosingEntry(number, counted_content(number, content), refund, person, hour)


def counted_content(number: int, content: ReceiptContent) -> CountedContent:
    """Return what sums need of a receipt. Raises ClosingError when a VAT row is missing."""
    rates = {row.vat_key: row.rate_bp for row in content.vat}
    try:
        lines = tuple([new_tuple(CountedLine, (*_counted(line), rates[line.vat_key])) for line in content.lines])
    except KeyError:
        raise vat_missing(number) from None
    return CountedContent(content.type, lines, content.payments, content.total_cents)


_counted = itemgetter(*map(ReceiptLine._fields.index, CountedLine._fields[:-1]))


def vat_missing(number: int) -> ClosingError:
    """Return what is raised for a receipt of which a line has no VAT row."""
    return ClosingError("vat_missing", "Beleg {number} hat eine Zeile ohne Umsatzsteuer.", number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingTotals:
    """The sums of a closing, in cents.

    ``businesscases``: (gv_typ, gv_name, vat_key, rate_bp, gross, net, tax). ``payments``: (kind, name, cents).
    ``cash_cents`` and ``payments_cents`` are Z_SE_BARZAHLUNGEN and Z_SE_ZAHLUNGEN. ``vat`` sums everything but moved
    cash by key and rate, ``turnover_cents`` is its gross. ``receipts`` counts Beleg, ``other_receipts`` the AV types;
    ``first_number`` and ``last_number`` span both and are None when there are none. ``voids_count`` and
    ``voids_cents`` are the receipts that take back others. ``discounts_cents`` (at most 0 in a normal day) are all
    Rabatt lines, ``deposit_cents`` all deposits. ``groups``: (group_id, name, quantity in thousandths, cents) of
    turnover less the lines' own discounts; discounts on whole baskets stand under the empty group.
    ``discounts_count`` counts Rabatt lines. ``people``: (id, name, receipts, cents) and ``hours``: (hour, receipts,
    cents) of the receipts that turn something over, hours in the order they were worked.
    """

    businesscases: tuple[tuple[str, str, int, int, int, int, int], ...]
    payments: tuple[tuple[str, str, int], ...]
    vat: tuple[VatSum, ...]
    cash_cents: int
    payments_cents: int
    turnover_cents: int
    receipts: int
    other_receipts: tuple[tuple[str, int], ...]
    first_number: int | None
    last_number: int | None
    voids_count: int
    voids_cents: int
    discounts_cents: int
    deposit_cents: int
    groups: tuple[tuple[str, str, int, int], ...]
    discounts_count: int = 0
    people: tuple[tuple[str, str, int, int], ...] = ()
    hours: tuple[tuple[int, int, int], ...] = ()

    @property
    def tips_cents(self) -> int:
        """Tips for the staff that came in: `turnover_cents` and `vat` hold them, though they are no turnover."""
        return sum(row[4] for row in self.businesscases if row[0] == TIPS and row[1] != PAID_OUT)

    @property
    def earned_cents(self) -> int:
        """`turnover_cents` without the tips for the staff."""
        return self.turnover_cents - self.tips_cents

    def kept(self) -> dict[str, Any]:
        """Return the sums by name as a closing keeps them, each row of ``vat`` by name too."""
        return {**asdict(self), "vat": [row._asdict() for row in self.vat]}


_Alike = tuple[str, str, int, int, str, str]
_NONE = (0, 0, 0)


@dataclass(slots=True)
class Sums:
    """Adds receipts up, in any order; `totals` gives the sums so far.

    ``lines`` are (count, cents, quantity) by (gv_typ, gv_name, vat_key, rate_bp, group_id, group name).
    """

    lines: dict[_Alike, tuple[int, int, int]] = field(default_factory=dict)
    payments: Counter[tuple[str, str]] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None
    voids_count: int = 0
    voids_cents: int = 0
    people: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    hours: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, entries: Sequence[ClosingEntry]) -> None:
        """Count receipts."""
        self._span([entry.number for entry in entries])
        self.types.update([entry.content.type for entry in entries])
        booked = [entry for entry in entries if entry.content.type == RECEIPT]
        _add_lines(self, booked)
        for entry in booked:
            _add_receipt(self, entry)

    def merge(self, later: Sums) -> None:
        """Add what was counted elsewhere, behind what was counted here."""
        self._span([number for number in (later.first, later.last) if number is not None])
        for alike, (count, cents, quantity) in later.lines.items():
            before = self.lines.get(alike, _NONE)
            self.lines[alike] = before[0] + count, before[1] + cents, before[2] + quantity
        self.payments.update(later.payments)
        self.types.update(later.types)
        self.voids_count += later.voids_count
        self.voids_cents += later.voids_cents
        for who, (count, cents) in later.people.items():
            known = self.people.get(who, (0, 0))
            self.people[who] = known[0] + count, known[1] + cents
        for hour, (count, cents) in later.hours.items():
            known = self.hours.get(hour, (0, 0))
            self.hours[hour] = known[0] + count, known[1] + cents

    def _span(self, numbers: list[int]) -> None:
        numbers += [number for number in (self.first, self.last) if number is not None]
        self.first, self.last = min(numbers, default=None), max(numbers, default=None)

    def totals(self) -> ClosingTotals:
        """Return the sums of a closing over what was added."""
        return _totals(self)


def totals(entries: Iterable[ClosingEntry]) -> ClosingTotals:
    """The sums of a closing over its receipts in any order."""
    sums = Sums()
    sums.add(list(entries))
    return sums.totals()


def _totals(sums: Sums) -> ClosingTotals:
    order = {kind: index for index, kind in enumerate(BUSINESS_KINDS)}
    by_case: Counter[tuple[str, str, int, int]] = Counter()
    by_rate: Counter[tuple[int, int]] = Counter()
    quantities: Counter[tuple[str, str]] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    discounts = 0
    for (kind, name, key, rate, *group), (count, cents, quantity) in sums.lines.items():
        by_case[kind, name, key, rate] += cents
        if not moves_cash(kind, name):
            by_rate[key, rate] += cents
        if kind in (TURNOVER, DISCOUNT):
            group_id, group_name = group
            groups[group_id, group_name] += cents
            quantities[group_id, group_name] += quantity if kind == TURNOVER else 0
            discounts += count if kind == DISCOUNT else 0
    cases = sorted(by_case.items(), key=lambda item: (order.get(item[0][0], len(order)), *item[0][1:]))
    vat = tuple(_vat_sum(key, rate, gross) for (key, rate), gross in sorted(by_rate.items()))
    others = {kind: count for kind, count in sums.types.items() if kind != RECEIPT}
    return ClosingTotals(
        businesscases=tuple((*case, gross, *split_gross(gross, case[3])) for case, gross in cases),
        payments=tuple((kind, name, cents) for (kind, name), cents in sorted(sums.payments.items())),
        vat=vat,
        cash_cents=sum(cents for (kind, _), cents in sums.payments.items() if kind == CASH),
        payments_cents=sum(sums.payments.values()),
        turnover_cents=sum(row.gross_cents for row in vat),
        receipts=sums.types[RECEIPT],
        other_receipts=tuple(sorted(others.items())),
        first_number=sums.first,
        last_number=sums.last,
        voids_count=sums.voids_count,
        voids_cents=sums.voids_cents,
        discounts_cents=sum(gross for case, gross in cases if case[0] == DISCOUNT),
        deposit_cents=sum(gross for case, gross in cases if case[0] in DEPOSIT_KINDS),
        groups=tuple(
            (*group, quantities[group], cents)
            for group, cents in sorted(groups.items(), key=lambda item: item[0][::-1])
        ),
        discounts_count=discounts,
        people=tuple((*who, *sold) for who, sold in sorted(sums.people.items(), key=lambda item: item[0][::-1])),
        hours=tuple((hour, *sold) for hour, sold in sums.hours.items()),
    )


def _add_lines(sums: Sums, entries: Sequence[ClosingEntry]) -> None:
    """Count the lines of receipts, those that are one and the same together."""
    lines = list(chain.from_iterable([entry.content.lines for entry in entries]))
    for line, times in occurrences(lines):
        alike = line.gv_typ, line.gv_name, line.vat_key, line.rate_bp, line.group_id, line.group_name
        count, cents, quantity = sums.lines.get(alike, _NONE)
        sums.lines[alike] = count + times, cents + times * line.amount_cents, quantity + times * line.quantity


def _add_receipt(sums: Sums, entry: ClosingEntry) -> None:
    """Count a receipt for who issued it and when, unless it only moves cash; count its payments."""
    content = entry.content
    sold = [line.amount_cents for line in content.lines if not moves_cash(line.gv_typ, line.gv_name)]
    if sold:
        earned = sum(sold)
        count, cents = sums.people.get(entry.person, (0, 0))
        sums.people[entry.person] = (count + 1, cents + earned)
        count, cents = sums.hours.get(entry.hour, (0, 0))
        sums.hours[entry.hour] = (count + 1, cents + earned)
    for payment in content.payments:
        if payment.cents:
            sums.payments[payment.kind, payment.name] += payment.cents
    if entry.refund:
        sums.voids_count += 1
        sums.voids_cents += content.total_cents


def _vat_sum(key: int, rate: int, gross: int) -> VatSum:
    net, tax = split_gross(gross, rate)
    return VatSum(vat_key=key, rate_bp=rate, gross_cents=gross, net_cents=net, tax_cents=tax)
