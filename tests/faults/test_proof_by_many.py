"""The proof of the books says the same whether one process reads the journal or several share it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("proof_by_many.py")


@pytest.mark.slow
def test_alone_and_with_others(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    paths = os.pathsep.join(("src", "tests"))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=SCRIPT.parents[2],
        env={**environment, "SMARTECR_DATA": str(tmp_path), "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    honest, forged = json.loads(done.stdout)
    assert honest == [honest[0]] * 3
    assert honest[0]["page"][-1] == "Die Bücher stimmen."
    assert honest[0]["facts"] > 1000
    assert forged == [forged[0]] * 3
    page = "\n".join(forged[0]["page"])
    for said in ("Beleg 12: Zeile 1", "Beleg 25: Die Zahlungen", "/130 (",
                 "nach Eintrag 199 fehlen Einträge"):  # fmt: skip
        assert said in page
