"""A label: what stands on it, and how it comes out of a receipt printer."""

from __future__ import annotations

from smartecr.core.records import dataclass
from smartecr.printer.document import Bars, Big, Block, Heading, Note, ReportDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Texts of a label: `price` "3,40 €", `unit` "je kg" or "", `extra` what comes on top, `code` its barcode.

    `content` is what a package holds, "250 g", `per_unit` its unit price, "1 kg = 13,60 €" (§ 4 PAngV).
    """

    name: str
    price: str
    unit: str = ""
    content: str = ""
    per_unit: str = ""
    extra: str = ""
    number: str = ""
    code: str = ""


def document(label: Label) -> ReportDocument:
    """Return the label as a strip of paper."""
    price = f"{label.price} {label.unit}".strip()
    blocks: list[Block] = [Heading(label.name, 2), Big(price)]
    basis = ", ".join(part for part in (label.content, label.per_unit) if part)
    if basis:
        blocks.append(Note(basis, centred=False))
    if label.extra:
        blocks.append(Note(label.extra, centred=False))
    if label.code:
        blocks.append(Bars(label.code))
    if label.number:
        blocks.append(Note(label.number))
    return ReportDocument(title=label.name, blocks=tuple(blocks))
