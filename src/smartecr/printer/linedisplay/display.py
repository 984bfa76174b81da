"""A line display on its wire: the newest picture wins, five a second at most; after a cut it comes back by itself."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from smartecr.printer.linedisplay.languages import Language, letters
from smartecr.printer.linedisplay.lines import Line, Picture
from smartecr.printer.links import Connect, Link, LinkError
from smartecr.printer.spool import Spool

log = logging.getLogger(__name__)

LEAST_SECONDS = 0.2
AGAIN_SECONDS = 30.0
"""So often the same picture is written again: a display that was off shows it then, a line that broke is noticed."""
BACK_OFF = (0.5, 1.0, 2.0, 5.0)


class Wire(Protocol):
    """The way to a display; `send` raises LinkError when it is not there."""

    def send(self, data: bytes) -> None:
        """Hand over `data`."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class OwnLine:
    """A display on a line or port of its own, opened anew after every failure."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._link: Link | None = None

    def send(self, data: bytes) -> None:
        """Hand over `data`. Raises LinkError."""
        if self._link is None:
            self._link = self._connect()
        try:
            self._link.send(data)
        except LinkError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the line."""
        link, self._link = self._link, None
        if link is not None:
            link.close()


class BehindPrinter:
    """A display plugged into the printer, which passes on what stands between ESC = 2 and ESC = 1."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def send(self, data: bytes) -> None:
        """Hand over `data` between two jobs."""
        self._spool.pulse(b"\x1b=\x02" + data + b"\x1b=\x01")

    def close(self) -> None:
        """Nothing to let go of: the line is the printer's."""


class LineDisplay:
    """A display that shows what `look` returns (and the seconds until it changes by itself) whenever woken."""

    def __init__(
        self,
        wire: Wire,
        language: Language,
        look: Callable[[], tuple[Picture, float]],
        changed: Callable[[], None] = lambda: None,
        *,
        codec: str = "",
    ) -> None:
        self.language = language
        self.picture = Picture(Line(""), Line(""))
        self.connected = False
        self._written: float | None = None
        self._wire, self._look, self._changed = wire, look, changed
        self._codec = codec or language.codec
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="line-display", daemon=True)
        self._thread.start()

    @property
    def silence(self) -> float | None:
        """Return how many seconds ago it took something last, None before it ever did."""
        return None if self._written is None else time.monotonic() - self._written

    def wake(self) -> None:
        """Let it look again; returns at once."""
        self._woken.set()

    def close(self) -> None:
        """Clear the display and end the thread."""
        self._closing.set()
        self._woken.set()
        self._thread.join(15)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._woken.clear()
            seconds = self._show()
            if not self._closing.wait(LEAST_SECONDS):
                self._woken.wait(seconds)
        with contextlib.suppress(LinkError):
            self._wire.send(self.language.clear())
        self._wire.close()

    def _show(self) -> float:
        """Show the present picture and return after how many seconds to look again."""
        try:
            picture, seconds = self._look()
        except Exception:
            log.exception("the line display has nothing to show")
            return AGAIN_SECONDS
        beginning = b"" if self.connected else self.language.begin()
        upper, lower = letters(picture.upper, self._codec), letters(picture.lower, self._codec)
        try:
            self._wire.send(beginning + self.language.write(upper, lower))
        except LinkError:
            self._tell(connected=False)
            self._failures += 1
            return BACK_OFF[min(self._failures, len(BACK_OFF)) - 1]
        self._failures = 0
        self.picture, self._written = picture, time.monotonic()
        self._tell(connected=True)
        return min(seconds or AGAIN_SECONDS, AGAIN_SECONDS)

    def _tell(self, *, connected: bool) -> None:
        if connected is not self.connected:
            self.connected = connected
            self._changed()
