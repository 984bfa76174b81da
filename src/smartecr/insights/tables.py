"""A table of figures: shown under its chart, handed out as CSV and XLSX. All three say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from smartecr.catalog.csvcells import guard
from smartecr.core.money import format_cents
from smartecr.core.quantity import format_quantity
from smartecr.core.records import dataclass

MONEY, COUNT, QUANTITY, PERCENT, CHANGE, TEXT = "money", "count", "quantity", "percent", "change", "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` money (cents), count, quantity (thousandths), percent or change (basis points), or text."""

    word: str
    kind: str = MONEY

    @property
    def number(self) -> bool:
        """Tell whether it stands right."""
        return self.kind != TEXT


@dataclass(slots=True, kw_only=True)
class Table:
    """Rows of raw values, None where there is none. `key` names it in addresses and files, `total` is its last row.

    `marks` are drawings before a row's first cell (SVG) and `bars` behind its last, by row; `links` addresses of rows.
    `faces` are what a page shows for a row's first cell (the name of a person); files say what is in the row.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    total: tuple[Any, ...] | None = None
    note: str = ""
    marks: list[str] = field(default_factory=list)
    bars: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    faces: list[str] = field(default_factory=list)

    def words(self, row: Sequence[Any]) -> list[str]:
        """Return the cells of a row, or of the total, as people read them."""
        return [shown(value, column.kind) for value, column in zip(row, self.columns, strict=True)]


def shown(value: Any, kind: str) -> str:
    """Return a value as people read it, "" for None."""
    if value is None:
        return ""
    if kind == MONEY:
        return f"{format_cents(value)} €"
    if kind == QUANTITY:
        whole, comma, decimals = format_quantity(abs(value)).partition(",")
        return f"{'−' if value < 0 else ''}{thousands(int(whole))}{comma}{decimals}"
    if kind == PERCENT:
        return _tenths(value)
    if kind == CHANGE:
        return f"{'+' if round(value, -1) > 0 else ''}{_tenths(value)}"
    return thousands(value) if kind == COUNT else str(value)


def _tenths(basis_points: int) -> str:
    """Return a share with one decimal, always, so that those of a column stand one below the other."""
    tenths = round(basis_points, -1) // 10
    return f"{'−' if tenths < 0 else ''}{thousands(abs(tenths) // 10)},{abs(tenths) % 10} %"


def thousands(count: int) -> str:
    """Return a count as "12.345"."""
    return f"{count:,}".replace(",", ".").replace("-", "−")


def as_csv(table: Table) -> str:
    """Return the table as CSV for German spreadsheets: UTF-8 with BOM, semicolons, decimal commas, no units."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([guard(column.word) for column in table.columns])
    for row in [*table.rows, *([table.total] if table.total else [])]:
        writer.writerow([_csv_cell(value, column.kind) for value, column in zip(row, table.columns, strict=True)])
    return "\ufeff" + out.getvalue()


def _csv_cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == MONEY:
        return format_cents(value, minus="-").replace(".", "")
    if kind == QUANTITY:
        return format_quantity(value).replace("−", "-").replace(".", "")
    if kind in (PERCENT, CHANGE):
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // 100},{abs(value) % 100:02d}"
    return str(value) if kind == COUNT else guard(str(value))


_FORMATS = {MONEY: "#,##0.00 €", QUANTITY: "#,##0.###", PERCENT: "0.0%", CHANGE: "+0.0%;-0.0%;0.0%", COUNT: "#,##0"}
_SCALE = {MONEY: 100, QUANTITY: 1000, PERCENT: 10_000, CHANGE: 10_000, COUNT: 1}


def as_xlsx(table: Table, made_at: datetime) -> bytes:
    """Return the table as an Excel file: numbers are numbers, texts never formulas, the head stays in view."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": table.title, "created": made_at.replace(tzinfo=None)})
    sheet = book.add_worksheet(_sheet_name(table.title))
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
    strong = {
        kind: book.add_format({"num_format": pattern, "bold": True, "top": 1}) for kind, pattern in _FORMATS.items()
    }
    strong[TEXT] = book.add_format({"bold": True, "top": 1})
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.word, bold)
        sheet.set_column(place, place, 14 if column.number else 32)
    for number, row in enumerate(table.rows, 1):
        _xlsx_row(sheet, number, row, table.columns, formats)
    if table.total:
        _xlsx_row(sheet, len(table.rows) + 1, table.total, table.columns, strong)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return out.getvalue()


def _xlsx_row(sheet: Any, number: int, row: Sequence[Any], columns: Sequence[Column], formats: dict[str, Any]) -> None:
    for place, (value, column) in enumerate(zip(row, columns, strict=True)):
        if value is None:
            continue
        if column.kind == TEXT:
            sheet.write_string(number, place, str(value), formats.get(TEXT))
        else:
            sheet.write_number(number, place, value / _SCALE[column.kind], formats[column.kind])


def _sheet_name(title: str) -> str:
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "Zahlen"
