"""The bench of a test (one of every driver), the device in its several states, and what all tests do with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract import tse_steps as steps
from contract.tse_bench import Bench, Clock, load
from smartecr.tse.api import Tse


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that asks for a bench over all of them."""
    if "bench" in metafunc.fixturenames:
        metafunc.parametrize("make_bench", load().values(), ids=load().keys())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bench(make_bench: type[Bench], tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    """A driver's bench with a factory-new device, closed."""
    with closing(make_bench(tmp_path, clock)) as made:
        yield made


@pytest.fixture
def new(bench: Bench) -> Iterator[Tse]:
    """The device opened, factory-new."""
    with closing(bench.open()) as opened:
        yield opened


@pytest.fixture
def tse(bench: Bench, new: Tse) -> Tse:
    """The device opened and put into operation with one client; nobody is logged in."""
    steps.commission(bench, new)
    return new
