"""Fixtures of a small shop (see `support.shop`); Django is imported when a test asks, not before it is set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from smartecr.register.till import Till
    from smartecr.tse.virtual import Faults
    from support.shop import Clock


@pytest.fixture
def clock() -> Clock:
    """A Tuesday morning in 2026."""
    from support.shop import Clock

    return Clock(datetime(2026, 11, 24, 7, 42, tzinfo=UTC))


@pytest.fixture
def faults() -> Faults:
    """What is wrong with the till's virtual TSE; a test sets it while the till runs."""
    from smartecr.tse.virtual import Faults

    return Faults()


@pytest.fixture
def till(db: None, tmp_path: Path, clock: Clock, faults: Faults) -> Iterator[Till]:
    """A stocked till on the test database with a virtual TSE in a folder of its own."""
    from smartecr.server import wiring
    from smartecr.tse.virtual import VirtualTse, open_demo
    from support.shop import Randomness, stock

    def open_device() -> VirtualTse:
        return open_demo(tmp_path / "tse", lambda: clock().timestamp(), faults=faults)

    built = wiring.build_till(tmp_path / "shop", clock, Randomness("till"), open_device=open_device, timeout=1.0)
    stock(built)
    yield built
    built.tse.close()
