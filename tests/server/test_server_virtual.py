"""`smartecr virtual terminal`: starts, says where it listens, ends when asked, refuses what it cannot have."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from secrets import randbelow

import pytest

from smartecr.server.cmdline import command_virtual
from smartecr.server.equipment import tse_device
from smartecr.tse.api import Lifecycle, NewCredentials
from support.zvt_register import REGISTER_TEXT, Register

COMMAND = [sys.executable, "-m", "smartecr.server.cli", "virtual", "terminal", "--port", "0"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_alone_until_it_is_ended(tmp_path: Path, how: signal.Signals) -> None:
    state = tmp_path / "terminal.state"
    child = subprocess.Popen(
        [*COMMAND, "--state", str(state), "--serial"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        said = "".join(child.stdout.readline() for _ in range(4))
        port = re.search(r"127\.0\.0\.1:(\d+) \(ZVT", said)
        page = re.search(r"http://127\.0\.0\.1:\d+/", said)
        line = re.search(r"/dev/\S+", said)
        assert port and page and line, said
        register = Register(("127.0.0.1", int(port[1])))
        assert register.run(REGISTER_TEXT).end.startswith("060f")
        register.close()
        with urllib.request.urlopen(page[0]) as answer:
            assert "Kartenterminal" in answer.read().decode()
        with urllib.request.urlopen(page[0] + "fonts/Inter-Regular.woff2") as answer:
            assert answer.read(4) == b"wOF2"
        assert Path(line[0]).exists()
        child.send_signal(how)
        assert child.wait(60) == 0
        assert child.stderr.read() == ""
        assert state.exists()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()


def test_a_taken_port_and_a_damaged_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert command_virtual.terminal(taken.getsockname()[1], 0, None, serial=False) == 2
    assert "Der Port ist vergeben" in capsys.readouterr().err
    damaged = tmp_path / "state"
    damaged.write_text("nonsense\n")
    assert command_virtual.terminal(0, 0, damaged, serial=False) == 2
    assert "beschädigt" in capsys.readouterr().err
    assert damaged.read_text() == "nonsense\n"


def test_a_card_is_plugged_in_until_it_is_pulled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "usb"
    command = [sys.executable, "-m", "smartecr.server.cli", "virtual", "tse", str(folder)]
    serials = []
    for _ in range(2):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        try:
            setting = re.search(r"SMARTECR_TSE=(\S+)", child.stdout.readline())
            assert setting
            choice = tse_device.choose(setting[1], tmp_path, time.time, "SECR-1")
            with closing(choice.open()) as device:
                if device.info().state is Lifecycle.UNINITIALIZED:
                    device.initialize(NewCredentials.generate(device.credential_rules, randbelow), "SECR-1")
                serials.append(device.info().serial)
            child.send_signal(signal.SIGINT)
            assert child.wait(60) == 0
            assert not list((folder / "slot").iterdir())
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
    assert serials[0] == serials[1] != ""
    (tmp_path / "file").touch()
    assert command_virtual.tse(tmp_path / "file") == 2
    assert "nicht zu benutzen" in capsys.readouterr().err
