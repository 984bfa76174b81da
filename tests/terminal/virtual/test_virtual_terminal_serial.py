"""The serial line: framing, checksum, link acknowledgements, repetitions, and the faults of the wire."""

from __future__ import annotations

import os
import select
import tty
from collections.abc import Iterator

import pytest

from smartecr.terminal.zvt.virtual import Action, Fault, Point, Setup, VirtualTerminal
from support.zvt_register import Hands, Register, pay

ACK, NAK = b"\x06", b"\x15"
YES = bytes.fromhex("800000")


def crc(data: bytes) -> bytes:
    """CRC-16 of the specification, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value.to_bytes(2, "little")


def frame(unit: bytes) -> bytes:
    return b"\x10\x02" + unit.replace(b"\x10", b"\x10\x10") + b"\x10\x03" + crc(unit + b"\x03")


class SerialRegister(Register):
    """The register by hand on a serial line; `Register.run` works as over TCP."""

    def __init__(self, path: str, terminal: VirtualTerminal) -> None:
        self.terminal = terminal
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        self._bytes = b""
        self.bad_frames = 0

    def close(self) -> None:
        os.close(self._port)

    def raw(self, data: bytes) -> None:
        os.write(self._port, data)

    def byte(self, seconds: float = 5) -> bytes:
        """Return the next byte, b"" when none comes."""
        if not self._bytes:
            if not select.select([self._port], [], [], seconds)[0]:
                return b""
            self._bytes = os.read(self._port, 4096)
        first, self._bytes = self._bytes[:1], self._bytes[1:]
        return first

    def _next(self) -> bytes:
        byte = self.byte()
        assert byte, "the terminal says nothing more"
        return byte

    def frame(self) -> bytes:
        """Return the next whole frame as it came, its checksum not looked at."""
        held = b""
        while not held.startswith(b"\x10\x02"):
            held = (held + self._next())[-2:]
        while True:
            held += self._next()
            body = held[2:].replace(b"\x10\x10", b"\x00\x00")
            if body.endswith(b"\x10\x03"):
                return held + self._next() + self._next()

    def send(self, message: str | bytes) -> None:
        unit = bytes.fromhex(message) if isinstance(message, str) else message
        for _ in range(3):
            self.raw(frame(unit))
            if self.byte() == ACK:
                return
        raise AssertionError("not acknowledged")

    def read(self, seconds: float = 8) -> bytes:
        while True:
            got = self.frame()
            unit = got[2:-4].replace(b"\x10\x10", b"\x10")
            if got == frame(unit):
                self.raw(ACK)
                return unit
            self.bad_frames += 1
            self.raw(NAK)


@pytest.fixture
def register(terminal: VirtualTerminal) -> Iterator[SerialRegister]:
    opened = SerialRegister(terminal.open_serial(), terminal)
    opened.run("060010123456BE09780301060626040A0206D3")
    yield opened
    opened.close()
    assert terminal.violations == []


def test_the_helper_frames_as_the_specification_prints_it() -> None:
    assert crc(b"123456789") == bytes.fromhex("8921")
    assert frame(YES).hex() == "1002800000" + "1003f51f"
    assert frame(bytes.fromhex("06010704000000001010")).hex() == "1002060107040000000010101010" + "1003f304"


def test_a_payment_of_ten_euro_ten(register: SerialRegister, terminal: VirtualTerminal) -> None:
    """Both bytes of the amount are the escape byte of the line."""
    talk = register.run("06010704000000001010", Hands(terminal).tap("visa"))
    assert talk.result[0x04].hex() == "000000001010"
    assert talk.end == "060f00"
    assert terminal.books.net_cents() == 1010


def test_a_damaged_frame_is_refused_and_taken_when_repeated(register: SerialRegister) -> None:
    good = frame(bytes.fromhex("0501051234560302"))
    register.raw(good[:-1] + bytes([good[-1] ^ 1]))
    assert register.byte() == NAK
    register.raw(good)
    assert register.byte() == ACK
    assert (register.read(), register.read().hex()) == (YES, "060f0100")
    register.send(YES)


def test_a_frame_left_off_is_refused_after_t1(register: SerialRegister) -> None:
    register.raw(frame(bytes.fromhex("0501051234560302"))[:5])
    assert register.byte() == NAK
    assert register.run("0501051234560302").end == "060f0100"


def test_a_frame_that_comes_again_is_acknowledged_but_not_obeyed_twice(register: SerialRegister) -> None:
    command = frame(bytes.fromhex("0501051234560302"))
    register.raw(command)
    assert register.byte() == ACK
    answer = register.frame()
    register.raw(command)  # as if our acknowledgement had been lost
    assert register.byte() == ACK
    register.raw(ACK)
    assert answer == frame(YES)
    assert register.read().hex() == "060f0100"
    register.send(YES)


def test_what_is_not_acknowledged_comes_three_times(register: SerialRegister, setup: Setup) -> None:
    setup.times.t2 = 0.02
    register.raw(frame(bytes.fromhex("0501051234560302")))
    assert register.byte() == ACK
    assert [register.frame() for _ in range(3)] == [frame(YES)] * 3
    register.raw(ACK)


def test_nak_brings_the_frame_again(register: SerialRegister) -> None:
    register.raw(frame(bytes.fromhex("0501051234560302")))
    assert register.byte() == ACK
    first = register.frame()
    register.raw(NAK)
    assert register.frame() == first
    register.raw(ACK)
    assert register.read().hex() == "060f0100"
    register.send(YES)


@pytest.mark.parametrize("action", [Action.BAD_CRC, Action.STALL])
def test_a_frame_of_the_terminal_may_come_damaged_first(
    register: SerialRegister, terminal: VirtualTerminal, setup: Setup, action: Action
) -> None:
    setup.times.t1 = 0.02
    terminal.script.add(Fault(Point.BEFORE_RESULT, action))
    talk = register.run(pay(1200), Hands(terminal).tap("visa"))
    assert talk.end == "060f00"
    assert register.bad_frames == (action is Action.BAD_CRC)


def up_to_the_result(register: SerialRegister, terminal: VirtualTerminal, *faults: Fault) -> None:
    terminal.script.add(*faults)
    register.send(pay(1200))
    while (message := register.read())[:2] != b"\x04\x0f":
        if message != YES:
            register.send(YES)
        if message[:2] == b"\x04\xff" and message[3] == 0x0A:
            Hands(terminal).tap("visa")()


def to_the_end(register: SerialRegister, terminal: VirtualTerminal) -> None:
    while register.read()[:2] != b"\x06\x0f":
        register.send(YES)
    register.send(YES)
    assert terminal.wait_idle()
    assert terminal.books.net_cents() == 1200


def test_the_terminal_may_refuse_a_good_frame(register: SerialRegister, terminal: VirtualTerminal) -> None:
    up_to_the_result(register, terminal, Fault(Point.BEFORE_RESULT, Action.REFUSE))
    register.raw(frame(YES))
    assert register.byte() == NAK
    register.send(YES)
    to_the_end(register, terminal)


def test_an_acknowledgement_of_the_terminal_may_be_lost(register: SerialRegister, terminal: VirtualTerminal) -> None:
    """The register repeats its frame, which the terminal knows already; nothing happens twice."""
    up_to_the_result(register, terminal, Fault(Point.BEFORE_RESULT, Action.LOSE_ACK))
    register.raw(frame(YES))
    receipt = register.frame()
    register.raw(frame(YES))
    assert register.byte() == ACK
    register.raw(ACK)
    assert receipt[2:4].hex() == "06d3"
    register.send(YES)
    to_the_end(register, terminal)


def test_after_a_silence_the_next_command_comes_on_the_same_wire(
    register: SerialRegister, terminal: VirtualTerminal, setup: Setup
) -> None:
    setup.times.t3 = 0.05
    up_to_the_result(register, terminal)
    assert terminal.wait_idle()
    assert [one.state for one in terminal.books.all()] == ["voided"]
    [breach] = terminal.violations
    assert "T3" in breach
    terminal.machine.dialogue.violations.clear()
    assert register.run("0501051234560302").end == "060f0100"


@pytest.mark.parametrize("habit", ["fragment", "coalesce"])
def test_bytes_alone_or_together(register: SerialRegister, terminal: VirtualTerminal, habit: str) -> None:
    setattr(terminal.script.habits, habit, True)
    assert register.run(pay(1200), Hands(terminal).tap("visa")).end == "060f00"
