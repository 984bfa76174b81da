"""The coming days: medians of weekdays, moved half-way to the present level. Pure; integers in, integers out.

A day's forecast is the median of the last eight same weekdays with sales, times a level. The level is what the last
fourteen days brought over what their weekdays' medians said, moved half-way back to one (a run of good days fades) and
kept between 0.8 and 1.25. A weekday with sales on fewer than three of the eight counts as closed.

Its error is measured, not promised: each of the last eight weeks is forecast from what was known on its eve, and held
against what came. Beside it stands the error of "same as last week". Worked numbers: docs/algorithms/forecast.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from smartecr.core.records import dataclass

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


def forecast(sales: Days, today: date) -> Forecast | None:
    """Return seven days from `today` on, from what was sold up to and with yesterday.

    `sales` are values of days with sales; `today` itself is not over and therefore not looked at. None with too short
    a past.
    """
    known = {day: value for day, value in sales.items() if day < today and value > 0}
    if not known or (today - min(known)).days < LEAST_HISTORY:
        return None
    days, known_until = _Days(known), today.toordinal()
    past = days.past(known_until)
    shares = sorted(100 * came // said for said, came, _same in past if said > 0 and came > 0)
    low, high = (shares[len(shares) // 10], shares[-1 - len(shares) // 10]) if shares else (100, 100)
    level = days.level(known_until)
    ahead_of = []
    for step in range(AHEAD):
        day = today + timedelta(days=step)
        value = days.one(day.toordinal(), known_until, level)
        ahead_of.append(Ahead(day, value, value * min(low, 100) // 100, value * max(high, 100) // 100))
    return Forecast(tuple(ahead_of), _errors(past))


class _Days:
    """Values of days, by their ordinals; each weekday's median up to a day is looked up many times, found out once."""

    def __init__(self, known: Days) -> None:
        self._known = {day.toordinal(): value for day, value in known.items()}
        self._medians: dict[int, int | None] = {}

    def one(self, day: int, eve: int, level: tuple[int, int]) -> int:
        """Return the forecast of a day at a level from what was known before `eve`, 0 for a weekday usually closed."""
        usual = self._usual(day, eve)
        return 0 if usual is None else usual * level[0] // level[1]

    def _usual(self, day: int, eve: int) -> int | None:
        """Return the median of the last eight same weekdays before `eve`, None for a weekday that is usually closed."""
        back = day - 7 * max(1, -(-(day - eve + 1) // 7))
        if back not in self._medians:
            weeks = range(back, back - 7 * WEEKS, -7)
            values = [self._known[one] for one in weeks if one in self._known]
            self._medians[back] = int(median(values)) if len(values) >= LEAST_SAME else None
        return self._medians[back]

    def level(self, eve: int) -> tuple[int, int]:
        """Return the level before `eve` as a fraction in thousandths."""
        came = said = 0
        for day in range(eve - LEVEL_DAYS, eve):
            usual = self._usual(day, day)
            if usual and day in self._known:
                came += self._known[day]
                said += usual
        if said <= 0:
            return 1000, 1000
        half = (1000 * came // said + 1000) // 2
        return max(800, min(1250, half)), 1000

    def past(self, today: int) -> list[tuple[int, int, int]]:
        """Return (forecast, what came, same as last week) for days of the last eight weeks, from their week's eve."""
        found = []
        for eve in range(today - 7 * WEEKS, today, 7):
            level = self.level(eve)
            for day in range(eve, eve + AHEAD):
                said = self.one(day, eve, level)
                if said and day in self._known and day - 7 in self._known:
                    found.append((said, self._known[day], self._known[day - 7]))
        return found


def _errors(past: Sequence[tuple[int, int, int]]) -> Errors:
    came = sum(value for _said, value, _same in past)
    if came <= 0:
        return Errors(None, None, 0)
    own = sum(abs(said - value) for said, value, _same in past)
    same = sum(abs(before - value) for _said, value, before in past)
    return Errors(10_000 * own // came, 10_000 * same // came, len(past))
