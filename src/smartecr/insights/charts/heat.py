"""When it is full: hours across, weekdays down, the darker the fuller."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.insights.charts.parts import frame, rect, text

STEPS = 6


def weekdays() -> tuple[str, ...]:
    """Return the short names of the weekdays, Monday first."""
    return (_("Mo"), _("Di"), _("Mi"), _("Do"), _("Fr"), _("Sa"), _("So"))


@dataclass(frozen=True, slots=True)
class Heat:
    """A drawing with what its legend says: the fullest cell's value and place."""

    svg: str
    most: int
    peak: tuple[int, int] | None


def draw(
    values: Mapping[tuple[int, int], int],
    title: str,
    words: Mapping[tuple[int, int], str],
    now: tuple[int, int] | None,
    width: int,
) -> Heat:
    """Draw `values` by (weekday, hour); `words` is what a cell says on hover, `now` the cell framed."""
    filled = {slot: value for slot, value in values.items() if value > 0}
    hours = _hours([hour for _weekday, hour in filled])
    most = max(filled.values(), default=0)
    left, top = 26, 26
    cell = (width - left) / max(1, len(hours))
    row = 40.0 if width >= 400 else 34.0
    body = [
        text(left + (place + 0.5) * cell, 16, str(hour), "c-small", "middle")
        for place, hour in enumerate(hours)
        if cell >= 24 or place % 2 == 0
    ]
    for weekday, word in enumerate(weekdays()):
        body.append(text(0, top + weekday * row + row / 2 + 5, word, "c-small"))
        for place, hour in enumerate(hours):
            shade = level(values.get((weekday, hour), 0), most)
            body.append(
                rect(
                    left + place * cell + 1.5, top + weekday * row + 1.5, cell - 3, row - 3, f"c-heat-{shade}",
                    title=words.get((weekday, hour), ""),
                )
            )  # fmt: skip
    if now is not None and now[1] in hours:
        place = hours.index(now[1])
        body.append(rect(left + place * cell - 1, top + now[0] * row - 1, cell + 2, row + 2, "c-now", radius=6))
    peak = max(filled, key=lambda slot: filled[slot]) if filled else None
    return Heat(frame(width, int(top + 7 * row) + 2, title, body, "chart-heat"), most, peak)


def level(value: int, most: int) -> int:
    """Return the shade of a value: 0 for nothing, 1 to STEPS up to the fullest."""
    return 0 if value <= 0 or most <= 0 else min(STEPS, 1 + value * STEPS // (most + 1))


def _hours(found: list[int]) -> list[int]:
    """Return the hours drawn, from the first to the last; those after midnight stand behind the evening."""
    if not found:
        return list(range(7, 19))
    late = [hour + 24 if hour < 4 else hour for hour in found]
    return [hour % 24 for hour in range(min(late), max(late) + 1)]
