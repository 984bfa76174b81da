"""A beat goes on after a failure, sleeps as long as it was told, and ends when it is closed."""

from __future__ import annotations

import logging
import threading

import pytest

from smartecr.server.serving.beat import Beat


def test_it_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    told, done = [0.0, ValueError("once"), 60.0], threading.Event()

    def act() -> float:
        answer = told.pop(0)
        if not told:
            done.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    beat = Beat("test", act, first=0.0, longest=0.0)
    beat.start()
    assert done.wait(20)
    beat.close()
    assert told == []


def test_closing_wakes_a_sleeper_and_one_never_started() -> None:
    beat = Beat("test", lambda: 60.0, first=60.0, longest=60.0)
    beat.close()
    beat.start()
    beat.close()
