"""Where the wheel that brings the house's font lies."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def inter() -> Path | None:
    """Return the folder with Inter's files, None when the wheel is missing."""
    found = importlib.util.find_spec("unfold")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "static" / "unfold" / "fonts" / "inter"
