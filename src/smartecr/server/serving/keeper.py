"""Brings to the disk, within a second, what was committed without waiting for it; and checkpoints beside the sales."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

DELAY_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Keeper:
    """One thread a process. PostgreSQL's own writer does the same there, so the thread only serves SQLite."""

    def __init__(self, delay: float = DELAY_SECONDS) -> None:
        self._delay = delay
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        if connection.vendor == "sqlite":
            self._thread.start()

    def soon(self) -> None:
        """Ask for a sync within the delay; returns at once."""
        self._asked.set()

    def close(self) -> None:
        """Sync once more and end the thread."""
        self._stop.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while self._asked.wait():
                stopping = self._stop.wait(self._delay)
                self._asked.clear()
                self._sync()
                if stopping:
                    return
        finally:
            connection.close()

    def _sync(self) -> None:
        """Sync the write-ahead log and move what nobody reads any more into the database file."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except DatabaseError as error:
            _log.error("checkpoint failed", exc_info=error)
            self._asked.set()
