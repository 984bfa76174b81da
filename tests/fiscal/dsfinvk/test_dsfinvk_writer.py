"""The export as a file: bytes of its rows, whole or not at all, ZIPs beyond four gigabytes."""

from __future__ import annotations

import errno
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartecr.core import remembered
from smartecr.fiscal.dsfinvk import archive as archives
from smartecr.fiscal.dsfinvk import parts as texts
from smartecr.fiscal.dsfinvk.archive import Archive
from smartecr.fiscal.dsfinvk.dialect import ValueRefusedError, decimal
from smartecr.fiscal.dsfinvk.records import Closing, Device, Line, Payment, Receipt, TseTransaction
from smartecr.fiscal.dsfinvk.tables import TABLES
from smartecr.fiscal.dsfinvk.writer import ExportError, Written, write
from support.dsfinvkbooks import NOTHING, Till, amount, books, line, master

AT = datetime(2026, 11, 30, 12, 34, 56, tzinfo=UTC)


def rows(path: Path, file: str) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.read(file).decode().split("\r\n")


def test_rows_to_the_byte(tmp_path: Path) -> None:
    """A closing with one receipt: two colas and pasta at table 10, paid by girocard."""
    cola = line("Umsatz", 840, 1, "Cola 0,4 l", 2000, article_number="301", group_id="D1", in_house=True)
    pasta = line("Umsatz", 1290, 2, "Pasta", article_number="112", in_house=True)
    process_data = "Beleg^8.40_12.90_0.00_0.00_0.00^21.30:Unbar"
    tse = TseTransaction(1, 5311, 1_795_456_718, 1_795_456_719, "Kassenbeleg-V1", 10634, "QUJD", process_data)
    receipt = Receipt(
        "1007",
        1007,
        1_795_456_717,
        1_795_456_720,
        "7",
        "Anna",
        2130,
        (cola, pasta),
        (amount(840, 1), amount(1290, 2)),
        (Payment("ECKarte", 2130, "girocard"),),
        (tse,),
        groups=("Tisch 10",),
    )
    closing = Closing(number=42, created=1_795_468_205, master=master())
    written = write(tmp_path / "x.zip", [(closing, [receipt])], at=AT)
    key = '"K1";"2026-11-23T22:10:05+01:00";42;'
    times = '"2026-11-23T18:58:37+01:00";"2026-11-23T18:58:40+01:00"'
    wanted = {
        "transactions.csv": [f'"1007";1007;"Beleg";"";"";"0";{times};"7";"Anna";21,30;"";"";"";"";"";"";"";"";""'],
        "datapayment.csv": ['"1007";"ECKarte";"girocard";"EUR";;21,30'],
        "lines.csv": [
            '"1007";"1";"";"Cola 0,4 l";"";"Umsatz";"";"1";"0";0;"301";"";"D1";"";2,000;1,000;"";4,20',
            '"1007";"2";"";"Pasta";"";"Umsatz";"";"1";"0";0;"112";"";"";"";1,000;1,000;"";12,90',
        ],
        "lines_vat.csv": ['"1007";"1";1;8,40;7,06;1,34', '"1007";"2";2;12,90;12,06;0,84'],
        "transactions_vat.csv": ['"1007";1;8,40;7,06;1,34', '"1007";2;12,90;12,06;0,84'],
        "transactions_tse.csv": [
            '"1007";1;5311;"2026-11-23T17:58:38.000Z";"2026-11-23T17:58:39.000Z";"Kassenbeleg-V1";10634;"QUJD";"";"'
            + process_data
            + '"'
        ],
        "allocation_groups.csv": ['"1007";"Tisch 10"'],
        "businesscases.csv": ['"Umsatz";"";0;1;8,40;7,06;1,34', '"Umsatz";"";0;2;12,90;12,06;0,84'],
        "payment.csv": ['"ECKarte";"girocard";21,30'],
        "cash_per_currency.csv": ['"EUR";0,00'],
        "references.csv": [],
    }  # fmt: skip
    for file, lines in wanted.items():
        assert rows(tmp_path / "x.zip", file)[1:] == [*(key + text for text in lines), ""], file
    head = rows(tmp_path / "x.zip", "cashpointclosing.csv")[1]
    assert head.startswith(key + '"";"2.4";"1007";"1007";"Beispiel GmbH"')
    assert head.endswith('"30/123/45678";"";21,30;0,00')
    assert written.rows["lines.csv"] == 2
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.testzip() is None
        names = ["index.xml", "gdpdu-01-09-2004.dtd", *(table.file for table in TABLES)]
        assert archive.namelist() == names
        assert archive.getinfo("lines.csv").date_time == (2026, 11, 30, 12, 34, 56)


def test_an_export_without_closings_has_all_files_and_no_rows(tmp_path: Path) -> None:
    written = write(tmp_path / "x.zip", [], at=AT)
    assert set(written.rows.values()) == {0}
    for table in TABLES:
        assert len(rows(tmp_path / "x.zip", table.file)) == 2


def test_progress_is_told_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_RECEIPTS", 40)
    seen: list[tuple[int, int, int]] = []

    def told(written: Written) -> None:
        seen.append((written.closings, written.receipts, written.rows["transactions.csv"]))

    write(tmp_path / "x.zip", books(3, sign=False), at=AT, progress=told)
    assert seen == [(1, 40, 40), (2, 80, 80), (3, 84, 84)]


@pytest.mark.parametrize("receipts", [1, 7, 28, 1000])
def test_parts_of_any_size_make_the_same_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receipts: int) -> None:
    made = list(books(3, sign=False))
    write(tmp_path / "usual.zip", made, at=AT)
    monkeypatch.setattr(texts, "_RECEIPTS", receipts)
    write(tmp_path / "x.zip", made, at=AT)
    assert (tmp_path / "x.zip").read_bytes() == (tmp_path / "usual.zip").read_bytes()


def broken(kind: Exception) -> Iterator[tuple[Closing, list[Receipt]]]:
    yield from books(1, sign=False)
    raise kind


@pytest.mark.parametrize("kind", [ValueError("x"), OSError(errno.EIO, "kaputt")])
def test_nothing_is_left_of_an_export_that_fails(tmp_path: Path, kind: Exception) -> None:
    target = tmp_path / "x.zip"
    target.write_bytes(b"the one before")
    with pytest.raises((ValueError, ExportError)):
        write(target, broken(kind), at=AT)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]
    assert target.read_bytes() == b"the one before"


def test_a_full_disk_is_said_in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives._Member, "write", full)
    with pytest.raises(ExportError, match="reicht der Platz nicht"):
        write(tmp_path / "x.zip", books(1, sign=False), at=AT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_german(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="nicht möglich"):
        write(tmp_path / "no" / "x.zip", [], at=AT)


def test_a_text_too_long_stops_the_export_and_names_the_column(tmp_path: Path) -> None:
    receipt = Till(sign=False).receipt([line("Umsatz", 100, 1, "x" * 300)], [Payment("Bar", 100)])
    with pytest.raises(ValueRefusedError, match=r"lines.csv, ARTIKELTEXT: 300 Zeichen"):
        write(tmp_path / "x.zip", [(Closing(number=1, created=1_795_468_205, master=master()), [receipt])], at=AT)
    long = master(register=Device(id="K" * 51, serial="1"))
    with pytest.raises(ValueRefusedError, match="Z_KASSE_ID"):
        write(tmp_path / "x.zip", [(Closing(number=1, created=1_795_468_205, master=long), [])], at=AT)
    assert list(tmp_path.iterdir()) == []


def test_sums_leave_out_voids_and_what_is_no_receipt(tmp_path: Path) -> None:
    till = Till(sign=False)
    receipts = [
        till.receipt([line("Umsatz", 500, 1), line("Umsatz", 900, 1, voided=True)], [Payment("Bar", 500)]),
        till.receipt([line("Umsatz", 700, 1)], [], type="AVTraining"),
        till.receipt([line("Umsatz", 100, 1), line("MehrzweckgutscheinEinloesung", -100, 5)], [NOTHING]),
        till.receipt([line("Umsatz", 300, 7)], [Payment("Bar", 310, currency="USD", foreign_cents=330)]),
    ]
    write(tmp_path / "x.zip", [(till.close(), receipts)], at=AT)
    cases = [row.split(";", 3)[3] for row in rows(tmp_path / "x.zip", "businesscases.csv")[1:-1]]
    assert cases == [
        '"Umsatz";"";0;1;6,00;5,04;0,96',
        '"Umsatz";"";0;7;3,00;3,00;0,00',
        '"MehrzweckgutscheinEinloesung";"";0;5;-1,00;-1,00;0,00',
    ]
    assert [row.split(";", 3)[3] for row in rows(tmp_path / "x.zip", "payment.csv")[1:-1]] == ['"Bar";"";8,10']
    currencies = [row.split(";", 3)[3] for row in rows(tmp_path / "x.zip", "cash_per_currency.csv")[1:-1]]
    assert currencies == ['"EUR";5,00', '"USD";3,30']
    assert rows(tmp_path / "x.zip", "cashregister.csv")[1].endswith(';"EUR";"1"')


@pytest.mark.parametrize("limit", [10, 1 << 32])
def test_long_members_use_the_long_fields(tmp_path: Path, limit: int) -> None:
    archive = Archive(tmp_path, AT, limit=limit)
    content = {"a.csv": b"x" * 100_000, "b.csv": b"", "ü.csv": b"y" * 50}
    for name, data in content.items():
        for begin in range(0, len(data) or 1, 3000):
            archive.append(name, data[begin : begin + 3000])
    file = io.BytesIO()
    archive.save(file)
    archive.close()
    with zipfile.ZipFile(file) as read:
        assert {name: read.read(name) for name in read.namelist()} == content
    assert (b"PK\x06\x06" in file.getvalue()) == (limit == 10)


def endless(receipts: int) -> Iterator[Receipt]:
    till = Till(sign=False)
    sold = till.receipt([line("Umsatz", 500, 1)], [Payment("Bar", 500)])
    for number in range(receipts):
        yield sold._replace(id=str(number), number=number, lines=(Line(f"Artikel {number}", *sold.lines[0][1:]),))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_receipts(tmp_path: Path) -> None:
    peaks = []
    for receipts in (10_000, 30_000):  # more than it remembers, and three times as many
        closing = Closing(number=1, created=1_795_468_205, master=master())
        tracemalloc.start()
        write(tmp_path / "x.zip", [(closing, endless(receipts))], at=AT)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2


def test_small_days_are_handed_over_together_not_at_the_end() -> None:
    counts = [part.receipts for part in texts.parts(books(24, sign=False))]
    assert counts == [256, 256, 24 * 28 - 512]


@pytest.mark.parametrize("most", [50, 8192])
def test_lines_made_anew_are_not_taken_for_others_that_are_gone(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(remembered, "MOST", most)
    closing, _ = next(books(1, sign=False))
    names = [f"Ware {number}" for number in range(200)]

    def sold(number: int) -> Receipt:
        one = line("Umsatz", 100 + number, 1, names[number])
        return Receipt(
            str(number), number, 0, 0, "7", "Anna", 100 + number, (one,), one.vat, (Payment("Bar", 100 + number),), ()
        )

    (part,) = texts.parts([(closing, map(sold, range(200)))])
    rows = {file: data.decode().splitlines() for file, _, data in part.rows}
    assert [row.split(";")[6] for row in rows["lines.csv"]] == [f'"{name}"' for name in names]
    (case,) = rows["businesscases.csv"]
    assert case.split(";")[7] == decimal(sum(range(100, 300)), 2)
