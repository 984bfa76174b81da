"""The twin's own promises: visibly a test device, faults on command, a log that survives and never lies."""

from __future__ import annotations

import base64
import gc
import io
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartecr.tse import export_names
from smartecr.tse.credentials import Role
from smartecr.tse.errors import (
    TseBusy,
    TseCertificateExpired,
    TseConnectionLost,
    TseDamaged,
    TseError,
    TseInvalidParameter,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyTransactions,
    TseUnplugged,
)
from smartecr.tse.readiness import ensure_ready
from smartecr.tse.virtual import Faults, VirtualTse, open_demo, pin_of, recorder
from support import independent_tse

CLIENT = "SECR-1"
DATA = b"Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar"
YEAR = 365 * 86400


def make(
    folder: Path, clock: Callable[[], float], curve: str = "secp256r1", faults: Faults | None = None
) -> VirtualTse:
    """Open a device with a client, ready to sell."""
    return open_demo(folder, clock, CLIENT, curve, faults)


class Clock:
    now = 1_795_454_560.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def tse(tmp_path: Path, clock: Clock, faults: Faults) -> Iterator[VirtualTse]:
    with closing(make(tmp_path, clock, faults=faults)) as opened:
        yield opened


def set_time(tse: VirtualTse, clock: Clock) -> None:
    tse.authenticate_user(Role.TIME_ADMIN, pin_of(Role.TIME_ADMIN))
    tse.update_time(int(clock.now))
    tse.log_out(Role.TIME_ADMIN)


def sell(tse: VirtualTse) -> int:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1")
    return number


def messages(tse: VirtualTse) -> list[independent_tse.Message]:
    sink = io.BytesIO()
    tse.export(sink)
    return independent_tse.verify_export(sink.getvalue())


@pytest.mark.parametrize(
    ("curve", "algorithm", "dotted"),
    [
        ("secp256r1", "ecdsa-plain-SHA256", "1.2.840.10045.3.1.7"),
        ("brainpoolP256r1", "ecdsa-plain-SHA256", "1.3.36.3.3.2.8.1.1.7"),
        ("secp384r1", "ecdsa-plain-SHA384", "1.3.132.0.34"),
        ("brainpoolP384r1", "ecdsa-plain-SHA384", "1.3.36.3.3.2.8.1.1.11"),
    ],
)
def test_every_curve_signs(tmp_path: Path, clock: Clock, curve: str, algorithm: str, dotted: str) -> None:
    with closing(make(tmp_path, clock, curve)) as tse:
        sell(tse)
        assert tse.info().algorithm == algorithm
        for certificate in tse.info().certificates:
            key = x509.Certificate.load(certificate).public_key
            assert key["algorithm"]["parameters"].chosen.dotted == dotted
        assert len(messages(tse)) == 10


def test_an_unknown_curve_is_refused_and_leaves_nothing_locked(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(TseInvalidParameter):
        make(tmp_path, clock, "secp256k1")
    make(tmp_path, clock).close()


def test_the_curve_stays_what_it_was(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path, clock, "secp384r1").close()
    with closing(make(tmp_path, clock, "secp256r1")) as tse:
        assert tse.info().algorithm == "ecdsa-plain-SHA384"


def test_everybody_sees_that_it_is_a_test_device(tse: VirtualTse) -> None:
    info = tse.info()
    assert info.is_test
    assert "TEST" in info.description
    for certificate in info.certificates:
        parsed = x509.Certificate.load(certificate)
        assert "TEST" in parsed.subject.native["organization_name"]
        assert "TEST" in parsed.issuer.native["common_name"]
    assert x509.Certificate.load(info.certificates[0]).subject.native["common_name"] == info.serial
    sink = io.BytesIO()
    tse.export(sink)
    sink.seek(512)
    described = export_names.read_info(sink.read(512).rstrip(b"\x00"))
    assert described is not None
    assert "TEST" in described.description


def test_the_first_life(tse: VirtualTse, clock: Clock) -> None:
    sell(tse)
    log = messages(tse)
    assert [message.operation for message in log] == [
        "startAudit",
        "authenticateUser",
        "initialize",
        "registerClient",
        "logOut",
        "authenticateUser",
        "updateTime",
        "logOut",
        "StartTransaction",
        "FinishTransaction",
    ]
    unix = int(clock.now).to_bytes(4, "big")
    inner = {message.operation: message.fields[1] for message in log[:5] + log[6:7]}
    assert inner["startAudit"] == b""
    assert inner["authenticateUser"] == bytes.fromhex("810561646d696e8201018301ff")
    assert inner["logOut"] == bytes.fromhex("810561646d696e820100")
    assert inner["updateTime"] == b"\x81\x04" + unix + b"\x82\x04" + unix
    assert inner["registerClient"] == b"\x81\x06" + CLIENT.encode()
    start = log[-2]
    assert start.fields == {0: b"StartTransaction", 1: CLIENT.encode(), 2: b"", 3: b"", 5: b"\x01"}


def test_exports_are_the_same_byte_by_byte(tse: VirtualTse) -> None:
    sell(tse)
    first, second = io.BytesIO(), io.BytesIO()
    tse.export(first)
    tse.export(second)
    assert first.getvalue() == second.getvalue()


# ---- faults on command


def test_unplugged_and_plugged_in(tse: VirtualTse, faults: Faults) -> None:
    faults.unplugged = True
    for call in (tse.info, tse.open_transactions, lambda: tse.start_transaction(CLIENT)):
        with pytest.raises(TseUnplugged):
            call()
    faults.unplugged = False
    assert sell(tse) == 1


def test_it_cannot_be_opened_while_unplugged(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(TseUnplugged):
        make(tmp_path, clock, faults=Faults(unplugged=True))
    make(tmp_path, clock).close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("storage_full", TseStorageFull),
        ("certificate_expired", TseCertificateExpired),
        ("time_lost", TseTimeNotSet),
    ],
)
def test_states_that_forbid_signing(tse: VirtualTse, faults: Faults, fault: str, error: type[TseError]) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    counter = tse.info().signature_counter
    setattr(faults, fault, True)
    for call in (
        lambda: ensure_ready(tse.info(), 1.8e9),
        lambda: tse.start_transaction(CLIENT),
        lambda: tse.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1"),
        lambda: tse.register_client("SECR-2"),
    ):
        with pytest.raises(error):
            call()
    assert tse.info().signature_counter == counter
    assert tse.find_transaction(number).state == "open"
    setattr(faults, fault, False)
    tse.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1")
    assert messages(tse)[-1].counter == counter + 1


def test_setting_the_time_heals_a_lost_clock(tse: VirtualTse, clock: Clock, faults: Faults) -> None:
    sell(tse)
    faults.time_lost = True
    clock.now += 10
    set_time(tse, clock)
    assert not faults.time_lost
    sell(tse)
    update = messages(tse)[-4]
    before, after = int(clock.now) - 10, int(clock.now)
    assert update.fields[1] == b"\x81\x04" + before.to_bytes(4, "big") + b"\x82\x04" + after.to_bytes(4, "big")


def test_the_certificate_expires_by_itself(tse: VirtualTse, clock: Clock) -> None:
    clock.now += 8 * YEAR
    with pytest.raises(TseCertificateExpired):
        ensure_ready(tse.info(), clock())


def test_loss_before_signing_leaves_no_trace(tse: VirtualTse, faults: Faults) -> None:
    counter = tse.info().signature_counter
    faults.lose_before_signing = 1
    with pytest.raises(TseConnectionLost) as caught:
        tse.start_transaction(CLIENT)
    assert caught.value.outcome_unknown
    assert tse.info().signature_counter == counter
    assert tse.find_transaction(1).state == "unknown"
    assert sell(tse) == 1


def test_loss_after_signing_can_be_looked_up(tse: VirtualTse, faults: Faults) -> None:
    counter = tse.info().signature_counter
    faults.lose_after_signing = 1
    with pytest.raises(TseConnectionLost):
        tse.start_transaction(CLIENT)
    assert tse.open_transactions() == [1]
    faults.lose_after_signing = 1
    with pytest.raises(TseConnectionLost):
        tse.finish_transaction(CLIENT, 1, DATA, "Kassenbeleg-V1")
    found = tse.find_transaction(1)
    assert found.state == "finished"
    assert found.finish is not None
    assert found.finish.signature_counter == counter + 2
    assert sell(tse) == 2
    assert [message.counter for message in messages(tse)][-1] == counter + 4


def test_latency_is_waited_before_every_operation(tmp_path: Path, clock: Clock) -> None:
    waited: list[float] = []
    faults = Faults(sleep=waited.append)
    with closing(make(tmp_path, clock, faults=faults)) as tse:
        assert waited == []
        faults.latency = 0.2
        sell(tse)
        assert waited == [0.2, 0.2]


def test_a_clock_that_jumps_back_far_asks_for_the_time(tse: VirtualTse, clock: Clock) -> None:
    sell(tse)
    clock.now -= 61
    with pytest.raises(TseTimeNotSet):
        tse.start_transaction(CLIENT)
    set_time(tse, clock)
    sell(tse)


def test_open_transactions_are_limited(tse: VirtualTse) -> None:
    for _ in range(512):
        tse.start_transaction(CLIENT)
    with pytest.raises(TseTooManyTransactions):
        tse.start_transaction(CLIENT)
    tse.finish_transaction(CLIENT, 100, DATA, "Kassenbeleg-V1")
    assert tse.start_transaction(CLIENT).transaction_number == 513


# ---- the files


def test_two_cannot_have_it_open(tse: VirtualTse, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(TseBusy) as caught:
        make(tmp_path, clock)
    assert str(tmp_path) in caught.value.detail
    sell(tse)


def test_a_forgotten_device_gives_its_folder_free(tmp_path: Path, clock: Clock) -> None:
    forgotten = make(tmp_path, clock)
    assert forgotten.info().is_test
    del forgotten
    gc.collect()
    make(tmp_path, clock).close()


def test_a_folder_that_cannot_be_made(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TseUnplugged):
        make(tmp_path / "file" / "tse", clock)


def test_killed_while_being_made_it_begins_anew(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path, clock).close()
    (tmp_path / "identity.json").unlink()
    (tmp_path / "messages.log").write_bytes(b"half a log")
    with closing(make(tmp_path, clock)) as tse:
        sell(tse)
        assert len(messages(tse)) == 10


def test_the_key_is_readable_for_its_owner_only(tse: VirtualTse, tmp_path: Path) -> None:
    assert (tmp_path / "identity.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("keep_checkpoint", [True, False])
@pytest.mark.parametrize("keep_index", [True, False])
def test_derived_files_are_made_again(tmp_path: Path, clock: Clock, keep_checkpoint: bool, keep_index: bool) -> None:
    with closing(make(tmp_path, clock)) as tse:
        for _ in range(20):
            sell(tse)
        open_number = tse.start_transaction(CLIENT).transaction_number
        expected = [tse.find_transaction(number) for number in range(1, 23)]
    if not keep_checkpoint:
        (tmp_path / "checkpoint.json").unlink()
    if not keep_index:
        (tmp_path / "finished.index").unlink()
    with closing(make(tmp_path, clock)) as tse:
        assert [tse.find_transaction(number) for number in range(1, 23)] == expected
        assert tse.open_transactions() == [open_number]
        assert tse.info().clients == (CLIENT,)
        sell(tse)
        messages(tse)


def test_checkpoints_are_written_while_it_works(
    tse: VirtualTse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "_CHECKPOINT_EVERY", 10)
    assert not (tmp_path / "checkpoint.json").exists()
    for _ in range(30):
        sell(tse)
    offset = int((tmp_path / "checkpoint.json").read_text().split('"offset": ')[1].split(",")[0])
    size = (tmp_path / "messages.log").stat().st_size
    assert size - 10 * 400 < offset <= size


def copy_without_close(source: Path, target: Path) -> None:
    """Copy the files as a kill would leave them."""
    target.mkdir()
    for path in source.iterdir():
        if path.is_file() and path.name != "lock":
            (target / path.name).write_bytes(path.read_bytes())


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a device that was killed after five sales."""
    folder = tmp_path_factory.mktemp("killed")
    with closing(make(folder / "a", Clock())) as tse:
        for _ in range(5):
            sell(tse)
        copy_without_close(folder / "a", folder / "b")
    return folder / "b"


@pytest.mark.parametrize("cut", [1, 2, 11, 12, 13, 100, 255, 280, 281, 282, 283, 284, 285, 300, 500, 700])
def test_a_torn_end_is_cut_off_and_counters_go_on(killed: Path, tmp_path: Path, clock: Clock, cut: int) -> None:
    copy_without_close(killed, tmp_path / "torn")
    log = tmp_path / "torn" / "messages.log"
    os.truncate(log, log.stat().st_size - cut)
    with closing(make(tmp_path / "torn", clock)) as tse:
        kept = messages(tse)
        assert 12 <= len(kept) < 18
        for number in tse.open_transactions():
            tse.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1")
        sell(tse)
        assert messages(tse)[: len(kept)] == kept


def test_zeros_a_power_cut_leaves_are_cut_off(tmp_path: Path, clock: Clock) -> None:
    with closing(make(tmp_path / "a", clock)) as tse:
        sell(tse)
        copy_without_close(tmp_path / "a", tmp_path / "b")
    with (tmp_path / "b" / "messages.log").open("ab") as log:
        log.write(bytes(4096))
    with closing(make(tmp_path / "b", clock)) as tse:
        assert sell(tse) == 2
        assert len(messages(tse)) == 12


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_changed_byte_of_the_log_is_found(killed: Path, tmp_path: Path, place: float, mask: int) -> None:
    folder = tmp_path / "changed"
    shutil.rmtree(folder, ignore_errors=True)
    copy_without_close(killed, folder)
    log = folder / "messages.log"
    data = bytearray(log.read_bytes())
    data[int(place * len(data))] ^= mask
    log.write_bytes(data)
    with pytest.raises(TseDamaged):
        make(folder, Clock())
    assert log.read_bytes() == data, "nothing was cut off"


def test_whole_records_behind_a_cut_one_are_not_thrown_away(tmp_path: Path, clock: Clock) -> None:
    with closing(make(tmp_path, clock)) as tse:
        sell(tse)
        start, _ = tse._recorder.store.offsets(1)
    (tmp_path / "checkpoint.json").unlink()
    log = tmp_path / "messages.log"
    data = log.read_bytes()
    claims_too_much = struct.pack("<II", 60_000, 60_000 ^ 0xFFFFFFFF)
    changed = data[:start] + claims_too_much + data[start + 8 :]
    log.write_bytes(changed)
    with pytest.raises(TseDamaged):
        make(tmp_path, clock)
    assert log.read_bytes() == changed


def test_a_shortened_log_is_found(tmp_path: Path, clock: Clock) -> None:
    with closing(make(tmp_path, clock)) as tse:
        sell(tse)
    log = tmp_path / "messages.log"
    os.truncate(log, log.stat().st_size - 1)
    with pytest.raises(TseDamaged, match="shorter"):
        make(tmp_path, clock)


def test_a_record_taken_out_is_found(tmp_path: Path, clock: Clock) -> None:
    with closing(make(tmp_path, clock)) as tse:
        sell(tse)
        start, finish = tse._recorder.store.offsets(1)
    (tmp_path / "checkpoint.json").unlink()
    log = tmp_path / "messages.log"
    data = log.read_bytes()
    log.write_bytes(data[:start] + data[finish:])
    with pytest.raises(TseDamaged, match="counter"):
        make(tmp_path, clock)


@pytest.mark.parametrize("name", ["identity.json", "messages.log", "checkpoint.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"offset": 16, "state": {}}', b"\xff\xfe"])
def test_ruined_files_are_named_not_repaired(tmp_path: Path, clock: Clock, name: str, content: bytes) -> None:
    make(tmp_path, clock).close()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TseDamaged):
        make(tmp_path, clock)
    assert (tmp_path / name).read_bytes() == content


def test_a_missing_log_is_named(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path, clock).close()
    (tmp_path / "messages.log").unlink()
    with pytest.raises(TseDamaged):
        make(tmp_path, clock)


def test_key_and_certificate_of_different_devices_are_found(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path / "a", clock).close()
    make(tmp_path / "b", clock).close()
    mine, other = ((tmp_path / name / "identity.json") for name in "ab")
    cut = mine.read_text().index('"certificates"')
    mine.write_text(mine.read_text()[:cut] + other.read_text()[other.read_text().index('"certificates"') :])
    with pytest.raises(TseDamaged, match="belong together"):
        make(tmp_path / "a", clock)


def test_a_device_made_with_a_pkcs8_key_is_still_that_device(tmp_path: Path, clock: Clock) -> None:
    first = make(tmp_path, clock)
    serial = first.info().serial
    first.close()
    stored = json.loads((tmp_path / "identity.json").read_text())
    private = ec.derive_private_key(int(stored.pop("number"), 16), ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "identity.json").write_text(json.dumps({**stored, "key": base64.b64encode(private).decode()}))
    again = make(tmp_path, clock)
    assert again.info().serial == serial
    sell(again)
    again.close()


def test_an_index_that_points_elsewhere_is_found(tse: VirtualTse, tmp_path: Path) -> None:
    sell(tse)
    sell(tse)
    index = tmp_path / "finished.index"
    data = bytearray(index.read_bytes())
    data[16:32] = data[32:48]
    index.write_bytes(data)
    with pytest.raises(TseDamaged):
        tse.find_transaction(1)
    index.write_bytes(data[:16] + struct.pack("<QQ", 3, 7))
    with pytest.raises(TseDamaged):
        tse.find_transaction(1)


def test_a_full_disk_is_told_and_leaves_no_half_record(
    tse: VirtualTse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def short(descriptor: int, data: bytes) -> int:
        return real(descriptor, data[: len(data) // 2])

    size = (tmp_path / "messages.log").stat().st_size
    monkeypatch.setattr(os, "write", short)
    with pytest.raises(TseStorageFull):
        tse.start_transaction(CLIENT)
    monkeypatch.undo()
    assert (tmp_path / "messages.log").stat().st_size == size
    assert sell(tse) == 1
    messages(tse)


def test_a_disk_that_refuses_everything_closes_the_device(
    tse: VirtualTse, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(os, "ftruncate", refuse)
    with pytest.raises(TseStorageFull):
        tse.start_transaction(CLIENT)
    monkeypatch.undo()
    with pytest.raises(TseUnplugged):
        tse.start_transaction(CLIENT)
    with closing(make(tmp_path, clock)) as again:
        assert sell(again) == 1


def test_memory_does_not_grow_with_the_log(tse: VirtualTse) -> None:
    for _ in range(50):
        sell(tse)
    assert tse._state.open == {}
    assert tse._state.transaction_number == 50


def test_a_torn_frame_header(tmp_path: Path, clock: Clock) -> None:
    with closing(make(tmp_path / "a", clock)) as tse:
        copy_without_close(tmp_path / "a", tmp_path / "b")
    with (tmp_path / "b" / "messages.log").open("ab") as log:
        log.write(b"\x10\x00\x00")
    with closing(make(tmp_path / "b", clock)) as tse:
        assert sell(tse) == 1
