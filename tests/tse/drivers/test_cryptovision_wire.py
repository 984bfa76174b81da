"""The wire of TSE-IO.bin, byte by byte, against vectors that were written down apart from the code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import der
from smartecr.tse.drivers import keys
from smartecr.tse.drivers.cryptovision import answers, commands, errors, frames
from smartecr.tse.drivers.cryptovision.commands import Byte, Code, CommandError, Short
from smartecr.tse.errors import TseError

HEADER = bytes.fromhex("416456616e634544205365437552652053442f4d4d43204341726401")
PIN = b"12345678"


def sent(command: bytes, mode: int = frames.NORMAL) -> str:
    """What is in the file behind the header, without the padding."""
    frame = frames.request(command, mode)
    assert len(frame) == 8192
    assert frame[:28] == HEADER
    return frame[28 : 36 + len(command)].hex()


def test_requests() -> None:
    assert sent(frames.IDLE, frames.SUSPEND_OFF) == "deadbeef000253440000"
    assert sent(frames.IDLE, frames.SUSPEND_ON) == "deadbeef000253450000"
    assert sent(frames.CONTINUE) == "deadbeef00010000c5"
    assert sent(frames.CANCEL) == "deadbeef00010000c4"
    assert sent(commands.encode(Code.START)) == "deadbeef000600005c5400000000"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (commands.encode(Code.START), "5c5400000000"),
        (
            commands.encode(Code.AUTHENTICATE_USER, "TimeAdmin", PIN),
            "5c5400030017" + "040009" + b"TimeAdmin".hex() + "020008" + PIN.hex(),
        ),
        (commands.encode(Code.UPDATE_TIME, commands.number(1700000000)), "5c540007000702" + "00046553f100"),
        (commands.encode(Code.START_TRANSACTION, "POS1", b"", "", b""), "5c54000a0010040004504f5331020000040000020000"),
        (commands.encode(Code.GET_STATUS, Short(4)), "5c54001200050300020004"),
        (commands.encode(99, Byte(7), (1, 258)), "5c540063000f" + "01000107" + "0500080000000100000102"),
    ],
)
def test_commands(command: bytes, expected: str) -> None:
    assert command.hex() == expected
    code, parameters = commands.decode(command)
    assert commands.encode(code, *parameters) == command


def answered(rest: str, token: str = "01020304") -> frames.Response:
    return frames.read_response((HEADER + bytes.fromhex(token + rest)).ljust(8192, b"\x00"))


def test_responses() -> None:
    started = answered("0013" + "0011" + "040003465731" + "0200080102030405060708")
    assert started.state == "data"
    head = commands.read_head(started.data)
    assert head == (0, False, 2, 17)
    assert commands.decode_parameters(started.data[2:]) == ["FW1", bytes(range(1, 9))]
    assert commands.read_head(answered("00028011").data).error == errors.TIME_NOT_SET
    assert answered("ffff").state == "pending"
    assert answered("0002" + "0000", token="deadbeef").state == "pending"
    assert answered("ff45").state == "timeout"
    assert (answered("ff12").state, answered("ff12").code) == ("controller", 0xFF12)
    assert answered("0000") == frames.Response("data")
    assert frames.read_response(bytes(8192)).state == "pending"
    head = commands.read_head(bytes.fromhex("9000" + "0000000000010000" + "aabb"))
    assert head == (0, True, 10, 0x10000)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        HEADER,
        b"X" * 8192,
        (HEADER + bytes.fromhex("01020304" + "1fdf")).ljust(8192, b"\x00"),
        (HEADER + bytes.fromhex("01020304" + "0010")).ljust(40, b"\x00"),
    ],
)
def test_frames_that_are_none(frame: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.read_response(frame)


@pytest.mark.parametrize(
    "answer",
    ["", "80", "9000", "90008000000000000000", "9001", "a000", "8300"],
)
def test_results_that_are_none(answer: str) -> None:
    with pytest.raises(CommandError):
        commands.read_head(bytes.fromhex(answer))


@pytest.mark.parametrize(
    "content", ["01", "0100", "010001", "01000201ff", "04000180", "0500030000ff", "06000100", "030000"]
)
def test_parameters_that_are_none(content: str) -> None:
    with pytest.raises(CommandError):
        commands.decode_parameters(bytes.fromhex(content))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """A list of parameters that can be read at all is written back as it was."""
    try:
        parameters = commands.decode_parameters(content)
    except CommandError:
        return
    assert commands.encode_parameters(parameters) == content


@given(st.binary(min_size=34, max_size=200))
def test_any_frame_is_read_or_refused(rest: bytes) -> None:
    for frame in (rest, HEADER + rest):
        try:
            response = frames.read_response(frame)
        except frames.FrameError:
            continue
        assert len(response.data) <= len(frame)


SERIAL = bytes(range(32))


def test_serial_numbers_name_the_key_of_transactions() -> None:
    other = bytes(32)
    uses = "300980010081010082010" + "0"
    content = bytes.fromhex(
        "305e" + "302d0420" + other.hex() + uses + "302d0420" + SERIAL.hex() + "3009" + "8001ff8101ff8201ff"
    )
    assert answers.serial_number(content) == SERIAL
    assert answers.serial_number(answers.serial_numbers(SERIAL)) == SERIAL
    with pytest.raises(CommandError):
        answers.serial_number(content[:49])


def mapping(client: bytes, serial: bytes = SERIAL) -> bytes:
    return b"\x30" + bytes([36 + len(client)]) + b"\x04" + bytes([len(client)]) + client + b"\x04\x20" + serial


@pytest.mark.parametrize("head", ["30{:02x}", "3081{:02x}", "3082{:04x}", "30ff", "308100", ""])
def test_mappings_are_found_whatever_the_outer_length_says(head: str) -> None:
    entries = mapping(b"POS1") + mapping(b"0") + mapping(b"OTHER", bytes(32)) + mapping(b"x" * 30)
    content = bytes.fromhex(head.format(len(entries) % 0x80)) + entries
    assert answers.mapped_clients(content, SERIAL) == ("POS1", "0", "x" * 30)


def test_our_mappings_are_der() -> None:
    content = answers.mappings(["POS1", "0"], SERIAL)
    assert content == der.tlv(0x30, mapping(b"POS1") + mapping(b"0"))


@given(st.binary(max_size=300))
def test_any_answer_is_read_or_refused(content: bytes) -> None:
    answers.mapped_clients(content, SERIAL)
    assert keys.point(content, SERIAL) == b""
    for read in (answers.serial_number, answers.algorithm_name):
        try:
            read(content)
        except CommandError:
            continue


def test_open_transactions_are_counted_not_measured() -> None:
    listed = commands.answer([(3, 7, 9, 1000)])
    assert len(listed) == 21
    swapped = listed[3:5] + listed[2:3] + listed[0:2] + listed[5:]
    for behind in (listed, swapped, listed + bytes(100), swapped + b"\xff" * 100):
        assert answers.open_transactions(behind, 4) == (3, 7, 9, 1000)
    assert answers.open_transactions(b"", 0) == ()
    for behind, count in ((listed, 5), (b"\x00\x00\x02" + listed[3:], 4), (listed, 10**6)):
        with pytest.raises(CommandError):
            answers.open_transactions(behind, count)


def test_numbers_come_in_any_length() -> None:
    for content in (b"\x07", b"\x00\x00\x00\x07", bytes(7) + b"\x07", b"\x00\x07"):
        assert answers.number([content]) == 7
    assert answers.number([Short(7)]) == answers.number([Byte(7)]) == 7
    assert commands.number(0) == bytes(4)
    assert commands.number(1 << 40) == bytes([1, 0, 0, 0, 0, 0])
    for bad in ([], ["7"], [b"1" * 10]):
        with pytest.raises(CommandError):
            answers.number(bad)


def test_every_code_has_a_meaning() -> None:
    for code in range(0x8000, 0x801F):
        error = errors.translate(errors.CardError(code))
        assert isinstance(error, TseError)
        assert f"{code:04X}" in error.detail
    assert errors.translate(errors.CardError(0x80FF)).code == "tse_internal"
