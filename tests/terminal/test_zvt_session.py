"""Turns and time limits of a session, on a wire in memory whose clock only moves when somebody waits."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Iterator

import pytest

from smartecr.terminal.errors import LinkLost, NoAnswer, NoResult, ProtocolBroken, TerminalError
from smartecr.terminal.zvt import apdu, serialframe
from smartecr.terminal.zvt.link_serial import SerialLink
from smartecr.terminal.zvt.link_tcp import TcpLink
from smartecr.terminal.zvt.messages import Message
from smartecr.terminal.zvt.session import Refusal, Session, Timers

PAY = bytes.fromhex("06010704000000001200")
OK, ABORT = "800000", "06b000"
STEP, RESULT, END = "04ff0117", "040f022700", "060f00"


class Wire:
    """A script: hex to be received in turn, numbers are seconds of silence before the next."""

    def __init__(self, *script: str | float) -> None:
        self.script = list(script)
        self.sent: list[str] = []
        self.now = 0.0
        self.is_open = True
        self.on_silence = lambda: None

    def open(self) -> None:
        self.is_open = True

    def send(self, unit: bytes) -> None:
        self.sent.append(unit.hex())

    def receive(self, timeout: float) -> bytes | None:
        if not self.script:
            self.now += timeout
            self.on_silence()
            return None
        first = self.script[0]
        if isinstance(first, str):
            self.script.pop(0)
            return bytes.fromhex(first)
        if first > timeout:
            self.script[0] = first - timeout
            self.now += timeout
            return None
        self.now += first
        self.script.pop(0)
        return self.receive(0)

    def wake(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.is_open = False


def session(wire: Wire) -> Session:
    return Session(wire, Timers(), clock=lambda: wire.now)


def run(wire: Wire) -> tuple[str, list[str]]:
    heard: list[str] = []

    def handle(message: Message) -> None:
        heard.append(f"{message.command:04x}")

    end = session(wire).run(PAY, handle)
    return f"{end.command:04x}", heard


def test_every_message_gets_one_answer() -> None:
    wire = Wire(OK, STEP, RESULT, END)
    assert run(wire) == ("060f", ["04ff", "040f", "060f"])
    assert wire.sent == [PAY.hex(), OK, OK, OK]


def test_the_handlers_answer_goes_out_and_only_then_is_told() -> None:
    wire = Wire(OK, RESULT, "061e0166")
    told: list[int] = []
    end = session(wire).run(
        PAY,
        lambda message: apdu.refusal(0x66) if message.command == 0x040F else None,
        answered=lambda message: told.append(len(wire.sent)),
    )
    assert end.command == 0x061E
    assert wire.sent == [PAY.hex(), "846600", OK]
    assert told == [2, 3]


@pytest.mark.parametrize(
    "script",
    [
        (STEP, OK, RESULT, END),  # a status before the answer to the command
        (OK, OK, STEP, RESULT, END),  # the answer doubled
        (OK, STEP, OK, RESULT, END),  # a stray answer
        ("840000", STEP, RESULT, END),  # the other spelling of yes
        (OK, RESULT, RESULT, END),  # a repeated result
        (4.9, OK, 179.0, STEP, 179.0, RESULT, 179.0, END),  # as slow as allowed
        (OK, "04ff020a05", 299.0, STEP, 299.0, END),  # T4 of five minutes, valid from then on
    ],
)
def test_what_real_terminals_do_is_taken(script: tuple[str | float, ...]) -> None:
    assert run(Wire(*script))[0] == "060f"


def test_a_message_nobody_knows_is_refused() -> None:
    wire = Wire(OK, "06d800", END)
    run(wire)
    assert wire.sent == [PAY.hex(), "848300", OK]


@pytest.mark.parametrize(("answer", "code"), [("849c00", 0x9C), ("848300", 0x83), ("846b00", 0x6B)])
def test_a_refusal_ends_it_before_it_began(answer: str, code: int) -> None:
    with pytest.raises(Refusal) as caught:
        run(Wire(answer))
    assert caught.value.code == code


def test_no_answer_within_t3() -> None:
    wire = Wire()
    with pytest.raises(NoAnswer):
        run(wire)
    assert (wire.now, wire.is_open) == (5.0, False)


def test_no_sign_of_life_within_t4_asks_to_stop_and_gives_up() -> None:
    wire = Wire(OK, STEP)
    with pytest.raises(NoResult):
        run(wire)
    assert wire.sent == [PAY.hex(), OK, ABORT]
    assert (wire.now, wire.is_open) == (190.0, False)


def test_a_result_after_the_abort_of_t4_still_counts() -> None:
    wire = Wire(OK, 185.0, RESULT, END)
    assert run(wire)[0] == "060f"
    assert wire.sent == [PAY.hex(), ABORT, OK, OK]


def test_a_terminal_that_never_ends_is_left() -> None:
    wire = Wire(OK, *[STEP] * 10_001)
    with pytest.raises(ProtocolBroken):
        run(wire)


def test_an_abort_is_sent_while_waiting_and_its_answer_means_nothing() -> None:
    wire = Wire(OK, STEP)
    running = session(wire)

    def cashier() -> None:
        running.abort()
        wire.script += ["849c00", "040f02276c", "061e016c"]
        wire.on_silence = lambda: None

    wire.on_silence = cashier
    end = running.run(PAY, lambda _message: None)
    assert end.command == 0x061E
    assert wire.sent.count(ABORT) == 1


def test_what_came_in_while_nobody_listened_is_answered_first() -> None:
    wire = Wire("04ff0117", OK, "060f00", "06d800")
    session(wire).tidy()
    assert wire.sent == [OK, OK, "848300"]


def test_a_unit_of_wrong_length_drops_the_connection() -> None:
    wire = Wire(OK, "040f0500")
    with pytest.raises(ProtocolBroken):
        run(wire)
    assert not wire.is_open


# ---- TCP


@pytest.fixture
def pair() -> Iterator[tuple[TcpLink, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = TcpLink(*server.getsockname())
        link.open()
        peer, _ = server.accept()
        with peer:
            yield link, peer
        link.release()


def test_units_arrive_in_any_pieces(pair: tuple[TcpLink, socket.socket]) -> None:
    link, peer = pair
    peer.sendall(bytes.fromhex(OK + STEP[:2]))
    assert link.receive(1) == bytes.fromhex(OK)
    assert link.receive(0) is None
    peer.sendall(bytes.fromhex(STEP[2:] + RESULT + END))
    assert [link.receive(1) for _ in range(3)] == [bytes.fromhex(unit) for unit in (STEP, RESULT, END)]


def test_a_closed_connection_is_lost_and_can_be_opened_again(pair: tuple[TcpLink, socket.socket]) -> None:
    link, peer = pair
    peer.close()
    with pytest.raises(LinkLost):
        link.receive(1)
    assert not link.is_open
    with pytest.raises(LinkLost):
        link.send(PAY)


def test_a_unit_that_does_not_end_is_out_of_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = TcpLink(*server.getsockname(), unit_timeout=0.05)
        link.open()
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"\x04\x0f\x10\x27")
            with pytest.raises(ProtocolBroken):
                link.receive(60)
        assert not link.is_open
        link.release()


def test_waiting_ends_when_woken(pair: tuple[TcpLink, socket.socket]) -> None:
    link, _ = pair
    threading.Timer(0.05, link.wake).start()
    assert link.receive(10) is None


# ---- serial


class Line:
    """The far end of a serial line, by hand."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.link = SerialLink(os.ttyname(slave), t1=0.05, t2=0.3)
        self.link.open()
        os.close(slave)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self.master, size - len(data))
        return data

    def write(self, data: bytes) -> None:
        os.write(self.master, data)

    def close(self) -> None:
        self.link.release()
        os.close(self.master)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


FRAME = serialframe.wrap(PAY)


def sent_by(line: Line, *replies: bytes) -> list[bytes]:
    """Send a unit while the far end replies; return the frames it saw."""
    frames: list[bytes] = []

    def far() -> None:
        for reply in replies:
            frames.append(line.read(len(FRAME)))
            line.write(reply)

    thread = threading.Thread(target=far)
    thread.start()
    try:
        line.link.send(PAY)
    finally:
        thread.join()
    return frames


def test_a_frame_is_repeated_after_nak_and_silence(line: Line) -> None:
    assert sent_by(line, b"\x15", b"\x15", b"\x06") == [FRAME] * 3
    assert sent_by(line, b"", b"\x06") == [FRAME] * 2


def test_three_tries_are_all(line: Line) -> None:
    with pytest.raises(LinkLost):
        sent_by(line, b"\x15", b"\x15", b"\x15")
    assert not line.link.is_open


def test_a_good_frame_is_acknowledged_and_a_repeated_one_dropped(line: Line) -> None:
    line.write(FRAME)
    assert line.link.receive(1) == PAY
    assert line.read(1) == b"\x06"
    line.write(FRAME)
    assert line.link.receive(0.1) is None
    assert line.read(1) == b"\x06"
    sent_by(line, b"\x06")
    line.write(FRAME)  # we spoke meanwhile: it is a new one
    assert line.link.receive(1) == PAY


def test_a_damaged_frame_and_one_that_stalls_are_refused(line: Line) -> None:
    line.write(FRAME[:-1] + bytes((FRAME[-1] ^ 1,)))
    assert line.link.receive(0.1) is None
    assert line.read(1) == b"\x15"
    line.write(FRAME[:5])
    assert line.link.receive(0.2) is None
    assert line.read(1) == b"\x15"
    line.write(FRAME)
    assert line.link.receive(1) == PAY


def test_a_frame_that_comes_while_we_wait_for_ack_is_kept(line: Line) -> None:
    frames = sent_by(line, FRAME + b"\x06")
    assert frames == [FRAME]
    assert line.link.receive(0) == PAY
    assert line.read(1) == b"\x06"


def test_a_new_frame_in_place_of_the_ack_proves_the_arrival(line: Line) -> None:
    answer = serialframe.wrap(bytes.fromhex(RESULT))
    assert sent_by(line, answer) == [FRAME]
    assert line.link.receive(0) == bytes.fromhex(RESULT)
    assert line.read(1) == b"\x06"


def test_a_repeated_frame_in_place_of_the_ack_proves_nothing(line: Line) -> None:
    answer = serialframe.wrap(bytes.fromhex(STEP))
    line.write(answer)
    assert line.link.receive(1) == bytes.fromhex(STEP)
    assert line.read(1) == b"\x06"
    line.write(answer)  # our ACK was lost
    frames: list[bytes] = []

    def far() -> None:
        frames.append(line.read(len(FRAME) + 1))
        frames.append(line.read(len(FRAME)))
        line.write(b"\x06")

    thread = threading.Thread(target=far)
    thread.start()
    line.link.send(PAY)
    thread.join()
    assert frames[1] == FRAME
    assert line.link.receive(0) is None


def test_a_line_that_is_gone_is_lost(line: Line) -> None:
    line.link.close()
    with pytest.raises(TerminalError):
        line.link.receive(0.1)
