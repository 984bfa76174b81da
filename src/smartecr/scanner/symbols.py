"""Reading symbols out of a grey picture: what zxing-cpp is asked for, and what it says, in our own words.

Its full call tries every format in every way; here each call names its formats and its ways, since a till's camera sees
the same few formats thirty times a second. UPC-E stays off: it is read where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import zxingcpp
from PIL import Image

from smartecr.core.records import dataclass
from smartecr.scanner import gtin

_F = zxingcpp.BarcodeFormat
EAN = (_F.EAN13, _F.EAN8)
LINEAR = (*EAN, _F.Code128, _F.ITF14, _F.DataBarOmni, _F.DataBarStk, _F.DataBarStkOmni, _F.DataBarExp, _F.DataBarExpStk)
COMMON = (*EAN, _F.Code128)
QR = (_F.QRCode,)
DATA_MATRIX = (_F.DataMatrix,)
EVERY = (*LINEAR, *QR, *DATA_MATRIX)
_MATRIX_NAMES = ("QR Code", "Data Matrix", "Aztec", "MaxiCode", "Micro QR Code", "rMQR Code")
_ADD_ONS = ("414", "419", "977", "978", "979")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol in a picture. ``corners`` are its four in pixels, from the top left of the symbol clockwise.

    ``symbology`` is the standard's name (``EAN-13``, ``QR Code``), ``aim`` the identifier of AIM (``]E0``), ``text``
    the content with GS for FNC1; an add-on stands behind the number it belongs to.
    """

    symbology: str
    aim: str
    text: str
    corners: tuple[Point, Point, Point, Point]

    @property
    def matrix(self) -> bool:
        """Whether error correction protects it, so that one read is proof enough."""
        return self.symbology in _MATRIX_NAMES

    def moved(self, way: Callable[[Point], Point]) -> Symbol:
        """Return the symbol with its corners where they are in the picture it was cut from."""
        a, b, c, d = map(way, self.corners)
        return Symbol(self.symbology, self.aim, self.text, (a, b, c, d))


def read(
    picture: Image.Image,
    formats: Iterable[zxingcpp.BarcodeFormat],
    *,
    turned: bool = False,
    smaller: bool = False,
    inverted: bool = False,
) -> list[Symbol]:
    """Return the symbols of `formats` in a grey picture; a code without a right check digit is none.

    ``turned`` looks for linear codes from top to bottom too, ``smaller`` in reduced copies (blur, noise), ``inverted``
    for light codes on dark ground.
    """
    found = zxingcpp.read_barcodes(
        picture,
        formats=_chosen(tuple(formats)),
        try_rotate=turned,
        try_downscale=smaller,
        try_invert=inverted,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [_with_add_on(picture, symbol) for symbol in map(_symbol, found) if _sound(symbol)]


@cache
def _chosen(formats: tuple[zxingcpp.BarcodeFormat, ...]) -> zxingcpp.BarcodeFormats:
    return zxingcpp.BarcodeFormats(list(formats))


def _symbol(found: Any) -> Symbol:
    at = found.position
    corners = tuple((float(p.x), float(p.y)) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left))
    return Symbol(str(found.format), found.symbology_identifier, found.text, corners)  # type: ignore[arg-type]


def _sound(symbol: Symbol) -> bool:
    """Whether a number with a check digit has the right one; zxing-cpp lets all zeros pass."""
    if symbol.aim in ("]E0", "]E4", "]I1"):
        return gtin.checked(symbol.text)
    return bool(symbol.text)


def _with_add_on(picture: Image.Image, symbol: Symbol) -> Symbol:
    """Look once more for the add-on of press and books: asked to read it if there is one, zxing-cpp often does not."""
    if symbol.symbology != "EAN-13" or not symbol.text.startswith(_ADD_ONS):
        return symbol
    found = zxingcpp.read_barcodes(
        picture,
        formats=_chosen((_F.EAN13,)),
        ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Require,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return next((longer for longer in map(_symbol, found) if longer.text.startswith(symbol.text)), symbol)
