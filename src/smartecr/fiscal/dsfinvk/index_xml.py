"""index.xml of an export, made from the definitions of the tables.

Against the file published with 2.2 nothing changes in tables, columns, order, types and formats; 2.3 and 2.4 left them
as they were. Descriptions are our own words, and the supplier is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from smartecr.fiscal.dsfinvk import dtd
from smartecr.fiscal.dsfinvk.schema import Column, Table
from smartecr.fiscal.dsfinvk.tables import TABLES

FILE = "index.xml"


def text(supplier: str = "", location: str = "", comment: str = "") -> str:
    """Return index.xml for all tables; the arguments describe who hands the data over and may be empty."""
    return "\n".join(_document(supplier, location, comment)) + "\n"


def _document(supplier: str, location: str, comment: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<!DOCTYPE DataSet SYSTEM "{dtd.FILE}">'
    yield "<DataSet>"
    yield "  <Version>1.0</Version>"
    yield "  <DataSupplier>"
    yield f"    <Name>{escape(supplier)}</Name>"
    yield f"    <Location>{escape(location)}</Location>"
    yield f"    <Comment>{escape(comment)}</Comment>"
    yield "  </DataSupplier>"
    yield "  <Media>"
    yield "    <Name>CD Nummer 1</Name>"
    for table in TABLES:
        yield from _table(table)
    yield "  </Media>"
    yield "</DataSet>"


def _table(table: Table) -> Iterator[str]:
    yield "    <Table>"
    yield f"      <URL>{table.file}</URL>"
    yield f"      <Name>{table.name}</Name>"
    yield f"      <Description>{escape(table.description)}</Description>"
    yield "      <UTF8/>"
    yield "      <DecimalSymbol>,</DecimalSymbol>"
    yield "      <DigitGroupingSymbol>.</DigitGroupingSymbol>"
    yield "      <Range><From>2</From></Range>"
    yield "      <VariableLength>"
    yield "        <ColumnDelimiter>;</ColumnDelimiter>"
    yield "        <RecordDelimiter>&#xD;&#xA;</RecordDelimiter>"
    yield '        <TextEncapsulator>"</TextEncapsulator>'
    for column in table.columns:
        yield "        <VariableColumn>"
        yield f"          <Name>{column.name}</Name>"
        yield f"          <Description>{escape(column.description)}</Description>"
        yield f"          {_format(column)}"
        yield "        </VariableColumn>"
    yield "      </VariableLength>"
    yield "    </Table>"


def _format(column: Column) -> str:
    if not column.kind.numeric:
        return f"<AlphaNumeric/><MaxLength>{column.size}</MaxLength>"
    return f"<Numeric><Accuracy>{column.size}</Accuracy></Numeric>" if column.size else "<Numeric/>"
