"""What facts about stock do to the rows (see `projection`): movements by receipts and by people, counts."""

from __future__ import annotations

from smartecr.register.journal import Entry
from smartecr.register.rows import Insert, Operation, Row, row_of

SALE, GOODS_IN, WASTE, OWN_USE, COUNT = "sale", "in", "waste", "own", "count"
"""Kinds of a movement; what a receipt moves is a sale, sold or taken back."""


def of_receipt(entry: Entry, receipt_id: str, body: Row) -> list[Operation]:
    """Return the movements of a receipt: what was sold goes, what was taken back comes."""
    return [_move(entry, receipt_id, SALE, article, quantity, "") for article, quantity in body.get("stock", ())]


def _stock_moved(entry: Entry, body: Row) -> list[Operation]:
    kind, note = body["kind"], body["note"]
    return [_move(entry, entry.id, kind, article, quantity, note) for article, quantity in body["rows"]]


def _stock_counted(entry: Entry, body: Row) -> list[Operation]:
    operations: list[Operation] = []
    for article, expected, counted, cost_cents in body["rows"]:
        row = {
            "count_id": entry.id, "article_id": article, "expected": expected, "counted": counted,
            "cost_cents": cost_cents, "at": entry.at, "person_name": entry.actor_name, "note": body["note"],
        }  # fmt: skip
        operations.append(Insert("catalog_stock_count", row_of("catalog_stock_count", row)))
        if counted != expected:
            operations.append(_move(entry, entry.id, COUNT, article, counted - expected, body["note"]))
    return operations


def _move(entry: Entry, source: str, kind: str, article: str, quantity: int, note: str) -> Operation:
    row = {
        "source_id": source, "article_id": article, "kind": kind, "quantity": quantity, "at": entry.at,
        "person_name": entry.actor_name, "note": note,
    }  # fmt: skip
    return Insert("catalog_stock_move", row_of("catalog_stock_move", row))


HANDLERS = {"stock_moved": _stock_moved, "stock_counted": _stock_counted}
