"""Coverage-guided fuzzing of ZVT: `python tests/fuzz/zvt_harness.py [-max_total_time=60] [CORPUS]` (libFuzzer)."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

with atheris.instrument_imports(include=["smartecr.terminal"]):
    from support.zvt_hostile import pay_against, read_everything


def one(data: bytes) -> None:
    """Look at one input in every way."""
    read_everything(data)
    pay_against(data[1:], registered=bool(data[:1] and data[0] & 1))


if __name__ == "__main__":
    logging.disable()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
