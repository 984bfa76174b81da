"""What stands in one cell of the article CSV, both ways: German words and numbers, and what spreadsheets do to them.

Texts that a spreadsheet would take for a number, a date or a formula are written as ="…" or with a leading apostrophe
(the usual guard against formula injection); both are taken off again when read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import codes, csvdates
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.rows import LEVELS
from smartecr.core import vat
from smartecr.core.content import parse_content
from smartecr.core.errors import CoreError
from smartecr.core.kinds import DEPOSIT, DEPOSIT_BACK, MULTI_SALE, SINGLE_SALE, TURNOVER
from smartecr.core.money import format_cents, parse_cents
from smartecr.core.quantity import ONE, format_quantity, parse_quantity
from smartecr.core.records import dataclass

VAT_WORDS = {
    1: "allgemein",
    2: "ermäßigt",
    3: "landwirtschaftlich",
    4: "forstwirtschaftlich",
    5: "nicht steuerbar",
    6: "steuerfrei",
    7: "nicht ermittelbar",
    8: "Nullsatz",
}
"""How VAT keys are written: by kind, so that a file outlives a change of rates. Read are also "19 %" and "7 %"."""

_YES = frozenset({"ja", "j", "x", "1", "wahr", "true", "yes"})
_NO = frozenset({"nein", "n", "0", "falsch", "false", "no", "-"})
_KINDS = {kind.casefold(): kind for kind in (TURNOVER, DEPOSIT, DEPOSIT_BACK, MULTI_SALE, SINGLE_SALE)}
_KINDS |= {"artikel": TURNOVER, "pfandrückzahlung": DEPOSIT_BACK, "pfandrückgabe": DEPOSIT_BACK}
_KINDS |= {"gutschein": MULTI_SALE, "mehrzweckgutschein": MULTI_SALE, "einzweckgutschein": SINGLE_SALE}
_PLAIN_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_LIKE_NUMBER = re.compile(r"[0-9.,:/ eE+-]+%?", re.ASCII)
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+", re.ASCII)
_FORMULA = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
_RISKY = ("=", "+", "-", "@", "'", "\t", "\r")


def guard(text: str, *, always: bool = False) -> str:
    """Return `text` as a cell that a spreadsheet leaves alone; `always` for columns of numbers and codes."""
    if (always or _LIKE_NUMBER.fullmatch(text)) and text and not _PLAIN_NUMBER.fullmatch(text):
        return '="{}"'.format(text.replace('"', '""'))
    return f"'{text}" if text.startswith(_RISKY) else text


def unguard(cell: str) -> str:
    """Return the text of a cell: without the blanks around it, the guard of `guard`, or a typed ="…"."""
    text = cell.strip(" \t\u00a0")
    formula = _FORMULA.fullmatch(text)
    if formula:
        return formula[1].replace('""', '"')
    return text[1:] if text[:1] == "'" and text[1:2] in _RISKY else text


@dataclass(frozen=True, slots=True)
class Column:
    """One column: heading, the column of the row it fills, and how its cells are written and read.

    `read` gets the text of a cell that is not empty and raises CatalogError or CoreError; `empty` is what an empty
    cell stands for, or Ellipsis when the heading decides nothing then (the old value or the default holds).
    """

    heading: str
    field: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]
    empty: Any = ...


def _yes(value: bool) -> str:
    return "ja" if value else "nein"


def read_yes(text: str) -> bool:
    """Return what ja or nein says, also x, 1, 0, wahr and falsch. Raises CatalogError."""
    word = text.casefold()
    if word not in _YES | _NO:
        raise CatalogError("bool", _("Hier gehört ja oder nein hin."))
    return word in _YES


def read_whole(text: str) -> int:
    """Return a whole number. Raises CatalogError."""
    if not re.fullmatch(r"[0-9]{1,9}(?:,0{1,3})?", text, re.ASCII):
        raise CatalogError("whole", _("Hier gehört eine ganze Zahl hin."))
    return int(text.split(",")[0])


def _read_age(text: str) -> int:
    return read_whole(text.casefold().removeprefix("ab").strip())


def _read_kind(text: str) -> str:
    kind = _KINDS.get(text.casefold())
    if kind is None:
        raise CatalogError("choice", _("Ein Artikel ist Umsatz, Pfand, PfandRueckzahlung oder Gutschein."))
    return kind


def read_number(text: str) -> str:
    """Return an article number as it stands. Raises CatalogError for one that a spreadsheet has shortened."""
    if "," in text and _SHORTENED.fullmatch(text):
        raise CatalogError(
            "shortened", _("Die Tabellenkalkulation hat diese Nummer verkürzt. Spalte als Text formatieren.")
        )
    return text


def vat_reader(day: date) -> Callable[[str], int]:
    """Return the reader of VAT cells: a word of `VAT_WORDS`, or a rate of `day` that only one of them has."""
    words = {word.casefold(): key for key, word in VAT_WORDS.items()}
    words |= {"voll": 1, "normal": 1, "regulär": 1, "ermäßigter satz": 2}
    rates = {vat.rate_on(key, day): key for key in (4, 3, 2, 1)}

    def read(text: str) -> int:
        key = words.get(text.casefold())
        if key is None:
            key = rates.get(_basis_points(text), 0)
        if not key:
            raise CatalogError(
                "vat_key", _("Diesen Steuersatz gibt es nicht. Möglich: 19 %, 7 %, nicht steuerbar, steuerfrei.")
            )
        return key

    return read


def _basis_points(text: str) -> int:
    try:
        return parse_cents(text.removesuffix("%").strip())
    except CoreError:
        return -1


def write_codes(quantities: Mapping[str, int]) -> str:
    """Return {code: thousandths} as a cell: "4006381333931 | 14006381333938*6"."""
    return " | ".join(
        code if quantity == ONE else f"{code}*{format_quantity(quantity)}"
        for code, quantity in sorted(quantities.items())
    )


def read_codes(text: str) -> dict[str, int]:
    """Return the codes of a cell with the thousandths they stand for, in canonical form. Raises CatalogError."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split("|"))):
        name, star, count = part.partition("*")
        if _SHORTENED.fullmatch(name):
            text = _(
                "Die Tabellenkalkulation hat diesen Code verkürzt. Spalte als Text formatieren, Code neu eintragen."
            )
            raise CatalogError("shortened", text)
        quantity = parse_quantity(count) if star else ONE
        if quantity < 1:
            raise CatalogError("range", _("Ein Code steht für mehr als nichts."))
        code = codes.checked(name)
        if code in found:
            raise CatalogError("twice", _("Der Code {code} steht zweimal in der Zelle.").format(code=code))
        found[code] = quantity
    return found


def columns(day: date) -> list[Column]:
    """Return all columns in the order of the file; VAT rates are read as of `day`."""
    read_vat = vat_reader(day)
    plain = str
    return [
        Column("Nummer", "number", lambda text: guard(text, always=True), read_number),
        Column("Name", "name", guard, plain),
        Column("Warengruppe", "group", guard, plain),
        Column("Preis", "price_cents", _cents, parse_cents),
        *(Column(f"Preis {level}", f"price {level}", _cents, parse_cents, None) for level in LEVELS),
        Column("Preise mit Datum", "dated", csvdates.write, csvdates.read, ()),
        Column("Einkauf netto", "cost_cents", _cents, parse_cents, None),
        Column("Freier Preis", "open_price", _yes, read_yes, False),
        Column("Einheit", "unit", guard, plain, ""),
        Column("Inhalt", "content", guard, parse_content, None),
        Column("MwSt im Haus", "vat_key_in", VAT_WORDS.__getitem__, read_vat),
        Column("MwSt außer Haus", "vat_key_out", VAT_WORDS.__getitem__, read_vat),
        Column("Codes", "codes", lambda cell: guard(write_codes(cell), always=True), read_codes, {}),
        Column("Pfandartikel", "deposit", lambda text: guard(text, always=True), read_number, None),
        Column("Ab Alter", "age", str, _read_age, 0),
        Column("Ausverkauft", "sold_out", _yes, read_yes, False),
        Column("Favorit", "favourite_position", lambda place: "" if place is None else str(place), read_whole, None),
        Column("Position", "position", str, read_whole, 0),
        Column("Symbol", "icon", guard, plain, ""),
        Column("Bild", "picture", guard, plain, ""),
        Column("Bestand führen", "stocked", _yes, read_yes, False),
        Column("Mindestbestand", "stock_min", _amount, parse_quantity, None),
        Column("Auffüllen bis", "stock_full", _amount, parse_quantity, None),
        Column("Art", "gv_typ", plain, _read_kind, TURNOVER),
        Column("Aktiv", "active", _yes, read_yes, True),
    ]


ALIASES = {
    "artikelnummer": "Nummer",
    "artikelnr": "Nummer",
    "bezeichnung": "Name",
    "artikel": "Name",
    "gruppe": "Warengruppe",
    "verkaufspreis": "Preis",
    "einkaufspreis": "Einkauf netto",
    "ean": "Codes",
    "gtin": "Codes",
    "strichcode": "Codes",
    "barcode": "Codes",
}
"""Other headings that are understood, in lower case."""


def _amount(quantity: int | None) -> str:
    return "" if quantity is None else format_quantity(quantity).replace("−", "-")


def _cents(cents: int | None) -> str:
    return "" if cents is None else format_cents(cents, minus="-")
