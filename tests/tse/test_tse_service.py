"""The service under a device that is late, absent, broken or gone: nobody waits too long, nothing is lost."""

from __future__ import annotations

import io
import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import closing, suppress
from pathlib import Path

import pytest

from smartecr.tse.api import Finished, Started, Tse
from smartecr.tse.errors import (
    TseBusy,
    TseClientUnknown,
    TseConnectionLost,
    TseError,
    TseInternalError,
    TseStorageFull,
    TseTimeout,
    TseTransactionUnknown,
    TseUnavailable,
    TseUnplugged,
)
from smartecr.tse.readiness import ensure_ready
from smartecr.tse.service import Late, ServiceState, TseService
from smartecr.tse.virtual import Faults, VirtualTse, open_demo, pin_of
from support import independent_tse

CLIENT = "SECR-1"
DATA = "Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar"
TYPE = "Kassenbeleg-V1"
LIMIT = 0.1
"""Seconds a call may take where a test lets them pass."""
OFTEN = 0.01
"""Seconds after which a service notices that the clock was moved."""
PATIENCE = 60.0
"""Seconds after which a test gives up; nothing waits that long when all is well."""


class Gate:
    """Latency that lasts exactly until the test opens the gate."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self, _seconds: float) -> None:
        self.entered.set()
        assert self._open.wait(PATIENCE)

    def open(self) -> None:
        self._open.set()


class Clock:
    """Real time, of which a test may leave some out."""

    def __init__(self) -> None:
        self._left_out = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._left_out

    def too_late(self, gate: Gate) -> None:
        """Leave out more than any call may take, once the device is busy behind the gate."""
        assert gate.entered.wait(PATIENCE)
        self._left_out += 2 * PATIENCE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def opened() -> list[VirtualTse]:
    """Every device the service opened, in order."""
    return []


Build = Callable[..., TseService]


@pytest.fixture
def build(tmp_path: Path, faults: Faults, opened: list[VirtualTse], clock: Clock) -> Iterator[Build]:
    services: list[TseService] = []
    open_demo(tmp_path / "tse", time.time, CLIENT).close()  # making a device takes longer than opening one

    def open_device() -> Tse:
        opened.append(open_demo(tmp_path / "tse", time.time, faults=faults))
        return opened[-1]

    def make(**options: object) -> TseService:
        settings: dict[str, object] = {
            "clients": [CLIENT],
            "pin_of": pin_of,
            "timeout": PATIENCE,
            "slow_after": PATIENCE,
            "monotonic": clock,
            "probe_interval": 0.02,
            "longest_probe_interval": 0.04,
        }
        settings.update(options)
        device = settings.pop("open_device", open_device)
        services.append(TseService(device, **settings))  # type: ignore[arg-type]
        return services[-1]

    yield make
    for service in services:
        service.close()


@pytest.fixture
def service(build: Build) -> TseService:
    return reach(build())


@pytest.fixture
def watchful(build: Build) -> TseService:
    """A service that looks often whether a call is late."""
    return reach(build(slow_after=OFTEN))


def reach(service: TseService) -> TseService:
    """Wait until the service has its device."""

    def reached() -> bool:
        with suppress(TseUnavailable):
            return bool(service.info())
        return False

    until(reached)
    return service


def until(condition: Callable[[], object]) -> None:
    """Wait for something another thread does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def sell(service: TseService) -> int:
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    service.finish(CLIENT, number, DATA, TYPE).result(PATIENCE)
    return number


def error_of(future: Future[object] | Future[Started]) -> BaseException | None:
    return future.exception(PATIENCE)


def test_a_sale(service: TseService) -> None:
    started = service.start(CLIENT).result(PATIENCE)
    finished = service.finish(CLIENT, started.transaction_number, DATA, TYPE).result(PATIENCE)
    assert finished.signature_counter == started.signature_counter + 1
    found = service.find(started.transaction_number).result(PATIENCE)
    assert (found.start, found.finish, found.process_data) == (started, finished, DATA.encode())
    assert service.open_transactions().result(PATIENCE) == []
    assert service.state.level == "ok"


def test_bytes_and_text_are_signed_alike(service: TseService) -> None:
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    service.finish(CLIENT, number, "Spätburgunder".encode(), TYPE).result(PATIENCE)
    assert service.find(number).result(PATIENCE).process_data.decode() == "Spätburgunder"


def test_clients_are_registered_when_the_device_is_reached(service: TseService) -> None:
    assert service.info().clients == (CLIENT,)


def test_a_client_the_device_does_not_know_yet_is_registered_with_the_entrusted_pin(build: Build) -> None:
    service = reach(build(clients=[CLIENT, "SECR-2"]))
    assert service.info().clients == (CLIENT, "SECR-2")
    sink = io.BytesIO()
    service.export(sink).result(PATIENCE)
    operations = [message.operation for message in independent_tse.verify_export(sink.getvalue())]
    assert operations[-3:] == ["authenticateUser", "registerClient", "logOut"]


def test_without_a_pin_an_unknown_client_is_an_outage_with_that_reason(build: Build) -> None:
    service = build(clients=["SECR-2"], pin_of=lambda _: None)
    until(lambda: service.state.code == "tse_client_unknown")


def test_the_export_goes_through(service: TseService) -> None:
    sell(service)
    sink = io.BytesIO()
    receipt = service.export(sink).result(PATIENCE)
    assert len(independent_tse.verify_export(sink.getvalue())) == receipt.messages


def test_many_threads_get_numbers_of_their_own(build: Build) -> None:
    service = build(timeout=PATIENCE, queue_limit=1000)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: sell(service), range(200)))
    assert sorted(numbers) == list(range(1, 201))
    sink = io.BytesIO()
    service.export(sink).result(PATIENCE)
    assert len(independent_tse.verify_export(sink.getvalue())) == 8 + 400


def test_a_start_reaches_the_device_before_whoever_asked_goes_on(service: TseService, faults: Faults) -> None:
    reached: list[float] = []
    faults.sleep, faults.latency = reached.append, 0.001
    early = 0
    for _ in range(40):
        reached.clear()
        start = service.start(CLIENT)
        early += len(reached)  # the interpreter is not given up between the two lines
        service.finish(CLIENT, start.result(PATIENCE).transaction_number, DATA, TYPE).result(PATIENCE)
    assert early > 3  # none would be


def test_a_refused_call_leaves_the_device_in_service(service: TseService) -> None:
    assert isinstance(error_of(service.start("SECR-9")), TseClientUnknown)
    assert isinstance(error_of(service.finish(CLIENT, 99, DATA, TYPE)), TseTransactionUnknown)  # type: ignore[arg-type]
    assert service.state.level == "ok"
    sell(service)


# ---- late


def test_nobody_waits_longer_than_the_limit(build: Build, faults: Faults) -> None:
    service = reach(build(timeout=LIMIT, slow_after=LIMIT))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    begun = time.monotonic()
    error = error_of(service.start(CLIENT))
    waited = time.monotonic() - begun
    gate.open()
    assert isinstance(error, TseTimeout)
    assert error.outcome_unknown
    assert LIMIT <= waited < PATIENCE
    assert service.state.level == "bad"
    assert service.state.code == "tse_timeout"


def test_calls_during_an_outage_fail_at_once(watchful: TseService, faults: Faults, clock: Clock) -> None:
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    waiting = [watchful.start(CLIENT) for _ in range(3)]
    clock.too_late(gate)
    errors = [error_of(future) for future in waiting]
    assert [type(error) for error in errors] == [TseTimeout, TseUnavailable, TseUnavailable]
    future = watchful.finish(CLIENT, 1, DATA, TYPE)
    assert future.done()
    error = future.exception()
    assert isinstance(error, TseUnavailable)
    assert isinstance(error.cause, TseTimeout)
    gate.open()


@pytest.mark.parametrize("collected", [True, False])
def test_a_late_answer_is_handed_over_once(
    build: Build, faults: Faults, collected: bool, opened: list[VirtualTse], clock: Clock
) -> None:
    taken: list[Late] = []
    service = reach(build(slow_after=OFTEN, on_late=None if collected else taken.append))
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    finish = service.finish(CLIENT, number, DATA, TYPE, reference="bon-1")
    clock.too_late(gate)
    assert isinstance(error_of(finish), TseTimeout)  # type: ignore[arg-type]
    assert service.late_results() == []
    faults.latency = 0
    gate.open()
    late: list[Late] = []
    until(lambda: late.extend(service.late_results() if collected else taken) or late)
    assert [(one.kind, one.reference, one.client_id, one.transaction_number) for one in late] == [
        ("finish", "bon-1", CLIENT, number)
    ]
    found = opened[-1].find_transaction(number)
    assert found.finish == late[0].answer
    until(lambda: service.state.level == "ok")
    assert service.late_results() == []


def test_a_late_start_names_its_number(watchful: TseService, faults: Faults, clock: Clock) -> None:
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    start = watchful.start(CLIENT, reference="korb-7")
    clock.too_late(gate)
    assert isinstance(error_of(start), TseTimeout)
    faults.latency = 0
    gate.open()
    late: list[Late] = []
    until(lambda: late.extend(watchful.late_results()) or late)
    assert (late[0].kind, late[0].reference) == ("start", "korb-7")
    assert isinstance(late[0].answer, Started)
    assert late[0].transaction_number == late[0].answer.transaction_number
    until(lambda: watchful.state.level == "ok")
    assert watchful.open_transactions().result(PATIENCE) == [late[0].transaction_number]


def test_a_late_answer_nobody_takes_is_kept(
    build: Build, faults: Faults, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_late: Late) -> None:
        raise RuntimeError("books closed")

    service = reach(build(slow_after=OFTEN, on_late=refuse))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    start = service.start(CLIENT)
    clock.too_late(gate)
    assert isinstance(error_of(start), TseTimeout)
    faults.latency = 0
    gate.open()
    until(lambda: "books closed" in caplog.text)
    assert [late.kind for late in service.late_results()] == ["start"]


def test_a_late_failure_is_no_answer(watchful: TseService, faults: Faults, clock: Clock) -> None:
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    start = watchful.start(CLIENT)
    clock.too_late(gate)
    assert isinstance(error_of(start), TseTimeout)
    faults.lose_before_signing, faults.latency = 1, 0
    gate.open()
    until(lambda: watchful.state.level == "ok")
    assert watchful.late_results() == []


def test_a_slow_device_is_called_slow_while_it_is(build: Build, faults: Faults) -> None:
    service = reach(build(timeout=PATIENCE, slow_after=0.03))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    future = service.start(CLIENT)
    until(lambda: service.state.level == "slow")
    assert not future.done()
    assert service.state.reason == "TSE antwortet langsam"
    faults.latency = 0
    gate.open()
    future.result(PATIENCE)
    assert service.state.level == "slow"
    sell(service)
    until(lambda: service.state.level == "ok")


def test_what_was_given_up_is_not_signed_after_all(
    watchful: TseService, faults: Faults, opened: list[VirtualTse], clock: Clock
) -> None:
    gate = Gate()
    faults.sleep, faults.latency, faults.time_lost = gate, 99, True
    start = watchful.start(CLIENT)
    clock.too_late(gate)
    assert isinstance(error_of(start), TseTimeout)
    faults.latency = 0
    gate.open()
    until(lambda: watchful.state.level == "ok")
    assert opened[-1].open_transactions() == []


# ---- absent


def test_unplugged_and_plugged_in_again(service: TseService, faults: Faults, opened: list[VirtualTse]) -> None:
    sell(service)
    faults.unplugged = True
    assert isinstance(error_of(service.start(CLIENT)), TseUnplugged)
    assert service.state.level == "bad"
    assert isinstance(error_of(service.start(CLIENT)), TseUnavailable)
    assert service.info().serial, "what was known stays known"
    faults.unplugged = False
    until(lambda: service.state.level == "ok")
    assert len(opened) >= 2
    assert sell(service) == 2


def test_a_device_that_is_absent_from_the_start(build: Build, faults: Faults) -> None:
    faults.unplugged = True
    service = build()
    with pytest.raises(TseUnavailable) as caught:
        service.info()
    assert isinstance(caught.value.cause, TseUnplugged)
    assert service.state.reason == "TSE nicht eingesteckt"
    faults.unplugged = False
    until(lambda: service.state.level == "ok")
    assert service.info().clients == (CLIENT,)
    sell(service)


def test_calls_before_the_first_connection_wait_for_it(build: Build, tmp_path: Path) -> None:
    gate = Gate()

    def open_device() -> Tse:
        gate(0)
        return open_demo(tmp_path / "late", time.time)

    service = build(open_device=open_device, timeout=PATIENCE)
    future = service.start(CLIENT)
    assert gate.entered.wait(PATIENCE)
    assert not future.done()
    gate.open()
    assert future.result(PATIENCE).transaction_number == 1


def test_a_device_that_takes_too_long_to_open(build: Build, tmp_path: Path, clock: Clock) -> None:
    gate = Gate()

    def open_device() -> Tse:
        gate(0)
        return open_demo(tmp_path / "late", time.time)

    service = build(open_device=open_device, slow_after=OFTEN)
    start = service.start(CLIENT)
    clock.too_late(gate)
    errors = [error_of(start), error_of(service.start(CLIENT))]
    assert all(isinstance(error, TseUnavailable) for error in errors)
    with pytest.raises(TseUnavailable):
        service.info()
    gate.open()
    until(lambda: service.state.level == "ok")
    sell(service)


def test_the_device_is_let_go_when_its_connection_breaks(
    service: TseService, faults: Faults, opened: list[VirtualTse]
) -> None:
    faults.lose_after_signing = 1
    assert isinstance(error_of(service.start(CLIENT)), TseConnectionLost)
    until(lambda: service.state.level == "ok")
    assert len(opened) == 2
    with pytest.raises(TseUnplugged):
        opened[0].info()
    assert service.open_transactions().result(PATIENCE) == [1], "found again after the loss"


def test_a_device_that_could_not_be_set_up_is_not_kept_by_its_error(build: Build, tmp_path: Path) -> None:
    open_demo(tmp_path / "kept", time.time, CLIENT).close()
    faults = Faults(storage_full=True)

    def open_device() -> Tse:
        device = open_demo(tmp_path / "kept", time.time, CLIENT, faults=faults)
        ensure_ready(device.info(), time.time())
        return device

    service = build(open_device=open_device)
    until(lambda: service.state.code == "tse_storage_full")
    faults.storage_full = False
    until(lambda: service.state.level == "ok")


def test_a_full_device_stays_out_of_service_until_it_has_room(service: TseService, faults: Faults) -> None:
    faults.storage_full = True
    assert isinstance(error_of(service.start(CLIENT)), TseStorageFull)
    time.sleep(0.1)
    assert service.state.code == "tse_storage_full"
    assert isinstance(error_of(service.start(CLIENT)), TseUnavailable)
    faults.storage_full = False
    until(lambda: service.state.level == "ok")
    sell(service)


def test_a_device_that_lost_the_time_gets_it_unasked(service: TseService, faults: Faults) -> None:
    faults.time_lost = True
    sell(service)
    assert not faults.time_lost
    assert service.state.level == "ok"
    sink = io.BytesIO()
    service.export(sink).result(PATIENCE)
    operations = [message.operation for message in independent_tse.verify_export(sink.getvalue())]
    assert operations[-5:] == ["authenticateUser", "updateTime", "logOut", "StartTransaction", "FinishTransaction"]


def test_the_time_is_set_when_the_device_is_opened_without(build: Build, faults: Faults) -> None:
    faults.time_lost = True
    sell(reach(build()))


def test_attempts_become_rarer(build: Build) -> None:
    attempts: list[float] = []

    def absent() -> Tse:
        attempts.append(time.monotonic())
        raise TseUnplugged("nowhere")

    build(open_device=absent, probe_interval=0.02, longest_probe_interval=0.32)
    until(lambda: len(attempts) == 5)
    pauses = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    assert all(pause >= least for pause, least in zip(pauses, (0.02, 0.04, 0.08, 0.16), strict=True))


# ---- broken


class Broken:
    """A driver with a bug."""

    def __init__(self, device: VirtualTse) -> None:
        self._device = device

    def start_transaction(self, *_args: object) -> Started:
        raise ZeroDivisionError("a bug")

    def close(self) -> None:
        self._device.close()
        raise ZeroDivisionError("another bug")

    def __getattr__(self, name: str) -> object:
        return getattr(self._device, name)


def test_a_bug_in_a_driver_is_an_outage_not_a_crash(
    build: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    service = build(open_device=lambda: Broken(open_demo(tmp_path / "broken", time.time)))
    error = error_of(service.start(CLIENT))
    assert isinstance(error, TseInternalError)
    assert "a bug" in error.detail
    until(lambda: service.state.level == "ok")
    assert service.open_transactions().result(PATIENCE) == []
    assert "ZeroDivisionError: another bug" in caplog.text


# ---- told


def test_begin_and_end_of_an_outage_are_told_in_order(build: Build, faults: Faults) -> None:
    told: list[ServiceState] = []
    service = reach(build(clock=iter(range(1000, 9000)).__next__))
    stop = service.subscribe(told.append)
    for _ in range(3):
        faults.unplugged = True
        error_of(service.start(CLIENT))
        faults.unplugged = False
        until(lambda: service.state.level == "ok")
    until(lambda: len(told) == 6)
    assert [state.level for state in told] == ["bad", "ok"] * 3
    assert {state.reason for state in told if state.level == "bad"} == {"TSE nicht eingesteckt"}
    times = [state.since for state in told]
    assert times == sorted(times)
    stop()
    stop()
    faults.unplugged = True
    error_of(service.start(CLIENT))
    service.close()
    assert len(told) == 6


def test_a_subscriber_may_fail_and_may_block(build: Build, faults: Faults, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    gate = Gate()
    service = reach(build())

    def fail(_state: ServiceState) -> None:
        raise RuntimeError("no books")

    service.subscribe(fail)
    service.subscribe(lambda _state: gate(0))
    service.subscribe(lambda state: told.append(state.level))
    faults.unplugged = True
    error_of(service.start(CLIENT))
    assert gate.entered.wait(PATIENCE)
    faults.unplugged = False
    until(lambda: service.state.level == "ok")
    sell(service)
    gate.open()
    until(lambda: told == ["bad", "ok"])
    assert "no books" in caplog.text


def test_a_subscriber_may_ask_the_service(build: Build, faults: Faults) -> None:
    service = reach(build())
    found: list[list[int]] = []

    def look(state: ServiceState) -> None:
        if state.level == "ok":
            found.append(service.open_transactions().result(PATIENCE))

    service.subscribe(look)
    faults.lose_after_signing = 1
    error_of(service.start(CLIENT))
    until(lambda: found == [[1]])


# ---- crowded and closed


def test_the_queue_is_bounded(build: Build, faults: Faults) -> None:
    service = reach(build(timeout=PATIENCE, queue_limit=3))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    running = service.start(CLIENT)
    assert gate.entered.wait(PATIENCE)
    waiting = [service.start(CLIENT) for _ in range(3)]
    assert isinstance(service.start(CLIENT).exception(0), TseBusy)
    assert service.state.level == "ok"
    faults.latency = 0
    gate.open()
    done, _ = wait([running, *waiting], PATIENCE)
    assert sorted(future.result().transaction_number for future in done) == [1, 2, 3, 4]


def test_a_call_kept_waiting_by_an_export_is_an_outage_with_nothing_signed(
    build: Build, faults: Faults, clock: Clock
) -> None:
    service = reach(build(slow_after=OFTEN))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    export = service.export(io.BytesIO())
    start = service.start(CLIENT)
    clock.too_late(gate)
    error = error_of(start)
    assert isinstance(error, TseBusy)
    assert not error.outcome_unknown
    faults.latency = 0
    gate.open()
    assert export.result(PATIENCE).messages == 8
    until(lambda: service.state.level == "ok")
    assert service.open_transactions().result(PATIENCE) == []


def test_closing_ends_everything(build: Build, faults: Faults, tmp_path: Path) -> None:
    service = reach(build(timeout=PATIENCE))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    running = service.start(CLIENT)
    assert gate.entered.wait(PATIENCE)
    waiting = service.start(CLIENT)
    faults.latency = 0
    closer = threading.Thread(target=service.close)
    closer.start()
    assert isinstance(error_of(waiting), TseUnavailable)
    gate.open()
    closer.join(PATIENCE)
    assert running.result(0).transaction_number == 1
    assert isinstance(error_of(service.start(CLIENT)), TseUnavailable)
    service.close()
    with closing(open_demo(tmp_path / "tse", time.time)) as free:
        assert free.open_transactions() == [1]


def test_closing_does_not_wait_for_a_hanging_device(build: Build, faults: Faults) -> None:
    service = reach(build(timeout=0.1))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    future = service.start(CLIENT)
    assert gate.entered.wait(PATIENCE)
    begun = time.monotonic()
    service.close()
    assert time.monotonic() - begun < PATIENCE
    assert isinstance(future.exception(0), TseTimeout)
    gate.open()


def test_closing_from_a_subscriber(build: Build, faults: Faults) -> None:
    service = reach(build())
    service.subscribe(lambda _state: service.close())
    faults.unplugged = True
    error_of(service.start(CLIENT))
    until(lambda: not any(thread.is_alive() for thread in service._threads))


def test_a_waiting_caller_cannot_withdraw_what_may_be_signed(build: Build, faults: Faults) -> None:
    service = reach(build(timeout=PATIENCE))
    gate = Gate()
    faults.sleep, faults.latency = gate, 99
    future = service.start(CLIENT)
    assert not future.cancel()
    with pytest.raises(FutureTimeout):
        future.result(0.01)
    faults.latency = 0
    gate.open()
    assert future.result(PATIENCE).transaction_number == 1


def test_faults_at_random_lose_no_answer(build: Build, faults: Faults, opened: list[VirtualTse]) -> None:
    service = reach(build(timeout=PATIENCE))
    chance = random.Random(3)
    answered: dict[int, int] = {}

    def ask(call: Callable[[], Future[Started] | Future[Finished]]) -> Started | Finished | None:
        """Call with something going wrong now and then; after an error wait until the device is back."""
        fault = chance.choice(["lose_before_signing", "lose_after_signing", "unplugged", "", "", "", ""])
        if fault:
            setattr(faults, fault, 1)
        try:
            return call().result(PATIENCE)
        except TseError:
            faults.unplugged = False
            until(lambda: service.state.level == "ok")
            return None

    while len(answered) < 60:
        started = ask(lambda: service.start(CLIENT))
        if isinstance(started, Started):
            number = started.transaction_number
            answered[started.signature_counter] = number
            done = ask(lambda: service.finish(CLIENT, number, DATA, TYPE))  # noqa: B023 - called at once
            if done is not None:
                answered[done.signature_counter] = number
    faults.lose_after_signing = faults.lose_before_signing = 0
    sink = io.BytesIO()
    service.export(sink).result(PATIENCE)
    messages = {message.counter: message for message in independent_tse.verify_export(sink.getvalue())}
    assert {counter: messages[counter].number for counter in answered} == answered
    assert len(messages) > len(answered) + 8, "some were signed without their answer arriving"
    assert len(opened) > 2
    assert service.late_results() == []
