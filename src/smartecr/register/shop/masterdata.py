"""Changing master data: every old and new value goes through the journal (GoBD: price and settings history)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from smartecr.catalog import checks, written
from smartecr.catalog.errors import CatalogError
from smartecr.catalog.models import Article, Price
from smartecr.catalog.rows import ARTICLE, PRICE, Row, without_price
from smartecr.register.journal import Body
from smartecr.register.ledger import writing
from smartecr.register.models import Shop
from smartecr.register.rights import require
from smartecr.register.shop import pricedates, remembered
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor
from smartecr.staff.rights import Right

_CHUNK = 500


def save_articles(till: Till, actor: Actor, rows: Sequence[Row], approver: Actor | None = None) -> None:
    """Write catalogue rows ({"table", "key", "columns"}; columns None deletes), all or nothing.

    Journal entries hold up to 500 rows each, with the old columns beside the new ones where something was replaced.
    A dated price among them that has begun by now holds at once. Raises CatalogError for rows that contradict each
    other or the catalogue.
    """
    note = require(actor, approver, Right.CATALOG)
    with writing(till, actor) as writer:
        pricedates.catalogue_alone()
        if pricedates.due(till, writer.at):
            pricedates.turn(till, writer)
        checks.verify(rows)
        kept = _offers(rows)
        dated = [{**row, "old": _old(row)} for row in (_with_offers(row, kept) for row in rows)]
        for start in range(0, len(dated), _CHUNK):
            writer.append("rows_saved", {"rows": dated[start : start + _CHUNK], **note})
        writer.flush()
        remembered.forget(till)
        written.follow(dated)
        if any(row["table"] == PRICE for row in rows):
            pricedates.turn(till, writer)
    till.publish("catalog")


def _offers(rows: Sequence[Row]) -> dict[str, str]:
    """Return what holds for a time just now of the articles in `rows`: it follows from dated prices, not from forms."""
    keys = [row["key"] for row in rows if row["table"] == ARTICLE]
    found: dict[str, str] = {}
    for start in range(0, len(keys), _CHUNK):
        some = Article.objects.filter(id__in=keys[start : start + _CHUNK]).exclude(offers="{}")
        found |= dict(some.values_list("id", "offers"))
    return found


def _with_offers(row: Row, offers: Mapping[str, str]) -> Row:
    if row["table"] != ARTICLE or row["columns"] is None:
        return row
    return Row(table=row["table"], key=row["key"], columns={**row["columns"], "offers": offers.get(row["key"], "{}")})


def end_price(till: Till, actor: Actor, price_id: str) -> None:
    """Take a planned price away, or end one that holds for a time. Raises CatalogError("unknown", "begun")."""
    price = Price.objects.filter(id=price_id).first()
    if price is None:
        raise CatalogError("unknown", _("Diesen Preis gibt es nicht mehr."))
    if not price.begun:
        save_articles(till, actor, [without_price(price.id)])
        return
    columns = {field.attname: getattr(price, field.attname) for field in Price._meta.concrete_fields}
    save_articles(till, actor, [Row(table=PRICE, key=price.id, columns={**columns, "ends": till.now()})])


def _old(row: Mapping[str, Any]) -> dict[str, Any] | None:
    key = "code" if row["table"] == "catalog_barcode" else "id"
    found = fetch(f"SELECT * FROM {row['table']} WHERE {key} = %s", [row["key"]])  # noqa: S608 checked by projection
    if not found:
        return None
    columns = row["columns"] or {}
    return {name: value for name, value in found[0].items() if row["columns"] is None or columns.get(name) != value}


def save_shop(
    till: Till,
    actor: Actor,
    columns: Mapping[str, Any],
    approver: Actor | None = None,
    *,
    right: Right = Right.STAFF,
) -> None:
    """Write name, address and settings of the shop; columns not named stay as they are."""
    note = require(actor, approver, right)
    with writing(till, actor) as writer:
        present = fetch("SELECT * FROM register_shop WHERE id = %s", [till.shop_id])
        shop = {**(_shop(present[0]) if present else {}), **columns, "id": till.shop_id}
        old = {name: value for name, value in _shop(present[0]).items() if shop[name] != value} if present else None
        writer.append("shop_saved", {"shop": shop, "old": old, **note})
    till.publish("status")


def _shop(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the shop with true and false as such, which SQLite keeps as 1 and 0."""
    kinds = {field.column: field for field in Shop._meta.concrete_fields}
    return {name: kinds[name].to_python(value) for name, value in row.items()}


def save_register(till: Till, actor: Actor, name: str) -> None:
    """Write the register's name beside its id and serial."""
    with writing(till, actor) as writer:
        register = {
            "id": till.register_id,
            "shop_id": till.shop_id,
            "name": name,
            "serial": till.serial,
            "training": writer.head.training,
        }
        writer.append("register_saved", {"register": register})


def note(till: Till, actor: Actor, kind: str, body: Body) -> None:
    """Write down a fact without rows: a log-in, a failed one, a second print of a receipt."""
    with writing(till, actor) as writer:
        writer.append(kind, body)
