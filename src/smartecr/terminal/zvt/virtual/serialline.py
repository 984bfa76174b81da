"""The serial line of the virtual terminal: a pseudo-terminal with the framing and link acknowledgements of PA00P016.

Each frame is answered by one ACK or NAK byte at once; without ACK within T2 a frame is sent again, at most twice.
A frame that comes again although nothing of ours was acknowledged since is a repetition: acknowledged, not passed on.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
import tty
from collections.abc import Callable

from smartecr.terminal.zvt.serialframe import ACK_BYTE, NAK_BYTE, Broken, FrameReader, wrap
from smartecr.terminal.zvt.virtual.events import Closed, Event, Received
from smartecr.terminal.zvt.virtual.faults import Action, Script
from smartecr.terminal.zvt.virtual.line import Line, readable, write_all
from smartecr.terminal.zvt.virtual.switches import Times

_REPETITIONS = 2


class SerialLine(Line):
    """A pseudo-terminal; ``path`` is what the register opens. ``note`` takes lines for the log."""

    def __init__(
        self, notify: Callable[[Event], None], script: Script, times: Times, note: Callable[[str], None]
    ) -> None:
        super().__init__(notify, script)
        self._times = times
        self._note = note
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._wake_read, self._wake_write = os.pipe()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._last = b""
        self._heard = True
        self.lose_acks = 0
        self.refusals = 0

    def hang_up(self) -> None:
        """A serial line has no connection to end: the next command comes on the same wire."""

    def _packed(self, apdu: bytes, twists: frozenset[Action]) -> bytes:
        self._twists = twists
        return wrap(apdu[:-1] if Action.DROP_BYTE in twists else apdu)

    def _write(self, data: bytes) -> None:
        """Send one frame (or several coalesced ones) until it is acknowledged."""
        if len(data) == 1:
            write_all(self._master, data)
            return
        for attempt in range(1 + _REPETITIONS):
            self._transmit(data, damaged=attempt == 0)
            if self._acknowledged() or self.closed:
                return
        self._note("Serielle Leitung: Rahmen dreimal nicht bestätigt")
        self._notify(Closed(self, "keine Bestätigung auf der Leitung"))

    def _transmit(self, frame: bytes, *, damaged: bool) -> None:
        if damaged and Action.BAD_CRC in self._twists:
            write_all(self._master, frame[:-1] + bytes((frame[-1] ^ 0xFF,)))
        elif damaged and Action.STALL in self._twists:
            write_all(self._master, frame[:4])
            time.sleep(2 * self._times.t1)
            write_all(self._master, frame[4:])
        else:
            write_all(self._master, frame)

    def _acknowledged(self) -> bool:
        try:
            return self._answers.get(timeout=self._times.t2) == ACK_BYTE
        except queue.Empty:
            return False

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        with contextlib.suppress(OSError):
            if self._script.habits.coalesce and len(waiting) > 1:
                self._write(b"".join(waiting))
                for _ in waiting[1:]:
                    self._acknowledged()
                return
            for frame in waiting:
                if self._script.habits.fragment:
                    self._write_slowly(frame)
                else:
                    self._write(frame)

    def _write_slowly(self, frame: bytes) -> None:
        for place in range(len(frame) - 1):
            write_all(self._master, frame[place : place + 1])
        write_all(self._master, frame[-1:])
        self._acknowledged()

    def _shut(self) -> None:
        self._answers.put(b"")  # wakes whoever waits for an acknowledgement
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    def _listen(self) -> None:
        reader = FrameReader()
        try:
            while True:
                ready = readable(self._master, self._wake_read, self._times.t1 if reader.partial else None)
                if ready is None:
                    break
                if not ready:
                    reader.reset()
                    self._link(NAK_BYTE)
                    continue
                data = os.read(self._master, 4096)
                self._plugged.wait()
                for item in reader.feed(data):
                    self._take(item)
        except OSError:
            self.closed = True
        finally:
            for descriptor in (self._master, self._slave, self._wake_read, self._wake_write):
                os.close(descriptor)
            self._notify(Closed(self, "Leitung geschlossen"))

    def _take(self, item: bytes | Broken) -> None:
        if isinstance(item, Broken):
            self._note("Serielle Leitung: Prüfsumme falsch, NAK")
            self._link(NAK_BYTE)
        elif len(item) == 1:
            self._heard = self._heard or item == ACK_BYTE
            self._answers.put(item)
        elif self.refusals:
            self.refusals -= 1
            self._link(NAK_BYTE)
        else:
            repeated = item == self._last and not self._heard
            self._last, self._heard = item, False
            if self.lose_acks:
                self.lose_acks -= 1
            else:
                self._link(ACK_BYTE)
            if not repeated:
                self._notify(Received(self, item))

    def _link(self, byte: bytes) -> None:
        with contextlib.suppress(OSError):
            write_all(self._master, byte)
