"""Pictures of articles: whatever a person drops in becomes a small WebP file named by its own content.

A picture never changes under its name, so tills may keep it for ever; the journal's rows hold only the name.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from pathlib import Path

from django.utils.translation import gettext as _

from smartecr.catalog.errors import CatalogError

LARGEST_FILE = 32 << 20
"""Bytes of a file that is looked at."""

SIZE = (480, 360)
"""Largest width and height kept, in pixels: a tile at twice its density."""

_MOST_PIXELS = {"JPEG": 150_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A JPEG is decoded at a fraction of its size; the others whole, at up to 20 bytes a pixel."""
_NAME = re.compile(r"[0-9a-f]{32}\.webp", re.ASCII)


def store(data: bytes, folder: Path) -> str:
    """Keep a picture (PNG, JPEG, WebP) in `folder` and return its name. Raises CatalogError, OSError (disk full)."""
    small = _small(data)
    name = f"{hashlib.sha256(small).hexdigest()[:32]}.webp"
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}"
        try:
            with draft.open("wb") as file:
                file.write(small)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return name


def load(name: str, folder: Path) -> bytes | None:
    """Return a picture's file, None when there is none of that name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        return None


def _small(data: bytes) -> bytes:
    """Return the picture upright, cut to 4:3 and scaled down. Its size is looked at before a pixel is decoded."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # no till needs Pillow to start

    if len(data) > LARGEST_FILE:
        raise _refused(_("Das Bild ist zu groß. Höchstens 32 MB sind möglich."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > _MOST_PIXELS[str(picture.format)]:
                    raise _refused(_("Das Bild hat zu viele Bildpunkte."))
                picture.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
                small = picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGBA")
                small.thumbnail((SIZE[0] * 4, SIZE[0] * 4), Image.Resampling.BOX)  # whatever follows copies it
                upright = ImageOps.exif_transpose(small).convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
        kept = io.BytesIO()
        ImageOps.fit(flat, SIZE, Image.Resampling.LANCZOS).save(kept, "WEBP", quality=82, method=4)
    except (Image.DecompressionBombError, UnidentifiedImageError):
        raise _refused(_("Das ist kein lesbares Bild. Möglich sind PNG, JPEG und WebP.")) from None
    except CatalogError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError):
        raise _refused(_("Das Bild ist beschädigt.")) from None
    return kept.getvalue()


def _refused(message: str) -> CatalogError:
    return CatalogError("picture", message, "picture")
