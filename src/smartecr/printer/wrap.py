"""Breaking German text into lines of a fixed number of columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SOFT_HYPHEN = "\u00ad"
_BREAKABLE = re.compile(r"[^\S\u00a0\u202f]+")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LETTER = r"[!-~\u00a1-\u00ac\u00ae-\u02ff]"
_SIMPLE = re.compile(f"{_LETTER}+(?: {_LETTER}+)*")
"""Words of Latin letters with one space between: composed, visible and one column wide already."""


def width(text: str) -> int:
    """Return the columns `text` takes: two for wide characters, none for marks that sit on another character."""
    if text.isascii() or max(text) <= "\u02ff":
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clean(text: str) -> str:
    """Return `text` composed (NFC), on one line, without control characters; soft hyphens stay."""
    if _SIMPLE.fullmatch(text):
        return text
    spaced = _BREAKABLE.sub(" ", unicodedata.normalize("NFC", text))
    visible = (char for char in spaced if char == SOFT_HYPHEN or unicodedata.category(char) not in _INVISIBLE)
    return _BREAKABLE.sub(" ", "".join(visible)).strip(" ")


def plain(text: str) -> str:
    """Return `text` cleaned for one line of output: no soft hyphens, ordinary spaces."""
    return clean(text).replace(SOFT_HYPHEN, "").replace("\u00a0", " ").replace("\u202f", " ")


def wrap(text: str, columns: int) -> list[str]:
    """Return `text` as lines of at most `columns` (at least 4) columns.

    Words are kept whole where they fit on a line of their own; longer ones are parted at their soft hyphens, then
    behind "-" and "/", at last anywhere. Non-breaking spaces hold. An empty text is no line.
    """
    if len(text) <= columns and _SIMPLE.fullmatch(text):
        return [text]
    lines: list[str] = []
    line = ""
    for word in clean(text).split(" "):
        whole = plain(word)
        if not whole:
            continue
        joined = f"{line} {whole}" if line else whole
        if width(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _part(word, columns)
        lines.extend(full)
    return [*lines, line] if line else lines


def _part(word: str, columns: int) -> list[str]:
    """Return `word` as pieces for lines of its own, the last one open for what follows."""
    if width(plain(word)) <= columns:
        return [plain(word)]
    pieces: list[str] = []
    line = ""
    chunks = list(_chunks(word, columns))
    for index, (chunk, hyphen) in enumerate(chunks):
        last = index == len(chunks) - 1
        if line and width(line + chunk) + (0 if last else len(hyphen)) > columns:
            pieces.append(line + chunks[index - 1][1])
            line = ""
        line += chunk
    return [*pieces, line]


def _chunks(word: str, columns: int) -> Iterator[tuple[str, str]]:
    """Yield the parts of `word` between which it may be broken, each with what is put at the break ("-" or nothing)."""
    for syllable in word.split(SOFT_HYPHEN):
        parts = [part for part in re.split(r"(?<=[-/])", plain(syllable)) if part]
        for index, part in enumerate(parts):
            ends_syllable = index == len(parts) - 1
            hyphen = "-" if ends_syllable and not part.endswith(("-", "/")) else ""
            if width(part + hyphen) <= columns:
                yield part, hyphen
            else:
                yield from ((char, "") for char in part[:-1])
                yield part[-1], hyphen
