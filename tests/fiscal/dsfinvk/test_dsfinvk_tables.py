"""The definitions against the published description files; index.xml and DTD as we write them."""

from __future__ import annotations

import csv
import io
import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring, parse

from smartecr.fiscal.dsfinvk import dtd, index_xml
from smartecr.fiscal.dsfinvk.clock import LocalClock, tse_text
from smartecr.fiscal.dsfinvk.parts import ZONE, parts
from smartecr.fiscal.dsfinvk.records import Device
from smartecr.fiscal.dsfinvk.tables import BY_FILE, LINES, TABLES
from support.dsfinvkbooks import Till, books, every_case
from support.samples import sample


def structure(root: Element) -> list[object]:
    """Everything about the tables that a reader depends on: all but the descriptions."""
    found: list[object] = []
    for table in root.iter("Table"):
        texts = [table.findtext(name) for name in ("URL", "Name", "DecimalSymbol", "DigitGroupingSymbol", "Range/From")]
        layout = table.find("VariableLength")
        assert layout is not None
        separators = [layout.findtext(name) for name in ("ColumnDelimiter", "RecordDelimiter", "TextEncapsulator")]
        columns = [
            (
                column.tag,
                column.findtext("Name"),
                column.find("Numeric") is not None,
                column.findtext("Numeric/Accuracy"),
                column.findtext("MaxLength"),
            )
            for column in layout
            if column.tag.startswith("Variable")
        ]
        found.append((texts, table.find("UTF8") is not None, separators, columns))
    return found


def ours() -> Element:
    root: Element = fromstring(index_xml.text("Käse & Co", "Berlin", "<Export>"))
    return root


def test_index_xml_says_what_the_official_one_says() -> None:
    official = structure(parse(sample("dsfinvk/index.xml")).getroot())
    assert len(official) == 20
    assert structure(ours()) == official


def test_index_xml_keeps_the_dtd_and_names_the_supplier() -> None:
    assert list(dtd.violations(ours())) == []
    assert ours().findtext("DataSupplier/Name") == "Käse & Co"
    assert ours().findtext("DataSupplier/Comment") == "<Export>"


def declarations(text: str) -> dict[str, str]:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return {name: re.sub(r"\s", "", model) for name, model in re.findall(r"<!ELEMENT\s+(\w+)\s+([^>]+)>", text)}


def test_the_dtd_declares_what_the_official_one_declares() -> None:
    official = declarations(sample("dsfinvk/gdpdu-01-09-2004.dtd").read_text(encoding="utf-8"))
    assert len(official) == 49
    assert declarations(dtd.text()) == official
    assert "<!--" not in dtd.text()


BROKEN = [
    ("<DataSet><Media><Name/></Media></DataSet>", "DataSet"),
    ("<DataSet><Version>1</Version></DataSet>", "DataSet"),
    ("<DataSet><Version><Name/></Version><Media><Name/></Media></DataSet>", "DataSet/Version"),
    ("<DataSet><Version/><Media><Name/><Table/></Media></DataSet>", "DataSet/Media/Table"),
    ("<DataSet><Version/><Media><Name/><Extra/></Media></DataSet>", "DataSet/Media"),
    ("<DataSet>x<Version/><Media><Name/></Media></DataSet>", "DataSet"),
    ('<DataSet a="1"><Version/><Media><Name/></Media></DataSet>', "DataSet"),
    ("<Data/>", "Data"),
]


@pytest.mark.parametrize(("text", "path"), BROKEN)
def test_what_the_dtd_forbids_is_named_with_its_place(text: str, path: str) -> None:
    assert path in [found for found, _ in dtd.violations(fromstring(text))]


def test_each_table_begins_with_its_key() -> None:
    key = ("Z_KASSE_ID", "Z_ERSTELLUNG", "Z_NR", "BON_ID", "POS_ZEILE")
    for table in TABLES:
        assert tuple(column.name for column in table.columns[: table.level.value]) == key[: table.level.value]
    assert BY_FILE["lines.csv"] is LINES
    with pytest.raises(KeyError):
        LINES.place("BON_NR")


def test_rows_are_as_wide_as_their_tables() -> None:
    till = Till(sign=False)
    made = parts([(till.close(terminals=(Device(id="2", serial="x"),)), every_case(till)), *books(1, sign=False)])
    seen = set()
    for file, count, data in (rows for part in made for rows in part.rows):
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";", strict=True))
        assert len(rows) == count
        assert {len(row) for row in rows} == {len(BY_FILE[file].columns)}, file
        seen.add(file)
    assert seen == set(BY_FILE)


TIMES = [
    (1_795_456_720, "2026-11-23T18:58:40+01:00", "2026-11-23T17:58:40.000Z"),
    (1_792_889_999, "2026-10-25T02:59:59+02:00", "2026-10-25T00:59:59.000Z"),
    (1_792_890_000, "2026-10-25T02:00:00+01:00", "2026-10-25T01:00:00.000Z"),
    (1_774_745_999, "2026-03-29T01:59:59+01:00", "2026-03-29T00:59:59.000Z"),
    (1_774_746_000, "2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00.000Z"),
]


@pytest.mark.parametrize(("seconds", "local", "utc"), TIMES)
def test_times_carry_their_offset_through_the_change_of_clocks(seconds: int, local: str, utc: str) -> None:
    assert LocalClock(ZONE).text(seconds) == local
    assert tse_text(seconds) == utc
