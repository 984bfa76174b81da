"""Turns dated prices at their moment, so that open pages show them although nobody sells."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

from smartecr.register import pricedates
from smartecr.register.errors import RegisterError
from smartecr.register.till import Till, moment

LONGEST_SECONDS = 30.0
"""How long it sleeps at most: another process may plan a price meanwhile, and the system's clock may be set."""

_log = logging.getLogger(__name__)


class PriceClock:
    """One thread that sleeps until the next price begins or ends."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prices", daemon=True)

    def start(self) -> None:
        """Begin to watch; what fell due while the register was off is turned at once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def rest(self) -> float:
        """Return the seconds to sleep until the next moment, at most LONGEST_SECONDS."""
        following = self._till.prices_turn
        if len(following) < len("2026-12-01T07:00Z"):
            return LONGEST_SECONDS
        left = (moment(following) - self._till.clock()).total_seconds()
        return min(max(left, 0.0), LONGEST_SECONDS)

    def _run(self) -> None:
        try:
            while True:
                try:
                    pricedates.look(self._till)
                except (DatabaseError, RegisterError) as error:
                    _log.error("prices could not be turned", exc_info=error)
                    if self._stop.wait(LONGEST_SECONDS):
                        return
                if self._stop.wait(self.rest()):
                    return
        finally:
            connection.close()
