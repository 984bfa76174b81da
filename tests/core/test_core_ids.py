"""Identifiers."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.errors import IdError
from smartecr.core.ids import is_id, new_id

CLOCKS = st.integers(0, (1 << 48) - 1)
RANDOM = st.binary(min_size=10, max_size=10)


@given(CLOCKS, RANDOM)
def test_is_a_uuid_of_version_7(clock_ms, random_bytes):
    text = new_id(clock_ms, random_bytes)
    parsed = uuid.UUID(text)
    assert is_id(text)
    assert parsed.hex == text
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == clock_ms


@given(CLOCKS, CLOCKS, RANDOM, RANDOM)
def test_sorts_by_time(earlier, later, one, other):
    if earlier < later:
        assert new_id(earlier, one) < new_id(later, other)


@pytest.mark.parametrize("bit", range(80))
@pytest.mark.parametrize("random_bytes", [bytes(10), b"\xff" * 10])
def test_uses_74_of_the_80_random_bits(bit, random_bytes):
    flipped = (int.from_bytes(random_bytes, "big") ^ 1 << bit).to_bytes(10, "big")
    assert (new_id(0, random_bytes) == new_id(0, flipped)) == (bit in (62, 63, 76, 77, 78, 79))


@pytest.mark.parametrize(
    ("clock_ms", "random_bytes", "text"),
    [
        (0, bytes(10), "00000000000070008000000000000000"),
        (0x0123456789AB, b"\xff" * 10, "0123456789ab7fffbfffffffffffffff"),
        ((1 << 48) - 1, bytes(10), "ffffffffffff70008000000000000000"),
    ],
)
def test_known_values(clock_ms, random_bytes, text):
    assert new_id(clock_ms, random_bytes) == text


@pytest.mark.parametrize("clock_ms", [-1, 1 << 48])
def test_refuses_a_clock_that_does_not_fit(clock_ms):
    with pytest.raises(IdError) as refused:
        new_id(clock_ms, bytes(10))
    assert refused.value.code == "clock_out_of_range"


@pytest.mark.parametrize("size", [0, 9, 11])
def test_refuses_the_wrong_number_of_random_bytes(size):
    with pytest.raises(IdError) as refused:
        new_id(0, bytes(size))
    assert refused.value.code == "random_bytes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0" * 32, True),
        (uuid.UUID(int=2**127 + 5).hex, True),
        ("0" * 31, False),
        ("0" * 33, False),
        ("A" * 32, False),
        ("g" * 32, False),
        ("0" * 32 + "\n", False),
        ("٣" * 32, False),
        ("", False),
    ],
)
def test_knows_an_id(text, expected):
    assert is_id(text) is expected
