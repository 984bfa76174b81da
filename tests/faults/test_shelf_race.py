"""Two processes at the same moment, on both databases: the last piece, goods in, a new number, a webhook's events."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.postgres import cluster
from support.webhook_receiver import receiving

SCRIPT = Path(__file__).with_name("shelf_race.py")


@pytest.fixture
def own_cluster() -> Iterator[ExitStack]:
    """What is entered here ends with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_piece_number_or_event_is_lost_or_doubled(database: str, tmp_path: Path, own_cluster: ExitStack) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"SMARTECR_DATA": str(tmp_path), "PYTHONPATH": "src"}
    if database == "postgres":
        environment["DATABASE_URL"] = own_cluster.enter_context(cluster())

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def end(one: subprocess.Popen[str], say: str | None = None) -> str:
        out, errors = one.communicate(say, timeout=120)
        assert one.returncode == 0, errors[-3000:]
        return out.strip()

    def race(*racers: subprocess.Popen[str]) -> list[str]:
        for one in racers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n", end(one)
        for one in racers:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        return [end(one) for one in racers]

    with receiving() as receiver:
        events = end(start("prepare", receiver.address)).split()
        assert sorted(race(start("trade", "Kasse 2"), start("trade", "Kasse 3"))) == ["made", "number_taken"]
        assert end(start("check")) == "9000 1 []", "one piece, two sold, ten came"
        race(start("tell"), start("tell"))
    assert receiver.ids == events
    assert len(set(events)) == 8
