"""Cameras of Linux without a library: Video4Linux2 by ioctl and memory mapping.

Source: Linux kernel, Documentation/userspace-api/media/v4l, videodev2.h (structures of 64-bit systems). Frames are
taken as MJPEG where the camera offers it (most do up to 30 fps at 720p), else as YUYV or grey.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import select
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PIL import Image

from smartecr.core.records import dataclass
from smartecr.scanner import frames
from smartecr.scanner.errors import DeviceUnavailable, PictureUnreadable
from smartecr.scanner.sources import anything

CAPTURE, MEMORY_MMAP, FIELD_ANY = 1, 1, 0
CAP_CAPTURE, CAP_STREAMING, CAP_DEVICE_CAPS = 0x1, 0x04000000, 0x80000000
FLAG_ERROR = 0x40  # of a buffer whose data were damaged on the way
_BUFFERS = 3
_SILENT_SECONDS = 4.0
"""So long a camera may send nothing before it counts as lost: some hang after the bus slept, until opened anew."""
_BUFFER = struct.Struct("=IIIIIi qq IIBBBB4s II Q IIii")
MJPEG, YUYV, GREY = (int.from_bytes(name, "little") for name in (b"MJPG", b"YUYV", b"GREY"))


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


_WRITE, _READ, _BOTH = 1, 2, 3
QUERYCAP = _request(_READ, 0, 104)
S_FMT = _request(_BOTH, 5, 208)
REQBUFS = _request(_BOTH, 8, 20)
QUERYBUF = _request(_BOTH, 9, 88)
QBUF = _request(_BOTH, 15, 88)
DQBUF = _request(_BOTH, 17, 88)
STREAMON = _request(_WRITE, 18, 4)
STREAMOFF = _request(_WRITE, 19, 4)
S_PARM = _request(_BOTH, 22, 204)


class Mapping(Protocol):
    """Memory shared with the driver."""

    def __getitem__(self, part: slice) -> bytes:
        """Return a part."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class Calls(Protocol):
    """What the driver asks the kernel; the tests' twin answers instead of a camera."""

    def open(self, device: Path) -> int:
        """Open without blocking."""
        ...

    def ioctl(self, handle: int, request: int, data: bytearray) -> None:
        """Call; `data` is changed in place. Raises OSError."""
        ...

    def map(self, handle: int, length: int, offset: int) -> Mapping:
        """Map a buffer."""
        ...

    def ready(self, handle: int, timeout: float) -> bool:
        """Wait until a frame is there."""
        ...

    def close(self, handle: int) -> None:
        """Close."""
        ...


class Kernel:
    """The real calls."""

    def open(self, device: Path) -> int:
        """Open without blocking."""
        return os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, handle: int, request: int, data: bytearray) -> None:
        """Call; `data` is changed in place."""
        fcntl.ioctl(handle, request, data, True)

    def map(self, handle: int, length: int, offset: int) -> Mapping:
        """Map a buffer."""
        return mmap.mmap(handle, length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=offset)

    def ready(self, handle: int, timeout: float) -> bool:
        """Wait until a frame is there."""
        return bool(select.select([handle], [], [], timeout)[0])

    def close(self, handle: int) -> None:
        """Close."""
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Format:
    """What the camera agreed to send."""

    width: int
    height: int
    pixels: int
    stride: int


class V4l2Source:
    """A camera that streams. Of the frames waiting only the newest is unpacked; the others go straight back."""

    def __init__(
        self, device: Path, calls: Calls | None = None, width: int = 1280, height: int = 720, fps: int = 30
    ) -> None:
        """Open the camera and start it. Raises DeviceUnavailable."""
        self._calls: Calls = calls or Kernel()
        self._maps: list[Mapping] = []
        self._silent = 0.0
        try:
            self._handle: int | None = self._calls.open(device)
        except OSError as error:
            raise DeviceUnavailable(f"{device}: {error.strerror}") from error
        try:
            self._check()
            self.format = self._choose(width, height)
            self._call(S_PARM, bytearray(struct.pack("=IIIII184x", CAPTURE, 0, 0, 1, fps)), optional=True)
            self._start()
        except (OSError, ValueError, struct.error) as error:
            self.close()
            raise DeviceUnavailable(f"{device}: {error}") from error
        except DeviceUnavailable:
            self.close()
            raise

    def newest(self, timeout: float, wants: Callable[[bytes], bool] = anything) -> Image.Image | None:
        """Return the newest frame; see `Source`."""
        if self._handle is None:
            raise DeviceUnavailable("closed")
        try:
            if not self._calls.ready(self._handle, timeout):
                self._silent += timeout
                if self._silent >= _SILENT_SECONDS:
                    raise DeviceUnavailable(f"silent for {self._silent} seconds")
                return None
            self._silent = 0.0
            newest = self._take()
            if newest is None:
                return None
            while (later := self._take()) is not None:
                self._give(newest[0])
                newest = later
            data = self._maps[newest[0]][: newest[1]]
            self._give(newest[0])
        except OSError as error:
            raise DeviceUnavailable(f"lost: {error}") from error
        if self.format.pixels == MJPEG and not wants(data):
            return None
        return self._grey(data)

    def close(self) -> None:
        """Stop the camera and release it."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        with contextlib.suppress(OSError):  # unplugged: there is nothing to stop
            self._calls.ioctl(handle, STREAMOFF, bytearray(struct.pack("=i", CAPTURE)))
        for part in self._maps:
            part.close()
        self._maps.clear()
        self._calls.close(handle)

    def _check(self) -> None:
        answer = self._call(QUERYCAP, bytearray(104))
        whole, own = struct.unpack_from("=II", answer, 84)
        able = own if whole & CAP_DEVICE_CAPS else whole
        if not able & CAP_CAPTURE or not able & CAP_STREAMING:
            raise DeviceUnavailable("not a camera that streams")

    def _choose(self, width: int, height: int) -> Format:
        for pixels in (MJPEG, YUYV, GREY):
            request = bytearray(struct.pack("=II IIII 184x", CAPTURE, 0, width, height, pixels, FIELD_ANY))
            try:
                answer = self._call(S_FMT, request)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                continue  # some drivers refuse what they should replace
            wide, high, got, _field, stride = struct.unpack_from("=IIIII", answer, 8)
            if got == pixels and 0 < wide * high <= frames.MOST_FRAME_PIXELS:
                return Format(wide, high, pixels, stride)
        raise DeviceUnavailable("neither MJPEG nor YUYV nor grey")

    def _start(self) -> None:
        answer = self._call(REQBUFS, bytearray(struct.pack("=III8x", _BUFFERS, CAPTURE, MEMORY_MMAP)))
        (count,) = struct.unpack_from("=I", answer)
        if not 0 < count <= 32:
            raise DeviceUnavailable(f"{count} buffers")
        for index in range(count):
            fields = _BUFFER.unpack(self._call(QUERYBUF, self._buffer(index)))
            offset, length = fields[-5] & 0xFFFFFFFF, fields[-4]
            assert self._handle is not None
            self._maps.append(self._calls.map(self._handle, length, offset))
            self._give(index)
        self._call(STREAMON, bytearray(struct.pack("=i", CAPTURE)))

    def _take(self) -> tuple[int, int] | None:
        """Return index and length of a filled buffer, None when there is none; damaged ones go straight back."""
        while True:
            try:
                fields = _BUFFER.unpack(self._call(DQBUF, self._buffer(0)))
            except BlockingIOError:
                return None
            index, used, flags = fields[0], fields[2], fields[3]
            if index >= len(self._maps):
                raise OSError(errno.EIO, f"buffer {index}")
            if not flags & FLAG_ERROR:
                return index, used
            self._give(index)

    def _give(self, index: int) -> None:
        self._call(QBUF, self._buffer(index))

    def _buffer(self, index: int) -> bytearray:
        data = bytearray(_BUFFER.size)
        struct.pack_into("=II", data, 0, index, CAPTURE)
        struct.pack_into("=I", data, 60, MEMORY_MMAP)
        return data

    def _call(self, request: int, data: bytearray, *, optional: bool = False) -> bytearray:
        assert self._handle is not None
        try:
            self._calls.ioctl(self._handle, request, data)
        except OSError:
            if not optional:
                raise
        return data

    def _grey(self, data: bytes) -> Image.Image:
        shape = self.format
        if shape.pixels == MJPEG:
            return frames.grey_frame(data)
        step = 2 if shape.pixels == YUYV else 1
        stride = shape.stride or shape.width * step
        if len(data) < stride * shape.height:
            raise PictureUnreadable(f"{len(data)} bytes of {stride * shape.height}")
        mode = "LA" if step == 2 else "L"  # of YUYV the first byte of two is brightness
        rows = Image.frombuffer(mode, (shape.width, shape.height), data, "raw", mode, stride, 1)
        return rows.getchannel(0) if step == 2 else rows
