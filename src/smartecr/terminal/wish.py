"""The wish to stop a payment. It belongs to that payment alone, however early or late it comes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smartecr.terminal.errors import Aborted

__all__ = ["Wish"]


class Wish:
    """What a driver knows of it. ``wake`` reaches what runs, from any thread and at once; ``forget`` undoes that."""

    def __init__(self, wake: Callable[[], None], forget: Callable[[], None]) -> None:
        self._wake = wake
        self._forget = forget
        self._lock = threading.Lock()
        self._running = ""
        self._stopped = ""

    def stop(self, payment_id: str) -> None:
        """Have this payment stopped: now if it runs, else when it is taken up; any thread."""
        with self._lock:
            self._stopped = payment_id
            if self._running == payment_id:
                self._wake()

    @contextmanager
    def during(self, payment_id: str) -> Iterator[None]:
        """Carry this payment out: a wish to stop it reaches what runs, one for any other does not."""
        with self._lock:
            self._running = payment_id
            if self._stopped == payment_id:
                self._wake()
        try:
            yield
        finally:
            with self._lock:
                self._running = ""
                self._forget()

    def heed(self) -> None:
        """Raise Aborted if the payment carried out shall stop; to be called before the first byte that charges."""
        with self._lock:
            if self._stopped == self._running:
                raise Aborted("before it was sent")
