"""`smartecr verify dsfinvk`: exit codes, German lines, JSON alone on standard output."""

from __future__ import annotations

import csv
import errno
import json
import zipfile
from pathlib import Path

import pytest

from smartecr.fiscal.dsfinvk import crew, reasons
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
    assert out[0].startswith("export.zip: 1 Abschluss, 28 Vorgänge, ")
    assert out[-1] == "In Ordnung: keine Fehler, 0 Hinweise."


def test_errors_are_told_with_their_place(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "dsfinvk", str(faulty)]) == 1
    out = capsys.readouterr().out
    assert "transactions.csv, Zeile 3, Spalte UMS_BRUTTO: Bezahlt wurden 21,30, der Vorgang nennt 21,31." in out
    assert "Die Signatur passt nicht zu den Angaben: Nicht gültig:" in out
    assert "Nicht in Ordnung: " in out


def test_equal_findings_are_told_once_with_their_number(
    tmp_path: Path, clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables, others = taken_apart(clean)
    for row in tables["lines.csv"][1:]:
        row[8] = "Verkauf"
    del tables["vat.csv"]
    cli.main(["verify", "dsfinvk", str(put_together(tmp_path / "x", tables, others)), "--no-signatures"])
    out = capsys.readouterr().out
    assert out.count("„Verkauf“ ist keiner der vorgesehenen Werte.") == 5
    assert "  [field.choice] 43-mal\n    lines.csv, Zeile 2, Spalte GV_TYP: „Verkauf“" in out
    assert "    … und 38 weitere\n" in out
    assert out.index("[file.missing]\n") < out.index("[field.choice]")
    assert out.index("\nFehler:\n") < out.index("\nHinweise:\n")


def test_nothing_to_check_is_not_called_good(tmp_path: Path, clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables, others = taken_apart(clean)
    folder = put_together(tmp_path / "x", {name: rows[:1] for name, rows in tables.items()}, others)
    assert cli.main(["verify", "dsfinvk", str(folder)]) == 0
    assert capsys.readouterr().out.endswith("Es gab nichts zu prüfen: Der Export enthält keinen Kassenabschluss.\n")


def test_trouble_of_our_own_is_not_the_exports(
    clean: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(crew, "judged", full)
    assert cli.main(["verify", "dsfinvk", str(clean)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Die Prüfung brach ab: auf dem Datenträger ist kein Platz mehr.\n")
    assert captured.out == ""


UNREADABLE = [
    (FileNotFoundError(errno.ENOENT, "No such file"), "Datei oder Ordner gibt es nicht"),
    (PermissionError(errno.EACCES, "Permission denied"), "keine Berechtigung"),
    (RuntimeError("File x is encrypted"), "die Datei ist mit einem Kennwort verschlüsselt"),
    (NotImplementedError("method"), "die Art der Komprimierung ist nicht bekannt"),
    (zipfile.BadZipFile("Bad CRC-32"), "das Archiv ist beschädigt oder abgeschnitten"),
    (OSError(errno.EBUSY, "busy"), "ein anderes Programm benutzt es gerade"),
    (OSError("Ein Prozess wurde beendet."), "Ein Prozess wurde beendet."),
]


@pytest.mark.parametrize(("error", "text"), UNREADABLE)
def test_why_a_file_cannot_be_read_is_said_in_german(error: Exception, text: str) -> None:
    assert reasons.of_reading(error) == text


SYNTAX = [
    ('"a"b;c', "nach dem schließenden Anführungszeichen steht kein Trennzeichen"),
    ('"a', "ein Anführungszeichen wird nicht geschlossen"),
    ("a\rb", "mitten in der Zeile steht ein Zeilenumbruch"),
    ("x" * 131_073, "ein Feld hat mehr als 131.072 Zeichen"),
]


@pytest.mark.parametrize(("line", "text"), SYNTAX)
def test_what_the_csv_module_does_not_take_is_said_in_german(line: str, text: str) -> None:
    with pytest.raises(csv.Error) as caught:
        list(csv.reader([line], delimiter=";", strict=True))
    assert reasons.of_syntax(caught.value) == text


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
