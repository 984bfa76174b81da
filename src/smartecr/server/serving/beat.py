"""A thread of the serving process that does one thing now and then, and goes on whatever that raises."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Beat:
    """Calls `act` after `first` seconds, then after as many as it returned; after `longest` when it raised."""

    def __init__(self, name: str, act: Callable[[], float], *, first: float, longest: float) -> None:
        self._act, self._first, self._longest = act, first, longest
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what is under way is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = self._first
        try:
            while not self._stop.wait(pause):
                try:
                    pause = self._act()
                except Exception:  # noqa: BLE001 one failure must not end what is done every day
                    _log.exception("%s: to be tried again", self._thread.name)
                    pause = self._longest
        finally:
            _leave_database()


def _leave_database() -> None:
    """Close this thread's connection; what never loaded Django has none."""
    if "django.db" in sys.modules:
        from django.db import connection

        connection.close()
