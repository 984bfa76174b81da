"""Texts of terminals: code page 437 unless something else was agreed or is evident (PA00P015, tag 14).

Order: what the message itself says (tag 14), what the registration agreed, what the profile says, else ``auto``:
code page 437, or Latin-1 where 437 would show frames and symbols amid letters, as some terminals send it unasked.
"""

import re
from typing import Final

__all__ = ["AUTO", "decode", "encode", "name_of"]

AUTO: Final = "auto"
_CP437: Final = "cp437"
_LATIN: Final = "iso8859-1"

_SEVEN_BIT: Final = str.maketrans("[\\]{|}~", "ÄÖÜäöüß")
#: what 437 makes of Latin-1 umlauts: frames, superscripts, mathematics
_NOT_GERMAN: Final = re.compile(r"[^\x00-\x7fäöüÄÖÜßéèêáàâíìîóòôúùûçÇñÑ£€§°]")
_UNUSED: Final = re.compile(r"[\x80-\x9f]")


def name_of(tag: int) -> str:
    """Return the character set of a tag 14: 00 ASCII, 01–10 (hex) ISO 8859-1 to -16, FE UTF-8, FF code page 437."""
    if tag == 0x00:
        return "ascii"
    if tag == 0xFE:
        return "utf-8"
    if tag == 0x0C:  # ISO 8859-12 was never made
        return _LATIN
    return f"iso8859-{tag}" if 1 <= tag <= 16 else _CP437


def decode(text: bytes, charset: str = AUTO) -> str:
    """Return a text; never fails. ``charset`` may also be ``zvt7``, the old set with umlauts in place of brackets."""
    if text.isascii() and charset != "zvt7":
        return text.decode("ascii")
    if charset == "zvt7":
        return bytes(byte & 0x7F for byte in text).decode("ascii").translate(_SEVEN_BIT)
    if charset != AUTO:
        return text.decode(charset, "replace")
    usual = text.decode(_CP437)
    strange = len(_NOT_GERMAN.findall(usual))
    if not strange:
        return usual
    latin = text.decode(_LATIN)
    doubtful = len(_NOT_GERMAN.findall(latin)) + len(_UNUSED.findall(latin))
    return latin if doubtful < strange else usual


def encode(text: str, charset: str = _CP437) -> bytes:
    """Write a text for a terminal; characters it does not have become ``?``."""
    return text.encode(_CP437 if charset == AUTO else charset, "replace")
