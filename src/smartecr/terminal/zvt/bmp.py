"""Bitmaps (BMP): data elements of known length one after the other, with the TLV container in BMP 06 (PA00P015).

Reading masks card data and never fails: an unknown bitmap has no known length, so reading stops there and the
remainder stays, masked, in ``rest``. Writing is strict.
"""

from collections.abc import Iterable
from typing import Final

from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.bcd import length_prefix
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.masking import blot, mask_card_number, mask_opaque, mask_text
from smartecr.terminal.zvt.tlv import Node

__all__ = ["LL", "LLL", "WIDTHS", "Fields", "field", "read", "write"]

#: lengths that stand before the value: two or three decimal digits, or the rule of TLV
LL: Final = -2
LLL: Final = -3
_TLV: Final = -6

_FIXED = {
    1: "01 02 03 05 19 27 8A 8C A0 D0 D2 D3 E0 E9 EA F0 F9 FA FB FC FD 72 73 74 75",
    2: "0D 0E 17 3A 49 87",
    3: "0B 0C 37 3D 88 AA",
    4: "29 70 71",
    5: "BA",
    6: "04",
    8: "3B EB",
    15: "2A",
    LL: "22 23 2D 4C 8B A7 D1 E1 E2 E3 E4 E5 E6 E7 E8 F1 F2 F3 F4 F5 F6 F7 F8",
    LLL: "24 2E 3C 60 92 9A AF",
    _TLV: "06",
}
#: length by bitmap: bytes, ``LL``, ``LLL``; 0 where the bitmap is unknown
WIDTHS: Final = [0] * 256
for _width, _codes in _FIXED.items():
    for _code in bytes.fromhex(_codes):
        WIDTHS[_code] = _width

#: what is blotted out whole: tracks, check value, chip data, PIN data
_SECRET: Final = frozenset((0x23, 0x24, 0x2D, 0x2E, 0x3A, 0xA7, 0xD1))
_CARD_NUMBER: Final = 0x22


class Fields(dict[int, bytes]):
    """Values by bitmap in their order, masked; ``tlv`` the container, ``rest`` what could not be read.

    ``has_tlv`` tells an empty container from none. Of a bitmap that comes twice the first counts.
    """

    __slots__ = ("has_tlv", "rest", "tlv")

    def __init__(self) -> None:
        super().__init__()
        self.tlv: tuple[Node, ...] = ()
        self.has_tlv = False
        self.rest = b""


def read(data: bytes, place: int = 0) -> Fields:
    """Read bitmaps from ``place`` to the end."""
    fields = Fields()
    end = len(data)
    widths = WIDTHS
    while place < end:
        start = place
        code = data[place]
        width = widths[code]
        place += 1
        try:
            if width > 0:
                size = width
            elif width == LL:
                size = (data[place] & 15) * 10 + (data[place + 1] & 15)
                place += 2
            elif width == LLL:
                size = (data[place] & 15) * 100 + (data[place + 1] & 15) * 10 + (data[place + 2] & 15)
                place += 3
            else:
                size, place = _container_length(data, place) if width else (end, place)
        except IndexError:
            size = end
        if place + size > end:
            fields.rest = mask_opaque(data[start:])
            break
        value = data[place : place + size]
        place += size
        if width < 0:
            value = _masked(code, value, fields)
        elif code == 0x3A:
            value = blot(value)
        if code not in fields:
            fields[code] = value
    fields.pop(0x06, None)
    return fields


def _container_length(data: bytes, place: int) -> tuple[int, int]:
    measured = tlv.read_length(data, place)
    if measured is None:
        raise IndexError
    return measured


def _masked(code: int, value: bytes, fields: Fields) -> bytes:
    if code == _CARD_NUMBER:
        return mask_card_number(value)
    if code in _SECRET:
        return blot(value)
    if code == 0x06 and not fields.has_tlv:
        fields.tlv, fields.rest = tlv.read(value)
        fields.has_tlv = True
        return b""
    return mask_text(value)


def field(code: int, value: bytes) -> bytes:
    """Write one bitmap. Raises ZvtFormatError for an unknown one or a value of the wrong length."""
    width = WIDTHS[code]
    if width > 0:
        if len(value) != width:
            raise ZvtFormatError(f"BMP {code:02X} holds {width} bytes, not {len(value)}")
        return bytes((code,)) + value
    if width == LL:
        return bytes((code,)) + length_prefix(len(value), 2) + value
    if width == LLL:
        return bytes((code,)) + length_prefix(len(value), 3) + value
    raise ZvtFormatError(f"BMP {code:02X} cannot be written")


def write(fields: Iterable[tuple[int, bytes]], container: Iterable[Node] | None = None) -> bytes:
    """Write bitmaps in the order given, then the container (None: none, empty: ``06 00``)."""
    data = b"".join([field(code, value) for code, value in fields])
    if container is None:
        return data
    content = tlv.write(container)
    return data + b"\x06" + tlv.length(len(content)) + content
