"""Servers as processes of their own: ours and the floors, their CPU time and memory as the kernel counts them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.worker import ROOT, Worker, environment


class Server:
    """A running server of which the kernel tells what it costs."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._process = process
        self._tasks = Path(f"/proc/{process.pid}/task")

    @property
    def cpu_ms(self) -> float:
        """Return the CPU time of all its threads so far, user and system."""
        used = 0
        for task in self._tasks.iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                used += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        return used / 1e6

    @property
    def memory_mb(self) -> float:
        """Return its resident memory."""
        lines = (self._tasks.parent / "status").read_text(encoding="utf-8").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024

    def stop(self) -> None:
        """End it and wait."""
        self._process.terminate()
        self._process.wait(20)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_ours(folder: Path, **settings: str) -> Server:
    """Start `smartecr serve` over a prepared folder with more settings, without waiting for it."""
    return _start(["-m", "smartecr.server.cli", "serve"], folder, ["--port"], **settings)


def start_floor(kind: str, file: Path) -> Server:
    """Start a server of `bench.floor_servers`, without waiting for it."""
    return _start(["-m", "bench.floor_servers", kind], file.parent, [], [str(file)])


def _start(
    command: list[str], folder: Path, before: list[str], after: list[str] | None = None, **settings: str
) -> Server:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *command, *before, str(port), *(after or [])],
        env=environment(folder, **settings),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    return Server(port, process)


@contextmanager
def ours(folder: Path, **settings: str) -> Iterator[Server]:
    """Serve a prepared folder for the block."""
    server = start_ours(folder, **settings)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def floor(kind: str, file: Path) -> Iterator[Server]:
    """Run a floor server for the block."""
    server = start_floor(kind, file)
    try:
        yield server
    finally:
        server.stop()


def prepare_shop(folder: Path, articles: int) -> None:
    """Make a shop with so many articles and one sale, so that the day is open, in a process of its own."""
    with Worker(folder) as worker:
        worker.ask("shop", articles=articles)
        worker.ask("sell", times=1)
