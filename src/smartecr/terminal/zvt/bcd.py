"""Packed decimal numbers and the lengths written in decimal digits (PA00P015, chapter on data formats)."""

from smartecr.terminal.zvt.errors import ZvtFormatError

__all__ = ["decimal", "digits", "length_prefix", "number"]


def number(value: int, width: int) -> bytes:
    """Pack a number into ``width`` bytes, most significant digit first. Raises ZvtFormatError when it does not fit."""
    text = b"%0*d" % (2 * width, value)
    if value < 0 or len(text) > 2 * width:
        raise ZvtFormatError(f"a number of {len(text)} digits does not fit into {width} bytes")
    return bytes.fromhex(text.decode())


def decimal(packed: bytes) -> int | None:
    """Unpack a number; None when a half byte is no digit."""
    text = packed.hex()
    return int(text) if text.isdecimal() else None


def digits(packed: bytes) -> str:
    """Return the half bytes as text, without filling F at the end."""
    return packed.hex().upper().rstrip("F")


def length_prefix(size: int, places: int) -> bytes:
    """Write the length of an LLVAR (2 places) or LLLVAR (3 places): a byte a digit, in its low half, high half F."""
    text = f"{size:0{places}d}"
    if len(text) > places:
        raise ZvtFormatError(f"{size} bytes are too long for a length of {places} digits")
    return bytes(0xF0 | int(digit) for digit in text)
