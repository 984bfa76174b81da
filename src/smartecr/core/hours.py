"""When the shop is open, as a person writes it: "Mo-Fr 7-18:30, Sa 8-13". Pure.

Days are German names, short or whole, or "täglich"; spans are local time. Spans may be several a day
("Mo-Fr 8-12 14-18", "Mo-Fr 8-12, 14-18") and reach over midnight ("Fr 18-2"). A day that is not named is closed.
"""

from __future__ import annotations

import re
from datetime import datetime

from smartecr.core.errors import TextError

DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
_WHOLE = {"Montag": "Mo", "Dienstag": "Di", "Mittwoch": "Mi", "Donnerstag": "Do", "Freitag": "Fr", "Samstag": "Sa",
          "Sonnabend": "Sa", "Sonntag": "So"}  # fmt: skip
LONGEST = 200
_MINUTES = 24 * 60
_WEEK = 7 * _MINUTES
_PART = re.compile(
    r"(?:(?P<days>[a-zä]{2,10}(?:\s*[-–]\s*[a-zä]{2,10})?)\s+)?(?P<spans>[0-9:.\-–\s]+(?:Uhr)?)", re.IGNORECASE
)
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[:.](\d{2}))?(?=\s|$)")

Hours = tuple[tuple[int, int], ...]
"""Spans in minutes of the week (Monday 0:00 is 0), ends excluded, in order; an end may lie behind the week's."""


def parse(text: str) -> Hours:
    """Read opening hours; empty text gives none. Raises TextError with an example of what is understood."""
    if len(text) > LONGEST:
        raise _unclear(text[:20])
    spans: list[tuple[int, int]] = []
    days: list[int] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;\n]", re.sub(r"\bbis\b", "-", text)))):
        found = _PART.fullmatch(part)
        if found is None or not (found["days"] or days):
            raise _unclear(part)
        days, times = _days(found["days"]) if found["days"] else days, _times(found["spans"])
        spans += [(day * _MINUTES + begin, day * _MINUTES + end) for day in days for begin, end in times]
    return tuple(sorted(spans))


def is_open(hours: Hours, local: datetime) -> bool:
    """Tell whether the shop is open at a local time."""
    minute = local.weekday() * _MINUTES + local.hour * 60 + local.minute
    return any(begin <= at < end for begin, end in hours for at in (minute, minute + _WEEK))


def _days(text: str) -> list[int]:
    if text.strip().lower() == "täglich":
        return list(range(len(DAYS)))
    names = [_WHOLE.get(name, name) for name in (name.strip().capitalize() for name in re.split("[-–]", text))]
    if any(name not in DAYS for name in names):
        raise _unclear(text)
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]


def _times(text: str) -> list[tuple[int, int]]:
    text = re.sub("uhr", "", text, flags=re.IGNORECASE)
    found = list(_SPAN.finditer(text))
    if not found or _SPAN.sub("", text).strip():
        raise _unclear(text)
    return [_span(*(int(number or 0) for number in span.groups())) for span in found]


def _span(hour: int, minute: int, end_hour: int, end_minute: int) -> tuple[int, int]:
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or begin >= _MINUTES or end > _MINUTES:
        raise _unclear(f"{hour}:{minute:02}-{end_hour}:{end_minute:02}")
    return begin, end if end > begin else end + _MINUTES


def _unclear(part: str) -> TextError:
    return TextError(
        "hours_unclear", "„{part}“ ist nicht zu verstehen. So geht es: Mo-Fr 7-18:30, Sa 8-13", part=part.strip()
    )
