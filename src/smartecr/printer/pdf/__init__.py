"""Documents as PDF/A-2a: the same blocks as on paper, set by Typst.

`render` is all there is. The page is drawn by `page.typ` from data alone, so that no text of a shop is ever read as
markup. PDF/A-2a (ISO 19005-2, level A) asks for tags and embedded fonts and forbids what a reader in ten years may not
have; the font is DejaVu Sans Mono out of Typst's wheel, whose equal columns suit a receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from smartecr.core.money import format_cents
from smartecr.printer import bars, raster
from smartecr.printer.compose import blocks
from smartecr.printer.document import (
    Bars,
    Block,
    Pair,
    Qr,
    ReceiptDocument,
    ReportDocument,
    Row,
    Table,
    Total,
    Verbatim,
)
from smartecr.printer.pdf import typesetting
from smartecr.printer.wrap import plain

Paper = Literal["receipt", "a4"]


def render(document: ReceiptDocument | ReportDocument, at: datetime, paper: Paper = "receipt") -> bytes:
    """Return a document as PDF/A-2a: a strip 80 mm wide, or pages of A4. `at` (aware) is its date of creation.

    The same document and date give the same bytes; of fonts and what they lack: `typesetting.pdf`.
    """
    return typesetting.pdf("page.typ", _drawn(document, paper), at)


def picture(document: ReceiptDocument | ReportDocument, at: datetime, paper: Paper = "receipt") -> bytes:
    """Return the first page of the same document as PNG, 203 dots an inch."""
    return typesetting.png("page.typ", _drawn(document, paper), at)


def _drawn(document: ReceiptDocument | ReportDocument, paper: Paper) -> dict[str, Any]:
    return {"title": _title(document), "paper": paper, "blocks": list(_data(document))}


def _title(document: ReceiptDocument | ReportDocument) -> str:
    if isinstance(document, ReportDocument):
        return document.title
    return f"{document.title} {document.number} {document.shop.name}"


def _data(document: ReceiptDocument | ReportDocument) -> Iterator[dict[str, Any]]:
    for block in blocks(document):
        yield {"kind": type(block).__name__.lower(), **_fields(block)}


def _fields(block: Block) -> dict[str, Any]:
    """Return what the page draws of a block: every amount as text, every text on one line."""
    match block:
        case Qr(text):
            return {"svg": _svg(text)}
        case Bars(code):
            return {"svg": bars.svg(code), "text": code}
        case Table(head, rows):
            cells = [[plain(row.label), *(format_cents(cents) for cents in row.cents)] for row in rows]
            return {"head": list(head), "rows": cells}
        case Row(text, cents, lead, tag, indent):
            amount = format_cents(cents) if cents is not None else ""
            return {"text": plain(f"{lead} {text}"), "amount": amount, "tag": tag, "indent": indent}
        case Total(text, cents):
            return {"text": plain(text), "amount": format_cents(cents)}
        case Verbatim(text):
            spaced = "".join(sign for sign in text.rstrip() if sign.isprintable())
            return {**asdict(block), "text": spaced.replace(" ", "\u00a0")}
        case Pair(label, value):
            return {"label": plain(label), "value": plain(value)}
    return {name: plain(value) if isinstance(value, str) else value for name, value in asdict(block).items()}


def _svg(text: str) -> str:
    """Return the QR code of `text` as an SVG with its quiet zone."""
    code = raster.modules(text)
    size = code.width
    dark = code.tobytes()
    parts = [f"M{x} {y}h1v1h-1z" for y in range(size) for x in range(size) if dark[y * size + x] < 128]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {size + 8} {size + 8}" '
        f'shape-rendering="crispEdges"><path d="{"".join(parts)}"/></svg>'
    )
