"""Instants as DSFinV-K writes them: local time with its offset for the register, UTC with milliseconds for the TSE.

RFC 3339 wants an offset and a day of 25 hours needs it, so receipts and closings carry it although the examples of
the specification leave it out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


class LocalClock:
    """Writes unix seconds as the local time of one zone (``2026-11-23T18:58:40+01:00``)."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._quarter = lru_cache(maxsize=1024)(lambda quarter: _quarter(quarter, zone))

    def text(self, seconds: int) -> str:
        """Return the local time of an instant."""
        quarter, rest = divmod(seconds, 900)
        hour, minute, offset = self._quarter(quarter)
        return f"{hour}{minute + rest // 60:02d}:{rest % 60:02d}{offset}"


def _quarter(quarter: int, zone: ZoneInfo) -> tuple[str, int, str]:
    """Return what is the same for a quarter of an hour: the text up to the hour, the first minute and the offset."""
    begin = datetime.fromtimestamp(quarter * 900, zone)
    text = begin.isoformat(timespec="seconds")
    return text[:14], begin.minute, text[19:]


def tse_text(seconds: int) -> str:
    """Return an instant as the TSE's tables want it (``2026-11-23T17:58:38.000Z``)."""
    hour, rest = divmod(seconds, 3600)
    return f"{_utc_hour(hour)}{rest // 60:02d}:{rest % 60:02d}.000Z"


@lru_cache(maxsize=1024)
def _utc_hour(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:14]
