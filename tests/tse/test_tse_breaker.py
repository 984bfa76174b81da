"""The pace of an outage, on paper time."""

from __future__ import annotations

import pytest

from smartecr.tse.breaker import Breaker
from smartecr.tse.errors import TseStorageFull, TseTimeout, TseUnplugged

NOW = 1_795_454_560.0


def test_a_new_breaker_lets_everything_through() -> None:
    breaker = Breaker(NOW, 2, 16)
    assert not breaker.open
    assert (breaker.state.level, breaker.state.since, breaker.state.reason) == ("ok", NOW, "")


def test_a_failure_opens_it_with_begin_and_reason() -> None:
    breaker = Breaker(NOW, 2, 16)
    assert breaker.failed(TseUnplugged(), NOW + 5, 100.0)
    assert breaker.open
    assert (breaker.state.level, breaker.state.since) == ("bad", NOW + 5)
    assert breaker.state.code == "tse_unplugged"
    assert breaker.state.reason == "TSE nicht eingesteckt"
    assert breaker.state.message == TseUnplugged.message
    assert breaker.state.next_step == TseUnplugged.next_step


def test_attempts_become_rarer_up_to_a_limit() -> None:
    breaker = Breaker(NOW, 2, 16)
    monotonic, pauses = 100.0, []
    for _ in range(6):
        breaker.failed(TseUnplugged(), NOW, monotonic)
        pauses.append(breaker.probe_in(monotonic))
        monotonic += pauses[-1]
        assert breaker.probe_in(monotonic) == 0
        assert breaker.probe_in(monotonic + 1) == 0
    assert pauses == [2, 4, 8, 16, 16, 16]


def test_the_same_failure_again_is_no_news() -> None:
    breaker = Breaker(NOW, 2, 16)
    assert breaker.failed(TseUnplugged(), NOW, 0)
    assert not breaker.failed(TseUnplugged(), NOW + 9, 9)
    assert breaker.state.since == NOW


def test_another_reason_is_news_of_the_same_outage() -> None:
    breaker = Breaker(NOW, 2, 16)
    breaker.failed(TseTimeout(), NOW, 0)
    assert breaker.failed(TseUnplugged(), NOW + 9, 9)
    assert (breaker.state.code, breaker.state.since) == ("tse_unplugged", NOW)


def test_recovery_ends_the_outage_once() -> None:
    breaker = Breaker(NOW, 2, 16)
    breaker.failed(TseUnplugged(), NOW, 0)
    assert breaker.recovered(NOW + 30)
    assert (breaker.open, breaker.state.level, breaker.state.since) == (False, "ok", NOW + 30)
    assert not breaker.recovered(NOW + 40)


def test_the_pace_is_kept_until_a_call_succeeds() -> None:
    breaker = Breaker(NOW, 2, 16)
    for monotonic in (0.0, 10.0):
        breaker.failed(TseStorageFull(), NOW, monotonic)
        breaker.recovered(NOW)
    breaker.failed(TseStorageFull(), NOW, 20.0)
    assert breaker.probe_in(20.0) == 8
    breaker.recovered(NOW)
    breaker.succeeded(False, NOW)
    breaker.failed(TseStorageFull(), NOW, 50.0)
    assert breaker.probe_in(50.0) == 2


def test_slow_comes_and_goes() -> None:
    breaker = Breaker(NOW, 2, 16)
    assert breaker.slowed(NOW + 1)
    assert not breaker.slowed(NOW + 2)
    assert (breaker.state.level, breaker.state.since, breaker.state.code) == ("slow", NOW + 1, "tse_slow")
    assert not breaker.succeeded(True, NOW + 3)
    assert breaker.succeeded(False, NOW + 4)
    assert (breaker.state.level, breaker.state.reason) == ("ok", "")


@pytest.mark.parametrize("slow", [True, False])
def test_an_outage_is_not_hidden_by_a_straggler(slow: bool) -> None:
    breaker = Breaker(NOW, 2, 16)
    breaker.failed(TseTimeout(), NOW, 0)
    assert not breaker.succeeded(slow, NOW + 1)
    assert not breaker.slowed(NOW + 1)
    assert breaker.open
    assert breaker.state.level == "bad"
