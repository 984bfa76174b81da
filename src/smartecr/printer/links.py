"""Ways to a printer: TCP port 9100, a USB line-printer node, a serial line. Only these know the operating system."""

from __future__ import annotations

import os
import select
import socket
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import serial

CONNECT_SECONDS = 1.0
_BROKEN = (OSError, termios.error)  # the latter from pyserial, when a line goes while it is set up or drained
SEND_SECONDS = 10.0


class LinkError(Exception):
    """The printer cannot be reached, or the way to it broke."""


class Link(Protocol):
    """An open way to a printer, used by one thread. Both methods raise LinkError."""

    def send(self, data: bytes) -> None:
        """Hand all of `data` over; returns when the last byte was taken, which does not mean printed."""
        ...

    def receive(self, seconds: float) -> bytes:
        """Return what the printer said, waiting at most so long for the first byte; empty when it said nothing."""
        ...

    def close(self) -> None:
        """Let go of it; harmless when done already."""
        ...


Connect = Callable[[], Link]


def tcp(host: str, port: int = 9100) -> Connect:
    """Return how to reach a printer on the network."""

    def connect() -> Link:
        try:
            reached = socket.create_connection((host, port), CONNECT_SECONDS)
        except OSError as error:
            raise LinkError(f"{host}:{port}: {error}") from error
        return _Tcp(reached)

    return connect


class _Tcp:
    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        self._socket.settimeout(SEND_SECONDS)
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise LinkError(str(error)) from error

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(max(seconds, 0.001))
        try:
            said = self._socket.recv(4096)
        except TimeoutError:
            return b""
        except OSError as error:
            raise LinkError(str(error)) from error
        if not said:
            raise LinkError("the printer closed the connection")
        return said

    def close(self) -> None:
        self._socket.close()


def node(path: Path) -> Connect:
    """Return how to reach a printer behind a line-printer node (/dev/usb/lp0)."""

    def connect() -> Link:
        try:
            return _Node(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            raise LinkError(f"{path}: {error}") from error

    return connect


class _Node:
    def __init__(self, handle: int) -> None:
        self._handle = handle

    def send(self, data: bytes) -> None:
        end = time.monotonic() + SEND_SECONDS
        view = memoryview(data)
        try:
            while view:
                left = end - time.monotonic()
                if left <= 0 or not select.select([], [self._handle], [], left)[1]:
                    raise LinkError("the printer takes nothing")
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            raise LinkError(str(error)) from error

    def receive(self, seconds: float) -> bytes:
        try:
            if not select.select([self._handle], [], [], seconds)[0]:
                return b""
            return os.read(self._handle, 4096)
        except OSError as error:
            raise LinkError(str(error)) from error

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def serial_line(port: str, baud: int = 38_400, *, handshake: bool = True) -> Connect:
    """Return how to reach a device on a serial line (8N1), with the DTR/DSR flow control of receipt printers or not."""

    def connect() -> Link:
        try:
            return _Serial(serial.Serial(port, baud, dsrdtr=handshake, write_timeout=SEND_SECONDS, exclusive=True))
        except (*_BROKEN, ValueError) as error:
            raise LinkError(f"{port}: {error}") from error

    return connect


class _Serial:
    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def send(self, data: bytes) -> None:
        try:
            self._line.write(data)
            self._line.flush()
        except _BROKEN as error:
            raise LinkError(str(error)) from error

    def receive(self, seconds: float) -> bytes:
        try:
            self._line.timeout = seconds
            first: bytes = self._line.read(1)
            return first + self._line.read(self._line.in_waiting) if first else b""
        except _BROKEN as error:
            raise LinkError(str(error)) from error

    def close(self) -> None:
        self._line.close()
