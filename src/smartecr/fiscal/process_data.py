"""Kassenbeleg-V1 and Bestellung-V1: what the TSE signs of a receipt or an order (DSFinV-K, Anhang I).

::

    <BON_TYP>^<general>_<reduced>_<§ 24 No. 3>_<§ 24 No. 1>_<without VAT>^<amount>:<Bar|Unbar>[:<currency>]_…

Amounts are gross with two decimals and a point. Payments are summed by kind and currency, zeros are
left out, in the order Bar EUR, Bar others by currency, Unbar EUR, Unbar others.

An order is one line an article, parted by carriage returns: ``<quantity>;"<text>";<unit price>``, quotes doubled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from smartecr.core.kinds import ABORT, CASH, NO_PAYMENT, ORDER, RECEIPT_TYPES
from smartecr.core.receipt import ReceiptContent
from smartecr.core.vat import slot

PROCESS_TYPE: Final = "Kassenbeleg-V1"
ORDER_TYPE: Final = "Bestellung-V1"

_CASHLESS = "Unbar"
_HOME = "EUR"
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,15})\.([0-9]{2})")
_CURRENCY = re.compile(r"[A-Z]{3}")


class ProcessDataError(ValueError):
    """The text is not Kassenbeleg-V1 as the specification writes it; the text of the error says where."""


class PaidSum(NamedTuple):
    """What was paid in cash or without in one currency; ``cents`` in that currency, never zero."""

    cash: bool
    cents: int
    currency: str = _HOME


class Kassenbeleg(NamedTuple):
    """Process data taken apart: BON_TYP, five gross sums in cents by VAT slot, payments in their order."""

    type: str
    slots: tuple[int, int, int, int, int]
    payments: tuple[PaidSum, ...]

    def text(self) -> str:
        """Write it."""
        paid = "_".join(_payment(row) for row in self.payments)
        return f"{self.type}^{'_'.join(map(_amount, self.slots))}^{paid}"


def process_type(bon_typ: str) -> str:
    """Return what a Vorgang of this BON_TYP is called at the TSE."""
    return ORDER_TYPE if bon_typ == ORDER else PROCESS_TYPE


def signed_text(content: ReceiptContent) -> str:
    """Write what is signed of a Vorgang of any BON_TYP. Raises UnknownVatKey."""
    if content.type == ORDER:
        return bestellung(content)
    return kassenbeleg_abort() if content.type == ABORT else kassenbeleg(content)


def bestellung(content: ReceiptContent) -> str:
    """Write the process data of an order: its lines, with as few decimals of the quantity as needed."""
    return "\r".join(
        f'{_quantity(line.quantity)};"{_quoted(line.text)}";{_amount(line.unit_cents)}' for line in content.lines
    )


def _quantity(thousandths: int) -> str:
    whole, rest = divmod(abs(thousandths), 1000)
    decimals = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{'-' if thousandths < 0 else ''}{whole}{decimals}"


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def kassenbeleg(content: ReceiptContent) -> str:
    """Write the process data of a receipt. Raises UnknownVatKey."""
    slots = [0, 0, 0, 0, 0]
    for row in content.vat:
        slots[slot(row.vat_key)] += row.gross_cents
    sums: dict[tuple[bool, str], int] = {}
    for cents, means, _name, currency, foreign_cents in content.payments:
        if means != NO_PAYMENT:
            place = means == CASH, currency
            sums[place] = sums.get(place, 0) + (cents if foreign_cents is None else foreign_cents)
    paid = _ordered([PaidSum(cash, cents, currency) for (cash, currency), cents in sums.items()])
    general, reduced, average, forestry, without = slots
    return Kassenbeleg(content.type, (general, reduced, average, forestry, without), paid).text()


def kassenbeleg_abort() -> str:
    """Write the process data of a transaction started and abandoned."""
    return "AVBelegabbruch^0.00_0.00_0.00_0.00_0.00^"


def parse(text: str) -> Kassenbeleg:
    """Read process data, accepting exactly what the rules above let a register write.

    Raises ProcessDataError. Real receipts of other makers deviate (thousands separators, one decimal)
    and still carry valid signatures: treat an error as a remark on the content, not on the signature.
    """
    parts = text.split("^")
    if len(parts) != 3:
        raise ProcessDataError(f"{len(parts)} parts instead of 3")
    kind, amounts, paid = parts
    if kind not in RECEIPT_TYPES:
        raise ProcessDataError(f"unknown type {kind!r}")
    slots = [_cents(amount) for amount in amounts.split("_")]
    if len(slots) != 5:
        raise ProcessDataError(f"{len(slots)} VAT sums instead of 5")
    payments = tuple(_paid(item) for item in paid.split("_")) if paid else ()
    if payments != _ordered(payments) or len({(row.cash, row.currency) for row in payments}) != len(payments):
        raise ProcessDataError("payments out of order, doubled or zero")
    general, reduced, average, forestry, without = slots
    return Kassenbeleg(type=kind, slots=(general, reduced, average, forestry, without), payments=payments)


def _ordered(rows: Iterable[PaidSum]) -> tuple[PaidSum, ...]:
    """Drop zeros and put cash before cashless, euros before other currencies."""
    paid = [row for row in rows if row.cents]
    return tuple(
        paid if len(paid) < 2 else sorted(paid, key=lambda row: (not row.cash, row.currency != _HOME, row.currency))
    )


def _payment(row: PaidSum) -> str:
    currency = "" if row.currency == _HOME else f":{row.currency}"
    return f"{_amount(row.cents)}:{CASH if row.cash else _CASHLESS}{currency}"


def _paid(item: str) -> PaidSum:
    amount, *rest = item.split(":")
    if len(rest) not in (1, 2) or rest[0] not in (CASH, _CASHLESS):
        raise ProcessDataError(f"payment {item!r}")
    currency = rest[1] if len(rest) == 2 else _HOME
    if not _CURRENCY.fullmatch(currency) or (len(rest) == 2 and currency == _HOME):
        raise ProcessDataError(f"currency of payment {item!r}")
    return PaidSum(cash=rest[0] == CASH, cents=_cents(amount), currency=currency)


@lru_cache(maxsize=4096)
def _amount(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _cents(amount: str) -> int:
    match = _AMOUNT.fullmatch(amount)
    if match is None or amount == "-0.00":
        raise ProcessDataError(f"amount {amount!r}")
    cents = int(match[2]) * 100 + int(match[3])
    return -cents if match[1] else cents
