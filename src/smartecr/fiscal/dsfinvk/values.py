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
_LONGEST: Final = 40
"""Characters of a text that is remembered; longer ones are neither numbers nor times."""
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
        if len(text) <= _LONGEST:
            self[text] = value
        return value


NUMBERS: Final = Numbers()
"""What this process has read."""


_SIXTY: Final = {f"{part:02d}": part for part in range(60)} | {f":{part:02d}": part for part in range(60)}
_HOURS: dict[str, int] = {}


class Instants(dict[str, int | None]):
    """Text -> milliseconds UTC; what is no time is None.

    A time without offset is German local time, as in the specification's examples. Only the hour is parsed, and
    remembered; minutes and seconds are added.
    """

    def __missing__(self, text: str) -> int | None:
        """Read a time not seen yet."""
        if len(self) >= _REMEMBERED:
            self.clear()
        if len(text) > _LONGEST:
            return None
        hour = text[:14] + text[19:]
        begin = _HOURS.get(hour)
        if begin is None:
            if len(_HOURS) >= _REMEMBERED:
                _HOURS.clear()
            begin = _HOURS[hour] = _hour(f"{text[:14]}00:00{text[19:]}")
        minute, second = _SIXTY.get(text[14:16], -1), _SIXTY.get(text[16:19], -1)
        good = begin >= 0 and minute >= 0 and second >= 0
        value = self[text] = begin + minute * 60_000 + second * 1000 if good else None
        return value


INSTANTS: Final = Instants()
"""What this process has read."""


def _hour(text: str) -> int:
    """Return a time as milliseconds UTC, -1 when it is none."""
    if not _INSTANT.fullmatch(text):
        return -1
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_ZONE)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return -1


def money(units: int) -> str:
    """Write 1/100000 as an amount with at least two decimals."""
    sign, units = ("-", -units) if units < 0 else ("", units)
    whole, rest = divmod(units, ONE)
    decimals = f"{rest:05d}"
    return f"{sign}{whole},{decimals[:2]}{decimals[2:].rstrip('0')}"
