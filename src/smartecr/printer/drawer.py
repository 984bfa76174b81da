"""The cash drawer: the pulse that opens it, what its sensor says, and how long it stands open.

The sensor is pin 3 of the printer's socket; whether high means open or closed differs from drawer to drawer and is
learned once. A drawer without a sensor always gives the same level: such a one is unknown, never closed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from smartecr.printer.links import Connect, LinkError
from smartecr.printer.spool import Spool

log = logging.getLogger(__name__)

ALARM_SECONDS = 60.0
BY_COMMAND_SECONDS = 6.0
"""So long after a pulse an opening counts as ours: the printer is asked every five seconds at least."""
_PINS = {2: 0, 5: 1}


def pulse(pin: int = 2, on_ms: int = 50, off_ms: int = 500) -> bytes:
    """Return the pulse (ESC p) that opens the drawer on `pin` 2 or 5: steps of 2 ms, off not shorter than on."""
    on = max(1, min(255, on_ms // 2))
    return b"\x1bp" + bytes([_PINS[pin], on, max(on, min(255, off_ms // 2))])


def pulse_at_once(pin: int = 2, on_ms: int = 100) -> bytes:
    """Return the pulse in real time (DLE DC4, steps of 100 ms): it opens the drawer without paper too."""
    return b"\x10\x14\x01" + bytes([_PINS[pin], max(1, min(8, on_ms // 100))])


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


class Port(Protocol):
    """What a drawer hangs on."""

    def kick(self) -> None:
        """Send the pulse; returns at once and raises nothing."""
        ...

    @property
    def level(self) -> bool | None:
        """Return the level of the sensor, None where there is none or nobody answers."""
        ...


class OnPrinter:
    """The drawer in the socket of a receipt printer, on `pin` 2 or 5."""

    def __init__(self, spool: Spool, pin: int = 2) -> None:
        self._spool, self._pulse, self._at_once = spool, pulse(pin), pulse_at_once(pin)

    def kick(self) -> None:
        """Send the pulse before anything that prints; change is given without paper and with an open cover too."""
        self._spool.pulse(self._pulse, self._at_once)

    @property
    def level(self) -> bool | None:
        """Return pin 3 as last seen."""
        return self._spool.drawer_level


class OnLine:
    """The drawer behind a trigger of its own on a serial line, which opens it on any such bytes and tells nothing."""

    def __init__(self, connect: Connect, data: bytes = pulse()) -> None:
        self._connect, self._data = connect, data
        self._free = threading.Lock()
        self.failed = False

    def kick(self) -> None:
        """Send the pulse from a thread of its own: a line that hangs delays no sale."""
        threading.Thread(target=self._send, name="drawer", daemon=True).start()

    def _send(self) -> None:
        with self._free:
            try:
                link = self._connect()
                try:
                    link.send(self._data)
                finally:
                    link.close()
            except LinkError:
                self.failed = True
                log.warning("the drawer cannot be reached", exc_info=True)
            else:
                self.failed = False

    @property
    def level(self) -> bool | None:
        """Return None: the line has no way back."""
        return None


class Watch:
    """A drawer and what is known of it. Any thread may use it.

    `open_level` is the level learned to mean open, `keep` makes a newly learned one last. `changed` is called when it
    opens, closes or has stood open for `alarm_seconds`; `by_hand` before, when it opened without our pulse (its key, a
    lever below).
    """

    def __init__(
        self,
        port: Port,
        open_level: bool | None,
        *,
        keep: Callable[[bool | None], None] = lambda _level: None,
        alarm_seconds: float = ALARM_SECONDS,
        changed: Callable[[], None] = lambda: None,
        by_hand: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.port = port
        self.open_level = open_level
        self._keep = keep
        self._alarm_seconds = alarm_seconds
        self._changed, self._by_hand, self._clock = changed, by_hand, clock
        self._lock = threading.Lock()
        self._state = State.UNKNOWN
        self._kicked = self._opened = float("-inf")
        self._timer: threading.Timer | None = None

    def learned(self, open_level: bool | None) -> None:
        """Go by another level from now on (None: there is no sensor). Raises OSError when it cannot be kept."""
        self._keep(open_level)
        with self._lock:
            self.open_level, self._state = open_level, State.UNKNOWN
        self.look()

    def kick(self) -> None:
        """Open the drawer; whoever calls writes down why."""
        self._kicked = self._clock()
        self.port.kick()

    @property
    def state(self) -> State:
        """Return how the drawer is."""
        return self._state

    @property
    def alarm(self) -> bool:
        """Tell whether it has stood open for too long."""
        return self._state is State.OPEN and self._clock() - self._opened >= self._alarm_seconds

    def look(self) -> None:
        """Look at the sensor: to be called whenever it may have changed."""
        with self._lock:
            before, self._state = self._state, state(self.port.level, self.open_level)
            if self._state is before:
                return
            self._restart_timer()
            by_hand = before is State.CLOSED and self._state is State.OPEN
            by_hand = by_hand and self._clock() - self._kicked > BY_COMMAND_SECONDS
        if by_hand:
            self._by_hand()
        self._changed()

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._state is State.OPEN:
            self._opened = self._clock()
            self._timer = threading.Timer(self._alarm_seconds, self._changed)
            self._timer.daemon = True
            self._timer.start()
