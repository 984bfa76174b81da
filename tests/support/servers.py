"""The real server as a subprocess on a free port and a temporary data folder."""

from __future__ import annotations

import atexit
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import pytest

START_SECONDS = 90
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class RunningServer:
    """One server we started: its address (ending in "/"), data folder and process."""

    address: str
    folder: Path
    process: subprocess.Popen[str]
    errors: Path

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code; a server that does not end in 60 s is killed and fails the test."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


StartServer = Callable[..., RunningServer]


def quiet_port() -> str:
    """Return a free port the system gives nobody by itself: whoever leaves it for a while finds it free again."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_768)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return str(port)


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Return a child's environment: our own with `folder` as data folder and the sources importable."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("SMARTECR_", "COV_"))}
    return own | {"SMARTECR_DATA": str(folder), "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"} | extra


def run_cli(folder: Path, *arguments: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    """Run one `smartecr` command to its end."""
    command = [sys.executable, "-m", "smartecr.server.cli", *arguments]
    return subprocess.run(
        command, env=environment(folder, **extra), cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


_TIMELESS = """
import os
from pathlib import Path
from smartecr.server.cmdline.commands import open_books
with open_books(Path(os.environ["SMARTECR_DATA"]), alone=True):
    from smartecr.register.regulars import loyalty
    from smartecr.register.signing.securing import SYSTEM
    from smartecr.server import wiring
    for rule, active in loyalty.every():
        if rule.start:
            loyalty.save(wiring.till(), SYSTEM, rule, active=False)
    wiring.close()
"""
"""Ends what the demo shop gives at certain hours only: a test sells at the same prices at any time of day."""


@cache
def _demos() -> Path:
    """The folder of the demo shops that servers get copies of; the pieces of a whole run share one."""
    if shared := os.environ.get("SMARTECR_TEST_DEMOS"):
        folder = Path(shared)
        folder.mkdir(exist_ok=True)
        return folder
    folder = Path(tempfile.mkdtemp(prefix="smartecr-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _demo(days: str) -> Path:
    """Return a demo shop with so many past days, made by whoever needs it first."""
    folder = _demos() / days
    with (_demos() / f"{days}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft = folder.with_suffix(".draft")
            made = run_cli(draft, "demo", "--days", days)
            assert made.returncode == 0, made.stderr
            subprocess.run([sys.executable, "-c", _TIMELESS], env=environment(draft), check=True)
            draft.rename(folder)
    return folder


def start(folder: Path, *arguments: str, **extra: str) -> RunningServer:
    """Start `smartecr serve` on a free port and wait until it says its address."""
    if arguments[:2] == ("--demo", "--days") and "SMARTECR_TSE" not in extra and not folder.exists():
        shutil.copytree(_demo(arguments[2]), folder)
    errors = folder.parent / f"{folder.name}.stderr"
    with errors.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "smartecr.server.cli", "serve", "--port", "0", *arguments],
            env=environment(folder, **extra),
            cwd=folder.parent,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
        )
    assert process.stdout is not None
    address = _address(process.stdout, time.monotonic() + START_SECONDS)
    if not address:
        process.kill()
        process.wait()
        process.stdout.close()
        raise AssertionError(f"the server did not start:\n{errors.read_text()}")
    return RunningServer(address, folder, process, errors)


def _address(output: IO[str], deadline: float) -> str:
    while time.monotonic() < deadline and (line := output.readline()):
        if found := re.search(r"http://\S+/", line):
            return found.group()
    return ""


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Factory: `start_server(*arguments, folder=None, **environment)` starts servers that end with the test."""
    running: list[RunningServer] = []

    def factory(*arguments: str, folder: Path | None = None, **extra: str) -> RunningServer:
        server = start(folder or tmp_path / "data", *arguments, **extra)
        running.append(server)
        return server

    yield factory
    for server in running:
        _end(server)


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server with a demo shop of a single past day, shared by a module's tests."""
    server = start(tmp_path_factory.mktemp("demo") / "data", "--demo", "--days", "1")
    yield server
    _end(server)


def _end(server: RunningServer) -> None:
    try:
        server.stop()
    finally:
        if server.process.stdout is not None:
            server.process.stdout.close()
