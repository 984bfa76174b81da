"""What all charts are made of: scales, escaped texts, a frame."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STEPS = (1, 2, 5)


def nice(top: int, ticks: int = 4, unit: int = 100) -> tuple[int, int]:
    """Return a step of 1, 2 or 5 times a power of ten units, and the scale's end, for `top` in at most `ticks` steps.

    `unit` is the smallest step (100: whole euros of cents; 1 for counts).
    """
    step, power = unit, 1
    while True:
        for factor in _STEPS:
            step = unit * factor * power
            if step * ticks >= top:
                return step, max(step, -(-top // step) * step)
        power *= 10


def text(x: float, y: float, words: str, kind: str = "c-label", anchor: str = "start") -> str:
    """Return a text at a place; `anchor` is start, middle or end."""
    return f'<text x="{_short(x)}" y="{_short(y)}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line x1="{_short(x1)}" y1="{_short(y1)}" x2="{_short(x2)}" y2="{_short(y2)}" class="{kind}"/>'


def rect(x: float, y: float, width: float, height: float, kind: str, *, title: str = "", radius: float = 3) -> str:
    """Return a rectangle, with a title shown on hover."""
    head = (
        f'<rect x="{_short(x)}" y="{_short(y)}" width="{_short(max(0, width))}" height="{_short(max(0, height))}" '
        f'rx="{_short(radius)}" class="{kind}"'
    )
    return f"{head}><title>{escape(title)}</title></rect>" if title else f"{head}/>"


def path(points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> str:
    """Return a line through points, or the area within them."""
    steps = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    return f'<path d="M{steps}{"Z" if closed else ""}" class="{kind}"/>'


def frame(width: int, height: int, title: str, body: Sequence[str], kind: str) -> str:
    """Return the whole drawing."""
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(body)}</svg>'
    )


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
