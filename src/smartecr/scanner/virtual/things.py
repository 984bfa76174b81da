"""Things to hold before the virtual camera, drawn here and with real codes: bottle, book, bag, card, phone, label."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
_Box = tuple[int, int, int, int]

_INK, _INK_2, _PAPER, _SLIP = (38, 33, 28), (92, 84, 76), (243, 238, 228), (254, 252, 247)
_GLASS, _GLASS_LIGHT, _CAP = (96, 122, 74), (140, 164, 112), (196, 158, 84)
_COVER, _COVER_DARK = (140, 62, 44), (112, 46, 34)
_BAG, _BAG_DARK, _NIGHT, _BEZEL = (70, 58, 50), (52, 42, 36), (24, 26, 30), (10, 11, 13)
_EMERALD, _BUTTER = (10, 92, 66), (250, 226, 160)
_FINE = 2  # shapes are drawn twice as large and made smaller; codes are not


class Painter:
    """Draws the things, in colour on nothing. `fonts` is the folder with Inter, None: a plain font."""

    def __init__(self, fonts: Path | None = None) -> None:
        self._fonts = fonts

    def bottle(self, code: str, name: str) -> Image.Image:
        """Return a bottle with an EAN on its label."""

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.rounded_rectangle(at(206, 70, 314, 330), at(34), fill=_GLASS)
            draw.rounded_rectangle(at(60, 240, 460, 980), at(110), fill=_GLASS)
            draw.rounded_rectangle(at(84, 300, 116, 940), at(16), fill=_GLASS_LIGHT)
            draw.rounded_rectangle(at(194, 20, 326, 96), at(16), fill=_CAP)
            draw.rectangle(at(60, 440, 460, 880), fill=_SLIP)
            draw.rectangle(at(60, 440, 460, 452), fill=_CAP)
            draw.rectangle(at(60, 868, 460, 880), fill=_CAP)

        picture = _drawn((520, 1000), shape)
        self._lines(picture, name, (80, 470, 440, 620), 46)
        return _with(picture, _ean(code, 3, 150), (260, 750))

    def book(self, code: str, name: str) -> Image.Image:
        """Return a book, seen from behind, with its EAN."""

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.rounded_rectangle(at(20, 20, 680, 940), at(10), fill=_COVER_DARK)
            draw.rounded_rectangle(at(52, 20, 680, 940), at(10), fill=_COVER)
            draw.rectangle(at(52, 20, 72, 940), fill=_COVER_DARK)
            draw.rounded_rectangle(at(210, 640, 630, 890), at(6), fill=_SLIP)

        picture = _drawn((700, 960), shape)
        self._lines(picture, name, (110, 90, 630, 330), 64, _PAPER)
        return _with(picture, _ean(code, 3, 170), (420, 765))

    def bag(self, code: str, name: str) -> Image.Image:
        """Return a bag, as coffee is sold in, with its EAN."""

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.polygon([at(90, 120), at(610, 120), at(670, 940), at(30, 940)], fill=_BAG)
            draw.rounded_rectangle(at(80, 30, 620, 130), at(10), fill=_BAG_DARK)
            draw.rounded_rectangle(at(130, 230, 570, 900), at(14), fill=_PAPER)

        picture = _drawn((700, 960), shape)
        self._lines(picture, name, (160, 270, 540, 560), 58)
        return _with(picture, _ean(code, 3, 170), (350, 760), _PAPER)

    def card(self, text: str, name: str, word: str) -> Image.Image:
        """Return a plastic card with a QR code."""

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.rounded_rectangle(at(10, 10, 950, 600), at(44), fill=_EMERALD)
            draw.rounded_rectangle(at(560, 120, 880, 490), at(20), fill=_SLIP)

        picture = _drawn((960, 610), shape)
        self._lines(picture, name, (70, 90, 520, 300), 62, _SLIP)
        self._lines(picture, word, (70, 470, 520, 560), 38, _BUTTER)
        return _with(picture, _qr(text, 9), (720, 305))

    def phone(self, text: str, name: str, *, dark: bool = True) -> Image.Image:
        """Return a phone that shows a QR code, light on dark as at night."""
        ground, ink = (_NIGHT, _SLIP) if dark else (_SLIP, _INK)

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.rounded_rectangle(at(20, 10, 540, 1000), at(70), fill=_BEZEL)
            draw.rounded_rectangle(at(42, 34, 518, 976), at(52), fill=ground)
            draw.rounded_rectangle(at(215, 52, 345, 78), at(13), fill=_BEZEL)

        picture = _drawn((560, 1010), shape)
        self._lines(picture, name, (80, 150, 480, 260), 42, ink)
        return _with(picture, _qr(text, 10, ink, ground), (280, 540), ground)

    def label(self, code: str, name: str, price: str) -> Image.Image:
        """Return the label of a scale: article, price, EAN with the price inside."""

        def shape(draw: ImageDraw.ImageDraw, at: Callable[..., Any]) -> None:
            draw.rounded_rectangle(at(10, 10, 750, 510), at(18), fill=_SLIP, outline=_INK_2, width=4)

        picture = _drawn((760, 520), shape)
        self._lines(picture, name, (50, 40, 520, 130), 46)
        self._lines(picture, price, (470, 40, 720, 130), 58)
        return _with(picture, _ean(code, 4, 200), (380, 330))

    def _lines(self, picture: Image.Image, text: str, box: _Box, size: int, ink: Colour = _INK) -> None:
        """Write words into a box, as many in a line as fit."""
        face = _face(self._fonts, size)
        draw = ImageDraw.Draw(picture)
        rows: list[str] = []
        for word in text.replace("\u00ad", "").split():
            longer = f"{rows[-1]} {word}" if rows else word
            if rows and draw.textlength(longer, font=face) <= box[2] - box[0]:
                rows[-1] = longer
            else:
                rows.append(word)
        for number, row in enumerate(rows):
            top = box[1] + number * round(size * 1.2)
            if top + size <= box[3]:
                draw.text((box[0], top), row, fill=ink, font=face)


def _drawn(size: tuple[int, int], shape: Callable[[ImageDraw.ImageDraw, Callable[..., Any]], None]) -> Image.Image:
    """Return a see-through picture of `size` with smooth shapes; `shape` gives its numbers through `at`."""
    large = Image.new("RGBA", (size[0] * _FINE, size[1] * _FINE), (0, 0, 0, 0))

    def at(*numbers: int) -> Any:
        scaled = tuple(number * _FINE for number in numbers)
        return scaled[0] if len(scaled) == 1 else scaled

    shape(ImageDraw.Draw(large), at)
    return large.resize(size, Image.Resampling.LANCZOS)


def _with(picture: Image.Image, code: Image.Image, centre: tuple[int, int], ground: Colour = _SLIP) -> Image.Image:
    place = (centre[0] - code.width // 2, centre[1] - code.height // 2)
    edge = ImageDraw.Draw(picture)
    edge.rectangle((*place, place[0] + code.width - 1, place[1] + code.height - 1), fill=ground)
    picture.paste(code, place)
    return picture


def _ean(text: str, module: int, height: int) -> Image.Image:
    """Return an EAN with its quiet zones, `module` pixels a module."""
    kind = zxingcpp.BarcodeFormat.EAN8 if len(text) == 8 else zxingcpp.BarcodeFormat.EAN13
    drawn: Any = zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=True)
    plain = Image.fromarray(drawn).convert("L")
    row = plain.crop((0, plain.height // 3, plain.width, plain.height // 3 + 1))
    return row.resize((plain.width * module, height), Image.Resampling.NEAREST).convert("RGB")


def _qr(text: str, module: int, ink: Colour = _INK, ground: Colour = _SLIP) -> Image.Image:
    """Return a QR code with its quiet zone."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=3)]
    plain = Image.new("RGB", (len(rows[0]), len(rows)), ground)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                plain.putpixel((x, y), ink)
    return plain.resize((plain.width * module, plain.height * module), Image.Resampling.NEAREST)


@lru_cache(maxsize=16)
def _face(fonts: Path | None, size: int) -> Any:
    if fonts is None or not (fonts / "Inter-SemiBold.woff2").is_file():
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(fonts / "Inter-SemiBold.woff2"), size)
