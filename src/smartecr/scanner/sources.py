"""Where the camera process takes frames from by itself: a folder of pictures (the virtual camera) or a V4L2 device.

Both offer `Source`. Frames posted by a browser's camera come through the process's standard input instead.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PIL import Image

from smartecr.scanner import frames
from smartecr.scanner.errors import DeviceUnavailable

_JUST_AFTER = 0.001
_MOTION_JPEG = (".mjpeg", ".mjpg")


def anything(_encoded: bytes) -> bool:
    """Want every frame."""
    return True


class Source(Protocol):
    """Gives the newest frame."""

    def newest(self, timeout: float, wants: Callable[[bytes], bool] = anything) -> Image.Image | None:
        """Return the newest grey frame not yet given, waiting at most `timeout` seconds; None when there is none.

        A source of JPEG frames asks `wants` first, whether a frame is worth unpacking.

        Raises DeviceUnavailable when there will be no more, PictureUnreadable for one broken frame.
        """
        ...

    def close(self) -> None:
        """Release the device; harmless when released already."""
        ...


class FolderSource:
    """Shows the pictures of a folder (or the frames of one file, animated or motion JPEG) in turn, over and over.

    Which one is due follows from the clock, so a slow reader misses frames as it would before a real camera.
    `clock` gives seconds, `wait` sleeps for seconds.
    """

    def __init__(self, path: Path, clock: Callable[[], float], wait: Callable[[float], None], fps: float = 30) -> None:
        self._files = sorted(path.iterdir()) if path.is_dir() else [path]
        if not all(file.is_file() for file in self._files) or not self._files:
            raise DeviceUnavailable(f"no pictures in {path}")
        self._clock, self._wait, self._fps = clock, wait, fps
        self._start = clock()
        self._given = -1
        only = self._files[0] if len(self._files) == 1 else None
        self._packed = frames.motion_jpeg(only) if only and only.suffix.lower() in _MOTION_JPEG else []
        self._animated = list(frames.grey_file(only)) if only and not self._packed else []

    def newest(self, timeout: float, wants: Callable[[bytes], bool] = anything) -> Image.Image | None:
        """Return the picture that is due."""
        due = int((self._clock() - self._start) * self._fps)
        if due == self._given:
            ahead = self._start + (due + 1) / self._fps - self._clock()
            self._wait(min(timeout, max(0.0, ahead) + _JUST_AFTER))
            due = int((self._clock() - self._start) * self._fps)
            if due == self._given:
                return None
        self._given = due
        if self._packed:
            data = self._packed[due % len(self._packed)]
            return frames.grey_frame(data) if wants(data) else None
        if self._animated:
            return self._animated[due % len(self._animated)]
        return next(frames.grey_file(self._files[due % len(self._files)]))

    def close(self) -> None:
        """Have nothing to release."""
