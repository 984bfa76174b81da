"""ZVT over a serial line or USB: frames with checksum, each acknowledged by one byte (PA00P016).

8 data bits, no parity, 2 stop bits, no handshake. Between two bytes of a frame at most T1 (200 ms), for ACK or NAK at
most T2 (5 s); a frame is repeated at most twice. A frame that comes again before we said anything is a repetition
after a lost ACK: it is acknowledged and dropped.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NoReturn

import serial

from smartecr.terminal.errors import LinkLost, Unplugged
from smartecr.terminal.zvt.serialframe import ACK_BYTE, NAK_BYTE, Broken, FrameReader, wrap
from smartecr.terminal.zvt.waiting import Waiter

__all__ = ["SerialLink"]

_T1: Final = 0.2
_T2: Final = 5.0
_TRIES: Final = 3
_CHUNK: Final = 4096


class SerialLink:
    """A line to a terminal. ``port`` is a device such as ``/dev/ttyUSB0``; ``t1`` and ``t2`` are seconds."""

    def __init__(
        self,
        port: str,
        baudrate: int = 9600,
        *,
        t1: float = _T1,
        t2: float = _T2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._baudrate = baudrate
        self._t1 = t1
        self._t2 = t2
        self._clock = clock
        self._line: serial.Serial | None = None
        self._waiter = Waiter()
        self._reader = FrameReader()
        self._units: deque[bytes] = deque()
        self._acks: deque[bytes] = deque()
        self._last = b""

    @property
    def is_open(self) -> bool:
        """Whether it is open as far as we know."""
        return self._line is not None

    def open(self) -> None:
        """Open the line. Raises Unplugged."""
        if self._line is not None:
            return
        try:
            self._line = serial.Serial(
                self._port, self._baudrate, stopbits=serial.STOPBITS_TWO, timeout=0, write_timeout=self._t2
            )
        except (OSError, ValueError) as error:
            raise Unplugged(type(error).__name__) from None
        self._reader = FrameReader()
        self._units.clear()
        self._acks.clear()
        self._last = b""

    def send(self, unit: bytes) -> None:
        """Send one unit and wait for its ACK; repeat it at most twice. Raises LinkLost.

        A new frame in place of the ACK proves the arrival as well: nobody speaks before having heard the other. To
        repeat ours then would be dangerous, the terminal could take it for the answer to its new one.
        """
        frame = wrap(unit)
        self._acks.clear()
        for _ in range(_TRIES):
            self._write(frame)
            if self._acknowledged():
                if not self._units:
                    self._last = b""
                return
        self._lost("a frame was not acknowledged")

    def receive(self, timeout: float) -> bytes | None:
        """Return the next unit; None when none came in time, or when woken. Raises LinkLost."""
        end = self._clock() + timeout
        while not self._units:
            left = end - self._clock()
            if left < 0 or not self._step(left):
                break
        return self._units.popleft() if self._units else None

    def wake(self) -> None:
        """Have a running or the next ``receive`` return early."""
        self._waiter.wake()

    def close(self) -> None:
        """Close the line; it may be opened again."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.close()

    def release(self) -> None:
        """Close for good."""
        self.close()
        self._waiter.close()

    def _acknowledged(self) -> bool:
        end = self._clock() + self._t2
        heard = len(self._units)
        while not self._acks:
            if len(self._units) > heard:
                return True
            left = end - self._clock()
            if left <= 0:
                return False
            self._step(left)
        return self._acks.popleft() == ACK_BYTE

    def _step(self, timeout: float) -> bool:
        """Wait for bytes once and deal with them; False when none came in time, or when woken."""
        line = self._opened()
        if not self._reader.partial:
            if not self._waiter.wait(line.fileno(), timeout):
                return False
        elif not self._waiter.wait(line.fileno(), self._t1):
            self._reader.reset()
            self._write(NAK_BYTE)
            return True
        try:
            received = line.read(_CHUNK)
        except OSError as error:
            self._lost(type(error).__name__)
        if not received:
            self._lost("the line is gone")
        for item in self._reader.feed(received):
            self._take(item)
        return True

    def _take(self, item: bytes | Broken) -> None:
        if isinstance(item, Broken):
            self._write(NAK_BYTE)
        elif item in (ACK_BYTE, NAK_BYTE):
            self._acks.append(item)
        else:
            self._write(ACK_BYTE)
            if item != self._last:
                self._units.append(item)
            self._last = item

    def _write(self, data: bytes) -> None:
        try:
            self._opened().write(data)
        except OSError as error:
            self._lost(type(error).__name__)

    def _opened(self) -> serial.Serial:
        if self._line is None:
            raise LinkLost("not connected")
        return self._line

    def _lost(self, why: str) -> NoReturn:
        self.close()
        raise LinkLost(why) from None
