"""Pages set by Typst from data alone, so that no text of a shop is ever read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from importlib import resources
from typing import Any, cast


def pdf(template: str, data: Mapping[str, Any], at: datetime, standard: str = "a-2a") -> bytes:
    """Return what a template (a file beside this one) draws of `data` (JSON), as PDF/A; `at` (aware) is its date.

    The same data and date give the same bytes. A script the fonts in Typst's wheel lack is taken from this machine's
    fonts; where those lack it too, boxes stand for it and it is a PDF without the A.
    """
    import typst  # its compiler takes a moment to load and is rarely wanted

    for system_fonts in (False, True):
        try:
            return cast("bytes", _compile(template, data, at, system_fonts, format="pdf", pdf_standards=[standard]))
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
    return cast("bytes", _compile(template, data, at, system_fonts=True, format="pdf"))


def png(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """Return the first page as PNG, 203 dots an inch."""
    pages = _compile(template, data, at, system_fonts=True, format="png", ppi=203.0)
    return pages[0] if isinstance(pages, list) else cast("bytes", pages)


def _compile(template: str, data: Mapping[str, Any], at: datetime, system_fonts: bool, **options: Any) -> Any:
    import typst

    source = resources.files(__package__ or __name__).joinpath(template).read_bytes()
    compiler = typst.Compiler(source, ignore_system_fonts=not system_fonts)
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    # Typst takes no zone that knows summer time, and no parts of a second
    fixed = at.replace(microsecond=0).astimezone(timezone(at.utcoffset() or timedelta()))
    return compiler.compile(sys_inputs=inputs, timestamp=fixed, **options)
