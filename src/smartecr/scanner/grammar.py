"""The one parser for everything that is scanned or typed: camera, keyboard wedge, serial imager, hand.

A wrong check digit or a part of a code is an error and never an article. What a shop's own codes mean stands in a
`Grammar`, a table that a shop can change; `GRAMMAR` is the one without changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from smartecr.core.records import dataclass
from smartecr.scanner import elements, gtin, link, tokens
from smartecr.scanner.code import Code, CodeError, Kind
from smartecr.scanner.layout import Layout

MAX_LENGTH = 2048
_MOST_NUMBER = 7  # digits of an article number: from 8 on it is the length of a GTIN
_MOST_TEXT = 48  # of a code that may be stored with an article
_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_GS1 = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")
_EAN = ("]E0", "]E1", "]E2", "]E3", "]E4")
_LENGTHS = {"]E1": (2,), "]E2": (5,), "]E3": (14, 15, 17, 18), "]E4": (8,), "]I1": (14,)}
_WITH_ADD_ON = ("414", "419", "977", "978", "979")
_TEXT = re.compile(r"[ -~]+", re.ASCII)
_ISBN = re.compile(r"ISBN(?:-1[03])?:? *([0-9Xx -]+)", re.ASCII | re.IGNORECASE)
_HYPHENS = re.compile(r"(?:97[89][- ])?[0-9]{1,5}[- ][0-9]+[- ][0-9]+[- ][0-9Xx]|[0-9]{9}[Xx]", re.ASCII)
_FORMS = {8: "ean8", 12: "upca", 13: "ean13", 14: "gtin14"}
_AGAIN = "Bitte noch einmal scannen."

LAYOUTS = (
    Layout("21IIIIKWWWWWC", Kind.WEIGHT_LABEL),
    Layout("22IIIIKPPPPPC", Kind.PRICE_LABEL),
    Layout("23IIIIKWWWWWC", Kind.WEIGHT_LABEL),
    Layout("28IIIIKPPPPPC", Kind.PRICE_LABEL),
    Layout("29IIIIKWWWWWC", Kind.WEIGHT_LABEL),
    Layout("414IIIIIPPPPC", Kind.PRESS, vat="standard"),
    Layout("419IIIIIPPPPC", Kind.PRESS, vat="reduced"),
    Layout("980NNNNNNNNNC", Kind.DEPOSIT),
    Layout("981NNNNNNPPPC", Kind.COUPON, cents=10),
    Layout("982NNNNNNPPPC", Kind.COUPON),
    Layout("983NNNNNNNNNC", Kind.COUPON),
    Layout("99NNNNNNNNNNC", Kind.COUPON),
)
"""Labels of scales as they are common in Germany, press (GS1 Germany and VDZ), refund slips (GS1 prefix 980), coupons
in Euro (981 to 983) and national ones (99). GS1 leaves 20 to 29 to the shop: what its scale prints has the last word.
"""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What codes mean in one shop. Of two layouts with the same beginning the longer prefix counts, then the first.

    ``prefixes`` is what stands before the shop's own cards and vouchers. ``before`` and ``after`` are what its scanners
    add to each code, ``separator`` how they send FNC1 where they cannot send GS.
    """

    layouts: tuple[Layout, ...] = LAYOUTS
    prefixes: Mapping[str, Kind] = field(default_factory=lambda: tokens.PREFIXES, hash=False)
    before: str = ""
    after: str = ""
    separator: str = "<GS>"
    _starts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(layout.prefix for layout in self.layouts))

    def parse(self, text: str, today: date, *, typed: bool = False) -> Code:
        """Read one code; never raises: what cannot be read is a Code of kind INVALID that says why.

        `today` decides the century of dates. A person may type an article number of 1 to 7 digits and hyphens in an
        ISBN; from a scanner so few digits are a part of a code.
        """
        symbology, text = self._cleaned(text)
        if typed and gtin.digits(text.replace(" ", "")):
            text = text.replace(" ", "")
        try:
            code = self._read(text, symbology, today, typed)
        except CodeError as error:
            code = Code(
                text=text,
                kind=Kind.INVALID,
                format=_form(text),
                symbology=symbology,
                error=error.code,
                message=str(error),
            )
        same = code.text == text and code.symbology == symbology
        return code if same else replace(code, text=text, symbology=symbology)

    def _cleaned(self, text: str) -> tuple[str, str]:
        """Return the AIM identifier and the content."""
        text = text.strip("\0\r\n\t ")
        if self.before:
            text = text.removeprefix(self.before)
        if self.after:
            text = text.removesuffix(self.after)
        identifier = _IDENTIFIER.match(text)
        if identifier:
            text = text[3:]
        return (identifier.group() if identifier else ""), text

    def _read(self, text: str, symbology: str, today: date, typed: bool) -> Code:
        if not text:
            raise CodeError("empty", f"Es kam ein leerer Code an. {_AGAIN}")
        if len(text) > MAX_LENGTH:
            raise CodeError("too_long", "Der Code ist zu lang für einen Artikel, eine Karte oder einen Beleg.")
        found = tokens.own(text, self.prefixes) or tokens.receipt(text)
        if found:
            return found
        if symbology in _GS1 or elements.GS in text or (self.separator and self.separator in text):
            return self._gs1(text, today)
        if gtin.digits(text):
            return self._digits(text, symbology, today, typed)
        return (
            self._written(text, symbology, today)
            or tokens.payment(text)
            or self._element_string(text, today)
            or _plain(text)
        )

    def _gs1(self, text: str, today: date) -> Code:
        text = text.replace(self.separator, elements.GS) if self.separator else text
        return elements.read(elements.split_brackets(text) or elements.split(text), today, text=text)

    def _element_string(self, text: str, today: date) -> Code | None:
        """An element string without identifier and without GS: believed when the GTIN and all the rest are right."""
        if text[:2] != "01" or not gtin.digits(text[2:16]) or len(text) < 16 or not gtin.checked(text[2:16]):
            return None
        return elements.read(elements.split(text), today, text=text)

    def _written(self, text: str, symbology: str, today: date) -> Code | None:
        """Forms with brackets, slashes and hyphens: human readable GS1, digital links, ISBN, add-ons."""
        brackets = elements.split_brackets(text) if text[0] == "(" and not symbology else None
        if brackets:
            return elements.read(brackets, today, text=text)
        if text[:8].lower().startswith(("http://", "https://")):
            linked = link.split(text)
            return elements.read(linked, today, text=text, form="digital_link") if linked else None
        return (None if symbology else self._isbn(text)) or self._with_add_on(text)

    def _isbn(self, text: str) -> Code | None:
        named = _ISBN.fullmatch(text)
        if not named and not _HYPHENS.fullmatch(text):
            return None
        short = (named[1] if named else text).replace("-", "").replace(" ", "")
        if not named and len(short) != 10 and short[:3] not in ("978", "979"):
            return None
        long = gtin.isbn10(short) if len(short) == 10 else short
        if long is None or not gtin.digits(long) or len(long) != 13 or not gtin.checked(long):
            raise CodeError("check_digit", f"Die Prüfziffer der ISBN {text[:40]} stimmt nicht.")
        return replace(self._gtin(long), format="isbn10" if len(short) == 10 else "ean13")

    def _with_add_on(self, text: str) -> Code | None:
        """A code and its add-on parted by a blank or a plus, as some scanners send it."""
        parted = re.fullmatch(r"([0-9]{13})[ +]([0-9]{2}|[0-9]{5})", text, re.ASCII)
        return replace(self._gtin(parted[1]), issue=parted[2]) if parted else None

    def _digits(self, text: str, symbology: str, today: date, typed: bool) -> Code:
        length = len(text)
        if symbology in _LENGTHS and length not in _LENGTHS[symbology]:
            raise _partial(text)
        if length in gtin.LENGTHS and symbology != "]E3":
            return self._gtin(text, upc_e=symbology in ("", "]E0"))
        paying = None if symbology in (*_EAN, "]I1") else tokens.payment(text)
        if paying:
            return paying
        if length in (15, 18) and (symbology == "]E3" or (not symbology and text.startswith(_WITH_ADD_ON))):
            return replace(self._gtin(text[:13]), issue=text[13:])
        if length in (14, 17) and symbology == "]E3":
            return replace(self._gtin(text[:12]), issue=text[12:])
        if symbology and symbology not in _EAN and symbology != "]I1":
            # Such symbols prove themselves that they were read whole.
            kind = Kind.NUMBER if length <= _MOST_NUMBER else Kind.TEXT
            return Code(text=text, kind=kind, format="number")
        if typed and length <= _MOST_NUMBER:
            return Code(text=text, kind=Kind.NUMBER, format="number")
        if typed and length == 10 and (book := gtin.isbn10(text)):
            return replace(self._gtin(book), format="isbn10")
        found = self._element_string(text, today)
        if found is None:
            raise _wrong_length(text)
        return found

    def _gtin(self, number: str, *, upc_e: bool = False) -> Code:
        """Read 8, 12, 13 or 14 digits. Raises CodeError for a wrong check digit, outside or inside."""
        form = _FORMS[len(number)]
        if not gtin.checked(number):
            long = gtin.expand_upc_e(number) if upc_e and len(number) == 8 and number[0] == "0" else None
            if long is None:
                raise CodeError(
                    "check_digit", f"Falsch gelesen oder vertippt: Die Prüfziffer von {number} stimmt nicht. {_AGAIN}"
                )
            number, form = long, "upce"
        short = gtin.canonical(number)
        if len(short) == 13 and short.startswith(self._starts):
            fits = [layout for layout in self.layouts if short.startswith(layout.prefix)]
            return max(fits, key=lambda layout: len(layout.prefix)).read(short)
        kind = Kind.PRESS if short[:3] == "977" else Kind.BOOK if short[:3] in ("978", "979") else Kind.ARTICLE
        return Code(text=number, kind=kind if len(short) == 13 else Kind.ARTICLE, format=form, gtin=short)


def _wrong_length(text: str) -> CodeError:
    half, rest = text[: len(text) // 2], text[len(text) // 2 :]
    if len(half) == len(rest) and len(half) in gtin.LENGTHS and gtin.checked(half) and gtin.checked(rest):
        return CodeError("glued", "Zwei Codes sind ineinander gelaufen. Bitte die Artikel einzeln scannen.")
    return _partial(text)


def _partial(text: str) -> CodeError:
    return CodeError("partial", f"Unvollständig gelesen: {text[:40]} hat {len(text)} Stellen. {_AGAIN}")


def _plain(text: str) -> Code:
    if not _TEXT.fullmatch(text) or (len(text) > _MOST_TEXT and "://" not in text):
        raise CodeError("unreadable", "Der Code hat Zeichen, die kein Artikel und keine Karte hat, oder ist zu lang.")
    return Code(text=text, kind=Kind.TEXT, format="url" if "://" in text else "text")


def _form(text: str) -> str:
    return _FORMS.get(len(text), "number") if gtin.digits(text) else "text"


GRAMMAR = Grammar()
