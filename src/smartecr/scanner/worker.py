"""The camera's own process: ``python -m smartecr.scanner.worker SOURCE``, started and watched by `camera`.

SOURCE is ``posted`` (frames come through standard input), ``folder:PATH`` or ``v4l2:DEVICE``. On standard output it
says, one JSON object a line: ``{"state": "ready" | "running" | "paused" | "no_device"}`` (own sources repeat it every
second as a sign of life), ``{"scan": {symbology, aim, text, corners}, "at": seconds, "accepted": seconds}``, and for
each posted frame ``{"done": true}`` with ``"error"`` when it was no picture. Asked to, it says its next frame once:
``{"picture": base64 of a JPEG}``. It ends when its standard input does.
Frames are kept in no file and for no longer than they are decoded.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from smartecr.scanner import frames, memory, wire
from smartecr.scanner.errors import DeviceUnavailable, PictureUnreadable
from smartecr.scanner.pipeline import Pipeline
from smartecr.scanner.sources import FolderSource, Source
from smartecr.scanner.v4l2 import V4l2Source

_BACKOFF = (0.5, 5.0)
_SIGN_OF_LIFE = 1.0
_PATIENCE = 0.25


def opener(name: str) -> Callable[[], Source] | None:
    """Return what opens the source of this name, None for posted frames. Raises ValueError for an unknown name."""
    kind, _, place = name.partition(":")
    if kind == "posted" and not place:
        return None
    if kind == "folder" and place:
        return lambda: FolderSource(Path(place), time.monotonic, time.sleep)
    if kind == "v4l2" and place:
        return lambda: V4l2Source(Path(place))
    raise ValueError(f"unknown source {name}")


class Worker:
    """Serves one camera until its input ends. `say` takes one JSON object."""

    def __init__(
        self,
        handle: int,
        say: Callable[[dict[str, Any]], None],
        open_source: Callable[[], Source] | None,
        pipeline: Pipeline,
        clock: Callable[[], float],
    ) -> None:
        self._handle = handle
        self._say = say
        self._open_source = open_source
        self._pipeline = pipeline
        self._clock = clock
        self._source: Source | None = None
        self._paused = self._shows = False
        self._wait = 0.0  # until a lost device is tried again
        self._said = ("", -_SIGN_OF_LIFE)

    def run(self) -> None:
        """Work until the input ends."""
        self._say({"state": "ready"})
        try:
            while True:
                streams = self._open_source is not None and not self._paused
                wait = max(self._wait, self._pipeline.rest(self._clock())) if streams else None
                if select.select([self._handle], [], [], wait)[0]:
                    received = wire.receive(self._handle)
                    if received is None:
                        return
                    self._obey(*received)
                elif streams:
                    self._look()
        finally:
            self._release()

    def _obey(self, kind: bytes, content: bytes) -> None:
        if kind == wire.PAUSE:
            self._paused = True
            self._release()
            self._state("paused")
        elif kind == wire.RESUME:
            self._paused, self._wait = False, 0.0
            self._state("running")
        elif kind == wire.SHOW:
            self._shows = True
        elif kind == wire.KNOWN:
            self._pipeline.assume(wire.symbols_from_json(content))
        else:
            self._posted(kind, content)

    def _posted(self, kind: bytes, content: bytes) -> None:
        arrived = self._clock()
        answer: dict[str, Any] = {"done": True}
        if not self._paused:
            try:
                if kind == wire.GREY:
                    self._read(frames.grey_plane(*wire.split_plane(content)), arrived)
                elif self._wants(content):
                    self._read(frames.grey_frame(content), arrived)
            except PictureUnreadable as error:
                answer["error"] = error.code
        self._say(answer)

    def _look(self) -> None:
        """Take the newest frame of our own source; a lost device is tried again, less and less often."""
        assert self._open_source is not None
        try:
            if self._source is None:
                self._source = self._open_source()
                self._wait = 0.0
            picture = self._source.newest(_PATIENCE, self._wants)
        except DeviceUnavailable:
            self._release()
            self._wait = min(max(2 * self._wait, _BACKOFF[0]), _BACKOFF[1])
            self._state("no_device")
            return
        except PictureUnreadable:
            return  # the next frame comes at once
        self._state("running")
        if picture is not None:
            self._read(picture, self._clock())

    def _wants(self, encoded: bytes) -> bool:
        """Whether a frame of our own source is worth unpacking."""
        if self._shows:
            return True
        small = None if self._pipeline.due else frames.small_frame(encoded)
        return self._pipeline.wants(small, self._clock())

    def _read(self, picture: Image.Image, arrived: float) -> None:
        if self._shows:
            self._shows = False
            self._say({"picture": wire.small_jpeg(picture)})
        for scan in self._pipeline.frame(picture, arrived):
            self._say({"scan": wire.symbol_data(scan.symbol), "at": scan.at, "accepted": scan.accepted})

    def _state(self, name: str) -> None:
        now = self._clock()
        if name != self._said[0] or now - self._said[1] >= _SIGN_OF_LIFE:
            self._said = (name, now)
            self._say({"state": name})

    def _release(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()


def main(arguments: list[str]) -> int:
    """Serve the source named on the command line."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not end up among our lines

    def say(data: dict[str, Any]) -> None:
        line = json.dumps(data).encode() + b"\n"
        while line:
            line = line[os.write(out, line) :]

    memory.keep()
    try:
        Worker(0, say, opener(arguments[0]), Pipeline(time.monotonic), time.monotonic).run()
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
