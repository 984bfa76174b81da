"""What the texts of an export mean: numbers as integers of 1/100000, instants as milliseconds UTC.

Both readers remember what they have read (bounded), because most values of an export repeat. They are lenient, since
the form is judged elsewhere (`fields`): a rule should see the amount even where its form is wrong.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

ONE: Final = 100_000
CENT: Final = 1_000
"""One unit, and one cent, in 1/100000."""

_REMEMBERED: Final = 50_000
_ZONE: Final = ZoneInfo("Europe/Berlin")
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,16})(?:,([0-9]{1,5})[0-9]*)?", re.ASCII)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


class Numbers(dict[str, int]):
    """Text -> 1/100000; what is no number is 0 (its form is a finding of its own)."""

    def __missing__(self, text: str) -> int:
        """Read a number not seen yet."""
        if len(self) >= _REMEMBERED:
            self.clear()
        match = _NUMBER.fullmatch(text) or _NUMBER.fullmatch(text.replace(".", "").replace("+", "").strip())
        value = 0
        if match is not None:
            value = int(match[2]) * ONE + int((match[3] or "").ljust(5, "0"))
            value = -value if match[1] else value
        self[text] = value
        return value


def instant(text: str, zone: ZoneInfo | None = _ZONE) -> int | None:
    """Return a time as milliseconds UTC, None when it is none.

    A time without offset is local time in `zone`; the specification's examples leave the offset out. The TSE's times
    are UTC.
    """
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def money(units: int) -> str:
    """Write 1/100000 as an amount with at least two decimals."""
    sign, units = ("-", -units) if units < 0 else ("", units)
    whole, rest = divmod(units, ONE)
    decimals = f"{rest:05d}"
    return f"{sign}{whole},{decimals[:2]}{decimals[2:].rstrip('0')}"


def halved_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest cent (in 1/100000), halves away from zero; denominator positive."""
    sign, numerator = (-1, -numerator) if numerator < 0 else (1, numerator)
    return sign * ((2 * numerator + denominator * CENT) // (2 * denominator * CENT)) * CENT
