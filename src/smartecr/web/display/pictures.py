"""The shop's own pictures for the resting display: the files of one folder, `display` in the data folder.

Only what is a picture by its content goes out; a file that is none, or too large, is passed over.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

FOLDER = "display"
MOST_BYTES = 8_000_000
MOST = 50
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def names(data: Path) -> tuple[str, ...]:
    """Return the names of the pictures, in order; () when there is no folder."""
    folder = Path(data) / FOLDER
    try:
        mark = folder.stat().st_mtime_ns
    except OSError:
        return ()
    return _names(folder, mark)


@lru_cache(maxsize=2)
def _names(folder: Path, _mark: int) -> tuple[str, ...]:
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in _ENDINGS)
    return tuple(path.name for path in found if _kind(path))[:MOST]


def read(data: Path, name: str) -> tuple[bytes, str] | None:
    """Return content and media type of a picture; None for any other name."""
    if name not in names(data):
        return None
    path = Path(data) / FOLDER / name
    kind = _kind(path)
    return (path.read_bytes(), kind) if kind else None


def _kind(path: Path) -> str:
    """Return the media type of a picture by its content, "" for what is none."""
    try:
        if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
            return ""
        with Image.open(io.BytesIO(path.read_bytes()), formats=tuple(_TYPES)) as picture:
            return _TYPES[str(picture.format)]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
