"""A virtual terminal that hurries, and a register by hand at its line."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from smartecr.terminal.zvt.virtual import Setup, Times, VirtualTerminal
from support.zvt_register import REGISTER_TEXT, Hands, Register, connected

NOON = 1_795_604_400  # 2026-11-25 12:00:00 in Germany


@dataclass
class Bench:
    """Terminal, its address, hands at the device and one register."""

    terminal: VirtualTerminal
    address: tuple[str, int]
    hands: Hands
    register: Register


@pytest.fixture
def setup() -> Setup:
    """The terminal's setup, hurried; a test may change it."""
    return Setup(times=Times.hurried())


@pytest.fixture
def terminal(setup: Setup) -> Iterator[VirtualTerminal]:
    """A running terminal without lines."""
    with VirtualTerminal(lambda: NOON, random.Random(1), setup=setup) as running:
        yield running


@pytest.fixture
def bench(terminal: VirtualTerminal) -> Iterator[Bench]:
    """The terminal on TCP with a register that has registered for text blocks."""
    address = terminal.listen()
    with connected(terminal, address) as register:
        registered = register.run(REGISTER_TEXT)
        assert registered.end.startswith("060f"), registered
        yield Bench(terminal, address, Hands(terminal), register)
