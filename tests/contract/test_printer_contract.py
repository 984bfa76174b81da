"""The printer behind every kind of link: what is asked before, what happens meanwhile, what is known afterwards."""

from __future__ import annotations

import os
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.printer import drawer, escpos, links, posprinter, status
from smartecr.printer.hearing import Hearing
from smartecr.printer.posprinter import InDoubtError, NotReadyError, PosPrinter
from smartecr.printer.profile import PROFILES, Profile
from smartecr.printer.status import Problem, Status
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from support.receipts import SALE

PROFILE = PROFILES["virtual-80"]


@dataclass
class Desk:
    """A printer and the two ways to it: the wire, and a person's hands."""

    connect: links.Connect
    twin: VirtualPrinter
    power: Callable[[bool], None]

    def printer(self, profile: Profile = PROFILE) -> PosPrinter:
        return PosPrinter(self.connect, profile)


class Line:
    """The virtual printer behind a pseudo terminal, as on a serial line or a USB node."""

    def __init__(self, twin: VirtualPrinter) -> None:
        self._twin = twin
        self._ours, theirs = os.openpty()
        tty.setraw(self._ours)
        tty.setraw(theirs)
        self.path = os.ttyname(theirs)
        self._theirs = theirs
        self._on = True
        self._closing = False
        os.set_blocking(self._ours, False)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        import select

        while not self._closing:
            readable, _, _ = select.select([self._ours], [], [], 0.02)
            said = self._twin.said()
            if readable:
                try:
                    data = os.read(self._ours, 4096)
                except OSError:
                    continue
                said += self._twin.feed(data) if self._on else b""
            if said:
                os.write(self._ours, said)

    def power(self, on: bool) -> None:
        self._on = on
        if not on:
            self._twin.power_cut()

    def close(self) -> None:
        self._closing = True
        self._thread.join(5)
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture(params=["tcp", "serial", "node"])
def desk(request: pytest.FixtureRequest, quick_paper: None) -> Iterator[Desk]:
    twin = VirtualPrinter(PROFILE)
    if request.param == "tcp":
        server = TwinPort(twin)
        yield Desk(links.tcp("127.0.0.1", server.port), twin, lambda on: server.power(on=on))
        server.close()
        return
    line = Line(twin)
    connect = links.serial_line(line.path, 115_200) if request.param == "serial" else links.node(Path(line.path))
    yield Desk(connect, twin, line.power)
    line.close()


def receipt(job: int, profile: Profile = PROFILE) -> bytes:
    return escpos.render(SALE, profile, job)


@pytest.mark.parametrize("profile", [PROFILE, PROFILES["generic-80"]], ids=["confirms", "silent"])
def test_what_is_printed_is_on_paper(desk: Desk, profile: Profile) -> None:
    printer = desk.printer(profile)
    printer.put(receipt(1, profile), 1)
    printer.put(receipt(2, profile), 2)
    printer.close()
    assert len(desk.twin.sheets) == 2
    assert "Cappuccino" in desk.twin.sheets[1].text()
    assert desk.twin.unknown == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"paper_out": True}, Problem.PAPER_OUT),
        ({"cover_open": True}, Problem.COVER_OPEN),
        ({"online": False}, Problem.OFFLINE),
        ({"cutter_error": True}, Problem.CUTTER),
        ({"fatal_error": True}, Problem.FATAL),
        ({"hot": True}, Problem.HOT),
        ({"feeding": True}, Problem.FEEDING),
    ],
)
def test_a_printer_that_cannot_is_sent_nothing(desk: Desk, change: dict[str, bool], problem: Problem) -> None:
    desk.twin.set(**change)
    printer = desk.printer()
    with pytest.raises(NotReadyError) as refused:
        printer.put(receipt(1), 1)
    assert refused.value.problem is problem
    assert status.sentence(problem).endswith("Der Verkauf ist gespeichert.")
    assert status.next_step(problem)
    desk.twin.set(**{name: not value for name, value in change.items()})
    printer.put(receipt(1), 1)
    printer.close()
    assert len(desk.twin.sheets) == 1


def test_paper_that_ends_half_way_is_one_receipt_all_the_same(desk: Desk) -> None:
    desk.twin.lines_left = 12
    told: list[Problem | None] = []

    def waiting(problem: Problem | None) -> bool:
        told.append(problem)
        if problem is Problem.PAPER_OUT:
            assert len(desk.twin.sheet.parts) == 12
            desk.twin.set(paper_out=False)
        return True

    printer = desk.printer()
    printer.put(receipt(3), 3, waiting)
    printer.close()
    assert told[0] is Problem.PAPER_OUT
    assert len(desk.twin.sheets) == 1
    assert desk.twin.sheets[0].text().count("Cappuccino") == 1
    assert "Vielen Dank" in desk.twin.sheets[0].text()


def test_giving_up_leaves_the_job_in_doubt(desk: Desk) -> None:
    desk.twin.lines_left = 5
    printer = desk.printer()
    with pytest.raises(InDoubtError) as doubt:
        printer.put(receipt(3), 3, lambda _problem: False)
    printer.close()
    assert doubt.value.problem is Problem.PAPER_OUT


def test_a_power_cut_half_way_is_in_doubt_and_the_next_job_is_not(desk: Desk) -> None:
    desk.twin.lines_left = 5

    def waiting(_problem: Problem | None) -> bool:
        desk.power(False)
        return True

    printer = desk.printer()
    with pytest.raises(InDoubtError) as doubt:
        printer.put(receipt(3), 3, waiting)
    assert doubt.value.problem is Problem.UNREACHABLE
    assert desk.twin.sheets == []
    desk.power(True)
    desk.twin.set(paper_out=False)
    printer.put(receipt(4), 4)
    printer.close()
    assert len(desk.twin.sheets) == 1


def test_another_jobs_confirmation_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a printer confirms late belongs to the job before; ours stays in doubt until its own number comes."""
    monkeypatch.setattr(posprinter, "CONFIRM_SECONDS", 0.2)
    printer = desk.printer()
    with pytest.raises(InDoubtError):
        printer.put(receipt(5), 6)
    printer.close()


def test_the_drawer_springs_open_and_is_seen(desk: Desk) -> None:
    printer = desk.printer()
    shut = printer.status().drawer_level
    printer.pulse(drawer.pulse())
    assert printer.status().drawer_level is not shut
    assert desk.twin.drawer_open
    desk.twin.close_drawer()
    assert printer.status().drawer_level is shut
    printer.close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for connect in (links.tcp("127.0.0.1", port), links.node(Path("/dev/usb/lp77")), links.serial_line("/dev/ttyS77")):
        with pytest.raises(NotReadyError) as refused:
            PosPrinter(connect, PROFILE).put(receipt(1), 1)
        assert refused.value.problem is Problem.UNREACHABLE


def test_somebody_else_there() -> None:
    """A server that talks, but not as a printer does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(NotReadyError) as refused:
            PosPrinter(links.tcp("127.0.0.1", listener.getsockname()[1]), PROFILE).status()
        thread.join(5)
    assert refused.value.problem is Problem.UNREACHABLE


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        (Status(), "16121212"),
        (Status(paper_near_end=True), "1612121e"),
        (Status(paper_out=True), "1e32127e"),
        (Status(cover_open=True), "1e161212"),
        (Status(online=False), "1e121212"),
    ],
)
def test_answers_are_those_of_real_printers(looks: Status, said: str) -> None:
    assert bytes(status.answers(looks)).hex() == said


@given(st.builds(Status, **{name: st.booleans() for name in Status.__dataclass_fields__}))
def test_answers_are_read_as_they_were_meant(looks: Status) -> None:
    seen = status.read(status.answers(looks))
    assert seen.problem == looks.problem or looks.problem is None
    assert (seen.cover_open, seen.paper_out, seen.drawer_level) == (
        looks.cover_open,
        looks.paper_out,
        looks.drawer_level,
    )


@given(st.builds(Status, **{name: st.booleans() for name in Status.__dataclass_fields__}))
def test_what_is_told_is_heard_between_everything_else(looks: Status) -> None:
    hearing = Hearing()
    stream = b"\x16" + status.automatic(looks) + b"\x37\x220007\x00" + b"_TM-T20\x00\x12"
    for byte in stream:
        hearing.take(bytes([byte]))
    assert list(hearing.answers) == [0x16, 0x12]
    assert list(hearing.confirmed) == [7]
    assert hearing.name == "TM-T20"
    assert hearing.status is not None
    assert hearing.status.problem == looks.problem or looks.problem is None
    assert hearing.status.drawer_level == looks.drawer_level
    assert hearing.status.paper_near_end or not looks.paper_near_end


@given(st.binary(max_size=200))
def test_noise_is_heard_without_harm(noise: bytes) -> None:
    hearing = Hearing()
    hearing.take(noise)
    hearing.take(bytes(96))
    hearing.take(b"\x12")
    assert hearing.answers[-1] == 0x12


def test_the_printer_tells_its_name(desk: Desk) -> None:
    printer = desk.printer()
    assert printer.name() == "smartECR virtual"
    printer.close()


def test_the_printer_tells_changes_and_a_job_ends_that_not(desk: Desk) -> None:
    printer = desk.printer()
    printer.put(receipt(1), 1)
    printer.told()
    desk.twin.open_drawer()
    desk.twin.set(paper_near_end=True)
    heard: list[Status] = []
    for _ in range(200):
        told = printer.told()
        if told is not None:
            heard.append(told)
        if heard and heard[-1].paper_near_end:
            break
        time.sleep(0.01)
    printer.close()
    assert heard[-1].drawer_level is False


@given(st.binary(min_size=4, max_size=4))
def test_other_answers_are_refused(said: bytes) -> None:
    if all(status.is_answer(byte) for byte in said):
        status.read(said)
    else:
        with pytest.raises(ValueError, match="DLE EOT"):
            status.read(said)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("14 00 00 0f", None),
        ("1c 00 04 0f", Problem.PAPER_OUT),
        ("1c 00 08 0f", Problem.PAPER_OUT),
        ("3c 00 00 0f", Problem.COVER_OPEN),
        ("5c 00 00 0f", Problem.FEEDING),
        ("1c 08 00 0f", Problem.CUTTER),
        ("1c 20 00 0f", Problem.FATAL),
        ("1c 40 00 0f", Problem.HOT),
        ("1c 00 00 0f", Problem.OFFLINE),
    ],
)
def test_what_printers_tell_by_themselves(told: str, problem: Problem | None) -> None:
    assert status.read_automatic(bytes.fromhex(told)).problem is problem
