"""Full rows for new and changed master data, checked field by field. Pure: what other rows say is checked in `checks`.

A row is `{"table": …, "key": …, "columns": {all columns}}`, with `columns` None for a row that goes. These rows are
what the journal keeps, so they hold only text, ints, bools and None.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from smartecr.catalog import codes
from smartecr.catalog.errors import CatalogError
from smartecr.core import ids, vat
from smartecr.core.content import UNITS
from smartecr.core.kinds import DEPOSIT, DEPOSIT_BACK, MULTI_SALE, SINGLE_SALE, TURNOVER, VOUCHER_SALES
from smartecr.core.money import MAX_CENTS
from smartecr.core.quantity import MAX_QUANTITY, ONE

GROUP, ARTICLE, BARCODE, PRICE = "catalog_group", "catalog_article", "catalog_barcode", "catalog_price"
AGES = (0, 16, 18)
KINDS = (TURNOVER, DEPOSIT, DEPOSIT_BACK, MULTI_SALE, SINGLE_SALE)
LEVELS = range(2, 10)
SOFT_HYPHEN = "\u00ad"
MAX_POSITION = 999_999

_NUMBER = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._/-]{0,28}[0-9A-Za-z])?", re.ASCII)
_ICON = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_BLANKS = re.compile("[ \u00a0\u2000-\u200a\u202f\u3000]+")
_FORMER = frozenset(vat.FORMER_KEYS)


class Row(TypedDict):
    """A row as it stands after the change; `columns` None when it goes."""

    table: str
    key: str
    columns: dict[str, Any] | None


_GROUP_DEFAULTS: dict[str, Any] = {
    "icon": "tag", "hue": 84, "position": 0, "vat_key_in": vat.GENERAL, "vat_key_out": vat.GENERAL, "active": True,
    "station": "",
}  # fmt: skip
_ARTICLE_DEFAULTS: dict[str, Any] = {
    "price_cents": 0, "cost_cents": None, "prices": "{}", "offers": "{}", "open_price": False, "unit": "",
    "content": None, "content_unit": "",
    "favourite_position": None, "position": 0, "sold_out": False, "age": 0, "deposit_article_id": None,
    "gv_typ": TURNOVER, "icon": "", "picture": "", "stocked": False, "stock_min": None, "stock_full": None,
    "active": True,
}  # fmt: skip


def group_row(values: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Row:
    """Return the row of a group: `values` over `old` (its present columns) or over the defaults of a new one.

    Raises CatalogError naming the field. A new group needs "id" and "name".
    """
    columns = _merged(values, old, _GROUP_DEFAULTS, ("id", "name"))
    columns = {
        "id": _id(columns, "id"),
        "name": _text(columns, "name", 1, 50),
        "icon": _icon(columns, empty=False),
        "hue": _int(columns, "hue", 0, 359),
        "position": _int(columns, "position", 0, MAX_POSITION),
        "vat_key_in": _vat_key(columns, "vat_key_in"),
        "vat_key_out": _vat_key(columns, "vat_key_out"),
        "active": _bool(columns, "active"),
        "station": _text(columns, "station", 0, 20),
    }
    return Row(table=GROUP, key=columns["id"], columns=columns)


def article_row(
    values: Mapping[str, Any], old: Mapping[str, Any] | None = None, group: Mapping[str, Any] | None = None
) -> Row:
    """Return the row of an article: `values` over `old`, or over the defaults of a new one (VAT keys from `group`).

    "prices" may be a dict {level: cents} or its text. Raises CatalogError naming the field. A new article needs "id",
    "number", "name", "group_id", and its VAT keys unless `group` is given.
    """
    defaults = dict(_ARTICLE_DEFAULTS)
    if group is not None:
        defaults |= {"vat_key_in": group["vat_key_in"], "vat_key_out": group["vat_key_out"]}
    needed = ("id", "number", "name", "group_id", "vat_key_in", "vat_key_out")
    columns = _merged(values, old, defaults, needed)
    columns = {
        "id": _id(columns, "id"),
        "number": _number(columns),
        "name": _text(columns, "name", 1, 120),
        "group_id": _id(columns, "group_id"),
        "vat_key_in": _vat_key(columns, "vat_key_in"),
        "vat_key_out": _vat_key(columns, "vat_key_out"),
        "price_cents": _int(columns, "price_cents", -MAX_CENTS, MAX_CENTS),
        "cost_cents": _int(columns, "cost_cents", 0, MAX_CENTS, optional=True),
        "prices": _prices(columns),
        "offers": _text(columns, "offers", 2, 200),
        "open_price": _bool(columns, "open_price"),
        "unit": _text(columns, "unit", 0, 12),
        "content": _int(columns, "content", 1, MAX_QUANTITY, optional=True),
        "content_unit": _one_of(columns, "content_unit", ("", *UNITS)),
        "favourite_position": _int(columns, "favourite_position", 1, MAX_POSITION, optional=True),
        "position": _int(columns, "position", 0, MAX_POSITION),
        "sold_out": _bool(columns, "sold_out"),
        "age": _one_of(columns, "age", AGES),
        "deposit_article_id": _id(columns, "deposit_article_id", optional=True),
        "gv_typ": _one_of(columns, "gv_typ", KINDS),
        "icon": _icon(columns, empty=True),
        "picture": _text(columns, "picture", 0, 200),
        "stocked": _bool(columns, "stocked"),
        "stock_min": _int(columns, "stock_min", 0, MAX_QUANTITY, optional=True),
        "stock_full": _int(columns, "stock_full", 0, MAX_QUANTITY, optional=True),
        "active": _bool(columns, "active"),
    }
    _check_article(columns)
    return Row(table=ARTICLE, key=columns["id"], columns=columns)


def barcode_row(code: str, article_id: str, quantity: int = ONE) -> Row:
    """Return the row of a code that stands for `quantity` thousandths of an article. Raises CatalogError."""
    kept = codes.checked(code)
    columns = {"code": kept, "article_id": article_id, "quantity": quantity}
    _id(columns, "article_id")
    _int(columns, "quantity", 1, MAX_QUANTITY)
    return Row(table=BARCODE, key=kept, columns=columns)


def without_barcode(code: str) -> Row:
    """Return the row that takes a code away."""
    return Row(table=BARCODE, key=codes.canonical(code), columns=None)


def price_row(values: Mapping[str, Any], article: Mapping[str, Any]) -> Row:
    """Return the row of a dated price ("id", "level", "cents", "begins", "ends" as UTC text) of an article's columns.

    Raises CatalogError naming the field: a voucher and an article with a typed price have none, and an end comes after
    the beginning.
    """
    columns = {
        "id": _id(values, "id"),
        "article_id": article["id"],
        "level": _int(values, "level", 1, LEVELS[-1]),
        "cents": _int(values, "cents", -MAX_CENTS, MAX_CENTS),
        "begins": values["begins"],
        "ends": values["ends"],
        "begun": False,
        "ended": False,
    }
    if article["open_price"]:
        raise CatalogError("open_price", _("Der Preis wird an der Kasse eingetippt."), "cents")
    priced = {"price_cents": columns["cents"], "prices": "{}"}
    _check_article({**article, **priced})
    if columns["ends"] and columns["ends"] <= columns["begins"]:
        raise CatalogError("ends", _("Das Ende kommt nach dem Anfang."), "ends")
    return Row(table=PRICE, key=columns["id"], columns=columns)


def without_price(price_id: str) -> Row:
    """Return the row that takes a dated price away that has not begun."""
    return Row(table=PRICE, key=price_id, columns=None)


def prices_text(prices: Mapping[int, int]) -> str:
    """Return {level: cents} as the column `prices` keeps it: JSON, levels in order, {2: 320} as {"2":320}."""
    return json.dumps({str(level): prices[level] for level in sorted(prices)}, separators=(",", ":"))


def tidy(text: str) -> str:
    """Return `text` as names are kept: composed characters (NFC), one ordinary blank between words, none around."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def _merged(
    values: Mapping[str, Any], old: Mapping[str, Any] | None, defaults: Mapping[str, Any], needed: tuple[str, ...]
) -> dict[str, Any]:
    unknown = sorted(set(values) - set(defaults) - set(needed))
    if unknown:
        raise CatalogError("unknown_field", _("Das Feld {field} gibt es nicht.").format(field=unknown[0]), unknown[0])
    columns = {**defaults, **(old or {}), **values}
    missing = [field for field in needed if field not in columns]
    if missing:
        raise CatalogError("missing", _("Das Feld {field} fehlt.").format(field=missing[0]), missing[0])
    if old is not None and columns["id"] != old["id"]:
        raise CatalogError("id", _("Die Kennung bleibt, wie sie ist."), "id")
    return columns


def _check_article(columns: Mapping[str, Any]) -> None:
    kind, cents = columns["gv_typ"], columns["price_cents"]
    every = [cents, *(json.loads(columns["prices"]).values() if columns["prices"] != "{}" else ())]
    if kind == DEPOSIT_BACK and any(price > 0 for price in every):
        raise CatalogError("sign", _("Eine Pfandrückgabe hat einen negativen Preis."), "price_cents")
    if kind != DEPOSIT_BACK and any(price < 0 for price in every):
        raise CatalogError("sign", _("Negativ ist nur der Preis einer Pfandrückgabe."), "price_cents")
    if columns["deposit_article_id"] is not None and kind != TURNOVER:
        raise CatalogError("deposit", _("Auf Pfand gibt es kein Pfand."), "deposit_article_id")
    if kind in VOUCHER_SALES:
        _check_voucher(columns)
    _check_content(columns)
    if columns["stocked"] and (columns["open_price"] or kind in VOUCHER_SALES):
        raise CatalogError("stocked", _("Bestand führt nur ein Artikel mit festem Preis, kein Gutschein."), "stocked")
    least, full = columns["stock_min"], columns["stock_full"]
    if least is not None and full is not None and full < least:
        raise CatalogError("stock_full", _("Aufgefüllt wird mindestens bis zum Mindestbestand."), "stock_full")
    if columns["deposit_article_id"] == columns["id"]:
        raise CatalogError("deposit", _("Ein Artikel kann nicht sein eigenes Pfand sein."), "deposit_article_id")


def _check_content(columns: Mapping[str, Any]) -> None:
    if (columns["content"] is None) != (columns["content_unit"] == ""):
        raise CatalogError("content", _("Zum Inhalt gehören eine Zahl und ihre Einheit: 250 g."), "content")
    if columns["content"] is not None and columns["gv_typ"] != TURNOVER:
        raise CatalogError("content", _("Einen Inhalt hat nur eine Ware, kein Pfand und kein Gutschein."), "content")
    if columns["content"] is not None and columns["unit"].casefold() in UNITS:
        text = _("Wird nach {unit} verkauft: Der Preis ist schon der Grundpreis.").format(unit=columns["unit"])
        raise CatalogError("content", text, "content")


def _check_voucher(columns: Mapping[str, Any]) -> None:
    """A multi-purpose voucher bears no VAT, a single-purpose one that of its goods, whatever the place (§ 3 UStG)."""
    keys = columns["vat_key_in"], columns["vat_key_out"]
    if columns["gv_typ"] == MULTI_SALE and keys != (vat.NOT_TAXABLE, vat.NOT_TAXABLE):
        raise CatalogError("voucher_vat", _("Ein Mehrzweckgutschein hat den Steuerschlüssel 5."), "vat_key_in")
    if columns["gv_typ"] == SINGLE_SALE and (keys[0] != keys[1] or keys[0] == vat.NOT_TAXABLE):
        text = _("Ein Einzweckgutschein hat den einen Steuerschlüssel seiner Ware, im Haus und außer Haus.")
        raise CatalogError("voucher_vat", text, "vat_key_in")
    if columns["unit"] or (columns["price_cents"] == 0 and not columns["open_price"]):
        raise CatalogError("voucher_price", _("Ein Gutschein hat einen Preis oder einen freien Preis."), "price_cents")


def _id(columns: Mapping[str, Any], field: str, *, optional: bool = False) -> str | None:
    value = columns[field]
    if value is None and optional:
        return None
    if not isinstance(value, str) or not ids.is_id(value):
        raise CatalogError("id", _("Diese Kennung ist unlesbar."), field)
    return value


def _text(columns: Mapping[str, Any], field: str, least: int, most: int) -> str:
    value = columns[field]
    if not isinstance(value, str):
        raise CatalogError("text", _("Hier gehört ein Text hin."), field)
    text = tidy(value)
    shown = text.replace(SOFT_HYPHEN, "")
    if len(text) > most or (least and not shown.strip()):
        raise CatalogError(
            "text_length", _("Der Text hat {least} bis {most} Zeichen.").format(least=least, most=most), field
        )
    if not shown.isprintable():
        raise CatalogError("text_character", _("Der Text enthält unsichtbare Zeichen."), field)
    return text


def _number(columns: Mapping[str, Any]) -> str:
    value = columns["number"]
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        text = _("Eine Artikelnummer hat bis zu 30 Ziffern und Buchstaben ohne Umlaute, dazwischen . _ / -")
        raise CatalogError("number", text, "number")
    return value


def _icon(columns: Mapping[str, Any], *, empty: bool) -> str:
    value = columns["icon"]
    if value == "" and empty:
        return ""
    if not isinstance(value, str) or not _ICON.fullmatch(value):
        raise CatalogError("icon", _("Dieses Symbol gibt es nicht."), "icon")
    return value


def _int(columns: Mapping[str, Any], field: str, least: int, most: int, *, optional: bool = False) -> int | None:
    value = columns[field]
    if value is None and optional:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        text = _("Die Zahl liegt zwischen {least} und {most}.").format(least=least, most=most)
        raise CatalogError("range", text, field)
    return value


def _bool(columns: Mapping[str, Any], field: str) -> bool:
    value = columns[field]
    if not isinstance(value, bool):
        raise CatalogError("bool", _("Hier gehört Ja oder Nein hin."), field)
    return value


def _one_of(columns: Mapping[str, Any], field: str, allowed: tuple[Any, ...]) -> Any:
    value = columns[field]
    if isinstance(value, bool) or value not in allowed:
        text = _("Möglich ist hier nur: {choices}.").format(choices=", ".join(map(str, allowed)))
        raise CatalogError("choice", text, field)
    return value


def _vat_key(columns: Mapping[str, Any], field: str) -> int:
    value = columns[field]
    if not isinstance(value, int) or isinstance(value, bool) or value not in vat.KEYS or value in _FORMER:
        raise CatalogError("vat_key", _("Diesen Steuerschlüssel gibt es nicht."), field)
    return value


def _prices(columns: Mapping[str, Any]) -> str:
    value = columns["prices"]
    if value == "{}":
        return "{}"
    try:
        prices = {
            int(level): cents for level, cents in (json.loads(value) if isinstance(value, str) else value).items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError):
        prices = {0: 0}
    if any(level not in LEVELS for level in prices):
        raise CatalogError("prices", _("Preise gibt es für die Ebenen 2 bis 9, in Cent."), "prices")
    for cents in prices.values():
        _int({"prices": cents}, "prices", -MAX_CENTS, MAX_CENTS)
    return prices_text(prices)
