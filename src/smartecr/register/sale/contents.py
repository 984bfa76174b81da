"""From a receipt's content to the rows its fact keeps: only what differs from the columns' defaults."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.register.rows import tables


@cache
def _defaults(table: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(tables()[table].defaults[name] for name in names)


def _rows(table: str, rows: Sequence[ReceiptLine | VatSum | Payment]) -> list[dict[str, Any]]:
    """Return what of flat rows, all of a kind, differs from the defaults of their table."""
    if not rows:
        return []
    names = rows[0]._fields
    defaults = _defaults(table, names)
    return [
        {name: value for name, value, default in zip(names, row, defaults, strict=True) if value != default}
        for row in rows
    ]


def content_rows(content: ReceiptContent) -> dict[str, Any]:
    """Return lines, VAT and payments of a receipt as its fact keeps them."""
    return {
        "line": _rows("register_receipt_line", content.lines),
        "vat": _rows("register_receipt_vat", content.vat),
        "payment": [
            {"position": number, **paid}
            for number, paid in enumerate(_rows("register_receipt_payment", content.payments), 1)
        ],
    }
