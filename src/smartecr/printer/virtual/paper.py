"""What came out of the printer: lines and pictures on a sheet, as text and as dots."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

from PIL import Image, ImageDraw

from smartecr.core.records import dataclass
from smartecr.printer.raster import font
from smartecr.printer.wrap import width

CELL = (12, 24)
LINE_GAP = 6
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Style:
    """How letters stand: `wide` and `high` times their size, `align` 0 left, 1 centred, 2 right."""

    bold: bool = False
    wide: int = 1
    high: int = 1
    align: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Letters on one line."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots: `image` is black (0) on white."""

    image: Image.Image
    align: int = 0


@dataclass(slots=True)
class Sheet:
    """One piece of paper, `dots` wide, from cut to cut."""

    dots: int
    parts: list[Line | Picture] = field(default_factory=list)

    def text(self) -> str:
        """Return the letters, line by line."""
        return "".join(f"{part.text}\n" for part in self.parts if isinstance(part, Line))

    def image(self) -> Image.Image:
        """Return the sheet as its printer's dots, with blank paper before and behind."""
        heights = [_height(part) for part in self.parts]
        paper = Image.new("L", (self.dots, sum(heights) + 2 * MARGIN), 255)
        top = MARGIN
        for part, height in zip(self.parts, heights, strict=True):
            _draw(paper, part, top)
            top += height
        return paper


def _height(part: Line | Picture) -> int:
    return part.image.height if isinstance(part, Picture) else CELL[1] * part.style.high + LINE_GAP


def _draw(paper: Image.Image, part: Line | Picture, top: int) -> None:
    if isinstance(part, Picture):
        paper.paste(part.image, (_left(paper.width, part.image.width, part.align), top))
        return
    across = CELL[0] * part.style.wide
    left = _left(paper.width, width(part.text) * across, part.style.align)
    for letter in part.text:
        if letter != " ":
            paper.paste(_letter(letter, part.style.bold, part.style.wide, part.style.high), (left, top))
        left += width(letter) * across


def _left(room: int, size: int, align: int) -> int:
    return max(0, (room - size) * align // 2)


@lru_cache(maxsize=2048)
def _letter(letter: str, bold: bool, wide: int, high: int) -> Image.Image:
    """Return a letter squeezed into its cell, as a printer's own font stands."""
    cell = Image.new("L", (CELL[0] * 2, CELL[1]), 255)
    pencil = ImageDraw.Draw(cell)
    face = font(20)
    taken = max(1, round(pencil.textlength(letter, font=face)))
    pencil.text((0, 0), letter, fill=0, font=face, stroke_width=1 if bold else 0)
    across = CELL[0] * wide * width(letter) if letter.strip() else CELL[0] * wide
    used = min(taken + 2, cell.width)
    drawn = cell.crop((0, 0, used, CELL[1]))
    size = (across if used > CELL[0] else round(used * wide), CELL[1] * high)
    fitted = drawn.resize(size)
    whole = Image.new("L", (across, CELL[1] * high), 255)
    whole.paste(fitted, ((across - size[0]) // 2, 0))
    return whole.point(lambda value: 255 if value > 150 else 0)
