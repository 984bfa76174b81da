"""A demo shop with some days behind it, made once for all tests that only read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smartecr.register.till import Till
from support.prepared import Shops

Live = Callable[[int], Till]

FIRST = date(2026, 11, 20)
"""A Friday."""


@pytest.fixture
def lived(db: None, tmp_path: Path, shops: Shops) -> Live:
    """Live through days at the demo shop from `FIRST` on and return its till, its clock at the last day's end."""
    from smartecr.server import wiring
    from smartecr.server.demoshop import demo, demo_days, demo_loyalty
    from support.shop import Randomness

    def live(days: int) -> Till:
        clock = demo.DemoClock(datetime(2026, 11, 20, 5, 30, tzinfo=UTC))
        name = f"{days} days of the demo"
        if name in shops:
            clock.turn_to(shops.put_back(name, tmp_path / "till"))
        else:
            till = wiring.build_till(tmp_path / "till" / "shop", clock, Randomness("days"))
            demo.stock(till)
            demo_loyalty.offer(till, demo.crew()["Christine"], demo.numbers())
            story = demo_days.Story(till, clock.turn_to, demo.crew(), demo.numbers(), 7)
            for place in range(days):
                story.live(FIRST + timedelta(days=place))
            till.tse.close()
            shops.keep(name, tmp_path / "till", clock())
        return wiring.build_till(tmp_path / "till" / "shop", clock, Randomness("insights"))

    return live
