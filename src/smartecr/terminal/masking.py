"""Where card data ends: numbers, tracks and check values are blotted out before anything else sees the bytes.

PCI DSS 3.4.1 lets at most the first six and the last four digits of a card number be shown; 3.3 forbids to
keep tracks, check values and PIN data at all. Masked values keep their length, so that positions stay true.
Half bytes: ``E`` is a masked digit, ``F`` filling (PA00P015, BMP 22).
"""

import re

__all__ = ["SHORTEST", "blot", "mask_card_number", "mask_opaque", "mask_text"]

#: digits of the shortest card number
SHORTEST = 13
_SHOWN_FRONT, _SHOWN_BACK = 6, 4
#: below this many digits the front is hidden too, else too little would be hidden
_FRONT_FROM = 15
_MASKED_FROM = 8

_RUN = re.compile(rb"(?<![0-9A-Za-z*])[2-6](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z*])")
_PACKED_RUN = re.compile("[0-9]{13,}")
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*")


def mask_card_number(packed: bytes) -> bytes:
    """Mask a packed card number (BMP 22): first six, last four; whatever follows a separator D is filled with F."""
    if len(packed) >= _MASKED_FROM and not packed[_SHOWN_FRONT // 2 : -_SHOWN_BACK // 2].strip(b"\xee"):
        return packed  # the terminal masked it already
    text = packed.hex()
    number, _, _ = text.rstrip("f").partition("d")
    size = len(number)
    if size >= _FRONT_FROM:
        shown = number[:_SHOWN_FRONT] + "e" * (size - _SHOWN_FRONT - _SHOWN_BACK) + number[-_SHOWN_BACK:]
    else:
        shown = "e" * (size - _SHOWN_BACK) + number[-_SHOWN_BACK:]
    return bytes.fromhex(shown.ljust(len(text), "f"))


def blot(value: bytes) -> bytes:
    """Return a value of the same length that says nothing."""
    return b"\xee" * len(value)


def mask_text(text: bytes) -> bytes:
    """Mask every run in a text that is a card number: 13 to 19 digits, possibly spaced, with a right check digit."""
    return _RUN.sub(_mask_run, text) if len(text) >= SHORTEST else text


def mask_opaque(value: bytes) -> bytes:
    """Mask bytes nobody understands: as text where they are text, else every long run of packed digits."""
    if _TEXT.fullmatch(value):
        return mask_text(value)
    text = _PACKED_RUN.sub(lambda run: "e" * len(run[0]), value.hex())
    return mask_text(bytes.fromhex(text))


def _mask_run(run: re.Match[bytes]) -> bytes:
    places = [place for place, byte in enumerate(run[0]) if 0x30 <= byte <= 0x39]
    if not _checks([run[0][place] - 0x30 for place in places]):
        return run[0]
    masked = bytearray(run[0])
    first = _SHOWN_FRONT if len(places) >= _FRONT_FROM else 0
    for place in places[first:-_SHOWN_BACK]:
        masked[place] = 0x2A
    return bytes(masked)


def _checks(numbers: list[int]) -> bool:
    """Tell whether the last digit is the check digit of the rest (ISO/IEC 7812-1, Luhn)."""
    doubled = [number * 2 - 9 if number > 4 else number * 2 for number in numbers[-2::-2]]
    return (sum(numbers[::-2]) + sum(doubled)) % 10 == 0
