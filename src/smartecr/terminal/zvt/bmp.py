"""Bitmaps (BMP): data elements of known length one after the other, with the TLV container in BMP 06 (PA00P015).

Reading masks card data and never fails: an unknown bitmap has no known length, so reading stops there and the
remainder stays, masked, in ``rest``. Writing is strict.
"""

from collections.abc import Iterable
from typing import Final

from smartecr.terminal.masking import SHORTEST, blot, mask_card_number, mask_opaque, mask_text
from smartecr.terminal.zvt import tlv
from smartecr.terminal.zvt.bcd import length_prefix
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.tlv import Node

__all__ = ["LL", "LLL", "WIDTHS", "Fields", "container_at", "field", "read", "write"]

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
_SECRET: Final = frozenset((0x23, 0x24, 0x2D, 0x2E, 0xA7, 0xD1))
_CARD_NUMBER: Final = 0x22
_CONTAINER: Final = 0x06
_CHECK_VALUE: Final = 0x3A


class Fields(dict[int, bytes]):
    """Values by bitmap in their order, masked; ``tlv`` the container, ``rest`` what could not be read.

    ``has_tlv`` tells an empty container from none. Of a bitmap that comes twice the last counts.
    """

    tlv: tuple[Node, ...] = ()
    has_tlv = False
    rest = b""


def read(data: bytes, place: int = 0) -> Fields:
    """Read bitmaps from ``place`` to the end."""
    fields = Fields()
    end = len(data)
    widths = WIDTHS
    try:
        while place < end:
            code = data[place]
            size = widths[code]
            if size > 0:
                start = place + 1
                stop = start + size
                if stop > end:
                    break
                fields[code] = data[start:stop]
                place = stop
                continue
            if size == LL:
                start = place + 3
                size = (data[place + 1] & 15) * 10 + (data[place + 2] & 15)
            elif size == LLL:
                start = place + 4
                size = (data[place + 1] & 15) * 100 + (data[place + 2] & 15) * 10 + (data[place + 3] & 15)
            else:
                start, size = _container(data, place, size)
            stop = start + size
            if stop > end:
                break
            _keep(code, data[start:stop], fields)
            place = stop
    except IndexError:  # cut off within a length
        pass
    if place < end:
        fields.rest = mask_opaque(data[place:])
    if _CHECK_VALUE in fields:
        fields[_CHECK_VALUE] = blot(fields[_CHECK_VALUE])
    return fields


def container_at(data: bytes, place: int) -> int:
    """Return where the container begins in bitmaps from ``place`` on. Raises IndexError where there is none."""
    while data[place] != _CONTAINER:
        size = WIDTHS[data[place]]
        if size > 0:
            place += 1 + size
        elif size in (LL, LLL):
            digits = data[place + 1 : place + 1 - size]
            place += 1 - size + int("".join(str(one & 15) for one in digits))
        else:
            raise IndexError
    return place


def _container(data: bytes, place: int, width: int) -> tuple[int, int]:
    """Return where the container starts and its size. Raises IndexError for an unknown bitmap or a cut length."""
    measured = tlv.read_length(data, place + 1) if width else None
    if measured is None:
        raise IndexError
    return measured[1], measured[0]


def _keep(code: int, value: bytes, fields: Fields) -> None:
    if code == _CARD_NUMBER:
        fields[code] = mask_card_number(value)
    elif code in _SECRET:
        fields[code] = blot(value)
    elif code != _CONTAINER:
        fields[code] = mask_text(value) if len(value) >= SHORTEST else value
    elif not fields.has_tlv:
        fields.tlv, fields.rest = tlv.read(value)
        fields.has_tlv = True


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
