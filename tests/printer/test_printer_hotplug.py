"""Devices that are pulled and put back: printer node and line display go on by themselves under the same name."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from smartecr.printer import escpos, links, spool
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


class Socket:
    """A device file that can be pulled: a pseudo terminal under a fixed name, as udev makes one."""

    def __init__(self, path: Path, obey: Callable[[bytes], bytes]) -> None:
        self.path = path
        self._obey = obey
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        ours, theirs = os.openpty()
        tty.setraw(ours)
        tty.setraw(theirs)
        self.path.symlink_to(os.ttyname(theirs))
        self._pulled.clear()
        self._thread = threading.Thread(target=self._serve, args=(ours, theirs), daemon=True)
        self._thread.start()

    def pull(self) -> None:
        self.path.unlink()
        self._pulled.set()
        assert self._thread is not None
        self._thread.join(5)

    def _serve(self, ours: int, theirs: int) -> None:
        while not self._pulled.is_set():
            if select.select([ours], [], [], 0.02)[0]:
                said = self._obey(os.read(ours, 4096))
                if said:
                    os.write(ours, said)
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("kind", ["node", "serial"])
def test_a_printer_pulled_and_put_back_prints_on(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "RETRY_SECONDS", 0.02)
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
