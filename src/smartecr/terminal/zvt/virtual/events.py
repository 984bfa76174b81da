"""What happens to the terminal from outside, in the order it happened: one queue, one reader (the terminal's thread).

Cards and keys come from the device side, APDUs from the register's connections. Whoever waits says which kinds it
waits for; everything else is handed to ``aside`` in its turn and never lost.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from smartecr.core.records import dataclass

if TYPE_CHECKING:
    from smartecr.terminal.zvt.virtual.line import Line


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card was put in (``how`` "chip"), or held to the field ("nfc"); ``verified``: the phone knew its owner."""

    card_id: str
    how: str
    verified: bool = False


@dataclass(frozen=True, slots=True)
class CardTaken:
    """The card was pulled out of the slot."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The customer confirmed what was typed; ``digits`` never leaves the terminal's thread."""

    digits: str

    def __repr__(self) -> str:
        return "Entered(***)"


@dataclass(frozen=True, slots=True)
class StopPressed:
    """The red key."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole APDU from the register."""

    line: Line
    apdu: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection ended; ``reason`` is for the log."""

    line: Line
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quit:
    """The terminal is switched off."""


@dataclass(frozen=True, slots=True)
class AbortAsked:
    """The register asked to stop while the terminal waited for the customer."""


Event = CardShown | CardTaken | Entered | StopPressed | Received | Closed | AbortAsked | Quit


class SwitchedOff(Exception):  # noqa: N818 - no error: the way out of whatever the terminal was doing
    """The terminal was switched off while it waited."""


class Inbox:
    """The queue. ``aside`` takes what nobody waits for at the moment."""

    def __init__(self, aside: Callable[[Event], None]) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._aside = aside

    def put(self, event: Event) -> None:
        """Add an event; any thread may."""
        self._queue.put(event)

    def wait(self, seconds: float | None, wanted: Callable[[Event], bool]) -> Event | None:
        """Return the next wanted event, None when none came in time. Raises SwitchedOff."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                event = self._queue.get(timeout=left)
            except queue.Empty:
                return None
            if isinstance(event, Quit):
                raise SwitchedOff
            if wanted(event):
                return event
            self._aside(event)
