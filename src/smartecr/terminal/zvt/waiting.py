"""Waiting for bytes so that another thread can interrupt it."""

import select
import socket

__all__ = ["Waiter"]


class Waiter:
    """Waits for something readable, or for ``wake`` from any thread."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def wait(self, readable: int, timeout: float) -> bool:
        """Return whether the file number is readable within ``timeout`` seconds; False when woken first."""
        poll = select.poll()
        poll.register(readable, select.POLLIN)
        poll.register(self._reader, select.POLLIN)
        ready = [number for number, _ in poll.poll(max(0.0, timeout) * 1000)]
        if self._reader.fileno() in ready:
            self._reader.recv(4096)
        return readable in ready

    def wake(self) -> None:
        """Interrupt a running wait, or the next one."""
        try:
            self._writer.send(b"\0")
        except (BlockingIOError, OSError):  # full of wakes already, or closed
            return

    def close(self) -> None:
        """Release both ends."""
        self._reader.close()
        self._writer.close()
