"""The twin's limits, users, clocks and faults from outside: what the contract leaves to each device."""

from __future__ import annotations

import io
import json
import pickle
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from asn1crypto import core

from smartecr.tse.api import Capability, Lifecycle, Role, Secret, Selection
from smartecr.tse.credentials import CredentialRules, NewCredentials
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseBusy,
    TseCertificateExpired,
    TseConnectionLost,
    TseDeactivated,
    TseDecommissioned,
    TseInvalidParameter,
    TseNoData,
    TseNotAuthorized,
    TsePinBlocked,
    TsePukBlocked,
    TseSelfTestFailed,
    TseSelfTestRequired,
    TseSignaturesExhausted,
    TseStorageFull,
    TseTimeNotSet,
    TseTooManyClients,
    TseUnexportedData,
    TseUnplugged,
)
from smartecr.tse.readiness import ensure_ready
from smartecr.tse.virtual import Faults, Limits, VirtualTse, events, faults, identity, open_demo, pin_of
from smartecr.tse.virtual.recorder import Recorder
from smartecr.tse.virtual.store import Store
from smartecr.tse.virtual.users import DEMO_CREDENTIALS
from support import independent_tse

CLIENT = "SECR-1"
DATA = b"Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar"
HOUR = 3600


class Clock:
    now = 1_795_454_560.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tse(tmp_path: Path, clock: Clock) -> Iterator[VirtualTse]:
    with closing(open_demo(tmp_path / "tse", clock, CLIENT)) as opened:
        yield opened


def with_limits(tmp_path: Path, clock: Clock, **changes: object) -> VirtualTse:
    open_demo(tmp_path / "tse", clock, CLIENT).close()
    return VirtualTse(tmp_path / "tse", clock, limits=Limits(**changes))  # type: ignore[arg-type]


def sell(tse: VirtualTse, data: bytes = DATA) -> int:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, data, "Kassenbeleg-V1")
    return number


def log_in(tse: VirtualTse, role: Role = Role.ADMIN) -> None:
    tse.authenticate_user(role, pin_of(role))


def messages(tse: VirtualTse) -> list[independent_tse.Message]:
    sink = io.BytesIO()
    tse.export(sink)
    return independent_tse.check_export(sink.getvalue())


# ---- limits


def test_signatures_run_out(tmp_path: Path, clock: Clock) -> None:
    with closing(with_limits(tmp_path, clock, max_signatures=10)) as tse:
        assert tse.info().signatures_remaining == 2
        sell(tse)
        assert tse.info().signatures_remaining == 0
        with pytest.raises(TseSignaturesExhausted):
            tse.start_transaction(CLIENT)
        with pytest.raises(TseSignaturesExhausted):
            ensure_ready(tse.info(), clock())
        assert len(messages(tse)) == 10


def test_storage_fills_up_what_is_open_can_be_finished_and_deletion_makes_room(tmp_path: Path, clock: Clock) -> None:
    with closing(with_limits(tmp_path, clock, storage=(512 << 10) + 4000)) as tse:
        before = tse.info().storage_used
        assert before is not None
        sell(tse)
        after = tse.info().storage_used
        assert after is not None
        assert 400 < after - before < 700
        for _ in range(3):
            tse.start_transaction(CLIENT)
        with pytest.raises(TseStorageFull):
            for _ in range(20):
                sell(tse)
        assert tse.info().storage_used == tse.info().storage_total
        with pytest.raises(TseStorageFull):
            ensure_ready(tse.info(), clock())
        for number in tse.open_transactions():
            tse.finish_transaction(CLIENT, number, DATA, "Kassenbeleg-V1")
        log_in(tse)
        tse.delete_stored_data(tse.export(io.BytesIO()))
        sell(tse)


def test_clients_are_limited(tmp_path: Path, clock: Clock) -> None:
    with closing(with_limits(tmp_path, clock, max_clients=2)) as tse:
        log_in(tse)
        tse.register_client("SECR-2")
        with pytest.raises(TseTooManyClients):
            tse.register_client("SECR-3")
        tse.deregister_client("SECR-2")
        tse.register_client("SECR-3")
        assert tse.info().clients == (CLIENT, "SECR-3")


# ---- clocks


def test_the_time_must_be_set_again_every_day(tse: VirtualTse, clock: Clock) -> None:
    clock.now += 23 * HOUR
    assert tse.info().time_sync_in == HOUR
    sell(tse)
    clock.now += HOUR
    assert tse.info().has_valid_time is False
    with pytest.raises(TseTimeNotSet):
        tse.start_transaction(CLIENT)
    log_in(tse, Role.TIME_ADMIN)
    tse.update_time(int(clock.now))
    sell(tse)


def test_a_restart_does_not_put_off_the_time(tmp_path: Path, clock: Clock) -> None:
    open_demo(tmp_path, clock, CLIENT).close()
    clock.now += 20 * HOUR
    with closing(open_demo(tmp_path, clock)) as tse:
        assert tse.info().time_sync_in == 4 * HOUR


def test_the_self_test_is_due_after_25_hours(tse: VirtualTse, clock: Clock) -> None:
    clock.now += 23 * HOUR
    log_in(tse, Role.TIME_ADMIN)
    tse.update_time(int(clock.now))
    clock.now += 2 * HOUR
    assert tse.info().self_test_in == 0
    with pytest.raises(TseSelfTestRequired):
        tse.start_transaction(CLIENT)
    tse.run_self_test(CLIENT)
    assert tse.info().self_test_in == 25 * HOUR
    sell(tse)


def test_self_tests_are_told(tse: VirtualTse) -> None:
    tse.run_self_test(CLIENT)
    tse.faults.self_test_fails = True
    with pytest.raises(TseSelfTestFailed):
        tse.run_self_test(CLIENT)
    passed, failed = messages(tse)[-2:]
    assert (passed.kind, failed.operation) == ("audit", "selfTest")
    assert failed.fields[1].startswith(b"\x81\x07storage\x82\x01\x00\x83")


def test_an_expired_certificate_is_no_matter_of_time_zones(tse: VirtualTse, clock: Clock) -> None:
    expires = tse.info().certificate_expires
    assert expires is not None
    for now, error in ((expires - 1, TseSelfTestRequired), (expires + 1, TseCertificateExpired)):
        clock.now = now
        with pytest.raises(error):
            tse.start_transaction(CLIENT)


# ---- users


def test_a_pin_with_its_tries_outlives_the_process(tmp_path: Path, clock: Clock) -> None:
    new = Secret("77777")
    with closing(open_demo(tmp_path, clock)) as tse:
        tse.change_pin(Role.ADMIN, pin_of(Role.ADMIN), new)
        with pytest.raises(TseAuthenticationFailed) as caught:
            tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
        assert caught.value.remaining == 2
    (tmp_path / "checkpoint.json").unlink()
    with closing(VirtualTse(tmp_path, clock)) as tse:
        assert tse.info().pins[Role.ADMIN].tries == 2
        tse.authenticate_user(Role.ADMIN, new)
        assert tse.info().pins[Role.ADMIN].tries == 3


def test_a_blocked_puk_stays_blocked(tse: VirtualTse) -> None:
    for left in (2, 1, 0):
        with pytest.raises(TseAuthenticationFailed) as caught:
            tse.unblock_user(Role.ADMIN, Secret("000000"), Secret("11111"))
        assert caught.value.remaining == left
    with pytest.raises(TsePukBlocked):
        tse.unblock_user(Role.ADMIN, DEMO_CREDENTIALS.admin_puk, Secret("11111"))
    log_in(tse)
    assert tse.info().pins[Role.ADMIN].puk_tries == 0


def test_log_ins_are_logged_right_and_wrong(tse: VirtualTse) -> None:
    with pytest.raises(TseAuthenticationFailed):
        tse.authenticate_user(Role.TIME_ADMIN, Secret("00000"))
    log_in(tse, Role.TIME_ADMIN)
    tse.log_out(Role.TIME_ADMIN)
    wrong, right, out = messages(tse)[-3:]
    user = b"\x81\x09timeAdmin"
    assert (wrong.operation, wrong.fields[1]) == ("authenticateUser", user + bytes.fromhex("820102830100"))
    assert (right.operation, right.fields[1]) == ("authenticateUser", user + bytes.fromhex("8201028301ff"))
    assert (out.operation, out.fields[1]) == ("logOut", user + bytes.fromhex("820100"))


def test_a_blocked_pin_writes_nothing_more(tse: VirtualTse) -> None:
    for _ in range(3):
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.ADMIN, Secret("00000"))
    counter = tse.info().signature_counter
    with pytest.raises(TsePinBlocked):
        log_in(tse)
    assert tse.info().signature_counter == counter


def test_an_idle_user_is_logged_out(tse: VirtualTse, clock: Clock) -> None:
    log_in(tse)
    clock.now += 15 * 60
    tse.register_client("SECR-2")
    clock.now += 15 * 60 + 1
    with pytest.raises(TseNotAuthorized):
        tse.register_client("SECR-3")
    assert messages(tse)[-1].fields[1].endswith(b"\x82\x01\x01")


def test_closing_logs_out(tmp_path: Path, clock: Clock) -> None:
    with closing(open_demo(tmp_path, clock, CLIENT)) as tse:
        log_in(tse)
    with closing(open_demo(tmp_path, clock, CLIENT)) as tse, pytest.raises(TseNotAuthorized):
        tse.register_client("SECR-2")


@pytest.mark.parametrize("pin", ["", "1234", "123456", "1234a"])
def test_pins_have_five_digits(tse: VirtualTse, pin: str) -> None:
    with pytest.raises(TseInvalidParameter):
        tse.change_pin(Role.ADMIN, pin_of(Role.ADMIN), Secret(pin))
    log_in(tse)


def test_secrets_are_nowhere(tse: VirtualTse, tmp_path: Path) -> None:
    log_in(tse)
    with pytest.raises(TseAuthenticationFailed):
        tse.authenticate_user(Role.TIME_ADMIN, Secret("31415"))
    tse.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "tse").iterdir())
    for secret in ("31415", "12345", "98765"):  # by itself: five digits stand in a key or a hash now and then
        assert re.search(rf"(?<![0-9A-Za-z+/]){secret}(?![0-9A-Za-z+/=])".encode(), stored) is None
    shown = f"{DEMO_CREDENTIALS} {DEMO_CREDENTIALS.admin_pin!r} {DEMO_CREDENTIALS.admin_pin}"
    assert "12345" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(DEMO_CREDENTIALS)


def test_new_credentials_all_differ() -> None:
    digits = iter([0, 1] * 2 + [0, 1] * 2 + [2, 3] * 2 + [4, 5, 6] * 9)
    made = NewCredentials.generate(CredentialRules(pin_length=4, puk_length=4), lambda below: next(digits))
    values = [made.admin_pin, made.admin_puk, made.time_admin_pin, made.time_admin_puk]
    assert [value.reveal() for value in values] == [b"0101", b"2323", b"4564", b"5645"]
    rest = iter(range(10))
    no_puk = NewCredentials.generate(CredentialRules(pin_length=1, puk_length=0), lambda below: next(rest))
    assert (no_puk.admin_puk.reveal(), no_puk.time_admin_puk.reveal()) == (b"", b"")


# ---- updates


def test_gathered_updates_are_signed_with_the_finish(tmp_path: Path, clock: Clock) -> None:
    with closing(with_limits(tmp_path, clock, gathers_updates=True)) as tse:
        assert Capability.UNSIGNED_UPDATE in tse.capabilities
        number = tse.start_transaction(CLIENT).transaction_number
        assert tse.update_transaction(CLIENT, number, b"one ", "Bestellung-V1") is None
        clock.now += 44
        assert tse.update_transaction(CLIENT, number, b"two ", "Bestellung-V1") is None
        tse.finish_transaction(CLIENT, number, b"three", "Bestellung-V1")
        assert [message.operation for message in messages(tse)][-2:] == ["StartTransaction", "FinishTransaction"]
        assert tse.find_transaction(number).process_data == b"one two three"
        sink = io.BytesIO()
        tse.export(sink, Selection(transactions=(number, number)))
        assert b"\xa2\x80\x04\x0done two three\x00\x00" in sink.getvalue()


def test_gathered_updates_are_signed_after_45_seconds_and_survive_a_restart(tmp_path: Path, clock: Clock) -> None:
    with closing(with_limits(tmp_path, clock, gathers_updates=True)) as tse:
        number = tse.start_transaction(CLIENT).transaction_number
        tse.update_transaction(CLIENT, number, b"one", "Bestellung-V1")
    clock.now += 45
    with closing(VirtualTse(tmp_path / "tse", clock, limits=Limits(gathers_updates=True))) as tse:
        assert messages(tse)[-1].operation == "UpdateTransaction"
        assert messages(tse)[-1].fields[2] == b"one"
        tse.finish_transaction(CLIENT, number, b"two", "Bestellung-V1")
        assert messages(tse)[-1].fields[2] == b"two"


# ---- operations of TR-03151 no driver needs


def test_transaction_logging_can_be_locked(tse: VirtualTse, clock: Clock) -> None:
    log_in(tse)
    tse.lock_transaction_logging()
    assert tse.info().state is Lifecycle.DEACTIVATED
    with pytest.raises(TseDeactivated):
        tse.start_transaction(CLIENT)
    with pytest.raises(TseDeactivated):
        ensure_ready(tse.info(), clock())
    tse.unlock_transaction_logging()
    sell(tse)


def test_the_last_message_and_the_serial_numbers(tse: VirtualTse) -> None:
    sell(tse)
    assert independent_tse.read(tse.read_log_message()) == messages(tse)[-1]
    entry = core.Sequence.load(core.Sequence.load(tse.export_serial_numbers()).contents)
    assert entry[0].native.hex() == tse.info().serial
    assert entry[1].contents == bytes.fromhex("8001ff8101ff8201ff")


def test_nothing_is_left_to_read_only_when_nothing_is_stored(tse: VirtualTse) -> None:
    log_in(tse)
    tse.delete_stored_data(tse.export(io.BytesIO()))
    assert independent_tse.read(tse.read_log_message()).operation == "deleteStoredData"
    with pytest.raises(TseNoData):
        tse.export(io.BytesIO(), Selection(transactions=(1, 1)))


def test_after_the_end_of_life_only_reading_is_left(tse: VirtualTse) -> None:
    sell(tse)
    log_in(tse)
    tse.decommission()
    assert [message.kind for message in messages(tse)][-2:] == ["system", "audit"]
    counter = tse.info().signature_counter
    for call in (lambda: log_in(tse), lambda: tse.register_client("SECR-2"), lambda: tse.start_transaction(CLIENT)):
        with pytest.raises(TseDecommissioned):
            call()
    assert tse.find_transaction(1).state == "finished"
    assert tse.info().signature_counter == counter


def test_derived_files_from_before_a_deletion_are_made_again(tmp_path: Path, clock: Clock) -> None:
    """A power cut may keep a file that was removed just before."""
    derived = [tmp_path / "tse" / name for name in ("checkpoint.json", "finished.index")]
    with closing(open_demo(tmp_path / "tse", clock, CLIENT)) as tse:
        sell(tse)
        sell(tse)
    before = [path.read_bytes() for path in derived]
    with closing(open_demo(tmp_path / "tse", clock, CLIENT)) as tse:
        log_in(tse)
        tse.delete_stored_data(tse.export(io.BytesIO()))
        for _ in range(4):
            sell(tse)
        expected = [tse.find_transaction(number) for number in range(1, 7)]
    for path, content in zip(derived, before, strict=True):
        path.write_bytes(content)
    with closing(open_demo(tmp_path / "tse", clock, CLIENT)) as tse:
        assert [tse.find_transaction(number) for number in range(1, 7)] == expected
        assert [found.state for found in expected[:3]] == ["unknown", "unknown", "finished"]
        assert sell(tse) == 7


def test_an_export_taken_before_a_restart_allows_no_deletion(tmp_path: Path, clock: Clock) -> None:
    with closing(open_demo(tmp_path, clock, CLIENT)) as tse:
        receipt = tse.export(io.BytesIO())
    with closing(open_demo(tmp_path, clock, CLIENT)) as tse:
        log_in(tse)
        with pytest.raises(TseUnexportedData):
            tse.delete_stored_data(receipt)


# ---- faults


def test_faults_are_switched_from_outside(tse: VirtualTse, tmp_path: Path) -> None:
    folder = tmp_path / "tse"
    faults.write(folder, unplugged=True)
    with pytest.raises(TseUnplugged):
        tse.info()
    faults.write(folder, busy=True)
    with pytest.raises(TseBusy):
        sell(tse)
    faults.write(folder, lose_after_signing=1)
    with pytest.raises(TseConnectionLost):
        tse.start_transaction(CLIENT)
    assert tse.open_transactions() == [1]
    faults.write(folder)
    assert sell(tse) == 2
    assert faults.read(folder) == {}
    faults.write(folder, latency=0.25, busy=True)
    assert faults.read(folder) == {"latency": 0.25, "busy": True}
    with pytest.raises(ValueError, match="no such fault: fire"):
        faults.write(folder, fire=True)


def test_a_device_unplugged_from_outside_cannot_be_opened(tmp_path: Path, clock: Clock) -> None:
    open_demo(tmp_path, clock, CLIENT).close()
    faults.write(tmp_path, unplugged=True)
    with pytest.raises(TseUnplugged):
        open_demo(tmp_path, clock)
    faults.write(tmp_path)
    open_demo(tmp_path, clock).close()


@pytest.mark.parametrize("content", ["", "[]", '{"fire": true}', '{"latency": "much"}', "\x00"])
def test_a_control_file_that_makes_no_sense_changes_nothing(tse: VirtualTse, tmp_path: Path, content: str) -> None:
    tse.faults.wrong_pin = 1
    (tmp_path / "tse" / faults.FILE).write_text(content)
    with pytest.raises(ValueError):
        faults.read(tmp_path / "tse")
    sell(tse)
    assert tse.faults.wrong_pin == 1


def test_a_changed_control_file_is_read_once(tse: VirtualTse, tmp_path: Path) -> None:
    (tmp_path / "tse" / faults.FILE).write_text(json.dumps({"lose_before_signing": 2}))
    for _ in range(2):
        with pytest.raises(TseConnectionLost):
            tse.start_transaction(CLIENT)
    sell(tse)
    (tmp_path / "tse" / faults.FILE).unlink()
    sell(tse)


def test_a_fault_from_outside_strikes_as_often_as_asked_even_when_the_device_is_opened_anew(
    tmp_path: Path, clock: Clock
) -> None:
    open_demo(tmp_path, clock, CLIENT).close()
    faults.write(tmp_path, lose_after_signing=2, latency=0.001)
    for left in (1, 0):
        with closing(open_demo(tmp_path, clock)) as tse, pytest.raises(TseConnectionLost):
            tse.start_transaction(CLIENT)
        assert faults.read(tmp_path).get("lose_after_signing", 0) == left
    with closing(open_demo(tmp_path, clock)) as tse:
        assert tse.faults.latency == 0.001
        sell(tse)
        faults.write(tmp_path, busy=True)
        tse.faults.wrong_pin = 1
    assert faults.read(tmp_path) == {"busy": True}, "what somebody else wrote meanwhile stands"


def test_a_right_pin_taken_for_wrong(tse: VirtualTse) -> None:
    tse.faults.wrong_pin = 1
    with pytest.raises(TseAuthenticationFailed) as caught:
        log_in(tse)
    assert caught.value.remaining == 2
    log_in(tse)


# ---- devices of the shops


def older_device(folder: Path, *, killed: bool) -> None:
    """Make the files as they were before there were users: two sales, one open, and a checkpoint of that shape."""
    store = Store(folder)
    content = identity.create("secp256r1", Clock.now)
    recorder = Recorder(identity.load(content), store, Faults(), Limits(), Clock())
    admin = Role.ADMIN
    at = int(Clock.now)
    life = (
        events.start_audit(),
        events.authenticate_user(admin, right=True),
        events.initialize("smartECR TEST-TSE - kein gueltiger Beleg"),
        events.update_time(at, at),
        events.log_out(admin),
        events.authenticate_user(admin, right=True),
        events.register_client(CLIENT),
        events.log_out(admin),
    )
    store.create(content, recorder.first_records(*life, at=at))
    recorder.replay()
    if not killed:
        fields = recorder.state.dump()
        shape = {name: fields[name] for name in ("signature_counter", "transaction_number", "log_time", "clients")}
        checkpoint = {"offset": store.end, "state": {**shape, "open": []}}
        (folder / "checkpoint.json").write_text(json.dumps(checkpoint))
    store.close()


@pytest.mark.parametrize("killed", [True, False])
def test_a_device_from_before_there_were_users_goes_on(tmp_path: Path, clock: Clock, killed: bool) -> None:
    older_device(tmp_path, killed=killed)
    with closing(open_demo(tmp_path, clock)) as tse:
        assert tse.info().state is Lifecycle.INITIALIZED
        assert tse.info().clients == (CLIENT,)
        assert sell(tse) == 1
        with pytest.raises(TseAuthenticationFailed):
            tse.authenticate_user(Role.ADMIN, Secret("00000"))
    with closing(open_demo(tmp_path, clock)) as tse:
        assert tse.info().pins[Role.ADMIN].tries == 2
        log_in(tse)
        tse.register_client("SECR-2")
        assert len(messages(tse)) == 8 + 2 + 3
