"""Holding a picture before the camera: it comes in from below, rests, is drawn past when it is long, and goes again."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image, ImageChops

WIDTH, HEIGHT = 1280, 720
FPS = 15
_ROOM = (1120, 640)
_LONG = 2.0  # from this height to width it is paper, drawn past the camera
_PAST = 36  # pixels a frame
_COMING, _RESTING, _GONE = 3, 9, 13  # frames; after the last a code may count again
_PATIENCE = 45
_TREMOR = 2.0

Post = Callable[[bytes, int, int], bool]


class VirtualCamera:
    """Shows pictures one after the other. `post` takes a frame of brightness, `wait(seconds)` sleeps.

    Between two pictures there are no frames: a still counter has nothing to say. `changed` is called from the thread
    when a picture comes and when it is gone. `scans()` counts what was read: like a person who waits for the sound, it
    holds a picture until then, but not forever.
    """

    def __init__(
        self,
        post: Post,
        wait: Callable[[float], None],
        changed: Callable[[], None] = lambda: None,
        scans: Callable[[], int] | None = None,
    ) -> None:
        self._post = post
        self._wait = wait
        self._scans = scans
        self._changed = changed
        self._pictures: queue.SimpleQueue[Image.Image | None] = queue.SimpleQueue()
        self._waiting = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual-camera", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something is held before it."""
        return self._waiting > 0

    def show(self, picture: Image.Image) -> None:
        """Hold a picture before the camera as soon as those before it are gone."""
        self._waiting += 1
        self._pictures.put(picture)
        self._changed()

    def close(self) -> None:
        """Take everything away and end."""
        self._closing.set()
        self._pictures.put(None)
        self._thread.join(10)

    def _heard(self) -> Callable[[], bool]:
        """Return what tells whether anything was read since now."""
        scans = self._scans
        if scans is None:
            return lambda: True
        before = scans()
        return lambda: scans() != before

    def _run(self) -> None:
        while (picture := self._pictures.get()) is not None:
            for frame in frames(picture, self._heard()):
                if self._closing.is_set():
                    return
                self._post(frame.tobytes(), WIDTH, HEIGHT)
                self._wait(1 / FPS)
            self._waiting -= 1
            self._changed()


def frames(picture: Image.Image, read: Callable[[], bool] = lambda: True) -> Iterator[Image.Image]:
    """Yield the frames (grey, WIDTH by HEIGHT) in which a picture comes, is there until it is `read`, and has gone."""
    held, mask = _fitted(picture)
    left = (WIDTH - held.width) // 2
    for step, top in enumerate(_way(held.height, read)):
        frame = _counter(step % 2).copy()
        sway = round(_TREMOR * math.sin(step * 1.7))
        frame.paste(held, (left + sway, round(top)), mask)
        yield frame
    for step in range(_GONE):
        yield _counter(step % 2)


def _fitted(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return the picture at the size it has before the camera and where it is not see-through."""
    shown = picture.convert("RGBA")
    scale = min(_ROOM[0] / shown.width, 1.0)
    if shown.height < _LONG * shown.width:
        scale = min(scale, _ROOM[1] / shown.height)
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    shown = shown.resize(size, Image.Resampling.LANCZOS)
    return shown.convert("L"), shown.getchannel("A")


def _way(height: int, read: Callable[[], bool]) -> Iterator[float]:
    """Yield where the upper edge is: in from below, past the camera if it is long, and at rest."""
    first = (HEIGHT - height) / 2 if height <= HEIGHT else 40.0
    for step in range(_COMING):
        yield HEIGHT - (HEIGHT - first) * (step + 1) / (_COMING + 1)
    top, last = first, HEIGHT - height - 40.0
    while height > HEIGHT and top > last:
        yield top
        top -= _PAST
    rest = last if height > HEIGHT else first
    for turn in range(_PATIENCE):
        if turn >= _RESTING and read():
            return
        yield rest


@cache
def _counter(turn: int) -> Image.Image:
    """Return the empty counter, a little noisy; there are two, since no two frames of a camera are the same."""
    light = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda value: 120 + value // 8)
    grain = Image.effect_noise((WIDTH // 2, HEIGHT // 2), 9 + turn).resize((WIDTH, HEIGHT))
    return ImageChops.add(light, grain, scale=1, offset=-128)
