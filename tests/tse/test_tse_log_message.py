"""Log messages: two published vectors byte by byte, round trips, tolerance, and refusal of everything else."""

from __future__ import annotations

from base64 import b64decode
from contextlib import suppress
from hashlib import sha256, sha384

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import der, logtime, verify
from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.log_message import FINISH, START, Encoder, LogMessageError, assemble, parse
from support import independent_tse

#: a Swissbit hardware message (brainpoolP384r1, SHA-384), published with its key
SWISSBIT = bytes.fromhex(
    "3081CD020102060904007F000703070101801053746172745472616E73616374696F6E8108535749535342495482008300"
    "85011A04202D49DCE478188FFB84B4F7B0735DF925436DCB23B65D2365FC0A62AB4DBE0217300C060A04007F0007010104"
    "01040202039502045F47585D04603FD09E21E56E7902EA364E17612A0A8BDF89D6DC0F8D40CE3D4BCF99134E9879965DD8"
    "CC2BBFAF8F75919CF9F7526CBA5C729CFD88A09E4FC131880B22CE8109A415E3F4219D1D0F0C2D6D787D46AD3122049BDF"
    "A64FEAAA015B44371B5D9C12"
)
SWISSBIT_POINT = b64decode(
    "BHh1SuQKbT9ka6EU3FI0R3R4cz6Mz42+Zi2wt8tmBmbNjKeDqJZwhKvwnaU6oj5FpIySHaMoV2c8yY/BjOqDncqt/HWfHDqjwNLZ+IRHJi"
    "E50q7yYlD2oazHevsl8OwV1g=="
)
#: the signed part of the receipt AMA-2642, an official example of DSFinV-K
OFFICIAL = bytes.fromhex(
    "020102060904007f000703070101801146696e6973685472616e73616374696f6e8108414d412d32363432822742656c65675e342e30"
    "355f332e30305f302e30305f302e30305f302e30305e372e30353a426172830e4b617373656e62656c65672d563185010d0420bf1b13"
    "c1cf8a6f7958c190201daf9e18b850cf2cdc0885078d48868f625955e3300c060a04007f00070101040104020300ac6302045dd7c6ad"
)

SERIAL = sha256(b"any key").digest()
ENCODER = Encoder(SERIAL, BY_NAME["ecdsa-plain-SHA256"])
TYPES = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=100)


def test_a_message_of_real_hardware_is_read_and_proven() -> None:
    message = parse(SWISSBIT)
    assert message.kind == "transaction"
    assert message.operation == START
    assert message.client_id == "SWISSBIT"
    assert message.process_data == b""
    assert message.process_type == ""
    assert message.transaction_number == 26
    assert message.signature_counter == 917
    assert (message.log_time, message.time_format) == (1598511197, logtime.UNIX)
    assert message.algorithm is BY_NAME["ecdsa-plain-SHA384"]
    assert message.serial.hex() == "2d49dce478188ffb84b4f7b0735df925436dcb23b65d2365fc0a62ab4dbe0217"
    assert len(message.signed) == 107
    assert sha384(message.signed).hexdigest() == (
        "c02b031cf0065a3d145d3aba7fbff8400f5657d5851b9910494f8fd6af609c9ab527916603e683071b08c87c94e24edf"
    )
    key = verify.load_key(SWISSBIT_POINT)
    assert verify.check_message(message, key) == verify.SignatureCheck(True, "raw")


def test_the_real_message_is_written_again_byte_by_byte() -> None:
    encoder = Encoder(sha256(SWISSBIT_POINT).digest(), BY_NAME["ecdsa-plain-SHA384"])
    signed = encoder.transaction(START, "SWISSBIT", b"", "", 26, 917, 1598511197)
    assert assemble(signed, parse(SWISSBIT).signature) == SWISSBIT


@pytest.mark.parametrize("place", range(len(SWISSBIT)))
def test_every_byte_of_the_real_message_counts(place: int) -> None:
    changed = bytearray(SWISSBIT)
    changed[place] ^= 0x01
    with suppress(LogMessageError):
        message = parse(bytes(changed))
        assert not verify.check_message(message, verify.load_key(SWISSBIT_POINT)).valid


def test_the_official_receipt_is_written_byte_by_byte() -> None:
    encoder = Encoder(OFFICIAL[OFFICIAL.index(b"\x04\x20") + 2 :][:32], BY_NAME["ecdsa-plain-SHA384"])
    data = b"Beleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar"
    assert encoder.transaction(FINISH, "AMA-2642", data, "Kassenbeleg-V1", 13, 44131, 1574422189) == OFFICIAL


@given(
    st.sampled_from([START, FINISH]),
    st.text(alphabet="ABCabc019 -.", min_size=1, max_size=30),
    st.binary(max_size=3000),
    st.none() | TYPES,
    st.integers(1, 2**40),
    st.integers(1, 2**40),
    st.integers(0, 2**33),
    st.booleans(),
)
def test_transactions_are_read_back(
    operation: str,
    client_id: str,
    data: bytes,
    process_type: str | None,
    number: int,
    counter: int,
    time: int,
    indefinite: bool,
) -> None:
    signed = ENCODER.transaction(operation, client_id, data, process_type, number, counter, time, indefinite=indefinite)
    message = parse(assemble(signed, b"s" * 64))
    assert message.signed == signed
    assert message.signature == b"s" * 64
    assert (message.operation, message.client_id, message.process_data) == (operation, client_id, data)
    assert (message.process_type, message.transaction_number) == (process_type, number)
    assert (message.signature_counter, message.log_time, message.indefinite) == (counter, time, indefinite)
    if not indefinite:
        other = independent_tse.read(assemble(signed, b"s" * 64))
        assert (other.signed, other.counter, other.time, other.number) == (signed, counter, time, number)
        assert other.fields[2] == data


@given(st.binary(max_size=300), st.integers(1, 2**40), st.integers(0, 2**33))
def test_system_and_audit_logs_are_read_back(data: bytes, counter: int, time: int) -> None:
    system = parse(assemble(ENCODER.system("updateTime", data, counter, time), b"s"))
    assert (system.kind, system.operation, system.system_data) == ("system", "updateTime", data)
    audit = parse(assemble(ENCODER.audit(data, counter, time), b"s"))
    assert (audit.kind, audit.operation, audit.audit_data) == ("audit", "", data)
    assert system.signature_counter == audit.signature_counter == counter
    assert system.log_time == audit.log_time == time


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_crashes(data: bytes) -> None:
    with pytest.raises(LogMessageError):
        parse(data)


@given(st.data())
def test_damaged_messages_are_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(SWISSBIT)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(0, len(changed)))])
    for damaged in (bytes(changed), cut):
        with suppress(LogMessageError):
            assert parse(damaged).signed in damaged


HEAD = bytes.fromhex("020102060904007f0007030701")
TAIL = der.tlv(0x04, SERIAL) + bytes.fromhex("300c060a04007f00070101040103")
END = bytes.fromhex("020105") + der.integer(1600000000)
TRANSACTION = HEAD + b"\x01" + der.tlv(0x80, FINISH.encode()) + der.tlv(0x81, b"K1")


def whole(signed: bytes) -> bytes:
    return assemble(signed, bytes(64))


def test_data_in_several_chunks_are_joined() -> None:
    chunks = b"\xa2\x80" + der.tlv(0x04, b"Bel") + der.tlv(0x04, b"eg") + b"\x00\x00"
    message = parse(whole(TRANSACTION + chunks + b"\x83\x00\x85\x01\x07" + TAIL + END))
    assert (message.process_data, message.indefinite) == (b"Beleg", True)


def test_data_constructed_with_a_definite_length() -> None:
    chunks = der.tlv(0xA2, der.tlv(0x04, b"Bel") + der.tlv(0x04, b"eg"))
    assert parse(whole(TRANSACTION + chunks + b"\x85\x01\x07" + TAIL + END)).process_data == b"Beleg"


def test_unknown_elements_and_version_3_are_tolerated() -> None:
    version_3 = b"\x02\x01\x03" + TRANSACTION[3:]
    message = parse(whole(version_3 + b"\x82\x00\x84\x03abc\x85\x01\x07\x86\x00" + TAIL + END))
    assert (message.version, message.transaction_number) == (3, 7)


def test_an_unknown_algorithm_is_kept_by_number() -> None:
    tail = der.tlv(0x04, SERIAL) + bytes.fromhex("300c060a04007f00070101040163")
    message = parse(whole(TRANSACTION + b"\x82\x00\x85\x01\x07" + tail + END))
    assert message.algorithm is None
    assert message.algorithm_oid[-1] == 0x63


def test_text_that_is_no_utf8_is_kept() -> None:
    signed = HEAD + b"\x01" + der.tlv(0x80, FINISH.encode()) + b"\x81\x01\xfc\x82\x00\x85\x01\x07" + TAIL + END
    assert parse(whole(signed)).client_id == "ü"


REFUSED = {
    "trailing bytes": whole(TRANSACTION + b"\x85\x01\x07" + TAIL + END) + b"\x00",
    "no sequence": b"\x31" + whole(TRANSACTION + b"\x85\x01\x07" + TAIL + END)[1:],
    "indefinite outer length": b"\x30\x80" + TRANSACTION + b"\x85\x01\x07" + TAIL + END + b"\x04\x00\x00\x00",
    "version 4": whole(b"\x02\x01\x04" + TRANSACTION[3:] + b"\x85\x01\x07" + TAIL + END),
    "unknown kind": whole(HEAD + b"\x04" + TAIL + END),
    "no client": whole(HEAD + b"\x01" + der.tlv(0x80, b"x") + b"\x85\x01\x07" + TAIL + END),
    "no number": whole(TRANSACTION + TAIL + END),
    "no operation": whole(HEAD + b"\x02" + der.tlv(0x81, b"") + TAIL + END),
    "audit with data": whole(HEAD + b"\x03" + der.tlv(0x80, b"x") + TAIL + der.tlv(0x04, b"") + END),
    "audit without data": whole(HEAD + b"\x03" + TAIL + END),
    "element twice": whole(TRANSACTION + b"\x82\x00\x82\x00\x85\x01\x07" + TAIL + END),
    "data twice in two forms": whole(TRANSACTION + b"\x82\x00\xa2\x00\x85\x01\x07" + TAIL + END),
    "client of indefinite length": whole(HEAD + b"\x01\xa1\x80\x04\x00\x00\x00" + TAIL + END),
    "short serial": whole(TRANSACTION + b"\x85\x01\x07" + der.tlv(0x04, SERIAL[:31]) + TAIL[34:] + END),
    "no time": whole(TRANSACTION + b"\x85\x01\x07" + TAIL + END[:3] + b"\x05\x00"),
    "negative time": whole(TRANSACTION + b"\x85\x01\x07" + TAIL + END[:3] + der.integer(-5)),
    "second signature": whole(TRANSACTION + b"\x85\x01\x07" + TAIL + END + der.tlv(0x04, b"")),
    "no signature": der.tlv(0x30, TRANSACTION + b"\x85\x01\x07" + TAIL + END),
}


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_log_message_is_refused(message: bytes) -> None:
    with pytest.raises(LogMessageError):
        parse(message)


def test_the_frame_of_the_refused_is_readable() -> None:
    assert parse(whole(TRANSACTION + b"\x82\x00\x85\x01\x07" + TAIL + END)).transaction_number == 7


def test_an_encoder_for_many_clients_stays_small() -> None:
    encoder = Encoder(SERIAL, BY_NAME["ecdsa-plain-SHA256"])
    first = encoder.transaction(START, "K0", b"", "", 1, 1, 1)
    for client in range(3000):
        encoder.transaction(START, f"K{client}", b"", "", 1, 1, 1)
    assert len(encoder._heads) <= 1001
    assert encoder.transaction(START, "K0", b"", "", 1, 1, 1) == first


TIMES = [
    (logtime.UNIX, "020461eeb97d", 1643035005, "1643035005"),
    (logtime.UTC_SECONDS, "170d3232303132343134333634355a", 1643035005, "220124143645Z"),
    (logtime.UTC_MINUTES, "170b323230313234313433365a", 1643034960, "2201241436Z"),
    (logtime.GENERALIZED, "180f32303232303132343134333634355a", 1643035005, "20220124143645Z"),
    (
        logtime.GENERALIZED_MILLISECONDS,
        "181332303232303132343134333634352e3132335a",
        1643035005,
        "20220124143645.123Z",
    ),
]


@pytest.mark.parametrize(("name", "encoded", "unix", "text"), TIMES)
def test_times(name: str, encoded: str, unix: int, text: str) -> None:
    data = bytes.fromhex(encoded)
    assert logtime.decode(data[0], data[2:]) == (unix, name, text)
    assert logtime.encode(unix, name, 123) == data


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        (0x17, b"220124143645"),
        (0x17, b"221324143645Z"),
        (0x17, b"220124143661Z"),
        (0x17, b"2201241436451Z"),
        (0x18, b"220124143645Z"),
        (0x18, b"20220124143645.Z"),
        (0x04, b"1234"),
        (0x02, b""),
        (0x02, b"\x7f" + bytes(8)),
    ],
)
def test_what_is_no_time_is_refused(tag: int, content: bytes) -> None:
    with pytest.raises(der.DerError):
        logtime.decode(tag, content)


def test_two_digit_years_turn_at_fifty() -> None:
    assert logtime.decode(0x17, b"491231235959Z")[0] == 2524607999
    assert logtime.decode(0x17, b"700101000001Z")[0] == 1


def test_unknown_time_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown time format"):
        logtime.encode(1, "siderealTime")
