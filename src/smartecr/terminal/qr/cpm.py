"""The EMVCo consumer-presented code (EMV QR Code Specification, Consumer-Presented Mode 1.1): base64 of BER-TLV.

It carries a card number and track 2. The reader of ``zvt.tlv`` masks both before anything else sees them.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from smartecr.core.records import dataclass
from smartecr.terminal.zvt import tlv

__all__ = ["START", "Presented", "read"]

#: base64 of the payload format indicator ``85 05 "CPV01"``, as far as it does not depend on what follows
START: Final = "hQVDUFYw"

_FORMAT, _VERSION = 0x85, b"CPV01"
_APPLICATION, _COMMON = 0x61, 0x62
_AID, _LABEL, _NUMBER = 0x4F, 0x50, 0x5A
_LONGEST = 512  # of the specification, in bytes of data


@dataclass(frozen=True, slots=True)
class Presented:
    """What may be known of such a code: the application, its label, the last four digits of the card ("" not told)."""

    aid: str
    label: str = ""
    last_four: str = ""


def read(text: str) -> Presented | None:
    """Return what may be known of a code; None when it is no whole one of this kind."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    nodes, rest = tlv.read(data)
    if rest or len(data) > _LONGEST or not nodes or (nodes[0].tag, nodes[0].value) != (_FORMAT, _VERSION):
        return None
    applications = [node.children for node in nodes if node.tag == _APPLICATION]
    aids = [tlv.value(children, _AID) or b"" for children in applications]
    if not aids or not all(5 <= len(aid) <= 16 for aid in aids):
        return None
    common = [child for node in nodes if node.tag == _COMMON for child in node.children]
    number = tlv.value([*applications[0], *common], _NUMBER) or b""
    label = (tlv.value(applications[0], _LABEL) or b"").decode("ascii", "replace")
    return Presented(aids[0].hex().upper(), label[:16], number.hex().rstrip("f")[-4:])
