"""Turns dated prices at their moment, so that open pages show them although nobody sells."""

from __future__ import annotations

from smartecr.register.shop import pricedates
from smartecr.register.till import Till, moment
from smartecr.server.serving.beat import Beat
from smartecr.sql import on_postgresql

FIRST_SECONDS = 1.0
"""When it first looks: whoever sells looks before it does, and a start has more to do than to open a connection."""
LONGEST_SECONDS = 30.0
"""How long it sleeps at most: the system's clock may be set meanwhile."""
AMONG_OTHERS_SECONDS = 3.0
"""How long where the books are shared: another register changes the catalogue, and the pages here are to show it."""


class PriceClock(Beat):
    """Sleeps until the next price begins or ends; what fell due while the register was off is turned soon."""

    def __init__(self, till: Till) -> None:
        self._longest = AMONG_OTHERS_SECONDS if on_postgresql() else LONGEST_SECONDS
        super().__init__("prices", self._beat, first=FIRST_SECONDS, longest=self._longest)
        self._till = till

    def rest(self) -> float:
        """Return the seconds to sleep until the next moment, at most the longest."""
        following = self._till.prices_turn
        if len(following) < len("2026-12-01T07:00Z"):
            return self._longest
        left = (moment(following) - self._till.clock()).total_seconds()
        return min(max(left, 0.0), self._longest)

    def _beat(self) -> float:
        pricedates.look(self._till)
        return self.rest()
