"""`smartecr export dsfinvk` over a demo shop of one day: what it writes is checked, what it refuses is said."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from support.servers import RunningServer, run_cli

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(demo_server: RunningServer) -> Path:
    """Data of a shop that is being served."""
    return demo_server.folder


def test_a_day_is_exported_while_the_shop_serves_and_holds(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "dsfinvk.zip"
    done = run_cli(folder, "export", "dsfinvk", "--out", str(target))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{target}: 1 Abschluss, " in done.stdout
    checked = run_cli(folder, "verify", "dsfinvk", str(target))
    assert checked.returncode == 0, checked.stdout
    assert "In Ordnung: keine Fehler" in checked.stdout
    again = run_cli(folder, "export", "dsfinvk", "--out", str(target))
    assert (again.returncode, "gibt es schon" in again.stderr) == (2, True)
    assert zipfile.is_zipfile(target)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "2001-01-01", "--to", "2001-01-31"], "In diesem Zeitraum gibt es keinen Kassenabschluss"),
        (["--from", "2026-02-01", "--to", "2026-01-31"], "Der Zeitraum ist leer: 01.02.2026"),
        (["--from", "gestern"], "„gestern“ ist kein Tag. So sieht einer aus:"),
    ],
    ids=["no closing", "turned round", "no day"],
)
def test_what_cannot_be_exported_is_said(folder: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    target = tmp_path / "x.zip"
    done = run_cli(folder, "export", "dsfinvk", "--out", str(target), *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    done = run_cli(folder, "export", "dsfinvk", "--out", str(tmp_path / "nowhere" / "x.zip"))
    assert done.returncode == 2
    assert "ist nicht möglich" in done.stderr
