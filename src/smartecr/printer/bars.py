"""Barcodes as bars: EAN-13, EAN-8, UPC-A and, for whatever is no GTIN, Code 128; each once, for paper and PDF alike."""

from __future__ import annotations

from typing import Any

import zxingcpp

QUIET = 11
"""Empty modules beside the bars: EAN-13 wants 11 on the left (ISO/IEC 15420), Code 128 ten."""

_FORMATS = {8: zxingcpp.BarcodeFormat.EAN8, 12: zxingcpp.BarcodeFormat.UPCA, 13: zxingcpp.BarcodeFormat.EAN13}


def modules(code: str) -> str:
    """Return the modules of a code from left to right, "1" dark, without quiet zones.

    Raises ValueError for a text no barcode can hold.
    """
    wanted = _FORMATS.get(len(code)) if code.isascii() and code.isdecimal() else None
    try:
        drawn: Any = zxingcpp.create_barcode(code, wanted or zxingcpp.BarcodeFormat.Code128).to_image(
            scale=1, add_quiet_zones=False
        )
    except Exception as error:
        raise ValueError(f"no barcode holds {code!r}") from error
    view = memoryview(drawn)
    assert view.shape is not None, "a picture has rows"
    row = view.tobytes()[: view.shape[1]]
    return "".join("1" if dot < 128 else "0" for dot in row)


def svg(code: str, height: int = 40) -> str:
    """Return the code as an SVG with its quiet zones, a module a unit wide."""
    dark = modules(code)
    parts = [f"M{place} 0h1v{height}h-1z" for place, one in enumerate(dark) if one == "1"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{QUIET} 0 {len(dark) + 2 * QUIET} {height}" '
        f'preserveAspectRatio="none" shape-rendering="crispEdges"><path d="{"".join(parts)}"/></svg>'
    )
