"""The form of an article or a product group: what was typed becomes a row, or each field gets its sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import csvcells, rows
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Barcode, Group
from smartecr.catalog.rows import Row
from smartecr.core.errors import CoreError
from smartecr.core.money import format_cents, parse_cents
from smartecr.core.quantity import ONE, format_quantity, parse_quantity

LEVELS = (2, 3)
"""Price levels beside the ordinary one that the form offers; the CSV file knows all nine."""


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
            self.wrong[name] = error.message


def article_fields(article: Article | None, group_id: str = "") -> dict[str, Any]:
    """Return the texts of the form's fields for an article, or for a new one in a group."""
    if article is None:
        group = Group.objects.filter(id=group_id).first() or Group.objects.filter(active=True).first()
        keys = (group.vat_key_in, group.vat_key_out) if group else (1, 1)
        return {
            "number": next_number(), "group_id": group.id if group else "", "vat_key_in": keys[0],
            "vat_key_out": keys[1], "gv_typ": "Umsatz", "active": True, "age": 0,
        }  # fmt: skip
    codes = {code.code: code.quantity for code in Barcode.objects.filter(article_id=article.id)}
    return {
        **{name: getattr(article, name) for name in (
            "number", "name", "group_id", "vat_key_in", "vat_key_out", "unit", "age", "gv_typ", "icon", "picture",
            "open_price", "sold_out", "active", "position", "deposit_article_id", "stocked",
        )},
        **{name: _amount(getattr(article, name)) for name in ("stock_min", "stock_full")},
        "name": article.name.replace(rows.SOFT_HYPHEN, "|"),
        "price": format_cents(article.price_cents, minus="-"),
        "cost": "" if article.cost_cents is None else format_cents(article.cost_cents),
        "favourite_position": article.favourite_position or "",
        "codes": "\n".join(line.strip() for line in csvcells.write_codes(codes).split("|") if line.strip()),
        **{f"price_{level}": format_cents(cents, minus="-") for level, cents in article.level_prices.items()},
    }  # fmt: skip


def read_article(post: Mapping[str, Any], old: Article | None) -> Reading:
    """Read the fields of an article's form; texts, numbers and codes only, the picture comes by itself."""
    reading = Reading()
    said = _texts(post)
    values = reading.values
    values |= {name: said(name) for name in ("number", "group_id", "unit", "icon", "gv_typ")}
    values["name"] = said("name").replace("|", rows.SOFT_HYPHEN)
    values |= {name: name in post for name in ("open_price", "sold_out", "active", "stocked")}
    values["deposit_article_id"] = said("deposit_article_id") or None
    reading.take("price_cents", lambda: _cents(said("price"), optional=values["open_price"]))
    reading.take("prices", lambda: _levels(said, old))
    reading.take("cost_cents", lambda: parse_cents(said("cost")) if said("cost") else None)
    for name in ("vat_key_in", "vat_key_out", "age"):
        reading.take(name, lambda name=name: csvcells.read_whole(said(name) or "0"))  # type: ignore[misc]
    for name in ("stock_min", "stock_full"):
        reading.take(name, lambda name=name: parse_quantity(said(name)) if said(name) else None)  # type: ignore[misc]
    reading.take("favourite_position", lambda: _place(said("favourite_position")))
    reading.take("position", lambda: csvcells.read_whole(said("position") or "0"))
    reading.take("codes", lambda: csvcells.read_codes("|".join(said("codes").splitlines())))
    return reading


def read_group(post: Mapping[str, Any]) -> Reading:
    """Read the fields of a product group's form."""
    reading = Reading()
    said = _texts(post)
    reading.values |= {"name": said("name"), "icon": said("icon") or "tag", "active": "active" in post}
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
    try:
        row = rows.group_row({**reading.values, "id": group_id}, present)
    except CatalogError as error:
        reading.wrong[error.field] = error.message
        return []
    return [] if row["columns"] == present else [row]


def columns_of(kept: Article | Group) -> dict[str, Any]:
    """Return the columns of a row as the journal keeps them."""
    return {one.attname: getattr(kept, one.attname) for one in kept._meta.concrete_fields}


def next_number() -> str:
    """Return the number after the largest whole one in use."""
    numbers = Article.objects.values_list("number", flat=True)
    return str(max((int(number) for number in numbers if number.isdecimal() and len(number) < 9), default=0) + 1)


def _texts(post: Mapping[str, Any]) -> Callable[[str], str]:
    return lambda name: str(post.get(name, "")).strip()


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
