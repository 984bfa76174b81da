"""Bad input of any kind: every unit gets an answer, the terminal goes on, and no money moves without a card."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.terminal.zvt.virtual import Setup, StoreError, Times, VirtualTerminal
from smartecr.terminal.zvt.virtual.commands import COMMANDS
from smartecr.terminal.zvt.virtual.store import Store
from support.zvt_register import ACK, REGISTER_TEXT, Hands, Register, connected, pay

STATUS = "050100"
GOOD = (
    "060010123456BE09780301060626040A0206D3",
    pay(1000),
    "06300A123456870001040000",
    "0622094004000000001000",
    "06501712345606123F210C60065501AA0501BB1002ABBA110177",
    "060C0A04000000000100870001",
    "0620051234560303",
    "06910B123456AA2611250C120000",
    "0695061234561234AB",
    "06120712345600010002",
    "06E00DF1F1F048616C6C6F2057656C74",
    "060117040000000010000609" + "1F360100" + "1F1F020000",
)


@pytest.fixture(scope="module")
def noisy() -> Iterator[tuple[VirtualTerminal, tuple[str, int]]]:
    """One terminal for all the noise; nobody ever shows it a card."""
    setup = Setup(times=Times.hurried())
    setup.times.card = setup.times.t3 = 0.005
    with VirtualTerminal(lambda: 1_795_604_400, random.Random(1), setup=setup) as terminal:
        yield terminal, terminal.listen()


def shout(noisy: tuple[VirtualTerminal, tuple[str, int]], data: bytes) -> None:
    """Send bytes, hang up, and see that the next register is served."""
    terminal, address = noisy
    with connected(terminal, address) as register:
        register.send(data)
    assert terminal.wait_idle()
    with connected(terminal, address) as register:
        register.send(STATUS)
        assert register.read(2) == ACK
        assert register.read(2)[:2] == b"\x06\x0f"
        register.send(ACK)
    assert terminal.wait_idle()
    assert terminal.books.all() == []
    assert {thread.name for thread in threading.enumerate()} >= {"zvt-terminal", "zvt-accept"}
    terminal.setup.identity.password = "123456"


@given(st.binary(max_size=60))
@settings(max_examples=80)
def test_any_bytes(noisy: tuple[VirtualTerminal, tuple[str, int]], data: bytes) -> None:
    shout(noisy, data)


@given(st.sampled_from(sorted(COMMANDS)), st.binary(max_size=40), st.booleans())
@settings(max_examples=150)
def test_any_data_behind_any_command(
    noisy: tuple[VirtualTerminal, tuple[str, int]], command: int, data: bytes, password: bool
) -> None:
    data = bytes.fromhex("123456") * password + data
    shout(noisy, command.to_bytes(2, "big") + bytes((len(data),)) + data)


@given(st.sampled_from(GOOD), st.data())
@settings(max_examples=100)
def test_good_commands_with_a_byte_changed(
    noisy: tuple[VirtualTerminal, tuple[str, int]], good: str, draw: st.DataObject
) -> None:
    unit = bytearray.fromhex(good)
    unit[draw.draw(st.integers(3, len(unit) - 1))] = draw.draw(st.integers(0, 255))
    shout(noisy, bytes(unit))


def test_a_full_disk_is_shown_and_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = Setup(times=Times.hurried())
    with (
        VirtualTerminal(lambda: 1_795_604_400, random.Random(1), setup=setup) as terminal,
        connected(terminal, address := terminal.listen()) as register,
    ):
        register.run(REGISTER_TEXT)

        def full(_self: Store, _changes: object) -> None:
            raise StoreError("Der Zustand des Terminals lässt sich nicht speichern: kein Platz.")

        with monkeypatch.context() as broken:
            broken.setattr(Store, "put", full)
            register.send(pay(100))
            hands = Hands(terminal)
            tapped = False
            while message := register.read():
                if message != ACK:
                    register.send(ACK)
                if message[:2] == b"\x04\xff" and not tapped:
                    tapped = hands.tap("visa")()
            assert terminal.wait_idle()
        assert "kein Platz" in terminal.front.screen.lines[0]
        assert terminal.books.all() == []
        again = Register(address, terminal)
        assert again.run(pay(100), hands.tap("visa")).end == "060f00"
        again.close()
