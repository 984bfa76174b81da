"""The codes on vouchers and cards: read back, and never read wrongly."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.customers import codes
from smartecr.customers.errors import CardError
from smartecr.scanner.code import Kind
from smartecr.scanner.grammar import GRAMMAR

random = st.binary(min_size=codes.RANDOM_BYTES, max_size=codes.RANDOM_BYTES)
bodies = st.text(alphabet=codes.ALPHABET, min_size=20, max_size=20)


@given(random)
def test_a_code_is_read_back_however_it_is_written(seed: bytes) -> None:
    number, secret = codes.fresh(seed)
    text = codes.code(codes.VOUCHER, number, secret)
    assert codes.read(text, codes.VOUCHER) == (number, secret)
    body = text.removeprefix("GS:")
    by_hand = f" {body[:4]}-{body[4:8]} {body[8:]} ".lower().replace("0", "o").replace("1", "l")
    assert codes.read(by_hand, codes.VOUCHER) == (number, secret)
    assert codes.number_of(f"{number[:4]}-{number[4:]}", codes.VOUCHER) == number
    assert codes.number_of(text, codes.VOUCHER) == number


@given(random)
def test_the_scanners_grammar_knows_what_it_is(seed: bytes) -> None:
    number, secret = codes.fresh(seed)
    for prefix, kind in ((codes.VOUCHER, Kind.VOUCHER), (codes.CUSTOMER, Kind.CUSTOMER)):
        text = codes.code(prefix, number, secret)
        assert GRAMMAR.parse(text, date(2026, 11, 24)).kind is kind


@given(bodies, st.integers(0, 20), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, character: str) -> None:
    whole = body + codes.check(body)
    wrong = whole[:place] + character + whole[place + 1 :]
    if wrong == whole:
        assert codes.read(wrong, codes.VOUCHER) == (body[:8], body[8:])
    else:
        with pytest.raises(CardError) as refused:
            codes.read(wrong, codes.VOUCHER)
        assert refused.value.code == "code"


def test_nearly_all_swapped_neighbours_are_found() -> None:
    missed = tried = 0
    for start in range(400):
        body = codes.fresh(bytes((start * 7 + place * 13 + place * place) % 256 for place in range(20)))
        text = "".join(body)
        whole = text + codes.check(text)
        for place in range(20):
            swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
            if swapped != whole:
                tried += 1
                missed += codes.check(swapped[:-1]) == swapped[-1]
    assert tried > 5000
    assert missed / tried < 0.02


@pytest.mark.parametrize(
    "text", ["", "GS:", "7K3M", "GS:7K3MQ9XP", "GS:" + "U" * 21, "KD:" + "0" * 21, "ä" * 21, "0" * 22]
)
def test_what_is_no_code_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(CardError) as refused:
        codes.read(text, codes.VOUCHER)
    assert refused.value.message.endswith(".")
    assert refused.value.next_step
