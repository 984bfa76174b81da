"""Whose code a customer shows, what may be known of it, and the codes we show."""

from __future__ import annotations

import copy
import pickle
import random
import traceback
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartecr.terminal.qr import cpm, shown
from smartecr.terminal.qr.code import CustomerCode
from smartecr.terminal.qr.routing import Scheme, is_ours, plain, schemes_of

CPM = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
CPM_TWO = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVl"
    "c2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)


@pytest.mark.parametrize(
    ("text", "schemes"),
    [
        (CPM, [Scheme.EMV]),
        (CPM_TWO, [Scheme.EMV]),
        ("98802222100100123456", [Scheme.BLUECODE]),
        ("134567890123456789", [Scheme.WECHAT]),
        ("281010897274821897274821", [Scheme.ALIPAY_PLUS, Scheme.ALIPAY]),
        ("2893612204263667830", [Scheme.ALIPAY_PLUS, Scheme.ALIPAY]),
        ("2812345678901234", [Scheme.ALIPAY]),
        ("9880222210010012345", []),
        ("9870222210010012345", []),
        ("163456789012345678", []),
        ("31123456789012345678", []),
        ("hQVDUFYwAAAA", []),
        (CPM[:-4], []),
        ("", []),
        ("BCD\n002\n1\nSCT\n\nX\nDE1\nEUR1.00", []),
        ("٩٨٨02222100100123456", []),
    ],
)
def test_codes_go_to_their_schemes(text: str, schemes: list[Scheme]) -> None:
    assert list(schemes_of(text)) == schemes


@pytest.mark.parametrize(
    "text", ["BCD\n002\n1\nSCT", "00020101021226280014de.example.pay", "https://example.de/pay?x=1", "BCD\r\n001\r\n1"]
)
def test_codes_a_shop_shows_are_told_apart(text: str) -> None:
    assert is_ours(text)
    assert schemes_of(text) == ()


@given(st.integers(min_value=0, max_value=10**14 - 1), st.sampled_from([8, 12, 13, 14]))
@example(98802222100100, 14)
@example(2810108972748, 13)
def test_no_number_of_goods_is_ever_a_code_that_pays(number: int, size: int) -> None:
    for text in (str(number).zfill(size), f"]C1{number:020d}", f"01{number:014d}\x1d10ABC"):
        assert schemes_of(text) == ()


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda data: data.decode("latin-1")))
def test_anything_at_all_is_read_without_harm(text: str) -> None:
    schemes_of(text)
    is_ours(text)
    cpm.read(text)


def test_of_a_card_code_the_application_and_four_digits_may_be_known() -> None:
    assert cpm.read(CPM) == cpm.Presented("A0000000555555")
    assert cpm.read(CPM_TWO) == cpm.Presented("A0000000555555", "Product1", "3458")
    for text in (CPM, CPM_TWO):
        assert "1234567890123458" not in repr(cpm.read(text))


@pytest.mark.parametrize("text", ["", "hQVDUFYw", "hQVDUFYwMQ==", "hQVDUFYwMWEATwA=", CPM[:-8] + "AAAA", "!" * 40])
def test_a_card_code_must_be_whole(text: str) -> None:
    assert cpm.read(text) is None


def test_a_code_shows_itself_to_nobody() -> None:
    secret = "98802222100100123456"
    code = CustomerCode(f" {secret}\n")
    assert code.reveal() == secret
    assert code.last_four == "3456"
    assert CustomerCode(CPM).last_four == ""
    for shown_as in (repr(code), str(code), f"{code}", f"{[code]}", f"{ {'code': code} }"):
        assert secret not in shown_as
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(code)
    try:
        raise ValueError(code)
    except ValueError:
        assert secret not in traceback.format_exc()


def test_a_girocode_is_the_published_form() -> None:
    account = shown.Account(name="Bäckerei  Feld", iban="DE89 3704 0044 0532 0130 00", bic="COBADEFFXXX")
    assert shown.girocode(account, 12_05, "Bon 17\n vom 24.11.") == (
        "BCD\n002\n1\nSCT\nCOBADEFFXXX\nBäckerei Feld\nDE89370400440532013000\nEUR12.05\n\n\nBon 17 vom 24.11."
    )
    assert "EUR0.01" in shown.girocode(account, 1, "")


@pytest.mark.parametrize(
    ("changes", "cents", "message"),
    [
        ({}, 0, "Für diesen Betrag"),
        ({}, 100_000_000_000, "Für diesen Betrag"),
        ({"iban": "DE89370400440532013001"}, 1, "Die Prüfziffern"),
        ({"iban": "DE8937040044053201300"}, 1, "Das ist keine IBAN"),
        ({"iban": "4111111111111111"}, 1, "Das ist keine IBAN"),
        ({"name": " "}, 1, "Der Name"),
        ({"name": "x" * 71}, 1, "Der Name"),
        ({"bic": "kurz"}, 1, "Das ist keine BIC"),
        ({"name": "ß" * 70}, 1, "Der GiroCode wird zu lang"),
    ],
)
def test_a_girocode_of_wrong_values_is_refused(changes: dict[str, str], cents: int, message: str) -> None:
    values = {"name": "Bäckerei Feld", "iban": "DE89370400440532013000", "bic": ""} | changes
    with pytest.raises(shown.CodeError) as refused:
        shown.girocode(shown.Account(**values), cents, "ß" * 140)
    assert refused.value.message.startswith(message)


#: the example of the EMV QR Code Specification, merchant presented
EMV_SAMPLE = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT"
    "6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME"
    "91320016A0112233449988770708123456786304A13A"
)


def test_the_shown_emv_code_is_as_specified() -> None:
    merchant = shown.Merchant(
        scheme="de.example.pay", account="ABC123", category="5411", name="Musterladen", city="Berlin"
    )
    assert shown.merchant_code(merchant, 1050)[:-4] == (
        "00020101021226280014de.example.pay0106ABC123520454115303978540510.505802DE5911Musterladen6006Berlin6304"
    )
    assert f"{shown.crc(EMV_SAMPLE[:-4].encode()):04X}" == EMV_SAMPLE[-4:]
    with pytest.raises(shown.CodeError):
        shown.merchant_code(merchant, 0)
    with pytest.raises(shown.CodeError):
        shown.merchant_code(shown.Merchant(scheme="", account="A", category="5411", name="L", city="B"), 1)


def test_every_shown_code_ends_in_its_checksum() -> None:
    draw = random.Random(4)
    for _ in range(50):
        merchant = shown.Merchant(scheme="de.x", account="A1", category="5411", name="L" * 30, city="B")
        text = shown.merchant_code(merchant, draw.randrange(1, 10**9), "R17")
        assert text[-4:] == f"{shown.crc(text[:-4].encode()):04X}"


@pytest.mark.parametrize(
    ("mark", "pays"), [("]Q1", True), ("]C0", True), ("]L2", True), ("]C1", False), ("]Q3", False), ("]E0", False)]
)
def test_the_mark_of_a_scanner_is_not_part_of_a_code_but_marks_goods(mark: str, pays: bool) -> None:
    assert bool(schemes_of(f"{mark}98802222100100123456")) is pays
    assert (plain(f"{mark}98802222100100123456") == "98802222100100123456") is pays


def test_a_card_code_longer_than_any_is_none() -> None:
    whole = b"\x85\x05CPV01\x61\x09\x4f\x07" + bytes.fromhex("A0000000555555")
    assert cpm.read(b64encode(whole).decode()) is not None
    assert cpm.read(b64encode(whole * 40).decode()) is None
