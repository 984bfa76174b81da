"""Figures on paper: any page of them with its charts, and the weekly letter. Set by Typst, from data alone.

Colours of print are fixed here, as those of the screen are in `insights.css`; drawings are the same. Texts are set in
Libertinus Serif out of Typst's wheel. The PDF is tagged for those who have it read to them
(PDF/UA-1); where no font of this machine has a letter, a box stands for it and it is a PDF like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from importlib import resources
from typing import Any, cast

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from smartecr.core.records import dataclass
from smartecr.insights.tables import Table

PICTURE_DPI = 120.0
FLIPPED_FROM = 9
"""Columns from which on a page lies on its side."""

TALLEST = 72
"""Millimetres a drawing may be high; what is broader than high is as broad as the page."""

_SIZE = re.compile(r' width="(\d+)" height="(\d+)"')

_PRINT = """
text { font-family: 'Libertinus Serif'; font-size: 15px; fill: #6b6057 }
.c-name { fill: #2b241d; font-weight: 600 }
.c-grid { stroke: #ddd4c8; stroke-width: 1 } .c-band { fill: #efe9df }
.c-before { fill: none; stroke: #8c8075; stroke-width: 2; stroke-dasharray: 3 5 }
.c-today { fill: none; stroke: #2b241d; stroke-width: 3 } .c-dot { fill: #2b241d }
.c-column, .c-plain { fill: #b79c83 } .c-column-now { fill: #2b241d }
.c-column-next { fill: #f3ede4; stroke: #9a8e82; stroke-dasharray: 4 3 }
.c-mark { stroke: #2b241d; stroke-width: 2.5 } .c-range { stroke: #2b241d; stroke-width: 1.5 }
.c-heat-0 { fill: #f2ece3 } .c-heat-1 { fill: #e5d8c8 } .c-heat-2 { fill: #d0b79f } .c-heat-3 { fill: #b3937a }
.c-heat-4 { fill: #937057 } .c-heat-5 { fill: #724d35 } .c-heat-6 { fill: #4f2d17 }
.c-now { fill: none; stroke: #2b241d; stroke-width: 2.5 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A table with its drawing (SVG or empty) and what is said above it."""

    table: Table
    svg: str = ""
    lead: str = ""


def page(
    title: str, span: str, shop: str, parts: Sequence[Drawn], at: datetime, lead: str = "",
    found: Sequence[Mapping[str, Any]] = (),
) -> bytes:  # fmt: skip
    """Return a page of figures as PDF: `span` in words, `at` (aware) is now.

    `found` are findings, each with "title", "sentence", "usual", and whether it is "clear".
    """
    flipped = any(len(part.table.columns) >= FLIPPED_FROM for part in parts)
    data = {
        "title": title,
        "span": span,
        "shop": shop,
        "lead": lead,
        "found": list(found),
        "foot": _("Gerechnet aus den Büchern der Kasse am {day}.").format(day=f"{at:%d.%m.%Y, %H:%M}"),
        "nothing": _("In diesem Zeitraum gibt es dazu nichts."),
        "flipped": flipped,
        "parts": [
            {
                "title": part.table.title,
                "lead": part.lead,
                "broad": _broad(part.svg, 261 if flipped else 174),
                "svg": printed(part.svg) if part.svg and part.table.rows else "",
                "note": part.table.note,
                **cells(part.table),
            }
            for part in parts
        ],
    }
    return render("figures", data, at)


def cells(table: Table) -> dict[str, Any]:
    """Return columns, rows and total of a table as the templates want them."""
    return {
        "columns": [{"word": column.word, "number": column.number} for column in table.columns],
        "rows": [table.words(row) for row in table.rows],
        "total": table.words(table.total) if table.total else None,
    }


def _broad(svg: str, page: int) -> int:
    """Return how broad a drawing is set, in percent of a page so many millimetres broad."""
    size = _SIZE.search(svg)
    return min(100, 100 * TALLEST * int(size[1]) // (int(size[2]) * page)) if size else 100


def printed(svg: str) -> str:
    """Return a drawing of `charts` as it is printed: on its own, with its colours in it."""
    head, _close, rest = svg.partition(">")
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{_PRINT}</style>{rest}'


def render(template: str, data: dict[str, Any], at: datetime, *, picture: bool = False) -> bytes:
    """Return a template filled with data as PDF, or its first page as PNG; same data and time give the same bytes."""
    import typst  # its compiler takes a moment to load and is rarely wanted

    source = b"\n".join(_file(name) for name in ("common", template))
    inputs = {"data": json.dumps({"lang": (get_language() or "de")[:2], **data}, ensure_ascii=False)}
    zone = timezone(at.utcoffset() or timedelta())  # Typst takes no zone that knows summer time
    fixed = at.astimezone(zone).replace(microsecond=0)

    def compiled(**options: Any) -> Any:
        compiler = typst.Compiler(source, ignore_system_fonts=False)
        return compiler.compile(sys_inputs=inputs, timestamp=fixed, **options)

    if picture:
        pages = compiled(format="png", ppi=PICTURE_DPI)
        return pages[0] if isinstance(pages, list) else cast("bytes", pages)
    try:
        return cast("bytes", compiled(format="pdf", pdf_standards=["ua-1"]))
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
    return cast("bytes", compiled(format="pdf"))


def _file(name: str) -> bytes:
    return resources.files(__name__).joinpath(f"{name}.typ").read_bytes()
