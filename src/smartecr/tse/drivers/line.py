"""A line of bytes to a device, by TCP or a serial port, and the time a conversation may take on it."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Protocol

import serial

from smartecr.tse.errors import TseBusy, TseConnectionLost, TseTimeout, TseUnplugged

_CHUNK = 64 << 10


class Line(Protocol):
    """What drivers need of the wire. Time-outs are seconds.

    Raises TseConnectionLost when the line breaks, TseTimeout when the time is over, TseUnplugged after ``close``.
    """

    def send(self, data: bytes, timeout: float) -> None:
        """Send all of ``data``."""
        ...

    def receive(self, timeout: float) -> bytes:
        """Receive what comes next, one byte at least."""
        ...

    def close(self) -> None:
        """Release the line; harmless when closed already."""
        ...


class Deadline:
    """The end of a wait, however many pieces the answer comes in."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Tell the seconds left. Raises TseTimeout when there are none."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise TseTimeout("the answer takes too long")
        return left


class TcpLine:
    """A TCP connection. Raises TseUnplugged when nobody answers within ``timeout`` seconds."""

    def __init__(self, host: str, port: int, *, timeout: float = 5.0) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
        except (OSError, UnicodeError) as error:
            raise TseUnplugged(f"{host}:{port}: {error}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._closed = False

    def send(self, data: bytes, timeout: float) -> None:
        """Send all of ``data``."""
        self._ready(timeout)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise TseTimeout("the device takes no bytes") from None
        except OSError as error:
            raise TseConnectionLost(str(error)) from None

    def receive(self, timeout: float) -> bytes:
        """Receive what comes next."""
        self._ready(timeout)
        try:
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            raise TseTimeout("no answer") from None
        except OSError as error:
            raise TseConnectionLost(str(error)) from None
        if not data:
            raise TseConnectionLost("the device hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._socket.close()

    def _ready(self, timeout: float) -> None:
        if self._closed:
            raise TseUnplugged("the device is closed")
        self._socket.settimeout(timeout)


class SerialLine:
    """A serial port (USB-CDC), for this program alone. Raises TseUnplugged when it is not there, TseBusy when taken."""

    def __init__(self, path: str) -> None:
        try:
            self._port = serial.Serial(path, exclusive=True)
        except (OSError, ValueError) as error:
            kind = TseBusy if "exclusively lock" in str(error) else TseUnplugged
            raise kind(f"{path}: {error}") from None

    def send(self, data: bytes, timeout: float) -> None:
        """Send all of ``data``."""
        try:
            self._open_port().write_timeout = timeout
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise TseTimeout("the device takes no bytes") from None
        except OSError as error:
            raise TseConnectionLost(str(error)) from None

    def receive(self, timeout: float) -> bytes:
        """Receive what comes next."""
        try:
            self._open_port().timeout = timeout
            first = self._port.read(1)
            rest = self._port.read(min(self._port.in_waiting, _CHUNK)) if first else b""
        except (OSError, TypeError) as error:  # pyserial trips over a port that went away
            raise TseConnectionLost(str(error)) from None
        if not first:
            raise TseTimeout("no answer")
        return bytes(first + rest)

    def close(self) -> None:
        """Release the port."""
        with contextlib.suppress(OSError):
            self._port.close()

    def _open_port(self) -> serial.Serial:
        if not self._port.is_open:
            raise TseUnplugged("the device is closed")
        return self._port
