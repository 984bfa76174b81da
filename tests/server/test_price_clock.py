"""When the server looks for prices that begin or end, and for what other registers of the shop have changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartecr.catalog import rows
from smartecr.catalog.models import Article
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.server.serving import price_clock
from smartecr.server.serving.price_clock import PriceClock
from support.shop import ESPRESSO, MANAGER, OWNER, Clock


@pytest.fixture(params=[False, True], ids=["alone", "among others"])
def longest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds it sleeps at most; books on PostgreSQL are shared with other registers."""
    monkeypatch.setattr(price_clock, "on_postgresql", lambda: request.param)
    return 3.0 if request.param else 30.0


@pytest.mark.parametrize(
    ("turns", "rest"),
    [
        ("", None),
        ("9999", None),
        ("2026-12-24T11:00:00.000Z", None),
        ("2026-11-24T11:00:01.500Z", 1.5),
        ("2026-11-24T11:00:00.000Z", 0.0),
        ("2026-11-23T11:00:00.000Z", 0.0),
    ],
)
def test_it_sleeps_until_the_next_price_and_no_longer_than_its_longest(
    till: Till, clock: Clock, longest: float, turns: str, rest: float | None
) -> None:
    clock.now = datetime(2026, 11, 24, 11, tzinfo=UTC)
    till.prices_turn = turns
    assert PriceClock(till).rest() == (longest if rest is None else rest)


def test_each_beat_turns_what_is_due_and_hears_other_registers(
    till: Till, second: Till, clock: Clock, longest: float
) -> None:
    told: list[str] = []
    values = {"id": till.new_id(), "level": 1, "cents": 180, "begins": "2026-11-24T11:00:00.000Z", "ends": ""}
    row = rows.price_row(values, Article.objects.filter(id=ESPRESSO).values()[0])
    masterdata.save_articles(till, MANAGER, [row])
    beat = PriceClock(second)
    second.publish = told.append
    clock.now = datetime(2026, 11, 24, 10, 59, 59, tzinfo=UTC)
    assert (beat._beat(), Article.objects.get(id=ESPRESSO).price_cents) == (1.0, 240)
    clock.forward(seconds=1)
    assert (beat._beat(), Article.objects.get(id=ESPRESSO).price_cents) == (longest, 180)
    assert told == ["catalog"]
    row = Article.objects.values().get(id=ESPRESSO) | {"name": "Espresso doppio"}
    masterdata.save_articles(till, OWNER, [{"table": "catalog_article", "key": ESPRESSO, "columns": row}])
    assert (beat._beat(), told) == (longest, ["catalog", "catalog"])
    assert (beat._beat(), told) == (longest, ["catalog", "catalog"])
