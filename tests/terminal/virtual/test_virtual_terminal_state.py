"""What survives: numbers, batch, cards and registration over a restart and a kill; damaged files are refused."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.terminal.zvt.virtual import Setup, StoreError, Switches, Times, VirtualTerminal
from smartecr.terminal.zvt.virtual.store import Store
from support.zvt_register import ACK, REGISTER_TEXT, REPEAT, Hands, Register, connected, pay

NOON = 1_795_604_400


def device(path: Path, policy: Any = "reverse") -> VirtualTerminal:
    setup = Setup(times=Times.hurried(), switches=Switches(policy=policy))
    return VirtualTerminal(lambda: NOON, random.Random(1), state=path, setup=setup)


def test_numbers_batch_cards_and_registration_survive(tmp_path: Path) -> None:
    path = tmp_path / "terminal.state"
    with device(path) as terminal, connected(terminal, terminal.listen()) as register:
        register.run(REGISTER_TEXT)
        hands = Hands(terminal)
        first = register.run(pay(1200), hands.tap("giro-linden"))
        register.run(pay(100), hands.insert("visa"), hands.pin("0000"), hands.stop)
    with device(path) as terminal, connected(terminal, terminal.listen()) as register:
        assert register.run(REPEAT).only("040f") == first.only("040f")
        again = register.run(pay(1), Hands(terminal).tap("giro-linden"))
        assert again.result[0x87].hex() == "0002"
        assert terminal.host.memory(terminal.machine.cards["giro-linden"]).taps == 2
        assert terminal.host.memory(terminal.machine.cards["visa"]).pin_tries == 2
        assert terminal.books.net_cents() == 1201


def test_one_terminal_a_file(tmp_path: Path) -> None:
    with device(tmp_path / "state"), pytest.raises(StoreError, match="anderes virtuelles Terminal"):
        device(tmp_path / "state")


CHILD = """
import random, sys
from pathlib import Path
from smartecr.terminal.zvt.virtual import Setup, Switches, Times, VirtualTerminal
setup = Setup(times=Times.hurried(), switches=Switches(policy="reverse"))
with VirtualTerminal(lambda: 1795604400, random.Random(1), state=Path(sys.argv[1]), setup=setup) as terminal:
    print(*terminal.listen(), flush=True)
    while terminal.front.wait_until(lambda: "nfc" in terminal.reader.ways, 60):
        terminal.reader.tap("visa")
"""


@pytest.mark.parametrize(("policy", "state"), [("reverse", "voided"), ("keep", "booked"), ("decline", "declined")])
def test_killed_before_the_acknowledgement_the_policy_decides_at_the_next_start(
    tmp_path: Path, policy: str, state: str
) -> None:
    path = tmp_path / "state"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        host, port = child.stdout.readline().split()
        register = Register((host, int(port)))
        register.run(REGISTER_TEXT)
        register.send(pay(1200))
        while (message := register.read())[:2] != b"\x04\x0f":
            if message != ACK:
                register.send(ACK)
        os.kill(child.pid, signal.SIGKILL)
        register.close()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    with device(path, policy) as terminal:
        assert [one.state for one in terminal.books.all()] == [state]
        assert terminal.books.net_cents() == (1200 if state == "booked" else 0)


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store = Store(path)
    store.put({"receipt": 1, "trace": 1})
    store.put({"receipt": 2, "trace": 2})
    store.close()
    whole = path.read_bytes()
    for cut in range(whole.index(b"\n") + 1, len(whole)):
        path.write_bytes(whole[:cut])
        store = Store(path)
        assert (store.get("receipt"), store.get("trace")) == (1, 1)
        store.put({"receipt": 3})
        store.close()
        store = Store(path)
        assert store.get("receipt") == 3
        store.close()


def test_a_changed_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store = Store(path)
    store.put({"receipt": 1})
    store.put({"receipt": 2})
    store.close()
    content = bytearray(path.read_bytes())
    content[12] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="Zeile 1 beschädigt"):
        Store(path)


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("store") / "state"
    path.write_bytes(content)
    try:
        Store(path).close()
    except StoreError as error:
        assert str(path) in error.message


def test_the_file_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for _ in range(5):
        store = Store(path)
        for number in range(100):
            store.put({"receipt": number})
        store.close()
    assert len(path.read_bytes().splitlines()) <= 101
    store = Store(path)
    assert store.get("receipt") == 99
    store.close()


def test_deleted_values_stay_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    store.put({"a": 1, "b": 2})
    store.put({"a": None})
    store.close()
    store = Store(tmp_path / "state")
    assert (store.get("a"), store.get("b"), store.named("")) == (None, 2, {"b": 2})
    store.close()
