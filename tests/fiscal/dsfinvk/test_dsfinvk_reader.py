"""Exports of other makers, broken ones and hostile ones: read as far as they make sense, always with an answer."""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.fiscal.dsfinvk import blocks, csvtable, declaration, validator
from smartecr.fiscal.dsfinvk.findings import Findings
from smartecr.fiscal.dsfinvk.source import NotAnExportError, opened
from smartecr.fiscal.dsfinvk.validator import Verdict, validate
from support.dsfinvkbooks import Tables, export, put_together, taken_apart

Parts = tuple[Tables, dict[str, bytes]]


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("export") / "export.zip", 1, sign=False)


@pytest.fixture(scope="module")
def parts(zipped: Path) -> Parts:
    return taken_apart(zipped)


def codes(verdict: Verdict) -> set[str]:
    return set(verdict.counts)


def index(others: dict[str, bytes], old: str, new: str, times: int = -1) -> dict[str, bytes]:
    text = others["index.xml"].decode()
    assert old in text
    return {**others, "index.xml": text.replace(old, new, times).encode()}


def test_a_folder_reads_like_its_zip(tmp_path: Path, parts: Parts) -> None:
    assert validate(put_together(tmp_path / "x", *parts)).counts == {}


def test_members_without_a_name_and_folders_are_passed_over(tmp_path: Path, zipped: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped.read_bytes())
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        archive.writestr("Belege/", b"")
        archive.writestr("y", b"")
    (tmp_path / "x.zip").write_bytes(_unnamed((tmp_path / "x.zip").read_bytes()))
    assert validate(tmp_path / "x.zip").counts == {}


def _unnamed(archive: bytes) -> bytes:
    """Take the last member's name, of one byte, out of the directory (a NUL ends a name)."""
    place = archive.rindex(b"y", 0, archive.rindex(b"PK\5\6"))
    return archive[:place] + b"\0" + archive[place + 1 :]


def test_a_zip_with_a_folder_inside_reads_too(tmp_path: Path, zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(tmp_path / "x.zip", "w") as new:
        for name in old.namelist():
            new.writestr(f"Export 2026/{name}", old.read(name))
    assert validate(tmp_path / "x.zip").counts == {}


def test_other_separators_and_encodings_are_read_and_named(tmp_path: Path, parts: Parts) -> None:
    others = index(parts[1], "<ColumnDelimiter>;<", "<ColumnDelimiter>|<")
    others = index(others, "<UTF8/>", "<ANSI/>")
    verdict = validate(put_together(tmp_path / "x", parts[0], others, delimiter="|", encoding="cp1252"))
    assert verdict.counts == {"file.dialect": 40}


def test_a_decimal_point_is_read_and_named(tmp_path: Path, parts: Parts) -> None:
    others = index(parts[1], "<DecimalSymbol>,<", "<DecimalSymbol>.<")
    others = index(others, "<DigitGroupingSymbol>.<", "<DigitGroupingSymbol>,<")
    pointed = {
        name: [[re.sub(r"^(-?[0-9]+),([0-9]+)$", r"\1.\2", cell) for cell in row] for row in rows]
        for name, rows in parts[0].items()
    }
    verdict = validate(put_together(tmp_path / "x", pointed, others))
    assert verdict.counts == {"file.dialect": 20}


def test_columns_in_another_order_are_read_and_named(tmp_path: Path, parts: Parts) -> None:
    swapped = {**parts[0], "vat.csv": [[*row[:3], row[4], row[3], row[5]] for row in parts[0]["vat.csv"]]}
    verdict = validate(put_together(tmp_path / "x", swapped, parts[1]))
    assert verdict.counts == {"file.header": 1}


def test_extra_columns_at_the_end_are_fine_when_declared(tmp_path: Path, parts: Parts) -> None:
    extra = {**parts[0], "pa.csv": [[*row, "mehr"] for row in parts[0]["pa.csv"]]}
    column = "<VariableColumn><Name>mehr</Name><AlphaNumeric/></VariableColumn>"
    begin, end = parts[1]["index.xml"].decode().split("<URL>tse.csv</URL>")
    place = begin.rindex("</VariableLength>")
    others = {**parts[1], "index.xml": f"{begin[:place]}{column}{begin[place:]}<URL>tse.csv</URL>{end}".encode()}
    assert validate(put_together(tmp_path / "x", extra, others)).counts == {}
    verdict = validate(put_together(tmp_path / "y", extra, parts[1]))
    assert codes(verdict) == {"file.header"}


def test_byte_order_marks_are_read_and_named(tmp_path: Path, parts: Parts) -> None:
    others = {**parts[1], "index.xml": b"\xef\xbb\xbf" + parts[1]["index.xml"]}
    folder = put_together(tmp_path / "x", parts[0], others)
    for path in folder.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert validate(folder).counts == {"file.bom": 20}


PACKAGES = [
    ({"pa.csv"}, {"file.missing"}),
    ({"lines.csv"}, {"file.missing", "key.line", "key.no_line"}),
    ({"cashpointclosing.csv"}, {"file.missing", "key.closing"}),
    ({"gdpdu-01-09-2004.dtd"}, {"index.dtd_file"}),
]


@pytest.mark.parametrize(("missing", "wanted"), PACKAGES)
def test_missing_files_are_named(tmp_path: Path, parts: Parts, missing: set[str], wanted: set[str]) -> None:
    folder = put_together(tmp_path / "x", *parts)
    for name in missing:
        (folder / name).unlink()
    verdict = validate(folder)
    assert codes(verdict) & wanted == wanted
    assert verdict.errors


def test_an_optional_table_that_is_not_declared_is_a_hint(tmp_path: Path, parts: Parts) -> None:
    text = parts[1]["index.xml"].decode()
    begin = text.index("    <Table>\n      <URL>slaves.csv")
    end = text.index("    <Table>", begin + 10)
    folder = put_together(tmp_path / "x", parts[0], {**parts[1], "index.xml": (text[:begin] + text[end:]).encode()})
    assert validate(folder).counts == {"file.absent": 1, "file.undeclared": 1}
    (folder / "slaves.csv").unlink()
    assert validate(folder).counts == {"file.absent": 1}


def test_a_wrong_description_is_named(tmp_path: Path, parts: Parts) -> None:
    others = index(parts[1], "<MaxLength>255</MaxLength>", "<MaxLength>250</MaxLength>", 1)
    verdict = validate(put_together(tmp_path / "x", parts[0], others))
    assert [(one.code, one.file, one.column) for one in verdict.findings] == [
        ("index.format", "transactions.csv", "BON_NOTIZ")
    ]
    others = index(parts[1], "<Version>1.0</Version>", "")
    assert codes(validate(put_together(tmp_path / "y", parts[0], others))) == {"index.dtd"}


@pytest.mark.parametrize("url", ["../lines.csv", "C:\\lines.csv", "/etc/passwd", "file:lines.csv", "a/lines.csv"])
def test_a_path_in_index_xml_is_never_followed(tmp_path: Path, parts: Parts, url: str) -> None:
    others = index(parts[1], "<URL>lines.csv</URL>", f"<URL>{url}</URL>")
    assert "index.url" in codes(validate(put_together(tmp_path / "x", parts[0], others)))


ENTITIES = (
    '<!DOCTYPE DataSet [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><DataSet><Version>&b;</Version></DataSet>'
)
OUTSIDE = '<!DOCTYPE DataSet [<!ENTITY a SYSTEM "file:///etc/passwd">]><DataSet><Version>&a;</Version></DataSet>'
NO_EXPORTS = [b"", b"<DataSet>", ENTITIES.encode(), OUTSIDE.encode(), b"<DataSet/>", b"\xff\xfe\x00", b"<x/>" * 2]


@pytest.mark.parametrize("data", NO_EXPORTS)
def test_an_index_that_cannot_be_used_is_no_export(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotAnExportError):
        validate(put_together(tmp_path / "x", {}, {"index.xml": data}))


def test_what_is_no_export_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no")
    (tmp_path / "folder").mkdir()
    for name, reason in (("x.zip", "ZIP"), ("folder", "index.xml"), ("none.zip", "nicht lesbar")):
        with pytest.raises(NotAnExportError, match=reason):
            validate(tmp_path / name)


def test_a_bomb_is_refused(tmp_path: Path, zipped: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.xml", "<DataSet/>")
        archive.writestr("lines.csv", b"0" * (80 << 20))
    with pytest.raises(NotAnExportError, match="aufblähen"):
        validate(tmp_path / "x.zip")


def test_an_endless_line_ends(tmp_path: Path, parts: Parts) -> None:
    folder = put_together(tmp_path / "x", *parts)
    with (folder / "lines.csv").open("ab") as file:
        file.write(b'"' + b"x" * (3 << 20))
    assert "file.line_too_long" in codes(validate(folder))


RUINED = [
    (b'"K1";"a"b"\r\n', "file.syntax"),
    (b'"K1";"never closed\r\n', "file.syntax"),
    (b'"K1";1\r\n', "file.width"),
    (b"\xff\xfe\r\n", "file.encoding"),
    (b'"K1";2;3\n', "file.line_end"),
]


@pytest.mark.parametrize(("data", "code"), RUINED)
def test_ruined_rows_are_named_and_the_rest_is_read(tmp_path: Path, parts: Parts, data: bytes, code: str) -> None:
    folder = put_together(tmp_path / "x", *parts)
    rows = len((folder / "references.csv").read_bytes().splitlines())
    with (folder / "references.csv").open("ab") as file:
        file.write(data)
    verdict = validate(folder)
    assert code in codes(verdict)
    assert verdict.rows["references.csv"] >= rows - 1


@settings(max_examples=25)
@given(data=st.binary(max_size=200), cut=st.integers(0, 3000))
def test_any_bytes_end_in_an_answer(
    tmp_path_factory: pytest.TempPathFactory, parts: Parts, data: bytes, cut: int
) -> None:
    folder = put_together(tmp_path_factory.mktemp("ruined"), *parts)
    file = folder / "transactions.csv"
    old = file.read_bytes()
    file.write_bytes(old[:cut] + data + old[cut + len(data) :])
    validate(folder)


@settings(max_examples=25)
@given(data=st.data())
def test_any_damage_to_an_archive_ends_in_an_answer(
    tmp_path_factory: pytest.TempPathFactory, zipped: Path, data: st.DataObject
) -> None:
    whole = bytearray(zipped.read_bytes())
    for place in data.draw(st.lists(st.integers(1, 2400), max_size=5)):
        whole[-place] = data.draw(st.integers(0, 255))
    (broken := tmp_path_factory.mktemp("broken") / "x.zip").write_bytes(whole)
    with contextlib.suppress(NotAnExportError):
        validate(broken)


def test_a_name_that_is_no_text_is_a_finding(tmp_path: Path, zipped: Path) -> None:
    """The name in the file's own head, which is only read when the file is."""
    data = bytearray(zipped.read_bytes())
    place = data.index(b"lines.csv")
    data[place - 24 + 1] |= 8  # names are UTF-8
    data[place] = 0xD1
    (tmp_path / "x.zip").write_bytes(data)
    verdict = validate(tmp_path / "x.zip")
    assert ("file.unreadable", "lines.csv") in {(one.code, one.file) for one in verdict.findings}


def test_utf16_without_its_mark_is_named(tmp_path: Path, parts: Parts) -> None:
    others = index(parts[1], "<UTF8/>", "<UTF16/>", 1)
    verdict = validate(put_together(tmp_path / "x", parts[0], others))
    assert {("file.dialect", "cashpointclosing.csv"), ("file.encoding", "cashpointclosing.csv")} <= {
        (one.code, one.file) for one in verdict.findings
    }


def test_a_damaged_archive_is_a_finding(tmp_path: Path, zipped: Path) -> None:
    data = bytearray(zipped.read_bytes())
    place = data.index(b"lines.csv") + 60
    data[place : place + 40] = b"\0" * 40
    (tmp_path / "x.zip").write_bytes(data)
    assert "file.unreadable" in codes(validate(tmp_path / "x.zip"))


def test_limits_hold_and_say_so(tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closing too large for memory goes over the disk; what is too large even then is a finding."""
    folder = put_together(tmp_path / "x", *parts)
    monkeypatch.setattr(blocks, "MOST_ROWS", 100)
    assert validate(folder, scratch=tmp_path).counts == {}
    monkeypatch.setattr(blocks, "MOST_ROWS", 2)
    assert "file.too_large" in codes(validate(folder, scratch=tmp_path))
    monkeypatch.setattr(blocks, "MOST_CLOSINGS", 0)
    assert "file.too_large" in codes(validate(folder, scratch=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_batches_do_not_change_the_result(zipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, 7):
        monkeypatch.setattr(csvtable, "BATCH", size)
        assert validate(zipped).counts == {}


def test_long_rows_count_by_their_bytes(tmp_path: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows of many bytes go over the disk as many rows do, and those of one Vorgang may be too much even there."""
    header, *rows = parts[0]["lines.csv"]
    place = header.index("ARTIKELTEXT")
    long = [[*row[:place], "x" * 100_000, *row[place + 1 :]] for row in rows]
    folder = put_together(tmp_path / "x", parts[0] | {"lines.csv": [header, *long]}, parts[1])
    spread: list[Path] = []

    class Seen(blocks.Spread):
        def __init__(self, at: Path, *others: Any) -> None:
            spread.append(at)
            super().__init__(at, *others)

    monkeypatch.setattr(validator, "Spread", Seen)
    in_memory = validate(folder, scratch=tmp_path)
    assert spread == []
    most = max(Counter(row[header.index("BON_ID")] for row in rows).values())
    monkeypatch.setattr(blocks, "MOST_ROWS", most * 101)
    assert validate(folder, scratch=tmp_path).counts == in_memory.counts
    assert len(spread) == 1
    monkeypatch.setattr(blocks, "MOST_ROWS", 40)
    assert "file.too_large" in codes(validate(folder, scratch=tmp_path))


def test_a_batch_of_long_rows_is_short(tmp_path: Path, parts: Parts) -> None:
    header, row, *_ = parts[0]["lines.csv"]
    place = header.index("ARTIKELTEXT")
    row = [*row[:place], "x" * 100_000, *row[place + 1 :]]
    folder = put_together(tmp_path / "x", parts[0] | {"lines.csv": [header, *[row] * 200]}, parts[1])
    with opened(folder) as source:
        found = Findings(9)
        lines = next(one for one in declaration.read(source, found) if one.table.file == "lines.csv")
        sizes = [len(batch) for _, batch in csvtable.TableReader(source, lines, found).batches()]
    assert sum(sizes) == 200
    assert max(sizes) <= 64
