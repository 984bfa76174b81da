"""The shop's sign as a small picture for home screens and wallets: the brand's sunrise on paper, drawn, not stored."""

from __future__ import annotations

import io
from functools import lru_cache

SIZES = (180, 192, 512)
"""Home screens of iOS (180) and Android."""

_PAPER, _INK, _SHADE = (245, 240, 232), (42, 36, 31), (208, 203, 195)
_FINE = 4
_LINES = (
    ((12, 4), (12, 6.5)), ((4.6, 8.6), (6.3, 10.3)), ((19.4, 8.6), (17.7, 10.3)), ((2.5, 16), (21.5, 16)),
    ((7.5, 20), (16.5, 20)),
)  # fmt: skip
_STROKE, _EDGE = 1.75, 0.16


@lru_cache(maxsize=8)
def png(size: int) -> bytes:
    """Return the picture as PNG, square, `size` pixels wide, with the margin that a round mask needs."""
    from PIL import Image, ImageDraw  # no page needs it before somebody keeps a card

    wide = size * _FINE
    unit, edge = wide * (1 - 2 * _EDGE) / 24, wide * _EDGE
    picture = Image.new("RGB", (wide, wide), _PAPER)
    draw = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * unit, edge + y * unit

    width = round(_STROKE * unit)
    draw.pieslice((*at(6, 10), *at(18, 22)), 180, 360, fill=_SHADE)
    draw.arc((*at(6, 10), *at(18, 22)), 180, 360, fill=_INK, width=width)
    for begin, end in _LINES:
        draw.line((*at(*begin), *at(*end)), fill=_INK, width=width)
        for x, y in (at(*begin), at(*end)):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=_INK)
    file = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()
