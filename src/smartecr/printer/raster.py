"""Pictures as dots, for what a printer cannot write: barcodes, QR codes on printers without them, foreign scripts.

A bitmap is rows of packed bits, the leftmost dot in the highest bit, black is 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from smartecr.core.records import dataclass
from smartecr.printer import bars
from smartecr.printer.wrap import width

GS = b"\x1d"
_FONT_FILE = "static/unfold/fonts/inter/Inter-Medium.woff2"


@dataclass(frozen=True, slots=True)
class Bitmap:
    """`width` dots in `width // 8` bytes a row (a multiple of 8)."""

    width: int
    rows: bytes

    @property
    def height(self) -> int:
        """Return the number of rows."""
        return len(self.rows) * 8 // self.width


def commands(bitmap: Bitmap, strip: int) -> Iterator[bytes]:
    """Yield GS v 0 commands for a bitmap, at most `strip` rows each, so that small buffers do not overflow."""
    across = bitmap.width // 8
    for start in range(0, bitmap.height, strip):
        part = bitmap.rows[start * across : (start + strip) * across]
        yield GS + b"v0\x00" + across.to_bytes(2, "little") + (len(part) // across).to_bytes(2, "little") + part


def qr_modules(size: int) -> int:
    """Return the modules of a side of the QR code (level L) that holds `size` bytes. Raises ValueError when none does.

    ISO/IEC 18004, table 7: byte mode, error correction L.
    """
    for version, most in enumerate(_BYTES_AT_L, 1):
        if size <= most:
            return 17 + 4 * version
    raise ValueError(f"{size} bytes do not fit into a QR code")


_BYTES_AT_L = (
    17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858, 929, 1003, 1091,
    1171, 1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953,
)  # fmt: skip


def qr_scale(modules: int, dots: int) -> int:
    """Return the dots a module takes: the code with its quiet zone fills at most 60 mm, and never less than 2 dots."""
    return max(2, min(6, min(dots, 480) // (modules + 8)))


def modules(text: str, level: str = "L") -> Image.Image:
    """Return the QR code of `text` (error correction `level`), one dot a module, dark is 0, without quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    drawn: Any = code.to_image(scale=1, add_quiet_zones=False)
    view = memoryview(drawn)
    side = math.isqrt(view.nbytes)
    return Image.frombytes("L", (side, side), view.tobytes())


def qr(text: str, dots: int) -> Bitmap:
    """Return the QR code of `text`, centred on a line of `dots` dots with its quiet zone."""
    code = modules(text)
    scale = qr_scale(code.width, dots)
    size = code.width * scale
    paper = Image.new("L", (dots, size + 8 * scale), 255)
    paper.paste(code.resize((size, size), Image.Resampling.NEAREST), ((dots - size) // 2, 4 * scale))
    return _packed(paper)


def barcode(code: str, dots: int) -> Bitmap:
    """Return a barcode, centred on a line of `dots` dots with its quiet zones, 10 mm high. Raises ValueError."""
    dark = bars.modules(code)
    scale = max(1, min(3, dots // (len(dark) + 2 * bars.QUIET)))
    row = Image.frombytes("L", (len(dark), 1), bytes(0 if one == "1" else 255 for one in dark))
    paper = Image.new("L", (dots, 80), 255)
    size = len(dark) * scale
    paper.paste(row.resize((size, 80), Image.Resampling.NEAREST), ((dots - size) // 2, 0))
    return _packed(paper)


def line(text: str, columns: int, dots: int) -> Bitmap:
    """Return one line of text drawn letter by letter on the printer's own grid, so that amounts keep their edge."""
    cell = dots // columns
    paper = Image.new("L", (dots, 2 * cell + 6), 255)
    pencil = ImageDraw.Draw(paper)
    column = 0
    for letter in text:
        pencil.text((column * cell, 0), letter, fill=0, font=font(cell * 3 // 2))
        column += width(letter)
    return _packed(paper)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the house's font at this size in dots."""
    with resources.as_file(resources.files("unfold") / _FONT_FILE) as path:
        return ImageFont.truetype(str(path), size)


def _packed(image: Image.Image) -> Bitmap:
    dark = image.point(lambda value: 255 if value < 128 else 0).convert("1")
    return Bitmap(image.width, dark.tobytes())
