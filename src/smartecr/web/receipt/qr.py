"""QR codes as SVG without a style attribute, drawn once per text.

A display shows a receipt's code the moment it is paid, so the code comes from a library in C++ (0.2 ms; one in Python
takes 6). Letters beyond ASCII go as UTF-8 (a GiroCode says so of itself), which that library takes for binary.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from smartecr.printer import raster

QUIET_ZONE = 4
"""White modules around the code (ISO/IEC 18004)."""


@lru_cache(maxsize=256)
def svg(text: str, label: str) -> SafeString:
    """Return the QR code of `text` (error correction M, 15 %) as black on white; `label` is read by screen readers."""
    rows = _ascii(text) if text.isascii() else _unicode(text)
    size = len(rows) + 2 * QUIET_ZONE
    path = mark_safe("".join(_runs(rows)))  # noqa: S308 - numbers only
    return format_html(
        '<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>',
        label=label,
        size=size,
        path=path,
    )


def _ascii(text: str) -> list[bytes]:
    """Return the rows of a code, 1 for dark."""
    code = raster.modules(text, "M")
    dots = code.tobytes().translate(_DARK)
    return [dots[start : start + code.width] for start in range(0, len(dots), code.width)]


def _unicode(text: str) -> list[bytes]:
    import segno  # seldom needed

    matrix = segno.make(text, error="m", micro=False, boost_error=False, encoding="utf-8").matrix
    return [bytes(row) for row in matrix]


_DARK = bytes(value < 128 for value in range(256))


def _runs(rows: list[bytes]) -> list[str]:
    """Return path commands for the dark runs of each row."""
    commands = []
    for y, row in enumerate(rows, QUIET_ZONE):
        x = QUIET_ZONE
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                commands.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return commands
