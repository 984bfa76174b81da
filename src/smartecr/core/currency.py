"""Foreign cash: what notes of another currency are worth in euros, at a rate the shop has set.

A rate is euros for one unit of the currency in hundred-thousandths (106500: 1 CHF is 1,06500 €). Change is given in
euros. DSFinV-K keeps both amounts (ZAHLWAEH_BETRAG, BASISWAEH_BETRAG), and change as a negative amount in euros.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from smartecr.core.errors import PaymentError
from smartecr.core.money import MAX_CENTS, format_cents, round_half_up

ONE_RATE: Final = 100_000

CURRENCIES: Final = MappingProxyType(
    {
        "CHF": "Schweizer Franken",
        "USD": "US-Dollar",
        "GBP": "Britisches Pfund",
        "PLN": "Polnischer Złoty",
        "CZK": "Tschechische Krone",
        "DKK": "Dänische Krone",
        "SEK": "Schwedische Krone",
        "NOK": "Norwegische Krone",
    }
)
"""Currencies a German shop near a border or for tourists takes, by ISO 4217; all have hundredths."""


def in_euro(foreign_cents: int, rate: int) -> int:
    """Return what an amount is worth in cents, rounded half up. Raises PaymentError for one out of range."""
    cents = round_half_up(foreign_cents * rate, ONE_RATE)
    if abs(cents) > MAX_CENTS or abs(foreign_cents) > MAX_CENTS:
        limit = format_cents(MAX_CENTS)
        raise PaymentError("amount_too_large", "Der Betrag ist zu groß. Höchstens {limit} € sind möglich.", limit=limit)
    return cents


def parse_rate(text: str) -> int:
    """Return a rate from what a person typed ("1,065"). Raises PaymentError for what is none, or far from any."""
    whole, _, part = text.strip().replace(".", ",").partition(",")
    if not (whole + part).isdigit() or not (whole + part).isascii() or len(whole) > 3 or len(part) > 5:
        raise PaymentError("rate", "„{text}“ ist kein Kurs. Beispiel: 1,065", text=text)
    rate = int(whole or "0") * ONE_RATE + int(part.ljust(5, "0") or "0")
    if not 0 < rate < 100 * ONE_RATE:
        raise PaymentError("rate", "„{text}“ ist kein Kurs. Beispiel: 1,065", text=text)
    return rate


def format_rate(rate: int) -> str:
    """106500 as "1,065"; at least two decimals."""
    whole, part = divmod(rate, ONE_RATE)
    digits = f"{part:05d}".rstrip("0").ljust(2, "0")
    return f"{whole},{digits}"
