"""The TSE as a tank: a half dial from empty to full, amber where it is time to see to the next one."""

from __future__ import annotations

from math import cos, pi, sin

from smartecr.insights.charts.parts import frame, line, text

WIDTH, HEIGHT = 180, 112
_X, _Y, _R = 90.0, 88.0, 74.0
RESERVE = 15
"""Percent from which on the dial is amber."""


def draw(percent: int, title: str, empty: str, full: str) -> str:
    """Draw a dial at `percent` (0 empty, 100 full)."""
    needle = _at(max(0, min(100, percent)), 60)
    body = [
        _arc(0, 100, "c-dial"),
        _arc(0, RESERVE, "c-dial-reserve"),
        *(line(*_at(mark, 62), *_at(mark, 54 if mark % 50 == 0 else 58), "c-tick") for mark in range(0, 101, 10)),
        line(_X, _Y, *needle, "c-needle"),
        f'<circle cx="{_X}" cy="{_Y}" r="7" class="c-hub"/>',
        text(_X - _R - 8, HEIGHT - 6, empty, "c-small"),
        text(_X + _R + 8, HEIGHT - 6, full, "c-small", "end"),
    ]
    return frame(WIDTH, HEIGHT, title, body, "chart-tank")


def _at(percent: float, radius: float) -> tuple[float, float]:
    angle = pi * (1 - percent / 100)
    return _X + radius * cos(angle), _Y - radius * sin(angle)


def _arc(begin: float, end: float, kind: str) -> str:
    (x1, y1), (x2, y2) = _at(begin, _R), _at(end, _R)
    return f'<path d="M{x1:.1f},{y1:.1f}A{_R:.0f},{_R:.0f} 0 0 1 {x2:.1f},{y2:.1f}" class="{kind}"/>'
