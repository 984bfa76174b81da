"""Bars that lie: one of a list (a table's column), and one whole in parts."""

from __future__ import annotations

from collections.abc import Sequence

from smartecr.insights.charts.parts import rect


def bar(value: int, most: int, kind: str, width: int = 120, height: int = 12) -> str:
    """Return one bar of a list as a small drawing, hidden from those who hear the figure beside it."""
    size = max(2.0, width * max(0, value) / most) if most > 0 and value > 0 else 0
    body = rect(0, 0, size, height, kind, radius=3) if size else ""
    return (
        f'<svg class="c-bar" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{body}</svg>'
    )


def stack(parts: Sequence[tuple[int, str]], width: int = 400, height: int = 16) -> str:
    """Return one bar in parts (value, class), side by side with small gaps; parts without value are left out."""
    shown = [(value, kind) for value, kind in parts if value > 0]
    whole = sum(value for value, _kind in shown)
    gap, x, body = 3.0, 0.0, []
    room = width - gap * max(0, len(shown) - 1)
    for value, kind in shown:
        size = room * value / whole
        body.append(rect(x, 0, size, height, kind, radius=4))
        x += size + gap
    return (
        f'<svg class="c-stack" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{"".join(body)}</svg>'
    )
