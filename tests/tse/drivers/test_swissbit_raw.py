"""The experimental way to Swissbit devices: golden bytes, waiting, setting up, real files, nonsense for answers."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartecr.tse.api import Lifecycle, NewCredentials, Role, Secret
from smartecr.tse.drivers.swissbit_raw import mailbox, opcodes
from smartecr.tse.drivers.swissbit_raw.credentials import derive
from smartecr.tse.drivers.swissbit_raw.device import SwissbitRawTse
from smartecr.tse.drivers.swissbit_raw.mailbox import Answer, MailboxError
from smartecr.tse.drivers.swissbit_raw.opcodes import Event, Opcode, PayloadError
from smartecr.tse.drivers.swissbit_raw.transport import Transport
from smartecr.tse.drivers.swissbit_raw.volume import Volume
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseConnectionLost,
    TseError,
    TseNotAuthorized,
    TseNotSupported,
    TseProtocolError,
    TseTimeout,
    TseUnplugged,
)
from smartecr.tse.virtual import VirtualTse
from support.blockfiles import Waiting
from support.rawcard import RawCard

NOW = 1_795_454_560
SECRETS = NewCredentials(
    admin_pin=Secret("11111"), admin_puk=Secret("123456"), time_admin_pin=Secret("22222"), time_admin_puk=Secret("")
)


KASSENBELEG = "4b617373656e62656c65672d5631"


@pytest.mark.parametrize(
    ("opcode", "arguments", "expected"),
    [
        (Opcode.LOG_IN, opcodes.user(Role.TIME_ADMIN) + opcodes.counted(Secret("12345")), "0009 2000 02 05 3132333435"),
        (Opcode.SELF_TEST, opcodes.text("POS1"), "0007 4000 04 504f5331"),
        (Opcode.UPDATE_TIME, opcodes.u64(1700000000), "000a 8000 000000006553f100"),
        (Opcode.FETCH, b"", "0002 8300"),
        (
            Opcode.OPEN_LOG,
            opcodes.open_log(Event.FINISH, "POS1", 5, 39, "Kassenbeleg-V1"),
            "003690000204504f5331" + "05".zfill(16) + "27".zfill(16) + "0e".zfill(16) + KASSENBELEG + "00" * 8,
        ),
    ],
)
def test_commands(opcode: Opcode, arguments: bytes, expected: str) -> None:
    block = mailbox.command(opcode, arguments)
    raw = bytes.fromhex(expected)
    assert block == raw.ljust(512, b"\x00")
    assert mailbox.read_command(block) == (opcode, arguments)


def test_answers() -> None:
    block = bytes.fromhex("00000007 ff 000a 0000000000000010 0000").ljust(512, b"\x00")
    assert mailbox.read_answer(block) == Answer(7, "complete", bytes(7) + b"\x10", 0)
    assert mailbox.answer(7, bytes(7) + b"\x10") == block
    block = bytes.fromhex("00000008 ff 0002 1002").ljust(512, b"\x00")
    assert mailbox.read_answer(block) == Answer(8, "complete", b"", 0x1002)
    assert mailbox.answer(8, status=0x1002) == block
    assert mailbox.read_answer(mailbox.interim(1, "busy")[:4] + b"\xf3" + bytes(507)).state == "busy"
    assert mailbox.read_answer(bytes(4) + b"\xfd" + bytes(507)).state == "waiting"


@pytest.mark.parametrize("block", [b"", bytes(512), bytes(511), bytes(4) + b"\xff\x00\x01" + bytes(505),
                                   bytes(4) + b"\xff\x01\xfc" + bytes(505)])  # fmt: skip
def test_answers_that_are_none(block: bytes) -> None:
    with pytest.raises(MailboxError):
        mailbox.read_answer(block)


def test_a_command_fits_or_is_refused() -> None:
    assert len(mailbox.command(0x90, bytes(508))) == 512
    with pytest.raises(MailboxError):
        mailbox.command(0x90, bytes(509))


@given(st.binary(min_size=505, max_size=505), st.sampled_from([0xF3, 0xFD, 0xFF, 0]))
def test_any_block_is_read_or_refused(rest: bytes, state: int) -> None:
    with suppress(MailboxError):
        answer = mailbox.read_answer(rest[:4] + bytes((state,)) + rest[4:] + bytes(6))
        assert len(answer.payload) <= 503


@given(st.binary(max_size=300))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    for read in (opcodes.signed, opcodes.number, opcodes.clients, opcodes.open_transactions, opcodes.piece):
        with suppress(PayloadError):
            read(payload)


def test_the_makers_pins_follow_from_seed_and_serial() -> None:
    made = derive(b"SwissbitSwissbit", bytes(range(32)))
    assert [secret.reveal() for secret in made] == [b"033324", b"75506", b"97106"]


class Rig:
    """A device in memory and the time that passes while waiting for it."""

    def __init__(self, folder: Path, software: str = "2.1.0") -> None:
        self.core = VirtualTse(folder, lambda: NOW, "brainpoolP384r1")
        self.card = RawCard(self.core, software=software)
        self.waiting = Waiting()

    def open(self, seed: bytes = b"SwissbitSwissbit") -> SwissbitRawTse:
        box = self.card.file("TSE_COMM.DAT")
        transport = Transport(box, monotonic=self.waiting.monotonic, sleep=self.waiting.sleep)
        return SwissbitRawTse(transport, Volume(self.card.file), seed=seed, clock=lambda: NOW)

    def sent(self) -> list[int]:
        return [opcode for opcode, _ in self.card.commands]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "core")
    yield made
    made.core.close()


@pytest.fixture
def tse(rig: Rig) -> Iterator[SwissbitRawTse]:
    with closing(rig.open()) as opened:
        opened.initialize(SECRETS, "POS1")
        yield opened


def test_setting_up_goes_through_the_known_steps(rig: Rig) -> None:
    with closing(rig.open()) as tse:
        rig.card.commands.clear()
        tse.initialize(SECRETS, "POS1")
        steps = "40 23 20 24 20 20 24 20 80 41 40 60 70 80"
        assert " ".join(f"{opcode:02x}" for opcode in rig.sent()) == steps
        assert tse.info().state is Lifecycle.INITIALIZED
        assert tse.info().clients == ("POS1",)
        with pytest.raises(TseNotAuthorized):
            tse.update_time(NOW)


@pytest.mark.parametrize("step", range(14))
def test_setting_up_goes_on_after_a_cut_anywhere(rig: Rig, step: int) -> None:
    real, left = rig.card.take, [step]

    def cut(block: bytes) -> None:
        if mailbox.read_command(block)[0] != Opcode.FETCH:
            left[0] -= 1
            if left[0] == -1:
                raise TseConnectionLost("EIO")
        real(block)

    with closing(rig.open()) as tse:
        rig.card.take = cut  # type: ignore[method-assign]
        with suppress(TseConnectionLost):
            tse.initialize(SECRETS, "POS1")
        rig.card.take = real  # type: ignore[method-assign]
        rig.card.plug()
    with closing(rig.open()) as tse:
        if tse.info().state is Lifecycle.UNINITIALIZED:
            tse.initialize(SECRETS, "POS1")
        tse.run_self_test("POS1")
        tse.authenticate_user(Role.TIME_ADMIN, SECRETS.time_admin_pin)
        tse.update_time(NOW)
        assert tse.start_transaction("POS1").transaction_number == 1


def test_old_firmware_is_never_set_up_this_way(tmp_path: Path) -> None:
    rig = Rig(tmp_path, software="1.9.9")
    with closing(rig.core), closing(rig.open()) as tse:
        rig.card.commands.clear()
        with pytest.raises(TseNotSupported):
            tse.initialize(SECRETS, "POS1")
        assert rig.sent() == []


def test_a_wrong_seed_is_tried_once(rig: Rig) -> None:
    with closing(rig.open(seed=b"another dealer")) as tse, pytest.raises(TseAuthenticationFailed):
        tse.initialize(SECRETS, "POS1")
    assert rig.sent().count(Opcode.CHANGE_PUK) == 1


def test_opening_tries_no_secret(rig: Rig) -> None:
    with closing(rig.open()) as tse:
        tse.info()
        with pytest.raises(TseError):
            tse.start_transaction("POS1")
    assert not {Opcode.LOG_IN, Opcode.CHANGE_PUK, Opcode.CHANGE_PIN, Opcode.INITIALIZE} & set(rig.sent())


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 5000])
def test_data_reach_the_store_block_by_block_across_windows(rig: Rig, tse: SwissbitRawTse, size: int) -> None:
    data = bytes(random.Random(size).randbytes(size))
    number = tse.start_transaction("POS1").transaction_number
    tse.finish_transaction("POS1", number, data, "Kassenbeleg-V1")
    assert tse.find_transaction(number).process_data == data


def test_data_on_their_way_are_waited_for_but_not_for_ever(rig: Rig, tse: SwissbitRawTse) -> None:
    rig.card.late = 10
    assert tse.start_transaction("POS1").transaction_number == 1
    rig.card.late = 1000
    with pytest.raises(TseConnectionLost):
        tse.start_transaction("POS1")


def test_the_device_is_waited_for_but_not_for_ever(rig: Rig, tse: SwissbitRawTse) -> None:
    rig.card.busy = 20
    assert tse.start_transaction("POS1").transaction_number == 1
    rig.card.busy = 10**4
    before = rig.waiting.slept
    with pytest.raises(TseTimeout) as caught:
        tse.start_transaction("POS1")
    assert caught.value.outcome_unknown
    assert 20 <= rig.waiting.slept - before < 20.5
    before = rig.waiting.slept
    with pytest.raises(TseTimeout):
        tse.run_self_test("POS1")
    assert 90 <= rig.waiting.slept - before < 90.5


def test_many_clients_and_open_transactions_come_in_pages(tse: SwissbitRawTse) -> None:
    tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin)
    for number in range(40):
        tse.register_client(f"POS {number}")
    assert len(tse.info().clients or ()) == 41
    numbers = [tse.start_transaction("POS1").transaction_number for _ in range(70)]
    assert tse.open_transactions() == numbers


def test_status_that_is_none_is_told(rig: Rig) -> None:
    rig.card.status = lambda: bytes(512)  # type: ignore[method-assign]
    with pytest.raises(TseProtocolError):
        rig.open()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_spoilt_answers_end_in_an_error_of_ours_and_in_time(sold: Rig, seed: int) -> None:
    chance = random.Random(seed)
    real = RawCard.give

    def spoil() -> bytes:
        block = bytearray(real(sold.card))
        if chance.random() < 0.1:
            block[chance.choice((4, 5, 6, 7, 8, 9, 15, 47, 70, 71))] = chance.choice((0, 1, 0x7F, 0xF3, 0xFD, 0xFF))
        return bytes(block)

    sold.card.commands.clear()
    begun = sold.waiting.now
    with closing(sold.open()) as tse:
        sold.card.give = spoil  # type: ignore[method-assign]
        for step in (
            tse.info,
            lambda: tse.start_transaction("POS1"),
            lambda: tse.finish_transaction("POS1", 1, b"x" * 700, "Kassenbeleg-V1"),
            tse.open_transactions,
            lambda: tse.authenticate_user(Role.ADMIN, SECRETS.admin_pin),
            lambda: tse.register_client("POS2"),
            lambda: tse.update_time(NOW),
            lambda: tse.export(io.BytesIO()),
        ):
            with suppress(TseError):
                step()
        sold.card.give = lambda: real(sold.card)  # type: ignore[method-assign]
    assert sold.waiting.now - begun < 3600


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("raw") / "core")
    with closing(rig.open()) as tse:
        tse.initialize(SECRETS, "POS1")
        tse.start_transaction("POS1")
    yield rig
    rig.core.close()


class Served:
    """A folder with the real files, served by a thread: what is written into the mailbox is answered in it."""

    def __init__(self, folder: Path, card: RawCard) -> None:
        self._folder = folder
        self._card = card
        self._stop = threading.Event()
        folder.mkdir()
        (folder / "TSE_COMM.DAT").write_bytes(bytes(512))
        self._show()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _show(self) -> None:
        (self._folder / "TSE_INFO.DAT").write_bytes(self._card.status())
        store = self._card.store()
        with (self._folder / "TSE_TAR.001").open("wb") as window:
            window.write(store)
            window.truncate(len(store) + -len(store) % 512)
        (self._folder / "TSE_TAR.002").touch()

    def _serve(self) -> None:
        seen = bytes(512)
        box = self._folder / "TSE_COMM.DAT"
        while not self._stop.wait(0.0005):
            try:
                block = box.read_bytes()
            except FileNotFoundError:
                continue
            if block == seen or len(block) < 512:
                continue
            self._card.take(block)
            if block[2] != Opcode.FETCH:
                self._show()
            while (seen := self._card.give()) == block or seen[4] == 0xF3:
                continue
            with box.open("r+b") as file:
                file.write(seen)


def test_the_same_over_real_files(tmp_path: Path, rig: Rig) -> None:
    slot = tmp_path / "slot"
    with closing(Served(slot, rig.card)), closing(SwissbitRawTse.at(slot, clock=lambda: NOW)) as tse:
        with pytest.raises(TseBusy):
            SwissbitRawTse.at(slot)
        tse._transport._poll = 0.001
        tse.initialize(SECRETS, "POS1")
        assert tse.info().clients == ("POS1",)
        assert tse.start_transaction("POS1").transaction_number == 1
        sink = io.BytesIO()
        assert tse.export(sink).messages == rig.core.info().signature_counter
        (slot / "TSE_COMM.DAT").rename(tmp_path / "gone")
        with pytest.raises(TseUnplugged):
            tse.open_transactions()
        (tmp_path / "gone").rename(slot / "TSE_COMM.DAT")
