"""The camera's process: scans arrive, the newest frame wins, pauses hold, and a dead or hung decoder is replaced."""

from __future__ import annotations

import io
import json
import os
import queue
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from smartecr.scanner import wire, worker
from smartecr.scanner.camera import Camera, CameraState
from smartecr.scanner.errors import DeviceUnavailable
from smartecr.scanner.pipeline import Pipeline, Scan
from smartecr.scanner.symbols import Symbol

PATIENCE = 20.0
CORNERS = ((1.0, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0))
BOTTLE = Symbol("EAN-13", "]E0", "4006381333931", CORNERS)


class Till:
    """What a till hears of its camera."""

    def __init__(self) -> None:
        self.scans: queue.Queue[Scan] = queue.Queue()
        self.states: queue.Queue[CameraState] = queue.Queue()

    def scan(self) -> str:
        return self.scans.get(timeout=PATIENCE).symbol.text

    def until(self, name: str) -> CameraState:
        while True:
            state = self.states.get(timeout=PATIENCE)
            if state.name == name:
                return state


@pytest.fixture
def till() -> Till:
    return Till()


Start = Callable[..., Camera]


@pytest.fixture
def start(till: Till) -> Iterator[Start]:
    cameras: list[Camera] = []

    def make(source: str = "posted", **options: Any) -> Camera:
        options = {"patience": PATIENCE, **options}
        camera = Camera(source, till.scans.put, till.states.put, backoff=(0.01, 0.05), **options)
        cameras.append(camera)
        camera.start()
        return camera

    yield make
    for camera in cameras:
        camera.close()


def script(folder: Path, body: str) -> tuple[str, ...]:
    """Return the command of a process that speaks the wire as the test says."""
    head = """
        import json, os, sys, time
        from smartecr.scanner import wire
        def say(**data): os.write(1, json.dumps(data).encode() + b"\\n")
        def scan(text):
            symbol = {"symbology": "QR Code", "aim": "]Q1", "text": text, "corners": [[0, 0]] * 4}
            say(scan=symbol, at=1.0, accepted=2.0)
        def lives(name):
            path = os.path.join(os.path.dirname(__file__), name)
            with open(path, "a") as file: file.write("x")
            return os.path.getsize(path)
    """
    file = folder / "process.py"
    file.write_text(textwrap.dedent(head) + textwrap.dedent(body), encoding="utf-8")
    return (sys.executable, str(file))


def picture(text: str) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="png", scale=6)
    code = Image.open(out).convert("L")
    whole = Image.new("L", (640, 480), 200)
    whole.paste(code, (150, 100))
    return whole


def jpeg(text: str) -> bytes:
    out = io.BytesIO()
    picture(text).save(out, "JPEG", quality=85)
    return out.getvalue()


def test_a_posted_picture_is_scanned(till: Till, start: Start) -> None:
    camera = start()
    till.until("ready")
    assert camera.post(jpeg("KD:11111111"))
    assert till.scan() == "KD:11111111"
    assert camera.post(b"no picture at all")
    plane = picture("KD:22222222")
    assert camera.post_grey(plane.tobytes(), *plane.size)
    while True:  # the frame before may still have been waiting and have given way
        try:
            found = till.scans.get(timeout=2)
            break
        except queue.Empty:
            camera.post_grey(plane.tobytes(), *plane.size)
    assert found.symbol.text == "KD:22222222"
    assert found.accepted >= found.at
    assert not till.states.qsize()


def test_a_folder_is_a_camera(till: Till, start: Start, tmp_path: Path) -> None:
    picture("KD:33333333").save(tmp_path / "one.png")
    (tmp_path / "two.png").write_bytes(b"broken")
    camera = start(f"folder:{tmp_path}")
    till.until("running")
    assert till.scan() == "KD:33333333"
    assert not camera.post(jpeg("KD:1"))


def test_a_camera_that_is_not_there_is_said(till: Till, start: Start, tmp_path: Path) -> None:
    start(f"v4l2:{tmp_path}/video9")
    till.until("no_device")


def test_a_pause_holds_until_every_reason_is_gone(till: Till, start: Start) -> None:
    camera = start()
    till.until("ready")
    camera.pause("pin")
    camera.pause("cleaning")
    till.until("paused")
    assert not camera.post(jpeg("KD:44444444"))
    camera.resume("cleaning")
    assert camera.paused
    camera.resume("pin")
    till.until("running")
    assert camera.post(jpeg("KD:55555555"))
    assert till.scan() == "KD:55555555"


def test_what_was_read_before_a_pause_and_comes_in_it_is_thrown_away(till: Till, start: Start, tmp_path: Path) -> None:
    body = """
        say(state="ready")
        wire.receive(0)
        kind, _ = wire.receive(0)
        assert kind == wire.PAUSE
        scan("late"); say(state="paused")
        kind, _ = wire.receive(0)
        assert kind == wire.RESUME
        scan("fresh")
        wire.receive(0)
    """
    camera = start(command=script(tmp_path, body))
    till.until("ready")
    camera.pause("pin")
    till.until("paused")
    camera.resume("pin")
    assert till.scan() == "fresh"


def test_the_newest_frame_wins(till: Till, start: Start, tmp_path: Path) -> None:
    body = """
        say(state="ready")
        wire.receive(0)
        scan(wire.receive(0)[1].decode())
        while not os.path.exists(__file__ + ".go"): time.sleep(0.01)
        say(done=True)
        scan(wire.receive(0)[1].decode()); say(done=True)
        wire.receive(0)
    """
    command = script(tmp_path, body)
    camera = start(command=command)
    till.until("ready")
    camera.post(b"first")
    assert till.scan() == "first"
    for number in range(100):
        assert camera.post(b"%d" % number)
    Path(command[1] + ".go").touch()
    assert till.scan() == "99"
    assert till.scans.empty()


@pytest.mark.parametrize(
    "end", ["os._exit(1)", "os.abort()", "os.write(1, b'no json\\n'); time.sleep(60)", "time.sleep(60)"]
)
def test_a_decoder_that_dies_or_hangs_is_started_again(till: Till, start: Start, tmp_path: Path, end: str) -> None:
    body = f"""
        first = lives("lives") == 1
        say(state="ready")
        wire.receive(0)
        while True:
            text = wire.receive(0)[1].decode()
            if first:
                {end}
            scan(text); say(done=True)
    """
    camera = start(command=script(tmp_path, body), patience=1.0)
    till.until("ready")
    camera.post(b"poison")
    assert till.until("crashed").restarts == 1
    till.until("ready")
    camera.post(b"after")
    assert till.scan() == "after"


def test_a_new_decoder_learns_what_has_been_scanned(till: Till, start: Start, tmp_path: Path) -> None:
    body = """
        first = lives("lives") == 1
        say(state="ready")
        known = wire.symbols_from_json(wire.receive(0)[1])
        if first:
            scan("bottle"); sys.exit()
        scan("known: " + ",".join(symbol.text for symbol in known))
        wire.receive(0)
    """
    start(command=script(tmp_path, body))
    assert till.scan() == "bottle"
    assert till.scan() == "known: bottle"


def test_closing_ends_the_process_at_any_time(till: Till, start: Start, tmp_path: Path) -> None:
    camera = start(command=script(tmp_path, "say(state='ready', pid=os.getpid()); time.sleep(600)"))
    till.until("ready")
    camera.close()
    camera.close()
    till.until("closed")
    assert not camera.post(b"x")
    never = Camera("posted", till.scans.put)
    never.close()


def test_a_command_that_does_not_exist_is_a_crash(till: Till, start: Start, tmp_path: Path) -> None:
    start(command=(str(tmp_path / "nothing"),))
    till.until("crashed")


class Frames:
    """A source for the worker: gives what it is told and notes when it is closed."""

    def __init__(self, given: list[Any]) -> None:
        self.given = given
        self.closed = 0

    def newest(self, _timeout: float, _wants: object = None) -> Image.Image | None:
        item = self.given.pop(0)
        if isinstance(item, Exception):
            raise item
        return item  # type: ignore[no-any-return]

    def close(self) -> None:
        self.closed += 1


def test_the_worker_reopens_a_lost_device_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    said: list[dict[str, Any]] = []
    sources = [Frames([picture("KD:66666666"), DeviceUnavailable("gone")]), Frames([None])]
    attempts = iter([sources[0], *[DeviceUnavailable("not there")] * 4, sources[1]])
    steps = iter(range(9))

    def select(
        readers: list[int], _w: object, _x: object, timeout: float | None
    ) -> tuple[list[int], list[int], list[int]]:
        waits.append(timeout)
        return (readers if next(steps) >= 7 else [], [], [])

    def open_source() -> Frames:
        item = next(attempts)
        if isinstance(item, Exception):
            raise item
        return item

    monkeypatch.setattr(worker.select, "select", select)
    monkeypatch.setattr(worker.wire, "receive", lambda _handle: None)
    ticks = iter(range(10_000))
    clock = lambda: next(ticks) / 1000  # noqa: E731
    worker.Worker(0, said.append, open_source, Pipeline(clock), clock).run()
    assert [text for data in said if (text := data.get("scan", {}).get("text"))] == ["KD:66666666"]
    assert waits[:7] == [0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 5.0]
    assert [source.closed for source in sources] == [1, 1]
    assert [data["state"] for data in said if "state" in data] == ["ready", "running", "no_device", "running"]


@pytest.mark.parametrize("name", ["", "posted:x", "folder:", "v4l2:", "usb:1"])
def test_an_unknown_source_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="source"):
        worker.opener(name)


def received(data: bytes) -> tuple[bytes, bytes] | None:
    reading, writing = os.pipe()
    try:
        os.write(writing, data)
        os.close(writing)
        return wire.receive(reading)
    finally:
        os.close(reading)


def test_messages_are_read_as_they_are_written() -> None:
    assert received(b"J\x03\x00\x00\x00abc") == (b"J", b"abc")
    assert wire.message(b"J", b"abc") == b"J\x03\x00\x00\x00abc"
    assert wire.split_plane(wire.plane(b"xy", 2, 1)) == (b"xy", 2, 1)
    assert wire.symbols_from_json(wire.symbols_to_json([BOTTLE])) == [BOTTLE]


@pytest.mark.parametrize("data", [b"", b"J", b"J\x03\x00\x00\x00ab"])
def test_a_cut_message_is_the_end(data: bytes) -> None:
    assert received(data) is None


@pytest.mark.parametrize("data", [b"Z\x00\x00\x00\x00", b"J\xff\xff\xff\xff"])
def test_a_message_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        received(data)


@pytest.mark.parametrize(
    "content", [b"", b"{}x", b"[1]", b'[{"symbology": "x"}]', json.dumps([{"corners": 1}]).encode()]
)
def test_symbols_that_are_none_are_refused(content: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.symbols_from_json(content)


def test_a_plane_without_size_is_refused() -> None:
    with pytest.raises(wire.WireError):
        wire.split_plane(b"1234567")


def test_whoever_sets_it_up_sees_one_frame_and_none_while_a_pin_is_typed(
    till: Till, start: Start, tmp_path: Path
) -> None:
    picture("KD:44444444").save(tmp_path / "one.png")
    camera = start(f"folder:{tmp_path}")
    till.until("running")
    shown = camera.show(PATIENCE)
    assert shown is not None
    assert Image.open(io.BytesIO(shown)).size == (640, 480)
    camera.pause("pin")
    assert camera.show(0.05) is None
    posted = start()
    assert posted.show(0.05) is None, "nobody posts"
