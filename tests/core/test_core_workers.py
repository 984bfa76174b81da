"""Processes that work for another: in order, whatever they raise, and noticed when they are gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartecr.core.workers import WorkerLostError, Workers
from support.eventually import eventually

BIG = 4_000_000
"""Bytes that no line holds: whoever sends them waits for the one who takes them."""

_begun: list[str] = []


@pytest.fixture(params=["forked", "started anew"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both ways in which a process begins; none is left behind."""
    threads = 1 if request.param == "forked" else 2
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    yield request.param
    assert multiprocessing.active_children() == []


def begin(word: str) -> None:
    _begun.append(word)


def said(number: int) -> tuple[str, int]:
    time.sleep(0.02 if number % 3 == 0 else 0)
    return _begun[0], number


def refuse(number: int) -> int:
    raise ValueError(f"{number} is odd")


def big(number: int, told: str) -> bytes:
    Path(told).write_text(str(os.getpid()))
    return bytes([number]) * BIG


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_answers_come_in_order_from_processes_made_ready(way: str) -> None:
    with Workers(3, begin, "ready") as workers:
        for number in range(20):
            workers.ask(said, number)
        assert [workers.take() for _ in range(20)] == [("ready", number) for number in range(20)]
        assert len(workers) == 0
        with pytest.raises(IndexError):
            workers.take()


def test_what_the_work_raises_is_raised_in_its_turn(way: str, tmp_path: Path) -> None:
    with Workers(2) as workers:
        workers.ask(big, 1, str(tmp_path / "told"))
        workers.ask(refuse, 3)
        workers.ask(big, 2, str(tmp_path / "told"))
        assert workers.take() == b"\1" * BIG
        with pytest.raises(ValueError, match="3 is odd") as caught:
            workers.take()
        assert "in refuse" in caught.value.__notes__[0]
        assert workers.take() == b"\2" * BIG


def test_one_that_is_lost_at_work_is_noticed(way: str) -> None:
    with Workers(2) as workers, pytest.raises(WorkerLostError):
        workers.ask(die)
        workers.take()


def test_one_that_is_lost_in_the_middle_of_an_answer_is_noticed(way: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    with Workers(2) as workers:
        workers.ask(big, 1, str(told))
        eventually(lambda: told.exists() and told.read_text() != "")
        time.sleep(0.1)  # by now it sends
        os.kill(int(told.read_text()), signal.SIGKILL)
        with pytest.raises(WorkerLostError):
            workers.take()


def test_one_that_is_lost_while_idle_is_noticed_when_it_is_asked(way: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    with Workers(1) as workers:
        workers.ask(big, 1, str(told))
        workers.take()
        os.kill(int(told.read_text()), signal.SIGKILL)
        with pytest.raises(WorkerLostError):
            workers.ask(refuse, 1)
            workers.take()


def test_the_end_does_not_wait_for_answers_half_sent(way: str, tmp_path: Path) -> None:
    with Workers(2) as workers:
        for number in range(6):
            workers.ask(big, number, str(tmp_path / "told"))
        eventually((tmp_path / "told").exists)
