"""What the command line says to a person: short German lines on the terminal, progress that does not flood a log."""

from __future__ import annotations

import sys
import time
from typing import TextIO


def say(text: str = "") -> None:
    """Write one line to standard output at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Progress:
    """A bar for work of known size; call it with (done, total, what). On a terminal it redraws one line.

    Elsewhere (a log, a pipe) it writes a line at most every `pause` seconds and one at the end.
    """

    def __init__(self, out: TextIO | None = None, width: int = 28, pause: float = 5.0) -> None:
        self._out = out or sys.stdout
        self._width = width
        self._live = self._out.isatty()
        self._pause = 0.1 if self._live else pause
        self._next = time.monotonic() + (0 if self._live else self._pause)

    def __call__(self, done: int, total: int, what: str = "") -> None:
        """Show that `done` of `total` pieces are ready."""
        finished = done >= total
        if not finished and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._pause
        share = min(done / total, 1.0) if total else 1.0
        if self._live:
            filled = round(share * self._width)
            bar = "█" * filled + "·" * (self._width - filled)
            self._out.write(f"\r  {bar} {share:4.0%}  {what:<32.32}" + ("\n" if finished else ""))
        else:
            self._out.write(f"  {share:4.0%}  {what}\n")
        self._out.flush()
