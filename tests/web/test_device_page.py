"""The bench and its page: only twins are moved, only here, only while they are virtual."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from smartecr.printer.profile import PROFILES
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from smartecr.scanner.scale.virtual import VirtualScale
from smartecr.scanner.virtual import VirtualCamera
from smartecr.terminal.zvt.virtual import VirtualTerminal
from smartecr.tse.virtual import faults as tse_faults
from smartecr.web import ports
from smartecr.web.device.bench import Bench, Thing
from support.screens import words

if TYPE_CHECKING:
    from django.test import Client

HEADERS = {"HX-Request": "true"}


class Eye:
    """Where the virtual camera's frames go."""

    def __init__(self) -> None:
        self.frames = 0
        self.seeing = True

    def post(self, data: bytes, width: int, height: int) -> bool:
        assert len(data) == width * height
        self.frames += 1
        return True


@pytest.fixture
def eye() -> Eye:
    return Eye()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def bench(tmp_path: Path, eye: Eye, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    printer = TwinPort(VirtualPrinter(PROFILES["virtual-80"]))
    (tmp_path / "tse").mkdir()
    with VirtualTerminal(time.time, random.Random(1)) as terminal:
        made = Bench(
            lambda: told.append("device"),
            printer=printer,
            terminal=terminal,
            tse=tmp_path / "tse",
            camera=VirtualCamera(eye.post, lambda _seconds: None),
            scale=VirtualScale(),
            seeing=lambda: eye.seeing,
            tse_moved=lambda: told.append("tse"),
            things=(Thing("bottle", "Flasche", lambda: Image.new("RGBA", (60, 90), "white")),),
        )
        monkeypatch.setattr(ports, "bench", lambda: made)
        yield made
        made.close()
    printer.close()


@pytest.fixture
def do(client: Client, bench: Bench) -> Callable[..., Any]:
    """Return a function that does something with the hands and gives status and answer."""

    def post(what: str, **values: Any) -> Any:
        answer = client.post("/device/do", {"do": what, **values}, content_type="application/json")
        return answer.json() if answer.status_code == 200 else answer.status_code

    return post


def feed(bench: Bench, data: bytes) -> None:
    assert bench.printer is not None
    bench.printer.twin.feed(data)


def pieces(bench: Bench) -> list[tuple[int, bool]]:
    return [(one["number"], one["torn"]) for one in bench.state()["printer"]["pieces"]]


def fault(bench: Bench, name: str) -> bool:
    return next(one["on"] for one in bench.state()["faults"] if one["id"] == name)


@pytest.mark.parametrize("path", ["", "state", "paper/1.png", "things/bottle.png"])
def test_a_real_till_has_no_bench(client: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(ports, "bench", lambda: None)
    answer = client.get(f"/device/{path}")
    assert answer.status_code == 403
    assert "Diese Kasse ist echt." in words(answer)


def test_the_settings_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from smartecr.server.equipment import twins

    monkeypatch.setattr(settings, "TSE", "fiskaly:abc")
    assert (twins.possible(), twins.bench()) == (False, None)
    monkeypatch.setattr(settings, "TSE", "virtual")
    assert twins.possible()


def test_nobody_from_elsewhere(client: Client, bench: Bench) -> None:
    assert client.get("/device/", REMOTE_ADDR="192.168.1.7").status_code == 403
    answer = client.post("/device/do", {"do": "tear"}, content_type="application/json", REMOTE_ADDR="192.168.1.7")
    assert answer.status_code == 403


def test_a_foreign_page_cannot_move_anything(bench: Bench) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/device/do", {"do": "drawer"}, content_type="application/json").status_code == 403


def test_the_page_shows_all_parts_and_may_hold_frames(client: Client, bench: Bench) -> None:
    page = client.get("/device/")
    assert page.status_code == 200
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    html = page.content.decode()
    for part in ('id="hanging"', 'id="drawer"', 'id="tse"', 'id="camera"', 'id="field"', 'data-thing="bottle"'):
        assert part in html
    assert html.count('role="switch"') == 8


def test_paper_hangs_out_is_torn_and_stays_readable(client: Client, bench: Bench, do: Callable[..., Any]) -> None:
    feed(bench, b"Hallo\n")
    assert pieces(bench) == [(1, False)]
    first = Image.open(io.BytesIO(client.get("/device/paper/1.png").content))
    feed(bench, b"Welt\n\x1dV\x00")
    assert Image.open(io.BytesIO(client.get("/device/paper/1.png").content)).height > first.height
    assert do("tear")["effect"] is True
    assert pieces(bench) == [(1, True)]
    assert do("tear")["effect"] is False
    feed(bench, b"Zwei\n")
    assert do("tear")["effect"] is True
    feed(bench, b"Drei\n")
    assert pieces(bench) == [(1, True), (2, True), (3, False)]
    assert client.get("/device/paper/99.png").status_code == 404


def test_a_pile_of_paper_does_not_grow_forever_and_keeps_its_numbers(bench: Bench) -> None:
    for number in range(12):
        feed(bench, f"{number}\n\x1dV\x00".encode())
    expected = [(number, True) for number in range(5, 11)] + [(11, False), (12, False)]
    assert pieces(bench) == expected
    assert pieces(bench) == expected


def test_the_roll_runs_down_and_is_changed(bench: Bench, do: Callable[..., Any]) -> None:
    feed(bench, b"\n" * 700 + b"\x1dV\x00")
    assert bench.state()["printer"]["percent"] == 97
    do("fault", id="paper-out", on=True)
    assert (bench.state()["printer"]["percent"], fault(bench, "paper-out")) == (0, True)
    do("fault", id="paper-out", on=False)
    assert (bench.state()["printer"]["percent"], fault(bench, "paper-out")) == (100, False)


def test_a_kick_on_the_wire_opens_the_drawer_and_a_hand_shuts_it(bench: Bench, do: Callable[..., Any]) -> None:
    feed(bench, b"\x1bp\x00\x19\xfa")
    assert bench.state()["printer"]["drawer"] is True
    do("drawer")
    assert bench.state()["printer"]["drawer"] is False


def test_every_switch_turns_its_own_part_and_back(bench: Bench, do: Callable[..., Any], told: list[str]) -> None:
    for name in [one["id"] for one in bench.state()["faults"]]:
        assert do("fault", id=name, on=True)["effect"] is True
        assert [one["id"] for one in bench.state()["faults"] if one["on"]] == [name]
        do("fault", id=name, on=False)
    assert not any(one["on"] for one in bench.state()["faults"])
    assert told.count("tse") == 4


def test_the_switches_are_those_of_the_twins(bench: Bench, do: Callable[..., Any]) -> None:
    assert bench.printer is not None
    assert bench.terminal is not None
    assert bench.tse is not None
    do("fault", id="cover", on=True)
    assert bench.printer.twin.status.cover_open
    do("fault", id="terminal", on=True)
    assert not bench.terminal.plugged
    do("fault", id="network", on=True)
    assert bench.terminal.host.mode == "unreachable"
    do("fault", id="answer", on=True)
    assert [one.action for one in bench.terminal.script.waiting()] == ["close"]
    do("fault", id="tse-slow", on=True)
    do("fault", id="tse-pulled", on=True)
    assert tse_faults.read(bench.tse) == {"latency": 2.5, "unplugged": 1.0}
    do("fault", id="tse-slow", on=False)
    assert tse_faults.read(bench.tse) == {"unplugged": 1.0}


def test_what_lies_on_the_plate_is_what_the_scale_weighs(bench: Bench, do: Callable[..., Any]) -> None:
    assert bench.scale is not None
    assert do("load", grams=275)["state"]["scale"] == {"grams": 275}
    assert bench.scale.weight_g == 275
    for grams in (-1, 20_001):
        assert do("load", grams=grams)["effect"] is False
    assert bench.scale.weight_g == 275
    assert do("load", grams="much") == 400
    assert do("load", more=100)["state"]["scale"] == {"grams": 375}
    assert do("load", more=-400)["effect"] is False
    assert do("load", grams=0)["state"]["scale"] == {"grams": 0}


def test_the_terminal_is_its_own_page(bench: Bench, do: Callable[..., Any]) -> None:
    card = bench.state()["terminal"]["cards"][0]["id"]
    assert do("tap", card=card)["effect"] is False  # the field is dark
    assert do("insert", card=card)["effect"] is True
    assert bench.state()["terminal"]["slot"] == card
    assert do("remove")["effect"] is True
    assert "notes" not in bench.state()["terminal"]


@pytest.mark.parametrize(
    "order",
    [
        {"do": "sell"}, {"do": "fault", "id": "no", "on": True}, {"do": "show", "thing": "no"},
        {"do": "show", "paper": 77}, {"do": "show"}, {"do": "tap", "card": "no"}, {"do": "key", "key": "x"},
        {"do": "mode", "mode": "online"}, {},
    ],
)  # fmt: skip
def test_what_hands_cannot_do_is_refused(client: Client, bench: Bench, order: dict[str, Any]) -> None:
    assert client.post("/device/do", order, content_type="application/json").status_code == 400


def test_things_are_held_up_unless_the_camera_looks_away(
    client: Client, bench: Bench, do: Callable[..., Any], eye: Eye
) -> None:
    assert Image.open(io.BytesIO(client.get("/device/things/bottle.png").content)).size == (60, 90)
    assert client.get("/device/things/no.png").status_code == 404
    eye.seeing = False
    assert do("show", thing="bottle")["effect"] is False
    assert bench.state()["camera"] == {"busy": False, "seeing": False}
    assert eye.frames == 0
    eye.seeing = True
    assert do("show", thing="bottle")["effect"] is True
    end = time.monotonic() + 60
    while bench.state()["camera"]["busy"]:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert eye.frames > 20


def test_a_picture_of_ones_own(client: Client, bench: Bench) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, "PNG")
    for body, status in ((out.getvalue(), 200), (b"no picture", 400), (b"", 413), (b"x" * 2_000_001, 413)):
        assert client.post("/device/picture", body, content_type="image/png").status_code == status
