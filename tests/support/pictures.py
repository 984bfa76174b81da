"""Pictures with codes, as a browser's camera posts them."""

from __future__ import annotations

import io
from typing import Any

import zxingcpp
from PIL import Image


def ean_picture(code: str, shift: int = 0) -> bytes:
    """Return a JPEG of an EAN in the middle of a grey frame, `shift` pixels to the right of it."""
    drawn: Any = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.EAN13).to_image(scale=4)
    frame = Image.new("L", (1280, 720), 150)
    label = Image.fromarray(drawn).convert("L")
    frame.paste(label, ((1280 - label.width) // 2 + shift, (720 - label.height) // 2))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=85)
    return out.getvalue()
