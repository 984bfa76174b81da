"""Tips: whose they are decides their VAT; the suggestions offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.tips import FOR_OWNER, FOR_STAFF, split, suggestions


@pytest.mark.parametrize(
    ("kind", "cents", "gross", "parts"),
    [
        (FOR_STAFF, 400, {1: 800, 2: 4000}, ((5, 400),)),
        (FOR_OWNER, 400, {1: 800, 2: 4000}, ((1, 67), (2, 333))),
        (FOR_OWNER, 1, {1: 100, 2: 100}, ((1, 1),)),
        (FOR_OWNER, 300, {1: -800, 2: 4000}, ((2, 300),)),
        (FOR_OWNER, 300, {}, ((5, 300),)),
        (FOR_OWNER, 300, {1: -5}, ((5, 300),)),
    ],
)
def test_whose_tip_it_is_decides_its_vat(kind: str, cents: int, gross: dict[int, int], parts: object) -> None:
    assert split(kind, cents, gross) == parts  # type: ignore[arg-type]


@given(st.integers(1, 10**6), st.dictionaries(st.sampled_from([1, 2, 5, 7]), st.integers(-(10**6), 10**6), max_size=4))
def test_no_cent_of_a_tip_is_lost(cents: int, gross: dict[int, int]) -> None:
    parts = split(FOR_OWNER, cents, gross)
    assert sum(part for _, part in parts) == cents
    assert all(part > 0 for _, part in parts)


@pytest.mark.parametrize(
    ("due", "offered"),
    [
        (1860, (("5 %", 93), ("10 %", 186), ("15 %", 279), ("auf", 40), ("auf", 140))),
        (2000, (("5 %", 100), ("10 %", 200), ("15 %", 300))),
        (0, ()),
        (900, (("5 %", 45), ("10 %", 90), ("15 %", 135), ("auf", 100))),
    ],
)
def test_suggestions(due: int, offered: object) -> None:
    assert suggestions(due) == offered
