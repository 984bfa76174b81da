"""What the fuel gauge remembers: one reading a day and device in a small file, so that the pace is that of real use."""

import json
import logging
import os
import threading
from pathlib import Path

from smartecr.tse.api import TseInfo
from smartecr.tse.gauge import DAY, Gauge, Reading, gauge

log = logging.getLogger(__name__)

#: readings kept of a device, and those the pace is taken from: a shop's year has seasons, its quarter hardly
_KEPT = 400
_PACE = 91
_Row = tuple[int, int | None, int | None]


class GaugeBook:
    """The file ``path``: ``{serial: [[unix seconds, signatures remaining, bytes free], …]}``. Thread-safe.

    It is no part of the books: one that is unreadable begins anew, one that cannot be written is logged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[str, list[_Row]] = _load(path)

    def note(self, info: TseInfo, at: int) -> None:
        """Take the first reading of a day (UTC) and every one that shows a stock grown; others are passed over."""
        reading = Reading.of(info, at)
        with self._lock:
            rows = self._rows.setdefault(info.serial, [])
            if rows and not _is_news(rows[-1], reading):
                return
            rows.append((reading.at, reading.signatures_remaining, reading.storage_free))
            del rows[:-_KEPT]
            self._save()

    def history(self, serial: str) -> list[Reading]:
        """Return the readings of a device, oldest first."""
        with self._lock:
            rows = list(self._rows.get(serial, ()))
        return [Reading(at=at, signatures_remaining=left, storage_free=free) for at, left, free in rows]

    def read(self, info: TseInfo, at: int) -> Gauge:
        """Read the gauge of a device as it is now, by its use in the last quarter."""
        history = [one for one in self.history(info.serial) if at - _PACE * DAY <= one.at < at]
        return gauge([*history, Reading.of(info, at)], info.certificate_expires, at)

    def _save(self) -> None:
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            with draft.open("w", encoding="ascii") as file:
                json.dump(self._rows, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            log.warning("%s is not written: %s", self._path, error)
            draft.unlink(missing_ok=True)


def _is_news(last: _Row, reading: Reading) -> bool:
    """A clock set back gives no reading: the order of time would be lost."""
    at, left, free = last
    if reading.at <= at:
        return False
    grown = (_grown(left, reading.signatures_remaining), _grown(free, reading.storage_free))
    return reading.at // DAY > at // DAY or any(grown)


def _grown(before: int | None, now: int | None) -> bool:
    return before is not None and now is not None and now > before


def _load(path: Path) -> dict[str, list[_Row]]:
    try:
        content = json.loads(path.read_bytes())
        return {str(serial): [_row(*row) for row in rows] for serial, rows in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        log.warning("%s begins anew: %r", path, error)
        return {}


def _row(at: int, left: int | None, free: int | None) -> _Row:
    if not isinstance(at, int) or not all(isinstance(stock, int | None) for stock in (left, free)):
        raise TypeError("a reading is whole numbers")
    return at, left, free
