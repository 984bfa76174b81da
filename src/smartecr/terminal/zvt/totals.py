"""Totals of a batch: BMP 60 of the status information that ends an end of day or answers a request for turnover.

First and last receipt (2 bytes each), then seven times count (1 byte, wraps at 256) and sum (6 bytes packed). Some
terminals book everything under one brand: only the sum over all, BMP 04, can be relied on.
"""

from typing import Final

from smartecr.terminal.api import BatchResult, ReceiptBlock
from smartecr.terminal.zvt.bcd import decimal
from smartecr.terminal.zvt.messages import Message

__all__ = ["BRANDS", "batch_of"]

BRANDS: Final = ("girocard", "JCB", "Mastercard", "American Express", "Visa", "Diners/Discover", "andere")
_HEAD: Final = 4
_COLUMN: Final = 7


def batch_of(
    message: Message, *, closed: bool, receipts: tuple[ReceiptBlock, ...] = (), rests: str = ""
) -> BatchResult:
    """Read the totals. Without BMP 60 there is only the sum."""
    packed = message.fields.get(0x60, b"")
    by_brand: dict[str, tuple[int, int]] = {}
    if len(packed) >= _HEAD + _COLUMN * len(BRANDS):
        for place, brand in enumerate(BRANDS):
            start = _HEAD + place * _COLUMN
            count, cents = packed[start], decimal(packed[start + 1 : start + _COLUMN])
            if count or cents:
                by_brand[brand] = (count, cents or 0)
    total = message.number(0x04)
    return BatchResult(
        total=sum(cents for _, cents in by_brand.values()) if total is None else total,
        by_brand=by_brand,
        first_receipt=packed[:2].hex(),
        last_receipt=packed[2:4].hex(),
        closed=closed,
        receipts=receipts,
        rests=rests,
    )
