"""The form of an article or a product group: what was typed becomes a row, or each field gets its sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import csvcells, rows
from smartecr.catalog.csvcells import VAT_WORDS
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.catalog.rows import Row
from smartecr.core.content import parse_content
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, parse_cents
from smartecr.core.quantity import ONE, format_quantity, parse_quantity
from smartecr.core.records import dataclass
from smartecr.web.meanwhile import Fields
from smartecr.web.till.words import said as in_words

LEVELS = (2, 3)
"""Price levels beside the ordinary one that the form offers; the CSV file knows all nine."""

_TEXTS = (
    "number", "name", "group_id", "vat_key_in", "vat_key_out", "unit", "age", "gv_typ", "icon", "picture", "position",
    "deposit_article_id", "favourite_position", "price", *(f"price_{level}" for level in LEVELS), "cost", "content",
    "stock_min", "stock_full", "codes",
)  # fmt: skip
_TICKS = ("open_price", "sold_out", "active", "stocked")


@dataclass(slots=True)
class Reading:
    """What a form says: `values` by column, `wrong` by field with its sentence."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, read: Callable[[], Any]) -> None:
        """Read one field; a refusal becomes its sentence."""
        try:
            self.values[name] = read()
        except (CatalogError, CoreError) as error:
            self.wrong[name] = in_words(error.message)


def article_fields(article: Article | None, group_id: str = "") -> Fields:
    """Return the form's fields for an article, or for a new one in a group."""
    fields: Fields = {**dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_TICKS, False)}
    if article is None:
        group = Group.objects.filter(id=group_id).first() or Group.objects.filter(active=True).first()
        keys = (group.vat_key_in, group.vat_key_out) if group else (1, 1)
        return fields | {
            "number": next_number(), "group_id": group.id if group else "", "vat_key_in": str(keys[0]),
            "vat_key_out": str(keys[1]), "gv_typ": "Umsatz", "active": True, "age": "0",
        }  # fmt: skip
    codes = {code.code: code.quantity for code in Barcode.objects.filter(article_id=article.id)}
    plain = ("number", "group_id", "unit", "gv_typ", "icon", "picture", "vat_key_in", "vat_key_out", "age", "position")
    return {
        **fields,
        **{name: str(getattr(article, name)) for name in plain},
        **{name: getattr(article, name) for name in _TICKS},
        **{name: _amount(getattr(article, name)) for name in ("stock_min", "stock_full")},
        "deposit_article_id": article.deposit_article_id or "",
        "content": article.content_text,
        "name": article.name.replace(rows.SOFT_HYPHEN, "|"),
        "price": format_cents(article.price_cents, minus="-"),
        "cost": "" if article.cost_cents is None else format_cents(article.cost_cents),
        "favourite_position": str(article.favourite_position or ""),
        "codes": "\n".join(line.strip() for line in csvcells.write_codes(codes).split("|") if line.strip()),
        **{f"price_{level}": format_cents(cents, minus="-") for level, cents in article.level_prices.items()},
        "version": _version(article),
    }  # fmt: skip


def read_article(fields: Fields, old: Article | None) -> Reading:
    """Read the fields of an article's form."""
    reading = Reading()
    said = _texts(fields)
    values = reading.values
    values |= {name: said(name) for name in ("number", "group_id", "unit", "icon", "gv_typ", "picture")}
    values["name"] = said("name").replace("|", rows.SOFT_HYPHEN)
    values |= {name: fields[name] for name in _TICKS}
    values["deposit_article_id"] = said("deposit_article_id") or None
    reading.take("price_cents", lambda: _cents(said("price"), optional=values["open_price"]))
    reading.take("prices", lambda: _levels(said, old))
    reading.take("cost_cents", lambda: parse_cents(said("cost")) if said("cost") else None)
    for name in ("vat_key_in", "vat_key_out", "age"):
        reading.take(name, lambda name=name: csvcells.read_whole(said(name) or "0"))  # type: ignore[misc]
    for name in ("stock_min", "stock_full"):
        reading.take(name, lambda name=name: parse_quantity(said(name)) if said(name) else None)  # type: ignore[misc]
    reading.take("content", lambda: parse_content(said("content")) if said("content") else (None, ""))
    if "content" in values:
        values["content"], values["content_unit"] = values["content"]
    reading.take("favourite_position", lambda: _place(said("favourite_position")))
    reading.take("position", lambda: csvcells.read_whole(said("position") or "0"))
    reading.take("codes", lambda: csvcells.read_codes("|".join(said("codes").splitlines())))
    return reading


def group_fields(group: Group | None, position: int, hue: int) -> Fields:
    """Return the form's fields for a product group, or for a new one at a place and of a hue."""
    if group is None:
        return {"name": "", "icon": "tag", "active": True, "hue": str(hue), "position": str(position),
                "vat_key_in": "1", "vat_key_out": "1"}  # fmt: skip
    texts = ("name", "icon", "hue", "position", "vat_key_in", "vat_key_out", "station")
    return {**{name: str(getattr(group, name)) for name in texts}, "active": group.active}


def read_group(fields: Fields) -> Reading:
    """Read the fields of a product group's form."""
    reading = Reading()
    said = _texts(fields)
    reading.values |= {"name": said("name"), "icon": said("icon") or "tag", "active": fields["active"]}
    for name in ("vat_key_in", "vat_key_out", "hue", "position"):
        reading.take(name, lambda name=name: csvcells.read_whole(said(name) or "0"))  # type: ignore[misc]
    return reading


def article_rows(reading: Reading, old: Article | None, article_id: str) -> list[Row]:
    """Return the rows that make the books say what the form says, none when nothing changed; fills `reading.wrong`."""
    values = dict(reading.values)
    codes = values.pop("codes", {})
    present = columns_of(old) if old else None
    try:
        row = rows.article_row({**values, "id": article_id}, present)
    except CatalogError as error:
        reading.wrong[error.field] = error.message
        return []
    changed = [] if row["columns"] == present else [row]
    return changed + list(_code_rows(article_id, codes))


def group_rows(reading: Reading, old: Group | None, group_id: str) -> list[Row]:
    """Return the row of a group, none when nothing changed; fills `reading.wrong`."""
    present = columns_of(old) if old else None
    name = rows.tidy(str(reading.values.get("name", ""))).casefold()
    others = Group.objects.filter(active=True).exclude(id=group_id)
    if reading.values.get("active") and any(one.name.casefold() == name for one in others):
        reading.wrong["name"] = _("Diese Warengruppe gibt es schon.")
        return []
    try:
        row = rows.group_row({**reading.values, "id": group_id}, present)
    except CatalogError as error:
        reading.wrong[error.field] = error.message
        return []
    return [] if row["columns"] == present else [row]


def columns_of(kept: Article | Group) -> dict[str, Any]:
    """Return the columns of a row as the journal keeps them."""
    return {one.attname: getattr(kept, one.attname) for one in kept._meta.concrete_fields}


def told(name: str, value: str) -> str:
    """Return what a field of either form says, as a person reads it."""
    if name.startswith("vat_key"):
        return str(VAT_WORDS.get(int(value), value))
    named = {"group_id": Group, "deposit_article_id": Article}.get(name)
    found = named.objects.filter(id=value).first() if named and value else None  # type: ignore[attr-defined]
    return str(found).replace(rows.SOFT_HYPHEN, "") if found else value


def _version(article: Article) -> str:
    """Return what changes with every column, also with those the form does not show: a row is saved whole."""
    columns = columns_of(article)
    del columns["offers"]  # follows the clock, not a form
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()[:24]


def next_number() -> str:
    """Return the number after the largest whole one in use."""
    numbers = Article.objects.values_list("number", flat=True)
    return str(max((int(number) for number in numbers if number.isdecimal() and len(number) < 9), default=0) + 1)


def _texts(fields: Fields) -> Callable[[str], str]:
    return lambda name: str(fields.get(name, "")).strip()


def _amount(quantity: int | None) -> str:
    return "" if quantity is None else format_quantity(quantity)


def _place(text: str) -> int | None:
    return csvcells.read_whole(text) if text else None


def _cents(text: str, *, optional: bool) -> int:
    if not text and optional:
        return 0
    if not text:
        raise CatalogError("missing", _("Der Preis fehlt."), "price_cents")
    return parse_cents(text)


def _levels(said: Callable[[str], str], old: Article | None) -> dict[int, int]:
    kept = {level: cents for level, cents in (old.level_prices if old else {}).items() if level not in LEVELS}
    return kept | {level: parse_cents(text) for level in LEVELS if (text := said(f"price_{level}"))}


def _code_rows(article_id: str, codes: Mapping[str, int]) -> Iterator[Row]:
    present = {code.code: code.quantity for code in Barcode.objects.filter(article_id=article_id)}
    yield from (rows.without_barcode(code) for code in present if code not in codes)
    for code, quantity in codes.items():
        if present.get(code, 0) != quantity:
            yield rows.barcode_row(code, article_id, quantity or ONE)
