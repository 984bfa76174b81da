"""Local moments as people write them ("01.12.2026 07:00") and as the books keep them (UTC text). Pure.

The shop's clock jumps twice a year: an hour that is left out is refused, one that comes twice means its first passing
(summer time), so that what begins then begins once.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from smartecr.core.errors import MomentError

ZONE = ZoneInfo("Europe/Berlin")
"""Where the shop is: business days and printed times are local."""

_DAY = r"(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})|(?P<iso>\d{4}-\d{2}-\d{2}))"
_MOMENT = re.compile(rf"{_DAY}(?:[ T,]+(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?::00)?(?:\s*Uhr)?)?", re.ASCII)


def utc(moment: datetime) -> str:
    """Return an aware datetime as the books keep it: UTC with milliseconds and Z."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"


def local(text: str) -> datetime:
    """Return UTC text of the books as an aware datetime in the shop's zone."""
    return datetime.fromisoformat(text).astimezone(ZONE)


def read(text: str, *, through: bool = False) -> str:
    """Return what a person wrote ("1.12.2026", "01.12.2026 07:00", "2026-12-01T07:00") as UTC text.

    A day alone means its first minute, or with `through` the end of it: "bis 24.12." sells on the 24th. Raises
    MomentError for what is no moment and for an hour that the change to summer time leaves out.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise MomentError("no_moment", "„{text}“ ist kein Zeitpunkt. Beispiel: 01.12.2026 07:00", text=text[:30])
    try:
        day = date.fromisoformat(found["iso"]) if found["iso"] else _day(found)
        if found["hour"] is None:
            start = day + timedelta(days=1) if through else day
            return utc(datetime(start.year, start.month, start.day, tzinfo=ZONE))
        moment = datetime(day.year, day.month, day.day, int(found["hour"]), int(found["minute"]), tzinfo=ZONE)
    except (ValueError, OverflowError):
        raise MomentError("no_moment", "Diesen Tag oder diese Uhrzeit gibt es nicht: {text}", text=text[:30]) from None
    if moment.astimezone(UTC).astimezone(ZONE).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise MomentError(
            "left_out", "Diese Uhrzeit lässt die Zeitumstellung am {day} aus. Möglich ist 03:00.", day=f"{day:%d.%m.%Y}"
        )
    return utc(moment)


def write(text: str, *, through: bool = False) -> str:
    """Return UTC text as a person writes it; midnight as its day alone, with `through` as the day that ends then."""
    moment = local(text)
    if (moment.hour, moment.minute) != (0, 0):
        return f"{moment:%d.%m.%Y %H:%M}"
    return f"{moment - timedelta(days=1) if through else moment:%d.%m.%Y}"


def _day(found: re.Match[str]) -> date:
    return date(int(found["year"]), int(found["month"]), int(found["day"]))
