"""QR codes as SVG without a style attribute, drawn once per text."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 4
"""White modules around the code (ISO/IEC 18004)."""


@lru_cache(maxsize=256)
def svg(text: str, label: str) -> SafeString:
    """Return the QR code of `text` (error correction M, 15 %) as black on white; `label` is read by screen readers.

    Computing the code takes tens of milliseconds, hence the memory: a receipt's code never changes.
    """
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    size = len(matrix) + 2 * QUIET_ZONE
    path = mark_safe("".join(_runs(matrix)))  # noqa: S308 - numbers only
    return format_html(
        '<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>',
        label=label,
        size=size,
        path=path,
    )


def _runs(matrix: tuple[bytearray, ...]) -> list[str]:
    """Return path commands for the dark runs of each row."""
    commands = []
    for y, row in enumerate(matrix, QUIET_ZONE):
        x = QUIET_ZONE
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                commands.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return commands
