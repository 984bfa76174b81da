"""ZVT over TCP: the terminal is the server (port 20007 by default), the wire carries bare units (PA00P016)."""

import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NoReturn

from smartecr.terminal.errors import LinkLost, ProtocolBroken, Unplugged
from smartecr.terminal.zvt.apdu import ApduReader
from smartecr.terminal.zvt.waiting import Waiter

__all__ = ["DEFAULT_PORT", "TcpLink"]

DEFAULT_PORT: Final = 20007

_CHUNK: Final = 65536
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class TcpLink:
    """A connection to a terminal. Seconds: to connect, to send, and for the rest of a unit that began to arrive (what
    takes longer is out of step)."""

    def __init__(
        self,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        connect_timeout: float = 3.0,
        send_timeout: float = 5.0,
        unit_timeout: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = (host, port)
        self._connect_timeout = connect_timeout
        self._send_timeout = send_timeout
        self._unit_timeout = unit_timeout
        self._clock = clock
        self._socket: socket.socket | None = None
        self._waiter = Waiter()
        self._reader = ApduReader()
        self._units: deque[bytes] = deque()

    @property
    def is_open(self) -> bool:
        """Whether it is open as far as we know."""
        return self._socket is not None

    def open(self) -> None:
        """Connect. Raises Unplugged."""
        if self._socket is not None:
            return
        try:
            connected = socket.create_connection(self._address, self._connect_timeout)
        except OSError as error:
            raise Unplugged(type(error).__name__) from None
        connected.settimeout(self._send_timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._reader = ApduReader()
        self._units.clear()
        self._socket = connected

    def send(self, unit: bytes) -> None:
        """Send one unit. Raises LinkLost."""
        try:
            self._connected().sendall(unit)
        except OSError as error:
            self._lost(type(error).__name__)

    def receive(self, timeout: float) -> bytes | None:
        """Return the next unit; None when none came in time, or when woken. Raises LinkLost, ProtocolBroken."""
        end = self._clock() + timeout
        while not self._units:
            now = self._clock()
            limit = min(end, now + self._unit_timeout) if self._reader.partial else end
            if not self._waiter.wait(self._connected().fileno(), limit - now):
                if self._reader.partial and self._clock() >= limit and limit < end:
                    self.close()
                    raise ProtocolBroken("a unit began and did not end")
                return None
            self._units.extend(self._reader.feed(self._read()))
        return self._units.popleft()

    def wake(self) -> None:
        """Have a running or the next ``receive`` return early."""
        self._waiter.wake()

    def close(self) -> None:
        """Close the connection; it may be opened again."""
        connected, self._socket = self._socket, None
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.close()

    def release(self) -> None:
        """Close for good."""
        self.close()
        self._waiter.close()

    def _read(self) -> bytes:
        try:
            received = self._connected().recv(_CHUNK)
        except OSError as error:
            self._lost(type(error).__name__)
        if not received:
            self._lost("closed by the terminal")
        return received

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise LinkLost("not connected")
        return self._socket

    def _lost(self, why: str) -> NoReturn:
        self.close()
        raise LinkLost(why) from None
