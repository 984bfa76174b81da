"""index.xml of any maker read: which files there are and how they are written.

Entities and external references are refused, the size is bounded; what deviates from the prescription becomes a
finding, and reading goes on as long as it makes sense.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from smartecr.core.records import dataclass
from smartecr.fiscal.dsfinvk import dtd, reasons
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.schema import Column, Table
from smartecr.fiscal.dsfinvk.source import BROKEN, INDEX, NotAnExportError, Source
from smartecr.fiscal.dsfinvk.tables import BY_FILE, TABLES

_MOST_BYTES: Final = 4 << 20
_ENCODINGS: Final = {
    "UTF8": "utf-8",
    "ANSI": "cp1252",
    "OEM": "cp850",
    "Macintosh": "mac_roman",
    "UTF16": "utf-16",
    "UTF7": "utf-7",
}
_REQUIRED: Final = {"cashpointclosing.csv", "location.csv", "cashregister.csv", "vat.csv"}
_BY_NAME: Final = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """How the file of one table is written; `header` says that its first line names the columns."""

    table: Table
    file: str
    encoding: str
    delimiter: str
    quote: str
    decimal: str
    grouping: str
    header: bool
    skipped_bytes: int
    columns: tuple[str, ...]


def read(source: Source, findings: Findings) -> list[Declaration]:
    """Return the declarations of all tables that are there. Raises NotAnExportError."""
    root = _parse(source)
    for path, problem in dtd.violations(root):
        findings.add("index.dtd", INDEX, path=path, problem=problem)
    if dtd.FILE not in source.names:
        findings.add("index.dtd_file", INDEX)
    found: dict[str, Declaration] = {}
    declared: set[str] = set()
    for element in root.iter("Table"):
        url = (element.findtext("URL") or "").strip()
        declared.add(url.lower())
        table = BY_FILE.get(url.lower()) or _BY_NAME.get((element.findtext("Name") or "").strip())
        if table is None:
            findings.add("index.unknown_table", INDEX, name=url)
        elif table.file in found:
            findings.add("index.twice", table.file)
        else:
            declaration = _declaration(table, url, element, source, findings)
            if declaration is not None:
                found[table.file] = declaration
    if not declared & set(BY_FILE) and not found:
        raise NotAnExportError("index.xml beschreibt keine einzige Tabelle der DSFinV-K.")
    _missing(source, declared, found, findings)
    return [found[table.file] for table in TABLES if table.file in found]


def _parse(source: Source) -> Element:
    name = next((name for name in source.names if name.lower() == INDEX), None)
    if name is None:
        raise NotAnExportError("Es gibt keine index.xml; sie gehört zu den Tabellen.")
    try:
        with source.open(name) as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise NotAnExportError("index.xml ist zu groß.")
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotAnExportError(f"index.xml ist kein lesbares XML ({type(error).__name__}).") from None
    except BROKEN as error:
        raise NotAnExportError(f"index.xml ist nicht lesbar: {reasons.of_reading(error)}.") from None
    return root


def _missing(source: Source, declared: set[str], found: dict[str, Declaration], findings: Findings) -> None:
    present = {name.lower() for name in source.names}
    for table in TABLES:
        if table.file not in found and table.file not in declared:
            findings.add("file.missing" if table.file in _REQUIRED else "file.absent", table.file)
    for name in source.names:
        if name.lower().endswith(".csv") and name.lower() not in declared:
            findings.add("file.undeclared", name)
    for url in declared - present:
        if "/" not in url and "\\" not in url:
            findings.add("file.missing", url)


def _declaration(table: Table, url: str, element: Element, source: Source, findings: Findings) -> Declaration | None:
    if not url or "/" in url or "\\" in url or ":" in url:
        findings.add("index.url", INDEX, url=url)
        return None
    file = next((name for name in source.names if name.lower() == url.lower()), None)
    layout = element.find("VariableLength")
    if layout is None:
        findings.add("index.fixed_length", table.file)
        return None
    columns = list(_columns(table, layout, findings))
    _check_order(table, columns, findings)
    if file is None:
        return None
    declaration = Declaration(
        table=table,
        file=file,
        encoding=next((_ENCODINGS[child.tag] for child in element if child.tag in _ENCODINGS), "cp1252"),
        delimiter=_character(layout, "ColumnDelimiter", ";"),
        quote=_character(layout, "TextEncapsulator", '"'),
        decimal=_character(element, "DecimalSymbol", ","),
        grouping=_character(element, "DigitGroupingSymbol", "."),
        header=_number(element.findtext("Range/From"), 1) > 1,
        skipped_bytes=_number(element.findtext("SkipNumBytes"), 0),
        columns=tuple(columns),
    )
    _check_dialect(declaration, layout, findings)
    return declaration


def _columns(table: Table, layout: Element, findings: Findings) -> Iterator[str]:
    known = {column.name: column for column in table.columns}
    for element in layout:
        if element.tag not in ("VariableColumn", "VariablePrimaryKey"):
            continue
        name = (element.findtext("Name") or "").strip()
        column = known.get(name)
        if column is not None:
            wanted, described = _format(column), _described(element)
            if described != wanted:
                findings.add("index.format", table.file, 0, name, name=name, found=described, wanted=wanted)
        yield name


def _format(column: Column) -> str:
    return f"Numeric, {column.size} Stellen" if column.kind.numeric else f"AlphaNumeric, {column.size} Zeichen"


def _described(element: Element) -> str:
    numeric = element.find("Numeric")
    if numeric is not None:
        return f"Numeric, {_number(numeric.findtext('Accuracy'), 0)} Stellen"
    if element.find("Date") is not None:
        return "Date"
    return f"AlphaNumeric, {_number(element.findtext('MaxLength'), 0)} Zeichen"


def _check_order(table: Table, columns: list[str], findings: Findings) -> None:
    wanted = [column.name for column in table.columns]
    for name in wanted:
        if name not in columns:
            findings.add("index.column", table.file, 0, name, name=name)
    if columns[: len(wanted)] != wanted and set(wanted) <= set(columns):
        findings.add("index.order", table.file)


def _check_dialect(declaration: Declaration, layout: Element, findings: Findings) -> None:
    wanted = {
        "Das Trennzeichen": (declaration.delimiter, ";"),
        "Das Textbegrenzungszeichen": (declaration.quote, '"'),
        "Das Dezimalzeichen": (declaration.decimal, ","),
        "Der Zeichensatz": (declaration.encoding, "utf-8"),
        "Das Zeilenende": (layout.findtext("RecordDelimiter") or "\r\n", "\r\n"),
    }
    for what, (found, expected) in wanted.items():
        if found != expected:
            findings.add("file.dialect", declaration.table.file, what=what, found=repr(found), wanted=repr(expected))


def _character(element: Element, name: str, default: str) -> str:
    text = element.findtext(name)
    return text if text is not None and len(text) == 1 and text not in "\r\n" else default


def _number(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
