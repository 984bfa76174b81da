"""Where in a picture a linear code may lie, and at what angle: where brightness changes in one direction only.

zxing-cpp looks along rows and columns, so a code that lies across is missed. Turning whole pictures finds it and costs
several times the search; here the differences to the neighbours in four directions, averaged over blocks, say in well
under a millisecond where stripes are and which way they run, and only that strip is cut out and turned upright. Of the
pixels every second in both directions is looked at, which the averages do not notice.
"""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from smartecr.core.records import dataclass
from smartecr.scanner.symbols import Point

BLOCK = 16
_STEPS = ((3, 0), (0, 3), (2, 2), (2, -2))  # nearly of one length
_MARGIN = 3  # pixels at the edges that are only a neighbour's
_EVERY = 2
_LEAST = 4  # mean difference over a block: below are soft shadows
_STRIP = 160
ROW = 2
_QUIET = 40
_LEAST_LENGTH = 2 * _QUIET + 70  # an EAN-8 of one pixel a module
_SHORT = 320  # strips of narrow bars are enlarged


@dataclass(frozen=True, slots=True)
class Strip:
    """A part of the picture, its centre, extent along and across the stripes' change (pixels) and angle (radians)."""

    centre: Point
    length: float
    height: float
    angle: float

    def cut(self, picture: Image.Image) -> tuple[Image.Image, float]:
        """Return the strip turned so that its bars stand upright, and how many pixels of the picture one of its is.

        That is of its width; a row stands for `ROW` such pixels, since all rows of a code are alike.
        """
        scale = 0.5 if self.length < _SHORT else 1.0
        high = min(self.height, _STRIP)
        width, height = round(self.length / scale), round(high / scale / ROW)
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x = self.centre[0] - cos * self.length / 2 + sin * high / 2
        y = self.centre[1] - sin * self.length / 2 - cos * high / 2
        way = (cos * scale, -sin * scale * ROW, x, sin * scale, cos * scale * ROW, y)
        return picture.transform((width, height), Image.Transform.AFFINE, way, Image.Resampling.BILINEAR), scale

    def back(self, point: Point, scale: float) -> Point:
        """Return where a point of the cut strip is in the picture."""
        along = point[0] * scale - self.length / 2
        across = point[1] * scale * ROW - min(self.height, _STRIP) / 2
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return (self.centre[0] + along * cos - across * sin, self.centre[1] + along * sin + across * cos)


def strips(picture: Image.Image, most: int = 2) -> list[Strip]:
    """Return where linear codes may lie in a grey picture, most likely first, `most` at most."""
    here = _sampled(picture, 0, 0)
    right, down, falling, rising = (
        ImageChops.difference(here, _sampled(picture, *step)).reduce(BLOCK // _EVERY) for step in _STEPS
    )
    straight, slanted = ImageChops.difference(right, down), ImageChops.difference(falling, rising)
    strength = ImageChops.lighter(straight, slanted)
    peak = strength.getextrema()[1]
    assert isinstance(peak, int | float)
    least = max(_LEAST, peak * 2 // 5)
    wide = strength.width
    hot = {place: value for place, value in enumerate(strength.tobytes()) if value >= least}
    if not hot:
        return []
    planes = [plane.tobytes() for plane in (right, down, falling, rising)]
    vectors = {place: (planes[0][place] - planes[1][place], planes[2][place] - planes[3][place]) for place in hot}
    groups = sorted(_groups(vectors, wide), key=lambda group: -sum(hot[place] for place in group))
    found = [_strip(group, vectors, wide) for group in groups[: 2 * most] if len(group) >= 3]
    return [strip for strip in found if strip.length >= _LEAST_LENGTH][:most]


def _sampled(picture: Image.Image, x: int, y: int) -> Image.Image:
    """Return every second pixel of every second row, those that lie `x` and `y` further on."""
    width, height = ((size - 2 * _MARGIN) // _EVERY for size in picture.size)
    x, y = _MARGIN + x, _MARGIN + y
    box = (x, y, x + width * _EVERY, y + height * _EVERY)
    return picture.resize((width, height), Image.Resampling.NEAREST, box)


def _groups(vectors: dict[int, tuple[int, int]], wide: int) -> list[list[int]]:
    """Join neighbouring blocks whose stripes run the same way."""
    left = set(vectors)
    groups = []
    while left:
        group = [left.pop()]
        for place in group:
            p, q = vectors[place]
            for step in (1, -1, wide, -wide, wide + 1, wide - 1, -wide - 1, -wide + 1, 2, -2, 2 * wide, -2 * wide):
                beside = place + step
                if beside in left and _alike(p, q, *vectors[beside]):
                    left.discard(beside)
                    group.append(beside)
        groups.append(group)
    return groups


def _alike(p: int, q: int, r: int, s: int) -> bool:
    return p * r + q * s > 0.6 * math.hypot(p, q) * math.hypot(r, s)


def _strip(group: list[int], vectors: dict[int, tuple[int, int]], wide: int) -> Strip:
    p, q = sum(vectors[place][0] for place in group), sum(vectors[place][1] for place in group)
    angle = math.atan2(q, p) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    spots = [((place % wide + 0.5) * BLOCK + _MARGIN, (place // wide + 0.5) * BLOCK + _MARGIN) for place in group]
    along = [x * cos + y * sin for x, y in spots]
    across = [y * cos - x * sin for x, y in spots]
    middle, level = (min(along) + max(along)) / 2, (min(across) + max(across)) / 2
    centre = (middle * cos - level * sin, middle * sin + level * cos)
    length = max(along) - min(along) + BLOCK + 2 * _QUIET
    return Strip(centre, length, max(max(across) - min(across) + BLOCK, 3 * BLOCK), angle)
