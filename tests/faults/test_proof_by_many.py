"""The proof of the books says the same whether one process reads the journal or several share it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.eventually import eventually

SCRIPT = Path(__file__).with_name("proof_by_many.py")
GIVEN_UP = Path(__file__).with_name("proof_given_up.py")


def run(folder: Path, script: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    paths = os.pathsep.join(("src", "tests"))
    return subprocess.run(
        [sys.executable, str(script), str(folder), *more],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=script.parents[2],
        env={**environment, "SMARTECR_DATA": str(folder), "PYTHONPATH": paths},
    )


def lives(process: int) -> bool:
    """Whether a process runs; one that ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_no_process_outlives_the_one_that_asked(tmp_path: Path, how: str) -> None:
    done = run(tmp_path, GIVEN_UP, how)
    others, *rest = done.stdout.splitlines()
    assert len(others.split()) == (os.cpu_count() or 1), done.stderr[-3000:]
    assert rest == ([] if how == "killed" else ["False stopped 0"])
    eventually(lambda: not any(lives(int(process)) for process in others.split()), 30)


@pytest.mark.slow
def test_alone_and_with_others(tmp_path: Path) -> None:
    done = run(tmp_path, SCRIPT)
    assert done.returncode == 0, done.stderr[-3000:]
    honest, forged = json.loads(done.stdout)
    assert honest == [honest[0]] * 3
    assert honest[0]["page"][-1] == "Die Bücher stimmen."
    assert honest[0]["facts"] > 1000
    assert forged == [forged[0]] * 3
    page = "\n".join(forged[0]["page"])
    for said in ("Beleg 12: Zeile 1", "Beleg 25: Die Zahlungen", "Eintrag 130 (",
                 "nach Eintrag 199 fehlen Einträge"):  # fmt: skip
        assert said in page
