"""The service between the sales: housekeeping, healing, a device that comes back, another device, a person at work."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from smartecr.tse.api import Lifecycle, Role, Secret
from smartecr.tse.credentials import NewCredentials
from smartecr.tse.errors import (
    TseAuthenticationFailed,
    TseConnectionLost,
    TseError,
    TseNotInitialized,
    TseSelfTestFailed,
    TseTimeNotSet,
    TseUnavailable,
)
from smartecr.tse.service import ServiceState, TseService
from smartecr.tse.virtual import Faults, Limits, VirtualTse, open_demo, pin_of
from support import independent_tse

CLIENT = "SECR-1"
TYPE = "Kassenbeleg-V1"
PATIENCE = 60.0


class Clock:
    """Unix seconds that pass when told."""

    now = 1_795_454_560.0

    def __call__(self) -> float:
        return self.now


class Socket:
    """A socket for one device: which folder is plugged in, and what is wrong with it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.faults = Faults()
        self.limits = Limits()
        self.name = "first"
        self.opened: list[VirtualTse] = []

    def open(self) -> VirtualTse:
        self.opened.append(VirtualTse(self.folder / self.name, self.clock, faults=self.faults, limits=self.limits))
        return self.opened[-1]

    def plug_in(self, name: str) -> None:
        """Pull the device and put another one (or the same) in its place."""
        self.faults = Faults()
        self.opened[-1].faults.unplugged = True
        self.name = name


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def socket(tmp_path: Path, clock: Clock) -> Socket:
    open_demo(tmp_path / "first", clock, CLIENT).close()
    return Socket(tmp_path, clock)


Build = Callable[..., TseService]


@pytest.fixture
def build(socket: Socket, clock: Clock) -> Iterator[Build]:
    services: list[TseService] = []

    def make(**options: object) -> TseService:
        settings: dict[str, object] = {
            "clients": [CLIENT],
            "pin_of": pin_of,
            "probe_interval": 0.02,
            "longest_probe_interval": 0.04,
            "care_interval": 0.02,
        }
        settings.update(options)
        services.append(TseService(socket.open, clock, **settings))  # type: ignore[arg-type]
        return services[-1]

    yield make
    for service in services:
        service.close()


def until(condition: Callable[[], object]) -> None:
    """Wait for something another thread does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def reach(service: TseService) -> TseService:
    until(lambda: known(service))
    return service


def known(service: TseService) -> bool:
    with suppress(TseUnavailable):
        return bool(service.info())
    return False


def sell(service: TseService) -> int:
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    service.finish(CLIENT, number, "Beleg^", TYPE).result(PATIENCE)
    return number


def operations(service: TseService) -> list[str]:
    sink = io.BytesIO()
    service.export(sink).result(PATIENCE)
    return [message.operation or message.kind for message in independent_tse.check_export(sink.getvalue())]


# ---- housekeeping


def test_the_time_is_set_at_80_percent_of_the_interval(build: Build, clock: Clock) -> None:
    service = reach(build())
    clock.now += 19 * 3600
    before = service.info()
    until(lambda: service.info() is not before)
    assert operations(service).count("updateTime") == 1
    clock.now += 0.3 * 3600
    until(lambda: service.info().time_sync_in == 24 * 3600)
    assert operations(service)[-3:] == ["authenticateUser", "updateTime", "logOut"]
    assert service.state.level == "ok"


def test_the_self_test_waits_for_the_night(build: Build, clock: Clock, socket: Socket) -> None:
    socket.limits = Limits(time_sync_interval=None)
    closed = threading.Event()
    service = reach(build(closed=closed.is_set))
    clock.now += 10 * 3600
    before = service.info()
    until(lambda: service.info() is not before)
    assert "audit" not in operations(service)
    closed.set()
    until(lambda: service.info().self_test_in == 25 * 3600)
    assert operations(service)[-4:] == ["audit", "authenticateUser", "updateTime", "logOut"]


def test_a_pull_is_noticed_without_a_sale(build: Build, socket: Socket) -> None:
    service = reach(build())
    states: list[ServiceState] = []
    service.subscribe(states.append)
    socket.faults.unplugged = True
    until(lambda: states)
    assert states[0].code == "tse_unplugged"


def test_a_sale_is_not_kept_waiting_by_housekeeping_that_is_not_due(build: Build) -> None:
    service = reach(build(care_interval=3600.0))
    before = service.info()
    for _ in range(5):
        sell(service)
    assert service.info() is before


# ---- healing


def test_a_self_test_that_is_due_is_made_in_passing(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0))
    socket.faults.self_test_due = True
    assert sell(service) == 1
    assert operations(service)[-6:-2] == ["audit", "authenticateUser", "updateTime", "logOut"]
    assert service.state.level == "ok"


def test_a_failed_self_test_is_an_outage_with_its_own_reason(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0))
    socket.faults.self_test_due = socket.faults.self_test_fails = True
    with pytest.raises(TseSelfTestFailed):
        service.start(CLIENT).result(PATIENCE)
    until(lambda: service.state.code == "tse_self_test_failed")
    socket.faults.self_test_fails = False
    until(lambda: service.state.level == "ok")
    sell(service)


def test_without_the_pin_a_lost_time_is_an_outage_with_that_reason(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0, pin_of=lambda _: None))
    socket.faults.time_lost = True
    with pytest.raises(TseTimeNotSet):
        service.start(CLIENT).result(PATIENCE)
    until(lambda: service.state.code == "tse_time_not_set")


def test_a_wrong_pin_is_tried_once_and_never_again(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0, pin_of=lambda _: Secret("00000")))
    socket.faults.time_lost = True
    with pytest.raises(TseTimeNotSet):
        service.start(CLIENT).result(PATIENCE)
    for _ in range(3):
        service.retry()
        opened = len(socket.opened)
        service.operate(lambda tse: tse.info()).result(PATIENCE)
        assert len(socket.opened) == opened
    pins = service.operate(lambda tse: tse.info().pins).result(PATIENCE)
    assert pins[Role.TIME_ADMIN].tries == 2
    assert service.state.code == "tse_time_not_set"


# ---- coming back


def test_the_same_device_plugged_in_again_goes_on_by_itself(build: Build, socket: Socket) -> None:
    service = reach(build())
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    socket.plug_in("first")
    until(lambda: len(socket.opened) > 1 and service.state.level == "ok")
    service.finish(CLIENT, number, "Beleg^", TYPE).result(PATIENCE)
    assert service.open_transactions().result(PATIENCE) == []
    assert service.foreign == ""


def test_another_device_signs_nothing_until_somebody_says_so(
    build: Build, socket: Socket, tmp_path: Path, clock: Clock
) -> None:
    with closing(open_demo(tmp_path / "second", clock, CLIENT)) as second:
        serial, counter = second.info().serial, second.info().signature_counter
    service = reach(build())
    sell(service)
    socket.plug_in("second")
    until(lambda: service.state.code == "tse_foreign")
    assert service.foreign == serial
    with pytest.raises(TseUnavailable) as caught:
        service.start(CLIENT).result(PATIENCE)
    assert caught.value.cause is not None
    assert "andere TSE" in caught.value.cause.message
    assert service.operate(lambda tse: tse.info()).result(PATIENCE).signature_counter == counter
    service.adopt()
    until(lambda: service.state.level == "ok")
    assert service.info().serial == serial
    assert service.foreign == ""
    assert sell(service) == 1


def test_the_usual_device_is_welcome_after_a_foreign_one(
    build: Build, socket: Socket, tmp_path: Path, clock: Clock
) -> None:
    open_demo(tmp_path / "second", clock, CLIENT).close()
    service = reach(build())
    socket.plug_in("second")
    until(lambda: service.state.code == "tse_foreign")
    socket.plug_in("first")
    until(lambda: service.state.level == "ok")
    assert sell(service) == 1
    assert service.foreign == ""


def test_the_books_know_which_device_it_must_be(build: Build) -> None:
    service = build(serial="00" * 32)
    until(lambda: service.state.code == "tse_foreign")
    with pytest.raises(TseUnavailable):
        service.info()


def test_a_device_plugged_in_is_reached_at_once_when_told(build: Build, socket: Socket) -> None:
    socket.faults.unplugged = True
    service = build(probe_interval=3600.0, longest_probe_interval=3600.0)
    until(lambda: service.state.code == "tse_unplugged")
    socket.faults.unplugged = False
    service.retry()
    until(lambda: service.state.level == "ok")


# ---- a person at work


def test_a_new_device_is_put_into_operation_through_the_service(
    build: Build, socket: Socket, tmp_path: Path, clock: Clock
) -> None:
    socket.name = "new"
    mine = NewCredentials(
        admin_pin=Secret("11111"),
        admin_puk=Secret("222222"),
        time_admin_pin=Secret("33333"),
        time_admin_puk=Secret("444444"),
    )
    service = build(pin_of=lambda role: mine.pin(role) if role is Role.TIME_ADMIN else None)
    until(lambda: service.state.code == "tse_not_initialized")
    assert service.operate(lambda tse: tse.info()).result(PATIENCE).state is Lifecycle.UNINITIALIZED
    service.operate(lambda tse: tse.initialize(mine, CLIENT)).result(PATIENCE)
    until(lambda: service.state.level == "ok")
    assert sell(service) == 1
    assert operations(service)[-5:-2] == ["authenticateUser", "updateTime", "logOut"]


def test_what_a_person_does_wrong_is_no_outage(build: Build) -> None:
    service = reach(build())
    with pytest.raises(TseAuthenticationFailed):
        service.operate(lambda tse: tse.authenticate_user(Role.ADMIN, Secret("00000"))).result(PATIENCE)
    assert service.state.level == "ok"
    sell(service)


def test_a_person_may_go_before_the_queue(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0, timeout=PATIENCE))
    gate, entered = threading.Event(), threading.Event()

    def wait(_seconds: float) -> None:
        entered.set()
        assert gate.wait(PATIENCE)

    order: list[str] = []
    socket.faults.sleep, socket.faults.latency = wait, 1.0
    running = service.start(CLIENT)
    assert entered.wait(PATIENCE)
    waiting = service.open_transactions()
    waiting.add_done_callback(lambda _: order.append("queue"))
    person = service.operate(lambda tse: tse.info())
    person.add_done_callback(lambda _: order.append("person"))
    socket.faults.latency = 0.0
    gate.set()
    for future in (running, waiting, person):
        future.result(PATIENCE)
    until(lambda: len(order) == 2)
    assert order == ["person", "queue"]


def test_the_end_of_life_is_an_outage_at_once(build: Build) -> None:
    service = reach(build(care_interval=3600.0))

    def end(tse: object) -> None:
        assert isinstance(tse, VirtualTse)
        tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
        tse.decommission()

    service.operate(end).result(PATIENCE)
    until(lambda: service.state.code == "tse_decommissioned")


def test_closing_ends_what_persons_wait_for(build: Build, socket: Socket) -> None:
    service = reach(build(timeout=0.2))
    gate, entered = threading.Event(), threading.Event()

    def wait(_seconds: float) -> None:
        entered.set()
        assert gate.wait(PATIENCE)

    socket.faults.sleep, socket.faults.latency = wait, 1.0
    service.operate(lambda tse: tse.info())
    assert entered.wait(PATIENCE)
    second = service.operate(lambda tse: tse.info())
    service.close()
    assert isinstance(second.exception(PATIENCE), TseUnavailable)
    gate.set()


# ---- after a restart


def test_strangers_are_found_those_of_other_registers_left_alone(build: Build, socket: Socket) -> None:
    with closing(socket.open()) as tse:
        tse.authenticate_user(Role.ADMIN, pin_of(Role.ADMIN))
        tse.register_client("SECR-2")
        for client_id in (CLIENT, CLIENT, "SECR-2", CLIENT):
            tse.start_transaction(client_id)
        tse.finish_transaction(CLIENT, 4, b"", "")
        mine = tse.find_transaction(1).start
    service = reach(build())
    (stranger,) = service.strangers(known={2, 4, 99}).result(PATIENCE)
    assert (stranger.client_id, stranger.start) == (CLIENT, mine)
    service.finish(CLIENT, stranger.start.transaction_number, "AVBelegabbruch^", TYPE).result(PATIENCE)
    assert service.strangers(known={2}).result(PATIENCE) == []


def test_an_operation_at_a_device_that_is_gone_tells_so(build: Build, socket: Socket) -> None:
    socket.faults.unplugged = True
    service = build()
    with pytest.raises(TseError) as caught:
        service.operate(lambda tse: tse.info()).result(PATIENCE)
    assert caught.value.code == "tse_unplugged"
    with pytest.raises(TseNotInitialized):
        socket.faults.unplugged = False
        socket.name = "new"
        service.operate(lambda tse: tse.authenticate_user(Role.ADMIN, Secret("00000"))).result(PATIENCE)


# ---- broken connections


@pytest.mark.parametrize("fault", ["lose_before_signing", "lose_after_signing"])
def test_a_finish_lost_on_the_way_is_looked_up_and_signed_once(build: Build, socket: Socket, fault: str) -> None:
    service = reach(build(care_interval=3600.0))
    states: list[ServiceState] = []
    service.subscribe(states.append)
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    setattr(socket.faults, fault, 1)
    finished = service.finish(CLIENT, number, "Beleg^", TYPE).result(PATIENCE)
    assert service.find(number).result(PATIENCE).finish == finished
    assert operations(service)[-2:] == ["StartTransaction", "FinishTransaction"]
    assert len(socket.opened) == 2
    assert states == []


def test_a_start_that_may_have_been_signed_is_not_repeated(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0))
    socket.faults.lose_after_signing = 1
    with pytest.raises(TseConnectionLost):
        service.start(CLIENT).result(PATIENCE)
    until(lambda: service.state.level == "ok")
    (stranger,) = service.strangers(known=()).result(PATIENCE)
    assert stranger.start.transaction_number == 1


def test_a_connection_that_was_let_go_between_sales_is_opened_again(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0))
    socket.opened[-1].close()  # as a printer does with an idle connection
    assert sell(service) == 1
    assert service.state.level == "ok"


def test_a_device_that_is_gone_is_told_as_it_was_met(build: Build, socket: Socket) -> None:
    service = reach(build(care_interval=3600.0))
    number = service.start(CLIENT).result(PATIENCE).transaction_number
    socket.faults.lose_after_signing = 1
    entered = threading.Event()

    def pull(_seconds: float) -> None:
        if not entered.is_set():
            entered.set()
            socket.faults = Faults(unplugged=True)

    socket.faults.sleep, socket.faults.latency = pull, 1.0
    with pytest.raises(TseConnectionLost):
        service.finish(CLIENT, number, "Beleg^", TYPE).result(PATIENCE)
    until(lambda: service.state.code == "tse_unplugged")
    socket.faults = Faults()
    until(lambda: service.state.level == "ok")
    assert service.find(number).result(PATIENCE).state == "finished"
