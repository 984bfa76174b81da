"""An export is the same whether one process makes it or several, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.postgres import cluster

SCRIPT = Path(__file__).with_name("export_by_many.py")


@pytest.fixture
def own_cluster() -> Iterator[ExitStack]:
    """What is entered here ends with the test."""
    with ExitStack() as stack:
        yield stack


def command(folder: Path, what: str, database: str = "") -> tuple[list[str], dict[str, str]]:
    """Return how the script is run and its environment."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    paths = os.pathsep.join(str(SCRIPT.parents[2] / name) for name in ("src", "tests"))
    environment |= {"SMARTECR_DATA": str(folder), "PYTHONPATH": paths}
    if database:
        environment["DATABASE_URL"] = database
    return [sys.executable, str(SCRIPT), str(folder), what], environment


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_alone_and_with_others(database: str, tmp_path: Path, own_cluster: ExitStack) -> None:
    url = own_cluster.enter_context(cluster()) if database == "postgres" else ""
    run, environment = command(tmp_path, "all", url)
    done = subprocess.run(run, capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["same"] == [said["same"][0]] * 4
    _, closings, receipts = said["same"][0].split()
    assert (int(closings), int(receipts) > 100) == (3, True)
    assert said["lost"].startswith("ExportError: Ein Prozess des Exports wurde beendet")
    assert "reicht der Platz nicht" in said["full"]
    assert said["interrupted"] == []
    place = "transactions.csv, BEDIENER_NAME"
    assert said["refused"] == [f"ValueRefusedError: {place}: 60 Zeichen sind mehr als die erlaubten 50."] * 4
    assert said["left"] == []
    assert done.stderr == ""


@pytest.mark.slow
def test_no_process_outlives_the_one_that_asked(tmp_path: Path) -> None:
    run, environment = command(tmp_path, "wait")
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, env=environment) as export:
        assert export.stdout is not None
        processes = [int(pid) for pid in export.stdout.readline().split()]
        assert len(processes) == 2
        assert all(runs(pid) for pid in processes)
        export.kill()
    deadline = time.monotonic() + 60
    while any(runs(pid) for pid in processes):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
