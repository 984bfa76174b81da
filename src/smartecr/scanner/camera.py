"""The till's end of the camera: starts its process, hands it frames, gives out scans, and starts it again when it dies.

The process is apart so that decoding never slows a sale and a decoder that crashes takes nothing along. Of posted
frames the newest wins: at most one is being decoded and one waits.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from smartecr.core.records import dataclass
from smartecr.scanner import wire
from smartecr.scanner.pipeline import Scan
from smartecr.scanner.symbols import Symbol

_MOST_LINE = 1 << 20
_REMEMBERED = 30.0  # seconds: what was scanned since is not counted again by a new process
_SILENCE = 10.0


@dataclass(frozen=True, slots=True)
class CameraState:
    """How the camera is: ``starting``, ``ready``, ``running``, ``paused``, ``no_device``, ``crashed``, ``closed``."""

    name: str
    restarts: int


class Camera:
    """A camera with a process of its own. `on_scan` and `on_state` are called from its thread and must not raise.

    `source` is as in `worker`. `patience` is how many seconds a posted frame may take before the process counts as
    hung. States are told when they change.
    """

    def __init__(
        self,
        source: str,
        on_scan: Callable[[Scan], None],
        on_state: Callable[[CameraState], None] = lambda _state: None,
        *,
        command: Sequence[str] = (sys.executable, "-m", "smartecr.scanner.worker"),
        patience: float = 5.0,
        backoff: tuple[float, float] = (0.5, 5.0),
    ) -> None:
        self._command = [*command, source]
        self._streams = source != "posted"
        self._on_scan, self._on_state = on_scan, on_state
        self._patience, self._backoff = patience, backoff
        self._lock = threading.Lock()
        self._mailbox: bytes | None = None
        self._reasons: set[str] = set()
        self._closing = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._told_pause = self._show = False
        self._seen = threading.Event()
        self._shown: bytes | None = None
        self._busy_since: float | None = None
        self._recent: deque[tuple[float, Symbol]] = deque(maxlen=64)
        self._restarts = 0
        self._told = ""
        self._thread = threading.Thread(target=self._supervise, name="camera", daemon=True)

    def start(self) -> None:
        """Start the process."""
        self._thread.start()

    def post(self, picture: bytes) -> bool:
        """Take a frame of the browser's camera (JPEG or PNG); False when paused or closed. Returns at once."""
        return self._post(wire.message(wire.ENCODED, picture))

    def post_grey(self, data: bytes, width: int, height: int) -> bool:
        """Take a frame as plain brightness, one byte a pixel."""
        return self._post(wire.message(wire.GREY, wire.plane(data, width, height)))

    def show(self, seconds: float) -> bytes | None:
        """Return the next frame as a JPEG, for whoever sets the camera up; None when none comes or may be seen."""
        with self._lock:
            if self._reasons or self._closing.is_set():
                return None
            self._shown, self._show = None, True
            self._seen.clear()
        self._wake()
        self._seen.wait(seconds)
        with self._lock:
            picture, self._shown, self._show = self._shown, None, False
            return None if self._reasons else picture

    def pause(self, reason: str) -> None:
        """Look at nothing until every `reason` has been resumed; what is being decoded is thrown away."""
        with self._lock:
            self._reasons.add(reason)
            self._mailbox = None
        self._wake()

    def resume(self, reason: str) -> None:
        """Take a reason to pause back; harmless when there is none."""
        with self._lock:
            self._reasons.discard(reason)
        self._wake()

    @property
    def paused(self) -> bool:
        """Whether anybody wants a pause."""
        with self._lock:
            return bool(self._reasons)

    def close(self) -> None:
        """End the process and wait for it."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        with self._lock:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_write = -1

    def _post(self, message: bytes) -> bool:
        with self._lock:
            if self._reasons or self._closing.is_set() or self._streams or len(message) > wire.MOST_MESSAGE:
                return False
            self._mailbox = message
        self._wake()
        return True

    def _wake(self) -> None:
        with self._lock:
            if self._wake_write >= 0:
                with contextlib.suppress(BlockingIOError):  # then it is about to wake anyway
                    os.write(self._wake_write, b"!")

    def _supervise(self) -> None:
        wait = self._backoff[0]
        while not self._closing.is_set():
            begun = time.monotonic()
            self._tell("starting")
            self._live()
            if self._closing.is_set():
                break
            self._restarts += 1
            self._tell("crashed")
            wait = self._backoff[0] if time.monotonic() - begun > 4 * self._backoff[1] else wait
            self._closing.wait(wait)
            wait = min(2 * wait, self._backoff[1])
        self._tell("closed")

    def _live(self) -> None:
        """Run one process until it ends, hangs or is not wanted any more."""
        self._told_pause, self._busy_since = False, None
        pipe = subprocess.PIPE
        # It died, cannot be started or talks nonsense: all are answered by a new one.
        with (
            contextlib.suppress(OSError, wire.WireError, ValueError, KeyError, TypeError),
            subprocess.Popen(self._command, stdin=pipe, stdout=pipe, bufsize=0) as process,  # noqa: S603 - our own
        ):
            try:
                self._converse(process)
            finally:
                process.kill()

    def _converse(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        out, into = process.stdout.fileno(), process.stdin.fileno()
        ready, rest, heard = False, b"", time.monotonic()
        while not self._closing.is_set():
            readable = select.select([out, self._wake_read], [], [], 0.5)[0]
            if self._wake_read in readable:
                os.read(self._wake_read, 4096)
            if out in readable:
                part = os.read(out, 1 << 16)
                if not part:
                    return
                heard = time.monotonic()
                *lines, rest = (rest + part).split(b"\n")
                if len(rest) > _MOST_LINE:
                    raise wire.WireError("a line without end")
                for line in lines:
                    ready = self._hear(into, line, ready)
            if ready:
                self._send(into)
            if self._hangs(heard):
                return

    def _hear(self, into: int, line: bytes, ready: bool) -> bool:
        data = json.loads(line)
        if "scan" in data:
            self._scanned(Scan(wire.symbol_from(data["scan"]), float(data["at"]), float(data["accepted"])))
        elif "picture" in data:
            with self._lock:
                self._shown = base64.b64decode(data["picture"])
            self._seen.set()
        elif "done" in data:
            self._busy_since = None
        elif data["state"] == "ready":
            since = time.monotonic() - _REMEMBERED
            known = [symbol for at, symbol in self._recent if at >= since]
            _write(into, wire.message(wire.KNOWN, wire.symbols_to_json(known)))
            ready = True
            self._tell("ready")
        else:
            self._tell(str(data["state"]))
        return ready

    def _send(self, into: int) -> None:
        with self._lock:
            wanted = bool(self._reasons)
            show, self._show = self._show, False
            message = None
            if not wanted and self._busy_since is None:
                message, self._mailbox = self._mailbox, None
        if wanted != self._told_pause:
            self._told_pause = wanted
            _write(into, wire.message(wire.PAUSE if wanted else wire.RESUME))
        if show:
            _write(into, wire.message(wire.SHOW))
        if message is not None:
            self._busy_since = time.monotonic()
            _write(into, message)

    def _scanned(self, scan: Scan) -> None:
        if self.paused:
            return
        self._recent.append((time.monotonic(), scan.symbol))
        self._on_scan(scan)

    def _hangs(self, heard: float) -> bool:
        now = time.monotonic()
        if self._busy_since is not None:
            return now - self._busy_since > self._patience
        return self._streams and not self._told_pause and now - heard > max(self._patience, _SILENCE)

    def _tell(self, name: str) -> None:
        if name != self._told:
            self._told = name
            self._on_state(CameraState(name, self._restarts))


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
