"""Diebold Nixdorf's native frames against vectors written down apart from the code, over TCP and a serial port."""

from __future__ import annotations

import io
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.tse_bench import Clock, Fault
from contract.tse_benches.diebold import DieboldBench
from contract.tse_steps import CLIENT, DATA, TYPE, commission, export, heal, logged_in, sell
from smartecr.tse.credentials import Role, Secret
from smartecr.tse.drivers.diebold import DieboldTse, errors, frames, values
from smartecr.tse.drivers.diebold.errors import DeviceError
from smartecr.tse.drivers.diebold.frames import FrameError, Reader, Response
from smartecr.tse.drivers.line import SerialLine, TcpLine
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseConnectionLost,
    TseError,
    TseInternalError,
    TseInvalidParameter,
    TseNotAuthorized,
    TseTimeNotSet,
    TseTimeout,
    TseUnplugged,
)
from support.lines import Conversation, MemoryLine, PtyDevice, TcpDevice

GUID = "5f0d3a52-8c1e-4b7e-9d7a-0123456789ab"


def test_requests() -> None:
    log_in = frames.request(400, ("1", "2", "12345"), GUID)
    assert log_in.hex(" ") == (
        "1b 90 34 30 30 1b 92 31 1b 92 32 1b 92 31 32 33 34 35 1b 99 " + GUID.encode().hex(" ") + " 1b 9d 1b 9f"
    )
    assert frames.request(309, ("1",), "").hex() == "1b90333039" + "1b9231" + "1b99" + "1b9d" + "1b9f"
    assert frames.request(300, ("1",), "i", buffer=1).hex() == "1b90333030" + "1b9231" + "1b9969" + "1b9e31" + "1b9f"
    for text in ("ä", "a\x1b\x9f"):
        with pytest.raises(FrameError):
            frames.request(509, (text,), "")


def read(hexadecimal: str) -> list[Response]:
    reader = Reader()
    reader.feed(bytes.fromhex(hexadecimal))
    found = []
    while (response := reader.next()) is not None:
        found.append(response)
    return found


def test_responses() -> None:
    assert read("1b 91 33 30 39 1b 99 1b 9f") == [Response(309, [], b"")]
    assert read("1b 91 303031 1b92 30313031 1b92 3033 1b99 6964 1b9f") == [Response(1, [b"0101", b"03"], b"id")]
    assert read("1b6b 0102 1b9f 1b91 303033 1b99 61 1b9f") == [Response(3, [], b"a")]
    assert read("1b6b 01 1b 1b91 303033 1b99 61 1b9f 1b6b 00") == [Response(3, [], b"a")]


def test_packets_hold_any_byte() -> None:
    inside = "1b91 333030 1b92 4141 1b99 78 1b9f"
    size = len(bytes.fromhex(inside))
    packet = f"1b91 303034 1b92 31 1b92 30 1b92 3031 1b92 {str(size).encode().hex()} 1b92 {inside} 1b99 79 1b9f"
    (response,) = read(packet)
    assert response.request_id == b"y"
    assert response.parameters[:3] == [b"1", b"0", b"01"]
    assert frames.parse(response.parameters[4]) == Response(300, [b"AA"], b"x")


def test_responses_in_any_pieces() -> None:
    stream = bytes.fromhex(
        "1b6b00ff 1b91 303034 1b92 31 1b92 323535 1b92 3030 1b92 34 1b92 1b9f1b91 1b99 69 1b9f 1b91 303031 1b99 6a 1b9f"
    )
    for cut in range(len(stream) + 1):
        reader = Reader()
        found = []
        for piece in (stream[:cut], stream[cut:]):
            reader.feed(piece)
            while (response := reader.next()) is not None:
                found.append(response)
        assert [(one.command, one.request_id) for one in found] == [(4, b"i"), (1, b"j")]
        assert found[0].parameters == [b"1", b"255", b"00", b"4", b"\x1b\x9f\x1b\x91"]


@pytest.mark.parametrize(
    "said",
    [
        "00",
        "1b90303030",
        "1b91 61 61 61",
        "1b91 303030 1b9f",
        "1b91 303030 41 1b99 1b9f",
        "1b91 303034 1b92 31 1b92 30 1b92 3030 1b92 61 1b92 00",
        "1b91 303034 1b92 31 1b99 6a 1b9f",
        "1b91 303034 1b92 31 1b92 30 1b92 3030 1b92 39393939393939 1b92 00",
        "1b91 303034 1b92 31 1b92 30 1b92 3030 1b92 31 1b92 0000 1b99 1b9f",
    ],
)
def test_what_is_no_response(said: str) -> None:
    with pytest.raises(FrameError):
        read(said)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(said: bytes) -> None:
    for data in (said, b"\x1b\x91004\x1b\x92" + said, b"\x1b\x91000" + said + b"\x1b\x9f"):
        reader = Reader()
        reader.feed(data)
        try:
            while (response := reader.next()) is not None:
                assert response.command < 1000
        except FrameError:
            continue


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_archives_in_one_value_or_many(parts: list[bytes], size: int) -> None:
    content = b"".join(b"\x1b\x92" + b64encode(part) for part in parts)
    source = Slowly(b"\x1b\x91300" + content + b"\x1b\x99id\x1b\x9f", size)
    sink = io.BytesIO()
    values.write_archive(source, sink)
    assert sink.getvalue() == b"".join(parts)


@pytest.mark.parametrize("content", [b"", b"xx", b"\x1b\x91300\x1b\x92QUJ\x1b\x99\x1b\x9f", b"\x1b\x91300\x1b\x92QUJD"])
def test_what_is_no_archive(content: bytes) -> None:
    with pytest.raises(FrameError):
        values.write_archive(io.BytesIO(content), io.BytesIO())


class Slowly(io.BytesIO):
    """Gives few bytes at a time, but for the head."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size if size is not None and 0 <= size <= 3 else self._size)


def test_times() -> None:
    assert values.moment(1614834367) == "04.03.2021 05:06:07"
    assert values.unix(b"04.03.2021 05:06:07") == 1614834367
    for wrong in (b"", b"4.3.21", b"2021-03-04T05:06:07Z", b"\xff"):
        with pytest.raises(FrameError):
            values.unix(wrong)


@pytest.mark.parametrize(
    ("code", "error"), [(0x0101, TseTimeNotSet), (0x011C, TseBusy), (0x0116, TseUnplugged), (0x0999, TseInternalError)]
)
def test_errors(code: int, error: type[TseError]) -> None:
    assert type(errors.translate(DeviceError(code))) is error


@pytest.fixture
def bench(tmp_path: Path) -> DieboldBench:
    made = DieboldBench(tmp_path, Clock())
    made.curve = "secp256r1"
    return made


def day(bench: DieboldBench, tse: DieboldTse) -> None:
    """Live a day of a device."""
    commission(bench, tse)
    for _ in range(2):
        sell(tse)
    export(tse)


def test_a_day_over_tcp(bench: DieboldBench) -> None:
    with (
        closing(bench),
        closing(TcpDevice(bench.device.connect, 13)) as device,
        closing(DieboldTse(TcpLine("127.0.0.1", device.port), clock=bench.clock)) as tse,
    ):
        day(bench, tse)


def test_a_day_over_a_serial_port(bench: DieboldBench) -> None:
    with closing(bench), closing(PtyDevice(bench.device.connect)) as device:
        with closing(DieboldTse.at_port(device.path)) as tse:
            day(bench, tse)
            with pytest.raises(TseBusy):
                SerialLine(device.path)
        with pytest.raises(TseUnplugged):
            tse.open_transactions()


def test_no_such_port(tmp_path: Path) -> None:
    with pytest.raises(TseUnplugged):
        SerialLine(str(tmp_path / "ttyACM7"))


def test_a_port_that_says_nothing(bench: DieboldBench) -> None:
    bench.device.mute = True
    with closing(bench), closing(PtyDevice(bench.device.connect)) as device:
        line = SerialLine(device.path)
        with closing(line), pytest.raises(TseTimeout):
            line.receive(0.01)


def test_a_port_that_is_pulled_out(bench: DieboldBench) -> None:
    device = PtyDevice(bench.device.connect)
    line = SerialLine(device.path)
    device.close()
    bench.close()
    with closing(line), pytest.raises((TseConnectionLost, TseTimeout)):
        line.send(b"x", 0.1)
        line.receive(0.01)


def test_packet_numbers_go_round(bench: DieboldBench) -> None:
    bench.device.packet = 7
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        bench.device.asked.clear()
        export(tse)
        assert bench.device.asked.count(4) > 300


def test_opening_waits_for_nothing(bench: DieboldBench) -> None:
    with closing(bench):
        before = bench.waiting.now
        bench.open().close()
        assert bench.waiting.now - before < 0.1
        assert bench.device.asked == [0, 3, 509, 309]


def test_status_frames_in_between(bench: DieboldBench) -> None:
    assert bench.device.chatty
    with closing(bench), closing(bench.open()) as tse:
        day(bench, tse)


def test_an_error_is_asked_for_after_the_wait(bench: DieboldBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        bench.set(Fault.TIME_LOST)
        before = bench.waiting.now
        with pytest.raises(TseTimeNotSet):
            tse.start_transaction(CLIENT)
        assert 5.0 <= bench.waiting.now - before < 10.0
        bench.set(Fault.TIME_LOST, False)
        heal(bench, tse)
        sell(tse)


def test_what_failed_is_taken_back(bench: DieboldBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        bench.device.asked.clear()
        with pytest.raises(TseError):
            tse.finish_transaction(CLIENT, 77, DATA, TYPE)
        assert bench.device.asked[-3:] == [1, 1, 207]
        assert bench.device.pending is None


def test_long_data_go_in_pieces(bench: DieboldBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        number = tse.start_transaction(CLIENT).transaction_number
        data = bytes(range(256)) * 5
        bench.device.asked.clear()
        tse.finish_transaction(CLIENT, number, data, TYPE)
        assert bench.device.asked == [204, 206, 206, 206, 205]
        assert tse.find_transaction(number).process_data == data


def test_an_answer_too_late_is_not_taken_for_the_next(bench: DieboldBench) -> None:
    """The device answers a start when the next one is under way; what nobody waits for any more is passed over."""
    late: list[bytes] = []

    def connect() -> Conversation:
        conversation: Any = bench.device.connect()
        answer = conversation.feed

        def feed(data: bytes) -> bytes:
            said = answer(data)
            if b"\x1b\x90201" not in data:
                return said
            if not late:
                late.append(said)
                return b""
            return late[0] + said

        conversation.feed = feed
        return conversation

    with closing(bench):
        with closing(bench.open()) as tse:
            commission(bench, tse)
        with closing(bench.drive(MemoryLine(connect, bench.waiting))) as tse:
            with pytest.raises(TseTimeout):
                tse.start_transaction(CLIENT)
            assert tse.start_transaction(CLIENT).transaction_number == 2
            assert tse.open_transactions() == [1, 2]


def test_the_makers_pin_is_wanted(bench: DieboldBench) -> None:
    with closing(bench), closing(bench.open()) as tse:
        commission(bench, tse)
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.ADMIN, Secret("00000"))
        with pytest.raises(TseInvalidParameter):
            tse.authenticate_user(Role.ADMIN, Secret("12\x1b45"))
        with pytest.raises(TseNotAuthorized):
            tse.decommission()
        with logged_in(bench, tse, Role.ADMIN):
            tse.register_client("SECR-B")
