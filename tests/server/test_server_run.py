"""`./run` in a copy of the checkout: what it says when something is missing, and that it can be repeated.

Nothing is downloaded: the copy's Python is a stand-in that answers as told and writes down how it was called.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from support.servers import ROOT

STAND_IN = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"{calls}"
case "$*" in
*version_info*) exit {too_old} ;;
*ensurepip*) exit {no_venv} ;;
"-m venv --clear "*)
    mkdir -p "$4/bin"
    cp "$0" "$4/bin/python"
    ;;
*"--require-hashes"*)
    echo "Collecting one==1"
    echo "{pip_says}"
    exit {pip_code}
    ;;
*"--editable"*) exit 0 ;;
*smartecr.server.cli*) echo "started $*" ;;
esac
"""


class Checkout:
    """A copy of what `./run` reads, with a stand-in for Python."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "check out"
        self.calls = folder / "calls"
        (self.root / "requirements").mkdir(parents=True)
        for name in ("run", "pyproject.toml", "requirements/base.txt", "requirements/dev.txt"):
            shutil.copy(ROOT / name, self.root / name)
        self.stand_in()

    def stand_in(self, *, too_old: int = 0, no_venv: int = 0, pip_code: int = 0, pip_says: str = "") -> None:
        """Put a Python on the path that behaves as told."""
        path = self.calls.parent / "bin"
        path.mkdir(exist_ok=True)
        text = STAND_IN.format(calls=self.calls, too_old=too_old, no_venv=no_venv, pip_code=pip_code, pip_says=pip_says)
        for name in ("python3.11", "python3", "python3.12", "python3.13"):
            (path / name).write_text(text)
            (path / name).chmod(0o755)

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `./run` with the stand-in first on the path."""
        path = f"{self.calls.parent / 'bin'}:/usr/bin:/bin"
        return subprocess.run(
            [str(self.root / "run"), *arguments], env={"PATH": path, "HOME": str(self.root)}, cwd=cwd or self.root,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def called(self) -> list[str]:
        """Return how Python was called since the last time."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_help_needs_nothing(checkout: Checkout) -> None:
    done = checkout.run("help")
    assert done.returncode == 0
    for command in ("./run test", "./run bench", "./run lock", "./run smartecr"):
        assert command in done.stdout
    assert checkout.called() == []


def test_an_unknown_command_shows_the_help(checkout: Checkout) -> None:
    done = checkout.run("nothing")
    assert done.returncode == 2
    assert "Unbekannter Befehl: nothing" in done.stderr
    assert "./run test" in done.stderr


def test_the_first_start_installs_by_hash_and_starts_the_demo(checkout: Checkout) -> None:
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    calls = checkout.called()
    hashed = next(call for call in calls if "--require-hashes" in call)
    assert "--only-binary :all:" in hashed
    assert hashed.endswith("requirements/base.txt")
    editable = next(call for call in calls if "--editable" in call)
    assert "--no-deps --no-build-isolation --no-index" in editable
    assert calls[-1] == "-m smartecr.server.cli serve --demo --open"


def test_setting_up_says_nothing_where_a_command_answers(checkout: Checkout) -> None:
    """`./run smartecr … --json` may be read by a program, the first time too."""
    done = checkout.run("smartecr", "doctor", "--json")
    assert done.stdout == "started -m smartecr.server.cli doctor --json\n"
    assert "Die Umgebung wird eingerichtet" in done.stderr


def test_the_environment_of_another_copy_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    """It would be bound to this copy, and emptied when it is not whole."""
    others = tmp_path / "others"
    others.mkdir()
    (others / "unfinished").touch()
    (checkout.root / ".venv").symlink_to(others)
    done = checkout.run("smartecr", "doctor")
    assert done.returncode == 2
    assert "ist ein Verweis" in done.stderr and "Den Verweis löschen" in done.stderr
    assert [path.name for path in others.iterdir()] == ["unfinished"]
    assert not any("-m " in call for call in checkout.called())


def test_the_second_start_calls_python_once(checkout: Checkout) -> None:
    checkout.run("smartecr", "doctor")
    checkout.called()
    spent = []
    for _ in range(5):  # a machine that does much else delays some of them; what the script does itself delays all
        begin = time.monotonic()
        done = checkout.run("smartecr", "serve", "--port", "0")
        spent.append(time.monotonic() - begin)
        assert done.stdout == "started -m smartecr.server.cli serve --port 0\n"
        assert checkout.called() == ["-m smartecr.server.cli serve --port 0"]
    assert min(spent) < 0.5


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/base.txt"])
def test_a_changed_project_is_installed_again(checkout: Checkout, changed: str) -> None:
    checkout.run("smartecr")
    checkout.called()
    with (checkout.root / changed).open("a") as file:
        file.write("\n# changed\n")
    checkout.run("smartecr")
    assert any("--require-hashes" in call for call in checkout.called())


def test_the_development_set_is_installed_only_for_those_who_need_it(checkout: Checkout) -> None:
    checkout.run("smartecr")
    assert not any("dev.txt" in call for call in checkout.called())
    checkout.run("test", "-k", "money")
    calls = checkout.called()
    assert any(call.endswith("requirements/dev.txt") for call in calls)
    assert calls[-1] == "tests/everything.py -k money"
    checkout.run("smartecr")
    assert not any("--require-hashes" in call for call in checkout.called())


def test_an_interrupted_installation_is_simply_repeated(checkout: Checkout) -> None:
    checkout.stand_in(pip_code=1, pip_says="killed")
    assert checkout.run().returncode == 2
    checkout.called()
    checkout.stand_in()
    done = checkout.run()
    assert done.returncode == 0
    assert any("-m venv --clear" in call for call in checkout.called())


def test_a_half_made_change_is_not_taken_for_the_old_state(checkout: Checkout) -> None:
    checkout.run("smartecr")
    project = (checkout.root / "pyproject.toml").read_text()
    (checkout.root / "pyproject.toml").write_text(f"{project}\n# changed\n")
    (checkout.root / ".venv/bin/python").write_text("#!/bin/sh\nexit 1\n")
    assert checkout.run("smartecr").returncode == 2
    (checkout.root / "pyproject.toml").write_text(project)
    checkout.called()
    checkout.run("smartecr")
    assert any("--require-hashes" in call for call in checkout.called())


def test_it_works_from_any_folder(checkout: Checkout, tmp_path: Path) -> None:
    done = checkout.run("smartecr", "articles", "import", "here.csv", cwd=tmp_path)
    assert done.stdout.endswith("started -m smartecr.server.cli articles import here.csv\n")


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ({"too_old": 1}, "Python 3.11 oder neuer fehlt."),
        ({"no_venv": 1}, "fehlt das Modul venv"),
        ({"pip_code": 1, "pip_says": "ERROR: No matching distribution found for one"}, "keine Verbindung ins Netz"),
        ({"pip_code": 1, "pip_says": "NewConnectionError"}, "keine Verbindung ins Netz"),
        ({"pip_code": 1, "pip_says": "THESE PACKAGES DO NOT MATCH THE HASHES"}, "Prüfsumme"),
        ({"pip_code": 1, "pip_says": "OSError: [Errno 28] No space left on device"}, "Datenträger ist voll"),
        ({"pip_code": 1, "pip_says": "something else"}, "Die Einrichtung ist fehlgeschlagen"),
    ],
    ids=["no python", "no venv", "no index", "no network", "hash", "disk", "other"],
)
def test_what_is_missing_is_said_in_german(checkout: Checkout, behaviour: dict[str, object], says: str) -> None:
    checkout.stand_in(**behaviour)  # type: ignore[arg-type]
    done = checkout.run()
    assert done.returncode == 2
    assert says in done.stderr
    assert not any("smartecr.server.cli" in call for call in checkout.called())


def test_a_place_that_cannot_be_written_is_said_in_german(checkout: Checkout) -> None:
    (checkout.root / ".venv").write_text("in the way")
    done = checkout.run()
    assert done.returncode == 2
    assert "ist nicht beschreibbar" in done.stderr


def test_the_script_is_plain_sh() -> None:
    shell = shutil.which("dash") or "/bin/sh"
    assert subprocess.run([shell, "-n", str(ROOT / "run")], check=False).returncode == 0
    assert os.access(ROOT / "run", os.X_OK)
    assert "[[" not in (ROOT / "run").read_text(encoding="utf-8")
