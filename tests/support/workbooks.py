"""Reading the official example workbooks (xlsx) field by field, with the standard library alone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml.ElementTree import fromstring

_NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_TEXT = f"{{{_NAMES['m']}}}t"


@dataclass(slots=True)
class Example:
    """One worked example: what its fields say, in their order. Values are as written, amounts unrounded."""

    head: dict[str, str] = field(default_factory=dict)
    vat: list[dict[str, str]] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)


def examples(path: Path) -> list[Example]:
    """Return the examples of a workbook, one a column behind the names of file and field."""
    rows = list(_rows(path))
    title = next(row for row in rows if any(text.startswith("DSFinV-K") for text in row.values()))
    columns = [column for column, text in sorted(title.items()) if text.strip().startswith("Beispiel")]
    named = next(row for row in rows if any(text.startswith("Datei") for text in row.values()))
    file = next(column for column, text in named.items() if text.startswith("Datei"))
    return [_example(rows, file, column) for column in columns]


def _example(rows: list[dict[int, str]], file: int, column: int) -> Example:
    found = Example()
    for row in rows:
        table, name, value = row.get(file, ""), row.get(file + 1, ""), row.get(column, "").strip()
        if not table or not value:
            continue
        if name in ("BON_TYP", "UMS_BRUTTO", "KEINE_UST_ZUORDNUNG", "ZAHLART_TYP", "BASISWAEH_BETRAG"):
            found.head[name] = value
        elif table == "Bonkopf_USt":
            _into(found.vat, name, value, "UST_SCHLUESSEL")
        elif table in ("Bonpos", "Bonpos_USt"):
            _into(found.lines, name, value, "GV_TYP")
    return found


def _into(records: list[dict[str, str]], name: str, value: str, first: str) -> None:
    if name == first:
        records.append({})
    records[-1][name] = value


def _rows(path: Path) -> Iterator[dict[int, str]]:
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(part.text or "" for part in item.iter(_TEXT))
            for item in fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = fromstring(book.read("xl/worksheets/sheet1.xml"))
    for row in sheet.iter(f"{{{_NAMES['m']}}}row"):
        cells = {}
        for cell in row:
            value = cell.find("m:v", _NAMES)
            if value is not None and value.text:
                cells[_column(cell.get("r", ""))] = shared[int(value.text)] if cell.get("t") == "s" else value.text
        if cells:
            yield cells


def _column(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number
