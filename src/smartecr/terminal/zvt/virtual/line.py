"""A connection to the register: bare units over TCP, or framed ones over a serial line (a pseudo-terminal).

A thread of its own reads and puts whole units into the inbox; the terminal's thread writes. Faults of the wire are
done here: bytes alone, several messages at once, a cable pulled for a time, damaged frames, lost acknowledgements.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable, Iterable

from smartecr.core import oswords
from smartecr.terminal.zvt.apdu import ApduReader
from smartecr.terminal.zvt.virtual.events import Closed, Event, Received
from smartecr.terminal.zvt.virtual.faults import Action, Script

_CHUNK = 4096


class Line:
    """What both kinds share: holding back, pulling the cable, one reader thread. ``notify`` takes events."""

    def __init__(self, notify: Callable[[Event], None], script: Script) -> None:
        self._notify = notify
        self._script = script
        self._plugged = threading.Event()
        self._plugged.set()
        self._mutex = threading.Lock()
        self._closing = threading.Lock()
        self._waiting: list[bytes] = []
        self._timer: threading.Timer | None = None
        self._thread = threading.Thread(target=self._listen, name="zvt-line", daemon=True)
        self.closed = False

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def send(self, apdu: bytes, *, hold: bool = False, twists: Iterable[Action] = ()) -> None:
        """Send a unit; ``hold`` keeps it back until the next one where messages are to come together.

        A closed line swallows it: whether the register got it shows in its answer alone.
        """
        with self._mutex:
            if self.closed:
                return
            self._waiting.append(self._packed(apdu, frozenset(twists)))
            if (hold and self._script.habits.coalesce) or not self._plugged.is_set():
                return
            self._flush()

    def flush(self) -> None:
        """Send what was held back."""
        with self._mutex:
            if self._plugged.is_set() and not self.closed:
                self._flush()

    def unplug(self, seconds: float) -> None:
        """Let nothing pass in either direction for a time; nothing is lost."""
        self._plugged.clear()
        self._timer = threading.Timer(seconds, self._plug_in)
        self._timer.daemon = True
        self._timer.start()

    def hang_up(self) -> None:
        """End the conversation after a breach or time-out; a wire without connections stays as it is."""
        self.close()

    def close(self) -> None:
        """End the connection; what was held back is lost."""
        with self._closing:  # not the mutex: a send may hold that for as long as it waits
            if self.closed:
                return
            self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._plugged.set()
        self._shut()

    def join(self) -> None:
        """Wait for the reader thread to end, after ``close``."""
        if self._timer is not None:
            self._timer.join()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _plug_in(self) -> None:
        with self._mutex:
            self._plugged.set()
            if not self.closed:
                self._flush()

    def _flush(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        with contextlib.suppress(OSError):
            if self._script.habits.fragment:
                for place in range(len(data)):
                    self._write(data[place : place + 1])
            elif data:
                self._write(data)

    def _packed(self, apdu: bytes, twists: frozenset[Action]) -> bytes:
        raise AssertionError(f"{apdu!r} {twists!r}: a kind of line packs units its own way")

    def _write(self, data: bytes) -> None:
        raise AssertionError(f"{data!r}: a kind of line writes its own way")

    def _shut(self) -> None:
        raise AssertionError("a kind of line closes its own way")

    def _listen(self) -> None:
        raise AssertionError("a kind of line listens its own way")


class TcpLine(Line):
    """One TCP connection; takes the socket over."""

    def __init__(self, connection: socket.socket, notify: Callable[[Event], None], script: Script) -> None:
        super().__init__(notify, script)
        self._socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _packed(self, apdu: bytes, twists: frozenset[Action]) -> bytes:
        data = apdu[:-1] if Action.DROP_BYTE in twists else apdu
        return data * 2 if Action.DUPLICATE in twists else data

    def _write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _shut(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is self._thread or self._thread.ident is None:
            self._socket.close()

    def _listen(self) -> None:
        reader = ApduReader()
        reason = "vom Gegenüber geschlossen"
        with self._socket:
            try:
                while data := self._socket.recv(_CHUNK):
                    self._plugged.wait()
                    for apdu in reader.feed(data):
                        self._notify(Received(self, apdu))
            except OSError as error:
                reason = oswords.reason(error)
        self.closed = True
        self._notify(Closed(self, f"{reason}{' mitten in einer Nachricht' if reader.partial else ''}"))


def readable(descriptor: int, wake: int, seconds: float | None) -> bool | None:
    """Wait for bytes: True when there are some, False when time is up, None when ``wake`` says to end."""
    ready, _, _ = select.select([descriptor, wake], [], [], seconds)
    if wake in ready:
        return None
    return bool(ready)


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything to a descriptor."""
    while data:
        data = data[os.write(descriptor, data) :]
