"""What the command line says to a clumsy person: German, the right code, nothing lost and nothing half."""

from __future__ import annotations

import errno
import io
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from smartecr.server import cli
from smartecr.server.cmdline import command_backup, germanparser, newfile
from support.servers import ROOT, environment

Capture = pytest.CaptureFixture[str]

WRONG_LINES = [
    ("", "Es fehlt: BEFEHL"),
    ("frobnicate", "BEFEHL: 'frobnicate' gibt es nicht. Möglich: "),
    ("export", "Es fehlt: WAS"),
    ("export dsfinvk", "Es fehlt: --out"),
    ("export dsfinvk --out", "--out: Hier fehlt eine Angabe"),
    ("export dsfinvk --out a --bogus", "Das kennt dieser Befehl nicht: --bogus"),
    ("export tse --out a --client=ja", "--client: nimmt keine Angabe, auch nicht 'ja'"),
    ("export datev --out a --c 3", "--c ist mehrdeutig. Möglich: --c"),
    ("export datev --out a --chart SKR99", "--chart: 'SKR99' gibt es nicht. Möglich: "),
    ("export datev --out a --consultant x", "--consultant: „x“ ist keine Zahl ab 0"),
    ("backup create --keep -3", "--keep: „-3“ ist keine Zahl ab 0"),
    ("export tse --out a --from 31.02.2026", "--from: „31.02.2026“ ist kein Tag."),
    ("export tse --out a --from 2026-13-01", "--from: „2026-13-01“ ist kein Tag."),
    ("export tse --out a --to 9999-12-31", "--to: „9999-12-31“ ist kein Tag."),
]


@pytest.mark.parametrize(("line", "said"), WRONG_LINES)
def test_a_wrong_line_is_told_in_german(capsys: Capture, line: str, said: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(line.split())
    written = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said in written
    assert written.endswith(" --help\n")


def test_help_is_german(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        cli.main(["export", "dsfinvk", "--help"])
    assert capsys.readouterr().out.startswith("Aufruf: smartecr export dsfinvk [-h] --out DATEI")
    assert germanparser.in_german("something new") == "something new"


NO_SHOP = [
    "verify books",
    "verify books --upgrade", "history 24.11.2026", "export dsfinvk --out {}/a", "export datev --out {}/a",
    "export notification --out {}/a", "export tse --out {}/a", "articles export", "articles import {}/list.csv",
    "insights rebuild", "backup key", "backup create",
]  # fmt: skip


@pytest.mark.parametrize("line", NO_SHOP)
def test_a_folder_without_a_shop_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, line: str
) -> None:
    (tmp_path / "list.csv").write_text("x")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("SMARTECR_DATA", str(tmp_path / "none"))
    assert cli.main(line.format(tmp_path).split()) == 2
    assert "liegt kein Laden" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize("line", ["serve --port 0", "serve --demo --port 0", "demo"])
def test_a_folder_of_another_programme_gets_no_shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, line: str
) -> None:
    (tmp_path / "Urlaub.jpg").touch()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("SMARTECR_DATA", str(tmp_path))
    assert cli.main(line.split()) == 2
    assert "liegt schon anderes (Urlaub.jpg), aber kein Laden." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["Urlaub.jpg"]


def test_looking_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/none")
    monkeypatch.setenv("SMARTECR_DATA", str(tmp_path / "new" / "data"))
    cli.main(["doctor"])
    assert "legt der erste Start an" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_is_none_is_named(capsys: Capture) -> None:
    assert cli.main(["kiosk", "--browser", "/nada"]) == 2
    assert "/nada ist kein Programm auf diesem Gerät." in capsys.readouterr().err


_MODULE, _FUNCTION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["smartecr"].split(":")
BEGINS = {
    "module": 'runpy.run_module("smartecr.server.cli", run_name="__main__")',
    "installed": f"from {_MODULE} import {_FUNCTION}; {_FUNCTION}()",
}


@pytest.mark.parametrize("begin", BEGINS)
def test_ctrl_c_ends_a_command_without_a_traceback_from_its_first_moment(begin: str) -> None:
    """A module that is never through stands for the loading of the others."""
    slow = "import sys, time; print('loading', flush=True); time.sleep(60)"
    code = f"""import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # as a terminal starts it, whatever starts the tests
sys.meta_path.insert(0, type("Slow", (), {{"find_spec": staticmethod(
    lambda name, *_: exec({slow!r}) if name == "argparse" else None)}}))
sys.modules.pop("argparse", None)
{BEGINS[begin]}"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(Path()),
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == "loading\n"
        child.send_signal(signal.SIGINT)
        _out, wrong = child.communicate(timeout=30)
    assert child.returncode == -signal.SIGINT
    assert wrong == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_nothing_half_is_left(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "out.zip"
    with pytest.raises((KeyboardInterrupt, newfile.NotWrittenError)) as stopped, newfile.whole(target) as draft:
        draft.write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []
    assert isinstance(error, KeyboardInterrupt) or "kein Platz mehr" in str(stopped.value)


def test_what_the_system_refuses_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert cli.main(["export", "tse", "--out", "x" * 300]) == 2
    written = capsys.readouterr().err
    assert "der Name ist zu lang" in written
    assert "Errno" not in written


@pytest.mark.parametrize("cause", [KeyboardInterrupt(), ValueError()])
def test_an_interrupt_while_classes_are_made_is_one(monkeypatch: pytest.MonkeyPatch, cause: BaseException) -> None:
    def run(_options: object) -> int:
        raise RuntimeError("Error calling __set_name__") from cause

    monkeypatch.setitem(cli._COMMANDS, "doctor", run)
    if isinstance(cause, KeyboardInterrupt):
        assert cli.main(["doctor"]) == 130
    else:
        with pytest.raises(RuntimeError):
            cli.main(["doctor"])


def test_a_key_may_come_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("AGE-SECRET-KEY-1X\n"))
    assert command_backup.secret(None) == "AGE-SECRET-KEY-1X"
