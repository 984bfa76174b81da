"""Logs hold what helps and nothing that belongs to a person or a card."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.server import logs

SECRET = "4111 1111 1111 1111"


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Path]:
    """Start logging into a folder of its own; everything is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.start(tmp_path)
    yield tmp_path / "logs" / "smartecr.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def last(file: Path) -> dict[str, object]:
    line: dict[str, object] = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    return line


def test_a_line_is_json_with_time_level_and_fields(lines: Path) -> None:
    logging.getLogger("smartecr.test").info("sold %s", "Käsekuchen", extra={"ms": 3.5, "status": 200})
    line = last(lines)
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {"level": "info", "from": "smartecr.test", "event": "sold Käsekuchen", "ms": 3.5, "status": 200}


@pytest.mark.parametrize(
    "extra",
    [
        {"pin": "4711"},
        {"card_track": SECRET},
        {"person": "Erika Mustermann"},
        {"customer_name": "Erika Mustermann"},
        {"csrf_token": "abc"},
        {"details": {"pan": SECRET, "deep": [{"email": "x"}]}},
        {"details": ({"pin": "4711"}, "erika@example.org")},
        {"note": f"Karte {SECRET}"},
        {"note": "4111111111111111"},
        {"number": 4111111111111111},
        {"note": "erika@example.org"},
        {"Session-Key": "abc"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_personal_and_card_data_never_reach_the_file(lines: Path, extra: dict[str, object]) -> None:
    logging.getLogger("smartecr.test").warning("seen", extra=extra)
    text = lines.read_text(encoding="utf-8")
    for forbidden in ("4711", "4111", "Erika", "erika", "abc", '"x"'):
        assert forbidden not in text
    assert logs.HIDDEN in text


def test_an_error_carries_its_code_and_a_masked_trace(lines: Path) -> None:
    class CodedError(Exception):
        code = "tse_timeout"

    try:
        raise CodedError(f"no answer for {SECRET}")
    except CodedError:
        logging.getLogger("smartecr.test").exception("failed")
    line = last(lines)
    assert line["code"] == "tse_timeout"
    assert "CodedError" in str(line["trace"])
    assert "4111" not in str(line["trace"])


def test_an_error_without_code_is_named_by_its_class(lines: Path) -> None:
    logging.getLogger("smartecr.test").error("failed", exc_info=ValueError("x"))
    assert last(lines)["code"] == "ValueError"


def test_the_console_stays_short(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    record = logging.makeLogRecord({"levelno": logging.ERROR, "levelname": "ERROR", "msg": f"failed {SECRET}"})
    record.exc_info = (ValueError, ValueError("x"), None)
    assert console.level == logging.WARNING
    assert console.format(record) == "error: failed … (ValueError; Näheres im Protokoll)"


def test_files_are_rotated_and_counted(lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = next(one for one in logging.getLogger().handlers if isinstance(one, logging.FileHandler))
    monkeypatch.setattr(handler, "maxBytes", 2_000)
    monkeypatch.setattr(handler, "backupCount", 3)
    for number in range(300):
        logging.getLogger("smartecr.test").info("line %s", number)
    files = sorted(lines.parent.iterdir())
    assert [file.name for file in files] == ["smartecr.log", "smartecr.log.1", "smartecr.log.2", "smartecr.log.3"]
    assert max(file.stat().st_size for file in files) <= 2_000
    assert last(lines)["event"] == "line 299"


@pytest.mark.parametrize(
    "text",
    ["2026-11-23 17:04:11", "Beleg 1042 über 27.86", "V0;955002", "019ab2f0c5d57e10a0b1c2d3e4f50617", "127.0.0.1:8765"],
)
def test_what_helps_is_kept(text: str) -> None:
    assert logs.masked(text) == text


@given(st.from_regex(r"\d{13,19}", fullmatch=True), st.sampled_from(["", " ", "-"]), st.text(max_size=10))
def test_no_card_number_survives_in_any_grouping(digits: str, gap: str, around: str) -> None:
    grouped = gap.join(digits[index : index + 4] for index in range(0, len(digits), 4))
    assert grouped not in logs.masked(f"{around}|{grouped}|{around}")
