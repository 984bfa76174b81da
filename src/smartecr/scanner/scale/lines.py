"""Ways to a scale: a serial line (9600 7O1, as the dialogue wants it) or a TCP port in front of one."""

from __future__ import annotations

import socket
import termios
from collections.abc import Callable

import serial

from smartecr.scanner.scale.dialog06 import Wire

CONNECT_SECONDS = 1.0


def serial_line(port: str, bits: str = "7O1") -> Callable[[], Wire]:
    """Return how to open a scale on a serial line with these data bits, parity (N, E, O) and stop bits."""

    def connect() -> Wire:
        try:
            line = serial.Serial(port, 9600, int(bits[0]), bits[1], int(bits[2]), write_timeout=1.0, exclusive=True)
        except termios.error as error:  # such a line cannot be set so
            raise OSError(str(error)) from error
        return _Serial(line)

    return connect


class _Serial:
    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def send(self, data: bytes) -> None:
        self._line.write(data)
        try:
            self._line.flush()
        except termios.error as error:  # unplugged
            raise OSError(str(error)) from error

    def receive(self, seconds: float) -> bytes:
        self._line.timeout = seconds
        first: bytes = self._line.read(1)
        return first + self._line.read(self._line.in_waiting) if first else b""

    def close(self) -> None:
        self._line.close()


def tcp(host: str, port: int) -> Callable[[], Wire]:
    """Return how to reach a scale behind a serial server."""
    return lambda: _Tcp(socket.create_connection((host, port), CONNECT_SECONDS))


class _Tcp:
    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each weighing waits 40 ms for nothing

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(max(seconds, 0.001))
        try:
            said = self._socket.recv(4096)
        except TimeoutError:
            return b""
        if not said:
            raise OSError("the scale closed the line")
        return said

    def close(self) -> None:
        self._socket.close()
