"""Open baskets between rows and `core.basket`: reading, comparing, writing what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from operator import attrgetter
from typing import Any

import orjson

from smartecr.core.basket import Basket, Discount, Line, Priced, price
from smartecr.core.records import dataclass
from smartecr.register.errors import RegisterError
from smartecr.register.journal import canonical
from smartecr.register.ledger import Writer
from smartecr.register.projection import basket_row
from smartecr.sql import fetch


@dataclass(frozen=True, slots=True)
class OpenBasket:
    """A basket as stored: its row, the pure basket, and the place of each line on the ticket."""

    row: Mapping[str, Any]
    basket: Basket
    positions: Mapping[str, int]

    @property
    def id(self) -> str:
        """Return the basket's id."""
        return self.basket.id

    @property
    def ordered(self) -> dict[str, int]:
        """Return the quantities (thousandths) sent as orders so far, by line id."""
        text = self.row.get("ordered", "")
        return orjson.loads(text) if text else {}

    @property
    def news(self) -> dict[str, int]:
        """Return by line id by how many thousandths the basket differs from what was ordered."""
        ordered = self.ordered
        now = {line.id: 0 if line.voided else line.quantity for line in self.basket.lines}
        changes = {line_id: quantity - ordered.get(line_id, 0) for line_id, quantity in now.items()}
        return {line_id: change for line_id, change in changes.items() if change}

    @property
    def struck(self) -> bool:
        """Tell whether something ordered was struck out: before the payment an order of its own takes it back."""
        return bool(self.row.get("ordered")) and any(change < 0 for change in self.news.values())

    def priced(self, business_day: str) -> Priced:
        """Return the basket priced for a business day ("2026-11-23")."""
        return price(self.basket, date.fromisoformat(business_day))


def opened(writer: Writer, basket_id: str) -> OpenBasket:
    """Open an empty basket and return it."""
    writer.flush()  # the one before is off the screen first: new rows are written before changes of others
    practice = {"training": True} if writer.head.training else {}
    body = {"basket": basket_id, "in_house": True, **practice}
    return OpenBasket(basket_row(writer.append("basket_opened", body), body), Basket(id=basket_id, lines=()), {})


def changed(
    writer: Writer,
    before: OpenBasket,
    columns: Mapping[str, Any],
    entry_id: str = "",
    note: Mapping[str, Any] | None = None,
) -> OpenBasket:
    """Write other columns of a basket, with `note` in the fact; return it with them."""
    body = {"basket": before.id, "columns": dict(columns), **(note or {})}
    entry = writer.append("basket_changed", body, entry_id)
    return replace(before, row={**before.row, **columns, "version": entry.seq})


def on_screen(writer: Writer) -> OpenBasket | None:
    """Return the basket on the register's screen as a writer finds it."""
    basket, known = writer.basket
    return basket if known else load_open(writer.till.register_id)


def load(basket_id: str) -> OpenBasket | None:
    """Return the open, parked or paying basket with this id, or None."""
    return _first("SELECT * FROM register_basket WHERE id = %s", basket_id)


def load_open(register_id: str) -> OpenBasket | None:
    """Return the basket on the register's screen, or None."""
    return _first("SELECT * FROM register_basket WHERE register_id = %s AND state = 'open'", register_id)


def load_aside(register_id: str, state: str = "parked") -> list[OpenBasket]:
    """Return the register's baskets in a state ("parked", "paying"), oldest first."""
    sql = "SELECT * FROM register_basket WHERE register_id = %s AND state = %s ORDER BY opened_at, id"
    return [whole(row, _lines(row["id"])) for row in fetch(sql, [register_id, state])]


def parked_as(basket: OpenBasket, label: object, *, same: bool) -> str:
    """Return the name under which a basket is parked.

    Raises RegisterError("name_taken") when another parked ticket of the register bears it, unless a person means the
    `same`, or it came back with the name.
    """
    name = str(label).strip()[:40]
    if name and not same and name.casefold() != str(basket.row["label"]).casefold():
        rows = fetch(
            "SELECT label FROM register_basket WHERE register_id = %s AND state = 'parked' AND id <> %s",
            [basket.row["register_id"], basket.id],
        )
        if any(row["label"].casefold() == name.casefold() for row in rows):
            raise RegisterError("name_taken", f"„{name}“ heißt schon ein geparkter Bon.")
    return name


def _first(sql: str, argument: str) -> OpenBasket | None:
    rows = fetch(sql, [argument])
    return whole(rows[0], _lines(rows[0]["id"])) if rows else None


def _lines(basket_id: str) -> list[dict[str, Any]]:
    return fetch("SELECT * FROM register_basket_line WHERE basket_id = %s ORDER BY position", [basket_id])


def whole(row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> OpenBasket:
    """Return the basket its row and those of its lines, in their order, stand for."""
    basket = Basket(
        id=row["id"],
        lines=tuple(line_from(orjson.loads(line["data"])) for line in lines),
        discount=Discount(**orjson.loads(row["discount"])) if row["discount"] else None,
        in_house=bool(row["in_house"]),
        price_level=row["price_level"],
    )
    return OpenBasket(row, basket, {line["id"]: line["position"] for line in lines})


_LINE_NAMES = tuple(field.name for field in fields(Line))
_LINE_DEFAULTS = tuple(field.default for field in fields(Line))
_line_values = attrgetter(*_LINE_NAMES)


def line_data(line: Line) -> dict[str, Any]:
    """Return a line as the journal keeps it: only what differs from the defaults."""
    found = zip(_LINE_NAMES, _line_values(line), _LINE_DEFAULTS, strict=True)
    data = {name: value for name, value, default in found if value != default}
    if line.discount is not None:
        data["discount"] = asdict(line.discount)
    return data


def line_from(data: dict[str, Any]) -> Line:
    """Return the line kept as `data`."""
    discount = data.get("discount")
    return Line(**{**data, "discount": Discount(**discount)} if discount else data)


def discount_text(discount: Discount | None) -> str:
    """Return a basket discount as its column keeps it ("" for none)."""
    return canonical(asdict(discount)) if discount else ""


def write_changes(
    writer: Writer,
    before: OpenBasket,
    after: Basket,
    entry_id: str,
    newest: str = "",
    note: Mapping[str, Any] | None = None,
) -> OpenBasket:
    """Append what differs between two states of a basket; the first fact bears `entry_id`. Return the new state.

    `note` goes into every fact (who approved, why). Raises RegisterError("nothing") when nothing differs.
    """
    old = {line.id: line for line in before.basket.lines}
    positions = dict(before.positions)
    extra = note or {}
    facts: list[tuple[str, dict[str, Any]]] = []
    columns: dict[str, Any] = {}
    if after.discount != before.basket.discount:
        columns["discount"] = discount_text(after.discount)
    if after.in_house != before.basket.in_house:
        columns["in_house"] = after.in_house
    if columns:
        facts.append(("basket_changed", {"basket": before.id, "columns": columns, **extra}))
    for line in after.lines:
        known = old.get(line.id)
        if known is line or known == line:
            continue
        kind = "line_added" if known is None else "line_voided" if line.voided and not known.voided else "line_changed"
        positions.setdefault(line.id, len(positions) + 1)
        body = {"basket": before.id, "line": line_data(line), "position": positions[line.id], **extra}
        facts.append((kind, body))
    if not facts:
        raise RegisterError("nothing", "Daran hat sich nichts geändert.")
    if newest and "line" in facts[-1][1]:
        facts[-1][1]["newest"] = newest
    for kind, body in facts:
        version = writer.append(kind, body, entry_id).seq
        entry_id = ""
    shown = newest or before.row["newest_line_id"]
    return OpenBasket({**before.row, **columns, "newest_line_id": shown, "version": version}, after, positions)
