"""What a receiver answered."""

from __future__ import annotations

from smartecr.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the HTTP status, or 0 and why ("timeout", "tls", "connection")."""

    status: int
    error: str = ""

    @property
    def heard(self) -> bool:
        """Tell whether the receiver took it."""
        return 200 <= self.status < 300
