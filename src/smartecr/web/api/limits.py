"""How often a programme may ask: a bucket of requests for each, refilled at a steady rate."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

_MOST = 1000


class Limiter:
    """`take` answers 0 and takes a request out of the bucket of `key`, or the whole seconds until there is one again.

    `burst` requests may come at once, `rate` a second for ever; `clock` returns seconds and never goes back.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> int:
        """Take one request, or say how long to wait."""
        now = self._clock()
        with self._lock:
            left, since = self._buckets.get(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - since) * self._rate)
            if left < 1:
                return max(1, math.ceil((1 - left) / self._rate))
            if len(self._buckets) >= _MOST:
                self._buckets.clear()
            self._buckets[key] = (left - 1, now)
            return 0
