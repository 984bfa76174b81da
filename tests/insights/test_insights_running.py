"""The open day added up as it grows: what is kept in memory equals what is read anew, and never another shop's."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from smartecr.insights import asking, reading, running
from smartecr.insights.roll import roll
from smartecr.register import queries
from smartecr.register.sale import refunding, selling
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.sql import write
from support.shop import COFFEE, ESPRESSO, JUICE, MANAGER, OWNER, ROLL, Clock, article_row, command, pay_cash, ring


def anew() -> list[Any]:
    """Return the open periods rolled from their rows, nothing remembered."""
    return [roll(reading.read(one, reading.costs_now())) for one in reading.open_periods()]


def test_each_step_of_a_day_equals_reading_it_anew(till: Till, clock: Clock) -> None:
    outcomes = ring(till, ESPRESSO, JUICE)
    assert asking.Live().rolled() == anew()
    selling.run(till, MANAGER, [command(till, "park", label="4")])
    before = asking.Live().rolled()
    assert before == anew()
    basket = queries.parked(till)[0].id
    selling.run(till, MANAGER, [command(till, "recall", basket=basket)])
    selling.run(till, MANAGER, [command(till, "void", line=outcomes[0].line_id)])
    assert asking.Live().rolled() == anew(), "the void is a late one, though the parking was seen before"
    assert [one.kind for one in asking.Live().rolled()[0].events] == ["late_void"]
    first = pay_cash(till)
    clock.forward(minutes=70)
    ring(till, ROLL)
    pay_cash(till)
    assert asking.Live().rolled() == anew()
    refunding.refund(till, MANAGER, till.new_id(), first.id, "Falsch")
    assert asking.Live().rolled() == anew()
    masterdata.save_articles(till, OWNER, [article_row(ROLL, "2", "Schnecke", COFFEE, 320, cost_cents=90)])
    assert asking.Live().rolled() == anew(), "a new cost counts for the whole open period"
    assert before[0].events == [], "what was handed out stays as it was"


def test_a_place_that_is_gone_is_not_built_upon(till: Till) -> None:
    ring(till, ESPRESSO)
    pay_cash(till)
    with transaction.atomic():
        ring(till, ROLL)
        pay_cash(till)
        assert asking.Live().rolled()[0].hours
        transaction.set_rollback(True)
    assert asking.Live().rolled() == anew()


def test_memory_is_bounded(till: Till, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "_MOST", 2)
    running._known.clear()
    for number in range(5):
        write(
            "INSERT INTO register_period (register_id, z_number, business_day, opened_at, closed_at) "
            "VALUES (%s, %s, '2026-11-24', '2026-11-24T05:00:00.000Z', '')",
            [f"{number:032x}", 1],
        )
    assert len(asking.Live().rolled()) == 5
    assert len(running._known) == 2
