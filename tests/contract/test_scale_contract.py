"""The checkout dialogue between driver and twin, and byte by byte where the reference has bytes."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.core.quantity import line_cents
from smartecr.scanner.scale import dialog06, lines, records, virtual
from smartecr.scanner.scale.api import ScaleError
from smartecr.scanner.scale.dialog06 import Dialog06
from smartecr.scanner.scale.virtual import CHALLENGE_EVERY, PracticeModule, ScaleServer, VirtualScale


class Direct:
    """The twin without a line, which says everything in crumbs of `size` bytes."""

    def __init__(self, twin: VirtualScale, size: int = 1000) -> None:
        self._twin, self._size = twin, size
        self._said = b""
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        self._said += self._twin.feed(data)

    def receive(self, _seconds: float) -> bytes:
        said, self._said = self._said[: self._size], self._said[self._size :]
        return said

    def close(self) -> None:
        self._said = b""


class StrangeModule:
    certificate = "DE-00-X"

    def answer(self, _challenge: str) -> tuple[str, str]:
        return "0000", "0000"


@dataclass
class Counter:
    scale: Dialog06
    twin: VirtualScale


def pty(twin: VirtualScale) -> tuple[str, Callable[[], None]]:
    ours, theirs = os.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)

    def serve() -> None:
        while True:
            try:
                data = os.read(ours, 256)
            except OSError:
                return
            if not data:
                return
            os.write(ours, twin.feed(data))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def close() -> None:
        os.close(theirs)
        thread.join(5)
        os.close(ours)

    return os.ttyname(theirs), close


@pytest.fixture(params=["direct", "crumbs", "tcp", "serial"])
def counter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(dialog06, "STILL_SECONDS", 0.2)
    monkeypatch.setattr(dialog06, "POLL_SECONDS", 0.01)
    twin = VirtualScale()
    close: Callable[[], None] = lambda: None  # noqa: E731
    if request.param == "tcp":
        server = ScaleServer(twin)
        connect, close = lines.tcp("127.0.0.1", server.port), server.close
    elif request.param == "serial":
        path, close = pty(twin)
        connect = lines.serial_line(path, "8N1")
    else:
        wire = Direct(twin, 1 if request.param == "crumbs" else 1000)
        connect = lambda: wire  # noqa: E731
    scale = Dialog06(connect, PracticeModule())
    yield Counter(scale, twin)
    scale.close()
    close()


def test_a_weighing_carries_the_scales_own_price(counter: Counter) -> None:
    counter.twin.load(275)
    weighing = counter.scale.weigh(1163)
    assert (weighing.weight_g, weighing.unit_price_cents, weighing.price_cents) == (275, 1163, 320)
    counter.twin.load(1275)
    with_tare = counter.scale.weigh(1163, 25, "Bergkäse aus dem Allgäu")
    assert (with_tare.weight_g, with_tare.tare_g, with_tare.price_cents) == (1250, 25, 1454)
    assert counter.twin.text.startswith("Bergk")


@pytest.mark.parametrize(
    ("weight", "moving", "code"),
    [(300, True, "moving"), (5, False, "too_light"), (-40, False, "negative"), (20_000, False, "overload")],
)
def test_what_the_scale_refuses(counter: Counter, weight: int, moving: bool, code: str) -> None:
    counter.twin.load(weight, moving=moving)
    with pytest.raises(ScaleError) as refused:
        counter.scale.weigh(1000)
    assert refused.value.code == code
    assert refused.value.message.endswith(".") and refused.value.next_step
    counter.twin.load(500)
    assert counter.scale.weigh(1000).price_cents == 500


def test_the_same_goods_are_not_sold_twice(counter: Counter) -> None:
    counter.twin.load(500)
    counter.scale.weigh(1000)
    with pytest.raises(ScaleError) as refused:
        counter.scale.weigh(1000)
    assert refused.value.code == "same"


def test_goods_that_come_to_rest_meanwhile(counter: Counter) -> None:
    counter.twin.load(400, moving=True)
    timer = threading.Timer(0.05, lambda: counter.twin.load(400))
    timer.start()
    assert counter.scale.weigh(1000).weight_g == 400
    timer.join()


def test_the_scale_challenges_again_and_again(counter: Counter) -> None:
    for number in range(CHALLENGE_EVERY + 2):
        counter.twin.load(100 + number)
        assert counter.scale.weigh(1000).weight_g == 100 + number
    counter.twin.power_cut()
    counter.twin.load(700)
    assert counter.scale.weigh(1000).weight_g == 700


@pytest.mark.parametrize(
    ("price", "tare", "code"),
    [(0, 0, "price"), (-1, 0, "price"), (1_000_000, 0, "price"), (100, -1, "tare"), (100, 10_000, "tare")],
)
def test_numbers_that_have_no_place_in_the_dialogue(counter: Counter, price: int, tare: int, code: str) -> None:
    with pytest.raises(ScaleError) as refused:
        counter.scale.weigh(price, tare)
    assert refused.value.code == code


def test_a_module_the_scale_does_not_know_weighs_nothing() -> None:
    twin = VirtualScale()
    twin.load(500)
    scale = Dialog06(lambda: Direct(twin), StrangeModule())
    with pytest.raises(ScaleError) as refused:
        scale.weigh(1000)
    assert refused.value.code == "module"


def test_nobody_there_and_back_again() -> None:
    twin = VirtualScale()
    server = ScaleServer(twin)
    port = server.port
    scale = Dialog06(lines.tcp("127.0.0.1", port), PracticeModule())
    twin.load(500)
    assert scale.weigh(1000).price_cents == 500
    server.close()
    with pytest.raises(ScaleError) as refused:
        scale.weigh(1000)
    assert refused.value.code == "offline"
    server = ScaleServer(twin, port)
    twin.load(600)
    assert scale.weigh(1000).price_cents == 600
    scale.close()
    server.close()


def test_the_twins_port_ends_without_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "_TURN_SECONDS", 300.0)
    twin = VirtualScale()
    server = ScaleServer(twin)
    server.close()
    assert not server._thread.is_alive()
    server = ScaleServer(twin)
    scale = Dialog06(lines.tcp("127.0.0.1", server.port), PracticeModule())
    twin.load(500)
    assert scale.weigh(1000).price_cents == 500
    server.close()
    assert not server._thread.is_alive()
    scale.close()


def test_nothing_waits_for_an_acknowledgement_of_the_network() -> None:
    server = ScaleServer(VirtualScale())
    wire = lines.tcp("127.0.0.1", server.port)()
    assert wire._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # type: ignore[attr-defined]
    wire.close()
    server.close()


def test_somebody_else_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(ScaleError) as refused:
            Dialog06(lines.tcp("127.0.0.1", listener.getsockname()[1]), PracticeModule()).weigh(100)
        thread.join(5)
    assert refused.value.code in ("garbled", "offline")


def test_bytes_are_the_dialogues() -> None:
    assert records.order(1163, 0, "") == b"\x0201\x1b001163\x1b\x03"
    assert records.order(1163, 25, "") == b"\x0203\x1b001163\x1b0025\x03"
    assert records.order(1163, 0, "Tee") == b"\x0204\x1b001163\x1bTee          \x03"
    assert records.order(1163, 25, "Bergkaese am Stueck") == b"\x0205\x1b001163\x1b0025\x1bBergkaese am \x03"
    twin = VirtualScale()
    twin.load(275)
    wire = Direct(twin)
    Dialog06(lambda: wire, PracticeModule()).weigh(1163)
    assert wire.sent[:3] == [b"\x04\x0201\x1b001163\x1b\x03", b"\x04\x05", b"\x04"]
    assert twin.feed(b"\x04\x0208\x03") == b"\x0209\x1b00\x03"


@given(st.integers(1, 999_999), st.integers(20, 15_000))
def test_the_scales_price_is_ours(price: int, weight: int) -> None:
    twin = VirtualScale()
    twin.load(weight)
    total = line_cents(price, weight)
    scale = Dialog06(lambda: Direct(twin), PracticeModule())
    if total < 1_000_000:
        assert scale.weigh(price).price_cents == total


@given(st.binary(max_size=300))
def test_noise_harms_no_scale(noise: bytes) -> None:
    twin = VirtualScale()
    twin.feed(noise)
    twin.power_cut()
    twin.load(500)
    assert Dialog06(lambda: Direct(twin), PracticeModule()).weigh(1000).price_cents == 500


@given(st.binary(max_size=60))
def test_no_answer_whatever_becomes_a_weight(said: bytes) -> None:
    class Babble:
        def send(self, _data: bytes) -> None:
            return

        def receive(self, _seconds: float) -> bytes:
            return said

        def close(self) -> None:
            return

    ticks = iter(range(10_000))
    with pytest.raises(ScaleError):
        Dialog06(Babble, PracticeModule(), lambda: next(ticks) / 10, lambda _seconds: None).weigh(1000)


@pytest.mark.parametrize(
    "fields", [("3", "00275", "001164", "000320"), ("1", "00275", "001163", "000320"), ("3", "00275", "001163"), ()]
)
def test_another_weighing_is_not_ours(fields: tuple[str, ...]) -> None:
    class Other(VirtualScale):
        def feed(self, data: bytes) -> bytes:
            return records.ACK if b"\x02" in data else records.record("02", *fields) if data == b"\x04\x05" else b""

    with pytest.raises(ScaleError) as refused:
        Dialog06(lambda: Direct(Other()), PracticeModule()).weigh(1163)
    assert refused.value.code == "garbled"
