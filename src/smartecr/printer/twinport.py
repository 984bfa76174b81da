"""A twin on a TCP port, as printers and displays stand on port 9100 or behind serial servers: one connection at a time.

The plug can be pulled and put back.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Generic, Protocol, TypeVar

_TURN_SECONDS = 0.1
"""So often the twin is asked whether it has something to say."""


class Twin(Protocol):
    """A device in memory."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they arrive and return what the device says."""
        ...

    def said(self) -> bytes:
        """Return what the device says without being asked."""
        ...

    def power_cut(self) -> None:
        """Forget whatever it keeps in memory only."""
        ...


Kind = TypeVar("Kind", bound=Twin)


class TwinPort(Generic[Kind]):
    """Serves `twin` on a port of this machine; 0 takes any free one. `close` ends it."""

    def __init__(self, twin: Kind, port: int = 0, host: str = "127.0.0.1") -> None:
        self.twin = twin
        self._listener = socket.create_server((host, port), backlog=4)
        self._listener.settimeout(_TURN_SECONDS)
        self._talking: socket.socket | None = None
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"twin {type(twin).__name__}", daemon=True)
        self._thread.start()

    def power(self, *, on: bool) -> None:
        """Cut the power (connections break, what is in memory is lost) or bring it back."""
        if on:
            self._unplugged.clear()
        else:
            self._unplugged.set()
            self._wake(self._talking)
            self.twin.power_cut()

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        self._wake(self._listener)
        self._wake(self._talking)
        self._thread.join(5)
        self._listener.close()

    @staticmethod
    def _wake(waited_for: socket.socket | None) -> None:
        """End the wait at a socket; where that cannot be it ends with its turn."""
        if waited_for is not None:
            with contextlib.suppress(OSError):
                waited_for.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _address = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._closing.is_set():
                    return
                raise
            with connection:
                self._talking = connection
                if not self._unplugged.is_set():
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(_TURN_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while not self._closing.is_set() and not self._unplugged.is_set():
                try:
                    data = connection.recv(65536)
                except TimeoutError:
                    connection.sendall(self.twin.said())
                    continue
                if not data or self._unplugged.is_set():
                    return
                connection.sendall(self.twin.feed(data))
        except OSError:
            return
