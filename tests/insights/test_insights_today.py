"""How a day stands: the same weekday at the same minute, the usual band, hours past midnight, shops without a past."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from smartecr.insights import asking, today
from smartecr.insights.charts import columns, course, heat, tank
from smartecr.insights.charts.parts import nice
from smartecr.insights.measure import clock
from smartecr.insights.spans import around
from smartecr.register.books import closing
from smartecr.register.till import ZONE, Till
from support.shop import ESPRESSO, OWNER, ROLL, Clock, pay_cash, ring

DAY = date(2026, 11, 24)


def sell(till: Till, clock: Clock, day: date, *sales: tuple[int, int, int]) -> None:
    """Ring up espressos: (hour, minute, pieces) on the clock of the shop."""
    for hour, minute, pieces in sales:
        clock.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        ring(till, *[ESPRESSO] * pieces)
        pay_cash(till)


@pytest.fixture
def weeks(till: Till, clock: Clock) -> Till:
    """Six Tuesdays behind, the n-th with n espressos at 8:10 and one at 10:05; this one with two at 8:40."""
    for back in range(6, 0, -1):
        day = DAY - timedelta(weeks=back)
        sell(till, clock, day, (8, 10, 7 - back), (10, 5, 1))
        closing.close_day(till, OWNER, till.new_id(), None)
    sell(till, clock, DAY, (8, 40, 2))
    return till


def test_a_day_is_compared_at_the_same_minute(weeks: Till) -> None:
    span = around(DAY, "day")
    at_nine = today.standing(asking.Live(), span, DAY, 9 * 60)
    assert (at_nine.sums.revenue_cents, at_nine.against, at_nine.sums.receipts) == (480, 6 * 240, 1)
    assert (at_nine.difference, at_nine.change_bp) == (-960, -6667)
    assert today.standing(asking.Live(), span, DAY, 8 * 60 + 9).against == 0
    assert today.standing(asking.Live(), span, DAY, 8 * 60 + 9).change_bp is None
    assert today.standing(asking.Live(), span, DAY, 10 * 60 + 5).against == 7 * 240
    assert today.standing(asking.Live(), span, DAY + timedelta(days=1), 0).against == 7 * 240, "a day that is over"


def test_a_month_is_compared_up_to_its_same_day(weeks: Till) -> None:
    month = today.standing(asking.Live(), around(DAY, "month"), DAY, 9 * 60)
    assert (month.other.first, month.against) == (date(2026, 10, 1), (2 + 3) * 240), "the 13th and the 20th"
    over = today.standing(asking.Live(), around(DAY, "month"), DAY + timedelta(days=7), 0)
    assert over.against == (2 + 3 + 4) * 240, "with the 27th"
    assert today.standing(asking.Live(), around(DAY, "month"), DAY, 0, year=True).against is None


@pytest.mark.parametrize(("begun", "against"), [(date(2026, 11, 19), 240), (date(2026, 11, 20), None)])
def test_a_week_that_was_half_over_when_the_shop_began_says_nothing(
    till: Till, clock: Clock, begun: date, against: int | None
) -> None:
    sell(till, clock, begun, (9, 0, 1))
    closing.close_day(till, OWNER, till.new_id(), None)
    sell(till, clock, DAY, (9, 0, 3))
    week = today.standing(asking.Live(), around(DAY, "week"), DAY + timedelta(days=7), 0)
    assert (week.other.first, week.against) == (date(2026, 11, 16), against)


@pytest.mark.parametrize(("begun", "against"), [(12, 240), (13, None)])
def test_a_running_month_is_held_against_the_days_it_has_had(
    till: Till, clock: Clock, begun: int, against: int | None
) -> None:
    sell(till, clock, date(2026, 10, begun), (9, 0, 1))
    closing.close_day(till, OWNER, till.new_id(), None)
    sell(till, clock, DAY, (9, 0, 3))
    month = today.standing(asking.Live(), around(DAY, "month"), DAY - timedelta(days=2), 23 * 60)
    assert month.against == against, "of 22 days in October more than half were over"


def test_the_band_leaves_the_best_and_the_weakest_out(weeks: Till) -> None:
    found = today.course(asking.Live(), DAY, 9 * 60 + 7)
    assert found is not None
    assert (found.begin, found.end, found.now) == (480, 660, 547)
    band = {minute: (low, high) for minute, low, high in found.usual}
    assert band[480] == (0, 0)
    assert band[495] == (2 * 240, 5 * 240)
    assert band[660] == (3 * 240, 6 * 240)
    assert dict(found.last_week)[660] == 7 * 240
    assert found.today[-1] == (547, 480)
    assert dict(found.today)[525] == 480
    assert dict(found.today)[510] == 0


def test_no_past_no_band(till: Till, clock: Clock) -> None:
    assert today.course(asking.Live(), DAY, 600) is None
    sell(till, clock, DAY, (9, 0, 1))
    found = today.course(asking.Live(), DAY, 600)
    assert found is not None
    assert (found.usual, found.last_week) == ([], [])
    assert today.standing(asking.Live(), around(DAY, "day"), DAY, 600).against is None


@pytest.mark.parametrize(
    ("at", "day", "expected"),
    [
        ("2026-11-24T07:42:00.000Z", "2026-11-24", (8, 522)),
        ("2026-11-25T00:30:00.000Z", "2026-11-24", (1, 1530)),
        ("2026-03-29T00:59:00.000Z", "2026-03-28", (1, 1559)),
        ("2026-03-29T01:01:00.000Z", "2026-03-28", (3, 1621)),
        ("2026-10-25T01:30:00.000Z", "2026-10-25", (2, 150)),
    ],
)
def test_the_clock_of_the_shop(at: str, day: str, expected: tuple[int, int]) -> None:
    assert clock(at, day) == expected


def test_hours_past_midnight_stand_behind_the_evening(till: Till, clock: Clock) -> None:
    sell(till, clock, DAY, (22, 0, 1))
    clock.now = datetime(2026, 11, 25, 0, 20, tzinfo=UTC)
    ring(till, ROLL)
    pay_cash(till)
    slots = asking.hours(asking.Live(), around(DAY, "day"), "slot")
    assert {slot: sums.revenue_cents for slot, sums in slots.items()} == {(1, 22): 240, (1, 1): 320}
    drawn = heat.draw(dict.fromkeys(slots, 1), "", {}, None, 400)
    places = [drawn.svg.index(f">{hour}</text>") for hour in (22, 23, 0, 1)]
    assert places == sorted(places)


def test_drawings_escape_what_people_wrote() -> None:
    drawn = columns.draw([columns.Column("<b>", 100, title='"<script>')], "a & b", 400, 200)
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    assert "a &amp; b" in drawn
    assert "style=" not in drawn


def test_scales_are_round(weeks: Till) -> None:
    assert [nice(top) for top in (1, 240, 1999, 150_000, 160_001)] == [
        (100, 100), (100, 300), (500, 2000), (50_000, 150_000), (50_000, 200_000),
    ]  # fmt: skip
    assert nice(7, 4, 1) == (2, 8)
    found: Any = today.course(asking.Live(), DAY, 547)
    assert 'class="c-band"' in course.draw(found, "t", "letzter Dienstag", 720, 250)
    assert "8 Uhr" not in course.draw(found, "t", "letzter Dienstag", 320, 150)


@pytest.mark.parametrize("cents", range(60_000, 100_000, 2500))
def test_no_line_runs_through_the_name_of_the_day_before(cents: int) -> None:
    """A day nearly over, close to the one a week ago."""
    found = today.Course(
        begin=480, end=1440, now=1425, today=[(480, 0), (1200, cents), (1425, cents)],
        last_week=[(480, 0), (1110, 91_000), (1440, 91_000)], usual=[],
    )  # fmt: skip
    drawn = course.draw(found, "t", "letzter Montag", 720, 250)
    (name,) = re.findall(r'y="([\d.]+)" class="c-label c-halo"', drawn)
    (dot,) = re.findall(r'cy="([\d.]+)"', drawn)
    assert not float(name) - 14 < float(dot) < float(name) + 4


@pytest.mark.parametrize(("value", "most", "shade"), [(0, 9, 0), (1, 9, 1), (9, 9, 6), (5, 9, 4), (1, 1, 4), (3, 0, 0)])
def test_shades(value: int, most: int, shade: int) -> None:
    assert heat.level(value, most) == shade


def test_the_tank_stays_on_its_dial() -> None:
    assert tank.draw(140, "t", "leer", "voll") == tank.draw(100, "t", "leer", "voll")
    assert tank.draw(-1, "t", "leer", "voll") == tank.draw(0, "t", "leer", "voll")
    assert tank.draw(50, "t", "leer", "voll") != tank.draw(0, "t", "leer", "voll")
