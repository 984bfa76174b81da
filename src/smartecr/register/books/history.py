"""What was changed in the master data, by whom and when, read from the journal; and the way back.

GoBD (BMF 2019-11-28, Rz. 107 to 111): every change of master data stays visible with its old and new value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from smartecr.catalog.rows import BARCODE, PRICE, Row
from smartecr.core.records import dataclass
from smartecr.register.journal import by_kinds
from smartecr.register.shop import masterdata
from smartecr.register.till import Till
from smartecr.sql import fetch
from smartecr.staff.actor import Actor

_CATALOGUE = frozenset({"rows_saved", "prices_turned"})
_FLAGS = frozenset({"open_price", "sold_out", "active", "begun", "ended", "stocked"})
"""SQLite keeps true and false as 1 and 0."""

KINDS = ("rows_saved", "prices_turned", "shop_saved", "register_saved", "person_saved")
"""Facts that change master data."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed row. `old` is empty for a new one, `new` for one that went; both hold only what differs.

    `entry_id` is the fact that holds it, `at` UTC journal text, `name` what the row is called.
    """

    entry_id: str
    seq: int
    at: str
    person_name: str
    table: str
    key: str
    name: str
    old: dict[str, Any]
    new: dict[str, Any]


def changes(till: Till, *, text: str = "", before: int = 0, facts: int = 50) -> list[Change]:
    """Return the changed rows of up to `facts` facts, newest first: all, or whose fact contains `text`.

    `before` is the sequence number to go on from (0: the newest).
    """
    sql = "SELECT id, seq, at, actor_name, kind, body FROM register_journal WHERE register_id = %s"
    arguments: list[Any] = [till.register_id]
    if before:
        sql += " AND seq < %s"
        arguments.append(before)
    if text:
        sql += " AND body LIKE %s ESCAPE '\\'"
        arguments.append("%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
    rows = fetch(f"{by_kinds(sql, KINDS)} ORDER BY seq DESC LIMIT %s", [*arguments * len(KINDS), facts])
    found = (change for row in rows for change in _changes(row))
    return [change for change in found if not text or _has(change, text)]


def _changes(fact: Mapping[str, Any]) -> Iterator[Change]:
    body = orjson.loads(fact["body"])
    head = (fact["id"], fact["seq"], fact["at"], fact["actor_name"])
    if fact["kind"] in _CATALOGUE:
        for row in body["rows"]:
            if fact["kind"] == "prices_turned" and row["table"] == PRICE:
                continue  # that it has begun says the article's own change
            columns, old = row["columns"] or {}, row.get("old")
            new = columns if old is None else {name: columns[name] for name in old if name in columns}
            name = str(row.get("name") or columns.get("name") or columns.get("code") or row["key"])
            yield Change(*head, row["table"], row["key"], name, old or {}, new if row["columns"] is not None else {})
        return
    matter = fact["kind"].removesuffix("_saved")
    columns, old = body[matter], body.get("old")
    new = columns if old is None else {name: columns[name] for name in old if name in columns}
    yield Change(*head, matter, columns["id"], str(columns.get("name", "")), old or {}, new)


def _has(change: Change, text: str) -> bool:
    """Tell whether a row of a fact that holds many is the one looked for."""
    held: Sequence[Any] = (change.key, change.name, *change.new.values(), *change.old.values())
    return any(text in str(value) for value in held)


def newest_of_catalogue(till: Till) -> str:
    """Return the id of the newest fact by which a person changed the catalogue, "" for none or once prices turned."""
    sql = (
        "SELECT id, kind, seq FROM register_journal WHERE register_id = %s AND kind = 'rows_saved' UNION ALL "
        "SELECT id, kind, seq FROM register_journal WHERE register_id = %s AND kind = 'prices_turned' "
        "ORDER BY seq DESC LIMIT 1"
    )
    found = fetch(sql, [till.register_id, till.register_id])
    return str(found[0]["id"]) if found and found[0]["kind"] == "rows_saved" else ""


def undo(till: Till, actor: Actor, entry_id: str) -> bool:
    """Write what the newest catalogue fact changed back as it was, as a new fact; False when `entry_id` is not it.

    What it made new is retired (codes go): nothing is ever deleted that a receipt may name. Raises CatalogError when
    that no longer fits the catalogue, RightError.
    """
    if not entry_id or entry_id != newest_of_catalogue(till):
        return False
    masterdata.save_articles(till, actor, [_undone(row) for row in reversed(_rows(entry_id))])
    return True


def rows_of(entry_id: str) -> int:
    """Return how many rows a fact of the catalogue changed; 0 for none."""
    return len(_rows(entry_id))


def _rows(entry_id: str) -> list[dict[str, Any]]:
    found = fetch("SELECT body FROM register_journal WHERE id = %s", [entry_id])
    return orjson.loads(found[0]["body"])["rows"] if found else []


def _undone(row: Mapping[str, Any]) -> Row:
    old, columns = row.get("old"), row["columns"]
    if old is None:
        gone = None if row["table"] in (BARCODE, PRICE) else {**columns, "active": False}
        return Row(table=row["table"], key=row["key"], columns=gone)
    plain = {name: bool(value) if name in _FLAGS else value for name, value in old.items()}
    return Row(table=row["table"], key=row["key"], columns={**(columns or {}), **plain})
