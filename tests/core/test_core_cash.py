"""Notes and coins."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.cash import DENOMINATIONS, NOTES, count_total, pieces, sensible_notes
from smartecr.core.errors import CashError

PAGE = "payment-and-change.md"


def pieces_of(text, tongue):
    return [
        (tongue.number(value, 2), int(count))
        for count, value in (part.split("x ") for part in text.split("; ") if part)
    ]


@pytest.mark.cases(PAGE, "Notes worth offering")
def test_offers_notes(case, tongue):
    offered = [int(note) * 100 for note in case["offered"].split(", ") if note]
    assert sensible_notes(tongue.number(case["total"], 2)) == offered


@given(st.integers(1, 30_000))
def test_every_offer_is_needed_whole_and_useful(total):
    offers = sensible_notes(total)
    assert len(offers) <= 4
    assert all(here < there for here, there in pairwise(offers))
    for offer in offers:
        assert offer > total
        # Some note or coin makes up the offer alone, and one of them fewer would not cover the total.
        assert any(offer % note == 0 and offer - note < total for note in DENOMINATIONS if 100 <= note <= 10_000)


@given(st.integers(1, 10_000).filter(lambda total: total % 500))
def test_something_is_offered_for_every_odd_total(total):
    assert sensible_notes(total)[0] - total < 500


@pytest.mark.cases(PAGE, "Change in notes and coins")
def test_change_in_pieces(case, tongue):
    assert pieces(tongue.number(case["amount"], 2)) == pieces_of(case["pieces"], tongue)


@given(st.integers(0, 10**7))
def test_pieces_sum_up(cents):
    found = pieces(cents)
    assert count_total(dict(found)) == cents
    assert [value for value, _ in found] == sorted((value for value, _ in found), reverse=True)


def test_no_other_pieces_are_fewer():
    """Against the fewest pieces found by trying everything, for every amount up to 30 €."""
    fewest = [0]
    for cents in range(1, 3001):
        fewest.append(1 + min(fewest[cents - value] for value in DENOMINATIONS if value <= cents))
    assert [sum(count for _, count in pieces(cents)) for cents in range(3001)] == fewest


def test_pieces_of_a_negative_amount_are_refused():
    with pytest.raises(CashError) as refused:
        pieces(-1)
    assert refused.value.code == "negative"


@pytest.mark.cases(PAGE, "Counting the drawer")
def test_counts(case, tongue):
    counts = {}
    for count, value in (part.split("x ") for part in case["counted"].split("; ") if part):
        counts[tongue.number(value, 2)] = int(count)
    if case["total"][-1].isdigit():
        assert count_total(counts) == tongue.number(case["total"], 2)
    else:
        with pytest.raises(CashError) as refused:
            count_total(counts)
        assert refused.value.code == case["total"]


def test_denominations_of_the_euro():
    assert len(DENOMINATIONS) == 15
    assert NOTES == (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)
