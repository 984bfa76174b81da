"""How a stretch of days stands: so far against the same moment of the stretch before, and how a day usually runs.

Compared is like with like: a day that runs until 14:30 with the same weekday a week before until 14:30, a month until
the 23rd, 14:30, with the month before until its 23rd, 14:30.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from smartecr.core.money import round_half_up
from smartecr.core.records import dataclass
from smartecr.insights import asking
from smartecr.insights.asking import Live, Sums
from smartecr.insights.measure import minute_of
from smartecr.insights.spans import Span, before, last_year

WEEKS = 8
"""Weeks back that say what is usual."""

LEAST_FOR_BAND = 3
STEP = 15
"""Minutes between the points of a day's curve."""

Curve = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures of a stretch up to a moment; `against` is None when the stretch compared with says nothing.

    That is one without a sale, or one in which more than half was over before the shop's first.
    """

    span: Span
    sums: Sums
    other: Span
    against: int | None

    @property
    def difference(self) -> int:
        """Return cents more (or less, negative) than the stretch compared with; 0 without one."""
        return 0 if self.against is None else self.sums.revenue_cents - self.against

    @property
    def change_bp(self) -> int | None:
        """Return the difference in basis points of the other stretch; None where that is not above zero."""
        if not self.against or self.against < 0:
            return None
        return round_half_up(self.difference * 10_000, self.against)


def standing(live: Live, span: Span, day: date, minute: int, *, year: bool = False) -> Standing:
    """Return how `span` stands at `minute` of business day `day` against the stretch before, or that of last `year`.

    `day` beyond the stretch: it is over and compared as a whole.
    """
    other = last_year(span) if year else before(span)
    sums = asking.hours(live, span.until(day), "all").get("", Sums())
    same = min(other.last, other.first + (day - span.first))
    if not asking.tells(live, Span(other.first, same)):
        return Standing(span, sums, other, None)
    if span.last < day:
        compared = asking.hours(live, other, "all").get("")
        return Standing(span, sums, other, compared.revenue_cents if compared else None)
    return Standing(span, sums, other, _until(live, other, same, minute))


def _until(live: Live, span: Span, day: date, minute: int) -> int | None:
    """Return the revenue of a stretch up to a minute of one of its days, None when it had no sale at all."""
    whole = asking.hours(live, span, "all").get("")
    if whole is None:
        return None
    earlier = 0
    if day > span.first:
        part = asking.hours(live, Span(span.first, day - timedelta(days=1)), "all").get("")
        earlier = part.revenue_cents if part else 0
    points = asking.curves(live, Span(day, day)).get(day.isoformat(), [])
    return earlier + sum(cents for at, cents in points if at <= minute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a day runs: cents so far at each quarter of an hour, with the same weekday a week before and what is usual.

    `usual` are (minute, low, high) of the last eight such weekdays without the best and the weakest; `now` is the
    minute the day has reached, None for one that is over. Minutes count from the business day's midnight.
    """

    begin: int
    end: int
    now: int | None
    today: Curve
    last_week: Curve
    usual: list[tuple[int, int, int]]


def course(live: Live, day: date, now: int | None) -> Course | None:
    """Return how a day runs; None when neither it nor any of the days compared with had a sale."""
    weeks = [day - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    found: dict[str, Curve] = {}
    for one in (*weeks, day):
        found.update(asking.curves(live, Span(one, one)))
    if not found:
        return None
    minutes = [minute for points in found.values() for minute, _cents in points]
    begin, end = min(minutes) // 60 * 60, (max(minutes) // 60 + 1) * 60
    if now is not None:
        end = max(end, (now // 60 + 1) * 60)
    grid = range(begin, end + 1, STEP)
    past = [_sums(found[one.isoformat()], grid) for one in weeks if one.isoformat() in found]
    today = _sums(found.get(day.isoformat(), []), grid)
    if now is not None:
        today = [point for point in today if point[0] < now]
        today.append((max(begin, now), sum(cents for _minute, cents in found.get(day.isoformat(), []))))
    last_week = found.get(weeks[-1].isoformat())
    return Course(
        begin=begin,
        end=end,
        now=now,
        today=today,
        last_week=_sums(last_week, grid) if last_week else [],
        usual=_band(past),
    )


def _sums(points: Curve, grid: range) -> Curve:
    """Return cents so far at each minute of `grid`."""
    curve, total, place = [], 0, 0
    for minute in grid:
        while place < len(points) and points[place][0] < minute:
            total += points[place][1]
            place += 1
        curve.append((minute, total))
    return curve


def _band(past: Sequence[Curve]) -> list[tuple[int, int, int]]:
    if len(past) < LEAST_FOR_BAND:
        return []
    drop = 1 if len(past) >= 5 else 0
    band = []
    for place, (minute, _cents) in enumerate(past[0]):
        values = sorted(curve[place][1] for curve in past)
        band.append((minute, values[drop], values[-1 - drop]))
    return band


def minute_now(now: datetime, day: date) -> int:
    """Return the minute of business day `day` at a local moment."""
    return minute_of(now, day.isoformat())


def usual_hours(live: Live, day: date) -> tuple[dict[tuple[int, int], Sums], int]:
    """Return sums by (weekday, hour) over the last eight whole weeks before that of `day`, and how many had sales."""
    monday = day - timedelta(days=day.weekday())
    weeks = Span(monday - timedelta(weeks=WEEKS), monday - timedelta(days=1))
    with_sales = {date.fromisoformat(one).isocalendar()[:2] for one in asking.hours(live, weeks, "day")}
    return asking.hours(live, weeks, "slot"), len(with_sales)
