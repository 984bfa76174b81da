"""Counts in German: one is singular, none is not, thousands are dotted."""

from __future__ import annotations

import pytest

from smartecr.core.counted import counted


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 Kassen"), (1, "1 Kasse"), (2, "2 Kassen"), (1001, "1.001 Kassen"), (1_000_000, "1.000.000 Kassen")],
)
def test_a_count_agrees_with_its_word(count: int, text: str) -> None:
    assert counted(count, "Kasse", "Kassen") == text
