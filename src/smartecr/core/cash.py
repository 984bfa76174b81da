"""Notes and coins of the euro. Worked numbers: ``docs/algorithms/payment-and-change.md``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smartecr.core.errors import CashError

DENOMINATIONS: Final = (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
"""Notes and coins in cents, largest first. 500 € notes are no longer made but still accepted."""

NOTES: Final = tuple(value for value in DENOMINATIONS if value >= 500)
"""The notes among them."""

MAX_COUNT: Final = 99_999
"""Most pieces of one denomination in a count."""

_OFFERED: Final = (500, 1000, 2000, 5000, 10000)
_MAX_OFFERS: Final = 4


def sensible_notes(total: int) -> list[int]:
    """Amounts in cents a customer is likely to hand over for ``total``, ascending, at most four, without the exact one.

    Each is the smallest amount of one kind of note (5 to 100 €; under 2 € also a single coin) that covers the total, so
    that no note handed over is superfluous. Empty when nothing is due.
    """
    if total <= 0:
        return []
    offers = {-(-total // note) * note for note in _OFFERED}
    offers.update(coin for coin in (100, 200) if total < coin)
    offers.discard(total)
    return sorted(offers)[:_MAX_OFFERS]


def pieces(cents: int) -> list[tuple[int, int]]:
    """The fewest notes and coins for ``cents`` as (denomination, count), largest first. Raises CashError below zero."""
    if cents < 0:
        raise CashError("negative", "Ein Betrag in Scheinen und Münzen kann nicht negativ sein.")
    result = []
    for value in DENOMINATIONS:
        count, cents = divmod(cents, value)
        if count:
            result.append((value, count))
    return result


def count_total(counts: Mapping[int, int]) -> int:
    """Cents of counted notes and coins: denomination in cents to count.

    Raises CashError for a denomination that does not exist, a negative count and one over 99.999.
    """
    total = 0
    for value, count in counts.items():
        if value not in DENOMINATIONS:
            raise CashError(
                "unknown_denomination", "Einen Schein oder eine Münze über {value} ct gibt es nicht.", value=value
            )
        if not 0 <= count <= MAX_COUNT:
            raise CashError("count", "Eine Anzahl liegt zwischen 0 und 99.999.")
        total += value * count
    return total
