"""Exchanges recorded at a real terminal (card complete), played to the virtual one from the register's side.

The register's bytes are those of the recordings; the virtual terminal has to take them and end in the same way.
"""

from __future__ import annotations

from typing import Any

import pytest

PAY_12_EUR = "06010704000000001200"
LONG_REGISTRATION = (
    "060063123456DE097803000659100216021201401A02100026280A02040F0A02060F0A02061E0A0204FF0A0206D80A0206DB0A0206D9"
    "0A0206DA0A0206DD0A0206D327031401012810150244451502454E15024652150249544002C0001F0402F1001F050100"
)
REGISTRATION = "0600101234563E09780303060626040A0206D3"


@pytest.fixture(autouse=True)
def clean(bench: Any) -> Any:
    yield
    assert bench.terminal.violations == []


def test_contactless_payment(bench: Any) -> None:
    talk = bench.register.run(PAY_12_EUR, bench.hands.tap("mastercard"))
    assert talk.answer.hex() == "800000"
    assert talk.only("04ff")[0][3] == 0x0A
    assert talk.only("040f")[0][3:11].hex() == "2700040000000012"
    assert talk.end == "060f00"


def test_chip_and_pin_then_a_new_registration(bench: Any) -> None:
    hands = bench.hands
    talk = bench.register.run(PAY_12_EUR, hands.insert("giro-markt"), hands.pin("1234"), hands.remove)
    pin = next(message for message in talk.only("04ff") if message[3] == 0x01)
    assert pin[4] == 0x01, "T4 is named in minutes"
    assert pin[5:9].hex()[:2] == "06"
    assert talk.codes[-1] == 0x0B
    assert talk.end == "060f00"
    assert bench.register.run(REGISTRATION).end == "060f1219002968123456490978060626040a0206d3"


def test_customer_presses_stop_at_the_pin(bench: Any) -> None:
    talk = bench.register.run("06010704000000000001", bench.hands.insert("visa"), bench.hands.stop)
    assert [message[:2].hex() for message in talk.messages[-2:]] == ["040f", "061e"]
    text = b"Abbruch durch Kunde"
    length = bytes([len(text)])
    assert b"\x3c\xf0\xf1\xf9" + text in talk.messages[-2]
    assert b"\x24" + bytes([len(text) + 2]) + b"\x07" + length + text in talk.messages[-2]
    assert talk.end == "061e016c"


def test_end_of_day(bench: Any) -> None:
    bench.register.run(PAY_12_EUR, bench.hands.tap("mastercard"))
    talk = bench.register.run("065003123456")
    assert talk.codes == [0x0E, 0x06]
    assert talk.result[0x04].hex() == "000000001200"
    assert len(talk.result[0x60]) == 53
    assert talk.end == "060f00"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("060010123456BE09780301060626040A0206D3", "800000"),
        ("06000A1234563E097803010600", "800000"),
        ("0600101234563E09780303060626040A0206D3", "800000"),
        ("06000E123456" + "BE0978060626040A0206D3", "800000"),
        ("060004" + "12345641", "800000"),
        ("060006" + "123456410978", "800000"),
        ("060008123456A00978030A", "800000"),
        (LONG_REGISTRATION, "800000"),
        ("06000498765441", "843700"),
        ("0501051234560307", "800000"),
        ("065003999999", "843700"),
        ("0813140612E410FF4003123456FF4107D5B7136976C101", "848300"),
        ("0FA1020001", "848300"),
    ],
)
def test_commands_of_real_registers_are_understood(bench: Any, sent: str, answer: str) -> None:
    talk = bench.register.run(sent)
    assert talk.answer.hex() == answer
    if answer == "800000":
        assert talk.end.startswith("060f")


def test_a_long_registration_is_taken_at_its_word(bench: Any) -> None:
    talk = bench.register.run(LONG_REGISTRATION)
    assert bytes.fromhex("2703140101") in talk.messages[-1]
    assert bench.terminal.machine.registration.columns == 40
    block = bench.register.run(PAY_12_EUR, bench.hands.tap("visa")).only("06d3")[0]
    assert b"Betrag                         EUR 12,00" in block
