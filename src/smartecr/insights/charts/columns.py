"""Columns over days, weekdays, hours or months, each with a mark where it stood in the stretch compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smartecr.core.money import format_cents
from smartecr.core.records import dataclass
from smartecr.insights.charts.parts import frame, line, nice, rect, text


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its word, its value, the value compared with (None: nothing), what it says on hover, what it is.

    `kind` "" is ordinary, "now" the present one, "next" a forecast; `low` and `high` are a forecast's range.
    """

    word: str
    value: int
    before: int | None = None
    title: str = ""
    kind: str = ""
    low: int | None = None
    high: int | None = None


def euros(cents: int) -> str:
    """Return cents as whole euros for a scale."""
    return f"{format_cents(cents).split(',')[0]} €"


def draw(
    columns: Sequence[Column],
    title: str,
    width: int,
    height: int,
    label: Callable[[int], str] = euros,
    unit: int = 100,
) -> str:
    """Draw columns from zero up; values below zero are drawn as nothing and stand in the table."""
    wide = width >= 500
    left, right, top, bottom = 4, (72 if wide else 4), (12 if wide else 20), 28
    highs = [value for one in columns for value in (one.value, one.before or 0, one.high or 0)]
    step, end = nice(max([*highs, 1]), 4 if wide else 3, unit)
    room = (width - left - right) / max(1, len(columns))
    thick = min(44.0, room * 0.66)

    def y(value: float) -> float:
        return height - bottom - max(0, value) * (height - top - bottom) / end

    body = []
    for value in range(0, end + 1, step):
        body.append(line(left, y(value), width - right, y(value), "c-grid"))
        if wide:
            body.append(text(width - right + 8, y(value) + 5, label(value)))
        elif value == end:
            body.append(text(width - right, y(value) - 5, label(value), "c-small", "end"))
    every = max(1, -(-len(columns) * 34 // max(1, width - left - right)))
    for place, one in enumerate(columns):
        x = left + place * room + (room - thick) / 2
        kind = {"now": "c-column c-column-now", "next": "c-column c-column-next"}.get(one.kind, "c-column")
        body.append(rect(x, y(one.value), thick, height - bottom - y(one.value), kind, title=one.title, radius=4))
        if one.before is not None:
            body.append(line(x - 4, y(one.before), x + thick + 4, y(one.before), "c-mark"))
        if one.low is not None and one.high is not None:
            body.append(line(x + thick / 2, y(one.low), x + thick / 2, y(one.high), "c-range"))
        if place % every == 0:
            body.append(text(x + thick / 2, height - 8, one.word, "c-small", "middle"))
    return frame(width, height, title, body, "chart-columns")
