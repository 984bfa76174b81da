"""From a receipt's content to the rows its fact keeps: only what differs from the columns' defaults."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from smartecr.core.receipt import Payment, ReceiptContent, ReceiptLine
from smartecr.core.totals import VatSum
from smartecr.register.rows import tables


@cache
def _fields(table: str, kind: Any) -> tuple[tuple[str, ...], tuple[Any, ...], Any]:
    names = tuple(field.name for field in fields(kind))
    return names, tuple(tables()[table].defaults[name] for name in names), attrgetter(*names)


def _columns(table: str, row: ReceiptLine | VatSum | Payment) -> dict[str, Any]:
    """Return what of a flat row differs from the defaults of its table."""
    kind: Any = type(row)
    names, defaults, values = _fields(table, kind)
    found = zip(names, values(row), defaults, strict=True)
    return {name: value for name, value, default in found if value != default}


def content_rows(content: ReceiptContent) -> dict[str, Any]:
    """Return lines, VAT and payments of a receipt as its fact keeps them."""
    return {
        "line": [_columns("register_receipt_line", line) for line in content.lines],
        "vat": [_columns("register_receipt_vat", vat) for vat in content.vat],
        "payment": [
            {"position": number, **_columns("register_receipt_payment", paid)}
            for number, paid in enumerate(content.payments, 1)
        ],
    }
