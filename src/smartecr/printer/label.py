"""A label: what stands on it, and how it comes out of a receipt printer."""

from __future__ import annotations

from dataclasses import dataclass

from smartecr.printer.document import Bars, Big, Block, Heading, Note, ReportDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Texts of a label: `price` "3,40 €", `unit` "je kg" or "", `extra` what comes on top, `code` its barcode."""

    name: str
    price: str
    unit: str = ""
    extra: str = ""
    number: str = ""
    code: str = ""


def document(label: Label) -> ReportDocument:
    """Return the label as a strip of paper."""
    price = f"{label.price} {label.unit}".strip()
    blocks: list[Block] = [Heading(label.name, 2), Big(price)]
    if label.extra:
        blocks.append(Note(label.extra, centred=False))
    if label.code:
        blocks.append(Bars(label.code))
    if label.number:
        blocks.append(Note(label.number))
    return ReportDocument(title=label.name, blocks=tuple(blocks))
