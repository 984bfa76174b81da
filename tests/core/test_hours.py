"""Opening hours as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.errors import TextError
from smartecr.core.hours import DAYS, is_open, parse

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = "Mo-Fr 7-18:30, Sa 8-13"

MOMENTS = [
    (WEEK, "Mo 06:59", False),
    (WEEK, "Mo 07:00", True),
    (WEEK, "Fr 18:29", True),
    (WEEK, "Fr 18:30", False),
    (WEEK, "Sa 12:59", True),
    (WEEK, "Sa 13:00", False),
    (WEEK, "So 10:00", False),
    ("mo – fr 7.00 - 18.30 Uhr; sa 8 – 13", "Fr 18:29", True),
    ("Mo-Fr 8-12 14-18", "Di 13:00", False),
    ("Mo-Fr 8-12 14-18", "Di 14:00", True),
    ("Fr-Sa 18-2", "Sa 01:59", True),
    ("Fr-Sa 18-2", "So 01:59", True),
    ("Fr-Sa 18-2", "So 02:00", False),
    ("Fr-Sa 18-2", "Fr 01:00", False),
    ("So 18-2", "Mo 01:59", True),
    ("So 18-2", "Mo 02:00", False),
    ("Sa-Mo 9-10", "So 09:30", True),
    ("Sa-Mo 9-10", "Di 09:30", False),
    ("Mo-So 0-24", "So 23:59", True),
    ("Mo-Fr 8-12, 14-18, Sa 9-12", "Di 13:00", False),
    ("Mo-Fr 8-12, 14-18, Sa 9-12", "Di 14:00", True),
    ("Mo-Fr 8-12, 14-18, Sa 9-12", "Sa 14:00", False),
    ("Montag bis Freitag 8 bis 18 Uhr, Sonnabend 9-12", "Fr 17:59", True),
    ("Montag bis Freitag 8 bis 18 Uhr, Sonnabend 9-12", "Sa 09:00", True),
    ("täglich 8-20", "So 19:59", True),
    ("", "Mo 12:00", False),
]


@pytest.mark.parametrize(("text", "moment", "expected"), MOMENTS)
def test_open_or_not(text: str, moment: str, expected: bool) -> None:
    day, time = moment.split()
    hour, minute = time.split(":")
    local = MONDAY + timedelta(days=DAYS.index(day), hours=int(hour), minutes=int(minute))
    assert is_open(parse(text), local) is expected


@pytest.mark.parametrize(
    "text",
    [
        "immer",
        "Mo",
        "7-18",
        "Mo 7",
        "Mo 25-26",
        "Mo 7-24:30",
        "Mo 7:60-8",
        "Xx 7-8",
        "Mo 7-8 x",
        "Mo-Fr-Sa 7-8",
        "Mo 7-8, , Di",
        "M" * 201,
    ],
)
def test_what_is_not_understood_is_told_with_an_example(text: str) -> None:
    with pytest.raises(TextError) as caught:
        parse(text)
    assert "Mo-Fr 7-18:30" in caught.value.message


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        spans = parse(text)
    except TextError:
        return
    assert all(0 <= begin < 7 * 1440 and begin < end <= begin + 1440 for begin, end in spans)
