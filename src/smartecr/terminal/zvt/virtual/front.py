"""What people see of the terminal: its display, lamps and paper; and a way to wait for a change without polling."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Literal

from smartecr.core.records import dataclass
from smartecr.terminal.zvt.virtual.receipts import Receipt

Tone = Literal["idle", "ask", "busy", "good", "bad"]

_MOST_RECEIPTS = 12
_MOST_NOTES = 200


@dataclass(frozen=True, slots=True)
class Screen:
    """What the display shows. ``cents`` is None where no amount belongs to it."""

    lines: tuple[str, ...]
    tone: Tone = "idle"
    cents: int | None = None


IDLE = Screen(("Willkommen",))


class Front:
    """Display, paper and log of the terminal; every change wakes whoever waits. Any thread may look and wait."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._version = 0
        self.screen = IDLE
        self.paper: deque[Receipt] = deque(maxlen=_MOST_RECEIPTS)
        self.notes: deque[str] = deque(maxlen=_MOST_NOTES)

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def show(self, *lines: str, tone: Tone = "busy", cents: int | None = None) -> None:
        """Put lines on the display."""
        self.screen = Screen(lines, tone, cents)
        self.changed()

    def rest(self) -> None:
        """Go back to the welcome."""
        self.screen = IDLE
        self.changed()

    def print(self, receipt: Receipt) -> None:
        """Print on the terminal's own paper."""
        self.paper.append(receipt)
        self.changed()

    def note(self, text: str) -> None:
        """Write a line into the log that the device side shows; never card data, never a PIN."""
        self.notes.append(text)
        self.changed()

    def changed(self) -> None:
        """Wake everybody who waits for a change."""
        with self._change:
            self._version += 1
            self._change.notify_all()

    def wait_newer(self, version: int, seconds: float) -> int:
        """Return the version as soon as it is newer than ``version``, or the same one after ``seconds``."""
        with self._change:
            self._change.wait_for(lambda: self._version != version, seconds)
            return self._version

    def wait_until(self, true: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Return whether ``true()`` held within ``seconds``; it is asked again after every change."""
        with self._change:
            return self._change.wait_for(true, seconds)
