"""When a device counts as out of order, and when to look again: pure, time comes in as an argument."""

from typing import Literal

from smartecr.core.records import dataclass
from smartecr.tse.errors import TseError

Level = Literal["ok", "slow", "bad"]

_SLOW_REASON = "TSE antwortet langsam"
_SLOW_MESSAGE = "Die TSE antwortet langsam. Weiter verkaufen geht."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """How the device is: ``ok``, ``slow`` (it answers, late) or ``bad`` (an outage in the law's sense).

    ``since`` is unix seconds UTC of the last change of level. ``code``, ``reason``, ``message`` and
    ``next_step`` are those of the error (German; empty while ok).
    """

    level: Level
    since: float
    code: str = ""
    reason: str = ""
    message: str = ""
    next_step: str = ""


class Breaker:
    """Remembers the failure of a device and paces the attempts to reach it again.

    ``interval`` seconds pass before the first attempt; each failure without a success in between
    doubles them up to ``longest``. Not thread-safe; the service holds its lock around it.
    """

    def __init__(self, now: float, interval: float, longest: float) -> None:
        self._interval = interval
        self._longest = longest
        self._pause = interval
        self._next_probe = 0.0
        self.error: TseError | None = None
        self.state = ServiceState(level="ok", since=now)

    @property
    def open(self) -> bool:
        """Whether calls must fail at once."""
        return self.error is not None

    def probe_in(self, monotonic: float) -> float:
        """Tell the seconds until the next attempt (0 when it is due)."""
        return max(0.0, self._next_probe - monotonic)

    def hurry(self) -> None:
        """Make the next attempt due now."""
        self._next_probe = 0.0
        self._pause = self._interval

    def failed(self, error: TseError, now: float, monotonic: float) -> bool:
        """Take note of a failure or of a failed attempt; true when the outage begins or its reason changes."""
        self._next_probe = monotonic + self._pause
        self._pause = min(self._pause * 2, self._longest)
        known = self.error
        self.error = error
        if known is not None and known.code == error.code:
            return False
        self.state = ServiceState(
            level="bad",
            since=now if known is None else self.state.since,
            code=error.code,
            reason=error.reason,
            message=error.message,
            next_step=error.next_step,
        )
        return True

    def recovered(self, now: float) -> bool:
        """Take note that an attempt succeeded: calls go through again, true when this ends an outage.

        The pace stays slow until ``succeeded``, so that a device that answers but fails at every
        signature does not make each sale wait.
        """
        self.error = None
        return self._become("ok", now)

    def succeeded(self, slow: bool, now: float) -> bool:
        """Take note of a call that was answered in time; true when the level changes."""
        self._pause = self._interval
        if slow:
            return self.slowed(now)
        return False if self.open else self._become("ok", now)

    def slowed(self, now: float) -> bool:
        """Take note of a call that takes long; true when the level changes."""
        return False if self.open else self._become("slow", now)

    def _become(self, level: Literal["ok", "slow"], now: float) -> bool:
        if self.state.level == level:
            return False
        if level == "slow":
            self.state = ServiceState(
                level="slow", since=now, code="tse_slow", reason=_SLOW_REASON, message=_SLOW_MESSAGE
            )
        else:
            self.state = ServiceState(level="ok", since=now)
        return True
