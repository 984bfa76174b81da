"""Devices that are pulled and put back go on by themselves under the same name: printer, line display, drawer."""

from __future__ import annotations

import termios
from pathlib import Path

import pytest

from smartecr.printer import drawer, escpos, links, spool
from smartecr.printer.document import Note, ReportDocument
from smartecr.printer.linedisplay import display, lines
from smartecr.printer.linedisplay.display import LineDisplay, OwnLine
from smartecr.printer.linedisplay.languages import LANGUAGES
from smartecr.printer.linedisplay.virtual import VirtualLineDisplay
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.printer.status import Problem
from smartecr.printer.virtual import VirtualPrinter
from support.eventually import eventually
from support.plugs import Socket


@pytest.mark.parametrize("kind", ["node", "serial"])
def test_a_printer_pulled_and_put_back_prints_on(
    tmp_path: Path, kind: str, quick_paper: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "LOOK_SECONDS", 0.05)
    twin = VirtualPrinter(PROFILES["virtual-80"])
    device = Socket(tmp_path / "printer", twin.feed)
    device.plug()
    path = str(device.path)
    connect = links.node(device.path) if kind == "node" else links.serial_line(path, handshake=False)
    paper = ReportDocument(title="", blocks=(Note("Bon"),))
    queue = spool.Spool(
        tmp_path / "print", PosPrinter(connect, PROFILES["virtual-80"]),
        lambda job, profile: escpos.render(paper, profile, job.mark),
    )  # fmt: skip
    eventually(lambda: queue.ready)
    device.pull()
    eventually(lambda: queue.problem is Problem.UNREACHABLE)
    queue.add("a" * 32, {})
    eventually(lambda: [job.state for job in queue.jobs()] == ["held"])
    twin.power_cut()
    device.plug()
    eventually(lambda: queue.jobs() == [])
    assert len(twin.sheets) == 1
    eventually(lambda: queue.problem is None)
    queue.close()
    device.pull()


def test_a_line_display_pulled_and_put_back_shows_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "LEAST_SECONDS", 0.01)
    monkeypatch.setattr(display, "BACK_OFF", (0.02,))
    monkeypatch.setattr(display, "AGAIN_SECONDS", 0.05)
    twin = VirtualLineDisplay(LANGUAGES["cd5220"])

    def obey(data: bytes) -> bytes:
        twin.feed(data)
        return b""

    device = Socket(tmp_path / "display", obey)
    device.plug()
    line = LineDisplay(
        OwnLine(links.serial_line(str(device.path), 9600, handshake=False)), LANGUAGES["cd5220"],
        lambda: (lines.idle("Morgenrot"), 0.0),
    )  # fmt: skip
    eventually(lambda: twin.lines[0].strip() == "Morgenrot")
    device.pull()
    eventually(lambda: not line.connected)
    twin.power_cut()
    device.plug()
    eventually(lambda: twin.lines[0].strip() == "Morgenrot")
    eventually(lambda: line.connected)
    line.close()
    device.pull()


def test_a_drawer_on_its_own_line_opens_again_after_it_was_pulled(tmp_path: Path) -> None:
    pulses = bytearray()

    def obey(data: bytes) -> bytes:
        pulses.extend(data)
        return b""

    device = Socket(tmp_path / "drawer", obey)
    port = drawer.OnLine(links.serial_line(str(device.path), 9600, handshake=False))
    device.plug()
    port.kick()
    eventually(lambda: bytes(pulses) == drawer.pulse())
    device.pull()
    port.kick()
    eventually(lambda: port.failed)
    device.plug()
    port.kick()
    eventually(lambda: bytes(pulses) == 2 * drawer.pulse())
    eventually(lambda: not port.failed)
    device.pull()


def test_a_line_that_goes_while_it_is_drained_is_a_link_that_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a USB line goes while bytes are on their way, termios raises an error of its own."""

    def gone(*_args: object) -> None:
        raise termios.error(5, "Input/output error")

    device = Socket(tmp_path / "line", lambda _data: b"")
    device.plug()
    link = links.serial_line(str(device.path), handshake=False)()
    monkeypatch.setattr(termios, "tcdrain", gone)
    with pytest.raises(links.LinkError):
        link.send(b"Bon")
    monkeypatch.setattr(termios, "tcsetattr", gone)
    with pytest.raises(links.LinkError):
        links.serial_line(str(device.path), handshake=False)()
    link.close()
    device.pull()
