"""Scanner, scale and camera that are pulled and put back: they go on by themselves under the same name."""

from __future__ import annotations

import errno
import os
import queue
import termios
from pathlib import Path

import pytest

from smartecr.scanner import imager
from smartecr.scanner.imager import SerialImager
from smartecr.scanner.scale import dialog06, lines
from smartecr.scanner.scale.api import ScaleError
from smartecr.scanner.scale.dialog06 import Dialog06
from smartecr.scanner.scale.virtual import PracticeModule, VirtualScale
from support.plugs import Socket

PATIENCE = 20.0


def test_a_serial_scanner_is_heard_again(tmp_path: Path) -> None:
    texts: queue.Queue[str] = queue.Queue()
    states: queue.Queue[bool] = queue.Queue()
    device = Socket(tmp_path / "scanner", lambda _data: b"")
    scanner = SerialImager(
        lambda: imager.open_port(str(device.path)), texts.put, states.put, backoff=(0.01, 0.05)
    )  # fmt: skip
    scanner.start()
    assert states.get(timeout=PATIENCE) is False  # not plugged in yet: no reason to give up
    for code in ("4006381333931", "5901234123457"):
        device.plug()
        while not states.get(timeout=PATIENCE):
            pass
        device.say(f"]E0{code}\r".encode())
        assert texts.get(timeout=PATIENCE) == f"]E0{code}"
        device.say(b"]E0400638")  # cut off in the middle: the rest must not stand before the next code
        device.pull()
        assert states.get(timeout=PATIENCE) is False
    scanner.close()
    rest = [texts.get_nowait() for _ in range(texts.qsize())]
    assert all(text == "]E0400638" for text in rest)  # a part is refused by the grammar, never another article


def test_a_scale_weighs_again_at_the_first_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialog06, "ANSWER_SECONDS", 5.0)
    twin = VirtualScale()
    device = Socket(tmp_path / "scale", twin.feed)
    device.plug()
    scale = Dialog06(lines.serial_line(str(device.path), "8N1"), PracticeModule())
    twin.load(500)
    assert scale.weigh(1000).price_cents == 500
    device.pull()
    with pytest.raises(ScaleError) as refused:
        scale.weigh(1000)
    assert refused.value.code == "offline"
    device.plug()
    twin.load(600)
    assert scale.weigh(1000).price_cents == 600
    device.pull()
    twin.power_cut()
    device.plug()  # meanwhile nobody weighed: the old line is dead and nobody knows
    twin.load(700)
    assert scale.weigh(1000).price_cents == 700
    scale.close()
    device.pull()


def test_lines_that_go_while_they_are_set_up_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: object) -> None:
        raise termios.error(errno.EIO, os.strerror(errno.EIO))

    device = Socket(tmp_path / "line", lambda _data: b"")
    device.plug()
    wire = lines.serial_line(str(device.path), "8N1")()
    monkeypatch.setattr(termios, "tcdrain", gone)
    with pytest.raises(OSError, match="error"):
        wire.send(b"x")
    wire.close()
    monkeypatch.setattr(termios, "tcsetattr", gone)
    for connect in (lines.serial_line(str(device.path), "8N1"), lambda: imager.open_port(str(device.path))):
        with pytest.raises(OSError, match="error"):
            connect()
    device.pull()
