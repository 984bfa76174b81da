"""The paper of the virtual printer: what hangs out, what was torn off, and how much is left on the roll."""

from __future__ import annotations

import io

from PIL import Image

from smartecr.core.records import dataclass
from smartecr.printer.virtual import Sheet, VirtualPrinter

ROLL_DOTS = 80_000 * 8
"""A roll of 80 metres at 8 dots a millimetre."""

_HANGING, _KEPT = 2, 6


@dataclass(slots=True, eq=False)
class Piece:
    """A sheet under the number the page knows it by."""

    number: int
    sheet: Sheet
    torn: bool = False
    cut: bool = False


class Roll:
    """Follows one printer's sheets. Numbers rise; a sheet that is still being printed has its number already."""

    def __init__(self, printer: VirtualPrinter) -> None:
        self._printer = printer
        self._pieces: list[Piece] = []
        self._last = 0
        self._used = 0

    def look(self) -> list[Piece]:
        """Return what hangs out and what was torn off lately, oldest first, after a look at the printer."""
        current = self._printer.sheet
        there = [*self._printer.sheets, current]
        for sheet in there:
            known = next((piece for piece in self._pieces if piece.sheet is sheet), None)
            if known is None and sheet.parts:
                self._last += 1
                known = Piece(self._last, sheet)
                self._pieces.append(known)
            if known is not None and not known.cut and sheet is not current:
                known.cut = True
                self._used += sheet.image().height
        for piece in [piece for piece in self._pieces if not piece.torn][:-_HANGING]:
            piece.torn = True
        shown = [piece for piece in self._pieces if piece.torn][-_KEPT:]
        shown += [piece for piece in self._pieces if not piece.torn]
        self._pieces = [
            piece for piece in self._pieces if piece in shown or any(piece.sheet is sheet for sheet in there)
        ]
        return shown

    def tear(self) -> bool:
        """Tear off what hangs out; False when nothing does."""
        hanging = [piece for piece in self.look() if not piece.torn]
        for piece in hanging:
            piece.torn = True
            if not piece.cut and piece.sheet is self._printer.sheet:
                self._printer.tear_off()
        return bool(hanging)

    def new_roll(self) -> None:
        """Put a full roll in."""
        self._used = 0
        self._printer.set(paper_out=False, paper_near_end=False)

    @property
    def percent(self) -> int:
        """Return how much paper is left."""
        if self._printer.status.paper_out:
            return 0
        return max(1, 100 - 100 * self._used // ROLL_DOTS)

    def picture(self, number: int) -> Image.Image | None:
        """Return a piece as its dots, None when it is gone."""
        return next((piece.sheet.image() for piece in self._pieces if piece.number == number), None)


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
