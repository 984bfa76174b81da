"""Money is integer cents. Here it is rounded, spread without losing a cent, written and read.

The rules with worked numbers: ``docs/algorithms/rounding-and-vat.md`` and ``docs/algorithms/discounts.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smartecr.core.errors import MoneyError

MAX_CENTS = 99_999_999
"""Largest amount a person can enter and largest unit price: 999.999,99 €."""

MINUS = "−"
_AMOUNT = re.compile(
    r"(?P<sign>[-−+]?)(?P<euros>[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)?(?:,(?P<cents>[0-9]*))?", re.ASCII
)
_POINT = re.compile(r"[-−+]?[0-9]*\.[0-9]{1,2}", re.ASCII)


def round_half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded to the nearest integer, halves away from zero.

    Symmetric: the result for a negated numerator is the negated result, which is what makes a refund an exact mirror.
    The denominator must be positive.
    """
    if numerator < 0:
        return -((2 * -numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` cents in shares proportional to ``weights`` (none negative, sum above zero), summing to ``total``.

    Largest remainder: every share is rounded down, the cents left over go one each to the largest remainders, ties to
    the lowest index. The shares of ``-total`` are the negated shares of ``total``. As long as ``total`` does not exceed
    the sum of the weights no share exceeds its weight. Raises MoneyError when the weights are not usable.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise MoneyError("weights", "Der Betrag lässt sich nicht aufteilen: Es gibt nichts, worauf er sich verteilt.")
    sign, amount = (-1, -total) if total < 0 else (1, total)
    shares, remainders = [], []
    for index, weight in enumerate(weights):
        share, remainder = divmod(amount * weight, whole)
        shares.append(share)
        remainders.append((-remainder, index))
    remainders.sort()
    for _, index in remainders[: amount - sum(shares)]:
        shares[index] += 1
    return shares if sign > 0 else [-share for share in shares]


def format_cents(cents: int, minus: str = MINUS) -> str:
    """``123456`` as ``"1.234,56"``, without a currency sign; a negative amount begins with ``minus``."""
    sign, cents = (minus, -cents) if cents < 0 else ("", cents)
    euros = f"{cents // 100:,}".replace(",", ".") if cents >= 100_000 else str(cents // 100)
    return f"{sign}{euros},{cents % 100:02d}"


def parse_cents(text: str) -> int:
    """Cents from what a person types: ``"12"``, ``"12,5"``, ``"1.234,56"``, ``"−3,20 €"``, also ``"12.50"``.

    A dot followed by three digits groups thousands, a dot followed by one or two digits at the end stands for the comma
    (number pads have no comma). ``"1.500"`` without a comma is refused: it may mean 1500 euros or 1,50. Raises
    MoneyError when it is no amount, has more than two decimals or exceeds 999.999,99 in either direction.
    """
    stripped = text.strip().removesuffix("€").rstrip().removeprefix("€").lstrip()
    if _POINT.fullmatch(stripped):
        stripped = stripped.replace(".", ",")
    match = _AMOUNT.fullmatch(stripped)
    if match is None or not (match["euros"] or match["cents"]):
        raise MoneyError("not_an_amount", "„{text}“ ist kein Betrag. Beispiel: 12,50", text=text[:40])
    decimals = match["cents"] or ""
    if len(decimals) > 2:
        raise MoneyError("too_many_decimals", "Ein Betrag hat höchstens zwei Stellen nach dem Komma.")
    grouped = match["euros"] or "0"
    if match["cents"] is None and grouped.count(".") == 1:
        raise MoneyError("ambiguous", "„{text}“ ist mehrdeutig. Bitte mit Komma eingeben.", text=text[:40])
    euros = grouped.replace(".", "")
    if len(euros.lstrip("0")) > len(str(MAX_CENTS)) - 2:
        raise _too_large()
    cents = int(euros) * 100 + int(decimals.ljust(2, "0"))
    return -cents if match["sign"] in ("-", MINUS) else cents


def check_cents(cents: int) -> int:
    """``cents`` unchanged; raises MoneyError beyond 999.999,99 € in either direction."""
    if not -MAX_CENTS <= cents <= MAX_CENTS:
        raise _too_large()
    return cents


def format_percent(basis_points: int) -> str:
    """``1000`` as ``"10 %"``, ``780`` as ``"7,8 %"``."""
    sign, basis_points = (MINUS, -basis_points) if basis_points < 0 else ("", basis_points)
    whole, rest = divmod(basis_points, 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{sign}{whole}{decimals} %"


def _too_large() -> MoneyError:
    limit = format_cents(MAX_CENTS)
    return MoneyError("amount_too_large", "Der Betrag ist zu groß. Höchstens {limit} € sind möglich.", limit=limit)
