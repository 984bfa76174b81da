"""The command line: help, exit codes, arguments handed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smartecr import __version__
from smartecr.server import cli
from smartecr.server.cmdline import arguments, commands
from support.servers import ROOT, run_cli


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["verify", "books", "--help"]])
def test_help_is_in_reach(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(arguments)
    assert done.value.code == 0
    assert "smartecr" in capsys.readouterr().out


def test_help_loads_neither_django_nor_a_server() -> None:
    code = "import sys, smartecr.server.cli; print(*sorted({'django','uvicorn','starlette'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"smartECR {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["serve", "--port", "x"], ["serve", "--port", "65536"], ["demo", "--days", "-1"], ["verify"]],
    ids=" ".join,
)
def test_wrong_arguments_end_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(arguments)
    assert done.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "name", "given"),
    [
        (["demo", "--days", "3"], "demo", (3,)),
        (["verify", "books"], "verify_books", (False,)),
        (["verify", "books", "--upgrade"], "verify_books", (True,)),
        (["articles", "import", "a.csv"], "import_articles", (Path("a.csv"),)),
        (["articles", "export"], "export_articles", (None,)),
    ],
    ids=["demo", "books", "upgraded", "import", "export"],
)
def test_commands_get_folder_and_arguments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], name: str, given: tuple[Any, ...]
) -> None:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(commands, name, lambda *values: calls.append(values) or 7)
    monkeypatch.setenv("SMARTECR_DATA", str(tmp_path))
    assert cli.main(arguments) == 7
    assert calls == [(tmp_path, *given)]


@pytest.mark.parametrize(
    ("flags", "days"), [([], None), (["--demo"], arguments.DEFAULT_DAYS), (["--demo", "--days", "2"], 2)]
)
def test_serve_makes_a_demo_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], days: int | None
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(commands, "serve", lambda *values, **named: seen.update(named) or 0)
    assert cli.main(["serve", *flags]) == 0
    assert seen == {"demo_days": days, "open_page": False}


def test_an_interrupt_is_not_a_crash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_values: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "demo", interrupted)
    assert cli.main(["demo"]) == 130
    assert "Abgebrochen" in capsys.readouterr().err


def test_a_text_that_is_no_receipt_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "receipt", "hello"]) == 2
    assert "Nicht lesbar" in capsys.readouterr().out


@pytest.mark.slow
def test_books_that_are_not_there_yet_are_not_made_up(tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "verify", "books")
    assert done.returncode == 2
    assert "smartecr serve" in done.stderr


@pytest.mark.slow
def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "articles", "import", str(tmp_path / "none.csv"))
    assert done.returncode == 2
    assert "none.csv ist nicht lesbar" in done.stderr


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo shop and no past days."""
    folder = tmp_path_factory.mktemp("shop") / "data"
    done = run_cli(folder, "demo", "--days", "0")
    assert done.returncode == 0, done.stderr
    assert "Der Demo-Laden liegt in" in done.stdout
    return folder


@pytest.mark.slow
def test_a_shop_is_not_built_over(shop: Path) -> None:
    done = run_cli(shop, "demo")
    assert done.returncode == 1
    assert "liegt schon ein Laden" in done.stderr


@pytest.mark.slow
def test_articles_go_out_and_come_in_again(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "articles.csv"
    assert run_cli(shop, "articles", "export", str(file)).returncode == 0
    done = run_cli(shop, "articles", "import", str(file))
    assert done.returncode == 0, done.stderr
    lines = len(file.read_text("utf-8-sig").strip().splitlines()) - 1
    assert lines >= 120
    assert f"0 Artikel neu, 0 geändert, {lines} unverändert." in done.stdout
    assert run_cli(shop, "articles", "export").stdout == file.read_text(encoding="utf-8")


@pytest.mark.slow
def test_one_wrong_article_stops_the_whole_file(shop: Path, tmp_path: Path) -> None:
    before = run_cli(shop, "articles", "export").stdout
    file = tmp_path / "articles.csv"
    file.write_text(before.replace("2,40", "9,99", 1).replace("3,40", "viel", 1), encoding="utf-8")
    done = run_cli(shop, "articles", "import", str(file))
    assert done.returncode == 1
    assert "Spalte Preis: „viel“" in done.stderr
    assert "Nichts wurde übernommen." in done.stderr
    assert run_cli(shop, "articles", "export").stdout == before


@pytest.mark.slow
def test_the_books_of_a_fresh_shop_hold(shop: Path) -> None:
    done = run_cli(shop, "verify", "books")
    assert done.returncode == 0, done.stdout
    assert "Die Bücher stimmen." in done.stdout


def test_every_command_is_described_alone_and_among_all() -> None:
    assert set(arguments._ADD) == set(cli._COMMANDS)
    whole = arguments.parser().format_help()
    for name in cli._COMMANDS:
        assert f" {name} " in whole
        assert name in arguments.parser(name).format_help()
