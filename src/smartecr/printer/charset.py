"""Text for a printer's code page: never a question mark where a letter stood.

What the code page has is kept. The rest is written in other letters where German readers expect it ("„" as '"', "–" as
"-", "ł" as "l"); pictures and other symbols are left out. A script the page cannot write at all raises
`UnwritableError`, and the renderer draws that line as a picture.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_WORDS = {
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "„": '"', "“": '"', "”": '"', "«": '"', "»": '"',
    "‚": "'", "‘": "'", "’": "'", "‹": "'", "›": "'", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
    "€": "EUR", "×": "x", "·": "-", "•": "*", "→": "->", "ẞ": "SS", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue",
    "ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "Æ": "AE", "ø": "oe", "Ø": "Oe", "œ": "oe", "Œ": "OE", "ł": "l",
    "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "Þ": "Th", "ı": "i", "½": "1/2", "¼": "1/4", "¾": "3/4",
    "²": "2", "³": "3", "°": "Grad", "µ": "u", "§": "Par.", "†": "+", "™": "TM", "®": "(R)", "©": "(C)",
}  # fmt: skip
_LEFT_OUT = frozenset({"So", "Sk", "Sm", "Sc", "Mn", "Me", "Cf", "Cc", "Co", "Cn", "Cs"})


class UnwritableError(ValueError):
    """The code page has no letters for `text`."""

    def __init__(self, text: str) -> None:
        super().__init__(f"not in the code page: {text!r}")
        self.text = text


def encode(text: str, codec: str) -> bytes:
    """Return `text` in the code page of a Python codec ("cp858"). Raises UnwritableError."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return transliterate(text, codec).encode(codec)


def transliterate(text: str, codec: str) -> str:
    """Return `text` in characters the code page has. Raises UnwritableError."""
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return "".join(_written(character, codec) for character in unicodedata.normalize("NFC", text))
    return text


@lru_cache(maxsize=1024)
def _written(character: str, codec: str) -> str:
    word = _WORDS.get(character, "")
    for candidate in (character, word, _base(character)):
        if candidate and _fits(candidate, codec):
            return candidate
    if unicodedata.category(character) in _LEFT_OUT:
        return ""
    raise UnwritableError(character)


def _base(character: str) -> str:
    """Return the letter under the accents."""
    apart = unicodedata.normalize("NFKD", character)
    return "".join(part for part in apart if not unicodedata.combining(part))


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
