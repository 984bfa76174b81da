"""`smartecr verify dsfinvk`: exit codes, German lines, JSON alone on standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartecr.server import cli
from support.dsfinvkbooks import export, put_together, taken_apart


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("export") / "export.zip", 1)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, clean: Path) -> Path:
    tables, others = taken_apart(clean)
    tables["transactions.csv"][2][13] = "21,31"
    tables["transactions_tse.csv"][2][9] = "4711"
    return put_together(tmp_path_factory.mktemp("faulty") / "export", tables, others)


def test_a_clean_export_is_said_to_be(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "dsfinvk", str(clean)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("export.zip: 1 Abschlüsse, 28 Vorgänge, ")
    assert out[-1] == "In Ordnung: keine Fehler, 0 Hinweise."


def test_errors_are_told_with_their_place(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "dsfinvk", str(faulty)]) == 1
    out = capsys.readouterr().out
    assert "transactions.csv, Zeile 3, Spalte UMS_BRUTTO: Bezahlt wurden 21,30, der Vorgang nennt 21,31." in out
    assert "Die Signatur passt nicht zu den Angaben: Nicht gültig:" in out
    assert "Nicht in Ordnung: " in out


def test_signatures_can_be_left_out(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "dsfinvk", str(faulty), "--no-signatures"]) == 1
    out = capsys.readouterr().out
    assert "Signaturen wurden nicht geprüft." in out
    assert "Die Signatur passt nicht" not in out


def test_json_stands_alone_on_standard_output(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "dsfinvk", str(faulty), "--json"]) == 1
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert captured.err == ""
    assert (said["valid"], said["closings"], said["receipts"]) == (False, 1, 28)
    assert said["tables"]["lines.csv"] == 43
    assert said["counts"]["tse.signature"] == 1
    assert set(said["findings"][0]) == {"code", "severity", "file", "row", "column", "message"}


def test_what_is_no_export_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.zip").write_bytes(b"nothing")
    assert cli.main(["verify", "dsfinvk", str(tmp_path / "x.zip")]) == 2
    assert "Kein DSFinV-K-Export" in capsys.readouterr().err
    assert cli.main(["verify", "dsfinvk", str(tmp_path / "x.zip"), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is False
    assert "ZIP" in said["error"]
