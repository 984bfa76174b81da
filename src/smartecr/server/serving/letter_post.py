"""The weekly letter makes itself: a thread looks now and then whether a week has been closed that has none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from smartecr.register import queries
from smartecr.register.till import ZONE, Till
from smartecr.server.serving.beat import Beat

LOOK_SECONDS = 30.0
_log = logging.getLogger(__name__)


class LetterPost(Beat):
    """Looks every half minute; a week whose letter could not be made is left alone until the next start."""

    def __init__(self, till: Callable[[], Till]) -> None:
        super().__init__("letters", self._beat, first=LOOK_SECONDS, longest=LOOK_SECONDS)
        self._till = till
        self._failed: date | None = None

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

    def _beat(self) -> float:
        self.look()
        return LOOK_SECONDS
