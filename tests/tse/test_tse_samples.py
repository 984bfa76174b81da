"""Exports of real devices: every message is read, named and proven; every receipt code verifies."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import assume, given
from hypothesis import strategies as st

from smartecr.tse import export_names, receipt_qr, report, verify
from smartecr.tse.log_message import LogMessage, LogMessageError, parse
from smartecr.tse.tar import ExportReader
from support.samples import sample

#: file -> messages by kind, first and last counter, what is special
ARCHIVES = {
    "fiskaly-v1-orders-and-receipts": ({"transaction": 24, "system": 71, "audit": 2}, (2, 98)),
    "fiskaly-v1-filtered": ({"transaction": 6}, (28, 33)),
    "fiskaly-v0-utctime": ({"transaction": 6}, (1, 6)),
    "fiskaly-v1-three-counter-gaps": ({"transaction": 7, "system": 34}, (2, 52)),
    "dtrust-indefinite-finish": ({"transaction": 12, "system": 8}, (625, 644)),
    "dtrust-mock-1": ({"transaction": 3, "system": 12, "audit": 2}, (1, 18)),
    "dtrust-mock-2-decommission": ({"system": 7, "audit": 3}, (19, 28)),
    "dtrust-mock-inconsistent-certificates": ({"transaction": 3}, (643, 1043)),
    "cryptovision-system-and-audit": ({"system": 10, "audit": 4}, (713, 726)),
}


def load(path: Path) -> tuple[list[tuple[str, LogMessage, bytes]], dict[bytes, verify.PublicKey], list[str], bool]:
    """Read an archive: messages with name and bytes, keys by serial, other names, whether it was closed."""
    messages, keys, others = [], {}, []
    with path.open("rb") as stream:
        reader = ExportReader(stream)
        for member in reader:
            if member.name.endswith(".log"):
                messages.append((member.name, parse(member.data), member.data))
            elif "_X509" in member.name:
                if member.data.startswith(b"-----BEGIN"):
                    found = x509.load_pem_x509_certificates(member.data)
                else:
                    found = [x509.load_der_x509_certificate(member.data)]
                for certificate in found:
                    key = verify.of_key(certificate.public_key())  # type: ignore[arg-type]
                    keys[key.serial] = key
            else:
                others.append(member.name)
                assert export_names.read_info(member.data) is not None
    return messages, keys, others, reader.has_end_blocks


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_signature_of_every_device_verifies(name: str) -> None:
    kinds, counters = ARCHIVES[name]
    messages, keys, others, _ = load(sample(f"tse/{name}.tar"))
    assert Counter(message.kind for _, message, _ in messages) == kinds
    numbers = sorted(message.signature_counter for _, message, _ in messages)
    assert (numbers[0], numbers[-1]) == counters
    assert others == ["info.csv"]
    for file_name, message, _ in messages:
        assert verify.check_message(message, keys[message.serial]) == verify.SignatureCheck(True, "raw")
        assert export_names.of_message(message) == file_name


def test_only_the_cryptovision_archive_lacks_its_end() -> None:
    open_ended = [name for name in ARCHIVES if not load(sample(f"tse/{name}.tar"))[3]]
    assert open_ended == ["cryptovision-system-and-audit"]


def test_counters_are_missing_where_they_were_removed() -> None:
    messages, _, _, _ = load(sample("tse/fiskaly-v1-three-counter-gaps.tar"))
    present = {message.signature_counter for _, message, _ in messages}
    assert len(set(range(2, 53)) - present) == 10


def test_data_of_indefinite_length_are_joined() -> None:
    messages, _, _, _ = load(sample("tse/dtrust-indefinite-finish.tar"))
    finishes = [message for _, message, _ in messages if message.operation == "FinishTransaction"]
    assert len(finishes) == 6
    assert all(message.indefinite and message.process_data for message in finishes)


def test_a_long_update_is_read() -> None:
    messages, _, _, _ = load(sample("tse/dtrust-mock-1.tar"))
    assert max(len(message.process_data) for _, message, _ in messages) == 2952


def test_utc_times_are_read() -> None:
    messages, _, _, _ = load(sample("tse/fiskaly-v0-utctime.tar"))
    first = min((message for _, message, _ in messages), key=lambda message: message.signature_counter)
    assert (first.time_format, first.log_time_text, first.log_time) == (
        "utcTimeWithSeconds",
        "210928090251Z",
        1632819771,
    )
    assert first.process_type is None


@pytest.mark.parametrize("name", ["dtrust-indefinite-finish", "fiskaly-v0-utctime", "cryptovision-system-and-audit"])
def test_every_changed_byte_of_a_real_message_is_found(name: str) -> None:
    messages, keys, _, _ = load(sample(f"tse/{name}.tar"))
    _, message, data = messages[0]
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x04
        with suppress(LogMessageError):
            assert not verify.check_message(parse(bytes(changed)), keys[message.serial]).valid


def codes() -> list[str]:
    return sample("receipt-qr/valid.txt").read_text(encoding="utf-8").splitlines()


def test_every_real_receipt_verifies() -> None:
    assert len(codes()) >= 7
    for code in codes():
        status, lines = report.verify_receipt(code)
        assert status == report.VALID, lines
        assert receipt_qr.verify(code).valid


@given(st.data())
def test_every_change_of_what_a_real_receipt_signs_is_found(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(codes()))
    fields = code.split(";")
    place = data.draw(st.sampled_from([place for place in range(len(fields)) if place != len(fields) - 6]))
    field = fields[place]
    at = data.draw(st.integers(0, len(field) - 1))
    char = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda char: char != field[at]))
    fields[place] = field[:at] + char + field[at + 1 :]
    names = len(fields) - 4, len(fields) - 3
    assume(place not in names or fields[place].lower() != field.lower())  # their case says nothing
    assume((place, fields[place]) != (len(fields) - 5, f"{field[:-1]}0"))  # as UTC: the next test
    assert report.verify_receipt(";".join(fields))[0] != report.VALID


def test_a_real_receipt_without_its_time_zone_says_so() -> None:
    deviation = "Log-Time ohne Zeitzone, als UTC gelesen."
    told = [
        deviation in receipt_qr.verify(";".join([*fields[:-5], f"{fields[-5][:-1]}0", *fields[-4:]])).deviations
        for fields in (code.split(";") for code in codes() if code.split(";")[-5].endswith(".000Z"))
    ]
    assert told and all(told)


def test_real_receipts_name_their_quirks() -> None:
    quirks = {deviation for code in codes() for deviation in receipt_qr.verify(code).deviations}
    assert "Signatur in DER-Form statt als r und s hintereinander." in quirks
