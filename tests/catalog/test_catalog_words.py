"""Folding of words, and how far two words are apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.catalog import words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Käse-Brötchen 2er", ["kase", "brotchen", "2", "er"]),
        ("Mohn\u00adschnecke", ["mohnschnecke"]),
        ("STRASSE Straße ẞ", ["strasse", "strasse", "ss"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("Frühstück ‚Morgenrot‘", ["fruhstuck", "morgenrot"]),
        ("0,33l x_y m²", ["0", "33", "l", "x", "y", "m", "2"]),
        ("Smørrebrød æ", ["smorrebrod", "ae"]),
        ("Ка́ша 5", ["каша", "5"]),
        ("¼ l", ["1", "4", "l"]),
        ("x\u0302y", ["xy"]),
        ("  –,.; ", []),
    ],
)
def test_words(text: str, folded: list[str]) -> None:
    assert words.words(text) == folded


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("Käse", [("kase", "kaese")]),
        ("kaese", [("kaese", "kase")]),
        ("Ka\u0308se", [("kase", "kaese")]),
        ("Tee 500g", [("tee",), ("500",), ("g",)]),
        ("Müller-Öl", [("muller", "mueller"), ("ol", "oel")]),
    ],
)
def test_typed_words_come_in_their_spellings(text: str, spellings: list[tuple[str, ...]]) -> None:
    assert words.typed(text) == spellings


@pytest.mark.parametrize(
    ("asked", "word", "slips"),
    [
        ("kaffee", "kaffee", 0),
        ("kaff", "kaffeebohnen", 0),
        ("kafee", "kaffee", 1),
        ("kfafee", "kaffee", 1),
        ("cappucino", "cappuccino", 1),
        ("capuchino", "cappuccino", 2),
        ("xaffee", "kaffee", 1),
        ("affee", "kaffee", 1),
        ("tee", "kaffee", 3),
        ("kaffeee", "kaffee", 1),
        ("", "kaffee", 0),
        ("ab", "", 2),
    ],
)
def test_distance(asked: str, word: str, slips: int) -> None:
    assert words.distance(asked, word, 2) == slips


@pytest.mark.parametrize(
    ("asked", "word", "slips"),
    [("bretzel", "butterbrezel", 1), ("kuchen", "kasekuchen", 0), ("kuhen", "kasekuchen", 1), ("xyz", "abc", 2)],
)
def test_distance_inside(asked: str, word: str, slips: int) -> None:
    assert words.distance(asked, word, 1, inside=True) == slips


@given(st.text("abc", max_size=6), st.text("abc", max_size=8))
def test_distance_is_the_nearest_beginning(asked: str, word: str) -> None:
    def whole(left: str, right: str) -> int:
        if not left or not right:
            return len(left) + len(right)
        cost = min(
            whole(left[:-1], right) + 1,
            whole(left, right[:-1]) + 1,
            whole(left[:-1], right[:-1]) + (left[-1] != right[-1]),
        )
        if len(left) > 1 and len(right) > 1 and left[-1] == right[-2] and left[-2] == right[-1]:
            cost = min(cost, whole(left[:-2], right[:-2]) + 1)
        return cost

    nearest = min(whole(asked, word[:end]) for end in range(len(word) + 1))
    assert words.distance(asked, word, 2) == min(nearest, 3)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=5))
def test_slips_are_one_slip_away(word: str) -> None:
    for slip in list(words.slips(word))[::7]:
        assert word != slip
        assert words.distance(slip, word, 2) <= 1 or words.distance(word, slip, 2) <= 1


@given(st.text(min_size=3, max_size=12, alphabet="abcdeé "), st.text(max_size=4, alphabet="xyz"), st.text(max_size=4))
def test_a_word_has_all_inner_grams_of_its_parts(part: str, before: str, after: str) -> None:
    assert words.inner_grams(part) <= words.grams(before + part + after) | {f" {part[:2]}"}


@given(st.text(max_size=200))
def test_any_text_gives_words_a_query_can_carry(text: str) -> None:
    for word in words.words(text):
        assert 0 < len(word) <= words.MAX_WORD
        assert not set(word) & set("\"'\\*:&|!() \x00")
        assert words.words(word) == [word]
