"""The coming days: medians of weekdays, moved half-way to the present level. Pure; integers in, integers out.

A day's forecast is the median of the last eight same weekdays with sales, times a level. The level is what the last
fourteen days brought over what their weekdays' medians said, moved half-way back to one (a run of good days fades) and
kept between 0.8 and 1.25. A weekday with sales on fewer than three of the eight counts as closed.

Its error is measured, not promised: each of the last eight weeks is forecast from what was known on its eve, and held
against what came. Beside it stands the error of "same as last week". Worked numbers: docs/algorithms/forecast.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

WEEKS = 8
LEAST_SAME = 3
LEVEL_DAYS = 14
AHEAD = 7
LEAST_HISTORY = 28
"""Days from the first sale on before a forecast is made."""

Days = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come: value, and the range that held eight of ten past days; all 0 where the shop is usually closed."""

    day: date
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off past forecasts were: the sum of misses over the sum of what came, in basis points.

    `own` is this method's, `same` that of "same as last week"; `days` were looked at. None without any.
    """

    own_bp: int | None
    same_bp: int | None
    days: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The coming days with the past error."""

    days: tuple[Ahead, ...]
    errors: Errors


def forecast(sales: Days, today: date, ahead: int = AHEAD, first: int = 1) -> Forecast | None:
    """Return `ahead` days from `first` days after `today` on, from what was sold up to and with yesterday.

    `sales` are values of days with sales; `today` itself is not over and therefore not looked at. None with too short
    a past.
    """
    known = {day: value for day, value in sales.items() if day < today and value > 0}
    if not known or (today - min(known)).days < LEAST_HISTORY:
        return None
    past = _past(known, today)
    shares = sorted(100 * came // said for said, came, _same in past if said > 0 and came > 0)
    low, high = (shares[len(shares) // 10], shares[-1 - len(shares) // 10]) if shares else (100, 100)
    level = _level(known, today)
    days = []
    for step in range(first, first + ahead):
        day = today + timedelta(days=step)
        value = _one(known, day, today, level)
        days.append(Ahead(day, value, value * min(low, 100) // 100, value * max(high, 100) // 100))
    return Forecast(tuple(days), _errors(past))


def predict(known: Days, day: date, eve: date) -> int:
    """Return the forecast of `day` from what was known before `eve`."""
    return _one(known, day, eve, _level(known, eve))


def _one(known: Days, day: date, eve: date, level: tuple[int, int]) -> int:
    usual = _usual(known, day, eve)
    return 0 if usual is None else usual * level[0] // level[1]


def _usual(known: Days, day: date, eve: date) -> int | None:
    """Return the median of the last eight same weekdays before `eve`, None for a weekday that is usually closed."""
    back = day - timedelta(weeks=max(1, -(-((day - eve).days + 1) // 7)))
    values = [known[one] for one in (back - timedelta(weeks=week) for week in range(WEEKS)) if one in known]
    return int(median(values)) if len(values) >= LEAST_SAME else None


def _level(known: Days, eve: date) -> tuple[int, int]:
    """Return the level before `eve` as a fraction in thousandths."""
    came = said = 0
    for back in range(1, LEVEL_DAYS + 1):
        day = eve - timedelta(days=back)
        usual = _usual(known, day, day)
        if usual and day in known:
            came += known[day]
            said += usual
    if said <= 0:
        return 1000, 1000
    half = (1000 * came // said + 1000) // 2
    return max(800, min(1250, half)), 1000


def _past(known: Days, today: date) -> list[tuple[int, int, int]]:
    """Return (forecast, what came, same as last week) for days of the last eight weeks, each from its week's eve."""
    found = []
    for week in range(WEEKS, 0, -1):
        eve = today - timedelta(weeks=week)
        level = _level(known, eve)
        for step in range(AHEAD):
            day = eve + timedelta(days=step)
            said = _one(known, day, eve, level)
            before = day - timedelta(weeks=1)
            if said and day in known and before in known:
                found.append((said, known[day], known[before]))
    return found


def _errors(past: Sequence[tuple[int, int, int]]) -> Errors:
    came = sum(value for _said, value, _same in past)
    if came <= 0:
        return Errors(None, None, 0)
    own = sum(abs(said - value) for said, value, _same in past)
    same = sum(abs(before - value) for _said, value, before in past)
    return Errors(10_000 * own // came, 10_000 * same // came, len(past))
