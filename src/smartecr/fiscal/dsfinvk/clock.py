"""Instants as DSFinV-K writes them: local time with its offset for the register, UTC with milliseconds for the TSE.

RFC 3339 wants an offset and a day of 25 hours needs it, so receipts and closings carry it although the examples of
the specification leave it out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_OF_HOUR = [f"{minute:02d}:{second:02d}" for minute in range(60) for second in range(60)]
"""Minute and second by the second of an hour."""


class LocalClock:
    """Writes unix seconds as the local time of one zone (``2026-11-23T18:58:40+01:00``)."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._quarter = lru_cache(maxsize=1024)(lambda quarter: _quarter(quarter, zone))

    def text(self, seconds: int) -> str:
        """Return the local time of an instant."""
        quarter, rest = divmod(seconds, 900)
        hour, first, offset = self._quarter(quarter)
        return f"{hour}{_OF_HOUR[first + rest]}{offset}"


def _quarter(quarter: int, zone: ZoneInfo) -> tuple[str, int, str]:
    """Return what is the same for a quarter of an hour: the text up to the hour, its first second and the offset."""
    begin = datetime.fromtimestamp(quarter * 900, zone)
    text = begin.isoformat(timespec="seconds")
    return text[:14], begin.minute * 60 + begin.second, text[19:]


def tse_text(seconds: int) -> str:
    """Return an instant as the TSE's tables want it (``2026-11-23T17:58:38.000Z``)."""
    hour, rest = divmod(seconds, 3600)
    return f"{_utc_hour(hour)}{_OF_HOUR[rest]}.000Z"


@lru_cache(maxsize=1024)
def _utc_hour(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:14]
