"""The weekly letter makes itself: a thread looks now and then whether a week has been closed that has none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date

from django.db import Error, connection

from smartecr.register import queries
from smartecr.register.till import ZONE, Till

LOOK_SECONDS = 30.0
_log = logging.getLogger(__name__)


class LetterPost:
    """One thread a process; a week whose letter could not be made is left alone until the next start."""

    def __init__(self, till: Callable[[], Till]) -> None:
        self._till = till
        self._failed: date | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="letters", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; a letter under way is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Make the letter that is due; return whether one was made."""
        from smartecr.insights import letter  # a start does not wait for it

        till = self._till()
        monday = letter.due(date.fromisoformat(queries.business_day(till)))
        if monday is None or monday == self._failed:
            return False
        try:
            letter.post(monday, letter.shop_words(), till.clock().astimezone(ZONE))
        except Exception:  # noqa: BLE001 whatever keeps a letter from being made must not end the thread
            _log.exception("no letter for the week from %s", monday)
            self._failed = monday
            return False
        return True

    def _run(self) -> None:
        try:
            while not self._stop.wait(LOOK_SECONDS):
                try:
                    self.look()
                except Error:
                    _log.exception("could not look for letters")
        finally:
            connection.close()
