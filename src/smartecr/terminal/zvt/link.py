"""The way to a terminal: whole units in, whole units out, over whatever wire there is."""

from typing import Protocol

__all__ = ["Link"]


class Link(Protocol):
    """A wire. Raises smartecr.terminal.errors: Unplugged, LinkLost, ProtocolBroken; nothing else.

    Used by one thread; only ``wake`` may be called from another.
    """

    def open(self) -> None:
        """Reach the terminal; does nothing when it is open."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether it is open as far as we know."""
        ...

    def send(self, unit: bytes) -> None:
        """Send one unit. Returns when the wire took it (on a serial line: when its arrival was acknowledged)."""
        ...

    def receive(self, timeout: float) -> bytes | None:
        """Return the next unit; None when none came within ``timeout`` seconds, or when woken."""
        ...

    def wake(self) -> None:
        """Have a running or the next ``receive`` return early."""
        ...

    def close(self) -> None:
        """Let go; harmless when closed. What was received and not taken is forgotten."""
        ...
