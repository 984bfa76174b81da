"""Line displays in all four languages: what is written is what the twin shows, over TCP and over a line."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartecr.printer import links
from smartecr.printer.linedisplay import display, lines
from smartecr.printer.linedisplay.display import BehindPrinter, LineDisplay, OwnLine
from smartecr.printer.linedisplay.languages import COLUMNS, LANGUAGES, Language, letters
from smartecr.printer.linedisplay.lines import Line, Picture
from smartecr.printer.linedisplay.virtual import VirtualLineDisplay
from smartecr.printer.posprinter import PosPrinter
from smartecr.printer.profile import PROFILES
from smartecr.printer.spool import Spool
from smartecr.printer.twinport import TwinPort
from smartecr.printer.virtual import VirtualPrinter
from support.eventually import eventually

EVERY = pytest.mark.parametrize("language", list(LANGUAGES.values()), ids=lambda one: one.key)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "LEAST_SECONDS", 0.01)
    monkeypatch.setattr(display, "BACK_OFF", (0.02,))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("escpos", b"\x1b@\x1bt\x13\x1f\x01\x1f$\x01\x01Br\x94tchen        1,10\x1f$\x01\x02SUMME           1,10"),
        ("cd5220", b"\x1b@\x1bQABr\x94tchen        1,10\r\x1bQBSUMME           1,10\r"),
        ("dsp800", b"\x04\x01%\x17\x04\x01P1\x17Br\x94tchen        1,10\x04\x01PE\x17SUMME           1,10"),
        ("logic", b"\x1f\x10\x00Br\x94tchen        1,10\x10\x14SUMME           1,10"),
    ],
)  # fmt: skip
def test_bytes_are_the_manuals(key: str, expected: bytes) -> None:
    language = LANGUAGES[key]
    shown = lines.item("Brötchen", 1000, 110, 110)
    upper, lower = letters(shown.upper, language.codec), letters(shown.lower, language.codec)
    assert language.begin() + language.write(upper, lower) == expected


def write(language: Language, picture: Picture) -> bytes:
    return language.write(letters(picture.upper, language.codec), letters(picture.lower, language.codec))


@EVERY
def test_the_twin_shows_every_scene(language: Language) -> None:
    twin = VirtualLineDisplay(language)
    twin.feed(language.begin())
    for picture, shown in (
        (lines.idle("Morgenrot"), ("     Morgenrot", "     Willkommen")),
        (lines.item("Mohn\u00adschnecke", 2000, 640, 1200), ("2x Mohnschnecke 6,40", "SUMME          12,00")),
        (lines.item("Bergkäse", 275, 320, 320, "kg"), ("0,275kg Bergkäs 3,20", "SUMME           3,20")),
        (lines.card(2786, "Bitte Karte"), ("Bitte Karte", "BETRAG         27,86")),
        (lines.change(5000, 2214), ("GEGEBEN        50,00", "RÜCKGELD       22,14")),
        (lines.thanks(2786), ("BEZAHLT        27,86", "    Vielen Dank")),
    ):
        twin.feed(write(language, picture))
        assert twin.lines == shown
    twin.feed(language.brightness(2))
    assert twin.level == 2
    twin.feed(language.clear())
    assert twin.lines == ("", "")
    assert twin.unknown == []


@EVERY
@given(st.text(max_size=40), st.integers(-99_999_999, 99_999_999))
def test_an_amount_is_never_cut_and_a_line_never_too_long(language: Language, name: str, cents: int) -> None:
    picture = lines.item(name, 3000, cents, cents)
    for line in (picture.upper, picture.lower):
        data = letters(line, language.codec)
        assert len(data) == COLUMNS
        assert all(byte >= 0x20 and byte != 0x7F for byte in data)
        assert data.decode(language.codec).endswith(line.right.replace("−", "-"))
    asked = sum(name.count(mark) for mark in "?？﹖︖⁇⁈⁉")
    assert letters(picture.upper, language.codec).count(b"?") <= asked


@EVERY
@given(st.data())
def test_packets_make_no_difference(language: Language, data: st.DataObject) -> None:
    stream = language.begin() + write(language, lines.item("Käse", 1000, 1, 2)) + language.brightness(3)
    twin = VirtualLineDisplay(language)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        twin.feed(stream[start:end])
    assert twin.lines == ("Käse            0,01", "SUMME           0,02")
    assert (twin.level, twin.unknown) == (3, [])


@EVERY
@given(st.binary(max_size=200))
def test_noise_harms_no_twin(language: Language, noise: bytes) -> None:
    twin = VirtualLineDisplay(language)
    twin.feed(noise)
    twin.power_cut()
    twin.feed(language.begin() + write(language, lines.idle("Morgenrot")))
    assert twin.lines[0].strip() == "Morgenrot"


class Shown:
    """What the register has to show."""

    def __init__(self) -> None:
        self.picture = lines.idle("Morgenrot")

    def __call__(self) -> tuple[Picture, float]:
        return self.picture, 0.0


class Pty:
    """The twin behind a pseudo terminal."""

    def __init__(self, twin: VirtualLineDisplay) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._ours)
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._twin = twin
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                data = os.read(self._ours, 256)
            except OSError:
                return
            if not data:
                return
            self._twin.feed(data)

    def close(self) -> None:
        os.close(self._theirs)
        self._thread.join(5)
        os.close(self._ours)


@EVERY
def test_a_display_on_a_serial_line(language: Language) -> None:
    twin = VirtualLineDisplay(language)
    line = Pty(twin)
    shown = Shown()
    device = LineDisplay(OwnLine(links.serial_line(line.path, 9600, handshake=False)), language, shown)
    eventually(lambda: twin.lines[1].strip() == "Willkommen")
    shown.picture = lines.change(5000, 2214)
    device.wake()
    eventually(lambda: twin.lines == ("GEGEBEN        50,00", "RÜCKGELD       22,14"))
    device.close()
    eventually(lambda: twin.lines == ("", ""))
    line.close()


@pytest.fixture
def network() -> Iterator[TwinPort[VirtualLineDisplay]]:
    server = TwinPort(VirtualLineDisplay(LANGUAGES["escpos"]))
    yield server
    server.close()


def test_a_display_that_was_unplugged_comes_right_again(network: TwinPort[VirtualLineDisplay]) -> None:
    shown = Shown()
    changes: list[str] = []
    device = LineDisplay(
        OwnLine(links.tcp("127.0.0.1", network.port)),
        LANGUAGES["escpos"],
        shown,
        lambda: changes.append("changed"),
    )
    eventually(lambda: network.twin.lines[0].strip() == "Morgenrot")
    network.power(on=False)
    shown.picture = lines.thanks(100)

    def tried() -> bool:
        device.wake()
        return not device.connected

    eventually(tried)
    assert network.twin.lines == ("", "")
    network.power(on=True)
    eventually(lambda: network.twin.lines == ("BEZAHLT         1,00", "    Vielen Dank"))
    eventually(lambda: device.connected)
    assert len(changes) >= 3
    device.close()


def test_the_newest_picture_wins(network: TwinPort[VirtualLineDisplay], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown()
    device = LineDisplay(OwnLine(links.tcp("127.0.0.1", network.port)), LANGUAGES["escpos"], shown)
    eventually(lambda: device.connected)
    for cents in range(100):
        shown.picture = lines.item("Espresso", 1000, cents, cents)
        device.wake()
    eventually(lambda: network.twin.lines[1] == "SUMME           0,99")
    device.close()


def test_a_register_that_cannot_say_what_to_show_stops_nothing(
    network: TwinPort[VirtualLineDisplay], caplog: pytest.LogCaptureFixture
) -> None:
    ready = threading.Event()

    def look() -> tuple[Picture, float]:
        if not ready.is_set():
            raise ValueError("books are locked")
        return lines.idle("Morgenrot"), 0

    device = LineDisplay(OwnLine(links.tcp("127.0.0.1", network.port)), LANGUAGES["escpos"], look)
    eventually(lambda: "nothing to show" in caplog.text)
    ready.set()
    device.wake()
    eventually(lambda: network.twin.lines[0].strip() == "Morgenrot")
    device.close()


def test_a_display_behind_the_printer(tmp_path: Path) -> None:
    glass = VirtualLineDisplay(LANGUAGES["escpos"])
    twin = VirtualPrinter(PROFILES["virtual-80"])
    twin.display = glass.feed
    server = TwinPort(twin)
    printer = PosPrinter(links.tcp("127.0.0.1", server.port), PROFILES["virtual-80"])
    spool = Spool(tmp_path / "print", printer, lambda _job, _profile: b"")
    device = LineDisplay(BehindPrinter(spool), LANGUAGES["escpos"], Shown())
    eventually(lambda: glass.lines[0].strip() == "Morgenrot")
    assert twin.sheet.parts == [] and twin.unknown == []
    device.close()
    spool.close()
    server.close()


def test_nobody_there_is_told_and_tried_again() -> None:
    device = LineDisplay(OwnLine(links.serial_line("/dev/ttyS77", 9600, handshake=False)), LANGUAGES["logic"], Shown())
    assert not device.connected
    device.close()


def test_words_give_way_to_amounts() -> None:
    assert letters(Line("x" * 40, "−9.999.999,99"), "cp858") == b"x" * 6 + b" -9.999.999,99"
    assert letters(Line("Борщ 2", "1,00"), "cp437") == b" 2" + b" " * 14 + b"1,00"


def test_a_display_is_begun_once_for_every_time_it_was_reached() -> None:
    sent: list[bytes] = []
    broken = threading.Event()

    class Wire:
        def send(self, data: bytes) -> None:
            if broken.is_set():
                broken.clear()
                raise links.LinkError("pulled")
            sent.append(data)

        def close(self) -> None:
            return

    language = LANGUAGES["logic"]
    device = LineDisplay(Wire(), language, Shown())
    for _ in range(3):
        before = len(sent)
        device.wake()
        eventually(lambda before=before: len(sent) > before)  # type: ignore[misc]
    assert [data.startswith(language.begin()) for data in sent] == [True] + [False] * (len(sent) - 1)
    broken.set()
    device.wake()
    eventually(lambda: sum(data.startswith(language.begin()) for data in sent) == 2)
    device.close()
