"""Receipt codes: the official examples, our own, all tolerated spellings, and everything that must not pass."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from smartecr.tse import der, log_message, logtime, receipt_qr, report
from smartecr.tse.algorithms import BY_NAME
from smartecr.tse.receipt_qr import ReceiptQrError
from support import independent_tse

#: official examples of DSFinV-K Anhang I
OFFICIAL = (
    "V0;AMA-2642;Kassenbeleg-V1;Beleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar;13;44131;2019-11-22T11:29:48.000Z;"
    "2019-11-22T11:29:49.000Z;ecdsa-plain-SHA384;unixTime;K8zsZ6NjsBzo/Yd3Hba84aH3oT+c4Og5VcfJ7s6Dxz7UmAwtcKmzW16OkS/l"
    "m8pDE/37JHoRlYofUTLNF+9bY5Jv7C2P4nuEaHwlVarbiJs3bYlgQmIXQDZnf+8FhfBm;BBXNYQErM4d9sk9Iy+0T6A4sdTocijml5X78Gq/At2uX"
    "Tcs/3bZNNpyuHd+dpmY59yLh0xZcr9osHhkDAxsQumgjmtb3d9GIVnTaPCslEki84P1iHPiHKHfcszeQajPk3A=="
)
OFFICIAL_DER = (
    "V0;955002-00;Kassenbeleg-V1;Beleg^0.00_2.55_0.00_0.00_0.00^2.55:Bar;18;112;2019-07-10T18:41:04.000Z;"
    "2019-07-10T18:41:04.000Z;ecdsa-plain-SHA256;unixTime;MEQCIAy4P9k+7x9saDO0uRZ4El8QwN+qTgYiv1DIaJIMWRiuAiAt+saFDGjK2"
    "Yi5Cxgy7PprXQ5O0seRgx4ltdpW9REvwA==;BHhWOeisRpPBTGQ1W4VUH95TXx2GARf8e2NYZXJoInjtGqnxJ8sZ3CQpYgjI+LYEmW5A37sLWHsyU"
    "7nSJUBemyU="
)

KEYS = {
    "ecdsa-plain-SHA256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-plain-SHA384": ec.generate_private_key(ec.BrainpoolP384R1()),
}
START, FINISH = 1795454560, 1795454563


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def code(
    algorithm: str = "ecdsa-plain-SHA256",
    time_format: str = logtime.UNIX,
    process_data: str = "Beleg^27.86_0.00_0.00_0.00_0.00^27.86:Bar",
    log_time: int = FINISH,
    named_format: str = "",
    indefinite: bool = False,
    milliseconds: int = 0,
) -> str:
    """Make a code whose finish message was signed in the given spelling."""
    key = KEYS[algorithm]
    encoder = log_message.Encoder(sha256(point(key)).digest(), BY_NAME[algorithm], time_format)
    signed = encoder.transaction(
        log_message.FINISH, "K 1", process_data.encode(), "Kassenbeleg-V1", 7, 200, log_time,
        indefinite=indefinite, milliseconds=milliseconds,
    )  # fmt: skip
    half = (key.curve.key_size + 7) // 8
    text = receipt_qr.qr_text(
        client_id="K 1",
        process_type="Kassenbeleg-V1",
        process_data=process_data,
        transaction_number=7,
        signature_counter=200,
        start_time=START,
        log_time=log_time,
        algorithm=algorithm,
        time_format=named_format or time_format,
        signature=der.plain_ecdsa(key.sign(signed, ec.ECDSA(BY_NAME[algorithm].hash)), half),
        public_key=point(key),
    )
    return text.replace(":43.000Z;ecdsa", f":43.{milliseconds:03d}Z;ecdsa")


@pytest.mark.parametrize("text", [OFFICIAL, OFFICIAL_DER])
def test_the_official_examples_verify(text: str) -> None:
    verdict = receipt_qr.verify(text)
    assert (verdict.valid, verdict.code) == (True, "valid")
    assert verdict.proven
    assert verdict.not_proven


def test_what_the_official_example_says() -> None:
    verdict = receipt_qr.verify(OFFICIAL)
    receipt = verdict.receipt
    assert (receipt.client_id, receipt.process_type) == ("AMA-2642", "Kassenbeleg-V1")
    assert receipt.process_data == "Beleg^4.05_3.00_0.00_0.00_0.00^7.05:Bar"
    assert (receipt.transaction_number, receipt.signature_counter) == (13, 44131)
    assert (receipt.start_time, receipt.log_time) == (1574422188, 1574422189)
    assert verdict.serial == "bf1b13c1cf8a6f7958c190201daf9e18b850cf2cdc0885078d48868f625955e3"
    assert verdict.deviations == ()


def test_the_official_example_is_written_again() -> None:
    receipt = receipt_qr.parse(OFFICIAL)
    assert (
        receipt_qr.qr_text(
            client_id=receipt.client_id,
            process_type=receipt.process_type,
            process_data=receipt.process_data,
            transaction_number=receipt.transaction_number,
            signature_counter=receipt.signature_counter,
            start_time=receipt.start_time,
            log_time=receipt.log_time,
            algorithm=receipt.algorithm_name,
            time_format=receipt.time_formats[0],
            signature=receipt.signature,
            public_key=receipt.public_key,
        )
        == OFFICIAL
    )


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize(
    "process_data",
    ["Beleg^27.86_0.00_0.00_0.00_0.00^27.86:Bar", "", '2;"Eisbecher ""Himbeere""";3.99\r1;"Eiskaffee";2.99', "x" * 300],
)
def test_our_codes_verify_here_and_elsewhere(algorithm: str, process_data: str) -> None:
    text = code(algorithm, process_data=process_data)
    verdict = receipt_qr.verify(text)
    assert verdict.valid
    assert verdict.receipt.process_data == process_data
    assert verdict.deviations == ()
    independent_tse.verify_receipt(text)


def spki(text: str) -> str:
    head, _, _ = text.rpartition(";")
    encoded = (
        KEYS["ecdsa-plain-SHA256"]
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return f"{head};{b64encode(encoded).decode()}"


def with_signature(text: str, change: Callable[[bytes], str]) -> str:
    fields = text.split(";")
    fields[-2] = change(b64decode(fields[-2]))
    return ";".join(fields)


def der_form(raw: bytes) -> str:
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return b64encode(encode_dss_signature(r, s)).decode()


def numbers_between(before: str, after: str) -> str:
    fields = code().split(";")
    return ";".join([*fields[:4], *(f"{before}{one}{after}" for one in fields[4:6]), *fields[6:]])


TOLERATED = {
    "indefinite data": (code(indefinite=True), "unbestimmter Länge"),
    "key in DER": (spki(code()), "Schlüssel in DER-Form"),
    "signature in hex": (with_signature(code(), bytes.hex), "hexadezimal"),
    "signature in capital hex": (with_signature(code(), lambda raw: raw.hex().upper()), "hexadezimal"),
    "signature in DER": (with_signature(code(), der_form), "Signatur in DER-Form"),
    "local time": (code().replace("T17:22:43.000Z", "T18:22:43.000+01:00"), "Ortszeit"),
    "no zone": (code().replace(":43.000Z", ":43.000"), "ohne Zeitzone"),
    "blanks around": (f"\ufeff {code()}\r\n", ""),
    "separators around a number": (numbers_between("\x1e", " "), ""),
    "no milliseconds printed": (code().replace(":43.000Z", ":43Z"), ""),
    "seven decimals": (code().replace(":43.000Z", ":43.0000000Z"), ""),
    "UTCTime with seconds": (code(time_format=logtime.UTC_SECONDS), ""),
    "UTCTime called otherwise": (code(time_format=logtime.UTC_SECONDS, named_format="utcTime"), ""),
    "UTCTime without seconds": (code(time_format=logtime.UTC_MINUTES, log_time=FINISH // 60 * 60), ""),
    "GeneralizedTime": (code(time_format=logtime.GENERALIZED), ""),
    "GeneralizedTime with milliseconds": (code(time_format=logtime.GENERALIZED_MILLISECONDS, milliseconds=123), ""),
    "names in other case": (code().replace("unixTime", "UNIXTIME").replace("ecdsa-plain", "ECDSA-PLAIN"), ""),
    "P-384": (code("ecdsa-plain-SHA384", indefinite=True), "unbestimmter Länge"),
}


@pytest.mark.parametrize(("text", "deviation"), TOLERATED.values(), ids=TOLERATED.keys())
def test_spellings_of_real_makers_are_accepted_and_named(text: str, deviation: str) -> None:
    verdict = receipt_qr.verify(text)
    assert verdict.valid, verdict.message
    assert deviation in " ".join(verdict.deviations)
    if not deviation:
        assert verdict.deviations == ()


def test_the_day_used_here_is_the_one_meant() -> None:
    assert "T17:22:43.000Z" in code()


CHANGED = {
    "client": lambda text: text.replace("K 1", "K 2"),
    "type": lambda text: text.replace("Kassenbeleg-V1", "KassenBeleg-V1"),
    "amount": lambda text: text.replace("^27.86:Bar", "^17.86:Bar"),
    "payment": lambda text: text.replace(":Bar", ":Unbar"),
    "number": lambda text: text.replace(";7;200;", ";8;200;"),
    "counter": lambda text: text.replace(";7;200;", ";7;201;"),
    "end": lambda text: text.replace(":43.000Z", ":44.000Z"),
    "milliseconds nobody signed": lambda text: text.replace(":43.000Z", ":43.001Z"),
    "algorithm": lambda text: text.replace("SHA256", "SHA3-256"),
    "time format": lambda text: text.replace("unixTime", "generalizedTime"),
    "another key": lambda text: text.rpartition(";")[0] + ";" + code("ecdsa-plain-SHA384").rpartition(";")[2],
    "signature of zeros": lambda text: with_signature(text, lambda raw: b64encode(bytes(64)).decode()),
    "short signature": lambda text: with_signature(text, lambda raw: b64encode(raw[:63]).decode()),
    "halves swapped": lambda text: with_signature(text, lambda raw: b64encode(raw[32:] + raw[:32]).decode()),
    "unsigned message as signature": lambda text: with_signature(
        text, lambda raw: b64encode(b"\x02\x01\x02" * 50).decode()
    ),
    "point off the curve": lambda text: text.rpartition(";")[0] + ";" + b64encode(b"\x04" + bytes(64)).decode(),
    "schnorr": lambda text: text.replace("ecdsa-", "ecsdsa-"),
    "unknown algorithm": lambda text: text.replace("SHA256", "SHA1"),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED.keys())
def test_changes_are_found(change: Callable[[str], str]) -> None:
    text = change(code())
    assert text != code()
    verdict = receipt_qr.verify(text)
    assert not verdict.valid
    assert verdict.code != "valid"
    assert verdict.proven == ()
    status, lines = report.verify_receipt(text)
    assert status == report.NOT_VALID
    assert lines[0].startswith(("Nicht gültig", "Nicht prüfbar"))


def test_minutes_do_not_prove_seconds() -> None:
    text = code(time_format=logtime.UTC_MINUTES, log_time=FINISH // 60 * 60)
    assert receipt_qr.verify(text).valid
    assert not receipt_qr.verify(text.replace("T17:22:00.000Z;ecdsa", "T17:22:09.000Z;ecdsa")).valid


def test_the_start_is_not_proven_and_that_is_said() -> None:
    verdict = receipt_qr.verify(code().replace("T17:22:40.000Z", "T17:20:40.000Z"))
    assert verdict.valid
    assert "Beginn" in verdict.not_proven[0]


UNREADABLE = {
    "nothing": "",
    "text": "Vielen Dank für Ihren Einkauf",
    "six fields": "V0;a;b;c;1;2",
    "other version": code().replace("V0;", "V1;", 1),
    "eleven fields": code().rpartition(";")[0],
    "number of letters": code().replace(";7;200;", ";sieben;200;"),
    "number with zeros in front": code().replace(";7;200;", ";007;200;"),
    "negative counter": code().replace(";7;200;", ";7;-200;"),
    "no time": code().replace("2026-", "gestern"),
    "time with another letter": code().replace("T17:", "x17:"),
    "impossible time": code().replace("T17:", "T27:"),
    "finer than milliseconds": code().replace(":43.000Z", ":43.0001Z"),
    "time before 1970": code().replace("2026-", "1926-"),
    "unknown time format": code().replace("unixTime", "siderealTime"),
    "signature not base64": with_signature(code(), lambda raw: "???"),
    "signature empty": with_signature(code(), lambda raw: ""),
    "signature without padding": with_signature(code(), lambda raw: b64encode(raw).decode().rstrip("=")),
    "stray bits in base64": (lambda text: text[:-2] + chr(ord(text[-2]) + 1) + "=")(code()),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_code_is_unreadable(text: str) -> None:
    with pytest.raises(ReceiptQrError):
        receipt_qr.verify(text)
    status, lines = report.verify_receipt(text)
    assert status == report.UNREADABLE
    assert lines[0].startswith("Nicht lesbar: ")


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert report.verify_receipt(text)[0] == report.UNREADABLE


@given(st.lists(st.text(max_size=20), min_size=11, max_size=14))
def test_any_fields_get_an_answer(fields: list[str]) -> None:
    assert report.verify_receipt(";".join(["V0", *fields]))[0] in (report.NOT_VALID, report.UNREADABLE)


@pytest.mark.parametrize(("client_id", "process_type"), [("a;b", "Kassenbeleg-V1"), ("a", "b;c")])
def test_fields_that_would_break_the_code_apart(client_id: str, process_type: str) -> None:
    with pytest.raises(ValueError, match="semicolon"):
        receipt_qr.qr_text(
            client_id=client_id, process_type=process_type, process_data="", transaction_number=1, signature_counter=1,
            start_time=1, log_time=1, algorithm="", time_format="", signature=b"", public_key=b"",
        )  # fmt: skip


def test_the_report_reads_well() -> None:
    status, lines = report.verify_receipt(OFFICIAL)
    assert status == report.VALID
    assert lines[0] == "Gültig: Die Signatur passt zu allen signierten Angaben."
    assert "  Ende:              22.11.2019 11:29:49 UTC" in lines
    assert "Bewiesen:" in lines
    assert "Nicht bewiesen:" in lines
    assert "Abweichungen von der Vorgabe:" not in lines


def test_foreign_control_characters_do_not_reach_the_terminal() -> None:
    _, lines = report.verify_receipt(code(process_data="Beleg\x1b[31m^"))
    assert "\x1b" not in "".join(lines)
