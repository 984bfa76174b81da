"""What was looked at, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from smartecr.core.records import dataclass

Progress = Callable[[int, int, str], None]
"""Told (done, total, what) from time to time."""


@dataclass(slots=True)
class Verdict:
    """What was looked at and what is wrong; `findings` are German sentences naming the place.

    `explained` are things an auditor asks about that the books answer: outages with begin, end and reason.
    """

    facts: int = 0
    rows: int = 0
    receipts: int = 0
    signatures: int = 0
    without_tse: int = 0
    closings: int = 0
    findings: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings

    def merge(self, other: Verdict) -> None:
        """Add what was looked at and found elsewhere."""
        for name in ("facts", "rows", "receipts", "signatures", "without_tse", "closings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings
        self.explained += other.explained


def silent(_done: int, _total: int, _what: str) -> None:
    """Tell nobody."""
