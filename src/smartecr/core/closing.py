"""Receipts added up to a closing (DSFinV-K: only BON_TYP Beleg; rows by GV_TYP, GV_NAME and VAT key).

Net and tax are computed from the gross of each row, not summed from rounded receipts (DSFinV-K, Anhang F), so they may
differ from that sum by cents. Gross sums are exact: all rows together equal all payments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from smartecr.core.errors import ClosingError
from smartecr.core.kinds import BUSINESS_KINDS, CASH, CASH_KINDS, DEPOSIT_KINDS, DISCOUNT, RECEIPT, TURNOVER
from smartecr.core.receipt import ReceiptContent
from smartecr.core.totals import VatSum
from smartecr.core.vat import split_gross


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingEntry:
    """A receipt on its way into a closing: its printed number, its content, whether it takes back another one.

    ``person`` is (id, name) of who issued it, ``hour`` the local hour (0 to 23) in which that was.
    """

    number: int
    content: ReceiptContent
    refund: bool = False
    person: tuple[str, str] = ("", "")
    hour: int = 0


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


@dataclass(slots=True)
class Sums:
    """Adds receipts up one by one, in any order; `totals` gives the sums so far."""

    cases: Counter[tuple[str, str, int, int]] = field(default_factory=Counter)
    payments: Counter[tuple[str, str]] = field(default_factory=Counter)
    vat: Counter[tuple[int, int]] = field(default_factory=Counter)
    quantities: Counter[tuple[str, str]] = field(default_factory=Counter)
    groups: Counter[tuple[str, str]] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None
    voids_count: int = 0
    voids_cents: int = 0
    discounts: int = 0
    people: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    hours: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, entry: ClosingEntry) -> None:
        """Count a receipt. Raises ClosingError when a VAT row is missing."""
        number = entry.number
        self.first = number if self.first is None else min(self.first, number)
        self.last = number if self.last is None else max(self.last, number)
        self.types[entry.content.type] += 1
        if entry.content.type == RECEIPT:
            _add_receipt(self, entry)

    def merge(self, later: Sums) -> None:
        """Add what was counted elsewhere, behind what was counted here."""
        numbers = [number for number in (self.first, self.last, later.first, later.last) if number is not None]
        self.first, self.last = min(numbers, default=None), max(numbers, default=None)
        for name in ("cases", "payments", "vat", "quantities", "groups", "types"):
            getattr(self, name).update(getattr(later, name))
        self.voids_count += later.voids_count
        self.voids_cents += later.voids_cents
        self.discounts += later.discounts
        for who, (count, cents) in later.people.items():
            known = self.people.get(who, (0, 0))
            self.people[who] = known[0] + count, known[1] + cents
        for hour, (count, cents) in later.hours.items():
            known = self.hours.get(hour, (0, 0))
            self.hours[hour] = known[0] + count, known[1] + cents

    def totals(self) -> ClosingTotals:
        """Return the sums of a closing over what was added."""
        return _totals(self)


def totals(entries: Iterable[ClosingEntry]) -> ClosingTotals:
    """The sums of a closing over its receipts in any order. Raises ClosingError when a VAT row is missing."""
    sums = Sums()
    for entry in entries:
        sums.add(entry)
    return sums.totals()


def _totals(sums: Sums) -> ClosingTotals:
    order = {kind: index for index, kind in enumerate(BUSINESS_KINDS)}
    cases = sorted(sums.cases.items(), key=lambda item: (order.get(item[0][0], len(order)), *item[0][1:]))
    vat = tuple(_vat_sum(key, rate, gross) for (key, rate), gross in sorted(sums.vat.items()))
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
        discounts_cents=sum(gross for case, gross in sums.cases.items() if case[0] == DISCOUNT),
        deposit_cents=sum(gross for case, gross in sums.cases.items() if case[0] in DEPOSIT_KINDS),
        groups=tuple(
            (*group, sums.quantities[group], cents)
            for group, cents in sorted(sums.groups.items(), key=lambda item: item[0][::-1])
        ),
        discounts_count=sums.discounts,
        people=tuple((*who, *sold) for who, sold in sorted(sums.people.items(), key=lambda item: item[0][::-1])),
        hours=tuple((hour, *sold) for hour, sold in sums.hours.items()),
    )


def _add_receipt(sums: Sums, entry: ClosingEntry) -> None:
    content = entry.content
    rates = {row.vat_key: row.rate_bp for row in content.vat}
    for line in content.lines:
        key = line.vat_key
        if key not in rates:
            raise ClosingError("vat_missing", "Beleg {number} hat eine Zeile ohne Umsatzsteuer.", number=entry.number)
        sums.cases[line.gv_typ, line.gv_name, key, rates[key]] += line.amount_cents
        if line.gv_typ not in CASH_KINDS:
            sums.vat[key, rates[key]] += line.amount_cents
        if line.gv_typ in (TURNOVER, DISCOUNT):
            group = line.group_id, line.group_name
            sums.quantities[group] += line.quantity if line.gv_typ == TURNOVER else 0
            sums.groups[group] += line.amount_cents
        sums.discounts += line.gv_typ == DISCOUNT
    _add_turnover(sums, entry)
    for payment in content.payments:
        if payment.cents:
            sums.payments[payment.kind, payment.name] += payment.cents
    if entry.refund:
        sums.voids_count += 1
        sums.voids_cents += content.total_cents


def _add_turnover(sums: Sums, entry: ClosingEntry) -> None:
    """Count a receipt for who issued it and when, unless it only moves cash."""
    sold = [line.amount_cents for line in entry.content.lines if line.gv_typ not in CASH_KINDS]
    if sold:
        count, cents = sums.people.get(entry.person, (0, 0))
        sums.people[entry.person] = (count + 1, cents + sum(sold))
        count, cents = sums.hours.get(entry.hour, (0, 0))
        sums.hours[entry.hour] = (count + 1, cents + sum(sold))


def _vat_sum(key: int, rate: int, gross: int) -> VatSum:
    net, tax = split_gross(gross, rate)
    return VatSum(vat_key=key, rate_bp=rate, gross_cents=gross, net_cents=net, tax_cents=tax)
