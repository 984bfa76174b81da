"""What every TSE must do, real driver or twin: add a factory to `DEVICES` and it has to pass all of this."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from smartecr.tse import log_message, receipt_qr, verify
from smartecr.tse.api import Finished, Started, Tse
from smartecr.tse.errors import TseClientUnknown, TseError, TseInvalidParameter, TseTransactionUnknown, TseUnplugged
from smartecr.tse.tar import ExportReader
from smartecr.tse.virtual import VirtualTse
from support import independent_tse

CLIENT = "SECR-0123456789"
DATA = b"Beleg^27.86_0.00_0.00_0.00_0.00^27.86:Bar"
TYPE = "Kassenbeleg-V1"


class Clock:
    """Unix seconds that pass when told."""

    now = 1_795_454_560.25

    def __call__(self) -> float:
        return self.now


@dataclass
class Device:
    """A device under test: how to open it (again) and the clock it lives by."""

    open: Callable[[], Tse]
    clock: Clock


def virtual(curve: str) -> Callable[[Path], Device]:
    def build(folder: Path) -> Device:
        clock = Clock()
        return Device(lambda: VirtualTse(folder / "tse", clock, curve), clock)

    return build


DEVICES = {
    "virtual-secp256r1": virtual("secp256r1"),
    "virtual-brainpoolP384r1": virtual("brainpoolP384r1"),
}


@pytest.fixture(params=DEVICES.values(), ids=DEVICES.keys())
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Device:
    """A new device, closed."""
    built: Device = request.param(tmp_path)
    return built


@pytest.fixture
def tse(device: Device) -> Iterator[Tse]:
    """The device opened, with one client registered."""
    with closing(device.open()) as opened:
        opened.register_client(CLIENT)
        yield opened


def export(tse: Tse) -> bytes:
    sink = io.BytesIO()
    receipt = tse.export(sink)
    assert receipt.size == len(sink.getvalue())
    assert receipt.sha256 == sha256(sink.getvalue()).hexdigest()
    assert receipt.last_counter == tse.info().signature_counter
    return sink.getvalue()


def test_it_says_who_it_is(tse: Tse) -> None:
    info = tse.info()
    assert info.serial == sha256(info.public_key).hexdigest()
    assert info.algorithm in ("ecdsa-plain-SHA256", "ecdsa-plain-SHA384")
    assert info.time_format == "unixTime"
    assert info.description
    assert CLIENT in info.clients
    assert independent_tse.key_of(info.certificates[0])[0].hex() == info.serial
    independent_tse.verify_chain(list(info.certificates))


def test_it_is_ready(tse: Tse) -> None:
    tse.check_ready()


def test_a_sale(tse: Tse, device: Device) -> None:
    before = tse.info().signature_counter
    started = tse.start_transaction(CLIENT)
    device.clock.now += 3
    finished = tse.finish_transaction(CLIENT, started.transaction_number, DATA, TYPE)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert (started.signature_counter, finished.signature_counter) == (before + 1, before + 2)
    assert finished.log_time == started.log_time + 3 == int(device.clock.now)
    assert tse.info().signature_counter == before + 2
    assert tse.open_transactions() == []


def test_the_receipt_verifies_here_and_elsewhere(tse: Tse) -> None:
    info = tse.info()
    started = tse.start_transaction(CLIENT)
    finished = tse.finish_transaction(CLIENT, started.transaction_number, DATA, TYPE)
    text = receipt_qr.qr_text(
        client_id=CLIENT,
        process_type=TYPE,
        process_data=DATA.decode(),
        transaction_number=started.transaction_number,
        signature_counter=finished.signature_counter,
        start_time=started.log_time,
        log_time=finished.log_time,
        algorithm=info.algorithm,
        time_format=info.time_format,
        signature=finished.signature,
        public_key=info.public_key,
    )
    verdict = receipt_qr.verify(text)
    assert verdict.valid
    assert verdict.serial == info.serial
    independent_tse.verify_receipt(text)


def test_numbers_rise_by_one_also_when_transactions_interleave(tse: Tse) -> None:
    first, second, third = (tse.start_transaction(CLIENT).transaction_number for _ in range(3))
    assert (second, third) == (first + 1, first + 2)
    assert tse.open_transactions() == [first, second, third]
    tse.finish_transaction(CLIENT, second, DATA, TYPE)
    assert tse.open_transactions() == [first, third]
    assert tse.start_transaction(CLIENT).transaction_number == third + 1


def test_what_happened_can_be_looked_up(tse: Tse) -> None:
    started = tse.start_transaction(CLIENT)
    number = started.transaction_number
    found = tse.find_transaction(number)
    assert (found.state, found.start, found.finish, found.client_id) == ("open", started, None, CLIENT)
    finished = tse.finish_transaction(CLIENT, number, DATA, TYPE)
    found = tse.find_transaction(number)
    assert (found.state, found.start, found.finish) == ("finished", started, finished)
    assert (found.client_id, found.process_data, found.process_type) == (CLIENT, DATA, TYPE)


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_what_never_happened_is_unknown(tse: Tse, number: int) -> None:
    tse.start_transaction(CLIENT)
    assert tse.find_transaction(number).state == "unknown"


def refused(tse: Tse, error: type[TseError], call: Callable[[], object]) -> None:
    """The call must be refused, nothing signed, and the device well afterwards."""
    before = tse.info().signature_counter
    with pytest.raises(error) as caught:
        call()
    assert caught.value.message
    assert tse.info().signature_counter == before
    assert tse.start_transaction(CLIENT).signature_counter == before + 1


def test_unknown_clients_are_refused(tse: Tse) -> None:
    refused(tse, TseClientUnknown, lambda: tse.start_transaction("SECR-9999999999"))


def test_a_second_finish_is_refused(tse: Tse) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, DATA, TYPE)
    refused(tse, TseTransactionUnknown, lambda: tse.finish_transaction(CLIENT, number, DATA, TYPE))


def test_another_clients_transaction_cannot_be_finished(tse: Tse) -> None:
    tse.register_client("SECR-B")
    number = tse.start_transaction(CLIENT).transaction_number
    refused(tse, TseTransactionUnknown, lambda: tse.finish_transaction("SECR-B", number, DATA, TYPE))
    assert number in tse.open_transactions()


@pytest.mark.parametrize("client_id", ["", "x" * 31, "a_b", "a/b", "ä", "a;b", "a\n"])
def test_client_ids_some_device_could_not_take_are_refused(tse: Tse, client_id: str) -> None:
    refused(tse, TseInvalidParameter, lambda: tse.register_client(client_id))


@pytest.mark.parametrize(("data", "kind"), [(b"x" * 100_000, TYPE), (DATA, "x" * 101), (DATA, "Beleg\n"), (DATA, "ä")])
def test_content_no_message_can_hold_is_refused(tse: Tse, data: bytes, kind: str) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    refused(tse, TseInvalidParameter, lambda: tse.finish_transaction(CLIENT, number, data, kind))


def test_registering_again_does_nothing(tse: Tse) -> None:
    before = tse.info()
    tse.register_client(CLIENT)
    assert tse.info() == before


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff" * 50, '2;"Eisbecher";3.99\r1;"Spätburgunder";4.00'.encode(), b"z" * 20_000]
)
def test_data_of_any_kind_is_signed_and_kept(tse: Tse, data: bytes) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, data, "SonstigerVorgang")
    assert tse.find_transaction(number).process_data == data
    independent_tse.verify_export(export(tse))


def test_the_export_is_whole_and_proven_here_and_elsewhere(tse: Tse, device: Device) -> None:
    answers: dict[int, Started | Finished] = {}
    for _ in range(3):
        started = tse.start_transaction(CLIENT)
        device.clock.now += 1.5
        finished = tse.finish_transaction(CLIENT, started.transaction_number, DATA, TYPE)
        answers |= {started.signature_counter: started, finished.signature_counter: finished}
    archive = export(tse)
    messages = independent_tse.verify_export(archive)
    assert [message.counter for message in messages] == list(range(1, tse.info().signature_counter + 1))
    for message in messages:
        if message.kind == "transaction":
            answer = answers.pop(message.counter)
            assert (message.signature, message.time) == (answer.signature, answer.log_time)
    assert answers == {}
    key = verify.load_key(tse.info().public_key)
    logs = [member.data for member in ExportReader(io.BytesIO(archive)) if member.name.endswith(".log")]
    assert all(verify.check_message(log_message.parse(log), key).valid for log in logs)


def test_every_changed_byte_of_a_signed_part_is_found(tse: Tse) -> None:
    number = tse.start_transaction(CLIENT).transaction_number
    tse.finish_transaction(CLIENT, number, DATA, TYPE)
    key = verify.load_key(tse.info().public_key)
    *_, last = [member.data for member in ExportReader(io.BytesIO(export(tse))) if member.name.endswith(".log")]
    assert verify.check_message(log_message.parse(last), key).valid
    for place in range(len(last)):
        changed = bytearray(last)
        changed[place] ^= 0x20
        try:
            message = log_message.parse(bytes(changed))
        except log_message.LogMessageError:
            continue
        assert not verify.check_message(message, key).valid, place


def test_it_remembers_after_being_closed(device: Device) -> None:
    with closing(device.open()) as tse:
        tse.register_client(CLIENT)
        done = tse.start_transaction(CLIENT)
        finished = tse.finish_transaction(CLIENT, done.transaction_number, DATA, TYPE)
        left_open = tse.start_transaction(CLIENT)
        info = tse.info()
    with closing(device.open()) as tse:
        assert tse.info() == info
        assert tse.open_transactions() == [left_open.transaction_number]
        assert tse.find_transaction(done.transaction_number).finish == finished
        late = tse.finish_transaction(CLIENT, left_open.transaction_number, DATA, TYPE)
        assert late.signature_counter == info.signature_counter + 1
        assert tse.start_transaction(CLIENT).transaction_number == left_open.transaction_number + 1
        independent_tse.verify_export(export(tse))


def test_a_closed_device_says_so(device: Device) -> None:
    tse = device.open()
    tse.register_client(CLIENT)
    tse.close()
    tse.close()
    with pytest.raises(TseUnplugged):
        tse.start_transaction(CLIENT)


def test_time_is_set_and_logged(tse: Tse, device: Device) -> None:
    device.clock.now += 100
    tse.update_time(int(device.clock.now) + 50)
    started = tse.start_transaction(CLIENT)
    assert started.log_time == int(device.clock.now) + 50
    update = independent_tse.verify_export(export(tse))[-2]
    assert (update.operation, update.time) == ("updateTime", started.log_time)


def test_time_never_runs_backwards_by_itself(tse: Tse, device: Device) -> None:
    started = tse.start_transaction(CLIENT)
    device.clock.now -= 5
    assert tse.start_transaction(CLIENT).log_time >= started.log_time


def test_time_may_be_set_back(tse: Tse, device: Device) -> None:
    tse.start_transaction(CLIENT)
    device.clock.now -= 3600
    tse.update_time(int(device.clock.now))
    assert tse.start_transaction(CLIENT).log_time == int(device.clock.now)
