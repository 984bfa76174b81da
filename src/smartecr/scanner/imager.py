"""Scanners on a serial line or as USB virtual serial port (CDC): every line is a code.

Such a scanner needs no focus on the screen and keeps the AIM identifier. It ends a code with CR, LF, TAB or ETX; one
that sends no end is understood after a moment of silence.
"""

from __future__ import annotations

import re
import termios
import threading
from collections.abc import Callable
from typing import Protocol

import serial

SILENCE = 0.1
"""Seconds after which a code without an end is taken as whole."""

_END = re.compile(rb"[\r\n\t\x03]+")
_MOST = 4096
_BACKOFF = (0.5, 5.0)


class Port(Protocol):
    """An open line that returns from `read` after `SILENCE` at the latest. Errors are OSError."""

    def read(self, size: int) -> bytes:
        """Return what has come, at most `size` bytes."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


def open_port(device: str, baud: int = 9600) -> Port:
    """Open a serial device. Raises OSError."""
    try:
        port: Port = _Serial(serial.Serial(device, baud, timeout=SILENCE, exclusive=True))
    except termios.error as error:  # it went while it was set up
        raise OSError(str(error)) from error
    return port


class _Serial:
    """pyserial waits for all bytes asked for; a code is over with what is there."""

    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def read(self, size: int) -> bytes:
        first: bytes = self._line.read(1)
        return first + self._line.read(min(size - 1, self._line.in_waiting)) if first else b""

    def close(self) -> None:
        self._line.close()


class SerialImager:
    """Reads a serial scanner in a thread of its own and opens it again after it was unplugged.

    `on_text` gets each code as text; `on_state` True when the scanner is there and False when not. Both are called from
    the thread.
    """

    def __init__(
        self,
        open_line: Callable[[], Port],
        on_text: Callable[[str], None],
        on_state: Callable[[bool], None] = lambda _there: None,
        backoff: tuple[float, float] = _BACKOFF,
    ) -> None:
        self._open, self._on_text, self._on_state, self._backoff = open_line, on_text, on_state, backoff
        self._closing = threading.Event()
        self._reasons: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="imager", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def pause(self, reason: str) -> None:
        """Throw away what comes until every reason has been resumed."""
        with self._lock:
            self._reasons.add(reason)

    def resume(self, reason: str) -> None:
        """Take a reason back."""
        with self._lock:
            self._reasons.discard(reason)

    def close(self) -> None:
        """Stop reading and close the line."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait = self._backoff[0]
        while not self._closing.is_set():
            try:
                line = self._open()
            except (OSError, ValueError):
                self._on_state(False)
                self._closing.wait(wait)
                wait = min(2 * wait, self._backoff[1])
                continue
            wait = self._backoff[0]
            self._on_state(True)
            try:
                self._listen(line)
            except OSError:
                self._on_state(False)
                self._closing.wait(wait)
            finally:
                line.close()

    def _listen(self, line: Port) -> None:
        rest = b""
        while not self._closing.is_set():
            part = line.read(_MOST)
            *codes, rest = _END.split(rest + part)
            if not part or len(rest) > _MOST:
                codes, rest = [*codes, rest], b""
            for code in codes:
                if code and not self._paused():
                    self._on_text(code[:_MOST].decode("utf-8", "replace"))

    def _paused(self) -> bool:
        with self._lock:
            return bool(self._reasons)
