"""Codes on packages: GTINs (GS1 General Specifications, section 7.9 for the check digit) and any other printable code.

One product has one GTIN however many leading zeros a scanner sends: UPC-A 036000291452 is EAN-13 0036000291452. So
every GTIN is kept in one form, 8 digits where they suffice, else 13, else 14.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from smartecr.catalog.errors import CatalogError

MAX_LENGTH = 48
_GTIN_LENGTHS = (8, 12, 13, 14)
_CODE = re.compile(r"(?! )[ -)+-{}~]+(?<! )", re.ASCII)


def check_digit(digits: str) -> str:
    """Return the GTIN check digit of `digits` (all digits before it): weights 3 and 1 from the right, up to tens."""
    return str(-(3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))) % 10)


def looks_like_gtin(code: str) -> bool:
    """Return whether `code` has the shape of a GTIN: 8, 12, 13 or 14 ASCII digits."""
    return len(code) in _GTIN_LENGTHS and code.isascii() and code.isdecimal()


def canonical(code: str) -> str:
    """Return the form under which `code` is kept and found; what is no GTIN stays as it is."""
    if not looks_like_gtin(code):
        return code
    digits = code.lstrip("0")
    return digits.zfill(8 if len(digits) <= 8 else 13 if len(digits) <= 13 else 14)


def checked(code: str) -> str:
    """Return the canonical form of a code to be kept.

    Raises CatalogError (field "code"): empty, too long, unprintable, with * or | (they separate codes in CSV files), or
    a GTIN with a wrong check digit.
    """
    code = code.strip()
    if not code or len(code) > MAX_LENGTH or not _CODE.fullmatch(code):
        text = _("Ein Strichcode hat 1 bis {count} Zeichen ohne Umlaute, * und |: {code}")
        raise CatalogError("code_shape", text.format(count=MAX_LENGTH, code=code[:MAX_LENGTH]), "code")
    if looks_like_gtin(code) and (check_digit(code[:-1]) != code[-1] or not code.strip("0")):
        text = _("Die Prüfziffer von {code} stimmt nicht. Richtig wäre {digit} am Ende.")
        raise CatalogError("check_digit", text.format(code=code, digit=check_digit(code[:-1])), "code")
    return canonical(code)
