"""Codes on their way from the scanners to the till: kept for moments, given out once, and how the scanners are.

A code nobody takes is gone after `FRESH` seconds: what was held before the camera while nobody was there must not turn
up on the next guest's ticket. Each code carries the id of the command it becomes, so that it is booked once whatever
happens to the page that took it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from smartecr.core.records import dataclass

FRESH = 6.0
_MOST = 50


@dataclass(frozen=True, slots=True)
class Arrival:
    """A code as it was read (with the AIM identifier where there is one), the id of its command, when (seconds)."""

    id: str
    text: str
    at: float


class Arrivals:
    """Thread-safe. `new_id` makes command ids, `clock` gives seconds that never run backwards.

    `look` takes a frame of the browser's camera (JPEG or PNG) and tells whether it was wanted; None: it is not used.
    `show` gives the camera's next frame as a JPEG, or None when none comes within the seconds; None: no camera.
    `last` is the newest code with its time, None before the first.
    """

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], float], changed: Callable[[str], None]) -> None:
        self._new_id = new_id
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._waiting: deque[Arrival] = deque(maxlen=_MOST)
        self._states: dict[str, str] = {}
        self.look: Callable[[bytes], bool] | None = None
        self.show: Callable[[float], bytes | None] | None = None
        self.last: Arrival | None = None

    def put(self, text: str) -> None:
        """Take a code a scanner read and tell the open pages."""
        arrival = Arrival(self._new_id(), text, self._clock())
        with self._lock:
            self._waiting.append(arrival)
            self.last = arrival
        self._changed("scan")

    def take(self) -> list[Arrival]:
        """Give out what has come lately, oldest first; nobody else gets it."""
        oldest = self._clock() - FRESH
        with self._lock:
            taken = [arrival for arrival in self._waiting if arrival.at >= oldest]
            self._waiting.clear()
        return taken

    def tell(self, scanner: str, trouble: str) -> None:
        """Note what is wrong with a scanner ("": nothing), in German."""
        with self._lock:
            before = self._states.get(scanner, "")
            self._states[scanner] = trouble
        if before != trouble:
            self._changed("status")

    def age(self, arrival: Arrival) -> float:
        """Return how many seconds ago a code was read."""
        return self._clock() - arrival.at

    @property
    def troubles(self) -> dict[str, str]:
        """Return what each scanner that was heard of has, "" for nothing, by its name ("camera", "scanner")."""
        with self._lock:
            return dict(self._states)

    @property
    def trouble(self) -> str:
        """Return what is wrong with a scanner, "" when all are well."""
        with self._lock:
            return next((trouble for trouble in self._states.values() if trouble), "")
