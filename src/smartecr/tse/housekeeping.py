"""When a device needs its self test and its time: pure, from what it tells about itself."""

from typing import Literal

from smartecr.tse.api import TseInfo

Task = Literal["self_test", "time"]

#: seconds left at which a self test is due: in any case, with closing hours unknown, and while the shop is closed
_IN_ANY_CASE = 3600
_AT_LEISURE = 5 * 3600
_WHILE_CLOSED = 16 * 3600
#: the time is set again when a fifth of its interval is left
_FIFTH = 5


def due(info: TseInfo, closed: bool | None) -> Task | None:
    """Tell what to do now, the self test first (it includes the time).

    ``closed`` tells whether the shop is closed now; None: its hours are not known. A self test takes up to a
    minute, so with known hours it waits for the night as long as it can.
    """
    left = info.self_test_in
    if left is not None:
        limit = _AT_LEISURE if closed is None else _WHILE_CLOSED if closed else _IN_ANY_CASE
        if left <= limit:
            return "self_test"
    interval, remaining = info.time_sync_interval, info.time_sync_in
    if interval and remaining is not None and remaining * _FIFTH <= interval:
        return "time"
    return None
