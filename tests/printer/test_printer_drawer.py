"""The drawer watched: opened by us, by its key, left open; and how it is kicked over lines of its own."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from smartecr.printer import drawer, links
from smartecr.printer.drawer import State, Watch


class Port:
    """A drawer whose level the test moves; high means closed."""

    def __init__(self) -> None:
        self.level: bool | None = True
        self.kicks = 0

    def kick(self) -> None:
        self.kicks += 1
        self.level = False


class Desk:
    def __init__(self, open_level: bool | None = False, alarm: float = 30.0) -> None:
        self.now = 100.0
        self.port = Port()
        self.changes = 0
        self.by_hand = 0
        self.watch = Watch(
            self.port,
            open_level,
            alarm_seconds=alarm,
            changed=self.changed,
            by_hand=self.opened,
            clock=lambda: self.now,
        )

    def changed(self) -> None:
        self.changes += 1

    def opened(self) -> None:
        self.by_hand += 1


def test_our_own_opening_is_not_blamed_on_the_key() -> None:
    desk = Desk()
    desk.watch.look()
    assert desk.watch.state is State.CLOSED
    desk.watch.kick()
    desk.now += 5
    desk.watch.look()
    assert (desk.watch.state, desk.port.kicks, desk.by_hand) == (State.OPEN, 1, 0)
    desk.watch.close()


def test_the_key_is_noticed_once() -> None:
    desk = Desk()
    desk.watch.look()
    desk.watch.kick()
    desk.port.level = True
    desk.now += 60
    desk.watch.look()
    desk.port.level = False
    desk.watch.look()
    desk.watch.look()
    assert desk.by_hand == 1
    desk.watch.close()


def test_a_drawer_found_open_at_the_start_is_nobodys_doing() -> None:
    desk = Desk()
    desk.port.level = False
    desk.watch.look()
    assert (desk.watch.state, desk.by_hand) == (State.OPEN, 0)
    desk.watch.close()


def test_an_open_drawer_alarms_after_its_time_and_not_before() -> None:
    desk = Desk(alarm=0.05)
    desk.watch.look()
    desk.watch.kick()
    desk.watch.look()
    assert not desk.watch.alarm
    before = desk.changes
    end = time.monotonic() + 60
    while desk.changes == before and time.monotonic() < end:
        time.sleep(0.01)
    assert desk.changes == before + 1
    desk.now += 0.06
    assert desk.watch.alarm
    desk.port.level = True
    desk.watch.look()
    assert not desk.watch.alarm
    desk.watch.close()


@pytest.mark.parametrize("open_level", [None])
def test_without_a_sensor_nothing_is_claimed(open_level: bool | None) -> None:
    desk = Desk(open_level)
    desk.watch.look()
    desk.port.level = False
    desk.watch.look()
    assert (desk.watch.state, desk.changes, desk.by_hand) == (State.UNKNOWN, 0, 0)
    desk.watch.kick()
    assert desk.port.kicks == 1


def test_a_trigger_on_its_own_line_gets_the_pulse() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        got: list[bytes] = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                got.append(connection.recv(64))

        thread = threading.Thread(target=serve)
        thread.start()
        port = drawer.OnLine(links.tcp("127.0.0.1", listener.getsockname()[1]), drawer.pulse(5))
        port.kick()
        thread.join(5)
    assert got == [drawer.pulse(5)]
    assert port.level is None


def test_a_trigger_that_is_not_there_delays_nothing_and_is_told() -> None:
    port = drawer.OnLine(links.serial_line("/dev/ttyS77"))
    port.kick()
    end = time.monotonic() + 60
    while not port.failed and time.monotonic() < end:
        time.sleep(0.01)
    assert port.failed
