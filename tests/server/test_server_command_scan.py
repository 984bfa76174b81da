"""`smartecr barcode` and `smartecr scan`: one JSON object a line, exit codes, standard input, broken files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from smartecr.server import cli

KEYS = {
    "text", "valid", "kind", "format", "gtin", "item", "number", "price", "weight", "quantity", "issue", "vat", "batch",
    "serial", "best_before", "expiry", "elements", "symbology", "error", "message",
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    code = cli.main(arguments)
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


def test_codes_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["4006381333931", "2812346146858", "2112346146859", "(01)04006381333931(17)270131(10)AB", "KD:12345"]
    code, rows, err = run(capsys, "barcode", *texts)
    assert (code, err) == (0, "")
    assert all(set(row) == KEYS for row in rows)
    assert [row["text"] for row in rows] == texts
    assert [row["kind"] for row in rows] == ["article", "price_label", "weight_label", "article", "customer"]
    assert [row["gtin"] for row in rows[:2]] == ["4006381333931", "2812340000002"]
    assert (rows[0]["price"], rows[1]["price"], rows[2]["weight"]) == (None, 14685, 14685)
    assert (rows[3]["expiry"], rows[3]["batch"]) == ("2027-01-31", "AB")
    assert rows[3]["elements"] == {"01": "04006381333931", "17": "270131", "10": "AB"}
    assert rows[4]["number"] == "12345"


def test_one_wrong_code_is_enough_for_a_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, rows, _ = run(capsys, "barcode", "4006381333931", "4006381333930", "400638")
    assert code == 1
    assert [row["valid"] for row in rows] == [True, False, False]
    assert [row["error"] for row in rows] == [None, "check_digit", "partial"]
    assert "Prüfziffer" in rows[1]["message"]
    assert rows[1]["gtin"] is None


def test_what_is_typed_may_be_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    code, rows, _ = run(capsys, "barcode", "--typed", "4711")
    assert (code, rows[0]["kind"]) == (0, "number")


def test_codes_come_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"4006381333931\r\n\n\xff\n" + b"x" * 8194 + b"4006381333931\n" + b"x" * 30_000 + b"\n96385074"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, rows, _ = run(capsys, "barcode", "-", "73513537")
    assert code == 1
    assert [row["error"] for row in rows] == [None, "empty", "unreadable", "too_long", "too_long", None, None]
    assert [row["gtin"] for row in rows if row["valid"]] == ["4006381333931", "96385074", "73513537"]


def qr(path: Path, *texts: str) -> Path:
    whole = Image.new("L", (300 * len(texts), 300), 255)
    for place, text in enumerate(texts):
        out = io.BytesIO()
        segno.make(text, micro=False).save(out, kind="png", scale=5)
        whole.paste(Image.open(out).convert("L"), (place * 300 + 10, 10))
    whole.save(path)
    return path


def test_pictures_are_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = qr(tmp_path / "a.png", "KD:12345", "MA:4711")
    code, rows, err = run(capsys, "scan", str(file))
    assert (code, err) == (0, "")
    (row,) = rows
    assert set(row) == {"file", "codes"}
    assert row["file"] == str(file)
    found = {each["text"]: each for each in row["codes"]}
    assert set(found) == {"KD:12345", "MA:4711"}
    assert found["MA:4711"]["symbology"] == "QR Code"
    assert found["MA:4711"]["code"]["kind"] == "staff"
    assert set(found["MA:4711"]["code"]) == KEYS
    left, right = (sum(x for x, _y in found[text]["position"]) / 4 for text in ("KD:12345", "MA:4711"))
    assert 0 < left < 300 < right < 600


def test_no_code_is_a_one_and_no_picture_a_two(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    qr(tmp_path / "a.png", "KD:12345")
    Image.new("L", (50, 50), 255).save(tmp_path / "b.png")
    code, rows, _ = run(capsys, "scan", str(tmp_path))
    assert (code, [len(row["codes"]) for row in rows]) == (1, [1, 0])
    (tmp_path / "c.png").write_bytes(b"no picture")
    code, rows, err = run(capsys, "scan", str(tmp_path), str(tmp_path / "none.png"))
    assert (code, [len(row["codes"]) for row in rows]) == (2, [1, 0, 0, 0])
    assert [row.get("error") for row in rows] == [None, None, "picture_unreadable", "file_unreadable"]
    assert err.count("\n") == 2


def test_a_code_in_any_picture_of_an_animation_counts_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pictures = [Image.new("L", (300, 300), 255), *[Image.open(qr(tmp_path / "a.png", "KD:12345")).copy()] * 2]
    pictures[0].save(tmp_path / "x.gif", save_all=True, append_images=pictures[1:], duration=50)
    code, rows, _ = run(capsys, "scan", str(tmp_path / "x.gif"))
    assert (code, [each["text"] for each in rows[0]["codes"]]) == (0, ["KD:12345"])


def test_names_that_are_no_utf8_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    code, rows, _ = run(capsys, "barcode", "\udcff4006381333931")
    assert (code, rows[0]["text"], rows[0]["error"]) == (1, "?4006381333931", "unreadable")
    code, rows, _ = run(capsys, "scan", "/nowhere/\udcff.png")
    assert (code, rows[0]["file"]) == (2, "/nowhere/?.png")


def test_help_names_the_units(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["barcode", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "price: Cent" in said
    assert "weight: Gramm" in said
