"""The kiosk: where windows stand, what they may, that they come back, and the files of a machine that is a till."""

from __future__ import annotations

import configparser
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from smartecr.server.kiosk import browser, screens, units, watch
from smartecr.server.kiosk.screens import Screen, ScreenError
from smartecr.server.kiosk.watch import Kiosk, answers
from smartecr.server.serving import notify
from support.eventually import eventually
from support.servers import environment, run_cli

LISTING = """\
Monitors: 2
 0: +HDMI-2 1024/220x600/130+1920+0  HDMI-2
 1: +*HDMI-1 1920/509x1080/286+0+0  HDMI-1
"""


def test_screens_are_read_and_the_primary_is_the_till() -> None:
    assert screens.monitors(LISTING) == [Screen(1920, 1080, 0, 0), Screen(1024, 600, 1920, 0)]
    assert screens.monitors("") == []
    assert screens.parse("1024x600+1920+0") == Screen(1024, 600, 1920, 0)
    assert screens.parse("800x480-800+0") == Screen(800, 480, -800, 0)


@pytest.mark.parametrize("text", ["", "1024x600", "x+0+0", "1024x600+a+0", "1024x600+0+0+0"])
def test_what_is_no_screen_is_refused(text: str) -> None:
    with pytest.raises(ScreenError):
        screens.parse(text)


def test_every_window_has_a_profile_and_a_place_of_its_own(tmp_path: Path) -> None:
    command = browser.command("/usr/bin/chromium", "http://127.0.0.1:8765/", tmp_path, Screen(1920, 1080, 0, 0))
    assert command[0] == "/usr/bin/chromium"
    assert "--kiosk" in command and f"--user-data-dir={tmp_path}" in command
    assert "--window-position=0,0" in command and "--window-size=1920,1080" in command
    assert command[-1] == "--app=http://127.0.0.1:8765/"
    assert not any(part.startswith("--window-") for part in browser.command("c", "http://x/", tmp_path, None))
    assert not any("fake-ui" in part or "no-sandbox" in part for part in command)


def test_the_camera_is_the_tills_alone() -> None:
    policy = browser.policy("http://127.0.0.1:8765/")
    assert policy["VideoCaptureAllowed"] is False
    assert policy["VideoCaptureAllowedUrls"] == ["http://127.0.0.1:8765"]
    assert policy["URLBlocklist"] == ["*"] and policy["URLAllowlist"] == ["127.0.0.1:8765"]


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class Browser:
    """Starts children instead of Chromium: each ends with the next exit code, None lives on."""

    def __init__(self, *codes: int | None) -> None:
        self.codes = list(codes)
        self.started: list[Sequence[str]] = []
        self.living: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def __call__(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._lock:
            self.started.append(command)
            code = self.codes.pop(0) if self.codes else None
        script = f"raise SystemExit({code})" if code is not None else "import time; time.sleep(60)"
        process = subprocess.Popen(child(script))
        self.living.append(process)
        return process


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "BACK_OFF", (0.02,))


def test_a_window_that_dies_comes_back_and_one_that_is_closed_ends_it() -> None:
    start = Browser(1, -9, 0)
    assert Kiosk([["till"]], start).run() == 0
    assert start.started == [["till"]] * 3


def test_closing_one_window_ends_the_other() -> None:
    start = Browser(None, 0)
    began = time.monotonic()
    assert Kiosk([["till"], ["display"]], start).run() == 0
    assert time.monotonic() - began < 20
    assert all(process.poll() is not None for process in start.living)


def test_stopping_ends_the_windows() -> None:
    start = Browser(None)
    kiosk = Kiosk([["till"]], start)
    thread = threading.Thread(target=kiosk.run)
    thread.start()
    eventually(lambda: start.living)
    kiosk.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert start.living[0].poll() is not None


def test_a_browser_that_cannot_be_started_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert Kiosk([["/nowhere/chromium"]]).run() == 2
    assert "cannot be started" in caplog.text


def test_it_waits_for_the_register() -> None:
    class Ill(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Ill) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/"
        assert answers(address)
        server.shutdown()
        thread.join(5)
    assert not answers(address)
    ready = iter([False, False, True])
    kiosk = Kiosk([])
    assert kiosk.wait_for(lambda: next(ready), 0.01)
    kiosk.stop()
    assert not kiosk.wait_for(lambda: False, 0.01)


def written(tmp_path: Path) -> list[Path]:
    return units.write(
        tmp_path, program="/opt/smartecr/bin/smartecr", user="kasse", data=Path("/var/lib/smartecr"),
        address="http://127.0.0.1:8765/", port=8765,
    )  # fmt: skip


def test_units_and_rules_are_whole(tmp_path: Path) -> None:
    names = [path.relative_to(tmp_path).as_posix() for path in written(tmp_path)]
    assert names == [
        "etc/systemd/system/smartecr.service",
        "etc/systemd/system/smartecr-kiosk.service",
        "etc/udev/rules.d/70-smartecr.rules",
        "etc/chromium/policies/managed/smartecr.json",
    ]
    for name in names[:2]:
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read(tmp_path / name)
        assert set(unit.sections()) == {"Unit", "Service", "Install"}
        assert unit["Service"]["User"] == "kasse"
        assert "{" not in (tmp_path / name).read_text()
    assert json.loads((tmp_path / names[3]).read_text())["VideoCaptureAllowedUrls"] == ["http://127.0.0.1:8765"]
    rules = (tmp_path / names[2]).read_text()
    assert rules.count("SYMLINK+=") == 3 and '"path_id"' in rules and "{{" not in rules


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    files = [path for path in written(tmp_path) if path.suffix == ".service"]
    for path in files:
        path.write_text(path.read_text().replace("/opt/smartecr/bin/smartecr", sys.executable).replace("kasse", "root"))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, files)], capture_output=True, text=True, check=False
    )
    assert "Unknown" not in said.stderr and "Failed to parse" not in said.stderr, said.stderr


def test_the_command_writes_the_files(tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "kiosk", "--write-units", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    service = (tmp_path / "out/etc/systemd/system/smartecr.service").read_text()
    assert f"SMARTECR_DATA={(tmp_path / 'data').resolve()}" in service
    assert "sudo cp -r" in done.stdout
    (tmp_path / "file").touch()
    refused = run_cli(tmp_path / "data", "kiosk", "--write-units", str(tmp_path / "file"))
    assert refused.returncode == 2 and "beschreibbar" in refused.stderr


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    missing = run_cli(tmp_path, "kiosk", "--browser", "/nowhere/chromium")
    assert missing.returncode == 2 and "Chromium" in missing.stderr
    screen = run_cli(tmp_path, "kiosk", "--browser", sys.executable, "--screen", "gross")
    assert screen.returncode == 2 and "Bildschirm" in screen.stderr


def test_the_command_waits_starts_two_windows_and_ends_on_a_signal(tmp_path: Path) -> None:
    log = tmp_path / "started"
    fake = tmp_path / "chromium"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec sleep 60\n')
    fake.chmod(0o755)

    class Well(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Well) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        command = [
            sys.executable, "-m", "smartecr.server.cli", "kiosk", "--browser", str(fake), "--address",
            f"http://127.0.0.1:{server.server_port}", "--screen", "1280x800+0+0", "--screen", "1024x600+1280+0",
        ]  # fmt: skip
        process = subprocess.Popen(command, env=environment(tmp_path / "data"), stdout=subprocess.DEVNULL)
        eventually(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        server.shutdown()
        thread.join(5)
    till, display = sorted(log.read_text().splitlines(), key=lambda line: "display/" in line)
    assert "--window-position=0,0" in till and "kiosk/till" in till
    assert "--window-position=1280,0" in display and display.endswith("/display/")


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        notify.tell("READY=1")
        assert manager.recv(64) == b"READY=1"
    notify.tell("WATCHDOG=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify.tell("READY=1")
    assert "NOTIFY_SOCKET" not in os.environ
