"""The driver of cryptovision's cards: waiting, pieces, bad habits, setting up in steps, and nonsense for answers."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.tse.api import Lifecycle, NewCredentials, Role, Secret, Selection, Tse
from smartecr.tse.drivers.cryptovision import CryptovisionTse, commands, exports, frames
from smartecr.tse.drivers.cryptovision.commands import Code
from smartecr.tse.drivers.cryptovision.errors import CardError
from smartecr.tse.drivers.cryptovision.session import Session
from smartecr.tse.drivers.cryptovision.transport import Transport
from smartecr.tse.drivers.cryptovision.twin import Card, Quirks, Volume, plug
from smartecr.tse.drivers.cryptovision.twin import exports as twin_exports
from smartecr.tse.errors import (
    TseAlreadyInitialized,
    TseAuthenticationFailed,
    TseBusy,
    TseConnectionLost,
    TseError,
    TseForeign,
    TseInvalidParameter,
    TseProtocolError,
    TseSelfTestRequired,
    TseTimeout,
    TseTransactionUnknown,
    TseUnexportedData,
    TseUnplugged,
)
from smartecr.tse.tar import ExportReader
from smartecr.tse.virtual import VirtualTse
from smartecr.tse.virtual.limits import Limits
from support.blockfiles import CardFile, Waiting
from support.independent_tse import check_export

NOW = 1_795_454_560
LIMITS = Limits(pin_length=8, puk_length=10)
SECRETS = NewCredentials(
    admin_pin=Secret("11111111"),
    admin_puk=Secret("1234567890"),
    time_admin_pin=Secret("22222222"),
    time_admin_puk=Secret("0987654321"),
)


class Rig:
    """A card in memory with a virtual TSE behind, and the time that passes while waiting for it."""

    def __init__(self, folder: Path, quirks: Quirks | None = None) -> None:
        self.core = VirtualTse(folder, lambda: NOW, limits=LIMITS)
        self.waiting = Waiting()
        self.file = CardFile(Card(self.core, quirks))

    def open(self) -> CryptovisionTse:
        self.file.closed = False
        transport = Transport(self.file, monotonic=self.waiting.monotonic, sleep=self.waiting.sleep)
        return CryptovisionTse(transport, lambda: NOW, self.waiting.sleep)

    def commands(self) -> list[int]:
        """The codes of all commands the card got; those of one byte as they are."""
        sent = [frames.read_request(frame) for frame in self.file.written]
        return [
            commands.decode(command)[0] if len(command) > 2 else command[0] for command, mode, _ in sent if not mode
        ]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "core")
    yield made
    made.core.close()


@pytest.fixture
def tse(rig: Rig) -> Iterator[CryptovisionTse]:
    with closing(rig.open()) as opened:
        opened.initialize(SECRETS, "POS1")
        yield opened


def sell(tse: CryptovisionTse) -> int:
    number = tse.start_transaction("POS1").transaction_number
    tse.finish_transaction("POS1", number, b"Beleg", "Kassenbeleg-V1")
    return number


def test_the_card_is_waited_for(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.stale, rig.file.zeros, rig.file.busy = 30, 3, 60
    before = rig.waiting.slept
    tse.start_transaction("POS1")
    assert 0.93 < rig.waiting.slept - before < 2.5


@pytest.mark.parametrize("switch", ["stale", "zeros", "busy"])
def test_no_answer_is_a_time_out_with_an_unknown_outcome(rig: Rig, tse: CryptovisionTse, switch: str) -> None:
    setattr(rig.file, switch, 10**4)
    before = rig.waiting.slept
    with pytest.raises(TseTimeout) as caught:
        tse.start_transaction("POS1")
    assert caught.value.outcome_unknown
    assert 10 <= rig.waiting.slept - before < 10.1


@pytest.mark.parametrize(
    ("code", "error"), [(0xFF45, TseTimeout), (0xFF01, TseConnectionLost), (0xFFFE, TseConnectionLost)]
)
def test_what_the_cards_inside_says(rig: Rig, tse: CryptovisionTse, code: int, error: type[TseError]) -> None:
    rig.file.mangle = lambda _: frames.status(code, b"\x01\x02\x03\x04")
    with pytest.raises(error) as caught:
        tse.start_transaction("POS1")
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("switch", ["cut_writes", "cut_reads"])
def test_pulled_in_the_middle(rig: Rig, tse: CryptovisionTse, switch: str) -> None:
    setattr(rig.file, switch, 1)
    with pytest.raises(TseConnectionLost) as caught:
        tse.start_transaction("POS1")
    assert caught.value.outcome_unknown
    rig.file.unplugged = True
    with pytest.raises(TseUnplugged):
        tse.start_transaction("POS1")
    tse.close()
    rig.file.plug()
    with closing(rig.open()) as again:
        assert again.open_transactions() == ([1] if switch == "cut_reads" else [])


def test_long_answers_come_in_pieces_and_no_piece_too_many(rig: Rig, tse: CryptovisionTse) -> None:
    tse.info()
    for largest in (frames.LARGEST_DATA, 100, 1024, 12, 11):
        rig.file.card.quirks.largest = largest
        rig.file.written.clear()
        sink = io.BytesIO()
        receipt = tse.export(sink)
        check_export(sink.getvalue())
        pieces = -(-(10 + receipt.size - 1024) // largest)
        assert rig.commands() == [Code.EXPORT_DATA, *[0xC5] * (pieces - 1)]
    rig.file.card.quirks.largest = 50
    fresh = CryptovisionTse(
        Transport(rig.file, monotonic=rig.waiting.monotonic, sleep=rig.waiting.sleep), sleep=rig.waiting.sleep
    )
    assert len(fresh.info().certificates) == 3


def test_a_full_disk_cancels_the_pieces_and_leaves_the_card_well(rig: Rig, tse: CryptovisionTse) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    rig.file.written.clear()
    with pytest.raises(OSError, match="No space"):
        tse._session.transport.stream(Full(), Code.EXPORT_DATA, *exports.parameters(Selection()), timeout=1)
    assert rig.commands() == [Code.EXPORT_DATA, 0xC4]
    sell(tse)


@pytest.mark.parametrize("refusal", [0x8000, 0x8003, 0x801D])
def test_the_first_command_may_fail(tmp_path: Path, refusal: int) -> None:
    rig = Rig(tmp_path, Quirks(first_command_fails=1, refusal=refusal))
    with closing(rig.core), closing(rig.open()) as tse:
        assert tse.info().state is Lifecycle.UNINITIALIZED
    assert rig.commands()[:3] == [Code.START, Code.START, Code.GET_STATUS]


def test_a_card_that_keeps_refusing_is_not_opened(tmp_path: Path) -> None:
    for refusal, fails in ((0x8000, 9), (0x8006, 1)):
        rig = Rig(tmp_path / str(fails), Quirks(first_command_fails=fails, refusal=refusal))
        with closing(rig.core):
            with pytest.raises(TseError):
                rig.open()
            assert rig.file.closed


def test_a_card_without_suspend_is_waited_for_a_second(tmp_path: Path) -> None:
    rig = Rig(tmp_path, Quirks(no_suspend=True))
    with closing(rig.core), closing(rig.open()):
        assert 1 <= rig.waiting.slept < 1.2


def test_a_card_that_lost_its_power_wants_to_be_started(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.card.power_up()
    with pytest.raises(TseSelfTestRequired):
        tse.start_transaction("POS1")
    tse.run_self_test("POS1")
    assert tse.start_transaction("POS1").transaction_number == 1


def test_opening_and_working_try_no_secret(rig: Rig) -> None:
    with closing(rig.open()) as tse:
        tse.info()
        with pytest.raises(TseError):
            tse.start_transaction("POS1")
        with pytest.raises(TseError):
            tse.export(io.BytesIO())
    secret = {Code.INITIALIZE_PINS, Code.AUTHENTICATE_USER, Code.UNBLOCK_USER, Code.INITIALIZE, Code.MAP_ERS_TO_KEY}
    assert not secret & set(rig.commands())


@pytest.mark.parametrize("first_generation", [False, True])
def test_setting_up(tmp_path: Path, first_generation: bool) -> None:
    rig = Rig(tmp_path, Quirks(first_generation=first_generation))
    with closing(rig.core), closing(rig.open()) as tse:
        rig.file.written.clear()
        tse.initialize(SECRETS, "POS1")
        sent = [frames.read_request(frame)[0].hex() for frame in rig.file.written]
        puk, pin = b"1234567890".hex(), b"11111111".hex()
        if first_generation:
            rest = "02000a" + b"0987654321".hex() + "020008" + b"22222222".hex()
            assert "5c5400020030" + f"02000a{puk}020008{pin}{rest}" in sent
            assert Code.UNBLOCK_USER not in rig.commands()
        else:
            assert "5c5400020015" + f"040005{b'Admin'.hex()}02000a{puk}" in sent
            assert "5c5400040020" + f"040005{b'Admin'.hex()}02000a{puk}020008{pin}" in sent
        logged = [code for code in rig.commands() if code in (Code.AUTHENTICATE_USER, Code.LOG_OUT)]
        assert logged == [Code.AUTHENTICATE_USER, Code.LOG_OUT] * 2
        with pytest.raises(TseAlreadyInitialized):
            tse.initialize(SECRETS, "POS1")
        sell(tse)
        assert tse.info().clients == ("POS1",)
        assert rig.core._accounts._logged_in == {}


def set_up_with_a_cut(rig: Rig, switch: str, at: int) -> int:
    """Set up while the exchange of that number breaks off; return how many exchanges there were."""
    exchanges = itertools.count()

    def cut(answer: bytes) -> bytes:
        if next(exchanges) == at:
            setattr(rig.file, switch, 1)
        return answer

    with closing(rig.open()) as tse:
        rig.file.mangle = cut
        with suppress(TseConnectionLost):
            tse.initialize(SECRETS, "POS1")
        rig.file.mangle = lambda answer: answer
        rig.file.cut_reads = rig.file.cut_writes = 0
    return next(exchanges)


@pytest.mark.parametrize("first_generation", [False, True])
@pytest.mark.parametrize("switch", ["cut_writes", "cut_reads"])
def test_setting_up_goes_on_after_a_cut_anywhere(tmp_path: Path, switch: str, first_generation: bool) -> None:
    quirks = Quirks(first_generation=first_generation)
    with closing((uncut := Rig(tmp_path / "uncut", quirks)).core):
        steps = set_up_with_a_cut(uncut, switch, -1)
    assert steps > 15
    for step in range(steps):
        rig = Rig(tmp_path / str(step), quirks)
        with closing(rig.core):
            set_up_with_a_cut(rig, switch, step)
            rig.file.plug()
            with closing(rig.open()) as tse:
                with suppress(TseAlreadyInitialized):
                    tse.initialize(SECRETS, "POS1")
                assert sell(tse) == 1


def test_what_was_set_before_a_cut_is_not_set_again(rig: Rig) -> None:
    with closing(rig.open()) as tse:
        rig.file.silent_for = {Code.INITIALIZE}
        with pytest.raises(TseTimeout):
            tse.initialize(SECRETS, "POS1")
        rig.file.silent_for = set()
        tse.initialize(SECRETS, "POS1")
    assert rig.commands().count(Code.UNBLOCK_USER) == rig.commands().count(Code.INITIALIZE_PINS) == 2


def test_secrets_of_the_wrong_length_never_reach_the_card(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.written.clear()
    for call in (
        lambda: tse.authenticate_user(Role.ADMIN, Secret("1111111")),
        lambda: tse.unblock_user(Role.ADMIN, Secret("123456789"), SECRETS.admin_pin),
        lambda: tse.unblock_user(Role.ADMIN, SECRETS.admin_puk, Secret("123456789")),
    ):
        with pytest.raises(TseInvalidParameter):
            call()
    assert rig.file.written == []


def test_values_no_card_takes_never_reach_it(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.written.clear()
    for number in (-1, 0, 1 << 32):
        with pytest.raises(TseTransactionUnknown):
            tse.finish_transaction("POS1", number, b"", "")
    for call in (
        lambda: tse.update_time(-1),
        lambda: tse.update_time(4_765_132_800),
        lambda: tse.start_transaction("ä"),
        lambda: tse.start_transaction("POS1", bytes(8000)),
    ):
        with pytest.raises(TseInvalidParameter):
            call()
    assert rig.file.written == []


def test_a_wrong_pin_tells_what_is_left(tse: CryptovisionTse) -> None:
    with pytest.raises(TseAuthenticationFailed) as caught:
        tse.authenticate_user(Role.ADMIN, Secret("00000000"))
    assert caught.value.remaining == 2


def test_an_export_that_takes_too_long_is_made_in_parts(
    rig: Rig, tse: CryptovisionTse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PART", 3)
    for _ in range(7):
        sell(tse)
    whole = io.BytesIO()
    first = tse.export(whole)
    rig.file.silent_for = {Code.EXPORT_DATA}
    rig.file.written.clear()
    before = rig.waiting.slept
    parts = io.BytesIO()
    second = tse.export(parts)
    assert rig.waiting.slept - before >= 65
    assert check_export(parts.getvalue()) == check_export(whole.getvalue())
    names = [member.name for member in ExportReader(io.BytesIO(parts.getvalue()))]
    assert sorted(names) == sorted({member.name for member in ExportReader(io.BytesIO(whole.getvalue()))})
    assert (second.messages, second.last_counter) == (first.messages, first.last_counter)
    sent = rig.commands()
    assert sent.count(Code.EXPORT_MORE_DATA) == -(-first.messages // 3)
    assert sent.index(Code.START) < sent.index(Code.EXPORT_MORE_DATA)


def test_parts_that_do_not_go_on_are_given_up_and_empty_ones_passed_over(
    rig: Rig, tse: CryptovisionTse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = twin_exports.export_more
    rig.file.silent_for = {Code.EXPORT_DATA}
    monkeypatch.setattr(exports, "_PART", 5)
    sell(tse)

    def stuck(core: Tse, after: int, most: int) -> BinaryIO:
        return real(core, 0, most)

    def empty_at_first(core: Tse, after: int, most: int) -> BinaryIO:
        if after == 0:
            raise CardError(0x8015)
        return real(core, after, most)

    monkeypatch.setattr(twin_exports, "export_more", stuck)
    with pytest.raises(TseProtocolError):
        tse.export(io.BytesIO())
    monkeypatch.setattr(twin_exports, "export_more", empty_at_first)
    assert tse.export(io.BytesIO()).first_counter == 6


def test_only_the_receipt_of_the_last_export_deletes(rig: Rig, tse: CryptovisionTse) -> None:
    receipt = tse.export(io.BytesIO())
    rig.file.cut_reads = 1
    with pytest.raises(TseConnectionLost):
        tse.export(io.BytesIO())
    with pytest.raises(TseUnexportedData):
        tse.delete_stored_data(receipt)


def test_another_cards_signature_is_not_taken(tse: CryptovisionTse) -> None:
    tse.info()
    assert tse._identity is not None
    tse._identity = replace(tse._identity, serial=bytes(32))
    with pytest.raises(TseForeign):
        tse.start_transaction("POS1")


def test_the_last_transaction_of_a_client_is_looked_for_further_back(
    tse: CryptovisionTse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartecr.tse.drivers.cryptovision.device._LOOK_BACK", 2)
    tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin)
    tse.register_client("POS2")
    started = tse.start_transaction("POS2")
    for _ in range(9):
        sell(tse)
    assert tse.last_transaction("POS2").start == started
    assert tse.last_transaction("POS3").state == "unknown"


def walk(rig: Rig, mangle: Callable[[bytes], bytes]) -> int:
    """Do everything a till does with mangled answers; return how many steps succeeded all the same."""
    rig.file.mangle = lambda answer: answer
    with closing(rig.open()) as tse:
        rig.file.mangle = mangle
        steps: list[Callable[[], object]] = [
            tse.info,
            lambda: tse.start_transaction("POS1"),
            lambda: tse.finish_transaction("POS1", 1, b"x" * 3000, "Kassenbeleg-V1"),
            tse.open_transactions,
            lambda: tse.find_transaction(1),
            lambda: tse.last_transaction("POS1"),
            lambda: tse.export(io.BytesIO()),
            lambda: tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin),
            lambda: tse.register_client("POS2"),
            lambda: tse.update_time(NOW),
            lambda: tse.run_self_test("POS1"),
        ]
        succeeded = sum(succeeds(step) for step in steps)
    succeeds(lambda: rig.open().info())
    return succeeded


def succeeds(step: Callable[[], object]) -> bool:
    """Run a step; errors of ours are the only ones allowed."""
    try:
        step()
    except TseError:
        return False
    return True


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("card") / "core")
    with closing(rig.open()) as tse:
        tse.initialize(SECRETS, "POS1")
        sell(tse)
    yield rig
    rig.core.close()


def spoilt(answer: bytes, chance: random.Random) -> bytes:
    """Change a few bytes of an answer, mostly where lengths and types stand."""
    changed = bytearray(answer)
    for _ in range(chance.choice((0, 0, 1, 1, 3))):
        place = chance.choice((28, 32, 33, 34, 35, 36, 37, 38, 39, 40, 44, 48, chance.randrange(len(changed))))
        changed[place] = chance.choice((0, 1, 0x7F, 0x80, 0x90, 0xFF, chance.randrange(256)))
    return bytes(changed)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_spoilt_answers_end_in_an_error_of_ours_and_in_time(sold: Rig, seed: int) -> None:
    chance = random.Random(seed)
    exchanges = itertools.count()

    def spoil(answer: bytes) -> bytes:
        if next(exchanges) > 600:
            raise TseUnplugged("enough")
        return spoilt(answer, chance)

    begun = sold.waiting.now
    walk(sold, spoil)
    assert sold.waiting.now - begun < 3600


SHORTS = st.integers(0, 9).map(commands.Short)
PARAMETERS = st.lists(st.one_of(st.binary(max_size=40), st.text("aZ9", max_size=5), SHORTS))
#: frames of all kinds: bytes, parameters, errors, archives of any size
INVENTED = st.one_of(
    st.binary(max_size=80),
    PARAMETERS.map(commands.answer),
    st.integers(0x8000, 0x8020).map(commands.error),
    st.integers(0, 2**63 - 1).map(lambda size: commands.archive_head(size) + b"x" * 20),
).map(lambda content: frames.response(content, b"\x01\x02\x03\x04"))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_invented_answers_end_in_an_error_of_ours_and_in_time(sold: Rig, data: st.DataObject) -> None:
    contents = data.draw(st.lists(INVENTED, min_size=1, max_size=20))
    answers = itertools.chain(contents, itertools.repeat(contents[-1], 300))
    walk(sold, lambda _: next(answers, b""))


def test_the_walk_itself_succeeds(sold: Rig) -> None:
    assert walk(sold, lambda answer: answer) == 10


def test_an_archive_larger_than_any_card_is_not_begun(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.mangle = lambda _: frames.response(commands.archive_head(1 << 40), b"\x01\x02\x03\x04")
    with pytest.raises(TseProtocolError):
        tse._session.transport.stream(io.BytesIO(), Code.EXPORT_DATA, timeout=1)


def test_an_export_takes_an_hour_at_most(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.busy = 150
    answers = itertools.chain([commands.archive_head(1 << 30)], itertools.repeat(b"x"))
    rig.file.mangle = lambda _: frames.response(next(answers), b"\x01\x02\x03\x04")
    before = rig.waiting.slept
    with pytest.raises(TseTimeout):
        tse._session.transport.stream(io.BytesIO(), Code.EXPORT_DATA, timeout=10)
    assert 3600 <= rig.waiting.slept - before < 3610


def test_more_than_announced_is_left_aside(rig: Rig, tse: CryptovisionTse) -> None:
    rig.file.mangle = lambda _: frames.response(commands.archive_head(5) + b"abcdefgh", b"\x01\x02\x03\x04")
    sink = io.BytesIO()
    assert tse._session.transport.stream(sink, Code.EXPORT_DATA, timeout=1) == 5
    assert sink.getvalue() == b"abcde"


@pytest.mark.parametrize("code", [0xFF00, 0x0000, 0xFFFF])
def test_closing_never_fails_and_releases_the_file(rig: Rig, code: int) -> None:
    tse = rig.open()
    rig.file.mangle = lambda _: frames.status(code, b"\x01\x02\x03\x04")
    tse.close()
    assert rig.file.closed
    rig.file.mangle = lambda answer: answer
    tse = rig.open()
    rig.file.unplugged = True
    tse.close()
    assert rig.file.closed


def test_a_folder_behaves_like_a_card(tmp_path: Path) -> None:
    slot, device = tmp_path / "slot", tmp_path / "device"
    volume = plug(slot, device, lambda: NOW)
    with closing(CryptovisionTse.at(slot, clock=lambda: NOW)) as tse:
        with pytest.raises(TseBusy):
            CryptovisionTse.at(slot)
        tse.initialize(SECRETS, "POS1")
        assert sell(tse) == 1
        volume.pull()
        volume.pull()
        with pytest.raises(TseUnplugged):
            tse.start_transaction("POS1")
    with pytest.raises(TseUnplugged):
        CryptovisionTse.at(slot)
    again = plug(slot, device, lambda: NOW)
    with closing(CryptovisionTse.at(slot, clock=lambda: NOW, direct=False)) as tse:
        assert sell(tse) == 2
    again.pull()


def test_a_twin_that_is_told_to_be_unplugged_takes_its_file_away(tmp_path: Path) -> None:
    with closing(VirtualTse(tmp_path / "core", lambda: NOW, limits=LIMITS)) as core:
        volume = Volume(tmp_path / "slot", Card(core))
        with closing(CryptovisionTse.at(tmp_path / "slot")) as tse:
            core.faults.unplugged = True
            with pytest.raises((TseUnplugged, TseConnectionLost)):
                tse.info()
        assert not (tmp_path / "slot" / "TSE-IO.bin").exists()
        volume.pull()
        core.faults.unplugged = False


def test_a_session_closed_says_so(rig: Rig) -> None:
    session = Session(Transport(rig.file))
    session.close()
    session.close()
    with pytest.raises(TseUnplugged):
        session.ask(Code.START)
