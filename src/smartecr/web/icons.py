"""Stroke icons as inline SVG: lucide's by name, and the few own drawings lucide has no word for.

The one on every ticket is our own too: opening the archive for it would be a part of every start.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from zipfile import ZipFile

STROKE = 1.75
"""Stroke width in a 24 unit square."""

_OWN = {
    "brand": '<path d="M6 16a6 6 0 0 1 12 0z" fill="currentColor" fill-opacity=".18"/>'
    '<path d="M12 4v2.5M4.6 8.6l1.7 1.7M19.4 8.6l-1.7 1.7M2.5 16h19M7.5 20h9"/>',
    "takeaway": '<path d="M5 8h14M6.2 8l1 11.2a2 2 0 0 0 2 1.8h5.6a2 2 0 0 0 2-1.8l1-11.2M9 12.5h6'
    'M8 8V6.5A2.5 2.5 0 0 1 10.5 4h3A2.5 2.5 0 0 1 16 6.5V8"/>',
    "drawer": '<path d="M4.5 11 6.3 6.4A2 2 0 0 1 8.2 5h7.6a2 2 0 0 1 1.9 1.4L19.5 11"/>'
    '<rect x="3" y="11" width="18" height="8" rx="1.5"/><path d="M10 15h4"/>',
    "backspace": '<path d="M8.5 5.5H19a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H8.5L3 12zM12 9.8l4.4 4.4M16.4 9.8 12 14.2"/>',
    "pause": '<path d="M9 5v14M15 5v14"/>',
    "note": '<rect x="2.5" y="6" width="19" height="12" rx="2"/><circle cx="12" cy="12" r="2.6"/>'
    '<path d="M6 12h.01M18 12h.01"/>',
}


@lru_cache(maxsize=1024)
def icon(name: str, size: int = 24) -> SafeString:
    """Return the SVG of an icon, hidden from screen readers: a word always stands beside it.

    An unknown name gives an empty square of the same size, so that a mistyped icon of an article breaks no screen.
    """
    head = (
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        f' stroke-width="{STROKE}" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    )
    drawing = _OWN.get(name) or _lucide(name)
    return mark_safe(f"{head}{drawing}</svg>")  # noqa: S308 - drawings of ours or of the wheel


def _lucide(name: str) -> str:
    """Return what stands inside the <svg> of one of lucide's icons, "" for a name it does not know."""
    try:
        drawing = _archive().read(f"{name}.svg").decode()
    except KeyError:
        return ""
    inner = drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")]
    return " ".join(inner.split()).replace("> <", "><").replace(" />", "/>")


@cache
def _archive() -> ZipFile:
    """Return the archive, in memory; of its 1,700 icons a shop sees some dozens, and each is unpacked once."""
    from zipfile import ZipFile

    wheel = find_spec("lucide")  # whose own module, which draws trees, need not be loaded
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("lucide")
    return ZipFile(BytesIO(Path(wheel.origin).with_name("lucide.zip").read_bytes()))
