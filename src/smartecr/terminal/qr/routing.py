"""Whose code a customer shows: first match wins; what is no payment code goes to the scanner's own rules.

Only asked while a payment is open. The number ranges are those the schemes publish for in-store codes; they are a
table, since schemes change them. Goods never match: EAN, UPC and GTIN have 8 to 14 digits, and a GS1-128 read with its
AIM identifier (``]C1``) or a separator is not digits alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from smartecr.core.records import dataclass
from smartecr.terminal.qr import cpm

__all__ = ["ROUTES", "Route", "Scheme", "is_ours", "plain", "schemes_of"]


class Scheme(StrEnum):
    """Kinds of codes customers show."""

    EMV = "emv"  # EMVCo consumer presented: wallets of card schemes
    BLUECODE = "bluecode"
    WECHAT = "wechat"
    ALIPAY_PLUS = "alipay_plus"
    ALIPAY = "alipay"


@dataclass(frozen=True, slots=True)
class Route:
    """Codes that match ``pattern`` as a whole are of ``scheme``."""

    scheme: Scheme
    pattern: re.Pattern[str]


def _route(scheme: Scheme, pattern: str) -> Route:
    return Route(scheme, re.compile(pattern, re.ASCII))


ROUTES: Final[Sequence[Route]] = (
    _route(Scheme.EMV, rf"{cpm.START}[A-Za-z0-9+/]{{4,}}={{0,2}}"),
    _route(Scheme.BLUECODE, r"988[0-9]{17}"),
    _route(Scheme.WECHAT, r"1[0-5][0-9]{16}"),
    _route(Scheme.ALIPAY_PLUS, r"(?:2[5-9]|30)[0-9]{22}"),
    _route(Scheme.ALIPAY_PLUS, r"289[0-9]{10}6[0-9]{5}"),
    _route(Scheme.ALIPAY, r"(?:2[5-9]|30)[0-9]{14,22}"),
)

#: codes a shop or a bill shows: nothing a customer pays us with
_OURS = re.compile(
    r"BCD\r?\n00[12]\r?\n.*|0002(?:01|02)[0-9]{2}.*|[a-z][a-z0-9+.-]*://.*", re.ASCII | re.DOTALL | re.IGNORECASE
)


#: what a scanner puts in front of the code's text (AIM): plain symbols alone, GS1 ones carry goods
_READ_AS = re.compile(r"\](?:C0|Q[0-2]|d[0145]|z[0-9A-C]|L[0-9])", re.ASCII)


def plain(text: str) -> str:
    """Return a code without the mark of the scanner that read it, and without white space around it."""
    text = text.strip()
    mark = _READ_AS.match(text)
    return text[mark.end() :] if mark else text


def schemes_of(text: str, routes: Sequence[Route] = ROUTES) -> tuple[Scheme, ...]:
    """Return the schemes a code may be of, the likeliest first; () for what is no code a customer pays with."""
    text = plain(text)
    found = [route.scheme for route in routes if route.pattern.fullmatch(text)]
    if Scheme.EMV in found and cpm.read(text) is None:
        return ()
    return tuple(dict.fromkeys(found))


def is_ours(text: str) -> bool:
    """Tell whether a code is one that a shop shows (GiroCode, EMVCo merchant presented, an address)."""
    return bool(_OURS.fullmatch(plain(text)))
