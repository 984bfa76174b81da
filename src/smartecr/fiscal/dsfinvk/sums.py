"""The sums of a closing (DSFinV-K 3.2, Anhang F): what its Beleg rows add up to, voided lines left out.

Net and tax are computed from the gross of each group, not summed from rounded receipts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from smartecr.core import receipt
from smartecr.core.alike import occurrences
from smartecr.core.kinds import BUSINESS_KINDS, CASH, NO_PAYMENT, RECEIPT
from smartecr.core.vat import split_gross
from smartecr.fiscal.dsfinvk.records import Payment, Receipt

_ORDER = {kind: place for place, kind in enumerate(BUSINESS_KINDS)}


class ClosingSums:
    """Adds receipts up; `currency` is the register's own."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._cases: defaultdict[tuple[str, str, int, int], int] = defaultdict(int)
        self._payments: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._cash: defaultdict[str, int] = defaultdict(int)
        self.first_id = ""
        self.last_id = ""
        self.receipts = 0

    def add(self, receipts: Sequence[Receipt]) -> None:
        """Count Vorgänge in their order; only a Beleg changes the sums. Lines that are alike are added up together."""
        if not receipts:
            return
        self.receipts += len(receipts)
        self.first_id = self.first_id or receipts[0].id
        self.last_id = receipts[-1].id
        booked = [one for one in receipts if one.type == RECEIPT]
        lines = list(chain.from_iterable([one.lines for one in booked]))
        for line, times in occurrences(lines):
            if not line.voided:
                for key, gross, _, _ in line.vat:
                    self._cases[line.case, line.case_name, line.agency, key] += gross * times
        for one in booked:
            self._pay(one.payments)

    def count(
        self,
        receipt_id: str,
        kind: str,
        amounts: Iterable[tuple[tuple[str, str, int, int], int]],
        payments: Iterable[Payment | receipt.Payment],
    ) -> None:
        """Count a Vorgang (BON_ID, BON_TYP): ((GV_TYP, GV_NAME, agency, VAT key), gross) it moves and its payments."""
        self.receipts += 1
        self.first_id = self.first_id or receipt_id
        self.last_id = receipt_id
        if kind != RECEIPT:
            return
        for case, gross in amounts:
            self._cases[case] += gross
        self._pay(payments)

    def _pay(self, payments: Iterable[Payment | receipt.Payment]) -> None:
        for paid in payments:
            self._payments[paid.kind, paid.name] += paid.cents
            if paid.kind == CASH:
                self._cash[paid.currency] += paid.cents if paid.foreign_cents is None else paid.foreign_cents

    def merge(self, later: ClosingSums) -> None:
        """Add what was counted elsewhere, behind what was counted here."""
        self.receipts += later.receipts
        self.first_id = self.first_id or later.first_id
        self.last_id = later.last_id or self.last_id
        for case, gross in later._cases.items():
            self._cases[case] += gross
        for means, cents in later._payments.items():
            self._payments[means] += cents
        for currency, cents in later._cash.items():
            self._cash[currency] += cents

    def cases(self, rates: Mapping[int, int]) -> list[tuple[str, str, int, int, int, int, int]]:
        """Return (GV_TYP, GV_NAME, agency, VAT key, gross, net, tax) in the order of the specification.

        `rates` are basis points by VAT key. Raises KeyError for a key that is not among them.
        """
        rows = sorted(self._cases.items(), key=lambda row: (_ordered(row[0][0]), *row[0]))
        return [(*case, gross, *split_gross(gross, rates[case[3]])) for case, gross in rows]

    def payments(self) -> list[tuple[str, str, int]]:
        """Return (ZAHLART_TYP, name, cents); ``Keine`` only where nothing else was paid."""
        rows = [(*payment, cents) for payment, cents in sorted(self._payments.items())]
        return [row for row in rows if row[0] != NO_PAYMENT] or rows[:1]

    def cash(self) -> list[tuple[str, int]]:
        """Return (currency, amount in it) of the cash, the own currency first and whenever anything was paid."""
        if self._payments:
            self._cash.setdefault(self._currency, 0)
        return sorted(self._cash.items(), key=lambda row: (row[0] != self._currency, row[0]))

    @property
    def paid(self) -> int:
        """Return Z_SE_ZAHLUNGEN in cents."""
        return sum(self._payments.values())

    @property
    def paid_cash(self) -> int:
        """Return Z_SE_BARZAHLUNGEN in cents."""
        return sum(cents for (kind, _), cents in self._payments.items() if kind == CASH)


def _ordered(kind: str) -> int:
    return _ORDER.get(kind, len(_ORDER))
