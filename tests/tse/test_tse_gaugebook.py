"""The gauge's memory: one reading a day, and a pace that is that of real use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smartecr.tse.api import Lifecycle, TseInfo
from smartecr.tse.gauge import DAY
from smartecr.tse.gaugebook import GaugeBook

START = 1_795_392_000  # 0:00 UTC
INFO = TseInfo(
    serial="ab" * 32,
    algorithm="ecdsa-plain-SHA256",
    time_format="unixTime",
    public_key=b"",
    certificates=(),
    description="",
    is_test=True,
    state=Lifecycle.INITIALIZED,
    storage_used=0,
    storage_total=1_000_000,
    signatures_remaining=20_000_000,
)


def after(days: int, used: int = 0, left: int = 20_000_000) -> TseInfo:
    return replace(INFO, storage_used=used, signatures_remaining=left)


def test_one_reading_a_day_survives_the_process(tmp_path: Path) -> None:
    book = GaugeBook(tmp_path / "gauge.json")
    for hour in range(0, 72, 6):
        book.note(after(0, used=hour * 10), START + hour * 3600)
    assert [(one.at - START) // 3600 for one in book.history(INFO.serial)] == [0, 24, 48]
    again = GaugeBook(tmp_path / "gauge.json")
    assert again.history(INFO.serial) == book.history(INFO.serial)
    assert again.history("cd" * 32) == []


def test_days_until_full_follow_from_use(tmp_path: Path) -> None:
    book = GaugeBook(tmp_path / "gauge.json")
    for day in range(10):
        book.note(after(day, used=day * 10_000), START + day * DAY)
    read = book.read(after(10, used=100_000), START + 10 * DAY)
    assert read.storage_days == 90
    assert read.step == 90
    assert "Speicher" in read.text


def test_the_pace_is_that_of_the_last_quarter(tmp_path: Path) -> None:
    """A year of little use and a quarter of much: the quarter counts."""
    book = GaugeBook(tmp_path / "gauge.json")
    for day in range(300):
        book.note(after(day, used=day), START + day * DAY)
    for day in range(300, 400):
        book.note(after(day, used=300 + (day - 300) * 5_000), START + day * DAY)
    read = book.read(after(400, used=500_300), START + 400 * DAY)
    assert read.storage_days == (1_000_000 - 500_300) // 5_000


def test_a_freed_storage_begins_anew(tmp_path: Path) -> None:
    book = GaugeBook(tmp_path / "gauge.json")
    book.note(after(0, used=900_000), START)
    book.note(after(0, used=0), START + 60)
    assert len(book.history(INFO.serial)) == 2
    for day in range(1, 6):
        book.note(after(day, used=day * 1000), START + day * DAY)
    assert book.read(after(6, used=6000), START + 6 * DAY).storage_days == 993


def test_a_clock_set_back_gives_no_reading(tmp_path: Path) -> None:
    book = GaugeBook(tmp_path / "gauge.json")
    book.note(after(0), START)
    book.note(after(0, used=5), START - 3 * DAY)
    assert [one.at for one in book.history(INFO.serial)] == [START]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": [[1]]}', b'{"a": [[1.5, 2, 3]]}', b"[" * 100_000, b"\xff"])
def test_a_broken_file_begins_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gauge.json"
    path.write_bytes(content)
    book = GaugeBook(path)
    assert book.history(INFO.serial) == []
    book.note(INFO, START)
    assert len(GaugeBook(path).history(INFO.serial)) == 1


def test_a_disk_that_does_not_write_loses_the_reading_only(tmp_path: Path) -> None:
    book = GaugeBook(tmp_path / "missing" / "gauge.json")
    book.note(INFO, START)
    assert len(book.history(INFO.serial)) == 1
    assert not (tmp_path / "missing").exists()
