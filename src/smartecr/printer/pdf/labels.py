"""Labels on sheets of A4: for the shelf, for the goods. Drawn by `labels.typ` from data alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from smartecr.core.records import dataclass
from smartecr.printer import bars
from smartecr.printer.label import Label
from smartecr.printer.pdf import typesetting
from smartecr.printer.wrap import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of labels as the trade sells them: columns and rows, a label's size and the margins in millimetres."""

    key: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0

    @property
    def places(self) -> int:
        """Return how many labels are on it."""
        return self.columns * self.rows


SHEETS = {
    sheet.key: sheet
    for sheet in (
        Sheet(key="shelf", columns=2, rows=7, width=105.0, height=42.3, left=0.0, top=0.45),
        Sheet(key="medium", columns=3, rows=8, width=70.0, height=37.0, left=0.0, top=0.5),
        Sheet(key="small", columns=5, rows=13, width=38.1, height=21.2, left=4.75, top=10.7, gap=2.5),
    )
}
"""105 × 42,3 mm (14 a sheet), 70 × 37 mm (24), 38,1 × 21,2 mm (65)."""


def render(labels: Sequence[Label], sheet: Sheet, at: datetime, first: int = 1) -> bytes:
    """Return the labels as PDF/A, beginning at the place `first` of a sheet that has been used before."""
    return typesetting.pdf("labels.typ", _data(labels, sheet, first), at)


def picture(labels: Sequence[Label], sheet: Sheet, at: datetime, first: int = 1) -> bytes:
    """Return the first page as PNG, 203 dots an inch."""
    return typesetting.png("labels.typ", _data(labels, sheet, first), at)


def _data(labels: Sequence[Label], sheet: Sheet, first: int) -> dict[str, object]:
    drawn = []
    for number, label in enumerate(labels, first - 1):
        page, place = divmod(number, sheet.places)
        row, column = divmod(place, sheet.columns)
        drawn.append(
            {
                **{name: plain(value) for name, value in asdict(label).items()},
                "svg": bars.svg(label.code) if label.code else "",
                "page": page,
                "x": sheet.left + column * (sheet.width + sheet.gap),
                "y": sheet.top + row * sheet.height,
            }
        )
    pages = 1 + max((one["page"] for one in drawn), default=0)  # type: ignore[type-var,operator]
    return {"labels": drawn, "pages": pages, "width": sheet.width, "height": sheet.height, "kind": sheet.key}
