"""Decoding one frame in stages, the cheap and likely ones first, within a budget.

Every frame: strips with stripes, turned upright and averaged along the bars, then sharpened too (an average forgives
noise and darkness, and never takes one damaged row for another number); both matrix codes in half size. After that one
dear search a frame in turn, so that four frames have seen all of them. A find that is news ends the frame. What lies
there already known does not, or a phone could not be read beside a bottle; but then one other stage a frame is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from PIL import Image, ImageFilter, ImageOps

from smartecr.scanner import locate, symbols
from smartecr.scanner.symbols import Point, Symbol

BUDGET = 0.025
"""Seconds of work after which no further stage begins."""

_EDGE = 24
_MOST_DOUBLED = 4_000_000  # pixels
_STRIPS = 3
_ROWS = 4  # of a strip averaged into one
#: sharpens along the rows; stronger ones read blurred codes as others with a right check digit
_SHARPEN = ImageFilter.Kernel((5, 5), (*[0] * 10, -1, -2, 12, -2, -1, *[0] * 10), scale=6)

Stage = Callable[[Image.Image], list[Symbol]]


def decode(
    picture: Image.Image,
    turn: int,
    used: Callable[[], float],
    known: Callable[[Symbol], bool] = lambda _symbol: False,
    budget: float = BUDGET,
) -> list[Symbol]:
    """Return the symbols in a grey picture; `turn` counts frames and chooses the dear stage.

    `known` tells what is no news; `used` gives seconds of work.
    """
    end = used() + budget
    found: list[Symbol] = []
    half, strips = cache(partial(picture.reduce, 2)), cache(partial(_located, picture))
    left: list[Stage] = [
        lambda _whole: _averaged(strips()), lambda _whole: _half_qr(half()), lambda _whole: _half_matrix(half()),
        (lambda whole: _in_rows(strips()) + symbols.read(whole, symbols.DATA_MATRIX), *_DEAR)[turn % _TURNS],
    ]  # fmt: skip
    while left:
        news = [symbol for symbol in left.pop(0)(picture) if all(symbol.text != other.text for other in found)]
        found += news
        if any(not known(symbol) for symbol in news) or used() >= end:
            break
        if news and left:
            left = [left[turn % len(left)]]
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
    cuts = _located(picture)
    return _averaged(cuts) or _in_rows(cuts)


Cut = tuple[locate.Strip, Image.Image, float]


def _located(picture: Image.Image) -> list[Cut]:
    """Cut out and turn what may be a linear code: strip, picture of it, its scale."""
    return [(strip, *strip.cut(picture)) for strip in locate.strips(picture, _STRIPS)]


def _averaged(cuts: list[Cut]) -> list[Symbol]:
    """Read strips averaged along their bars, those where nothing is found sharpened too."""
    found: list[Symbol] = []
    for strip, cut, scale in cuts:
        rows = _ROWS if cut.height >= 3 * _ROWS else 1
        flat = cut.reduce((1, rows))
        read = symbols.read(flat, symbols.LINEAR)
        if not read and cut.width > 5 and flat.height > 5:
            read = symbols.read(flat.filter(_SHARPEN), symbols.LINEAR)
        found += _put_back(read, strip, scale, rows)
    return found


def _in_rows(cuts: list[Cut]) -> list[Symbol]:
    """Read strips row by row: stacked codes, and those of which something covers a part."""
    return [
        symbol
        for strip, cut, scale in cuts
        for symbol in _put_back(symbols.read(cut, symbols.LINEAR), strip, scale)
    ]  # fmt: skip


def _put_back(read: list[Symbol], strip: locate.Strip, scale: float, rows: int = 1) -> list[Symbol]:
    return [symbol.moved(lambda point: strip.back((point[0], point[1] * rows), scale)) for symbol in read]


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
    lambda picture: symbols.read(picture, symbols.COMMON, smaller=True),
)
_TURNS = 1 + len(_DEAR)
