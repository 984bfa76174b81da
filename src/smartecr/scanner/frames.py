"""Pictures as bytes, from a camera or a file, made grey within bounds of memory.

Only formats whose decoders stay inside this process are read (none that starts another program), and no picture is
unpacked before its size is known.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, ImageSequence

from smartecr.core import oswords
from smartecr.scanner.errors import PictureUnreadable

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
MOST_FRAME_PIXELS = 4096 * 2304
MOST_FILE_PIXELS = 50_000_000
MOST_FILE_BYTES = 64_000_000
MOST_PICTURES = 50  # of one animated file
_NEXT_JPEG = b"\xff\xd9\xff\xd8"  # the end of one and the beginning of the next
_COMFORTABLE = 16_000_000  # pixels; beyond, a picture is halved
#: whatever broken data makes the decoders raise
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError, MemoryError)
_TOO_LARGE = "Das Bild ist zu groß. Bitte ein Foto mit höchstens 50 Megapixeln nehmen."


def grey_frame(data: bytes) -> Image.Image:
    """Return a frame (JPEG, PNG … as bytes) as grey picture. Raises PictureUnreadable."""
    return next(_pictures(io.BytesIO(data), MOST_FRAME_PIXELS))


def small_frame(data: bytes) -> Image.Image | None:
    """Return a JPEG frame in an eighth of its size, grey; None for any other data.

    A third of the work of `grey_frame`: of each block of 8 by 8 only the mean is computed. It is the picture that
    `Image.reduce(8)` gives, but for roundings.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_FRAME_PIXELS:
                return None
            picture.draft("L", (picture.width // 8, picture.height // 8))
            return picture.convert("L")
    except (*_BROKEN, struct.error):
        return None


def grey_plane(data: bytes, width: int, height: int) -> Image.Image:
    """Return a frame of plain brightness, one byte a pixel, as grey picture. Raises PictureUnreadable."""
    if not 0 < width * height <= MOST_FRAME_PIXELS or width < 8 or height < 8 or len(data) < width * height:
        raise PictureUnreadable(f"{len(data)} bytes are no plane of {width} x {height}")
    return Image.frombuffer("L", (width, height), data, "raw", "L", 0, 1)


def grey_file(path: Path) -> Iterator[Image.Image]:
    """Yield the pictures of a file, one unless it is animated, upright and grey. Raises PictureUnreadable."""
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise PictureUnreadable(
                f"{path} is larger than {MOST_FILE_BYTES} bytes", code="too_large", message=_TOO_LARGE
            )
        with path.open("rb") as file:
            yield from _pictures(file, MOST_FILE_PIXELS)
    except OSError as error:
        raise PictureUnreadable(
            str(error), code="file_unreadable", message=f"Die Datei ist nicht lesbar ({oswords.reason(error)})."
        ) from error


def motion_jpeg(path: Path) -> list[bytes]:
    """Return the frames of a motion JPEG file, pictures one behind the other. Raises PictureUnreadable."""
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise PictureUnreadable(f"{path} is too large", code="too_large", message=_TOO_LARGE)
        begun, *more = path.read_bytes().split(_NEXT_JPEG)
    except OSError as error:
        raise PictureUnreadable(
            str(error), code="file_unreadable", message=f"Die Datei ist nicht lesbar ({oswords.reason(error)})."
        ) from error
    whole = [begun, *(_NEXT_JPEG[2:] + data for data in more)]
    return [data + _NEXT_JPEG[:2] for data in whole[:-1]] + whole[-1:]


def _pictures(file: BinaryIO, most: int) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked below
        warnings.simplefilter("ignore", UserWarning)  # about metadata nobody reads
        try:
            opened = Image.open(file, formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise PictureUnreadable(str(error), code="too_large", message=_TOO_LARGE) from error
        except (*_BROKEN, struct.error, zlib.error) as error:
            raise PictureUnreadable(str(error)) from error
        with opened:
            left = most
            for place, picture in enumerate(ImageSequence.Iterator(opened)):
                left -= picture.width * picture.height
                if left < 0 and place == 0:
                    raise PictureUnreadable(f"{picture.size}", code="too_large", message=_TOO_LARGE)
                if left < 0 or place >= MOST_PICTURES:
                    return
                try:
                    grey = _grey(picture)
                except (*_BROKEN, struct.error, zlib.error) as error:
                    raise PictureUnreadable(str(error)) from error
                yield grey


def _grey(picture: Image.Image) -> Image.Image:
    if picture.format == "JPEG":
        picture.draft("L", picture.size)
    if picture.mode != "L":
        if picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
            over = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
        elif picture.mode.startswith("I"):
            picture = picture.point(lambda value: value / 256).convert("L")
        picture = picture.convert("L")
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if min(upright.size) < 8:
        raise ValueError(f"{upright.size} is too small")
    return upright.reduce(2) if upright.width * upright.height > _COMFORTABLE else upright
