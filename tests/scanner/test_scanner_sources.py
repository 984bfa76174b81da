"""Pictures as bytes, the folder as camera, V4L2 against a twin of the kernel's calls, and a serial scanner on a pty."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import queue
import struct
import tty
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from smartecr.scanner import frames, imager, v4l2
from smartecr.scanner.errors import DeviceUnavailable, PictureUnreadable
from smartecr.scanner.imager import SerialImager
from smartecr.scanner.sources import FolderSource
from smartecr.scanner.v4l2 import V4l2Source

PATIENCE = 20.0


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


GRADIENT = Image.linear_gradient("L").resize((64, 48))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_frames_of_every_format_are_read(form: str) -> None:
    picture = frames.grey_frame(encoded(GRADIENT.convert("RGB"), form))
    assert (picture.mode, picture.size) == ("L", (64, 48))
    assert abs(picture.getpixel((32, 40)) - GRADIENT.getpixel((32, 40))) < 12  # type: ignore[operator]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_mode_are_read(mode: str, tmp_path: Path) -> None:
    source = GRADIENT.convert("I;16") if mode == "I;16" else GRADIENT.convert(mode)
    if mode == "I;16":
        source = Image.frombytes(
            "I;16", (64, 48), b"".join(struct.pack("<H", value * 257) for value in GRADIENT.tobytes())
        )
    (tmp_path / "x.png").write_bytes(encoded(source))
    (picture,) = frames.grey_file(tmp_path / "x.png")
    assert picture.mode == "L"
    assert picture.getpixel((5, 2)) < 40 < 200 < picture.getpixel((5, 46))  # type: ignore[operator]


def test_what_is_transparent_is_white() -> None:
    assert frames.grey_frame(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)))).getextrema() == (255, 255)


def test_a_photo_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "x.jpg").write_bytes(encoded(GRADIENT, "JPEG", exif=exif))
    assert next(frames.grey_file(tmp_path / "x.jpg")).size == (48, 64)


def test_the_pictures_of_an_animation_come_one_by_one_and_not_for_ever(tmp_path: Path) -> None:
    pictures = [Image.new("L", (32, 32), value) for value in range(0, 240, 3)]
    pictures[0].save(tmp_path / "x.gif", save_all=True, append_images=pictures[1:])
    read = list(frames.grey_file(tmp_path / "x.gif"))
    assert len(read) == frames.MOST_PICTURES < len(pictures)
    assert [picture.getpixel((0, 0)) for picture in read[:3]] == [0, 3, 6]


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.parametrize("size", [(10_000, 10_000), (30_000, 30_000), (2_000_000_000, 2_000_000_000)])
def test_a_picture_that_would_fill_the_memory_is_refused_unpacked(size: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png_header(*size))
    with pytest.raises(PictureUnreadable):
        next(frames.grey_file(tmp_path / "x.png"))
    with pytest.raises(PictureUnreadable):
        frames.grey_frame(png_header(*size))


BROKEN = [b"", b"x", b"\x89PNG\r\n\x1a\n", png_header(64, 64), encoded(GRADIENT, "JPEG")[:300],
          encoded(GRADIENT, "GIF")[:40], encoded(GRADIENT, "BMP")[:100], b"%!PS-Adobe-3.0 EPSF-3.0\n",
          b"GIF89a" + bytes(50), encoded(Image.new("L", (3, 3)))]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureUnreadable) as refused:
        frames.grey_frame(data)
    assert refused.value.message.startswith("Das Bild ist")


@given(st.binary(max_size=200) | st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=8)).map(
    lambda cut: (whole := encoded(GRADIENT, "TIFF"))[: cut[0]] + cut[1] + whole[cut[0] + len(cut[1]) :]
))  # fmt: skip
def test_bytes_of_any_kind_are_a_picture_or_refused(data: bytes) -> None:
    with contextlib.suppress(PictureUnreadable):
        assert frames.grey_frame(data).mode == "L"


@pytest.mark.parametrize(
    ("data", "width", "height"), [(b"", 0, 0), (bytes(63), 8, 8), (bytes(99), 9999999, 9999999), (bytes(64), -8, -8)]
)
def test_a_plane_of_the_wrong_size_is_refused(data: bytes, width: int, height: int) -> None:
    with pytest.raises(PictureUnreadable):
        frames.grey_plane(data, width, height)


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureUnreadable) as missing:
        next(frames.grey_file(tmp_path / "none.png"))
    assert missing.value.code == "file_unreadable"
    with (tmp_path / "big.png").open("wb") as file:
        file.truncate(frames.MOST_FILE_BYTES + 1)
    with pytest.raises(PictureUnreadable) as huge:
        next(frames.grey_file(tmp_path / "big.png"))
    assert huge.value.code == "too_large"


class Clock:
    def __init__(self) -> None:
        self.now = 50.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def test_a_folder_shows_what_is_due_and_skips_what_was_missed(tmp_path: Path) -> None:
    for number in range(4):
        Image.new("L", (16, 16), number * 10).save(tmp_path / f"{number}.png")
    clock = Clock()
    source = FolderSource(tmp_path, clock, clock.wait, fps=10)

    def newest() -> int | None:
        picture = source.newest(0.5)
        return picture.getpixel((0, 0)) if picture else None  # type: ignore[return-value]

    assert newest() == 0
    assert newest() == 10
    assert clock.waited == [pytest.approx(0.1, abs=0.002)]
    clock.now += 0.2
    assert newest() == 30
    assert newest() == 0
    assert source.newest(0.01) is None
    source.close()


def test_an_animation_is_a_camera_and_nothing_is_none(tmp_path: Path) -> None:
    pictures = [Image.new("L", (16, 16), value) for value in (0, 90)]
    pictures[0].save(tmp_path / "x.gif", save_all=True, append_images=pictures[1:])
    clock = Clock()
    source = FolderSource(tmp_path / "x.gif", clock, clock.wait)
    shown = [source.newest(1) for _ in range(3)]
    assert [picture.getpixel((0, 0)) for picture in shown if picture] == [0, 90, 0]
    video = tmp_path / "x.mjpeg"
    video.write_bytes(b"".join(encoded(picture, "JPEG") for picture in (*pictures, Image.new("L", (16, 16), 200))))
    source = FolderSource(video, clock, clock.wait)
    shown = [source.newest(1) for _ in range(4)]
    assert [picture.getpixel((0, 0)) for picture in shown if picture] == [0, 90, 200, 0]
    assert source.newest(1, lambda data: not data.startswith(b"\xff\xd8")) is None  # by itself it is left packed
    (tmp_path / "empty").mkdir()
    for nothing in ("empty", "none"):
        with pytest.raises(DeviceUnavailable):
            FolderSource(tmp_path / nothing, clock, clock.wait)


class Twin:
    """Answers the ioctls of a camera as the kernel does, byte by byte."""

    def __init__(self, pixels: bytes = b"MJPG", able: int = 0x04200001) -> None:
        self.pixels, self.able = pixels, able
        self.shown: list[bytes] = []  # what the camera has taken and nobody has fetched
        self.empty: list[int] = []
        self.buffers = [bytearray(1 << 16) for _ in range(3)]
        self.streaming = False
        self.closed = self.unmapped = 0
        self.lost = self.damaged = False
        self.maps: list[tuple[int, int]] = []

    def open(self, device: Path) -> int:
        if device.name != "video0":
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return 77

    def ioctl(self, handle: int, request: int, data: bytearray) -> None:
        assert handle == 77
        if self.lost:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        number, size = request & 0xFF, request >> 16 & 0x3FFF
        assert (request >> 8 & 0xFF, size) == (ord("V"), len(data))
        {0: self.cap, 5: self.fmt, 8: self.req, 9: self.query, 15: self.queue, 17: self.fetch, 18: self.on,
         19: self.off, 22: self.parm}[number](data)  # fmt: skip

    def cap(self, data: bytearray) -> None:
        data[0:8], data[84:88], data[88:92] = b"uvcvideo", struct.pack("<I", 0x84A00001), struct.pack("<I", self.able)

    def fmt(self, data: bytearray) -> None:
        assert struct.unpack_from("<I", data)[0] == 1
        stride = 0 if self.pixels == b"MJPG" else 64 * (2 if self.pixels == b"YUYV" else 1)
        struct.pack_into("<II4sII", data, 8, 64, 48, self.pixels, 1, stride)

    def parm(self, data: bytearray) -> None:
        assert struct.unpack_from("<IIIII", data) == (1, 0, 0, 1, 30)
        raise OSError(errno.ENOTTY, "this camera has one speed")

    def req(self, data: bytearray) -> None:
        assert struct.unpack_from("<III", data) == (3, 1, 1)

    def query(self, data: bytearray) -> None:
        (index,) = struct.unpack_from("<I", data)
        struct.pack_into("<Q", data, 64, index * 65536)
        struct.pack_into("<I", data, 72, 65536)

    def queue(self, data: bytearray) -> None:
        index, kind = struct.unpack_from("<II", data)
        assert (kind, struct.unpack_from("<I", data, 60)[0]) == (1, 1)
        assert index not in self.empty
        self.empty.append(index)

    def fetch(self, data: bytearray) -> None:
        if not self.shown:
            raise BlockingIOError(errno.EAGAIN, "nothing there")
        index, frame = self.empty.pop(0), self.shown.pop(0)
        self.buffers[index][: len(frame)] = frame
        struct.pack_into("<IIII", data, 0, index, 1, len(frame), 0x40 if self.damaged else 0)

    def on(self, data: bytearray) -> None:
        assert data == struct.pack("<i", 1)
        self.streaming = True

    def off(self, _data: bytearray) -> None:
        self.streaming = False

    def map(self, _handle: int, length: int, offset: int) -> Twin.Part:
        self.maps.append((length, offset))
        return Twin.Part(self, self.buffers[offset // 65536])

    class Part:
        def __init__(self, twin: Twin, memory: bytearray) -> None:
            self.twin, self.memory = twin, memory

        def __getitem__(self, part: slice) -> bytes:
            return bytes(self.memory[part])

        def close(self) -> None:
            self.twin.unmapped += 1

    def ready(self, _handle: int, _timeout: float) -> bool:
        return bool(self.shown) or self.lost

    def close(self, _handle: int) -> None:
        self.closed += 1


VIDEO = Path("/dev/video0")


def test_requests_have_the_numbers_of_the_kernel() -> None:
    assert (v4l2.QUERYCAP, v4l2.S_FMT, v4l2.REQBUFS) == (0x80685600, 0xC0D05605, 0xC0145608)
    assert (v4l2.QUERYBUF, v4l2.QBUF, v4l2.DQBUF) == (0xC0585609, 0xC058560F, 0xC0585611)
    assert (v4l2.STREAMON, v4l2.STREAMOFF, v4l2.S_PARM) == (0x40045612, 0x40045613, 0xC0CC5616)


#: sizes and places (bytes) of the structures on 64-bit systems, from the kernel's videodev2.h by a C compiler
LAYOUT = {
    "v4l2_capability": (104, {"driver": 0, "version": 80, "capabilities": 84, "device_caps": 88}),
    "v4l2_format": (208, {"type": 0, "width": 8, "height": 12, "pixelformat": 16, "field": 20, "bytesperline": 24}),
    "v4l2_streamparm": (204, {"type": 0, "capability": 4, "numerator": 12, "denominator": 16}),
    "v4l2_requestbuffers": (20, {"count": 0, "type": 4, "memory": 8}),
    "v4l2_buffer": (
        88,
        {"index": 0, "type": 4, "bytesused": 8, "flags": 12, "field": 16, "sequence": 56, "memory": 60, "offset": 64,
         "length": 72, "reserved2": 76, "request_fd": 80},
    ),
    "int": (4, {"type": 0}),
}  # fmt: skip
ASKED = {
    0: ("v4l2_capability", {}),
    5: ("v4l2_format", {"type": 1, "width": 1280, "height": 720, "pixelformat": v4l2.MJPEG, "field": 0}),
    22: ("v4l2_streamparm", {"type": 1, "capability": 0, "numerator": 1, "denominator": 30}),
    8: ("v4l2_requestbuffers", {"count": 3, "type": 1, "memory": 1}),
    9: ("v4l2_buffer", {"index": 0, "type": 1, "memory": 1, "flags": 0, "length": 0}),
    15: ("v4l2_buffer", {"index": 0, "type": 1, "memory": 1}),
    17: ("v4l2_buffer", {"index": 0, "type": 1, "memory": 1}),
    18: ("int", {"type": 1}),
    19: ("int", {"type": 1}),
}


def test_what_is_asked_lies_where_the_kernel_looks() -> None:
    """Each request with its size, and every field that is set at its place."""
    twin, asked = Twin(), {}
    obey = twin.ioctl

    def ioctl(handle: int, request: int, data: bytearray) -> None:
        asked.setdefault(request & 0xFF, bytes(data))
        obey(handle, request, data)

    twin.ioctl = ioctl  # type: ignore[method-assign]
    source = V4l2Source(VIDEO, twin)
    twin.shown.append(encoded(GRADIENT, "JPEG"))
    assert source.newest(0.1) is not None
    source.close()
    assert asked.keys() == ASKED.keys()
    for number, (name, fields) in ASKED.items():
        size, places = LAYOUT[name]
        assert len(asked[number]) == size, name
        found = {field: struct.unpack_from("<I", asked[number], places[field])[0] for field in fields}
        assert found == fields, name


def test_what_the_kernel_fills_in_is_found() -> None:
    size, places = LAYOUT["v4l2_buffer"]
    data = bytearray(size)
    for value, place in enumerate(places.values(), 1):
        struct.pack_into("<I", data, place, value)
    fields = v4l2._BUFFER.unpack(data)
    assert (v4l2._BUFFER.size, fields[0], fields[2], fields[3], fields[-5], fields[-4]) == (size, 1, 3, 4, 8, 9)


@pytest.mark.parametrize("pixels", [b"MJPG", b"YUYV", b"GREY"])
def test_a_camera_streams_and_its_newest_frame_wins(pixels: bytes) -> None:
    twin = Twin(pixels)
    source = V4l2Source(VIDEO, twin)
    assert twin.streaming
    assert twin.maps == [(65536, 0), (65536, 65536), (65536, 131072)]
    assert source.newest(0.1) is None

    def frame(value: int) -> bytes:
        flat = Image.new("L", (64, 48), value)
        return {b"MJPG": encoded(flat, "JPEG"), b"GREY": flat.tobytes(), b"YUYV": bytes([value, 128]) * (64 * 48)}[
            pixels
        ]

    for _ in range(4):
        twin.shown += [frame(10), frame(120), frame(200)]
        picture = source.newest(0.1)
        assert picture is not None
        assert (picture.mode, picture.size, picture.getpixel((9, 9))) == ("L", (64, 48), 200)
        assert sorted(twin.empty) == [0, 1, 2]
    twin.shown += [frame(50)]
    unwanted = source.newest(0.1, lambda _data: False)
    assert (unwanted is None) is (pixels == b"MJPG")  # only a packed frame can be left packed
    source.close()
    source.close()
    assert (twin.streaming, twin.closed, twin.unmapped) == (False, 1, 3)
    with pytest.raises(DeviceUnavailable):
        source.newest(0.1)


@pytest.mark.parametrize(
    ("twin", "device"), [(Twin(), Path("/dev/video7")), (Twin(able=0x1), VIDEO), (Twin(pixels=b"H264"), VIDEO)]
)
def test_what_is_no_camera_we_can_read_is_refused_and_released(twin: Twin, device: Path) -> None:
    with pytest.raises(DeviceUnavailable) as refused:
        V4l2Source(device, twin)
    assert refused.value.transient
    assert twin.closed == (1 if device == VIDEO else 0)


def test_an_unplugged_camera_and_a_broken_frame_are_told_apart() -> None:
    twin = Twin()
    source = V4l2Source(VIDEO, twin)
    twin.shown.append(b"\xff\xd8 half a picture")
    with pytest.raises(PictureUnreadable):
        source.newest(0.1)
    twin.lost = True
    with pytest.raises(DeviceUnavailable):
        source.newest(0.1)
    source.close()
    assert twin.closed == 1
    grey = Twin(b"GREY")
    short = V4l2Source(VIDEO, grey)
    grey.shown.append(bytes(100))
    with pytest.raises(PictureUnreadable):
        short.newest(0.1)
    short.close()


def test_a_damaged_frame_is_passed_over_and_a_silent_camera_is_lost() -> None:
    twin = Twin()
    source = V4l2Source(VIDEO, twin)
    twin.damaged, twin.shown = True, [encoded(GRADIENT, "JPEG")] * 2
    assert source.newest(1.0) is None
    assert sorted(twin.empty) == [0, 1, 2]
    twin.damaged, twin.shown = False, [encoded(GRADIENT, "JPEG")]
    assert source.newest(1.0) is not None
    for _ in range(3):
        assert source.newest(1.0) is None
    with pytest.raises(DeviceUnavailable):
        source.newest(1.0)


def test_a_driver_that_refuses_a_format_is_asked_for_the_next() -> None:
    twin = Twin(b"GREY")
    agree = twin.fmt

    def fmt(data: bytearray) -> None:
        if data[16:20] != b"GREY":
            raise OSError(errno.EINVAL, "unknown format")
        agree(data)

    twin.fmt = fmt  # type: ignore[method-assign]
    assert V4l2Source(VIDEO, twin).format.pixels == v4l2.GREY
    twin.fmt = lambda _data: (_ for _ in ()).throw(OSError(errno.EBUSY, "used"))  # type: ignore[method-assign]
    with pytest.raises(DeviceUnavailable):
        V4l2Source(VIDEO, twin)


class Line:
    """A serial scanner on a pty."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.texts: queue.Queue[str] = queue.Queue()
        self.states: queue.Queue[bool] = queue.Queue()
        self.imager = SerialImager(
            lambda: imager.open_port(os.ttyname(self.slave)), self.texts.put, self.states.put, backoff=(0.01, 0.05)
        )

    def text(self) -> str:
        return self.texts.get(timeout=PATIENCE)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.imager.close()
    os.close(made.master)
    os.close(made.slave)


def test_a_serial_scanner_sends_lines(line: Line) -> None:
    line.imager.start()
    assert line.states.get(timeout=PATIENCE)
    os.write(line.master, b"]E04006381333931\r\n]d20104006381333931\x1d10A\r]E0400")
    assert [line.text(), line.text()] == ["]E04006381333931", "]d20104006381333931\x1d10A"]
    assert line.text() == "]E0400"  # without an end: whole after a silence
    os.write(line.master, b"A\tB\x03\r\n\r\n")
    assert [line.text(), line.text()] == ["A", "B"]
    line.imager.pause("pin")
    os.write(line.master, b"secret\r")
    os.write(line.master, b"x" * 10_000)
    line.imager.resume("nothing")
    line.imager.close()
    assert line.texts.empty()


class Port:
    """A line that says what it is told; an exception is raised, and each `read` after the last returns nothing."""

    def __init__(self, parts: list[bytes | OSError]) -> None:
        self.parts = parts
        self.closed = False

    def read(self, _size: int) -> bytes:
        part = self.parts.pop(0) if self.parts else b""
        if isinstance(part, OSError):
            raise part
        return part

    def close(self) -> None:
        self.closed = True


def test_an_unplugged_scanner_is_opened_again() -> None:
    texts: queue.Queue[str] = queue.Queue()
    states: queue.Queue[bool] = queue.Queue()
    ports = [Port([b"400", b"6381\r", OSError(errno.EIO, "gone")]), Port([b"x" * 5000, b"again\r"])]
    attempts: list[Port | OSError] = [ports[0], OSError(errno.ENOENT, "not there"), ports[1]]

    def open_line() -> Port:
        item = attempts.pop(0)
        if isinstance(item, OSError):
            raise item
        return item

    reader = SerialImager(open_line, texts.put, states.put, backoff=(0.001, 0.002))
    reader.start()
    assert texts.get(timeout=PATIENCE) == "4006381"
    assert texts.get(timeout=PATIENCE) == "x" * 4096
    assert texts.get(timeout=PATIENCE) == "again"
    reader.close()
    assert [states.get(timeout=PATIENCE) for _ in range(4)] == [True, False, False, True]
    assert all(port.closed for port in ports)
