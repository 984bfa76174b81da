"""A table of figures: shown under its chart, handed out as CSV and XLSX. All three say the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartecr.catalog.csvcells import guard
from smartecr.core.money import format_cents, format_percent
from smartecr.core.quantity import format_quantity

MONEY, COUNT, QUANTITY, PERCENT, TEXT = "money", "count", "quantity", "percent", "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` money (cents), count, quantity (thousandths), percent (basis points) or text."""

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

    def shown(self) -> list[dict[str, Any]]:
        """Return the rows as a page shows them."""
        return [
            {
                "cells": self._cells((self.faces[place], *row[1:]) if self.faces else row),
                "mark": self.marks[place] if self.marks else "",
                "bar": self.bars[place] if self.bars else "",
                "link": self.links[place] if self.links else "",
            }
            for place, row in enumerate(self.rows)
        ]

    def shown_total(self) -> list[tuple[str, bool]]:
        """Return the total's cells, empty without one."""
        return self._cells(self.total) if self.total else []

    def _cells(self, row: Sequence[Any]) -> list[tuple[str, bool]]:
        return [(shown(value, column.kind), column.number) for value, column in zip(row, self.columns, strict=True)]


def shown(value: Any, kind: str) -> str:
    """Return a value as people read it, "" for None."""
    if value is None:
        return ""
    if kind == MONEY:
        return f"{format_cents(value)} €"
    if kind == QUANTITY:
        return format_quantity(value)
    if kind == PERCENT:
        return format_percent(round(value, -1))
    return thousands(value) if kind == COUNT else str(value)


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
    if kind == PERCENT:
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(value) // 100},{abs(value) % 100:02d}"
    return str(value) if kind == COUNT else guard(str(value))


_FORMATS = {MONEY: "#,##0.00 €", QUANTITY: "#,##0.###", PERCENT: "0.0%", COUNT: "#,##0"}
_SCALE = {MONEY: 100, QUANTITY: 1000, PERCENT: 10_000, COUNT: 1}


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
