"""The codec of ZVT against frames seen on real lines: read into fields, written again into the same bytes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.terminal.api import ReceiptType
from smartecr.terminal.zvt import apdu, bmp, charset, commands, serialframe, tlv
from smartecr.terminal.zvt.bcd import decimal, number
from smartecr.terminal.zvt.errors import ZvtFormatError
from smartecr.terminal.zvt.explain import explain
from smartecr.terminal.zvt.messages import Message, completion_status, parse
from smartecr.terminal.zvt.receipts import ReceiptCollector, block_of
from smartecr.terminal.zvt.resultcodes import error_of, meaning
from smartecr.terminal.zvt.results import abort_result, result_of, text_of
from smartecr.terminal.zvt.statuscodes import condition, step
from smartecr.terminal.zvt.totals import batch_of
from support.zvt_vectors import (
    ANSWERS,
    BROKEN,
    COMMANDS,
    FRAMES,
    INTERMEDIATE,
    PRINT_LINES,
    RECEIPTS,
    RESULTS,
    SERIAL,
    TRACES,
)

NOW = datetime(2020, 4, 20, 12, 0, 0)  # noqa: DTZ001 - terminals tell local time without a zone
GROUPS = (COMMANDS, ANSWERS, INTERMEDIATE, RESULTS, PRINT_LINES, RECEIPTS)
WHOLE = {n: bytes.fromhex(hexed) for group in GROUPS for n, (hexed, _) in group.items() if n != 120}
#: not written the way they were read: junk, a length in a roundabout way, a track masked further, foreign forms
NOT_CANONICAL = {24, 81, 99}


def message(n: int) -> Message:
    return parse(WHOLE[n])


def result(n: int) -> Any:
    return result_of(message(n), NOW)


def written(read: Message) -> bytes:
    container = read.fields.tlv if read.fields.has_tlv else None
    return apdu.build(read.command, read.head + bmp.write(read.fields.items(), container) + read.fields.rest)


def container_last(frame: bytes) -> bool:
    """Where a container stands between bitmaps is not kept when it is read."""
    read = parse(frame)
    content = tlv.write(read.fields.tlv)
    return not read.fields.has_tlv or frame.endswith(b"\x06" + tlv.length(len(content)) + content)


CANONICAL = sorted(n for n in set(WHOLE) - NOT_CANONICAL if container_last(WHOLE[n]))


@pytest.mark.parametrize("n", sorted(WHOLE))
def test_every_known_frame_is_read_and_explained(n: int) -> None:
    told = explain(WHOLE[n])
    assert told["length"] == len(apdu.data_of(WHOLE[n]))
    assert "unknown" not in told["name"] or n == 11
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize("n", CANONICAL)
def test_what_was_read_is_written_into_the_same_bytes(n: int) -> None:
    assert written(message(n)) == WHOLE[n]


def test_nearly_all_frames_are_written_again() -> None:
    assert set(WHOLE) - set(CANONICAL) == NOT_CANONICAL


BLOCKS = (tlv.node(0x26, [tlv.node(0x0A, b"\x06\xd3")]),)


@pytest.mark.parametrize(
    ("built", "n"),
    [
        (commands.registration("123456", 0xBE, service=1, container=BLOCKS), 236),
        (commands.registration("123456", 0x3E, service=3, container=BLOCKS), 37),
        (commands.registration("123456", 0xBE, container=BLOCKS), 240),
        (commands.registration("123456", 0xDE, container=None), 14),
        (commands.LOG_OFF, 70),
        (commands.initialisation("999999"), 71),
        (commands.OPEN_RESERVATIONS, 83),
        (commands.end_of_day("123456"), 15),
        (apdu.ACK, 38),
    ],
)
def test_our_commands_are_those_seen_on_real_lines(built: bytes, n: int) -> None:
    assert built == WHOLE[n]


@pytest.mark.parametrize(
    ("built", "hexed"),
    [
        (commands.authorisation(1010), "06010C04000000001010 490978 1940"),
        (commands.authorisation(1010, 0x44), "06010C04000000001010 490978 1944"),
        (commands.authorisation(1110, tip=100), "06 01 17 04000000001110 490978 1940 06 09 1F3606000000000100"),
        (commands.reversal("123456", "0123", 500), "0630 12 123456 870123 04000000000500 490978 1940"),
        (commands.refund("123456", 500), "0631 0F 123456 04000000000500 490978 1940"),
        (commands.tip("0123", 150), "060C 0D 04000000000150 870123 490978"),
        (commands.reservation(2500), "0622 0C 04000000002500 490978 1940"),
        (commands.book_total("0491", 1205, trace="001012"), "0624 11 870491 04000000001205 490978 0B001012"),
        (commands.partial_reversal("0491", 1295), "0623 0D 870491 04000000001295 490978"),
        (commands.reservation_reversal("0231"), "0625 06 870231 490978"),
        (commands.turnover_totals("123456"), "0610 03 123456"),
        (commands.repeat_receipt("123456"), "0620 05 123456 0303"),
        (commands.repeat_receipt("123456", printed=True), "0620 05 123456 0301"),
        (commands.status_enquiry("123456"), "0501 05 123456 0304"),
        (commands.diagnosis(1), "0670 05 06 03 1B 01 01"),
        (commands.set_date_time("123456", NOW), "0691 0B 123456 AA200420 0C120000"),
        (commands.software_update(), "081000"),
        (commands.ABORT, "06B000"),
        (apdu.refusal(0x66), "846600"),
    ],
)
def test_commands_are_strict(built: bytes, hexed: str) -> None:
    assert built == bytes.fromhex(hexed)


@pytest.mark.parametrize("amount", [0, -1, 1_000_000_000_000])
def test_amounts_no_card_can_be_charged_with_are_not_sent(amount: int) -> None:
    for build in (commands.authorisation, commands.reservation, lambda cents: commands.refund("000000", cents)):
        with pytest.raises(ZvtFormatError):
            build(amount)


@pytest.mark.parametrize("password", ["12345", "1234567", "12345a", "١٢٣٤٥٦", ""])
def test_a_password_is_six_digits_and_never_told(password: str) -> None:
    with pytest.raises(ZvtFormatError) as caught:
        commands.end_of_day(password)
    assert not password or password not in str(caught.value)


# ---- results


def test_a_contactless_payment() -> None:
    told = result(46)
    assert (told.approved, told.amount, told.currency) == (True, 1, "EUR")
    assert (told.trace, told.receipt_no, told.tid, told.vu_no) == ("000161", "0161", "29001006", "100764992")
    assert (told.terminal_time, told.approval) == ("2020-04-17T12:20:30", "380073")
    assert (told.brand, told.aid, told.card) == ("Maestro", "A0000000043060", "***************1229")
    assert (told.cvm, told.technology, told.online, told.signature) == ("none", "contactless", True, False)
    assert (told.reason, told.error) == ("", "")


def test_a_payment_by_chip_and_pin() -> None:
    told = result(42)
    assert (told.amount, told.cvm, told.technology, told.receipt_no) == (5050, "offline_pin", "chip", "0163")


def test_the_brand_is_decided_by_the_application_before_card_type_and_name() -> None:
    told = result(36)
    assert (told.brand, told.card_name) == ("Mastercard", "Debit Mastercard")


def test_a_reversal_names_the_trace_it_takes_back() -> None:
    told = result(226)
    assert (told.approved, told.original_trace, told.trace, told.cvm) == (True, "000606", "000607", "unknown")


def test_a_long_trace_and_the_containers_of_another_maker() -> None:
    told = result(220)
    assert (told.trace, told.amount, told.cvm, told.technology) == ("10016005", 2040, "offline_pin", "chip")
    assert (told.brand, told.aid) == ("Mastercard", "A0000000041010")
    assert result(219).amount is None
    assert result(219).trace == "10015008"


def test_text_lines_of_the_host_are_kept_with_their_breaks() -> None:
    assert result(8).text.splitlines()[1:3] == ["Capt.-Ref.= 0099", "AID59= 081520"]


@pytest.mark.parametrize(
    ("n", "code", "host", "reason", "error"),
    [
        (27, "05", "5", "Karte abgelehnt", "terminal_declined"),
        (227, "05", "5", "Abgelehnt", "terminal_declined"),
        (30, "6C", "", "Abgebrochen", "terminal_aborted"),
        (48, "6C", "", "Abbruch durch Kunde", "terminal_aborted"),
        (222, "6C", "", "Abbruch durch Kunde", "terminal_aborted"),
        (223, "FF", "", "Betrag falsch", "terminal_needs_service"),
        (59, "F0", "", "Kassenschnitt durchführen", "terminal_needs_end_of_day"),
        (61, "F0", "", "Kassenschnitt durchführen", "terminal_needs_end_of_day"),
        (56, "77", "", "Der Kassenschnitt ist nicht möglich", "terminal_end_of_day_failed"),
    ],
)
def test_refusals_say_why_in_the_terminals_words_or_in_ours(
    n: int, code: str, host: str, reason: str, error: str
) -> None:
    told = result(n)
    assert (told.approved, told.result_code, told.host_code) == (False, code, host)
    assert (told.reason, told.error) == (reason, error)
    assert told.next_step


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2021, 1, 1, 0, 5), "2020-04-17"),  # noqa: DTZ001
        (datetime(2020, 1, 2), "2019-04-17"),  # noqa: DTZ001
        (datetime(2020, 4, 16), "2020-04-17"),  # noqa: DTZ001 - its clock is ahead
        (datetime(2019, 12, 31), "2019-04-17"),  # noqa: DTZ001
    ],
)
def test_the_year_is_the_nearest_one(now: datetime, expected: str) -> None:
    assert result_of(message(46), now).terminal_time.startswith(expected)


def test_a_leap_day_finds_its_year_and_nonsense_none() -> None:
    leap = apdu.build(0x040F, bytes.fromhex("27000C1200000D0229"))
    assert result_of(parse(leap), datetime(2021, 1, 1)).terminal_time == "2020-02-29T12:00:00"  # noqa: DTZ001
    wrong = apdu.build(0x040F, bytes.fromhex("27000C9999990D1399"))
    assert result_of(parse(wrong), NOW).terminal_time == ""


def test_totals_of_an_end_of_day() -> None:
    batch = batch_of(message(13), closed=True)
    assert (batch.total, batch.by_brand) == (958, {"Mastercard": (2, 958)})
    assert (batch.first_receipt, batch.last_receipt, batch.closed) == ("0233", "0234", True)
    assert batch_of(message(64), closed=True).by_brand == {"girocard": (5, 6000)}
    assert batch_of(message(68), closed=True).total == 0


# ---- completions, aborts, steps


@pytest.mark.parametrize(
    ("n", "status", "version"),
    [
        (52, 0x9C, b""),
        (29, 0xDC, b""),
        (78, 0x06, b""),
        (75, 0x00, b"bla"),
        (76, 0x06, b"bla"),
        (77, 0x06, b"bla"),
        (79, 0x06, b""),
    ],
)
def test_status_completions_are_told_from_bitmaps(n: int, status: int, version: bytes) -> None:
    read = message(n)
    assert completion_status(read) == status
    assert read.head[3:-1] == version
    assert not read.fields


@pytest.mark.parametrize("n", [5, 32, 10, 230, 101, 232, 233, 235, 66, 12])
def test_other_completions_have_no_status(n: int) -> None:
    assert completion_status(message(n)) is None


def test_a_full_status_answer() -> None:
    read = message(9)
    assert completion_status(read) == 0
    assert read.tag(0x1F44) == bytes.fromhex("52523535")
    assert read.tag(0xE4, 0x1F40) == b"cVEND plug"
    assert read.tag(0x34, 0x1F0E) == bytes.fromhex("20230405")


def test_aborts_and_refusals() -> None:
    assert abort_result(message(31)).error == "terminal_aborted"
    told = abort_result(message(111))
    assert (told.text, told.result_code) == ("Abbruch durch externes Kommando!", "6C")
    assert message(112).fields[0x87] == b"\x01\x23"
    assert message(22).head == b"\xb8"
    error = error_of(0xF0)
    assert (error.code, error.money) == ("terminal_needs_end_of_day", "none")
    assert "Kassenschnitt" in error.next_step


@pytest.mark.parametrize(
    ("n", "code", "minutes", "text"),
    [
        (33, 0x0A, 1, "Karte vorhalten\neinstecken/durchziehen"),
        (40, 0x01, 1, "ENTER PIN & OK"),
        (103, 0x0A, 1, "Bitte Karte einstecken"),
        (107, 0x0A, 1, "Test ä ö ü ß"),
        (3, 0x17, None, ""),
        (67, 0xC9, None, ""),
    ],
)
def test_intermediate_states(n: int, code: int, minutes: int | None, text: str) -> None:
    read = message(n)
    assert read.head[0] == code
    assert (int(read.head[1:].hex()) if len(read.head) > 1 else None) == minutes
    assert text_of(read) == text
    assert step(code).text


def test_an_intermediate_state_may_leave_the_timeout_out() -> None:
    read = parse(apdu.build(0x04FF, bytes.fromhex("0A") + bmp.write((), [tlv.node(0x24, [tlv.node(0x07, b"Hi!")])])))
    assert (read.head, text_of(read)) == (b"\x0a", "Hi!")


def test_payload_of_another_text_form() -> None:
    read = parse(apdu.build(0x04FF, bytes.fromhex(INTERMEDIATE[120][0])))
    assert (read.head, text_of(read)) == (b"\xff\x10", "EUR 1.23\nBitte warten")


def test_every_code_has_german_words() -> None:
    for code in range(1, 256):
        told = meaning(code)
        assert told.reason
        assert told.next_step
        assert told.error.money == "none"
        assert step(code).text
        assert condition(code).message
    assert step(0x4A).text.endswith("Bitte Karte entnehmen!")


# ---- print lines and receipts


@pytest.mark.parametrize("n", [108, 109])
def test_umlauts_of_both_character_sets(n: int) -> None:
    assert charset.decode(message(n).head[1:]) == "Test ä ö ü ß"


def test_the_old_seven_bit_umlauts_when_the_profile_says_so() -> None:
    assert charset.decode(message(110).head[1:], "zvt7") == "Test ä ö ü ß"


@pytest.mark.parametrize(("n", "kind"), [(150, b"\x01"), (175, b"\x02"), (199, b"\x02")])
def test_a_container_behind_a_print_line_is_no_text(n: int, kind: bytes) -> None:
    read = message(n)
    assert read.tag(0x1F07) == kind
    assert b"\x1f" not in read.head


def test_print_lines_become_receipts() -> None:
    collector = ReceiptCollector(ReceiptType.ADMINISTRATION)
    taken = [collector.take(message(n)) for n in (150, 129, 131, 149, 175, 130, 199)]
    merchant, customer = (block for block in taken if block)
    assert merchant.type is ReceiptType.MERCHANT
    assert merchant.lines == ((0x40, "** HÄNDLERBELEG **"), (0x40, ""), (0, "Terminal-ID:    28004869"))
    assert (customer.type, customer.lines) == (ReceiptType.CUSTOMER, ((0x40, "** KUNDENBELEG **"), (0, " ")))
    assert collector.flush() is None


def test_text_blocks_are_kept_line_by_line() -> None:
    customer = block_of(message(202), ReceiptType.MERCHANT)
    assert customer.type is ReceiptType.CUSTOMER
    assert customer.lines[0] == (0, "  Leihstellung von hobex")
    assert (0, "     für PORTALUM GmbH") in customer.lines
    assert customer.lines[-1] == (0, " ")
    assert len(customer.lines) == len(list(tlv.values(message(202).fields.tlv, 0x07)))
    assert block_of(message(204), ReceiptType.CUSTOMER).type is ReceiptType.ADMINISTRATION


def test_a_receipt_that_comes_twice_is_one() -> None:
    collector = ReceiptCollector(ReceiptType.CUSTOMER)
    assert collector.take(message(202)) is not None
    assert collector.take(message(202)) is None
    assert collector.take(message(204)) is not None


# ---- broken


@pytest.mark.parametrize("n", [117, 118, 119, 221, 200, 201])
def test_units_whose_length_is_wrong_are_refused(n: int) -> None:
    with pytest.raises(ZvtFormatError):
        parse(bytes.fromhex(BROKEN[n][0]))


@pytest.mark.parametrize("size", range(5))
def test_bytes_too_few_for_a_unit_are_refused(size: int) -> None:
    with pytest.raises(ZvtFormatError):
        parse(bytes.fromhex("060FFF0100")[:size])


def test_a_short_extended_length_is_read() -> None:
    assert apdu.data_of(bytes.fromhex(BROKEN[116][0])) == b"\x6c"
    assert parse(bytes.fromhex(BROKEN[115][0])).fields.rest == b"\x6c"


def test_a_length_counts_low_halves_only() -> None:
    assert parse(bytes.fromhex(BROKEN[74][0])).fields == {0x22: b""}


def test_a_number_that_is_none_is_none() -> None:
    assert decimal(bytes.fromhex("0978A9780978")) is None
    assert decimal(bytes.fromhex(BROKEN[124][0])) == 97809780978


@pytest.mark.parametrize(("value", "width"), [(-1, 2), (10000, 2), (10**12, 6)])
def test_numbers_that_do_not_fit_are_refused(value: int, width: int) -> None:
    with pytest.raises(ZvtFormatError):
        number(value, width)


# ---- serial


@pytest.mark.parametrize(("unit", "frame"), FRAMES)
def test_frames_of_the_serial_line(unit: str, frame: str) -> None:
    assert serialframe.wrap(bytes.fromhex(unit)).hex().upper() == frame
    assert serialframe.unwrap(bytes.fromhex(frame)) == bytes.fromhex(unit)


@pytest.mark.parametrize("n", SERIAL)
def test_recorded_frames_of_the_serial_line(n: int) -> None:
    frame = bytes.fromhex(SERIAL[n][0])
    assert serialframe.wrap(serialframe.unwrap(frame)) == frame
    assert explain(frame)["frame"] == "serial"
    damaged = bytearray(frame)
    damaged[-1] ^= 1
    with pytest.raises(ZvtFormatError):
        serialframe.unwrap(bytes(damaged))


def test_the_checksum_has_its_known_check_value() -> None:
    assert serialframe.checksum(b"123456789")[::-1] != bytes.fromhex("2189")  # the closing 03 is part of it
    assert int.from_bytes(serialframe.checksum(b"\x06\xb0\x00"), "little") == 0xF343


@given(st.binary(min_size=3, max_size=60), st.integers(1, 7))
def test_any_unit_comes_through_a_serial_line_in_any_pieces(unit: bytes, size: int) -> None:
    stream = b"\x06" + serialframe.wrap(unit) + b"\x15\x00" + serialframe.wrap(unit)
    reader = serialframe.FrameReader()
    found = [item for place in range(0, len(stream), size) for item in reader.feed(stream[place : place + size])]
    assert found == [b"\x06", unit, b"\x15", unit]


# ---- streams


def test_traces_come_through_at_every_border() -> None:
    for trace in TRACES.values():
        units = [bytes.fromhex(hexed) for _, _, hexed in trace]
        stream = b"".join(units)
        for border in range(len(stream) + 1):
            reader = apdu.ApduReader()
            assert reader.feed(stream[:border]) + reader.feed(stream[border:]) == units
            assert not reader.partial


@given(st.lists(st.binary(max_size=600), max_size=5), st.integers(1, 50))
def test_units_of_any_length_come_through_in_any_pieces(bodies: list[bytes], size: int) -> None:
    units = [apdu.build(0x06D3, body) for body in bodies]
    stream = b"".join(units)
    reader = apdu.ApduReader()
    assert [unit for at in range(0, len(stream), size) for unit in reader.feed(stream[at : at + size])] == units


@given(st.binary(max_size=80))
def test_reading_never_fails(data: bytes) -> None:
    for command in (0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3, 0x0600, 0x8000, 0x8433, 0x1234):
        read = parse(apdu.build(command, data))
        result_of(read, NOW)
        block_of(read, ReceiptType.CUSTOMER)
        batch_of(read, closed=False)
        repr(read)


_LEAVES = st.tuples(
    st.sampled_from([0x07, 0x09, 0x14, 0x1F07, 0x1F10, 0x1F36, 0x43]), st.binary(max_size=12), st.just(())
).map(lambda parts: tlv.Node(*parts))
_GROUPS = st.tuples(
    st.sampled_from([0x24, 0x25, 0x60, 0xE4]), st.just(b""), st.lists(_LEAVES, min_size=1, max_size=4).map(tuple)
).map(lambda parts: tlv.Node(*parts))
_NODES = st.one_of(_LEAVES, _GROUPS, _GROUPS.map(lambda group: tlv.Node(0x62, b"", (group,))))


@given(st.lists(_NODES, max_size=4))
def test_containers_are_read_as_they_were_written(nodes: list[tlv.Node]) -> None:
    assert tlv.read(tlv.write(nodes)) == (tuple(nodes), b"")


def test_strict_writing() -> None:
    with pytest.raises(ZvtFormatError):
        bmp.field(0x04, b"\x01")
    with pytest.raises(ZvtFormatError):
        bmp.field(0x10, b"\x01")
    with pytest.raises(ZvtFormatError):
        bmp.field(0x22, b"\x01" * 100)
    with pytest.raises(ZvtFormatError):
        tlv.node(0x07, [tlv.node(0x07)])
    with pytest.raises(ZvtFormatError):
        tlv.node(0x24, b"x")
    with pytest.raises(ZvtFormatError):
        apdu.build(0x0601, b"x" * 65536)
