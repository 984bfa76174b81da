"""Two registers, two processes, one voucher, card or receipt, the same moment: spent once, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.postgres import cluster

SCRIPT = Path(__file__).with_name("voucher_race.py")
COUNT = 8
_ONCE = [["elsewhere", "paid"], ["paid", "spent"], ["paid", "points"], ["paid", "refunded"], ["invoiced", "paid"]]
"""How two registers may end that want the same thing: one has it, the other is told why not."""


@pytest.fixture
def own_cluster() -> Iterator[ExitStack]:
    """What is entered here ends with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.parametrize("first", ["prepare", "cards", "sales"])
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_two_registers_never_spend_anything_twice(
    database: str, first: str, tmp_path: Path, own_cluster: ExitStack
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"SMARTECR_DATA": str(tmp_path), "PYTHONPATH": "src"}
    if database == "postgres":
        environment["DATABASE_URL"] = own_cluster.enter_context(cluster())

    def run(*arguments: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.split("\n")[:-1]

    vouchers = run(first, str(COUNT))
    assert len(set(vouchers)) == COUNT
    racers = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), "spend", name], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for name in ("Kasse 2", "Kasse 3")
    ]  # fmt: skip
    try:
        assert [_line(racer) for racer in racers] == ["ready", "ready"]
        outcomes = [_race(racers, code) for code in vouchers]
    finally:
        for racer in racers:
            racer.communicate(timeout=60)
    for outcome in outcomes:
        assert sorted(outcome) in _ONCE, outcomes
    sold = COUNT - 3 if first == "sales" else 0  # three of them are cancelled whole
    left = str(1000 - COUNT * len(racers) * 6 - sold)
    assert run("check", *vouchers) == ["0"] * COUNT + [left], "no piece is lost, nothing is wrong with the books"


def _race(racers: list[subprocess.Popen[str]], code: str) -> list[str]:
    for racer in racers:
        _say(racer, code)
    assert [_line(racer) for racer in racers] == ["rung", "rung"]
    for racer in racers:
        _say(racer, "go")
    return [_line(racer) for racer in racers]


def _say(racer: subprocess.Popen[str], text: str) -> None:
    assert racer.stdin is not None
    racer.stdin.write(text + "\n")
    racer.stdin.flush()


def _line(racer: subprocess.Popen[str]) -> str:
    assert racer.stdout is not None
    return racer.stdout.readline().strip()
