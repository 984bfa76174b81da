"""Things counted by what they are, not by what they are like."""

from __future__ import annotations

from smartecr.core.alike import occurrences


def test_one_and_the_same_is_counted_and_comes_in_the_order_it_was_met():
    one, other = ["brot"], ["brot"]
    found = list(occurrences([other, one, one, other, one]))
    assert [(thing is one, times) for thing, times in found] == [(False, 2), (True, 3)]
    assert list(occurrences([])) == []
