"""Working time from stamps, and what the law says of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core import worktime
from smartecr.core.worktime import COME, GO, PAUSE, RESUME, Stamp

ZONE = ZoneInfo("Europe/Berlin")
KEYS = {"k": COME, "p": PAUSE, "w": RESUME, "g": GO}


def at(text: str) -> datetime:
    """Return "24 08:00" as a moment of November 2026; days beyond 30 go on in December."""
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 1, hour, minute, tzinfo=ZONE) + timedelta(days=int(day) - 1)


def stamps(text: str) -> list[Stamp]:
    """Return "k 24 08:00, g 24 16:00" as stamps."""
    return [Stamp(KEYS[part[0]], at(part[2:])) for part in text.split(", ")]


def judged(text: str, now: str = "29 12:00") -> list[tuple[str, str, list[str]]]:
    """Return worked time, breaks and warnings of each shift."""
    moment = at(now)
    found = worktime.shifts(stamps(text), moment)
    return [
        (str(one.worked(moment)), str(one.paused), worktime.warnings(one, found[place - 1] if place else None, moment))
        for place, one in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k 24 08:00, g 24 14:00", [("6:00:00", "0:00:00", [])]),
        ("k 24 08:00, g 24 14:01", [("6:01:00", "0:00:00", ["break"])]),
        ("k 24 08:00, p 24 12:00, w 24 12:30, g 24 16:30", [("8:00:00", "0:30:00", [])]),
        ("k 24 08:00, p 24 12:00, w 24 12:14, p 24 15:00, w 24 15:16, g 24 16:30", [("8:00:00", "0:30:00", ["break"])]),
        ("k 24 08:00, p 24 12:00, w 24 12:30, g 24 17:31", [("9:01:00", "0:30:00", ["break"])]),
        ("k 24 08:00, p 24 12:00, w 24 12:45, g 24 18:45", [("10:00:00", "0:45:00", [])]),
        ("k 24 08:00, p 24 12:00, w 24 12:45, g 24 18:46", [("10:01:00", "0:45:00", ["long"])]),
        ("k 24 08:00, p 24 12:00, g 24 13:00", [("4:00:00", "1:00:00", [])]),  # went from the break
        ("k 24 20:00, g 25 02:00", [("6:00:00", "0:00:00", [])]),  # over midnight
        (
            "k 24 16:00, g 24 22:00, k 25 08:59, g 25 12:00",
            [("6:00:00", "0:00:00", []), ("3:01:00", "0:00:00", ["rest"])],
        ),
        ("k 24 16:00, g 24 22:00, k 25 09:00, g 25 12:00", [("6:00:00", "0:00:00", []), ("3:00:00", "0:00:00", [])]),
        ("k 24 08:00, g 24 12:00, k 24 17:00, g 24 21:00", [("4:00:00", "0:00:00", []), ("4:00:00", "0:00:00", [])]),
        ("k 24 08:00, k 25 08:00, g 25 12:00", [("0:00:00", "0:00:00", ["open"]), ("4:00:00", "0:00:00", [])]),
        ("k 24 08:00", [("0:00:00", "0:00:00", ["open"])]),
        ("k 29 08:00", [("4:00:00", "0:00:00", [])]),  # still here
        ("k 29 08:00, p 29 11:00", [("3:00:00", "1:00:00", [])]),
        ("k 29 00:30", [("11:30:00", "0:00:00", ["long", "break"])]),
    ],
)
def test_shifts_and_what_does_not_fit_the_law(text: str, expected: list[tuple[str, str, list[str]]]) -> None:
    assert judged(text) == expected


def test_the_night_the_clock_is_put_back_has_an_hour_more() -> None:
    begin = datetime(2026, 10, 24, 22, 0, tzinfo=ZONE)
    end = datetime(2026, 10, 25, 6, 0, tzinfo=ZONE)
    utc = ZoneInfo("UTC")
    found = worktime.shifts([Stamp(COME, begin.astimezone(utc)), Stamp(GO, end.astimezone(utc))], end)
    assert found[0].worked(end) == timedelta(hours=9)


@pytest.mark.parametrize(
    ("last", "now", "kinds"),
    [
        ("", "24 08:00", (COME,)),
        ("k 24 08:00", "24 09:00", (PAUSE, GO)),
        ("p 24 08:00", "24 09:00", (RESUME, GO)),
        ("w 24 08:00", "24 09:00", (PAUSE, GO)),
        ("g 24 08:00", "24 09:00", (COME,)),
        ("k 24 08:00", "25 00:01", (COME,)),  # the end was forgotten
        ("g 24 08:00", "28 00:01", (COME,)),
    ],
)
def test_what_may_follow(last: str, now: str, kinds: tuple[str, ...]) -> None:
    assert worktime.may(stamps(last)[0] if last else None, at(now)) == kinds


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("k 24 08:00, g 24 16:00", True),
        ("k 24 08:00, p 24 12:00, w 24 12:30, g 24 16:00", True),
        ("k 24 08:00", False),
        ("g 24 08:00", False),
        ("k 24 08:00, g 24 08:00", False),
        ("k 24 08:00, w 24 09:00, g 24 16:00", False),
        ("k 24 08:00, g 24 12:00, k 24 13:00, g 24 16:00", True),
    ],
)
def test_a_whole_shift(text: str, whole: bool) -> None:
    assert worktime.in_order(stamps(text)) is whole


def test_no_stamps_are_no_shift() -> None:
    assert not worktime.in_order([])
    assert worktime.shifts([], at("24 08:00")) == []


@given(st.lists(st.tuples(st.sampled_from(list(KEYS.values())), st.integers(0, 60 * 24 * 20)), max_size=12))
def test_whatever_was_stamped_gives_times_that_are_none_below_zero(drawn: list[tuple[str, int]]) -> None:
    made = [Stamp(kind, at("1 00:00") + timedelta(minutes=minute)) for kind, minute in drawn]
    now = at("25 00:00")
    found = worktime.shifts(made, now)
    assert all(one.worked(now) >= timedelta(0) and one.paused >= timedelta(0) for one in found)
    assert sum(1 for one in found if not one.forgotten and one.went is None) <= 1
