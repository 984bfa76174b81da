"""What receipts say, put together from their rows: lines, VAT and payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson

from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.records import new_tuple
from smartecr.core.totals import VatSum
from smartecr.register.rows import tables
from smartecr.sql import packed, select


def read(rows: Sequence[Mapping[str, Any]]) -> dict[str, ReceiptContent]:
    """Return the contents of receipts by id; `rows` are theirs, with id, type and total_cents."""
    keys = [row["id"] for row in rows]
    lines, vat, payments = _none(rows), _none(rows), _none(rows)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        marks = ", ".join(["%s"] * len(part))
        for receipt_id, position, line_id, rest in select(_lines_sql(marks), part):
            lines[receipt_id].append(new_tuple(ReceiptLine, (position, line_id, *_alike(rest))))
        for row in select(_VAT_SQL.format(marks), part):
            vat[row[0]].append(new_tuple(VatSum, row[1:]))
        for row in select(_PAYMENT_SQL.format(marks), part):
            payments[row[0]].append(new_tuple(Payment, row[1:]))
    return _put_together(rows, lines, vat, payments)


def _lines_sql(marks: str) -> str:
    rest = packed(ReceiptLine._fields[2:])
    return (
        f"SELECT receipt_id, position, line_id, {rest} FROM register_receipt_line "  # noqa: S608 our names
        f"WHERE receipt_id IN ({marks}) ORDER BY receipt_id, position"
    )


_VAT_SQL, _PAYMENT_SQL = (
    f"SELECT receipt_id, {', '.join(kind._fields)} FROM register_receipt_{table} "  # noqa: S608 our names
    f"WHERE receipt_id IN ({{}}) ORDER BY receipt_id, {order}"
    for table, kind, order in (("vat", VatSum, "vat_key"), ("payment", Payment, "position"))
)


@lru_cache(maxsize=2048)
def _alike(packed_line: str) -> tuple[Any, ...]:
    """Return what a line says behind its position and its id: most lines were sold like that before."""
    return tuple(_with_truth(orjson.loads(packed_line), _IN_HOUSE - 2))


_IN_HOUSE = ReceiptLine._fields.index("in_house")


def _line(values: tuple[Any, ...]) -> ReceiptLine:
    return new_tuple(ReceiptLine, _with_truth(list(values), _IN_HOUSE))


def _with_truth(values: list[Any], place: int) -> list[Any]:
    """Return values of which the one at a place is true, false or None: SQLite has numbers for it."""
    if values[place] is not None:
        values[place] = bool(values[place])
    return values


def assembled(
    rows: Sequence[Mapping[str, Any]], parts: Mapping[str, Sequence[tuple[Any, ...]]]
) -> dict[str, ReceiptContent]:
    """Return the contents of receipts by id. `parts` are their lines, VAT and payments by table, each row in the order
    of its columns, the rows of a receipt in their own order; those of other receipts are passed over.
    """
    return _put_together(rows, *(_by_receipt(table, parts[table], rows) for table in _MADE))


def _put_together(
    rows: Sequence[Mapping[str, Any]],
    lines: Mapping[str, list[ReceiptLine]],
    vat: Mapping[str, list[VatSum]],
    payments: Mapping[str, list[Payment]],
) -> dict[str, ReceiptContent]:
    return {
        row["id"]: ReceiptContent(
            type=row["type"],
            lines=tuple(lines[row["id"]]),
            vat=tuple(vat[row["id"]]),
            payments=tuple(payments[row["id"]]),
            total_cents=row["total_cents"],
        )
        for row in rows
    }


def _none(receipts: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {receipt["id"]: [] for receipt in receipts}


_MADE: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "register_receipt_line": (ReceiptLine, _line),
    "register_receipt_vat": (VatSum, lambda values: new_tuple(VatSum, values)),
    "register_receipt_payment": (Payment, lambda values: new_tuple(Payment, values)),
}
"""What the rows that make a receipt are in its content, and how they are made of their values."""


def _by_receipt(
    table: str, rows: Sequence[tuple[Any, ...]], receipts: Sequence[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """Return what the rows of a table are by receipt."""
    found = _none(receipts)
    (kind, make), columns = _MADE[table], tuple(tables()[table].defaults)
    whose, pick = columns.index("receipt_id"), itemgetter(*map(columns.index, kind._fields))
    for row in rows:
        if row[whose] in found:
            found[row[whose]].append(make(pick(row)))
    return found
