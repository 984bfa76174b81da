"""GS1 element strings: what stands in GS1-128, GS1 DataMatrix, GS1 DataBar Expanded and GS1 QR codes.

An application identifier (AI) says what follows it and how long that is; values of variable length end at FNC1, which
scanners send as GS (0x1D). Source: GS1 General Specifications, sections 3 (AIs), 7.8 (processing), 7.12 (dates).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from smartecr.scanner import gtin
from smartecr.scanner.code import Code, CodeError, Kind

GS = "\x1d"
_MOST_ELEMENTS = 40

#: by the first two digits: length of the AI, length of the value (None: up to the most, ended by GS), the most
_TABLE: dict[str, tuple[int, int | None, int]] = {
    "00": (2, 18, 18),
    **dict.fromkeys(("01", "02", "03"), (2, 14, 14)),
    **{str(prefix): (2, 6, 6) for prefix in range(11, 18)},
    "20": (2, 2, 2),
    "10": (2, None, 20),
    "21": (2, None, 20),
    "22": (2, None, 20),
    "23": (3, None, 28),
    "24": (3, None, 30),
    "25": (3, None, 30),
    "30": (2, None, 8),
    "37": (2, None, 8),
    **{str(prefix): (4, 6, 6) for prefix in (31, 32, 33, 34, 35, 36)},
    "39": (4, None, 18),
    "40": (3, None, 30),
    "41": (3, 13, 13),
    "42": (3, None, 20),
    "43": (4, None, 70),
    "70": (4, None, 30),
    "71": (3, None, 20),
    "72": (4, None, 30),
    "80": (4, None, 70),
    "81": (4, None, 70),
    "82": (4, None, 70),
    **{str(prefix): (2, None, 90) for prefix in range(90, 100)},
}
_CHECKED = ("00", "01", "02", "03", "410", "411", "412", "413", "414", "415", "416", "417")
_NUMERIC = (*_CHECKED, "20", "30", "37")
_VALUE = re.compile(r"[!-\"%-?A-Z_a-z]+", re.ASCII)  # character set 82 of section 7.11
_BRACKETS = re.compile(r"\(([0-9]{2,4})\)(.+?)(?=\([0-9]{2,4}\)|$)", re.ASCII)
_EURO = "978"


def split(text: str) -> dict[str, str]:
    """Take an element string with GS apart: AI to value. Raises CodeError for what breaks the rules."""
    elements: dict[str, str] = {}
    rest = text.lstrip(GS)
    while rest:
        ai_length, length, most = _entry(rest)
        ai, rest = rest[:ai_length], rest[ai_length:]
        if length is None:
            value, _, rest = rest.partition(GS)
        else:
            value, rest = rest[:length], rest[length:].removeprefix(GS)
        _add(elements, ai, value, length, most)
    return elements


def split_brackets(text: str) -> dict[str, str] | None:
    """Take the human readable form ``(01)0400…(10)AB`` apart; None when `text` is not written like that."""
    found = list(_BRACKETS.finditer(text))
    if "".join(match.group() for match in found) != text:
        return None
    return collect(match.groups() for match in found)


def collect(pairs: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Check pairs of AI and value and return them. Raises CodeError for what breaks the rules."""
    elements: dict[str, str] = {}
    for ai, value in pairs:
        _ai_length, length, most = _entry(ai)
        _add(elements, ai, value, length, most)
    return elements


def join(elements: Mapping[str, str]) -> str:
    """Write an element string: the inverse of `split`."""
    text = ""
    for place, (ai, value) in enumerate(elements.items(), 1):
        variable = _entry(ai)[1] is None
        text += ai + value + (GS if variable and place < len(elements) else "")
    return text


def read(elements: Mapping[str, str], today: date, *, text: str, form: str = "gs1") -> Code:
    """Say what the elements mean. `today` decides the century of dates. Raises CodeError when there is no article."""
    number = elements.get("01")
    coupon = elements.get("255")
    if number is None and coupon is None:
        if "00" in elements or "02" in elements:
            raise CodeError("no_article", "Das ist das Etikett einer Versandeinheit (SSCC) und kein Artikel.")
        raise CodeError("no_article", "In diesem GS1-Code steht kein Artikel.")
    code = Code(
        text=text,
        kind=Kind.ARTICLE if number else Kind.COUPON,
        format=form,
        gtin=gtin.canonical(number) if number else None,
        number=coupon,
        price=_price(elements),
        weight=_weight(elements),
        quantity=int(elements["30"]) * 1000 if "30" in elements else None,
        batch=elements.get("10"),
        serial=elements.get("21"),
        best_before=_date(elements.get("15"), today),
        expiry=_date(elements.get("17"), today),
        elements=elements,
    )
    if code.kind is Kind.COUPON:
        return code
    if code.price is not None:
        return replace(code, kind=Kind.PRICE_LABEL)
    # A GTIN-14 that begins with 9 is of variable measure: only then is the weight what is sold (section 2.1).
    return replace(code, kind=Kind.WEIGHT_LABEL) if code.weight and number and number[0] == "9" else code


def known(ai: str) -> bool:
    """Whether `ai` is an application identifier, whole."""
    return gtin.digits(ai) and ai[:2] in _TABLE and len(ai) == _TABLE[ai[:2]][0]


def _entry(text: str) -> tuple[int, int | None, int]:
    if text[:2] not in _TABLE:
        raise _broken(f"unbekannte Kennung {text[:4]}")
    return _TABLE[text[:2]]


def _add(elements: dict[str, str], ai: str, value: str, length: int | None, most: int) -> None:
    if not known(ai):
        raise _broken(f"unbekannte oder abgeschnittene Kennung {ai}")
    if length is not None and len(value) != length:
        raise _broken(f"({ai}) ist abgeschnitten")
    if not value or len(value) > most or not _VALUE.fullmatch(value):
        raise _broken(f"({ai}) ist leer, zu lang oder hat unerlaubte Zeichen")
    if (length is not None or ai in _NUMERIC) and not gtin.digits(value):
        raise _broken(f"({ai}) hat Zeichen, die keine Ziffern sind")
    if ai in _CHECKED and not gtin.checked(value):
        raise CodeError("check_digit", f"Falsch gelesen: Die Prüfziffer von ({ai}) {value} stimmt nicht.")
    if elements.setdefault(ai, value) != value or len(elements) > _MOST_ELEMENTS:
        raise _broken(f"({ai}) steht zweimal mit verschiedenem Inhalt darin")


def _broken(why: str) -> CodeError:
    return CodeError("gs1", f"Der GS1-Code ist unvollständig oder falsch gelesen: {why}.")


def _date(value: str | None, today: date) -> date | None:
    """A date YYMMDD, at most 49 years back and 50 ahead; day 00 is the last of the month (section 7.12)."""
    if value is None:
        return None
    distance = int(value[:2]) - today.year % 100
    century = today.year // 100 - (distance > 50) + (distance < -49)
    year, month, day = century * 100 + int(value[:2]), int(value[2:4]), int(value[4:])
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        raise _broken(f"{value} ist kein Datum") from None


def _decimal(value: str, places: str, wanted: int) -> int:
    """`value` with as many decimals as the digit `places` says, in units with `wanted` decimals, half up."""
    if not (gtin.digits(value) and gtin.digits(places)):
        raise _broken(f"{value} ist keine Zahl")
    whole = int(value.ljust(len(value) + wanted, "0"))
    part: int = 10 ** int(places)
    return (2 * whole + part) // (2 * part)


def _weight(elements: Mapping[str, str]) -> int | None:
    """Net weight in kilograms, AI 310n, as grams."""
    found = next((ai for ai in elements if ai.startswith("310")), None)
    return _decimal(elements[found], found[3], 3) if found else None


def _price(elements: Mapping[str, str]) -> int | None:
    """Amount to pay, AI 392n in the currency of the country or 393n with its own (390n and 391n on a coupon)."""
    for ai, value in elements.items():
        if ai[:3] in ("390", "392"):
            return _decimal(value, ai[3], 2)
        if ai[:3] in ("391", "393"):
            if value[:3] != _EURO:
                raise CodeError("currency", "Der Preis in diesem Code ist nicht in Euro.")
            return _decimal(value[3:], ai[3], 2)
    return None
