"""Counts in the German of the command line and of papers, which have one language."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """Return "1 Kasse", "0 Kassen", "1.375 Kassen"."""
    return f"{dotted(count)} {one if count == 1 else many}"


def dotted(count: int) -> str:
    """Return a count with a full stop between its thousands."""
    return f"{count:,}".replace(",", ".")
