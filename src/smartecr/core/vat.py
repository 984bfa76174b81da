"""VAT keys as in DSFinV-K (Anlage 2 of 2024-12-05) and their rates by date, state of 2026.

A key says which kind of rate applies; the rate follows from the day. Keys 1 to 4 always mean the rate valid on the day
of capture; the keys from 11 on fix a former rate and serve to book back what was sold at it. Sources of the rates:
§ 12 (1), (2) and (3) UStG, § 28 UStG (16 % and 5 % from 2020-07-01 to 2020-12-31), § 24 (1) UStG (10,7 % to 2021,
9,5 % in 2022, 9,0 % to 2024-12-05, 8,4 % to 2024-12-31, 7,8 % since 2025).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from smartecr.core.errors import UnknownVatKey
from smartecr.core.money import format_percent, round_half_up

GENERAL: Final = 1
REDUCED: Final = 2
NOT_TAXABLE: Final = 5
EXEMPT: Final = 6

_START = date(2007, 1, 1)

_RATES: Final[dict[int, tuple[tuple[date, int], ...]]] = {
    1: ((_START, 1900), (date(2020, 7, 1), 1600), (date(2021, 1, 1), 1900)),
    2: ((_START, 700), (date(2020, 7, 1), 500), (date(2021, 1, 1), 700)),
    3: (
        (_START, 1070),
        (date(2022, 1, 1), 950),
        (date(2023, 1, 1), 900),
        (date(2024, 12, 6), 840),
        (date(2025, 1, 1), 780),
    ),
    4: ((_START, 550),),
    5: ((_START, 0),),
    6: ((_START, 0),),
    7: ((_START, 0),),
    8: ((date(2023, 1, 1), 0),),
    11: ((_START, 1900),),
    12: ((_START, 700),),
    13: ((_START, 1070),),
    21: ((_START, 1600),),
    22: ((_START, 500),),
    23: ((_START, 950),),
    33: ((_START, 900),),
    43: ((_START, 840),),
}

_NAMES: Final = {
    1: "Allgemeiner Steuersatz",
    2: "Ermäßigter Steuersatz",
    3: "Durchschnittssatz (§ 24 Abs. 1 Nr. 3 UStG)",
    4: "Durchschnittssatz (§ 24 Abs. 1 Nr. 1 UStG)",
    5: "Nicht steuerbar",
    6: "Umsatzsteuerfrei",
    7: "Umsatzsteuer nicht ermittelbar",
    8: "Nullsteuersatz (§ 12 Abs. 3 UStG)",
    11: "Früherer allgemeiner Steuersatz",
    12: "Früherer ermäßigter Steuersatz",
    13: "Früherer Durchschnittssatz (§ 24 Abs. 1 Nr. 3 UStG)",
    21: "Früherer allgemeiner Steuersatz",
    22: "Früherer ermäßigter Steuersatz",
    23: "Früherer Durchschnittssatz (§ 24 Abs. 1 Nr. 3 UStG)",
    33: "Früherer Durchschnittssatz (§ 24 Abs. 1 Nr. 3 UStG)",
    43: "Früherer Durchschnittssatz (§ 24 Abs. 1 Nr. 3 UStG)",
}

_SLOTS: Final = {1: 0, 11: 0, 21: 0, 2: 1, 12: 1, 22: 1, 3: 2, 13: 2, 23: 2, 33: 2, 43: 2, 4: 3, 5: 4, 6: 4, 7: 4, 8: 4}

_LETTERS: Final = dict(zip(sorted(_RATES), "ABCDEFGHIJKLMNOP", strict=True))

KEYS: Final = frozenset(_RATES)
"""Every key the register knows."""

FORMER_KEYS: Final = (11, 12, 13, 21, 22, 23, 33, 43)
"""Keys that fix a former rate."""


@lru_cache(maxsize=4096)
def rate_on(key: int, day: date) -> int:
    """Rate of ``key`` on ``day`` in basis points (1900 is 19 %).

    Raises UnknownVatKey for a key outside the list and for a day before its first rate (the list begins in 2007).
    """
    for valid_from, rate in reversed(_RATES.get(key, ())):
        if day >= valid_from:
            return rate
    raise _unknown(key)


def split_gross(gross: int, rate_bp: int) -> tuple[int, int]:
    """Net and tax in cents contained in ``gross``: net rounded half up, tax the rest (DSFinV-K, Anhang F)."""
    net = round_half_up(gross * 10_000, 10_000 + rate_bp)
    return net, gross - net


def slot(key: int) -> int:
    """Place of ``key`` in the five sums of Kassenbeleg-V1: 0 general, 1 reduced, 2 and 3 § 24, 4 without VAT."""
    try:
        return _SLOTS[key]
    except KeyError:
        raise _unknown(key) from None


def letter(key: int) -> str:
    """Letter that marks ``key`` on a receipt: ``"A"`` for 19 %, ``"B"`` for 7 % and so on, no letter twice."""
    try:
        return _LETTERS[key]
    except KeyError:
        raise _unknown(key) from None


def name(key: int) -> str:
    """German name of ``key`` as in ``vat.csv`` (UST_BESCHR, at most 55 characters)."""
    try:
        return _NAMES[key]
    except KeyError:
        raise _unknown(key) from None


def label(key: int, rate_bp: int) -> str:
    """What a receipt prints for ``key`` at ``rate_bp``: ``"19 %"``, ``"7,8 %"``, without tax e.g. ``"steuerfrei"``."""
    if rate_bp or key == 8:
        return format_percent(rate_bp)
    return {NOT_TAXABLE: "nicht steuerbar", EXEMPT: "steuerfrei"}.get(key, "ohne MwSt")


def key_for_rate(key: int, rate_bp: int, day: date) -> int:
    """The key under which ``rate_bp``, once captured as ``key``, is booked on ``day``.

    ``key`` itself while its rate is unchanged, else the key that fixes the former rate (DSFinV-K Anlage 2). Raises
    UnknownVatKey when there is none.
    """
    if rate_on(key, day) == rate_bp:
        return key
    place = slot(key)
    for former in FORMER_KEYS:
        if _SLOTS[former] == place and _RATES[former][0][1] == rate_bp:
            return former
    raise _unknown(key)


def _unknown(key: int) -> UnknownVatKey:
    return UnknownVatKey("unknown_vat_key", "Den Steuerschlüssel {key} gibt es an diesem Tag nicht.", key=key)
