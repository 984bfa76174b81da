"""How a day runs: today's revenue as a line, last week's dashed, what is usual as a band behind."""

from __future__ import annotations

from django.utils.translation import gettext as _

from smartecr.core.money import format_cents
from smartecr.insights.charts.parts import frame, line, nice, path, text
from smartecr.insights.today import Course

Point = tuple[float, float]
_LABEL = 150
"""Width of the name at last week's line: where today's line would run through it, it stands above its own."""


def draw(course: Course, title: str, before: str, width: int, height: int) -> str:
    """Draw a day; `before` names the day compared with ("letzter Montag"). Below 500 px the labels are shorter."""
    wide = width >= 500
    left, right, top, bottom = 4, (64 if wide else 4), 14, 30
    tops = [cents for _minute, cents in (*course.today, *course.last_week)]
    step, end = nice(max([*tops, *(high for _minute, _low, high in course.usual), 1]), 4 if wide else 3)

    def x(minute: float) -> float:
        return left + (minute - course.begin) * (width - left - right) / (course.end - course.begin)

    def y(cents: float) -> float:
        return height - bottom - max(0, cents) * (height - top - bottom) / end

    body = []
    if course.usual:
        area = [(x(minute), y(high)) for minute, _low, high in course.usual]
        area += [(x(minute), y(low)) for minute, low, _high in reversed(course.usual)]
        body.append(path(area, "c-band", closed=True))
    for cents in range(0, end + 1, step):
        body.append(line(left, y(cents), width - right, y(cents), "c-grid"))
        if wide:
            body.append(text(width - right + 8, y(cents) + 5, f"{format_cents(cents).removesuffix(',00')} €"))
    body += _clock(course, x, height - 8, wide=wide)
    if course.last_week:
        body.append(path([(x(minute), y(cents)) for minute, cents in course.last_week], "c-before"))
    today = [(x(minute), y(cents)) for minute, cents in course.today]
    if len(today) > 1:
        body.append(path(today, "c-today"))
    body += _names(course, today, x, y, before, width - right)
    return frame(width, height, title, body, "chart-course")


def _clock(course: Course, x, baseline: float, *, wide: bool) -> list[str]:  # type: ignore[no-untyped-def]
    """Return the hours under the chart: every second one, fewer on a long day."""
    hours = range(-(-course.begin // 60), course.end // 60 + 1)
    every = 2 if len(hours) <= 14 else 3 if len(hours) <= 20 else 4
    found = []
    for hour in hours:
        if hour % every == 0 and course.begin < hour * 60 < course.end:
            word = _("{hour} Uhr").format(hour=hour % 24) if wide else str(hour % 24)
            found.append(text(x(hour * 60), baseline, word, anchor="middle"))
    return found


def _names(course: Course, today: list[Point], x, y, before: str, edge: float) -> list[str]:  # type: ignore[no-untyped-def]
    """Return the names at the lines and the dot where the day stands; today's word keeps clear of the edges."""
    found = []
    if course.last_week:
        minute, cents = course.last_week[-1]
        end = min(x(minute), edge)
        beside = [at_y for at_x, at_y in today if end - _LABEL < at_x]
        below, above = min(y(cents) + 44, y(0) - 10), max(y(cents) - 12, 16)
        met = any(below - 24 < at_y < below + 12 for at_y in beside)
        found.append(text(end, above if met else below, before, "c-label c-halo", "end"))
    if today and course.now is not None:
        at_x, at_y = today[-1]
        anchor = "start" if at_x < 70 else "end"
        found.append(text(at_x if anchor == "start" else at_x - 12, at_y - 12, _("heute"), "c-name c-halo", anchor))
        found.append(f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="6" class="c-dot"/>')
    return found
