"""Words of names and of what people type, made comparable. Pure.

Case, accents, soft hyphens and punctuation do not count; ß is ss; runs of letters and of digits are words of their own
("500g" is "500", "g"). Umlauts fold to their vowel, and what is typed is looked for in both spellings of an umlaut.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

MAX_WORD = 40
_WORD = re.compile(r"[^\W\d_]+|\d+")
_MARKS = re.compile("[\u0300-\u036f]")
_SPECIAL = str.maketrans({"\u00ad": None, "ß": "ss", "ẞ": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words(text: str) -> list[str]:
    """Return the folded words of `text` in order: "Käse-Brötchen 2er" gives kase, brotchen, 2, er."""
    return [_strip(word) for word in _split(text)]


def typed(text: str) -> list[tuple[str, ...]]:
    """Return the words somebody typed, each as the spellings it may have in the index, likeliest first.

    "Käse" gives (kase, kaese); "kaese" gives (kaese, kase).
    """
    found = []
    for word in _split(text):
        plain = _strip(word)
        long = _strip(word.translate(_UMLAUTS))[:MAX_WORD]
        short = re.sub("([aou])e", r"\1", plain)
        found.append(tuple(dict.fromkeys((plain, long, short))))
    return found


def grams(word: str) -> set[str]:
    """Return the trigrams of a word, its beginning marked by a blank: "tee" gives " te", "tee"."""
    marked = f" {word}"
    return {marked[place : place + 3] for place in range(len(marked) - 2)}


def inner_grams(word: str) -> set[str]:
    """Return the trigrams that every word containing `word` has."""
    return {word[place : place + 3] for place in range(len(word) - 2)}


def slips(word: str) -> set[str]:
    """Return everything one slip away from a short word: a letter lost, added, swapped with its neighbour, or wrong."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    lost = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    wrong = {left + letter + right[1:] for (left, right), letter in itertools.product(cuts, _LETTERS) if right}
    added = {left + letter + right for (left, right), letter in itertools.product(cuts, _LETTERS)}
    return (lost | swapped | wrong | added) - {word}


def tolerance(word: str) -> int:
    """Return how many slips are forgiven in a typed word."""
    return 0 if len(word) < 3 or word.isdecimal() else 1 if len(word) < 6 else 2


def distance(asked: str, word: str, limit: int, *, inside: bool = False) -> int:
    """Return the fewest slips that make `asked` the beginning of `word` (or all of it), `limit` + 1 if there are more.

    `inside` lets `asked` begin anywhere in `word`. A slip is a letter lost, added, wrong, or swapped with its
    neighbour (optimal string alignment).
    """
    if not inside:
        word = word[: len(asked) + limit]
    before: list[int] = []
    last = [0] * (len(word) + 1) if inside else list(range(len(word) + 1))
    for row, letter in enumerate(asked, 1):
        present = [row]
        for column, other in enumerate(word, 1):
            cost = min(last[column] + 1, present[column - 1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == word[column - 2] and asked[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            present.append(cost)
        if min(present) > limit:
            return limit + 1
        before, last = last, present
    return min(min(last), limit + 1)


def _split(text: str) -> list[str]:
    """Return the words of `text`, folded but for the marks on letters that have a character of their own with them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_SPECIAL)
    return [word[:MAX_WORD] for word in _WORD.findall(_MARKS.sub("", folded)) if _strip(word)]


def _strip(word: str) -> str:
    """Return a word without the marks on its letters."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if letter.isalnum())
