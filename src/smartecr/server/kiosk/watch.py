"""Starts the windows when the register answers, and again when one dies; a window closed by hand ends them all."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

BACK_OFF = (0.5, 1.0, 2.0, 5.0)
LIVED_SECONDS = 60.0
"""A window that stood so long died of something new: it is started again at once."""
ANSWER_SECONDS = 2.0
END_SECONDS = 5.0

Start = Callable[[Sequence[str]], "subprocess.Popen[bytes]"]


def answers(address: str) -> bool:
    """Tell whether the register at `address` answers, well or not."""
    try:
        with urllib.request.urlopen(f"{address}health", timeout=ANSWER_SECONDS):  # noqa: S310 our own address
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


class Kiosk:
    """The windows of one machine. `run` holds until `stop` is called or somebody closes a window."""

    def __init__(self, commands: Sequence[Sequence[str]], start: Start | None = None) -> None:
        self._commands = commands
        self._start = start or (lambda command: subprocess.Popen(command, stdin=subprocess.DEVNULL))  # noqa: S603
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End all windows; any thread may call it."""
        self._stopping.set()

    def wait_for(self, ready: Callable[[], bool], every: float = 0.5) -> bool:
        """Wait until `ready()`; False when stopped before."""
        while not ready():
            if self._stopping.wait(every):
                return False
        return True

    def run(self) -> int:
        """Keep the windows open; return 0 when they were ended, 2 when one cannot be started at all."""
        codes: list[int] = []
        threads = [
            threading.Thread(target=lambda one=command: codes.append(self._keep(one)), daemon=True)
            for command in self._commands
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return max(codes, default=0)

    def _keep(self, command: Sequence[str]) -> int:
        deaths = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                window = self._start(command)
            except OSError:
                log.exception("the browser cannot be started")
                self.stop()
                return 2
            code = self._await(window)
            if code == 0 or self._stopping.is_set():
                self.stop()  # closed by hand (Alt+F4): that is how a person leaves
                return 0
            deaths = 0 if time.monotonic() - begun >= LIVED_SECONDS else deaths + 1
            log.warning("a window died", extra={"code": code})
            self._stopping.wait(BACK_OFF[min(deaths, len(BACK_OFF) - 1)])
        return 0

    def _await(self, window: subprocess.Popen[bytes]) -> int:
        """Return the exit code of a window, ending it when the kiosk stops."""
        while window.poll() is None:
            if self._stopping.wait(0.1):
                window.terminate()
                try:
                    window.wait(END_SECONDS)
                except subprocess.TimeoutExpired:
                    window.kill()
                    window.wait()
        return int(window.returncode)
