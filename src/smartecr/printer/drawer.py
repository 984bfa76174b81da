"""The cash drawer on the printer's cable: the pulse that opens it, and what its sensor says.

The sensor is pin 3 of the socket; whether high means open or closed differs from drawer to drawer and is learned once.
A drawer without a sensor always gives the same level: such a one is unknown, never closed.
"""

from __future__ import annotations

from enum import StrEnum

_PINS = {2: 0, 5: 1}


def pulse(pin: int = 2, on_ms: int = 50, off_ms: int = 500) -> bytes:
    """Return the pulse (ESC p) that opens the drawer on `pin` 2 or 5: steps of 2 ms, off not shorter than on."""
    on = max(1, min(255, on_ms // 2))
    return b"\x1bp" + bytes([_PINS[pin], on, max(on, min(255, off_ms // 2))])


class State(StrEnum):
    """How the drawer is."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


def learn(closed: bool, opened: bool, closed_again: bool) -> bool | None:
    """Return the level that means open, from the levels seen closed, open and closed; None when there is no sensor."""
    return opened if closed == closed_again != opened else None


def state(level: bool | None, open_level: bool | None) -> State:
    """Return how a drawer is whose sensor gives `level`, `open_level` being the one that was learned."""
    if level is None or open_level is None:
        return State.UNKNOWN
    return State.OPEN if level == open_level else State.CLOSED
