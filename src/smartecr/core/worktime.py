"""Working time from stamps: shifts, breaks, and what the law says of them (ArbZG). Pure; instants are aware datetimes.

§ 3: eight hours a day, ten at most. § 4: thirty minutes of break beyond six hours, forty-five beyond nine, and only
breaks of fifteen minutes count. § 5: eleven hours of rest between two days. The warnings are words for the manager; the
rules have exceptions that no programme knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from smartecr.core.records import dataclass

COME, GO, PAUSE, RESUME = "come", "go", "pause", "resume"
KINDS = (COME, PAUSE, RESUME, GO)
LONGEST = timedelta(hours=10)
REST = timedelta(hours=11)
SHORTEST_BREAK = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=16)
"""So long after the last stamp nobody is still at work: the end was forgotten."""

_BREAKS = ((timedelta(hours=9), timedelta(minutes=45)), (timedelta(hours=6), timedelta(minutes=30)))
_AFTER = {"": (COME,), COME: (PAUSE, GO), PAUSE: (RESUME, GO), RESUME: (PAUSE, GO), GO: (COME,)}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Somebody came, went, or began or ended a break."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """From coming to going; `went` is None while somebody is there, or where the end was forgotten (`forgotten`)."""

    came: datetime
    went: datetime | None
    breaks: tuple[tuple[datetime, datetime], ...]
    on_break: bool
    forgotten: bool

    def worked(self, now: datetime) -> timedelta:
        """Return the time without breaks, up to `now` while it goes on; nothing where the end was forgotten."""
        if self.forgotten:
            return timedelta(0)
        return max((self.went or now) - self.came - self.paused, timedelta(0))

    @property
    def paused(self) -> timedelta:
        """Return the breaks together."""
        return sum((end - begin for begin, end in self.breaks), timedelta(0))


def may(last: Stamp | None, now: datetime) -> tuple[str, ...]:
    """Return the kinds that may follow the last stamp; after a forgotten end one may come."""
    if last is None or (last.kind != GO and now - last.at > FORGOTTEN):
        return (COME,)
    return _AFTER[last.kind]


def shifts(stamps: Iterable[Stamp], now: datetime) -> list[Shift]:
    """Return the shifts of one person's stamps, in order of time."""
    found: list[list[Stamp]] = []
    for stamp in sorted(stamps, key=lambda one: one.at):
        if stamp.kind == COME or not found:
            found.append([stamp])
        else:
            found[-1].append(stamp)
    return [_shift(part, now, last=part is found[-1]) for part in found]


def _shift(stamps: Sequence[Stamp], now: datetime, *, last: bool) -> Shift:
    went = stamps[-1].at if stamps[-1].kind == GO else None
    breaks, begun = [], None
    for stamp in stamps:
        if stamp.kind == PAUSE:
            begun = stamp.at
        elif begun is not None and stamp.kind in (RESUME, GO):
            breaks.append((begun, stamp.at))
            begun = None
    forgotten = went is None and (not last or now - stamps[-1].at > FORGOTTEN)
    if begun is not None and not forgotten:
        breaks.append((begun, now))
    return Shift(stamps[0].at, went, tuple(breaks), begun is not None and not forgotten, forgotten)


def warnings(shift: Shift, before: Shift | None, now: datetime) -> list[str]:
    """Return what of a shift does not fit the law: "open", "long" (§ 3), "break" (§ 4), "rest" (§ 5)."""
    if shift.forgotten:
        return ["open"]
    found = []
    worked = shift.worked(now)
    if worked > LONGEST:
        found.append("long")
    counted = sum(((end - begin) for begin, end in shift.breaks if end - begin >= SHORTEST_BREAK), timedelta(0))
    wanted = next((least for beyond, least in _BREAKS if worked > beyond), timedelta(0))
    if counted < wanted:
        found.append("break")
    if before is not None and before.went is not None and shift.came.date() != before.came.date():
        # two shifts of one day rest after the second
        found += ["rest"] if shift.came - before.went < REST else []
    return found


def in_order(stamps: Sequence[Stamp]) -> bool:
    """Tell whether stamps make a whole: they rise in time, each may follow the one before, the last one goes."""
    last: Stamp | None = None
    for stamp in stamps:
        if last is not None and (stamp.at <= last.at or stamp.kind not in _AFTER[last.kind]):
            return False
        if last is None and stamp.kind != COME:
            return False
        last = stamp
    return last is not None and last.kind == GO
