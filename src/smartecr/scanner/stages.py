"""Decoding one frame in stages, the cheap and likely ones first, within a budget.

Every frame: strips with stripes, turned upright, as they are and then averaged along the bars and sharpened (a strip
forgives noise and darkness that way); both matrix codes in half size. After that one dear search a frame in turn, so
that four frames have seen all of them. A find that is news ends the frame; what lies there already known does not, or a
phone could not be read beside a bottle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from PIL import Image, ImageFilter, ImageOps

from smartecr.scanner import locate, symbols
from smartecr.scanner.symbols import Point, Symbol

BUDGET = 0.025
"""Seconds after which no further stage begins."""

_EDGE = 24
_MOST_DOUBLED = 4_000_000  # pixels
_ROWS = 8  # of a strip averaged into one
#: sharpens along the rows; stronger ones read blurred codes as others with a right check digit
_SHARPEN = ImageFilter.Kernel((5, 5), (*[0] * 10, -1, -2, 12, -2, -1, *[0] * 10), scale=6)

Stage = Callable[[Image.Image], list[Symbol]]


def decode(
    picture: Image.Image,
    turn: int,
    clock: Callable[[], float],
    known: Callable[[Symbol], bool] = lambda _symbol: False,
    budget: float = BUDGET,
) -> list[Symbol]:
    """Return the symbols in a grey picture; `turn` counts frames and chooses the dear stage.

    `known` tells what is no news; `clock` gives seconds.
    """
    end = clock() + budget
    found: list[Symbol] = []
    half = cache(partial(picture.reduce, 2))
    dear = _DEAR[turn % len(_DEAR)]
    for stage in (_strips, lambda _whole: _half_qr(half()), lambda _whole: _half_matrix(half()), dear):
        found += [symbol for symbol in stage(picture) if all(symbol.text != other.text for other in found)]
        if any(not known(symbol) for symbol in found) or clock() >= end:
            break
    return found


def decode_all(picture: Image.Image) -> list[Symbol]:
    """Return every symbol in a picture that will not come again: all stages, no budget.

    Where nothing is found, it is looked at once more in double size and with the white edge a cut-out may lack.
    """
    found: list[Symbol] = []
    half = picture.reduce(2)
    for stage in (_whole, _strips, lambda _whole: _half_matrix(half), lambda _whole: _half_qr(half)):
        found += [symbol for symbol in stage(picture) if all(symbol.text != other.text for other in found)]
    if found or picture.width * picture.height > _MOST_DOUBLED:
        return found
    framed = ImageOps.expand(picture, _EDGE, 255)
    double = framed.resize((2 * framed.width, 2 * framed.height), Image.Resampling.BICUBIC)
    return [symbol.moved(lambda point: (point[0] / 2 - _EDGE, point[1] / 2 - _EDGE)) for symbol in _whole(double)]


def _strips(picture: Image.Image) -> list[Symbol]:
    found: list[Symbol] = []
    for strip in locate.strips(picture, 3):
        cut, scale = strip.cut(picture)
        for flat, shown in _treated(cut):

            def back(point: Point, strip: locate.Strip = strip, scale: float = scale, flat: int = flat) -> Point:
                return strip.back((point[0], point[1] * flat), scale)

            read = symbols.read(shown, symbols.LINEAR)
            if read:
                found += [symbol.moved(back) for symbol in read]
                break
    return found


def _treated(cut: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    yield 1, cut
    if cut.height >= 3 * _ROWS and cut.width > 5:
        yield _ROWS, cut.reduce((1, _ROWS)).filter(_SHARPEN)


def _half_qr(half: Image.Image) -> list[Symbol]:
    return [symbol.moved(_doubled) for symbol in symbols.read(half, symbols.QR, inverted=True)]


def _half_matrix(half: Image.Image) -> list[Symbol]:
    return [symbol.moved(_doubled) for symbol in symbols.read(half, symbols.DATA_MATRIX, turned=True)]


def _doubled(point: Point) -> Point:
    return point[0] * 2, point[1] * 2


def _whole(picture: Image.Image) -> list[Symbol]:
    return symbols.read(picture, symbols.EVERY, turned=True, smaller=True, inverted=True)


_DEAR: tuple[Stage, ...] = (
    lambda picture: symbols.read(picture, symbols.QR, inverted=True),
    lambda picture: symbols.read(picture, symbols.DATA_MATRIX, turned=True),
    lambda picture: symbols.read(picture, symbols.COMMON, turned=True, smaller=True),
    lambda picture: symbols.read(picture, symbols.DATA_MATRIX),
)
