"""Lengths, integers and chunks: worked bytes, and agreement with asn1crypto for everything else."""

from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import der


@pytest.mark.parametrize(
    ("size", "encoded"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")],
)
def test_length(size: int, encoded: str) -> None:
    assert der.length(size).hex() == encoded


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "020100"),
        (127, "02017f"),
        (128, "02020080"),
        (44131, "020300ac63"),
        (1574422189, "02045dd7c6ad"),
        (2**31, "02050080000000"),
        (-1, "0201ff"),
        (-128, "020180"),
        (-129, "0202ff7f"),
    ],
)
def test_integer(value: int, encoded: str) -> None:
    assert der.integer(value).hex() == encoded


@given(st.integers(-(2**200), 2**200))
def test_integers_agree_with_asn1crypto(value: int) -> None:
    encoded = der.integer(value)
    assert encoded == core.Integer(value).dump()
    _, start, stop = der.read_header(encoded, 0, len(encoded))
    assert der.read_integer(encoded[start:stop]) == value


@given(st.binary(max_size=70_000))
def test_octet_strings_agree_with_asn1crypto(content: bytes) -> None:
    encoded = der.tlv(0x04, content)
    assert encoded == core.OctetString(content).dump()
    assert der.read_header(encoded, 0, len(encoded)) == (0x04, len(encoded) - len(content), len(encoded))


@pytest.mark.parametrize(
    "broken",
    ["", "04", "0401", "0481", "048105aa", "0482ffff00", "0489010101010101010101", "1f8101aa", "04ff"],
)
def test_headers_that_do_not_fit_are_refused(broken: str) -> None:
    data = bytes.fromhex(broken)
    with pytest.raises(der.DerError):
        der.read_header(data, 0, len(data))


def test_chunks_are_joined() -> None:
    data = bytes.fromhex("0402aabb 0401cc 0400 0000 ff")
    assert der.read_chunks(data, 0, len(data)) == (b"\xaa\xbb\xcc", 11)


@pytest.mark.parametrize("broken", ["0402aabb", "0402aa", "0502aabb0000", "04800000", "00", ""])
def test_broken_chunks_are_refused(broken: str) -> None:
    data = bytes.fromhex(broken)
    with pytest.raises(der.DerError):
        der.read_chunks(data, 0, len(data))


@pytest.mark.parametrize("content", [b"", bytes(33)])
def test_absurd_integers_are_refused(content: bytes) -> None:
    with pytest.raises(der.DerError):
        der.read_integer(content)


class Pair(core.Sequence):  # type: ignore[misc]
    """A DER signature as asn1crypto sees it."""

    _fields = [("r", core.Integer), ("s", core.Integer)]


@given(st.integers(1, 2**256 - 1), st.integers(1, 2**256 - 1))
def test_signatures_agree_with_asn1crypto(r: int, s: int) -> None:
    encoded = Pair({"r": r, "s": s}).dump()
    assert der.split_ecdsa(encoded) == (r, s)
    assert der.plain_ecdsa(encoded, 32) == r.to_bytes(32, "big") + s.to_bytes(32, "big")


@given(st.integers(1, 2**512 - 1), st.integers(1, 2**512 - 1))
def test_signatures_of_the_longest_curve(r: int, s: int) -> None:
    encoded = Pair({"r": r, "s": s}).dump()
    assert der.plain_ecdsa(encoded, 64) == r.to_bytes(64, "big") + s.to_bytes(64, "big")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "30",
        "3006020101020101ff",
        "30060201010201",
        "3003020101",
        "30090201010201010201 01",
        "3106020101020101",
        "3006040101020101",
        "30800201010201010000",
        "30040200 0200",
    ],
)
def test_what_is_no_signature_is_refused(broken: str) -> None:
    with pytest.raises(der.DerError):
        der.split_ecdsa(bytes.fromhex(broken))
